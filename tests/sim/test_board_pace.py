"""A board whose clock is the world's: it stands while the world's does, and goes as fast."""

from __future__ import annotations

import time

import pytest
from gongzhi.board import firmware

MAIN = """
import asyncio
from gongzhi_node.ports import now, sleep_ms
async def go():
    begun = now()
    print("from", begun, "ms")
    for i in (1, 2, 3):
        await sleep_ms(begun + i * 1000 - now())
        print("at", now(), "ms")
asyncio.run(go())
"""


def said(one, word):
    """The times that the board's program has printed after `word`, in ms."""
    lines = [line.split() for line in one.console if line.startswith(word) and line.endswith("ms")]
    return [int(line[1]) for line in lines]


def until(state, seconds=20.0):
    """Wait for a state of the board that nobody tells us of."""
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.fixture
def paced(board, body):
    """A running board whose program sleeps for a second, three times; and when it began, in ms."""
    files = dict(firmware.compiled() if body == "vm" else firmware.source())
    one = board(files | {"main.py": MAIN.encode(), "boot.py": b""}, paced=True)
    return one, one.until(lambda: said(one, "from"))[0]


def test_a_paced_board_has_the_time_that_it_is_told(paced):
    one, begun = paced
    for second in (1, 2, 3):
        one.pace.tell(begun / 1000 + second)
        one.until(lambda second=second: len(said(one, "at")) == second)
    assert said(one, "at") == [begun + 1000, begun + 2000, begun + 3000]
    one.event_of("ended")


def test_a_paced_board_waits_while_the_world_stands_still(paced):
    one, begun = paced
    for ms in range(900, 1000):
        one.pace.tell((begun + ms) / 1000)
        assert one.pace.behind() <= 1.0
        until(lambda: one.pace.behind() == 0.0)  # it has looked at its clock since
    assert said(one, "at") == []


def test_behind_says_how_long_ago_a_board_looked(paced):
    one, begun = paced
    for second in (1, 2, 3):
        one.pace.tell(begun / 1000 + second)
        one.until(lambda second=second: len(said(one, "at")) == second)
    one.event_of("ended")
    one.pace.tell(begun / 1000 + 10)
    assert one.pace.behind() == 7.0
