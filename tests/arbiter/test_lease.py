"""Override and hand-back: who holds a resource, for how long, how the machine comes back (section 5)."""

from __future__ import annotations

import math

import pytest
from gongzhi.arbiter.record import decode
from gongzhi.stages.resolve import (
    Acked,
    Cease,
    Changed,
    JournalState,
    Online,
    Owner,
    Reported,
    Send,
    Stand,
    TakeOver,
    Told,
    due,
)
from gongzhi.stages.send import Sender
from gongzhi_node import wire

OPERATOR, OWNER, VISITOR, TEACHER = "human:operator#page", "human:owner#door", "human:visitor#1", "human:teacher#1"
LAMP, GATE = "lamp.level", "gate.angle"


def told(effects):
    return [(one.seat, one.code) for one in effects if isinstance(one, Told)]


def sent(effects):
    return [(one.command.op, one.command.channel, one.command.args) for one in effects if isinstance(one, Send)]


def hold(world, value=1.0, resource=LAMP, seat=OWNER, after=0.0):
    """Override, and the board takes it."""
    effects = world.say("override", seat=seat, resource=resource, value=value, after=after)
    for one in effects:
        if isinstance(one, Send) and one.command.op != "rest":
            effects = effects + world.do(Acked(one.command.id, True))
    return effects


def back(world, resource=LAMP, seat=OWNER, after=0.0):
    return world.say("handback", seat=seat, resource=resource, after=after)


def events(world):
    return [(r.to, r.by, r.why) for r in map(decode, world.lines) if not r.dec]


class TestOverride:
    def test_it_sets_the_part_and_is_a_record_before_the_order(self, world):
        effects = world.say("override", seat=OWNER, resource=LAMP, value=0.5)
        order = next(one for one in effects if isinstance(one, Send))
        assert sent(effects) == [("led.set", "lamp", {"level": 0.5})]
        record = decode(world.lines[-1])
        assert (record.to, record.by, record.value, record.hold, record.cmd) == (
            "override", OWNER, 0.5, 60.0, order.command.id,
        )  # fmt: skip
        assert record.epoch == order.command.epoch == 2
        effects = world.do(Acked(order.command.id, True))
        assert effects == [Stand("door", order.command, world.t + 60.0)]

    def test_the_agent_is_in_shadow_meanwhile(self, world):
        hold(world)
        decision = world.propose(LAMP, 0.2)
        assert (decision.state, decision.reason, decision.level.by) == ("withdrawn", "shadow", "holder")
        assert world.propose("bell.tone").state == "proposed"

    @pytest.mark.parametrize("stage", ["asked", "executing", "done"])
    def test_what_the_agent_asks_or_does_there_ends(self, world, stage):
        world.arbiter.desks[LAMP].asked_level = "A2" if stage == "asked" else "A4"
        decision = world.done(LAMP) if stage == "done" else world.propose(LAMP)
        hold(world, 0.5)
        assert world.state(decision) == {"asked": "withdrawn", "executing": "aborted", "done": "done"}[stage]
        assert world.records(decision)[-1][2:] == (OWNER, "override")
        assert world.commands[-1] == ("led.set", "lamp", {"level": 0.5})

    def test_case_19_the_order_has_the_higher_epoch_and_no_rest_before_it(self, world):
        moving = world.propose(LAMP)
        effects = world.say("override", seat=OWNER, resource=LAMP, value=0.5)
        assert sent(effects) == [("led.set", "lamp", {"level": 0.5})]
        assert next(one for one in effects if isinstance(one, Send)).command.epoch > moving.epoch

    @pytest.mark.parametrize(
        ("seat", "value", "code"), [(VISITOR, 1.0, "outranked"), (OWNER, 2.0, "range"), (OWNER, math.nan, "range")]
    )
    def test_what_is_refused(self, world, seat, value, code):
        assert told(world.say("override", seat=seat, resource=LAMP, value=value)) == [(seat, code)]
        assert world.commands == []

    def test_it_is_refused_where_nothing_may_move(self, world):
        assert told(world.say("override", seat=OWNER, resource="no.thing", value=1.0)) == [(OWNER, "unknown")]
        world.do(JournalState(False))
        assert told(world.say("override", seat=OWNER, resource=GATE, value=1.0)) == [(OWNER, "journal")]
        world.do(JournalState(True))
        world.do(Online("yard", False))
        assert told(world.say("override", seat=OWNER, resource="pump.level", value=1.0)) == [(OWNER, "link")]
        world.stop()
        assert told(world.say("override", seat=TEACHER, resource=LAMP, value=1.0)) == [(TEACHER, "stopped")]

    def test_an_equal_or_higher_rank_takes_it_from_another(self, world):
        hold(world, seat=OPERATOR)
        assert told(world.say("override", seat=OWNER, resource=LAMP, value=0.1)) == [(OWNER, "outranked")]
        assert told(hold(world, 0.2, seat=TEACHER)) == [(OPERATOR, "taken")]
        assert world.arbiter.desks[LAMP].lease.seat == TEACHER

    def test_another_value_is_another_order_with_another_epoch(self, world):
        hold(world, 0.2)
        epoch = world.arbiter.desks[LAMP].epoch
        hold(world, 0.4, after=1.0)
        assert world.commands[-1] == ("led.set", "lamp", {"level": 0.4})
        assert world.arbiter.desks[LAMP].epoch == epoch + 1

    def test_an_order_without_answer_is_sent_again_and_then_ends_in_safe(self, world):
        world.say("override", seat=OWNER, resource=LAMP, value=1.0)
        assert sent(world.wait(1.0)) == [("led.set", "lamp", {"level": 1.0})]
        assert sent(world.wait(1.0)) == [("rest", "lamp", {})]
        assert events(world)[-1] == ("fall", "clock", "silent")
        assert world.arbiter.desks[LAMP].lease.seat == OWNER
        assert world.propose(LAMP).level.by == "holder"

    def test_a_refused_order_is_told_and_the_holder_may_try_again(self, world):
        effects = world.say("override", seat=OWNER, resource=LAMP, value=1.0)
        order = next(one for one in effects if isinstance(one, Send)).command
        assert told(world.do(Acked(order.id, False, "fault", "door"))) == [(OWNER, "refused")]
        hold(world, 1.0)
        assert world.arbiter.desks[LAMP].lease.stands

    def test_a_word_from_another_board_is_none(self, world):
        effects = world.say("override", seat=OWNER, resource=LAMP, value=1.0)
        order = next(one for one in effects if isinstance(one, Send)).command
        world.do(Acked(order.id, True, "", "yard"))
        assert not world.arbiter.desks[LAMP].lease.stands

    def test_what_the_board_ends_of_itself_ends_the_order(self, world):
        hold(world)
        world.do(Reported("door", "lamp", "fault", world.arbiter.desks[LAMP].epoch, "c-1-t"))
        assert events(world)[-2:] == [("fall", "board:door", "fault"), ("reflex", "board:door", "fault")]

    def test_a_lost_board_replays_nothing_when_it_comes_back(self, world):
        hold(world)
        before = len(world.commands)
        world.do(Online("door", False))
        world.do(Online("door", True, "s2"))
        world.wait(1.0)
        assert len(world.commands) == before
        assert world.propose(LAMP).level.by == "holder"

    def test_a_stop_ends_every_lease(self, world):
        hold(world)
        world.stop()
        assert world.arbiter.desks[LAMP].lease is None
        assert events(world)[0:2][0][0] == "override"
        assert ("handback", VISITOR, "stop") in events(world)

    def test_a_lost_journal_lets_go_of_what_moves(self, world):
        hold(world, 90.0, GATE)
        hold(world)
        assert sent(world.do(JournalState(False))) == [("rest", "gate", {})]
        assert world.arbiter.desks[LAMP].lease.stands


class TestLease:
    def test_sixty_seconds_and_renewed_by_activity(self, world):
        hold(world)
        hold(world, after=59.0)
        assert len(world.commands) == 1
        world.wait(59.9)
        assert world.arbiter.desks[LAMP].lease is not None
        assert sent(world.wait(0.2)) == [("rest", "lamp", {})]
        assert events(world)[-1] == ("handback", "clock", "lease")

    def test_activity_keeps_the_renewals_ids_apart(self, world):
        sender, orders = Sender("local", "t"), []
        for _ in range(40):
            effects = hold(world, 90.0, GATE, after=0.25)
            orders += [wire.unpack(m.payload)["id"] for m in sender.take(effects, world.t) + sender.due(world.t)]
        assert len(orders) == len(set(orders)) >= 19

    def test_what_moves_needs_a_hand_on_it(self, world):
        hold(world, 90.0, GATE)
        for _ in range(10):
            hold(world, 90.0, GATE, after=0.5)
        assert len(world.commands) == 1
        assert due(world.arbiter) == world.t + 1.5
        effects = world.wait(1.5)
        assert sent(effects) == [("rest", "gate", {})]
        assert any(isinstance(one, Cease) for one in effects)
        assert events(world)[-1] == ("fall", "clock", "lease")

    def test_what_moves_stays_with_the_human_until_given_back(self, world):
        hold(world, 90.0, GATE)
        world.wait(600.0)
        assert due(world.arbiter) == math.inf
        assert world.propose(GATE).level.by == "holder"
        assert told(back(world, GATE, VISITOR)) == [(VISITOR, "outranked")]
        back(world, GATE, "human:owner#2")
        assert events(world)[-1] == ("handback", "human:owner#2", "released")
        assert [one for one in world.effects if isinstance(one, Owner)][-1].seat == ""

    def test_who_holds_it_and_until_when_is_said(self, world):
        assert [one for one in hold(world) if isinstance(one, Owner)] == [Owner(LAMP, OWNER, world.t + 60.0)]

    def test_a_lower_rank_cannot_give_back_what_another_holds(self, world):
        hold(world, seat=TEACHER)
        assert told(back(world, seat=OWNER)) == [(OWNER, "outranked")]
        assert told(back(world, seat=OPERATOR)) == []
        assert told(back(world)) == [(OWNER, "already")]
        assert told(back(world, "no.thing")) == [(OWNER, "unknown")]


class TestHandback:
    def test_the_part_goes_to_safe_and_no_late_renewal_passes(self, world):
        hold(world)
        epoch = world.arbiter.desks[LAMP].epoch
        effects = back(world, after=1.0)
        rest = next(one for one in effects if isinstance(one, Send))
        assert (rest.command.op, rest.command.epoch) == ("rest", epoch + 1)

    def test_the_agent_stays_in_shadow_for_the_cool_down(self, world):
        hold(world)
        back(world, after=6.0)
        assert world.propose(LAMP, after=4.9).level.by == "handback"
        assert world.propose(LAMP, 0.9, after=0.2).state == "proposed"

    def test_evidence_from_before_the_release_counts_for_nothing(self, world):
        hold(world)
        back(world, after=6.0)
        assert world.propose(LAMP, after=6.0, age=6.0, ttl=30.0).reason == "shadow"
        assert world.propose(LAMP, 0.9, age=5.9, ttl=30.0).state == "proposed"

    def test_the_first_act_is_announced_the_first_three_run_one_level_lower(self, world):
        hold(world)
        back(world)
        world.wait(5.0)
        levels = []
        for n in range(4):
            decision = world.propose(LAMP, n / 10, trigger=f"t{n}")
            levels.append((decision.level.eff, decision.level.by, decision.state))
            world.wait(3.0)
            world.ack(decision)
            world.wait(6.0)
        assert levels == [("A3", "handback", "proposed")] * 3 + [("A4", "dial", "executing")]

    def test_at_a5_the_first_is_announced_too(self, new_world, make):
        world = new_world(make("note.line", hazard="H0", level="A5"))
        hold(world, resource="note.line")
        back(world, "note.line")
        world.wait(5.0)
        levels = []
        for n in range(4):
            levels.append(world.propose("note.line", n / 10, trigger=f"t{n}").level.eff)
            decision = next(one.decision for one in reversed(world.effects) if isinstance(one, Changed))
            world.wait(3.0)
            world.ack(decision)
            world.wait(6.0)
        assert levels == ["A3", "A4", "A4", "A5"]
        world.close()

    def test_a_no_among_them_keeps_it_there_until_a_teacher_turns_the_dial(self, world):
        hold(world)
        back(world)
        world.say("reject", world.propose(LAMP, after=5.0), VISITOR)
        for n in range(5):
            decision = world.propose(LAMP, n / 10, trigger=f"t{n}")
            assert decision.level.by == "handback"
            world.wait(3.0)
            world.ack(decision)
            world.wait(9.0)
        assert told(world.say("dial", seat=OWNER, resource=LAMP, level="A4")) == [(OWNER, "already")]
        assert told(world.say("dial", seat=TEACHER, resource=LAMP, level="A4")) == []
        assert world.propose(LAMP, 0.95).state == "executing"

    def test_a_teacher_ends_the_stages_but_not_the_announcement(self, world):
        hold(world)
        back(world)
        world.say("dial", seat=TEACHER, resource=LAMP, level="A3", after=5.0)
        world.say("dial", seat=TEACHER, resource=LAMP, level="A4")
        decision = world.propose(LAMP)
        assert (decision.level.eff, decision.level.by) == ("A3", "handback")
        world.wait(3.0)
        world.ack(decision)
        assert world.propose(LAMP, 0.3).state == "executing"

    def test_a_yes_from_before_an_override_asks_nothing_afresh(self, world):
        decision = world.propose("bell.tone")
        world.wait(8.0)
        hold(world, 440.0, "bell.tone")
        back(world, "bell.tone")
        assert told(world.say("confirm", decision, after=6.0)) == [(OPERATOR, "late_yes")]
        assert world.arbiter.question() is None

    def test_ping_pong_the_dial_falls_and_the_teacher_is_told(self, world):
        for _ in range(2):
            hold(world, after=3.0)
            last = back(world, after=3.0)
        assert told(last) == [("human:teacher#all", "pingpong")]
        assert world.arbiter.desks[LAMP].asked_level == "A1"
        assert events(world)[-1] == ("dial", "runtime", "pingpong")
        assert told(hold(world)) == []

    def test_three_changes_or_slow_ones_are_none(self, world):
        for _ in range(4):
            hold(world, after=10.0)
            back(world, after=10.1)
        assert world.arbiter.desks[LAMP].asked_level == "A4"

    def test_the_agents_return_is_a_change_of_owner(self, world):
        hold(world)
        back(world, after=1.0)
        decision = world.propose(LAMP, after=5.0)
        world.wait(3.0)
        assert world.state(decision) == "executing"
        assert told(hold(world)) == [("human:teacher#all", "pingpong")]

    def test_what_was_asked_in_shadow_may_be_asked_after_it(self, world):
        hold(world)
        assert world.propose(LAMP).reason == "shadow"
        back(world)
        assert world.propose(LAMP, after=5.1).state == "proposed"


class TestTakeOver:
    @pytest.mark.parametrize(("resource", "lead"), [(LAMP, 5.0), ("pump.level", 10.0)])
    def test_what_the_agent_gives_up_stands_for_the_lead_time(self, world, resource, lead):
        decision = world.done(resource, hold=60.0)
        effects = world.do(TakeOver(resource))
        assert next(one for one in effects if isinstance(one, Stand)).until == world.t + lead
        assert world.records(decision)[-1] == ("done", "done", "agent:pose", "takeover")
        assert world.do(TakeOver(resource), 1.0) == []
        assert sent(world.wait(lead - 1.0))[0][0] == "rest"

    def test_it_never_stands_longer_than_was_decided(self, world):
        decision = world.done(LAMP, hold=2.0)
        until = world.arbiter.decision(decision.id).until
        world.do(TakeOver(LAMP))
        assert world.arbiter.decision(decision.id).until == until

    def test_the_first_hand_on_it_has_it_at_once(self, world):
        world.done(LAMP, hold=60.0)
        world.do(TakeOver(LAMP))
        assert sent(hold(world, 0.3, after=2.0)) == [("led.set", "lamp", {"level": 0.3})]
        world.wait(10.0)
        assert world.commands[-1][0] == "led.set"

    def test_its_question_is_withdrawn(self, world):
        decision = world.propose(GATE)
        world.do(TakeOver(GATE))
        assert world.state(decision) == "withdrawn"
        assert world.do(TakeOver("no.thing")) == []
