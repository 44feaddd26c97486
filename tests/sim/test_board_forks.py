"""Boards as forks of one process that has loaded everything: whose they are, and what happens when that one is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from gongzhi.sim import board_body, board_forks

pytestmark = pytest.mark.skipif(not board_forks.possible(), reason="this system cannot fork")
TALK = "import time\nprint('up')\nwhile True:\n    time.sleep(0.01)\n"


def parent(pid: int) -> int:
    """The process that the system says has started this one."""
    return int(subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True).stdout)


def kill_server() -> None:
    process = board_forks._server._process
    process.kill()
    process.wait()


def test_all_boards_are_forks_of_one_process_that_ends_with_the_last_word(board, tmp_path):
    a, b = (board(TALK, state_dir=tmp_path / name) for name in "ab")
    server = board_forks._server._process
    assert parent(a.pid) == parent(b.pid) == server.pid
    # One ends without the other: neither holds an end of the other's pipes.
    pid = a.pid
    a.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    b.said("up")
    assert b.boots == 1
    board_forks.close()
    assert server.returncode == 0


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="nothing lists a process's descriptors here")
def test_a_fork_has_nothing_of_its_sisters(board, tmp_path):
    def count(one):
        return len(list(Path(f"/proc/{one.pid}/fd").iterdir()))

    first, *_, last = (board(TALK, state_dir=tmp_path / str(n)) for n in range(4))
    for one in (first, last):
        one.said("up")
    assert count(first) == count(last)


def test_a_server_that_dies_takes_no_board_with_it_and_is_replaced(board):
    one = board(
        "import machine\np = machine.Pin(4, machine.Pin.IN, machine.Pin.PULL_UP)\n"
        "p.irq(lambda p: machine.reset(), 2)\n" + TALK
    )
    one.said("up")
    kill_server()
    one.press(4)
    one.event_of("boot", cause="reset")
    assert one.event_of("exit").data["code"] == board_forks._UNKNOWN
    assert parent(one.pid) == board_forks._server._process.pid
    kill_server()
    one.reset()
    one.event_of("boot", 1, cause="power")


def test_where_no_server_starts_each_board_is_a_process_of_its_own(board, mocker):
    board_forks.close()
    start = lambda control: subprocess.Popen([sys.executable, "-c", ""], stdin=control)  # noqa: E731
    mocker.patch.object(board_body, "_forks", start)
    one = board(TALK)
    one.said("up")
    assert parent(one.pid) == os.getpid()


def test_a_system_that_has_no_room_for_another_process_is_said(tmp_path):
    import socket

    ours, theirs = socket.socketpair()
    ends = [*os.pipe(), *os.pipe()]
    theirs.sendall(board_forks.NUMBER.pack(-11))
    with theirs, pytest.raises(BlockingIOError):
        board_forks.Forked(ends[1], ends[2], ours)
    os.close(ends[0])
    os.close(ends[3])


def test_a_process_can_be_waited_for_by_many_and_killed_after_its_end(tmp_path):
    with (tmp_path / "log").open("wb") as log:
        one = board_forks.fork(log, board_body._forks)
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0)
    one.kill()
    assert one.wait() == one.wait(0) == -signal.SIGKILL
    one.kill()
    one.stdin.close()
    one.stdout.close()
