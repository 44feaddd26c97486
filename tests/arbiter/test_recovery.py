"""A run goes on where the last one ended: what was being done, who holds what, and dials that were turned (case 16)."""

from __future__ import annotations

import math

import pytest
from gongzhi.arbiter.record import decode
from gongzhi.stages.resolve import Acked, Online, Policy, Reported, Resumed, Send, due

OWNER, VISITOR, TEACHER = "human:owner#door", "human:visitor#1", "human:teacher#1"


@pytest.fixture
def again(world):
    """The next run on the world's journal, so many seconds later."""

    def start(after, before=world, online=("door",)):
        resources = [desk.resource for desk in before.arbiter.desks.values()]
        later = type(before)(*resources, online=(), t=before.t + after)
        later.lines, later.chain = list(before.lines), before.chain
        later.do(Resumed(before.past))
        for device in online:
            later.do(Online(device, True, "s9"))
        return later

    return start


class TestWhatWasAskedOrDone:
    def test_case_16_what_was_asked_is_over(self, world, again):
        gate = world.propose("gate.angle", 90.0)
        later = again(1.0)
        assert later.records(gate)[-1] == ("proposed", "expired", "runtime", "recovered")
        later.close()

    @pytest.mark.parametrize(("by", "value"), [("boot", 0.0), ("lease", 0.0), ("cmd", 1.0)])
    def test_case_16_what_was_being_done_is_read_back_before_it_is_called_aborted(self, world, again, by, value):
        lamp = world.propose("lamp.level")
        later = again(1.0)
        assert later.records(lamp)[-1] == ("executing", "executing", "runtime", "recovered"), "not known yet"
        assert later.propose("lamp.level").level.by == "link", "nobody uses what nobody knows the state of"
        assert later.commands == []
        later.do(Reported("door", "lamp", by, lamp.epoch, "c-1-t", {"level": value}))
        assert later.records(lamp)[-1] == ("executing", "aborted", "board:door", "recovered")
        end = [r for r in map(decode, later.lines) if r.dec == lamp.id][-1]
        assert end.value == value
        # What the board does still, nobody renews: it goes to safe, by an order above the one it has.
        rest = [one.command for one in later.effects if isinstance(one, Send)]
        assert [(one.op, one.id, one.epoch) for one in rest] == ([("rest", end.cmd, end.epoch)] if by == "cmd" else [])
        later.gone()
        assert later.propose("lamp.level").state == "executing"
        later.close()

    def test_case_16_a_broker_may_tell_of_the_part_before_its_board(self, world, again):
        lamp = world.propose("lamp.level")
        later = again(1.0, online=())
        later.do(Reported("door", "lamp", "lease", lamp.epoch, "", {"level": 0.0}))
        assert later.records(lamp)[-1][1] == "executing", "it may lie there from before the board went off"
        later.do(Online("door", True, "s9"))
        assert later.records(lamp)[-1][1:] == ("aborted", "board:door", "recovered")
        later.close()

    @pytest.mark.parametrize(("online", "after"), [((), 60.0), (("door",), 2.0)])
    def test_case_16_where_the_board_says_nothing_the_record_says_so(self, world, again, online, after):
        lamp = world.propose("lamp.level")
        later = again(1.0, online=online)
        assert due(later.arbiter) == later.t + after
        later.wait(after - 0.1)
        assert later.records(lamp)[-1][1] == "executing"
        later.wait(0.1)
        assert later.records(lamp)[-1] == ("executing", "aborted", "clock", "recovered")
        assert [r.value for r in map(decode, later.lines) if r.dec == lamp.id][-1] is None
        assert later.commands == ([("rest", "lamp", {})] if online else []), "it may be acting unseen"
        later.close()

    def test_case_16_a_run_that_ends_before_it_has_read_leaves_it_to_the_next(self, world, again):
        lamp = world.propose("lamp.level")
        third = again(1.0, before=again(1.0, online=()))
        third.do(Reported("door", "lamp", "boot", 0, "", {"level": 0.0}))
        assert [r[1] for r in third.records(lamp)[-3:]] == ["executing", "executing", "aborted"]
        third.close()

    def test_case_16_a_person_takes_over_at_once(self, world, again):
        lamp = world.propose("lamp.level")
        later = again(1.0)
        later.say("override", seat=OWNER, resource="lamp.level", value=0.5)
        assert later.records(lamp)[-1] == ("executing", "aborted", OWNER, "recovered")
        assert later.commands == [("led.set", "lamp", {"level": 0.5})]
        later.close()

    def test_a_board_that_goes_again_has_said_nothing(self, world, again):
        lamp = world.propose("lamp.level")
        later = again(1.0, online=())
        later.do(Reported("door", "lamp", "cmd", lamp.epoch, "c-1-t", {"level": 1.0}))
        later.do(Online("door", False))
        later.do(Online("door", True, "s9"))
        assert later.records(lamp)[-1][1] == "executing"
        later.close()

    @pytest.mark.parametrize(("by", "value"), [("cmd", 1.0), ("boot", 0.0)])
    def test_what_lies_at_the_broker_from_before_the_board_went_says_nothing(self, world, again, by, value):
        lamp = world.propose("lamp.level")
        later = again(1.0, online=())
        stale = Reported("door", "lamp", "cmd", lamp.epoch, "c-1-t", {"level": 1.0})
        later.do(Online("door", False))
        later.do(stale)
        later.do(Online("door", True, "s9"), 20.0)
        assert later.records(lamp)[-1][1] == "executing", "the board itself has said nothing since"
        told = stale if by == "cmd" else Reported("door", "lamp", by, 0, "", {"level": value})
        later.do(told, 0.1)
        assert later.records(lamp)[-1][1:] == ("aborted", "board:door", "recovered")
        assert [r.value for r in map(decode, later.lines) if r.dec == lamp.id][-1] == value
        later.close()

    def test_a_board_that_says_the_same_again_has_said_it(self, world, again):
        lamp = world.propose("lamp.level")
        later = again(1.0, online=())
        for one in (Reported("door", "lamp", "cmd", lamp.epoch, "c-1-t", {"level": 1.0}), Online("door", False)):
            later.do(one)
        later.do(Online("door", True, "s9"), 1.0)
        later.do(Reported("door", "lamp", "cmd", lamp.epoch, "c-1-t", {"level": 1.0}))
        assert later.records(lamp)[-1][1:] == ("aborted", "board:door", "recovered")
        later.close()

    def test_after_our_own_link_was_lost_the_part_may_be_told_of_first(self, world, again):
        lamp = world.propose("lamp.level")
        later = again(1.0)
        later.do(Online("door", False, why="link"))
        later.do(Reported("door", "lamp", "cmd", lamp.epoch, "c-1-t", {"level": 1.0}), 1.0)
        assert later.records(lamp)[-1][1] == "executing"
        later.do(Online("door", True, "s9"))
        assert later.records(lamp)[-1][1:] == ("aborted", "board:door", "recovered")
        later.close()


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
        assert later.propose("lamp.level").level.by == "handback", "the agent comes back by stages"
        later.close()

    def test_case_16_what_moves_is_at_safe_and_still_the_humans(self, world, again):
        hold(world, "gate.angle", 90.0)
        later = again(600.0)
        assert later.arbiter.desks["gate.angle"].lease.until == math.inf
        assert later.propose("gate.angle").level.by == "holder"
        assert later.commands == []
        third = again(1.0, before=later)
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


class TestComingBack:
    def test_a_restart_brings_the_agent_back_no_sooner(self, world, again):
        hold(world, "lamp.level", 0.5)
        world.say("handback", seat=OWNER, resource="lamp.level", after=1.0)
        later = again(1.0)
        assert later.propose("lamp.level").level.by == "handback", "it cools down"
        later.wait(5.0)
        first = later.propose("lamp.level", 0.3)
        assert (first.level.eff, first.level.by) == ("A3", "handback"), "its first act is announced"
        later.say("reject", first, VISITOR)
        third = again(60.0, before=later)
        for n in range(5):
            kept = third.propose("lamp.level", n / 10, trigger=f"t{n}", after=10.0)
            assert kept.level.by == "handback", "a no among the first keeps it there until a teacher turns the dial"
            third.say("reject", kept, f"human:visitor#{n}")
        third.say("dial", seat=TEACHER, resource="lamp.level", level="A4")
        fourth = again(60.0, before=third)
        first = fourth.propose("lamp.level", 0.6)
        assert first.level.eff == "A3", "it has not acted since"
        fourth.say("confirm", first)
        fourth.ack(first)
        assert fourth.propose("lamp.level", 0.7).state == "executing"
        fourth.close()

    @pytest.mark.parametrize("done", [1, 4])
    def test_a_late_no_among_the_first_is_not_forgotten(self, new_world, make, again, done):
        world = new_world(make("horn.tone", level="A4", reversible=False))
        hold(world, "horn.tone", 0.5)
        world.say("handback", seat=OWNER, resource="horn.tone", after=1.0)
        world.wait(5.0)
        first, *_ = [world.done("horn.tone", n / 10, trigger=f"t{n}", after=20.0) for n in range(1, done + 1)]
        world.say("reject", first, VISITOR, after=1.0)
        assert world.records(first)[-1][1:] == ("done", VISITOR, "late_no")
        kept = [one.propose("horn.tone", 0.9, after=20.0).level for one in (world, again(1.0, before=world))]
        assert [(one.eff, one.by) for one in kept] == [("A3", "handback")] * 2, "nothing is bolder for a restart"
        world.close()

    def test_a_no_to_a_card_that_was_replaced_as_it_came_is_not_forgotten_either(self, new_world, make, again):
        world = new_world(make("lamp.level", level="A4"), policy=Policy(rank=("agent:sensors",)))
        hold(world, "lamp.level", 0.5)
        world.say("handback", seat=OWNER, resource="lamp.level", after=1.0)
        low = world.propose("lamp.level", 0.3, after=6.0)
        world.propose("lamp.level", 0.4, agent="agent:sensors", after=0.5)
        world.wait(1.0)
        world.say("reject", low, VISITOR)
        assert world.records(low)[-1][:2] == ("superseded", "superseded")
        assert world.arbiter.desks["lamp.level"].kept
        assert again(1.0, before=world).arbiter.desks["lamp.level"].kept
        world.close()

    def test_a_no_to_what_was_done_before_the_override_keeps_nothing_back(self, new_world, make, again):
        world = new_world(make("horn.tone", level="A4", reversible=False))
        old = world.done("horn.tone", 0.5)
        hold(world, "horn.tone", 0.5)
        world.say("handback", seat=OWNER, resource="horn.tone", after=1.0)
        world.say("reject", old, VISITOR)
        assert not world.arbiter.desks["horn.tone"].kept
        assert not again(1.0, before=world).arbiter.desks["horn.tone"].kept
        world.close()


class TestDials:
    def test_what_was_lowered_stays_what_was_raised_does_not(self, world, again):
        world.say("dial", seat=VISITOR, resource="lamp.level", level="A1")
        world.say("dial", seat=TEACHER, resource="bell.tone", level="A4")
        later = again(5.0)
        desks = later.arbiter.desks
        assert (desks["lamp.level"].asked_level, desks["bell.tone"].asked_level) == ("A1", "A2")
        end = next(r for r in map(decode, later.lines) if (r.to, r.res, r.by) == ("dial", "bell.tone", "runtime"))
        assert (end.level.eff, end.why) == ("A2", "lapsed"), "the end of a dial is a record, too"
        assert later.past.dials == {"lamp.level": "A1"}, "and binds no run whose project.toml says more"
