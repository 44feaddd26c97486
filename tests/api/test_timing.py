"""A program's waiting goes by the clock that its run tells; whoever is at work is waited for."""

import math
import queue
import sys
import threading
import time

import pytest
from gongzhi import launch, rests
from gongzhi.api import decided
from gongzhi.api import timing as clocks
from gongzhi.api.timing import Timing

WAIT = 30


@pytest.fixture
def said():
    return queue.Queue()


@pytest.fixture
def timing(said):
    return Timing()


@pytest.fixture
def program(timing, said):
    """Let a program's main thread do this, from 100 s of the run's clock on; then it is at work until the test ends."""
    over, came = threading.Event(), queue.Queue()

    def do(act):
        def main():
            timing.paced(100.0, lambda t, due: said.put((t, due)))
            act()
            came.put(timing.now())
            over.wait(WAIT)

        threading.Thread(target=main, daemon=True).start()
        return came

    yield do
    over.set()


def test_without_a_run_it_is_the_machines_clock(timing):
    before = time.monotonic()
    timing.wait(0.0)
    timing.sleep(0)
    timing.tell(5.0)
    assert before <= timing.now() <= time.monotonic()
    with pytest.raises(ValueError, match="negative"):
        timing.sleep(-1)


def test_a_function_sleeps_by_the_clock_that_is_told_and_says_nothing_while_it_is_at_work(timing, said, program):
    came = program(lambda: timing.sleep(4))
    assert said.get(timeout=WAIT) == (100, 104)
    timing.tell(103.9)
    assert said.get(timeout=WAIT) == (103.9, 104)
    timing.tell(104.02)
    assert came.get(timeout=WAIT) == 104.02
    timing.tell(105)
    assert said.empty(), "it is at work"


@pytest.mark.parametrize("payload", [b"", b"now", b"NaN", b"1e999", b'"7"', b"99.5", b"[100.5]"])
def test_what_is_no_time_of_the_run_moves_nothing(timing, said, program, payload):
    program(lambda: timing.sleep(4))
    assert said.get(timeout=WAIT) == (100, 104)
    timing.hear(payload)
    assert timing.now() == 100
    timing.hear(b"101")
    assert timing.now() == 101


def test_each_thread_that_has_slept_is_waited_for_until_it_ends(timing, said, program):
    program(lambda: timing.sleep(10))
    assert said.get(timeout=WAIT) == (100, 110)
    go = threading.Event()
    other = threading.Thread(target=lambda: (timing.sleep(1), go.wait(WAIT)))
    other.start()
    assert said.get(timeout=WAIT) == (100, 101)
    timing.tell(101)
    timing.tell(102)
    assert said.empty(), "it is at work, though it may not have woken up yet"
    go.set()
    other.join(WAIT)
    timing.tell(103)
    assert said.get(timeout=WAIT) == (103, 110)


def test_something_that_has_come_ends_a_wait(timing, said, program):
    come = threading.Event()
    came = program(lambda: timing.wait(1000, come.is_set))
    assert said.get(timeout=WAIT) == (100, 1100)
    come.set()
    timing.poke()
    assert came.get(timeout=WAIT) == 100


def test_a_proposal_is_waited_for_by_the_clock_of_the_run(timing, said, program, monkeypatch):
    monkeypatch.setattr(decided, "TIMING", timing)
    proposal, states = decided.Proposal("p-1"), queue.Queue()
    program(lambda: (states.put(proposal.wait(20)), states.put(proposal.wait(20))))
    assert said.get(timeout=WAIT) == (100, 120)
    timing.tell(120)
    assert states.get(timeout=WAIT) == ""
    assert said.get(timeout=WAIT) == (120, 140)
    proposal.hear(None)
    assert states.get(timeout=WAIT) == "dropped"


def test_every_clock_of_time_goes_by_the_run_also_in_nanoseconds(timing, monkeypatch):
    monkeypatch.setattr(clocks, "TIMING", timing)
    names = ("time", "monotonic", "perf_counter")
    for name in (*names, *(f"{name}_ns" for name in names), "sleep"):
        monkeypatch.setattr(time, name, getattr(time, name))  # put back afterwards
    clocks.install()
    timing.paced(5.0, lambda _t, _due: None)
    before = [(getattr(time, name)(), getattr(time, f"{name}_ns")()) for name in names]
    timing.tell(7.0)
    for name, (seconds, ns) in zip(names, before, strict=True):
        assert getattr(time, name)() - seconds == pytest.approx(2), name
        assert getattr(time, f"{name}_ns")() - ns == pytest.approx(2e9), name


def test_who_sleeps_and_who_waits_for_a_proposal_rests(monkeypatch, tmp_path, capsys):
    rested, me = [], threading.get_ident()
    monkeypatch.setattr(rests, "_sleep", lambda _: rested.append(rests.RESTING.get(me)))
    monkeypatch.setattr(decided.TIMING, "wait", lambda *_: rested.append(rests.RESTING.get(me)))
    monkeypatch.setattr(time, "sleep", time.sleep)  # put back afterwards, as the next two
    monkeypatch.setattr(sys, "path", [*sys.path])
    program = tmp_path / "main.py"
    program.write_text("from time import sleep\nsleep(40)\n")
    monkeypatch.setattr(sys, "argv", ["launch", str(program)])
    assert launch.main() == 0, capsys.readouterr().err
    decided.Proposal("p-1").wait(3)
    assert rested == [40, math.inf]
    assert me not in rests.RESTING
