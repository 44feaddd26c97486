"""Effects become messages that the real guard takes; what stands is renewed and ends."""

from __future__ import annotations

import math

import pytest
from gongzhi.arbiter.effects import Cease, Send, Stand
from gongzhi.stages.send import Sender, host_ms
from gongzhi.values import Command
from gongzhi_node import wire
from gongzhi_node.guard import Channel, Guard
from hypothesis import given
from hypothesis import strategies as st


def command(id_="c-1-ab", op="servo.set", channel="gate", args=None, epoch=1):
    return Command(id_, epoch, op, channel, {"angle": 90.0} if args is None else args, 1500, "d-1")


def guard():
    return Guard([Channel("gate", "servo", "angle", 0, 180, 0)])


@pytest.fixture
def sender():
    return Sender("local", "gate01")


def test_a_command_on_the_wire(sender):
    (message,) = sender.take([Send("door", command())], 12.3456)
    assert (message.topic, message.qos) == ("v1/local/gate01/door/down/cmd", 1)
    assert wire.unpack(message.payload) == {
        "v": 1, "id": "c-1-ab", "ep": 1, "op": "servo.set", "ch": "gate", "a": {"angle": 90.0}, "t": 12345,
        "ttl": 1500, "dec": "d-1",
    }  # fmt: skip


def test_the_real_guard_takes_it_its_renewal_and_its_rest(sender):
    judge = guard().judge
    (first,) = sender.take([Send("door", command()), Stand("door", command(), 6.0)], 1.0)
    assert judge(wire.unpack(first.payload), 1005, 0) is None
    (again,) = sender.due(1.5)
    assert judge(wire.unpack(again.payload), 1505, 0) is None
    (rest,) = sender.take([Cease("door", "gate"), Send("door", command("c-2-ab", "rest", args={}))], 6.0)
    assert judge(wire.unpack(rest.payload), 6005, 0) is None
    assert sender.due(7.0) == []


@pytest.mark.parametrize("late", ["renewal", "rest"])
def test_what_comes_late_from_an_earlier_act_does_not_touch_the_next(sender, late):
    one = guard()
    first, second = command("c-1-ab", epoch=1), command("c-3-ab", args={"angle": 5.0}, epoch=2)
    sender.take([Stand("door", first, 60.0)], 0.0)
    (renewal,) = sender.due(1.0)
    (rest,) = sender.take([Send("door", command("c-2-ab", "rest", args={}))], 1.0)
    (order,) = sender.take([Send("door", second)], 1.1)
    assert one.judge(wire.unpack(order.payload), 1100, 0) is None
    assert one.judge(wire.unpack((renewal if late == "renewal" else rest).payload), 1200, 0) == "epoch"


def test_what_stands_is_renewed_twice_a_second_with_ids_of_its_own(sender):
    sender.take([Stand("door", command(), 3.0)], 0.0)
    assert sender.next_due == 0.5
    assert sender.due(0.499) == []
    messages = [wire.unpack(m.payload) for t in (0.5, 0.9, 1.0, 1.5, 2.0, 2.5, 2.9, 3.0, 3.5) for m in sender.due(t)]
    assert [m["id"] for m in messages] == [f"c-1-ab.{n}" for n in range(1, 6)]
    assert all(m["renew"] == 1 and m["dec"] == "d-1" for m in messages)
    assert sender.next_due == math.inf


def test_after_a_pause_there_is_one_renewal(sender):
    sender.take([Stand("door", command(), 60.0)], 0.0)
    assert len(sender.due(20.0)) == 1
    assert sender.next_due == 20.5


@pytest.mark.parametrize(
    ("effect", "stands"),
    [
        (Cease("door", "gate"), False),
        (Cease("door", "lamp"), True),
        (Cease("yard", "gate"), True),
        (Send("door", command("c-2-ab", "rest", args={})), False),
        (Send("door", command("c-2-ab", "stop", "*", {})), False),
        (Send("yard", command("c-2-ab", "stop", "*", {})), True),
    ],
)
def test_what_ends_a_renewal(sender, effect, stands):
    sender.take([Stand("door", command(), 60.0)], 0.0)
    sender.take([effect], 0.1)
    assert bool(sender.due(0.6)) is stands


def test_the_answer_to_a_boards_clock(sender):
    message = sender.clock("door", 4711, 2.5)
    assert (message.topic, message.qos) == ("v1/local/gate01/door/down/clock", 0)
    assert wire.unpack(message.payload) == {"v": 1, "b": 4711, "h": 2500}


def test_a_topic_level_that_is_not_valid_is_an_error():
    with pytest.raises(ValueError, match="topic level"):
        Sender("local", "Gate 01")


@given(st.floats(0, 1e9))
def test_times_stay_within_the_period(now):
    assert 0 <= host_ms(now) < wire.PERIOD


@given(st.floats(0, 1e7), st.integers(0, 1400))
def test_a_command_is_never_old_before_its_time(now, late):
    (message,) = Sender("local", "gate01").take([Send("door", command())], now)
    assert guard().judge(wire.unpack(message.payload), (host_ms(now) + late) % wire.PERIOD, 0) is None
    assert guard().judge(wire.unpack(message.payload), (host_ms(now) + 1501) % wire.PERIOD, 0) == "old"
