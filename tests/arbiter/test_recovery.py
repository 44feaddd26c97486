"""A run goes on where the last one ended: who holds what, and dials that were lowered (case 16)."""

from __future__ import annotations

import math

import pytest
from gongzhi.arbiter.record import decode
from gongzhi.stages.resolve import Acked, Online, Resumed, Send

OWNER, VISITOR, TEACHER = "human:owner#door", "human:visitor#1", "human:teacher#1"


@pytest.fixture
def again(new_world, world):
    """The next run on the world's journal, so many seconds later."""

    def start(after):
        later = new_world(*(desk.resource for desk in world.arbiter.desks.values()), online=(), t=world.t + after)
        later.lines, later.chain = list(world.lines), world.chain
        later.do(Resumed(world.past))
        later.do(Online("door", True, "s9"))
        return later

    return start


def hold(world, resource, value):
    effects = world.say("override", seat=OWNER, resource=resource, value=value)
    for one in effects:
        if isinstance(one, Send):
            world.do(Acked(one.command.id, True))


class TestLeases:
    def test_case_16_an_override_survives_with_what_is_left_of_it(self, world, again):
        hold(world, "lamp.level", 0.5)
        end = world.t + 60.0
        later = again(20.0)
        assert (later.arbiter.desks["lamp.level"].lease.seat, later.arbiter.desks["lamp.level"].lease.until) == (
            OWNER,
            end,
        )
        assert later.commands == []
        assert later.propose("lamp.level").level.by == "holder"
        later.wait(39.9)
        assert later.arbiter.desks["lamp.level"].lease is not None
        later.wait(0.2)
        assert later.arbiter.desks["lamp.level"].lease is None
        later.close()

    def test_case_16_its_holder_may_go_on(self, world, again):
        hold(world, "lamp.level", 0.5)
        later = again(20.0)
        later.say("override", seat=OWNER, resource="lamp.level", value=0.5)
        assert later.commands == [("led.set", "lamp", {"level": 0.5})]
        later.close()

    def test_case_16_one_that_ended_meanwhile_has_ended(self, world, again):
        hold(world, "lamp.level", 0.5)
        later = again(60.0)
        assert later.arbiter.desks["lamp.level"].lease is None
        said = [(r.to, r.why) for r in map(decode, later.lines)]
        assert said[-1] == ("handback", "lease")
        assert ("override", "recovered") not in said
        later.close()

    def test_case_16_what_moves_is_at_safe_and_still_the_humans(self, world, again):
        hold(world, "gate.angle", 90.0)
        later = again(600.0)
        assert later.arbiter.desks["gate.angle"].lease.until == math.inf
        assert later.propose("gate.angle").level.by == "holder"
        assert later.commands == []
        third = replay_again(later)
        assert third.arbiter.desks["gate.angle"].lease.seat == OWNER

    def test_a_clock_that_began_anew_gives_no_more_than_a_whole_lease(self, world, again):
        hold(world, "lamp.level", 0.5)
        later = again(-90.0)
        assert later.arbiter.desks["lamp.level"].lease.until == later.t + 60.0
        later.close()

    def test_a_stop_ended_it_in_the_next_run_too(self, world, again):
        hold(world, "gate.angle", 90.0)
        world.stop()
        assert again(1.0).arbiter.desks["gate.angle"].lease is None

    def test_what_was_given_back_stays_so(self, world, again):
        hold(world, "gate.angle", 90.0)
        world.say("handback", seat=OWNER, resource="gate.angle")
        assert again(1.0).arbiter.desks["gate.angle"].lease is None


def replay_again(world):
    later = type(world)(*(desk.resource for desk in world.arbiter.desks.values()), online=(), t=world.t + 1)
    later.lines, later.chain = list(world.lines), world.chain
    later.do(Resumed(world.past))
    later.close()
    return later


class TestDials:
    def test_what_was_lowered_stays_what_was_raised_does_not(self, world, again):
        world.say("dial", seat=VISITOR, resource="lamp.level", level="A1")
        world.say("dial", seat=TEACHER, resource="bell.tone", level="A4")
        desks = again(5.0).arbiter.desks
        assert (desks["lamp.level"].asked_level, desks["bell.tone"].asked_level) == ("A1", "A2")
