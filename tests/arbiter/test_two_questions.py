"""Two questions by one condition are two questions: the second is asked when the first has ended."""

from __future__ import annotations

import pytest
from gongzhi.project.rules import ASK
from gongzhi.rules import Choice, Rule
from gongzhi.stages.propose import ProposeState, propose
from gongzhi.stages.resolve import EvidenceGone, Proposed
from gongzhi.values import Action

YES_NO = (Choice({"en": "yes"}, 0.0), Choice({"en": "no"}, 1.0))


def ask(words, **more):
    return Rule("up", ASK.id, 0.0, {"en": "up"}, {"en": words}, choices=YES_NO, deadline=6.0, **more)


@pytest.mark.parametrize("dwell", [0.0, 0.5])
def test_both_are_proposed_once_in_a_hold(dwell):
    rules, state = (ask("Sure?", dwell=dwell), ask("And now?", dwell=dwell)), ProposeState()
    made = [
        one.proposal.what["en"]
        for t in (1.0, 2.0, 3.0)
        for one in propose((Action("up", True, 0.9, 1.0, t),), rules, state, t)
        if isinstance(one, Proposed)
    ]
    assert made == ["Sure?", "And now?"]


@pytest.fixture
def asked(new_world):
    """Both are proposed at once."""
    world, state = new_world(ASK), ProposeState()
    for one in propose((Action("up", True, 0.9, 99.0, 100.0),), (ask("Sure?"), ask("And now?")), state, 100.0):
        world.do(one)
    return world


def live(world):
    return [one.what["en"] for one in world.arbiter.live]


@pytest.mark.parametrize("how", ["edit", "reject", "silence"])
def test_the_second_waits_for_the_end_of_the_first_and_takes_nobodys_time(asked, how):
    (first,) = asked.arbiter.live
    asked.wait(3.0)
    assert live(asked) == ["Sure?"], "another question is no change of mind"
    if how == "silence":
        asked.wait(3.0)
    else:
        asked.say(how, first, value=1.0)
    assert live(asked) == ["And now?"]
    assert asked.arbiter.live[0].level.eff == "A2"
    asked.close()


def test_an_answer_that_is_like_the_second_does_not_answer_it(asked):
    (first,) = asked.arbiter.live
    asked.say("edit", first, value=asked.arbiter.desks[ASK.id].waiting.value, after=1.0)
    assert live(asked) == ["And now?"]


def test_it_is_asked_also_when_the_pose_has_ended_meanwhile(asked):
    asked.do(EvidenceGone("up"), 2.0)
    asked.say("reject", asked.arbiter.live[0])
    assert live(asked) == ["And now?"]


def test_the_same_question_again_is_still_one(asked):
    state = ProposeState()
    for one in propose((Action("up", True, 0.9, 99.0, 101.0),), (ask("Sure?"),), state, 101.0):
        asked.do(one)
    assert asked.arbiter.counts["merged"] == 1
