"""The pupil's program as a process: what it prints is passed on, whatever it is, and it ends when it is told."""

import queue
import sys

import pytest
from gongzhi.runtime.program import Program

WAIT = 20


@pytest.fixture
def program(tmp_path):
    made = []

    def start(content, **surroundings):
        ended = queue.Queue()
        path = tmp_path / "main.py"
        path.write_text(content, "utf-8")
        one = Program(path, surroundings, lambda code, last: ended.put((code, last)))
        one.start()
        made.append(one)
        return one, ended

    yield start
    for one in made:
        one.stop()


def test_its_last_words_and_its_status_are_told(program, capfd):
    _, ended = program("import os, sys\nprint('你好', os.environ['X'])\nsys.exit('no')", X="1")
    assert ended.get(timeout=WAIT) == (1, ["你好 1", "no"])
    assert capfd.readouterr().err == "你好 1\nno\n"


def test_a_line_without_end_stops_nothing(program):
    one, ended = program("print('x' * 1_000_000)\nprint('after')")
    assert ended.get(timeout=WAIT)[0] == 0
    assert one.last[-1] == "after"
    assert max(map(len, one.last)) <= 4096


def test_bytes_that_are_no_text_are_passed_over(program):
    _, ended = program("import sys\nsys.stdout.buffer.write(b'\\xff\\n')")
    assert ended.get(timeout=WAIT) == (0, ["�"])


def test_a_closed_terminal_stops_nothing(program, monkeypatch):
    class Closed:
        def write(self, _):
            raise OSError("gone")

        def flush(self):
            raise OSError("gone")

    monkeypatch.setattr(sys, "stderr", Closed())
    _, ended = program("for _ in range(9): print('y' * 60_000)")
    assert ended.get(timeout=WAIT)[0] == 0


def test_it_ends_with_its_input(program):
    one, ended = program("import sys\nsys.stdin.read()\nprint('bye')")
    one.stop(patience=WAIT)
    assert list(one.last) == ["bye"]
    assert ended.empty()  # it did not end by itself


def test_one_that_does_not_listen_is_ended_all_the_same(program):
    one, ended = program(
        "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: None)\nprint('up')\nwhile True: time.sleep(9)"
    )
    while "up" not in one.last:
        one._thread.join(0.01)
        assert one._thread.is_alive()
    one.stop(patience=0.1)
    assert one._process.poll() not in (None, 0)
    assert ended.empty()
