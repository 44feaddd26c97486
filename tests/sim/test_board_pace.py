"""A board whose clock is the world's: it stands while the world's does, and goes as fast."""

from __future__ import annotations

import math
import os
import signal
import time
from itertools import groupby
from pathlib import Path

import pytest
from gongzhi.board import firmware
from gongzhi.clock import ManualClock
from gongzhi.sim import board_life
from gongzhi.sim.senses_wire import sense

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


LOOK = """
import asyncio
from gongzhi_node import parts
from gongzhi_node.ports import now, sleep_ms
eye = parts.find("ultrasonic")({"ch": "eye", "kind": "ultrasonic", "pins": {"trig": 16, "echo": 17}})
hand = parts.find("remote")({"ch": "hand", "kind": "remote", "pin": 4})
async def go():
    before = None
    while True:
        for part in (eye, hand):
            part.tick(now())
        if (eye.raw, hand.raw) != before:
            before = eye.raw, hand.raw
            print("sees", eye.value(), hand.value(), "at", now())
        await sleep_ms(20)
asyncio.run(go())
"""


def test_distances_and_keys_are_exact_in_time_that_runs_faster(board, body):
    files = dict(firmware.compiled() if body == "vm" else firmware.source())
    one = board(files | {"main.py": LOOK.encode(), "boot.py": b""}, paced=True, start=False)
    sonar = sense("ultrasonic", one, {"trig": 16, "echo": 17}, {})
    handset = sense("remote", one, {"pin": 4}, {})
    sonar.clock = handset.clock = clock = ManualClock(1.0, speed=20.0)
    one.start()
    one.said("sees 400")

    def forward(seconds):
        for _ in range(round(seconds / 0.02)):
            one.pace.tell(clock.forward(0.02))
            until(lambda: one.pace.behind() < 0.02)

    for cm, key in ((57, 69), (123, 0), (30, 255)):
        sonar.put(cm)
        handset.put(key)
        forward(0.4)
        handset.put(-1)
        forward(0.6)
    seen = [line.split()[1:3] for line in one._console.whole if line.startswith("sees")]
    assert [cm for cm, _ in groupby(float(cm) for cm, _ in seen)] == pytest.approx([400, 57, 123, 30], abs=0.25)
    assert [key for key, _ in groupby(int(key) for _, key in seen)] == [-1, 69, -1, 0, -1, 255, -1]


JOIN = """
import asyncio
import network
from gongzhi_node.ports import now, sleep_ms
wlan = network.WLAN(network.WLAN.IF_STA)
wlan.active(True)
wlan.connect("school")
async def go():
    begun = now()
    print("from", begun, "ms")
    while not wlan.isconnected():
        await sleep_ms(100)
    print("at", now() - begun, "ms")
asyncio.run(go())
"""


def test_joining_takes_its_time_by_the_boards_own_clock(board, body):
    files = dict(firmware.compiled() if body == "vm" else firmware.source())
    one = board(files | {"main.py": JOIN.encode(), "boot.py": b""}, paced=True, join_ms=40000)
    clock = one.until(lambda: said(one, "from"))[0] / 1000
    while not said(one, "at"):
        clock += 0.1
        assert clock < 100
        one.pace.tell(clock)
        until(lambda: one.pace.behind() < 0.05 or said(one, "at"))
    assert 39900 < said(one, "at")[0] < 40300


PRESSED = """
import time
from machine import Pin
pin = Pin(4, Pin.IN, Pin.PULL_UP)
while pin.value():
    time.sleep(0.005)  # CPython has no sleep_ms
print("pressed")
"""


def still(pid):
    """True when each of its threads has come to a stop: the signal only asks for it."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all(one.joinpath("stat").read_text().rpartition(") ")[2].startswith("T") for one in threads)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="whether a process stands still is seen on Linux only")
def test_a_board_is_late_until_what_was_done_to_it_has_arrived(board, body):
    files = dict(firmware.compiled() if body == "vm" else firmware.source())
    one = board(files | {"main.py": PRESSED.encode(), "boot.py": b""}, paced=True)
    until(lambda: one.pace.behind() < math.inf)
    os.kill(one.pid, signal.SIGSTOP)
    try:
        until(lambda: still(one.pid))
        one.press(4)
        assert one.pace.behind() == math.inf
    finally:
        os.kill(one.pid, signal.SIGCONT)
    until(lambda: one.pace.behind() < math.inf)
    one.said("pressed")


def test_what_is_done_between_two_bodies_is_not_lost(board, monkeypatch):
    launch = board_life.bodies.launch

    def slowly(options, state):
        one.press(4)  # after the body's options were made, before there is a process that could be told
        return launch(options, state)

    one = board({"main.py": PRESSED.encode()}, start=False)
    monkeypatch.setattr(board_life.bodies, "launch", slowly)
    one.start()
    one.said("pressed")
