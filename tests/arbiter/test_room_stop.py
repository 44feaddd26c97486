"""The stop of a whole room, and an exhibition that goes on by itself: what re-arms what, and what never does."""

from __future__ import annotations

import pytest
from gongzhi.arbiter.events import JournalState, Online, Rearmed, Reported, StopAll
from gongzhi.arbiter.people import EVERY_TEACHER
from gongzhi.arbiter.record import Record, replay
from gongzhi.stages.resolve import Acked, Answered, Arbiter, Resumed, Send, Told, due, resolve
from gongzhi.values import Answer, Resource


def begun(before):
    """A run that begins on the journal of `before`."""
    later = World()
    later.do(Resumed(replay(before.records)))
    return later


SEATS = ["human:visitor#1", "human:owner#a", "human:operator#page", "human:teacher#1"]


class World:
    """An arbiter with a lamp (H1) and a gate (H2) on one board, and all that it wrote down."""

    def __init__(self, *, exhibition=False):
        parts = [("lamp.level", "led", "H1"), ("gate.angle", "servo", "H2")]
        self.a = Arbiter(
            [
                Resource(id_, "door", *id_.split("."), kind, 0.0, 1.0, 0.0, "", hazard, "A3", {"en": id_})
                for id_, kind, hazard in parts
            ],
            exhibition=exhibition,
        )
        self.records: list[Record] = []
        self.t = 100.0
        self.do(Online("door", True, "s1"))

    def do(self, event, after=0.0):
        self.t += after
        effects = resolve(self.a, event, self.t)
        self.records += [one for one in effects if isinstance(one, Record)]
        for one in effects:
            if isinstance(one, Send) and one.command.op == "stop":
                self.do(Acked(one.command.id, True, "", "door"))
        return effects

    @property
    def stopped(self):
        return {id_ for id_, desk in self.a.desks.items() if desk.stopped}

    def rearm(self, seat, which="lamp.level"):
        return [
            one.code for one in self.do(Answered(Answer("rearm", seat, resource=which)), 1) if isinstance(one, Told)
        ]


def test_only_a_teacher_re_arms_what_a_teacher_stopped_with_the_room():
    world = World()
    world.do(StopAll("human:visitor#2"))
    world.do(StopAll(EVERY_TEACHER), 1)
    assert [one.why for one in world.records if one.to == "stop"] == ["", "", "room", "room"]
    for seat in SEATS[:3]:
        assert world.rearm(seat) == (["room"] if "operator" in seat else ["outranked"])
        world.do(Rearmed(seat))
        assert world.stopped == {"lamp.level", "gate.angle"}
    assert world.rearm(SEATS[3]) == []
    assert world.stopped == {"gate.angle"}
    world.do(Rearmed(EVERY_TEACHER))
    assert world.stopped == set()
    assert replay(world.records).room == set()


def test_a_stop_of_somebody_here_does_not_loosen_the_rooms():
    world = World()
    world.do(StopAll(EVERY_TEACHER))
    world.do(StopAll("human:owner#a"), 1)
    assert world.rearm("human:operator#page") == ["room"]
    past = replay(world.records)
    assert past.room == past.stopped == world.stopped


def test_the_order_that_a_teacher_has_lifted_here_does_not_come_again_with_the_link():
    world = World()
    order = StopAll(EVERY_TEACHER, "all-1")
    world.do(order)
    assert world.rearm(SEATS[3], "") == []
    assert world.stopped == set()
    for again in (world, begun(world)):  # the same run, and one that begins on its journal
        again.do(order, 1)
        assert again.stopped == set()
        again.do(StopAll(EVERY_TEACHER, "all-2"), 1)
        assert again.stopped == {"lamp.level", "gate.angle"}
    # What was stopped already when it came is obeyed once, too.
    world.do(StopAll(EVERY_TEACHER, "all-3"), 1)
    world.rearm(SEATS[3], "")
    later = begun(world)
    later.do(StopAll(EVERY_TEACHER, "all-3"), 1)
    assert later.stopped == set()


def test_all_at_once_is_what_may_be_allowed():
    world = World()
    world.do(StopAll("human:visitor#2"))
    world.do(StopAll(EVERY_TEACHER, "all-1"))
    assert world.rearm("human:operator#page", "") == ["room"]
    assert world.stopped == {"lamp.level", "gate.angle"}
    assert world.rearm("human:teacher#1", "") == []
    assert world.stopped == set()


def test_an_operators_own_stop_is_theirs_to_end():
    world = World()
    world.do(StopAll("human:visitor#2"))
    assert world.rearm("human:operator#page") == []
    assert world.stopped == {"gate.angle"}


@pytest.mark.parametrize("first", ["gate", "lamp"])
def test_a_board_that_stops_itself_while_part_of_it_is_allowed_stops_whole(first):
    """The answer to its stop lets all of it go, so nothing of it may be allowed when that is sent."""
    world = World()
    world.do(StopAll("human:operator#page"))
    assert world.rearm("human:operator#page") == []
    assert world.stopped == {"gate.angle"}
    world.do(Reported("door", first, "stop", 1, "own-1"))
    assert world.stopped == {"lamp.level", "gate.angle"}
    assert world.rearm("human:operator#page") == []
    world.do(Reported("door", "gate", "stop", 2, "own-1"))  # the same stop, told by another part: it is answered
    assert world.stopped == {"gate.angle"}


def test_in_an_exhibition_light_goes_on_after_a_minute_and_motion_never():
    world = World(exhibition=True)
    world.do(StopAll("human:visitor#2"))
    assert due(world.a) == world.t + 60
    world.do(Rearmed("human:visitor#1"), 59.9)
    assert world.stopped == {"lamp.level", "gate.angle"}
    world.do(Rearmed("human:visitor#1"), 0.1)  # any event; the time has come
    assert world.stopped == {"gate.angle"}
    last = world.records[-1]
    assert (last.to, last.by, last.why, last.res) == ("rearm", "clock", "exhibition", "lamp.level")
    world.do(Rearmed("human:visitor#1"), 100_000)
    assert world.stopped == {"gate.angle"}


@pytest.mark.parametrize("wrong", [Online("door", False, ""), JournalState(False)])
def test_what_is_not_well_does_not_re_arm_itself(wrong):
    world = World(exhibition=True)
    world.do(StopAll("human:visitor#2"))
    world.do(wrong, 1)
    world.do(Rearmed("human:visitor#1"), 600)
    assert world.stopped == {"lamp.level", "gate.angle"}


def test_not_even_an_exhibition_undoes_the_rooms_stop():
    world = World(exhibition=True)
    world.do(StopAll(EVERY_TEACHER))
    world.do(Rearmed("human:visitor#1"), 600)
    assert world.stopped == {"lamp.level", "gate.angle"}
