"""What a rule asks of the arbiter for itself: its own level, time for a no, snooze, choices; and the one-way alarm."""

from __future__ import annotations

import pytest
from gongzhi.arbiter.events import Proposed, StopAll, TakeOver
from gongzhi.arbiter.record import decode
from gongzhi.values import Choice, Proposal

LAMP, GATE = "lamp.level", "gate.angle"
OPERATOR, OWNER = "human:operator#page", "human:owner#door"
THREE = (Choice({"en": "paper"}, 0.0), Choice({"en": "glass"}, 0.5), Choice({"en": "the rest"}, 1.0))


@pytest.mark.parametrize(
    ("level", "eff", "by"), [(None, "A4", "dial"), ("A5", "A4", "dial"), ("A2", "A2", "rule"), ("A0", "A0", "rule")]
)
def test_a_rule_may_lower_the_level_and_never_raise_it(world, level, eff, by):
    decision = world.propose(LAMP, level=level)
    assert (decision.level.eff, decision.level.by) == (eff, by)


def test_a_rule_says_how_long_a_no_is_waited_for(world):
    decision = world.propose(LAMP, level="A3", veto=15.0)
    world.wait(14.9)
    assert world.state(decision) == "proposed"
    world.wait(0.2)
    assert world.state(decision) == "executing"


def test_a_snooze_outlives_the_evidence_and_nothing_else_is_snoozed(world):
    world.say("reject", world.propose(GATE, snooze=300.0))
    world.gone(after=20.0)
    assert world.propose(GATE, snooze=300.0, after=40.0) is None
    assert world.propose(GATE, value=2.0, snooze=300.0) is not None
    world.say("reject", world.arbiter.question())
    world.gone()
    assert world.propose(GATE, snooze=300.0, after=241.0).state == "proposed"


def test_without_a_snooze_a_no_ends_with_the_evidence(world):
    world.say("reject", world.propose(GATE))
    world.gone()
    assert world.propose(GATE, after=1.0).state == "proposed"


def test_a_choice_is_a_persons_even_where_the_machine_could_act(world):
    decision = world.propose(LAMP, choices=THREE)
    assert (decision.level.eff, decision.state, decision.choices) == ("A2", "proposed", THREE)
    assert decision.digest != world.propose(LAMP, choices=THREE[:2], after=20.0).digest
    again = world.arbiter.question()
    world.say("edit", again, value=0.5)
    world.ack(again)
    assert (world.state(again), world.arbiter.decision(again.id).value) == ("done", 0.5)
    first = next(one for one in map(decode, world.lines) if one.dec == decision.id)
    assert first.choices == [({"en": "paper"}, 0.0), ({"en": "glass"}, 0.5), ({"en": "the rest"}, 1.0)]


def test_the_silence_to_a_choice_does_nothing(world):
    decision = world.propose(LAMP, choices=THREE)
    world.wait(9.0)
    assert world.state(decision) == "expired"
    assert world.commands == []


@pytest.mark.parametrize(("alarm", "value", "eff"), [(True, 1.0, "A4"), (False, 1.0, "A1"), (True, 0.0, "A1")])
def test_an_alarm_is_raised_without_a_yes_and_never_lowered_without_one(new_world, make, alarm, value, eff):
    world = new_world(make("bell.tone", hazard="H3", level="A4", alarm=alarm))
    assert world.propose("bell.tone", value=value).level.eff == eff


def test_what_rests_on_a_lost_sensor_ends_and_the_rest_goes_on(world):
    decision = world.done(LAMP, trigger="soil < 30")
    world.do(TakeOver(LAMP, trigger="other"))
    world.wait(4.0)
    assert world.arbiter.desks[LAMP].held is not None
    world.do(TakeOver(LAMP, trigger="soil < 30"))
    assert world.arbiter.decision(decision.id).reason == "takeover"
    asked = world.propose(GATE, trigger="soil < 30")
    world.do(TakeOver(GATE, trigger="other"))
    assert world.state(asked) == "proposed"
    world.do(TakeOver(GATE, trigger="soil < 30"))
    assert world.state(asked) == "withdrawn"


def test_a_program_that_runs_wild_on_what_is_only_noted_does_not_fill_the_disk(world):
    world.do(StopAll("human:visitor#1"))
    before = len(world.lines)
    for n in range(500):
        world.t += 0.01
        world.do(Proposed(Proposal("lamp.level", n / 500, "mine", 0.9, {"en": "why"}, world.t, agent="agent:program")))
    assert len(world.lines) - before <= 20 * 6
    assert world.arbiter.counts["wild"] >= 380
