"""The estimate of the host's clock."""

from gongzhi_node.clock import HostClock
from gongzhi_node.wire import PERIOD, add, diff


def asks(clock, begin, end):
    return [t for t in range(begin, end, 20) if clock.due(t)]


def test_asks_three_times_then_often_until_answered_then_seldom():
    clock = HostClock(1000)
    assert asks(clock, 1000, 6000) == [1000, 1200, 1400, 3400, 5400]
    clock.answer(6000, 9000, 6002)
    assert asks(clock, 6000, 130000) == [66020, 126020], "a minute after the answer"
    clock.again(130000)
    clock.again(130010)
    assert asks(clock, 130000, 131000) == [130000, 130200, 130400]


def test_the_least_round_trip_counts():
    clock = HostClock(0)
    assert clock.offset is None
    assert clock.answer(100, 50100 + 90, 200)  # late on the way back: 40 wrong
    assert clock.offset == 50040
    assert clock.answer(300, 50302, 304)
    assert clock.offset == 50000 and clock.rtt == 4
    assert not clock.answer(500, 50560, 600), "a longer trip that does not contradict"
    assert clock.offset == 50000


def test_drift_is_followed():
    clock = HostClock(0)
    clock.answer(0, 1002, 4)
    later = 600000  # ten minutes: 36 ms of doubt at 61 ppm
    assert clock.answer(later, later + 1000 + 24 + 10, later + 20), "a trip of 20 ms now says more"
    assert abs(clock.offset - 1024) <= 1


def test_a_jump_is_believed():
    clock = HostClock(0)
    clock.answer(0, 1002, 4)
    assert clock.answer(100, 90000 + 110, 120)
    assert clock.offset == 90000


def test_nonsense_is_not():
    clock = HostClock(0)
    assert not clock.answer(500, 1, 400), "asked in the future"
    assert not clock.answer(0, 1, 4001), "too long ago"
    assert clock.offset is None


def test_wraps_on_both_sides():
    clock = HostClock(PERIOD - 10)
    assert clock.answer(PERIOD - 2, PERIOD - 1, 2)
    assert diff(add(2, clock.offset), 1) == 0


def test_another_connection_may_be_another_host():
    clock = HostClock(0)
    clock.answer(0, 1002, 4)
    clock.restart(500)
    assert clock.offset is None and clock.due(500)
    assert clock.answer(500, 77, 580)
