"""Sensors join the rules: dwell, hysteresis, silence, repetition, and the watches of a program's own functions."""

from __future__ import annotations

import math

import pytest
from gongzhi.arbiter.events import EvidenceGone, Proposed, TakeOver
from gongzhi.condition_text import Sensed, Words, parse
from gongzhi.conditions import READING_TTL, SIGHT_TTL, Reading, Recognised
from gongzhi.stages.propose import Met, ProposeState, propose, reconsider, silent
from gongzhi.values import Action, Choice, Rule, Watch

WORDS = Words(
    {"soil": Sensed("soil", "moisture", 0, 100, "%", {}), "mat": Sensed("mat", "closed", 0, 1, "", {})},
    {"hands_up": {"en": "hands are up"}, "walk": {"en": "somebody walks"}},
    {"walk": "imu"},
)
WHY = {"en": "because"}


class Bench:
    """Rules, a clock, and what the stage says of readings and frames."""

    def __init__(self, *rules, watches=()):
        self.rules, self.watches, self.state, self.t = rules, watches, ProposeState(), 100.0
        for watch in [*(rule.watch for rule in rules), *watches]:
            self.state.conditions[watch] = parse(watch.when, WORDS, watch.hysteresis)

    def sense(self, after=0.0, sim=False, **values):
        self.t += after
        for part, value in values.items():
            self.state.readings[part] = Reading(value, self.t, sim)
        return reconsider(self.rules, self.state, self.t, watches=self.watches)

    def see(self, *held, after=0.0, since=None, **more):
        self.t += after
        actions = [Action(name, True, 0.9, self.t if since is None else since, self.t) for name in held]
        return propose(actions, self.rules, self.state, self.t, watches=self.watches, **more)


def rule(when="soil < 30", **more):
    return Rule(when, "pump.level", 1.0, WHY, **more)


def proposals(events):
    return [one.proposal for one in events if isinstance(one, Proposed)]


def test_a_reading_proposes_once_until_it_has_come_back():
    bench = Bench(rule())
    (first,) = proposals(bench.sense(soil=20))
    assert (first.trigger, first.agent, first.p, first.ttl) == ("soil < 30", "agent:sensors", 1.0, READING_TTL)
    assert first.evidence == ("soil@100.000",)
    assert bench.sense(after=1, soil=25) == []
    assert bench.sense(after=1, soil=31) == []  # not yet by two percent
    assert bench.sense(after=1, soil=33) == [EvidenceGone("soil < 30", "agent:sensors")]
    assert len(proposals(bench.sense(after=1, soil=20))) == 1


def test_for_so_many_seconds_and_the_stage_says_when_to_look_again():
    bench = Bench(rule(dwell=2.0))
    assert bench.sense(soil=20) == []
    assert bench.state.due == pytest.approx(102.0)
    assert bench.sense(after=1.9) == []
    (found,) = proposals(bench.sense(after=0.1))
    assert found.trigger == "soil < 30 for 2 s"
    bench.sense(after=1, soil=50)
    bench.sense(after=1, soil=20)
    assert bench.sense(after=1, soil=50) == []  # broken before its time: nothing was asked, nothing ends
    assert bench.state.due == pytest.approx(bench.t + READING_TTL, abs=1e-3)


def test_a_sensor_that_falls_silent_gives_up_what_it_led_to():
    bench = Bench(rule())
    bench.sense(soil=20)
    assert bench.state.due == pytest.approx(100 + READING_TTL, abs=1e-3)
    assert bench.sense(after=READING_TTL + 0.1) == [TakeOver("pump.level", "agent:sensors", "soil < 30")]
    assert silent(bench.rules, bench.state, bench.t) == {"soil"}
    assert bench.state.due == math.inf
    (again,) = bench.sense(after=1, soil=20)  # it is back, and it is still dry: no new evidence, and a proposal
    assert isinstance(again, Proposed)
    assert silent(bench.rules, bench.state, bench.t) == set()


def test_silence_proposes_nothing():
    bench = Bench(rule("not soil > 30"), rule("soil < 30 and mat"), rule("hands_up and mat"))
    assert bench.sense() == []
    assert bench.sense(mat=1) == []
    assert silent(bench.rules, bench.state, bench.t) == {"soil"}


def test_again_after_so_many_seconds_while_it_stays_true():
    bench = Bench(rule(again=10.0))
    times = [bench.t for _ in range(30) if proposals(bench.sense(after=1, soil=20))]
    assert times == [101.0, 111.0, 121.0]


def test_a_pose_and_a_switch_together():
    bench = Bench(rule("hands_up and mat", dwell=1.0))
    bench.sense(mat=1)
    assert bench.see("hands_up", captured=100.0, model="blazepose", sim=True) == []
    (found,) = proposals(bench.see("hands_up", after=1.0, since=100.0, captured=100.5, model="blazepose", sim=True))
    # As fresh as its stalest part: of the camera's 1.5 s half a second is over, of the mat's 15 s a second.
    assert (found.t, found.ttl, found.p, found.model, found.sim) == (100.5, 1.5, 0.9, "blazepose", True)
    assert found.evidence == ("hands_up@100.500", "mat@100.000")
    assert bench.see("hands_up", after=0.5, since=100.0) == []
    assert EvidenceGone("hands_up and mat for 1 s", "agent:sensors") in bench.see(after=0.1)


def test_another_hold_of_the_same_pose_is_another_question():
    bench = Bench(rule("hands_up", dwell=1.0))
    bench.see("hands_up", since=100.0)
    assert len(proposals(bench.see("hands_up", after=1.0, since=100.0))) == 1
    gone = EvidenceGone("hands_up for 1 s", "agent:pose")
    assert gone in bench.see("hands_up", after=0.1, since=101.05)
    assert len(proposals(bench.see("hands_up", after=1.0, since=101.05))) == 1


def test_a_camera_that_has_gone_is_no_empty_room():
    bench = Bench(rule("not hands_up and mat"))
    bench.sense(mat=1)
    assert len(proposals(bench.see())) == 1
    told = propose((), bench.rules, bench.state, bench.t, blind=True)
    assert told == [TakeOver("pump.level", "agent:sensors", "not hands_up and mat")]


def test_evidence_from_a_simulated_board_says_so():
    (found,) = proposals(Bench(rule()).sense(soil=20, sim=True))
    assert found.sim


def test_what_a_rule_asks_for_itself_goes_along():
    choices = (Choice({"en": "a"}, 0.0), Choice({"en": "b"}, 1.0))
    terms = {"veto": 9.0, "snooze": 60.0, "doubt": "disagree", "choices": choices, "level": "A2"}
    (found,) = proposals(Bench(rule(**terms)).sense(soil=20))
    assert {name: getattr(found, name) for name in terms} == terms
    pose = Rule("hands_up", "pump.level", 1.0, WHY, **terms)
    (found,) = proposals(Bench(pose).see("hands_up"))
    assert {name: getattr(found, name) for name in terms} == terms


def test_a_watch_is_told_of_both_edges():
    watch = Watch("soil < 30", 1.0)
    bench = Bench(watches=(watch,))
    assert bench.sense(soil=20) == []
    assert bench.sense(after=1.0) == [Met("soil < 30 for 1 s", True)]
    assert bench.sense(after=1.0, soil=50) == [Met("soil < 30 for 1 s", False)]
    assert bench.sense(after=1.0, soil=20) == []
    assert bench.sense(after=0.5, soil=50) == []


def test_a_rule_that_has_gone_is_forgotten():
    bench = Bench(rule())
    bench.sense(soil=20)
    bench.rules = ()
    assert bench.sense(after=1) == []
    bench.rules = (rule("mat"),)
    bench.state.conditions[Watch("mat")] = parse("mat", WORDS)
    bench.sense(after=1)
    assert list(bench.state.phases) == [Watch("mat")]


def feel(bench, after=0.0, held=True, p=0.9, age=0.2, **more):
    """A model says of the belt's sensor whether somebody walks; `since` is the beginning of the hold."""
    bench.t += after
    action = Action("walk", held, p, more.pop("since", 99.0), bench.t - age, model="steps", **more)
    bench.state.felt["walk"] = Recognised(action, "imu", sim=True)
    return reconsider(bench.rules, bench.state, bench.t, watches=bench.watches)


def test_what_a_sensor_feels_is_an_action_of_its_own_age():
    bench = Bench(rule("walk"))
    bench.see()  # a frame in which nobody is seen says nothing of it
    (found,) = proposals(feel(bench, after=1.0))
    assert (found.trigger, found.agent, found.p, found.model, found.sim) == (
        "walk",
        "agent:sensors",
        0.9,
        "steps",
        True,
    )
    assert (found.t, found.ttl) == (pytest.approx(bench.t - 0.2), SIGHT_TTL)
    assert feel(bench, after=0.4) == []
    assert bench.see(after=0.1) == []
    assert feel(bench, after=0.4, held=False) == [EvidenceGone("walk", "agent:sensors")]


def test_a_board_that_goes_away_makes_it_unknown_not_untrue():
    bench = Bench(rule("walk"), Rule("not walk", "bell.tone", 1.0, WHY))
    assert [one.trigger for one in proposals(feel(bench))] == ["walk"]
    assert bench.state.due == pytest.approx(bench.t - 0.2 + SIGHT_TTL, abs=1e-3)
    bench.t += SIGHT_TTL
    said = reconsider(bench.rules, bench.state, bench.t)
    assert [type(one) for one in said] == [TakeOver], "given up, and nobody concludes that nobody walks"
    bench.state.felt.clear()
    assert reconsider(bench.rules, bench.state, bench.t + 1) == []
    bench.state.feels = frozenset({"imu"})
    assert silent(bench.rules, bench.state, bench.t) == {"imu"}


def test_doubt_of_a_sensor_and_disagreement_with_the_camera_come_to_people():
    bench = Bench(rule("walk"), Rule("hands_up and not walk", "bell.tone", 1.0, WHY, doubt="disagree"))
    (found,) = proposals(feel(bench, options=("walk", "shake"), doubt="unseen"))
    assert (found.options, found.doubt) == (("walk", "shake"), "unseen")
    feel(bench, after=0.2, held=False, p=0.1)
    (asked,) = [one for one in proposals(bench.see("hands_up")) if one.resource == "bell.tone"]
    assert (asked.doubt, asked.agent) == ("disagree", "agent:sensors")
    assert {name.partition("@")[0] for name in asked.evidence} == {"hands_up", "walk"}
