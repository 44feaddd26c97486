"""The node's heap does not grow, in a small form of the bench; and a leak is found, or that would say nothing."""

import itertools

import pytest
from gongzhi.bench import endurance
from gongzhi.sim import board_body

pytestmark = pytest.mark.skipif(board_body.library()[0] is None, reason="no MicroPython wheel for this machine")


def test_twenty_minutes_leave_the_heap_as_it_was():
    found = endurance.alone(20)
    assert found["commands"] > 1000
    assert (found["memory_errors"], found["faults"], found["restarts"]) == (0, 0, 0)
    assert abs(found["grown"]) <= 256
    assert found["free_min"] > 40 * 1024


def test_a_leak_of_a_few_bytes_now_and_then_is_found():
    found = endurance.alone(20, leak=16)
    # 9 or 10 of them in each of the ten minutes or so between the readings, of a block of 32 bytes at least.
    assert 2000 < found["grown"] < 8000


def test_minutes_with_a_broker():
    found = endurance.joined(2)
    assert found["commands"] > 100
    assert (found["memory_errors"], found["faults"], found["restarts"]) == (0, 0, 0)


def test_a_board_that_ran_before_its_host_meets_no_jump(monkeypatch, mocker):
    # One of 1000 s would be 15 minutes without a broker to it, after which it restarts.
    monkeypatch.setattr(endurance, "Bus", mocker.Mock())
    board, told = mocker.Mock(), [0.0]  # what its clock says before anybody has told it anything
    board.pace.tell = told.append
    board.pace.behind.return_value = 0.0
    host = endurance._Host(board, 1)
    for _ in range(120):
        host.step(mocker.Mock())
    assert max(after - before for before, after in itertools.pairwise(told)) < 0.03
    assert host.second == 2
