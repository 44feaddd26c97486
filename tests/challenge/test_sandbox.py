"""What is handed in is judged in a process that has no way out; what is hostile or broken gets a message."""

import contextlib
import io
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest
from gongzhi.challenge import sandbox, syscalls, table
from gongzhi.challenge.fault import MESSAGES, Fault, error_of
from gongzhi.challenge.worker import Work
from gongzhi.errors import DataError
from gongzhi.learn.windows import LENGTH

LABELS = ["up", "down"]


def work(content, kind="model", clips=2, seconds=1):
    points, seen = np.zeros((clips, LENGTH, 13, 2), np.float32), np.ones((clips, LENGTH, 13), np.bool_)
    points[0, :, 5, 1] = 1  # the left wrist of the first is up
    points[1:, :, 5, 1] = -1
    names = [f"clip-{i}" for i in range(clips)]
    return Work(kind, content, LABELS, names, points.tobytes(), seen.tobytes(), seconds, 256)


def refused(content, message, kind="model"):
    with pytest.raises(DataError) as error:
        sandbox.run(work(content, kind))
    assert error.value.message == MESSAGES[message], str(error.value)
    return str(error.value)


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def test_a_model_answers_and_is_timed(models):
    said = sandbox.run(work(models["good"]()))
    assert [each[0] for each in said.answers] == [0, 1]
    assert all(0 < each[2] < 1000 for each in said.answers)
    assert [each[0] for each in sandbox.run(work(models["good"](["down", "up"]))).answers] == [1, 0]


def test_labels_may_lie_in_a_zip_as_tensorflow_writes_them(models):
    content = models["good"](metadata={}) + zipped("labels.txt", "up\r\ndown\n")
    assert [each[0] for each in sandbox.run(work(content)).answers] == [0, 1]


def test_a_bomb_in_the_zip_is_not_unpacked(models):
    content = models["good"](metadata={}) + zipped("labels.txt", b"\n" * (1 << 26))
    assert len(content) < 1 << 20
    refused(content, "unlabelled")


@pytest.mark.parametrize("content", [b"", b"filename,label", b"\0\0\0\0TFL3" + b"\xff" * 300, zipped("a", b"")])
def test_what_is_no_model_is_refused(content):
    refused(content, "model")


def test_wrong_labels_shapes_and_numbers_are_refused_by_name(models):
    assert "left" in refused(models["good"](["up", "left"]), "labels")
    refused(models["good"](["up", "down", "up"]), "labels")
    refused(models["good"](metadata={"labels": b"up"}), "labels")
    refused(models["good"](metadata={}), "unlabelled")
    assert "1" in refused(models["good"](bias=np.nan), "number")


def test_a_model_that_is_too_large_is_told_before_it_is_run(models):
    assert "2048 MB" in refused(models["huge"](), "tensors")
    refused(models["huge"]((1 << 30, 1 << 30, 4)), "tensors")
    with pytest.raises(DataError):  # whether it is noticed by the interpreter or by the limit
        sandbox.run(work(models["growing"]()))


def test_a_model_that_never_ends_is_killed_at_the_limit(models):
    refused(models["endless"](), "time")


def test_damaged_models_end_in_a_message_or_in_answers(models):
    rng = np.random.default_rng(0)
    for _ in range(4):
        content = bytearray(models["good"]())
        content[int(rng.integers(8, len(content)))] = int(rng.integers(256))
        content[int(rng.integers(8, len(content)))] = 0xFF
        with contextlib.suppress(DataError):
            assert len(sandbox.run(work(bytes(content))).answers) == 2


def test_the_sandboxed_process_can_open_call_and_start_nothing():
    code = """
        import ctypes, os, socket, subprocess, sys
        from gongzhi.challenge.jail import confine
        libc = ctypes.CDLL(None, use_errno=True) if sys.platform != "win32" else None
        ways = [
            lambda: open("/etc/hosts"), lambda: socket.socket(), lambda: subprocess.Popen(["ls"]),
            lambda: os.listdir("/"), lambda: os.remove("nothing"), lambda: os.kill(os.getppid(), 0),
        ]
        parent = os.getppid()
        calls = []
        if libc:  # found before, for afterwards Python refuses to look
            calls = [(libc.open, b"/etc/hosts", 0), (libc.socket, 2, 1, 0), (libc.fork,), (libc.kill, parent, 0),
                     (libc.execve, b"/bin/ls", None, None), (libc.dup, 1)]
        walls = confine(5, 256)
        for way in ways:
            try:
                way()
            except OSError:
                continue
            raise SystemExit("a way is open")
        if walls == "seccomp":  # below Python, too
            for call, *values in calls:
                if call(*values) != -1:
                    os._exit(4)
        sys.stdout.write(walls)
        sys.stdout.flush()
        os._exit(0)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout in ("seccomp", "sandbox", "job", "interpreter")
    if sys.platform == "linux":
        assert done.stdout == "seccomp"


def test_the_filter_is_whole_for_each_machine_and_none_for_others():
    for machine in ("x86_64", "aarch64"):
        program = syscalls.filter_program(machine)
        assert len(program) % 8 == 0
        assert len(program) // 8 < 256  # jumps are one byte
    assert syscalls.filter_program("armv7l") is None


def test_words_of_a_submission_are_made_harmless():
    said = str(error_of("label", "\x1b[31m" + "x" * 5000 + "\nsecond line"))
    assert "\x1b" not in said
    assert len(said) < 500
    assert "second line" not in said
    assert str(error_of("no such code", "x"))


# -- tables ----------------------------------------------------------------------------------------------------------

HEAD = "filename,label,score,ms\n"
CLIPS = ["clip-0", "clip-1"]


def read(text, encoding="utf-8"):
    return table.answers((HEAD + text).encode(encoding), ["up", "举手"], CLIPS)


def test_a_table_is_read_in_what_excel_and_programs_write():
    found = read("clip-1.mp4, up ,0.5,12\r\n\r\nclip-0,举手,,\r\n", "gbk")
    assert [each[0] for each in found] == [1, 0]
    assert found[1][1:] == (0.5, 12.0)
    assert np.isnan(found[0][1:]).all()
    assert read("")[0][0] == -1
    back = table.answers(table.write([("clip-0", "举手", 0.25, 1.5)]), ["up", "举手"], CLIPS)
    assert back[0] == (1, 0.25, 1.5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("../hidden/clip-0,up,1,1", "clip"),
        ("..\\clip-0,up,1,1", "clip"),
        ("/etc/passwd,up,1,1", "clip"),
        ("clip-9,up,1,1", "clip"),
        ("clip-0,up,1,1\nclip-0,up,1,1", "twice"),
        ("clip-0,=1+1,1,1", "label"),
        ("clip-0,UP,1,1", "label"),
        ("clip-0,up,nan,1", "row"),
        ("clip-0,up,1.5,1", "row"),
        ("clip-0,up,1,-1", "row"),
        ("clip-0,up,1,inf", "row"),
        ("clip-0,up,one,1", "row"),
        ("clip-0,up,1", "row"),
        ("clip-0,up,1,1,extra", "row"),
        ('clip-0,"up,1,1', "row"),
        ("clip-0," + "u" * 201 + ",1,1", "row"),
        ("clip-0," + "u" * 200_000 + ",1,1", "row"),
    ],
)
def test_a_wrong_line_is_named(text, code):
    with pytest.raises(Fault) as fault:
        read(text)
    assert fault.value.code == code


def test_a_wrong_beginning_is_refused():
    for content, code in ((b"", "header"), (b"a,b\n", "header"), (b"\xff\xfe\x00", "encoding"), (b"\0" * 9, "header")):
        with pytest.raises(Fault) as fault:
            table.answers(content, LABELS, CLIPS)
        assert fault.value.code == code


def test_a_table_is_read_in_the_sandbox_too():
    said = sandbox.run(work((HEAD + "clip-0,down,1,3").encode(), "csv"))
    assert [each[0] for each in said.answers] == [1, -1]
    refused((HEAD + "../clip-0,down,1,3").encode(), "clip", "csv")


def test_a_label_that_looks_like_a_formula_gets_a_quote_and_comes_back():
    content = table.write([("clip-0", "=cmd()", 1.0, 1.0)])
    assert b"'=cmd()" in content
    assert table.answers(content, ["=cmd()", "b"], CLIPS)[0][0] == 0
