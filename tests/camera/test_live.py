"""A live capture: one slot, the newest wins, drops are counted; faults and ends are seen by the reader."""

import queue
import threading

import numpy as np
import pytest
from gongzhi.camera.contract import Shot, Ticks
from gongzhi.camera.live import LiveCapture
from gongzhi.clock import ManualClock

WAIT = 20.0  # seconds that only a defect reaches


class Hand:
    """A source that gives what the test hands it; `asked` counts how often it was asked for a picture."""

    description, trouble = "by hand", None

    def __init__(self):
        self.shots, self.closed = queue.Queue(), threading.Event()
        self.asked = threading.Semaphore(0)

    def shoot(self, stop):
        self.asked.release()
        while not stop.is_set():
            try:
                shot = self.shots.get(timeout=0.01)
            except queue.Empty:
                continue
            if isinstance(shot, Exception):
                raise shot
            return shot
        return None

    def close(self):
        self.closed.set()


def picture(value, joints=None):
    return Shot(np.full((4, 6, 3), value, np.uint8), joints)


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def clock():
    return ManualClock(50.0)


@pytest.fixture
def capture(hand, clock):
    made = LiveCapture(hand, clock)
    assert hand.asked.acquire(timeout=WAIT)
    yield made
    made.close()


def give(hand, *shots):
    """Hand over pictures, one after the other, each taken in before the next."""
    for shot in shots:
        hand.shots.put(shot)
        assert hand.asked.acquire(timeout=WAIT)


def test_the_newest_frame_replaces_the_one_that_nobody_read(capture, hand):
    give(hand, picture(0), picture(1), picture(2))
    frame = capture.read(WAIT)
    assert (frame.seq, frame.image[0, 0, 0], capture.dropped) == (2, 2, 2)
    assert capture.read(0.0) is None
    give(hand, picture(3))
    assert capture.read(WAIT).seq == 3
    assert capture.dropped == 2
    assert capture.live


def test_a_frame_carries_the_time_at_which_its_picture_was_complete(capture, hand, clock):
    clock.forward(1.5)
    give(hand, picture(0))
    clock.forward(9.0)
    assert capture.read(WAIT).t == 51.5


def test_truth_travels_with_the_frame(capture, hand):
    joints = np.full((33, 2), 2.0, np.float32)
    joints[7] = (-3.0, 2.0)
    give(hand, picture(0, joints))
    truth = capture.read(WAIT).truth
    assert truth.origin == "truth"
    assert truth.size == (6, 4)
    assert truth.score[7] == 0.0
    assert truth.score[8] == 1.0
    assert (truth.t, truth.seq) == (50.0, 0)


def test_a_reader_who_waits_is_woken_by_close(hand, clock):
    capture = LiveCapture(hand, clock)
    got = []
    reader = threading.Thread(target=lambda: got.append(capture.read(WAIT)))
    reader.start()
    capture.close()
    reader.join(WAIT)
    assert not reader.is_alive()
    assert got == [None]
    assert capture.ended
    assert hand.closed.wait(WAIT)
    capture.close()


def test_a_fault_in_the_thread_is_raised_where_somebody_sees_it(capture, hand):
    hand.shots.put(ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        capture.read(WAIT)
    assert capture.ended
    assert hand.closed.wait(WAIT)


def test_a_source_that_has_nothing_just_now_is_asked_again(capture, hand):
    give(hand, None, None, picture(9))
    assert capture.read(WAIT).seq == 0
    assert capture.description == "by hand"
    assert capture.trouble is None


def test_ticks_need_a_pace():
    with pytest.raises(ValueError, match="fps"):
        Ticks(0.0, ManualClock())


def test_no_camera_gives_no_frame_and_is_no_fault():
    from gongzhi.stages import capture

    none = capture.open_camera("none", ManualClock())
    assert none.read(0.0) is None
    assert (none.ended, none.trouble, none.dropped) == (False, None, 0)
    none.close()
    assert none.ended
    assert none.read(20.0) is None  # at once
