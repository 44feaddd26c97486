"""The arbiter, event by event: levels, answers, silence, stop, links; the cases of the specification's section 6."""

from __future__ import annotations

import math

import pytest
from gongzhi.arbiter.level import effective
from gongzhi.arbiter.people import rank
from gongzhi.stages.resolve import (
    Acked,
    Answered,
    Cease,
    Changed,
    JournalState,
    Online,
    Proposed,
    Record,
    Reported,
    Resumed,
    Send,
    Stand,
    Tick,
    Told,
    due,
    resolve,
)
from gongzhi.values import LEVELS, Answer, Proposal, digest
from hypothesis import given
from hypothesis import strategies as st

OPERATOR, OWNER, VISITOR, TEACHER = "human:operator#page", "human:owner#door", "human:visitor#1", "human:teacher#1"
SAFETY = "human:safety#1"


def told(effects):
    return [(one.seat, one.code) for one in effects if isinstance(one, Told)]


def sent(effects):
    return [(one.command.op, one.command.channel) for one in effects if isinstance(one, Send)]


class TestLife:
    def test_a2_asks_and_a_yes_executes_what_was_shown(self, world):
        decision = world.propose("gate.angle", 90.0)
        assert (decision.state, decision.level.eff, decision.until) == ("proposed", "A2", world.t + 8)
        assert world.commands == []
        effects = world.say("confirm", decision, OWNER, after=1.0)
        send = next(one for one in effects if isinstance(one, Send))
        assert send.command.args == {"angle": 90.0}
        assert send.recorded
        assert world.state(decision) == "executing"
        effects = world.ack(decision)
        assert world.state(decision) == "done"
        stand = next(one for one in effects if isinstance(one, Stand))
        assert stand.until == world.t + 5
        assert world.records(decision) == [
            ("draft", "proposed", "agent:pose", ""),
            ("proposed", "confirmed", OWNER, ""),
            ("confirmed", "executing", OWNER, ""),
            ("executing", "done", "board:door", ""),
        ]

    def test_the_record_comes_before_the_order(self, world):
        effects = world.say("confirm", world.propose())
        kinds = [type(one) for one in effects]
        assert kinds.index(Send) > max(i for i, kind in enumerate(kinds) if kind is Record)

    def test_a4_acts_at_once_by_the_dial(self, world):
        decision = world.propose("lamp.level")
        assert decision.state == "executing"
        assert world.records(decision)[1] == ("proposed", "executing", "dial", "")
        assert world.commands == [("led.set", "lamp", {"level": 1.0})]

    def test_a0_is_a_shadow_that_is_recorded_and_moves_nothing(self, new_world, make):
        world = new_world(make("lamp.level", level="A0"))
        decision = world.propose("lamp.level")
        assert (decision.state, decision.reason) == ("withdrawn", "shadow")
        assert world.commands == []
        world.close()

    def test_silence_is_a_no(self, world):
        decision = world.propose(deadline=4.0)
        world.wait(3.999)
        assert world.state(decision) == "proposed"
        world.wait(0.001)
        assert world.state(decision) == "expired"
        assert world.commands == []

    def test_after_the_hold_the_part_rests(self, world):
        decision = world.done("lamp.level", hold=2.0)
        effects = world.wait(2.0)
        assert [type(one) for one in effects] == [Cease, Record, Send]
        assert world.commands[-1][0] == "rest"
        assert world.records(decision)[-1] == ("done", "done", "clock", "rest")

    def test_the_next_act_takes_over_the_hold(self, world):
        first = world.done("lamp.level", hold=5.0)
        world.gone()
        second = world.done("lamp.level", 0.5, after=2.0, hold=5.0)
        assert ("done", "done", second.id, "taken") in world.records(first)
        world.wait(4.0)
        assert world.commands[-1] == ("led.set", "lamp", {"level": 0.5})
        world.wait(1.0)
        assert world.commands[-1][0] == "rest"

    def test_each_order_has_an_epoch_of_its_own(self, world):
        first = world.done("lamp.level")
        world.gone()
        assert world.done("lamp.level", 0.5).epoch == first.epoch + 1

    def test_information_needs_no_board(self, new_world, make):
        world = new_world(make("verdict.form", device="", hazard="H0", level="A5"))
        assert world.state(world.propose("verdict.form")) == "done"
        assert world.commands == []
        world.close()

    def test_due_is_when_something_happens_by_itself(self, world):
        assert due(world.arbiter) == math.inf
        decision = world.propose(deadline=8.0)
        assert due(world.arbiter) == decision.until
        world.say("confirm", decision, after=1.0)
        assert due(world.arbiter) == world.t + 1.0
        world.wait(1.0)
        assert due(world.arbiter) == world.t + 1.0
        world.ack(decision)
        assert due(world.arbiter) == world.t + 5.0

    def test_the_digest_covers_all_that_the_card_shows(self, world):
        d = world.propose("gate.angle", 90.0, p=0.931, deadline=6.0, what={"en": "open"})
        card = {"id": d.id, "resource": "gate.angle", "value": 90.0, "what": {"en": "open"}, "because": d.because,
                "p": 0.93, "level": "A2", "deadline": 6.0}  # fmt: skip
        assert d.digest == digest(card)

    @pytest.mark.parametrize("change", [{"resource": "nothing.here"}, {"value": 181.0}, {"value": -1.0}])
    def test_what_no_part_can_do_is_never_a_decision(self, world, change):
        assert world.propose(**{"resource": "gate.angle", **change}) is None
        assert world.arbiter.counts["refused"] == 1

    def test_time_and_state_are_all_that_counts(self, new_world, make):
        def life():
            world = new_world(make("lamp.level", level="A4"))
            decision = world.done("lamp.level")
            world.say("undo", decision, after=1.0)
            return world.lines

        assert life() == life()


class TestLevels:
    @pytest.mark.parametrize(
        ("hazard", "reversible", "asked", "eff", "by"),
        [
            ("H0", True, "A5", "A5", "dial"),
            ("H1", True, "A5", "A4", "hazard"),
            ("H2", True, "A4", "A3", "hazard"),
            ("H2", True, "A3", "A3", "dial"),
            ("H2", False, "A4", "A2", "hazard"),
            ("H3", True, "A2", "A1", "hazard"),
            ("H3", True, "A1", "A1", "dial"),
            ("H1", True, "A1", "A1", "dial"),
        ],
    )
    def test_hazard(self, make, hazard, reversible, asked, eff, by):
        level = effective(make("a.b", hazard=hazard, reversible=reversible), asked, age=0.0, ttl=1.0)
        assert (level.eff, level.by, level.req) == (eff, by, asked)

    @pytest.mark.parametrize(
        ("age", "eff", "by"), [(1.5, "A4", "dial"), (1.51, "A1", "freshness"), (3.1, "A0", "freshness")]
    )
    def test_case_9_stale_evidence_lowers_the_level(self, world, age, eff, by):
        decision = world.propose("lamp.level", age=age)
        assert (decision.level.eff, decision.level.by) == (eff, by)

    @given(
        st.sampled_from(["H0", "H1", "H2", "H3"]), st.booleans(), st.sampled_from(LEVELS), st.floats(0, 10),
        st.booleans(), st.booleans(), st.booleans(),
    )  # fmt: skip
    def test_p4_never_above_any_ceiling(self, hazard, reversible, asked, age, online, stopped, recorded):
        from gongzhi.values import Resource

        one = Resource("a.b", "d", "a", "b", "led", 0, 1, 0, "", hazard, "A0", {}, reversible)
        level = effective(one, asked, age=age, ttl=1.0, online=online, stopped=stopped, recorded=recorded)
        n = LEVELS.index(level.eff)
        assert n <= LEVELS.index(asked)
        assert n == 0 or (online and not stopped and age <= 2.0)
        assert n <= 1 or age <= 1.0
        assert n <= {"H0": 5, "H1": 4, "H2": 3 if reversible else 2, "H3": 1}[hazard]
        assert n == 0 or recorded or hazard < "H2"
        assert level.req == asked


class TestAnswers:
    def test_case_1_a_yes_after_the_deadline_never_executes_and_asks_afresh(self, world):
        decision = world.propose()
        effects = world.say("confirm", decision, after=8.0)
        assert world.state(decision) == "expired"
        assert told(effects) == [(OPERATOR, "late_yes")]
        assert world.records(decision)[-1] == ("expired", "expired", OPERATOR, "late_yes")
        again = world.arbiter.question()
        assert (again.id, again.state, again.value) == ("d-2", "proposed", decision.value)
        assert again.level.by == "late"
        assert world.commands == []

    @pytest.mark.parametrize("between", ["evidence gone", "another decision", "stop"])
    def test_case_1_a_late_yes_after_something_else_happened_is_too_late(self, world, between):
        decision = world.propose()
        world.wait(8.0)
        if between == "evidence gone":
            world.gone()
        elif between == "another decision":
            world.say("reject", world.propose(value=5.0))
        else:
            world.stop()
        assert told(world.say("confirm", decision)) == [(OPERATOR, "late_yes")]
        assert world.arbiter.question() is None

    def test_case_1_a_late_yes_does_not_become_an_act_at_a_raised_dial(self, world):
        decision = world.propose("bell.tone")
        world.wait(8.0)
        world.arbiter.desks["bell.tone"].asked_level = "A4"
        world.say("confirm", decision)
        again = world.arbiter.question()
        assert (again.level.eff, again.level.by) == ("A2", "late")
        assert world.commands == []

    def test_case_2_a_no_after_execution_takes_it_back(self, world):
        decision = world.done("gate.angle", 90.0)
        epoch = decision.epoch
        effects = world.say("reject", decision, VISITOR, after=9.9 - 5)
        assert world.state(decision) == "undone"
        assert sent(effects) == [("rest", "gate")]
        rest = next(one for one in effects if isinstance(one, Send))
        assert rest.command.epoch == epoch + 1
        assert world.records(decision)[-1] == ("done", "undone", VISITOR, "late_no")

    def test_case_2_a_no_to_what_cannot_be_taken_back_goes_no_further(self, world):
        decision = world.done("bell.tone", 440.0)
        effects = world.say("reject", decision, VISITOR, after=1.0)
        assert world.state(decision) == "done"
        assert sent(effects) == [("rest", "bell")]
        assert told(effects) == [(VISITOR, "late_no")]
        assert world.records(decision)[-1][3] == "late_no"

    def test_case_2_a_no_while_it_is_under_way_aborts_it(self, world):
        decision = world.propose("lamp.level")
        effects = world.say("reject", decision, VISITOR)
        assert world.state(decision) == "aborted"
        assert sent(effects) == [("rest", "lamp")]
        world.do(Acked("c-1-t", True))
        assert world.state(decision) == "aborted"

    def test_undo_after_ten_seconds_is_too_late(self, world):
        decision = world.done("lamp.level", hold=60.0)
        assert told(world.say("undo", decision, after=10.001)) == [(OPERATOR, "late_no")]
        assert world.state(decision) == "done"

    def test_undo_of_what_already_rests_moves_nothing(self, world):
        decision = world.done("lamp.level", hold=1.0)
        world.wait(1.0)
        before = len(world.commands)
        world.say("undo", decision, after=1.0)
        assert world.state(decision) == "undone"
        assert len(world.commands) == before

    def test_undo_of_an_older_act_leaves_the_newer_alone(self, world):
        first = world.done("lamp.level")
        world.gone()
        second = world.done("lamp.level", 0.5, after=1.0)
        before = len(world.commands)
        world.say("undo", first)
        assert len(world.commands) == before
        assert world.state(second) == "done"
        assert world.arbiter.desks["lamp.level"].held.decision.id == second.id

    def test_case_3_a_yes_to_another_card_is_refused_and_the_card_shown_again(self, world):
        decision = world.propose()
        effects = world.say("confirm", decision, digest="0" * 16)
        assert told(effects) == [(OPERATOR, "changed")]
        assert [one.decision.id for one in effects if isinstance(one, Changed)] == [decision.id]
        assert world.state(decision) == "proposed"
        assert world.records(decision)[-1][3] == "changed"
        world.say("confirm", decision)
        assert world.state(decision) == "executing"

    @pytest.mark.parametrize("first", ["confirm", "reject"])
    def test_case_4_equal_rank_opposite_answers_the_conservative_one_holds(self, world, first):
        decision = world.propose()
        second = "reject" if first == "confirm" else "confirm"
        world.say(first, decision, OPERATOR)
        world.say(second, decision, TEACHER, after=0.2)
        assert world.state(decision) in ("aborted", "rejected")
        assert world.records(decision)[-1][3] == "conflict"
        assert [c for c in world.commands if c[0] == "servo.set"] == ([] if first == "reject" else [world.commands[0]])

    @pytest.mark.parametrize("first", ["confirm", "reject"])
    def test_case_4_the_next_rank_is_asked_and_its_silence_is_the_conservative_option(self, world, first):
        for answered in (True, False):
            decision = world.propose(trigger=f"pose {answered}")
            second = "reject" if first == "confirm" else "confirm"
            world.say(first, decision, OWNER, after=1.0)
            effects = world.say(second, decision, "human:owner#2", after=0.2)
            again = world.arbiter.question()
            assert ("human:teacher#all", "asked") in told(effects)
            assert (again.state, again.value) == ("proposed", decision.value)
            assert (again.level.eff, again.level.by) == ("A2", "conflict"), "the card says why it is asked once more"
            assert told(world.say("confirm", again, "human:owner#3")) == [("human:owner#3", "outranked")]
            before = [c for c in world.commands if c[0] == "servo.set"]
            if answered:
                world.say("confirm", again, TEACHER, after=1.0)
                assert world.state(again) == "executing"
                world.ack(again)
            else:
                world.wait(8.0)
                assert world.state(again) == "expired"
                assert [c for c in world.commands if c[0] == "servo.set"] == before

    def test_case_4_who_changes_their_own_mind_contradicts_nobody(self, world):
        decision = world.propose()
        world.say("reject", decision, OWNER)
        assert told(world.say("confirm", decision, OWNER, after=0.2)) == [(OWNER, "late_yes")]
        assert world.arbiter.question() is None

    def test_case_5_a_lower_yes_beside_a_higher_no_is_told_why(self, world):
        decision = world.propose()
        world.say("reject", decision, TEACHER)
        assert told(world.say("confirm", decision, OWNER, after=0.2)) == [(OWNER, "outranked")]
        assert world.records(decision)[-1][3] == "outranked"
        assert world.arbiter.question() is None

    def test_case_5_a_lower_no_beside_a_higher_yes_is_told_why(self, world):
        decision = world.propose()
        world.say("confirm", decision, TEACHER)
        assert told(world.say("reject", decision, VISITOR, after=0.2)) == [(VISITOR, "outranked")]
        assert world.state(decision) == "executing"

    def test_case_5_a_lower_no_later_is_a_no_like_any_other(self, world):
        decision = world.propose()
        world.say("confirm", decision, TEACHER)
        world.ack(decision)
        world.say("reject", decision, VISITOR, after=0.4)
        assert world.state(decision) == "undone"

    def test_case_5_a_higher_yes_beside_a_lower_no_asks_afresh(self, world):
        decision = world.propose()
        world.say("reject", decision, VISITOR)
        effects = world.say("confirm", decision, TEACHER, after=0.2)
        assert told(effects) == [(TEACHER, "late_yes"), (VISITOR, "outranked")]
        world.say("confirm", world.arbiter.question(), TEACHER)
        assert world.commands

    def test_case_5_a_visitor_cannot_say_yes(self, world):
        decision = world.propose()
        assert told(world.say("confirm", decision, VISITOR)) == [(VISITOR, "outranked")]
        assert world.state(decision) == "proposed"

    def test_case_5_a_visitors_stop_always_wins(self, world):
        decision = world.propose()
        world.say("confirm", decision, SAFETY)
        world.say("stop", seat=VISITOR)
        assert world.state(decision) == "aborted"

    def test_case_6_the_same_answer_twice_counts_once(self, world):
        decision = world.propose()
        world.say("confirm", decision)
        commands = world.commands
        for _ in range(2):
            assert told(world.say("confirm", decision)) == [(OPERATOR, "dup")]
        assert world.commands == commands
        assert [why for *_, why in world.records(decision)].count("dup") == 1

    def test_case_6_a_doubled_no_does_not_take_back_twice(self, world):
        decision = world.done("lamp.level")
        world.say("reject", decision)
        commands = world.commands
        assert told(world.say("reject", decision)) == [(OPERATOR, "dup")]
        assert world.commands == commands

    def test_a_second_persons_yes_finds_it_decided(self, world):
        decision = world.propose()
        world.say("confirm", decision, OWNER)
        assert told(world.say("confirm", decision, OPERATOR)) == [(OPERATOR, "already")]
        assert len(world.commands) == 1

    def test_case_11_a_card_stays_for_a_moment_and_its_successor_is_locked(self, world):
        old = world.propose(value=10.0)
        assert world.propose(value=20.0, trigger="arms_out", after=1.0) is None
        world.wait(0.499)
        assert world.state(old) == "proposed"
        world.wait(0.001)
        new = world.arbiter.question()
        assert (world.state(old), new.value) == ("superseded", 20.0)
        assert told(world.say("confirm", new, after=0.399)) == [(OPERATOR, "locked")]
        world.say("confirm", new, after=0.002)
        assert world.state(new) == "executing"
        assert told(world.say("confirm", old)) == [(OPERATOR, "late_yes")]

    def test_case_11_a_no_needs_no_lock(self, world):
        world.propose(value=10.0)
        world.propose(value=20.0, after=2.0)
        new = world.arbiter.question()
        world.say("reject", new)
        assert world.state(new) == "rejected"

    def test_case_21_four_answers_a_second_and_stop_is_not_limited(self, world):
        decision = world.propose()
        for _ in range(4):
            world.say("confirm", decision, digest="x")
        assert told(world.say("confirm", decision)) == [(OPERATOR, "rate")]
        world.say("confirm", decision, OWNER)
        assert world.state(decision) == "executing"
        world.say("stop", seat=OPERATOR)
        assert world.state(decision) == "aborted"
        assert world.arbiter.counts["rate"] == 1

    def test_case_21_the_rate_recovers(self, world):
        decision = world.propose()
        for _ in range(5):
            world.say("confirm", decision, digest="x")
        world.say("confirm", decision, after=1.0)
        assert world.state(decision) == "executing"

    @pytest.mark.parametrize(
        "seat", ["", "human", "human:king#1", "agent:pose", "human:owner#", "human:owner#a b", "human:owner#1\n"]
    )
    def test_nobodys_answer_is_nothing(self, world, seat):
        decision = world.propose()
        assert world.say("confirm", decision, seat) == []
        assert world.say("stop", seat=seat) == []
        assert world.state(decision) == "proposed"

    def test_a_verb_that_does_not_work_yet_says_so(self, world):
        assert told(world.say("explain", resource="gate.angle", value=1.0)) == [(OPERATOR, "verb")]

    def test_an_answer_to_what_was_never_shown_is_unknown(self, world):
        assert told(world.say("confirm", digest="x")) == [(OPERATOR, "unknown")]

    def test_ranks(self):
        assert [rank(f"human:{r}#1") for r in ("visitor", "owner", "teacher", "operator", "safety")] == [0, 1, 2, 2, 3]


class TestQuestions:
    def test_an_equal_question_is_the_same_question(self, world):
        decision = world.propose()
        again = world.propose(after=1.0)
        assert again.id == decision.id
        assert world.arbiter.counts["merged"] == 1

    def test_an_equal_question_after_ten_seconds_is_asked(self, world):
        world.propose(deadline=5.0)
        assert world.propose(after=9.9) is None
        assert world.propose(after=0.2).id == "d-2"

    def test_a_pose_that_is_taken_again_is_a_new_question(self, world):
        first = world.done("lamp.level", hold=1.0)
        world.wait(2.0)
        world.gone()
        assert world.propose("lamp.level", after=0.5).id != first.id

    def test_a_no_keeps_it_quiet_for_thirty_seconds(self, world):
        world.say("reject", world.propose())
        assert world.propose(after=29.9) is None
        assert world.arbiter.counts["suppressed"] == 1
        assert world.propose(after=0.2).state == "proposed"

    def test_a_no_keeps_it_quiet_until_the_evidence_has_gone(self, world):
        world.say("reject", world.propose())
        world.gone(after=1.0)
        assert world.propose(after=1.0).state == "proposed"

    def test_another_value_is_another_question(self, world):
        world.say("reject", world.propose(value=10.0))
        assert world.propose(value=11.0, after=1.0).state == "proposed"

    def test_case_20_the_budget_of_questions(self, world):
        for n in range(6):
            world.say("reject", world.propose(value=float(n)), seat=f"human:owner#{n}")
        seventh = world.propose(value=7.0, after=1.0)
        assert (seventh.state, seventh.reason) == ("expired", "unasked")
        assert told(world.say("confirm", seventh)) == [(OPERATOR, "unknown")]
        assert world.propose("lamp.level").state == "executing"  # what need not be asked goes on
        assert world.propose(value=8.0, after=59.0).state == "proposed"

    def test_a_waiting_card_goes_when_its_evidence_goes(self, world):
        world.propose(value=10.0)
        world.propose(value=20.0, trigger="arms_out", after=1.0)
        world.gone("arms_out")
        world.wait(1.0)
        assert world.arbiter.question().value == 10.0

    def test_the_button_answers_its_own_boards_question_first(self, world):
        pump = world.propose("pump.level", trigger="dry")
        gate = world.propose("gate.angle", after=1.0)
        assert world.arbiter.question("door").id == gate.id
        assert world.arbiter.question("yard").id == pump.id
        assert world.arbiter.question("elsewhere").id == pump.id


class TestBoards:
    @pytest.mark.parametrize("err", ["range", "old", "epoch", "clock", "fault"])
    def test_a_refused_order_is_aborted(self, world, err):
        decision = world.propose("lamp.level")
        world.ack(decision, ok=False, err=err)
        assert (world.state(decision), world.arbiter.decision(decision.id).reason) == ("aborted", err)

    def test_no_word_from_the_board_one_more_try_then_aborted_and_safe(self, world):
        decision = world.propose("lamp.level")
        again = world.wait(1.0)
        assert [one.command.id for one in again] == ["c-1-t"]
        assert world.wait(0.5) == []
        effects = world.wait(0.5)
        assert world.state(decision) == "aborted"
        assert sent(effects) == [("rest", "lamp")]
        assert world.arbiter.desks["lamp.level"].epoch == decision.epoch + 1

    def test_an_acknowledgement_counts_once_and_only_from_its_board(self, world):
        decision = world.propose("lamp.level")
        world.ack(decision, device="yard")
        assert world.state(decision) == "executing"
        world.ack(decision, device="door")
        assert world.state(decision) == "done"
        world.do(Acked("c-1-t", False, "fault", "yard"))
        assert world.state(decision) == "done"

    def test_a_state_that_tells_of_the_order_acknowledges_it(self, world):
        decision = world.propose("lamp.level")
        world.do(Reported("door", "lamp", "cmd", decision.epoch, "c-9-t"))
        assert world.state(decision) == "executing"
        effects = world.do(Reported("door", "lamp", "cmd", decision.epoch, "c-1-t"))
        assert world.records(decision)[-1] == ("executing", "done", "board:door", "")
        assert any(isinstance(one, Stand) for one in effects)
        assert world.ack(decision) == []

    def test_a_refused_renewal_ends_the_act(self, world):
        decision = world.done("lamp.level")
        assert world.do(Acked("c-1-t.1", False, "rate")) == []
        effects = world.do(Acked("c-1-t.2", False, "lease"))
        assert any(isinstance(one, Cease) for one in effects)
        assert world.records(decision)[-1][3] == "lease"

    def test_case_14_a_lost_board_takes_only_its_own_with_it(self, world):
        gate = world.propose("gate.angle")
        lamp = world.propose("lamp.level")
        pump = world.propose("pump.level", trigger="dry")
        world.do(Online("door", False))
        assert (world.state(gate), world.state(lamp), world.state(pump)) == ("withdrawn", "aborted", "proposed")
        assert world.records(gate)[-1][3] == "lwt"
        assert world.records()[-1] == ("", "loss", "board:door", "lwt")
        world.gone()
        assert world.propose("lamp.level").level.by == "link"

    def test_case_13_without_the_broker_nothing_is_asked_or_done_and_the_record_says_which_link(self, world):
        gate, lamp = world.propose("gate.angle"), world.done("lamp.level", hold=60.0)
        before = len(world.commands)
        for device in ("door", "yard"):
            world.do(Online(device, False, why="link"))
        assert (world.state(gate), world.records(gate)[-1][3]) == ("withdrawn", "link")
        assert world.records(lamp)[-1] == ("done", "done", "board:door", "link"), "it stands no longer"
        assert world.records()[-1] == ("", "loss", "board:yard", "link")
        world.gone()
        shadow = world.propose("lamp.level", after=1.0)
        assert (shadow.state, shadow.level.eff, shadow.level.by) == ("withdrawn", "A0", "link")
        world.wait(10.0)
        assert len(world.commands) == before

    def test_case_13_a_reconnected_board_is_told_nothing_old(self, world):
        world.done("lamp.level")
        epoch = world.arbiter.desks["lamp.level"].epoch
        before = len(world.commands)
        world.do(Online("door", False))
        world.do(Online("door", True, "s2"))
        world.wait(10.0)
        assert len(world.commands) == before
        assert world.arbiter.desks["lamp.level"].epoch == epoch + 1

    def test_case_17_a_restart_that_nobody_saw_is_seen_by_its_name(self, world):
        decision = world.propose("lamp.level")
        world.do(Online("door", True, "s2"))
        assert world.state(decision) == "aborted"
        world.gone()
        assert world.propose("lamp.level").state == "executing"

    def test_the_same_word_twice_is_no_restart(self, world):
        decision = world.propose("lamp.level")
        world.do(Online("door", True, "s1"))
        assert world.state(decision) == "executing"

    def test_an_unknown_board_is_nothing(self, world):
        assert world.do(Online("ghost", True)) == []
        assert world.do(Reported("ghost", "lamp", "stop", 1)) == []

    def test_what_a_board_does_of_itself_is_recorded_once(self, world):
        decision = world.done("lamp.level")
        for _ in range(2):
            world.do(Reported("door", "lamp", "lease", decision.epoch, "c-1-t"))
        assert world.arbiter.desks["lamp.level"].held is None
        assert world.records()[-2:] == [("done", "done", "board:door", "lease"), ("", "reflex", "board:door", "lease")]

    def test_a_stop_on_the_board_stops_everything(self, world):
        decision = world.done("lamp.level")
        world.do(Reported("door", "lamp", "stop", decision.epoch, "t7"))
        assert all(desk.stopped for desk in world.arbiter.desks.values())

    def test_a_boards_own_stop_is_answered_by_its_name(self, world):
        def answers(effects):
            return [(one.device, one.command.decision) for one in effects if isinstance(one, Send)]

        assert answers(world.stop("human:owner#door")) == [("door", ""), ("yard", "")], "its button's event"
        said = world.do(Reported("door", "lamp", "stop", 1, "t7"))
        assert answers(said) == [("door", "t7")]
        assert world.records()[-1][2] == "human:owner#door", "who it was is not written over"
        assert answers(world.do(Reported("door", "gate", "stop", 1, "t7"))) == [], "said of each output, answered once"
        world.do(Online("door", False))
        assert answers(world.do(Online("door", True, "s2"))) == [("door", "t7")]

    def test_a_board_was_stopped_while_nobody_heard_it(self, world):
        world.do(Online("door", False))
        world.wait(100.0)
        world.do(Online("door", True, "s2"))
        said = world.do(Reported("door", "gate", "stop", 0, "t7"))
        assert all(desk.stopped for desk in world.arbiter.desks.values())
        assert [one.command.decision for one in said if isinstance(one, Send)] == ["t7", ""]
        assert world.records()[-1] == ("", "stop", "board:door", "")

    def test_a_stop_of_ours_that_is_told_once_more_is_none(self, world):
        stop = next(one.command for one in world.stop() if isinstance(one, Send) and one.device == "door")
        world.say("rearm", seat=TEACHER)
        world.do(Reported("door", "lamp", "stop", stop.epoch, stop.id))
        assert not any(desk.stopped for desk in world.arbiter.desks.values())

    def test_a_stop_that_only_the_refusal_tells_of(self, world):
        decision = world.propose("lamp.level")
        world.ack(decision, ok=False, err="stopped")
        assert world.state(decision) == "aborted"
        assert all(desk.stopped for desk in world.arbiter.desks.values())

    def test_a_board_that_knows_a_later_owner(self, world):
        world.do(Reported("door", "lamp", "cmd", 40, "c-1-old"))
        assert world.arbiter.desks["lamp.level"].epoch == 41
        assert world.propose("lamp.level").epoch == 42
        world.do(Reported("door", "lamp", "cmd", (1 << 30) - 1, "c-2-old"))
        assert world.arbiter.desks["lamp.level"].epoch == 42


class TestStop:
    def test_stop_ends_everything_and_stays(self, world):
        gate, lamp = world.propose("gate.angle"), world.done("lamp.level", hold=60.0)
        effects = world.stop()
        assert sent(effects) == [("stop", "*"), ("stop", "*")]
        assert isinstance(effects[0], Send)  # before anything is written
        assert world.state(gate) == "withdrawn"
        assert world.arbiter.desks["lamp.level"].held is None
        world.gone()
        decision = world.propose("lamp.level", after=100.0)
        assert (decision.state, decision.level.by) == ("withdrawn", "stop")
        assert world.state(lamp) == "done"

    def test_a_stop_is_sent_until_the_board_has_it(self, world):
        stop = next(one.command for one in world.stop() if isinstance(one, Send) and one.device == "door")
        assert [one.device for one in world.wait(0.5)] == ["door", "yard"]
        world.do(Acked(stop.id, True, "", "yard"))
        world.do(Acked(stop.id, True, "", "door"))
        assert [one.device for one in world.wait(0.5)] == ["yard"]

    def test_a_stop_comes_before_a_board_that_was_away(self, world):
        world.do(Online("door", False))
        assert [one.device for one in world.stop() if isinstance(one, Send)] == ["yard"]
        assert sent(world.do(Online("door", True, "s2"))) == [("stop", "*")]

    def test_only_a_teacher_rearms_and_resource_by_resource(self, world):
        world.stop()
        assert told(world.say("rearm", seat=OWNER, resource="lamp.level")) == [(OWNER, "outranked")]
        stopped = world.arbiter.desks["lamp.level"].epoch
        world.say("rearm", seat=TEACHER, resource="lamp.level")
        assert world.arbiter.desks["lamp.level"].epoch == stopped + 1
        assert world.propose("lamp.level").state == "executing"
        assert world.propose("gate.angle").level.by == "stop"
        assert told(world.say("rearm", seat=TEACHER, resource="lamp.level")) == [(TEACHER, "already")]
        assert told(world.say("rearm", seat=TEACHER, resource="no.thing")) == [(TEACHER, "unknown")]

    def test_a_stop_after_a_rearm_raises_every_epoch_of_the_board(self, world):
        world.stop()
        world.say("rearm", seat=TEACHER, resource="lamp.level")
        world.stop()
        epochs = {desk.epoch for desk in world.arbiter.devices["door"]}
        assert len(epochs) == 1
        assert (
            next(one.command.epoch for one in world.effects[::-1] if isinstance(one, Send) and one.device == "door")
            in epochs
        )

    def test_a_stop_that_its_board_has_not_heard_does_not_end_what_is_allowed_again(self, world):
        world.stop()
        world.say("rearm", seat=TEACHER, resource="lamp.level")
        world.gone()
        lamp = world.done("lamp.level", hold=60.0)
        stops = [c for _ in range(3) for c in sent(world.wait(0.5))]
        assert {("stop", "lamp"), ("stop", "*")} & set(stops) == {("stop", "*")}, stops  # the yard's, which is stopped
        assert {"gate", "bell"} <= {channel for _, channel in stops}
        assert world.arbiter.desks["lamp.level"].held.decision.id == lamp.id
        world.say("rearm", seat=TEACHER, after=1.0)
        assert world.wait(5.0) == []
        assert world.arbiter.stopping == {}

    def test_a_board_that_comes_back_is_stopped_only_where_it_is_not_allowed_again(self, world):
        world.stop()
        for n, which in enumerate(("bell.tone", "lamp.level", "lamp.level")):
            world.say("rearm", seat=f"human:teacher#{n}", resource=which)
        for level in (0.5, 1.0):  # the lamp's epoch is far above the bell's
            world.gone()
            world.done("lamp.level", level)
        world.do(Online("door", False))
        assert sent(world.do(Online("door", True, "s2"))) == [("stop", "gate")]

    def test_all_is_allowed_again_by_one_order(self, world):
        world.stop()
        assert told(world.say("rearm", seat=OWNER)) == [(OWNER, "outranked")]
        assert told(world.say("rearm", seat=OPERATOR, after=1.0)) == []
        assert not any(desk.stopped for desk in world.arbiter.desks.values())
        assert told(world.say("rearm", seat=OPERATOR)) == [(OPERATOR, "already")]

    def test_a_second_stop_is_sent_again_and_recorded_once(self, world):
        world.stop()
        lines = len(world.lines)
        assert sent(world.stop()) == [("stop", "*")] * 2
        assert len(world.lines) == lines

    def test_evidence_that_was_there_before_a_rearm_does_not_act(self, world):
        world.propose("lamp.level")
        world.stop()
        before = len(world.commands)
        world.say("rearm", seat=TEACHER, resource="lamp.level")
        world.wait(60.0)
        assert [c for c in world.commands[before:] if c[0] not in ("stop", "rest")] == []


class TestJournalCeiling:
    def test_without_a_journal_nothing_moves_but_lights_go_on(self, world):
        gate, pump = world.propose("gate.angle"), world.done("pump.level", trigger="dry")
        effects = world.do(JournalState(False))
        assert world.state(gate) == "withdrawn"
        assert sent(effects) == [("rest", "pump")]
        assert world.records(pump)[-1][3] == "journal"
        world.gone()
        assert world.propose("gate.angle").level.by == "journal"
        assert world.propose("lamp.level").state == "executing"
        world.do(JournalState(True))
        world.gone()
        assert world.propose("gate.angle").state == "proposed"


class TestResume:
    def test_case_16_what_was_open_ends_and_stops_stay(self, new_world, make, world):
        gate = world.propose("gate.angle")
        lamp = world.propose("lamp.level")
        past = world.past
        later = new_world(*(desk.resource for desk in world.arbiter.desks.values()), online=())
        later.lines, later.chain = list(world.lines), world.chain
        later.do(Resumed(past))
        assert (later.past.states[gate.id], later.past.states[lamp.id]) == ("expired", "executing")
        later.do(Online("door", True, "s1"))
        later.do(Reported("door", "lamp", "boot", values={"level": 0.0}))
        assert later.past.states[lamp.id] == "aborted"
        assert later.commands == []
        assert later.propose("lamp.level").id == "d-3"
        later.close()

    def test_case_16_a_stop_survives(self, new_world, world):
        world.stop()
        later = new_world(*(desk.resource for desk in world.arbiter.desks.values()), online=())
        later.lines, later.chain = list(world.lines), world.chain
        later.do(Resumed(world.past))
        assert sent(later.do(Online("door", True, "s1"))) == [("stop", "*")]
        assert later.propose("lamp.level").level.by == "stop"
        later.close()


def test_memory_is_bounded(new_world, make):
    world = new_world(make("lamp.level", level="A4"))
    for n in range(600):
        world.done("lamp.level", value=n / 600, after=0.1)
        world.say("undo", seat=f"human:visitor#{n}")
        world.gone()
    a = world.arbiter
    assert len(a.cases) <= a.policy.memory + 1
    assert len(a.sent) == 1
    assert len(a.crowd._times) <= 256
    for n in range(2000):
        world.propose("lamp.level", value=n / 2000, after=1.0)
    assert len(a.desks["lamp.level"].asked) <= a.policy.memory + 1


@given(st.lists(st.sampled_from(["confirm", "reject", "undo", "stop", "rearm", "edit"]), max_size=12), st.data())
def test_nothing_that_people_say_raises(verbs, data):
    from gongzhi.stages.resolve import Arbiter
    from gongzhi.values import Resource

    arbiter = Arbiter([Resource("a.b", "d", "a", "b", "led", 0, 1, 0, "", "H1", "A2", {})])
    resolve(arbiter, Online("d", True), 0.0)
    resolve(arbiter, Proposed(Proposal("a.b", 1.0, "x", 0.5, {}, 0.0)), 0.0)
    for n, verb in enumerate(verbs):
        answer = Answer(
            verb, data.draw(st.text(max_size=30) | st.just(OPERATOR)), "d-1", data.draw(st.text(max_size=4))
        )
        resolve(arbiter, Answered(answer), n / 3)
        resolve(arbiter, Acked(data.draw(st.text(max_size=8) | st.just("c-1-0")), data.draw(st.booleans()), "x"), n / 3)
        resolve(arbiter, Tick(), n / 3)
