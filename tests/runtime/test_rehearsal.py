"""A script plays in a whole run, on real MicroPython, and says what did not follow; its clock waits for everybody."""

from __future__ import annotations

import asyncio
import shutil
from types import SimpleNamespace

import pytest
from gongzhi import paths
from gongzhi.api.timing import Timing
from gongzhi.clock import ManualClock
from gongzhi.runtime import pacing
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime

EXAMPLE = paths.share("examples") / "01_hands_up_gate"


def play(folder, **options):
    runtime = Runtime(Options(folder, headless=True, script="demo", **options))
    asyncio.run(asyncio.wait_for(runtime.run(), 60))
    assert runtime.rehearsal is not None
    assert not runtime.rehearsal.folder.exists()  # nothing is left behind
    return runtime.rehearsal.outcome


def test_what_does_not_follow_is_said_with_its_place(tmp_path):
    for name in ("project.toml", "main.py"):
        shutil.copy(EXAMPLE / name, tmp_path)
    (tmp_path / "demo.toml").write_text(
        """speed = 20
        [[branch]]
        name = "good"
        steps = [ { person = "stand" }, { stays = { gate = 0 }, for = 1 }, { wifi = { door = "weak" } },
                  { cut = { door = 9 } }, { stays = { gate = 0 }, for = 3 }, { wifi = { door = "on" } } ]
        [[branch]]
        name = "bad"
        steps = [ { person = "hands_up" }, { wait = "asked" }, { expect = { gate = 90 }, within = 2 } ]
        [[branch]]
        name = "never"
        steps = []
        """
    )
    outcome = play(tmp_path, journal=tmp_path / "journal")
    assert outcome.branches == ["good"]
    assert outcome.checks == 3
    text = str(outcome.fault)
    assert "branch bad, step 3" in text
    assert "gate" in text
    assert "90" in text


class Late:
    """A board that looks at its clock when it is told to."""

    def __init__(self):
        self.now = self.looked = 0.0

    def tell(self, seconds):
        self.now = seconds

    def behind(self):
        return self.now - self.looked


@pytest.fixture
def paced():
    board = Late()
    clock = ManualClock(0.0, 20.0)
    return pacing.Pacer(clock, lambda: [board], lambda: [board]), clock, board


async def turn(pacer, until):
    """Let the pacer run until something is so."""
    task = asyncio.create_task(pacer.run())
    try:
        async with asyncio.timeout(20):
            while not until():  # noqa: ASYNC110
                await asyncio.sleep(0)
    finally:
        task.cancel()


def test_the_clock_waits_for_a_late_board(paced):
    pacer, clock, board = paced
    asyncio.run(turn(pacer, lambda: pacer.waited["board"] > 20))
    assert pacing.BOARD <= clock.now() <= pacing.BOARD + pacing.STEP
    board.looked = board.now
    asyncio.run(turn(pacer, lambda: clock.now() > pacing.BOARD + pacing.STEP))


def test_what_takes_real_time_is_not_waited_for_at_twenty_times_the_speed(paced, real):
    pacer, clock, board = paced
    board.behind = lambda: 0.0
    asyncio.run(turn(pacer, lambda: real[0] > 0.1))
    fast = clock.now() / real[0]
    begun, at, pacer.busy = real[0], clock.now(), lambda: True
    asyncio.run(turn(pacer, lambda: real[0] > begun + 0.1))
    slow = (clock.now() - at) / (real[0] - begun)
    assert fast > 5 > 1.001 > slow > 0.5


def test_the_clock_waits_for_a_message_and_for_the_eyes(paced):
    pacer, clock, board = paced
    asked = []
    board.behind = lambda: 0.0
    pacer.ask = asked.append
    asyncio.run(turn(pacer, lambda: pacer.waited["bus"] > 20))
    assert len(asked) == 1
    assert clock.now() <= asked[0] + pacing.ECHO + 2 * pacing.STEP
    pacer.ask = None
    pacer.echoed(asked[0])
    pacer.saw(clock.now())
    asyncio.run(turn(pacer, lambda: pacer.waited["eyes"] > 20))
    assert clock.now() >= pacing.SIGHT


def test_an_alarm_goes_off_by_its_own_clock():
    async def main():
        clock, rung = ManualClock(5.0, 100.0), []
        pacing.later(asyncio.get_running_loop(), clock, 1.0, lambda: rung.append(clock.now()))
        off = pacing.later(asyncio.get_running_loop(), clock, 1.0, lambda: rung.append(-1))
        off.cancel()
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert rung == []
        clock.forward(1.0)
        async with asyncio.timeout(20):
            while not rung:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert rung == [6.0]

    asyncio.run(main())


def test_an_answer_that_comes_late_lets_the_clock_go_on(paced):
    # It once waited for a message that it had not sent: the answer came after the clock had gone by more than ECHO.
    pacer, clock, board = paced
    asked = []
    board.behind = lambda: 0.0
    pacer.ask = asked.append
    asyncio.run(turn(pacer, lambda: pacer.waited["bus"] > 20))
    stood = clock.now()
    pacer.echoed(asked[0])
    asyncio.run(turn(pacer, lambda: clock.now() > stood and len(asked) > 1))


def test_a_message_that_was_lost_is_sent_again(paced, monkeypatch):
    pacer, _clock, board = paced
    monkeypatch.setattr(pacing, "_AGAIN", 0.01)
    asked = []
    board.behind = lambda: 0.0
    pacer.ask = asked.append
    asyncio.run(turn(pacer, lambda: len(asked) > 2))
    assert len(set(asked)) == 1


def test_a_program_that_sleeps_and_has_timers_goes_by_the_scripts_clock(tmp_path):
    shutil.copy(EXAMPLE / "project.toml", tmp_path)
    (tmp_path / "main.py").write_text(
        "import threading\n"
        "import time\n"
        "from time import sleep\n"
        "from gongzhi import Project\n"
        "project = Project()\n"
        "def often():\n"
        "    begun = time.time()\n"
        "    while len(slept) < 100:\n"
        "        sleep(0.25)\n"
        "        slept.append(time.time() - begun)\n"
        "    project.say(en=f'a hundred {max(abs(t - 0.25 * (n + 1)) for n, t in enumerate(slept)) < 15}')\n"
        "def once():\n"
        "    begun = time.monotonic()\n"
        "    sleep(20)\n"
        "    project.say(en=f'slept {19.9 < time.monotonic() - begun < 20.3}')\n"
        "slept = []\n"
        "threading.Thread(target=often, daemon=True).start()\n"
        "project.every(5, once)\n"
        "project.run()\n"
    )
    (tmp_path / "demo.toml").write_text(
        """speed = 40
        [[branch]]
        name = "sleeps"
        steps = [ { hears = "slept True", within = 27 }, { hears = "a hundred True", within = 20 } ]"""
    )
    outcome = play(tmp_path)
    assert outcome.fault is None, str(outcome.fault)


@pytest.fixture
def real(monkeypatch):
    """The machine's clock: each look at it takes a thousandth."""
    now = [0.0]

    def monotonic():
        now[0] += 0.001
        return now[0]

    monkeypatch.setattr(pacing, "time", SimpleNamespace(monotonic=monotonic))
    return now


def test_the_clock_waits_for_the_program_and_no_longer_than_until_it_is_due(paced, real):
    pacer, clock, board = paced
    board.behind = lambda: 0.0
    told = []
    pacer.tell = told.append
    pacer.program(0.0)
    pacer.program(0.0, 0.05)
    asyncio.run(turn(pacer, lambda: pacer.waited["program"] > 20))
    assert 0.05 < clock.now() <= 0.05 + pacing.DUE + pacing.STEP
    assert told[0] >= 0.05
    assert len(told) == 1, "it is told the time when it is due, and not again before it has answered"
    pacer.program(told[0], 9.0)
    asyncio.run(turn(pacer, lambda: pacer.waited["program"] > 40))
    assert pacing.PROGRAM < clock.now() - told[0] <= pacing.PROGRAM + pacing.STEP, "it may have heard something"
    pacer.program(None)
    pacer.program(clock.now(), 9.0)  # its last word
    asyncio.run(turn(pacer, lambda: clock.now() > 2))


def test_a_program_at_work_without_end_has_real_time(paced, real, monkeypatch):
    monkeypatch.setattr(pacing, "PATIENCE", 0.5)
    pacer, clock, board = paced
    board.behind = lambda: 0.0
    pacer.program(0.0)
    pacer.program(0.1, 0.1)
    asyncio.run(turn(pacer, lambda: real[0] > pacing.PATIENCE + 0.1))
    at, begun = clock.now(), real[0]
    asyncio.run(turn(pacer, lambda: real[0] > begun + 0.5))
    assert 0.5 < (clock.now() - at) / (real[0] - begun) < 1.001
    pacer.program(clock.now())  # another one begins, and never joins
    begun = real[0]
    asyncio.run(turn(pacer, lambda: real[0] > begun + pacing.PATIENCE + 0.1))
    at, begun = clock.now(), real[0]
    asyncio.run(turn(pacer, lambda: real[0] > begun + 0.5))
    assert (clock.now() - at) / (real[0] - begun) > 5


def test_a_program_that_works_by_its_clock_without_a_wait_sees_it_go_on(paced, real, monkeypatch):
    # `while time.time() < end: pass` once never ended: one that never answered was told the time no more.
    monkeypatch.setattr(pacing, "PATIENCE", 0.5)
    pacer, clock, board = paced
    board.behind = lambda: 0.0
    timing = Timing()
    timing.paced(0.0, pacer.program)
    pacer.tell = timing.tell
    pacer.program(0.0)
    pacer.program(0.0, 0.05)
    asyncio.run(turn(pacer, lambda: timing.now() > 2))
    assert real[0] > pacing.PATIENCE
    assert clock.now() - timing.now() <= pacing.PROGRAM


def test_who_stopped_the_clock_is_named_and_not_who_was_late_once(paced, monkeypatch):
    monkeypatch.setattr(pacing, "STILL", 0.05)
    pacer, _, _ = paced
    pacer.waited["eyes"] = 3
    with pytest.raises(pacing.StillError, match="board") as raised:
        asyncio.run(asyncio.wait_for(pacer.run(), 20))
    assert "eyes" not in str(raised.value)
