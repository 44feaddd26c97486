"""The command line as a user meets it, in processes of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from gongzhi import paths

KEYS = {
    "frames", "people_frames", "decisions", "confirmed", "acked", "pin_changes", "body", "pose", "e2e_ms_p50",
    "e2e_ms_p99",
}  # fmt: skip
EXAMPLE = paths.share("examples") / "01_hands_up_gate"
GONGZHI = [sys.executable, "-m", "gongzhi"]


def gongzhi(*words, timeout=300):
    return subprocess.run(
        [*GONGZHI, *map(str, words)], capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False
    )


def children(pid):
    """All processes below `pid`."""
    found = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout.split()[2:]
    pairs = list(zip(map(int, found[::2]), map(int, found[1::2]), strict=True))
    below, todo = set(), {pid}
    while todo:
        todo = {child for child, parent in pairs if parent in todo} - below
        below |= todo
    return below


def alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_the_demo_prints_its_figures_alone_on_one_line():
    done = gongzhi("demo", "--headless", "--seconds", 13, "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    figures = json.loads(line)
    assert set(figures) == KEYS
    assert figures["people_frames"] >= 0.95 * figures["frames"] > 0
    assert figures["pose"] == "blazepose"
    # 13 s of real time: a busy machine sees less of what the drawn person does. Scripts prove decisions by the clock.
    assert figures["acked"] == figures["decisions"] >= 1
    assert figures["confirmed"] == figures["decisions"] - 1, "the first is the light, which nobody is asked about"
    assert figures["pin_changes"] > 0


@pytest.mark.media
def test_a_picture_of_a_person_is_enough(media):
    done = gongzhi("run", EXAMPLE, "--camera", media / "squat.jpg", "--headless", "--seconds", 2, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["people_frames"] == figures["frames"] > 0
    assert figures["pin_changes"] == 0


@pytest.mark.media
def test_a_video_is_seen_whole_and_each_hold_is_one_decision(media):
    done = gongzhi("demo", "--headless", "--camera", media / "exercise.avi", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["frames"] == 393
    assert figures["people_frames"] > 0.95 * 393
    assert figures["decisions"] == figures["acked"] == 4


def test_ctrl_c_ends_everything():
    demo = subprocess.Popen(
        [*GONGZHI, "demo", "--port", "0", "--no-browser", "--camera", "synthetic"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, text=True, encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    with demo:
        for line in demo.stderr:
            if "http://127.0.0.1" in line:
                break
        below = children(demo.pid)
        assert len(below) >= 2  # broker and board, and soon the program
        drain = threading.Thread(target=demo.stderr.read)
        drain.start()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) in (0, 130)
        drain.join()
        left = below
        for _ in range(100):
            left = {pid for pid in left if alive(pid)}
            if not left:
                break
            time.sleep(0.02)
        assert not left


def test_a_second_demo_on_the_same_port_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        done = gongzhi("demo", "--port", port, "--no-browser", "--seconds", 5)
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["run", "no-such-folder"], ["no-such-folder"]),
        (["run", str(EXAMPLE), "--camera", "no-such-camera"], ["no-such-camera"]),
        (["run", str(EXAMPLE), "--camera", "synthetic", "--broker", "nonsense"], ["nonsense"]),
        (["run", str(EXAMPLE), "--camera", "synthetic", "--body", "soap"], ["soap", "cpython"]),
        (["run", str(EXAMPLE), "--camera", "synthetic", "--port", "70000"], ["70000"]),
    ],
)
def test_a_wrong_wish_is_named(words, names):
    done = gongzhi("--lang", "zh", *words)
    assert done.returncode == 2
    assert all(name in done.stderr for name in names), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_language_that_is_none_is_named():
    done = gongzhi("--lang", "fr", "models", "list")
    assert done.returncode == 2
    assert all(one in done.stderr for one in ("fr", "zh, en"))


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_a_service_managers_stop_during_the_start_ends_everything(tmp_path):
    # The journal's folder is there as soon as the broker runs; boards and page come after it.
    with subprocess.Popen(
        [*GONGZHI, "run", EXAMPLE, "--camera", "synthetic", "--headless", "--journal", tmp_path / "journal", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True, encoding="utf-8",
    ) as run:  # fmt: skip
        while not (tmp_path / "journal").is_dir():
            assert run.poll() is None
            time.sleep(0.005)
        below = children(run.pid)
        run.send_signal(signal.SIGTERM)
        said, errors = run.communicate(timeout=30)
    assert run.returncode == 0, errors
    assert json.loads(said)["frames"] == 0
    assert "Traceback" not in errors
    assert below
    assert not any(alive(pid) for pid in below)


def test_help_and_version():
    assert "run" in gongzhi("--help").stdout
    assert gongzhi("--version").stdout.startswith("gongzhi ")
