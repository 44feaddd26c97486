"""The dial A0 to A5: what the machine does at each level, what silence means, who turns it; and the edit of a card."""

from __future__ import annotations

import math

import pytest
from gongzhi.arbiter.record import decode
from gongzhi.stages.resolve import Changed, Send, Told

OPERATOR, OWNER, VISITOR, TEACHER = "human:operator#page", "human:owner#door", "human:visitor#1", "human:teacher#1"


def told(effects):
    return [(one.seat, one.code) for one in effects if isinstance(one, Told)]


@pytest.fixture
def at(new_world, make):
    """A world whose lamp (H1) and fan (H2) are at the given level."""
    made = []

    def build(level):
        made.append(new_world(make("lamp.level", level=level), make("fan.speed", hazard="H2", level=level, high=9.0)))
        return made[-1]

    yield build
    for one in made:
        one.close()


class TestHint:
    def test_a1_shows_and_moves_nothing(self, at):
        world = at("A1")
        decision = world.propose("lamp.level")
        assert (decision.state, decision.level.eff) == ("proposed", "A1")
        world.wait(8.0)
        assert world.state(decision) == "expired"
        assert world.commands == []

    def test_a_hint_takes_no_yes_but_a_persons_own_value(self, at):
        world = at("A1")
        decision = world.propose("lamp.level")
        assert told(world.say("confirm", decision)) == [(OPERATOR, "hint")]
        assert world.state(decision) == "proposed"
        world.say("edit", decision, value=0.5)
        assert world.commands == [("led.set", "lamp", {"level": 0.5})]

    def test_hints_are_no_questions_and_cost_no_budget(self, at):
        world = at("A1")
        for n in range(10):
            assert world.propose("lamp.level", n / 10, after=2.0, deadline=1.0).state == "proposed"

    def test_a_no_to_a_hint_keeps_it_quiet(self, at):
        world = at("A1")
        world.say("reject", world.propose("lamp.level"), VISITOR)
        assert world.propose("lamp.level", after=11.0) is None

    def test_the_button_answers_a_question_before_an_older_hint(self, new_world, make):
        world = new_world(make("lamp.level", level="A1"), make("bell.tone", level="A2"))
        world.propose("lamp.level")
        bell = world.propose("bell.tone", after=1.0)
        assert world.arbiter.question("door").id == bell.id

    def test_stale_evidence_is_a_hint_and_a_yes_to_it_is_none(self, at):
        world = at("A4")
        decision = world.propose("lamp.level", age=2.0)
        assert (decision.level.eff, decision.level.by) == ("A1", "freshness")
        world.say("confirm", decision)
        assert world.commands == []


class TestVeto:
    def test_a3_acts_when_nobody_says_no_in_time(self, at):
        world = at("A3")
        decision = world.propose("fan.speed")
        assert (decision.state, decision.until) == ("proposed", world.t + 3.0)
        world.wait(2.999)
        assert world.commands == []
        effects = world.wait(0.001)
        assert world.state(decision) == "executing"
        assert world.records(decision)[-1] == ("proposed", "executing", "dial", "")
        assert next(one for one in effects if isinstance(one, Send)).recorded

    def test_anybodys_no_within_the_veto_time_holds(self, at):
        world = at("A3")
        decision = world.propose("fan.speed")
        world.say("reject", decision, VISITOR, after=2.9)
        world.wait(5.0)
        assert world.state(decision) == "rejected"
        assert world.commands == []

    def test_a_yes_shortens_the_veto_time(self, at):
        world = at("A3")
        decision = world.propose("fan.speed")
        world.say("confirm", decision, OWNER, after=1.0)
        assert world.records(decision)[-1][2] == OWNER
        assert len(world.commands) == 1

    def test_a_no_after_the_veto_time_takes_it_back(self, at):
        world = at("A3")
        decision = world.propose("fan.speed")
        world.wait(3.0)
        world.ack(decision)
        world.say("reject", decision, VISITOR, after=1.0)
        assert world.state(decision) == "undone"
        assert world.commands[-1][0] == "rest"

    def test_a_stop_ends_the_count_down(self, at):
        world = at("A3")
        decision = world.propose("fan.speed")
        world.stop()
        world.wait(10.0)
        assert world.state(decision) == "withdrawn"
        assert all(op == "stop" for op, *_ in world.commands)

    def test_a5_acts_as_a4_does(self, new_world, make):
        world = new_world(make("note.line", device="door", hazard="H0", level="A5"))
        decision = world.propose("note.line")
        assert (decision.state, decision.level.eff) == ("executing", "A5")
        world.close()

    def test_the_digest_binds_the_time_that_was_shown(self, at):
        world = at("A3")
        decision = world.propose("fan.speed", deadline=8.0)
        head = next(r for r in map(decode, world.lines) if r.dec == decision.id)
        assert (head.deadline, head.level.eff) == (3.0, "A3")


class TestDial:
    def turn(self, world, level, seat, resource="lamp.level"):
        return told(world.say("dial", seat=seat, resource=resource, level=level))

    def test_anybody_lowers_only_teacher_and_operator_raise(self, at):
        world = at("A2")
        assert self.turn(world, "A1", VISITOR) == []
        assert world.arbiter.desks["lamp.level"].asked_level == "A1"
        for seat in (VISITOR, OWNER):
            assert self.turn(world, "A2", seat) == [(seat, "outranked")]
        assert self.turn(world, "A4", TEACHER) == []
        assert world.propose("lamp.level").state == "executing"
        assert self.turn(world, "A4", OPERATOR) == [(OPERATOR, "already")]
        assert self.turn(world, "A4", OPERATOR, "no.thing") == [(OPERATOR, "unknown")]
        assert self.turn(world, None, OPERATOR) == [(OPERATOR, "unknown")]

    def test_each_turn_is_a_record_and_of_one_resource(self, at):
        world = at("A2")
        self.turn(world, "A0", VISITOR)
        record = decode(world.lines[-1])
        assert (record.to, record.res, record.by, record.level.eff) == ("dial", "lamp.level", VISITOR, "A0")
        assert world.propose("lamp.level").reason == "shadow"
        assert world.propose("fan.speed").state == "proposed"

    def test_a_raised_dial_does_not_pass_the_hazard(self, at):
        world = at("A2")
        self.turn(world, "A5", TEACHER, "fan.speed")
        level = world.propose("fan.speed").level
        assert (level.eff, level.by, level.req) == ("A3", "hazard", "A5")

    def test_lowering_it_ends_a_count_down_and_asks_anew(self, at):
        world = at("A3")
        first = world.propose("fan.speed")
        world.wait(1.0)
        effects = world.say("dial", seat=VISITOR, resource="fan.speed", level="A2")
        second = world.arbiter.question()
        assert (world.state(first), world.arbiter.decision(first.id).reason) == ("withdrawn", "dial")
        assert (second.value, second.level.eff, second.state) == (first.value, "A2", "proposed")
        assert [one.decision.id for one in effects if isinstance(one, Changed)] == [first.id, second.id]
        world.wait(10.0)
        assert world.commands == []

    def test_raising_it_leaves_the_question_a_question(self, at):
        world = at("A2")
        decision = world.propose("lamp.level")
        self.turn(world, "A4", TEACHER)
        assert world.state(decision) == "proposed"
        assert world.commands == []


class TestEdit:
    def test_it_does_what_the_person_chose(self, world):
        decision = world.propose("gate.angle", 90.0)
        world.say("edit", decision, OWNER, value=45.0)
        assert world.commands == [("servo.set", "gate", {"angle": 45.0})]
        assert [r[:3] for r in world.records(decision)[1:]] == [
            ("proposed", "edited", OWNER),
            ("edited", "executing", OWNER),
        ]
        assert world.arbiter.decision(decision.id).value == 45.0
        assert [r.value for r in map(decode, world.lines) if r.to == "edited"] == [45.0]

    @pytest.mark.parametrize("value", [None, -1.0, 180.5, math.inf, math.nan])
    def test_a_value_that_the_part_cannot_take_changes_nothing(self, world, value):
        decision = world.propose("gate.angle", 90.0)
        assert told(world.say("edit", decision, value=value)) == [(OPERATOR, "range")]
        assert world.state(decision) == "proposed"
        world.say("edit", decision, value=180.0)
        assert world.state(decision) == "executing"

    def test_it_is_a_yes_in_all_else(self, world):
        decision = world.propose("gate.angle", 90.0)
        assert told(world.say("edit", decision, VISITOR, value=1.0)) == [(VISITOR, "outranked")]
        assert told(world.say("edit", decision, digest="0" * 16, value=1.0)) == [(OPERATOR, "changed")]
        world.say("edit", decision, value=1.0)
        assert told(world.say("edit", decision, value=1.0)) == [(OPERATOR, "dup")]
        assert told(world.say("confirm", decision, OWNER)) == [(OWNER, "already")]
        assert len(world.commands) == 1

    def test_too_late_it_neither_acts_nor_asks_afresh(self, world):
        decision = world.propose("gate.angle", 90.0)
        assert told(world.say("edit", decision, value=1.0, after=8.0)) == [(OPERATOR, "late_yes")]
        assert world.arbiter.question() is None
        assert world.commands == []

    def test_it_can_be_taken_back(self, world):
        decision = world.propose("gate.angle", 90.0)
        world.say("edit", decision, value=1.0)
        world.ack(decision)
        world.say("undo", decision, VISITOR, after=1.0)
        assert world.state(decision) == "undone"


class TestSilenceAfterTheEvidence:
    """A3: silence means yes only to what is still so."""

    @pytest.fixture
    def counting(self, new_world, make):
        world = new_world(make("gate.angle", hazard="H2", level="A3"), make("horn.tone", level="A3", alarm=True))
        return world, world.propose("gate.angle", deadline=8.0)

    def test_a_pose_that_ends_turns_the_count_down_into_a_question(self, counting):
        world, card = counting
        world.gone(after=1.0)
        now = world.arbiter.decision(card.id)
        assert (now.state, now.level.eff, now.level.by, now.until) == ("proposed", "A2", "gone", card.t + 8.0)
        assert now.digest == card.digest, "the act that was shown is the same"
        world.wait(3.0)
        assert world.state(card) == "proposed"
        world.wait(5.0)
        assert world.state(card) == "expired"
        assert world.commands == []

    def test_a_yes_is_still_a_yes(self, counting):
        world, card = counting
        world.gone(after=1.0)
        world.say("confirm", card, after=3.0)
        assert world.state(card) == "executing"

    def test_what_is_still_so_is_done(self, counting):
        world, card = counting
        world.wait(3.0)
        assert world.state(card) == "executing"

    def test_an_alarm_is_raised_all_the_same(self, counting):
        world, _ = counting
        card = world.propose("horn.tone", trigger="fallen")
        world.gone("fallen", after=1.0)
        world.wait(2.0)
        assert world.state(card) == "executing"
