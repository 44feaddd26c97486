"""A program's own recogniser: what it says begins, holds and ends an action; what is old, missing or late does not."""

from __future__ import annotations

import numpy as np
import pytest
from gongzhi.learn.own import FRESH, Own
from gongzhi.values import Features


def features(t):
    return Features(np.zeros((33, 2), np.float32), np.ones(33, np.bool_), t, 0)


def one(own, t, somebody=True):
    (action,) = own(features(t) if somebody else None, t)
    return action


@pytest.fixture
def own():
    return Own({"clap": 0.5})


def sure(own, begin, end, p=0.9):
    """Frames at 10 Hz, each judged before the next."""
    for i in range(round(begin * 10), round(end * 10) + 1):
        own.told((i - 1) / 10, {"clap": p})
        found = one(own, i / 10)
    return found


def test_what_is_said_long_enough_is_held_and_its_time_is_that_of_the_frame_judged(own):
    assert not sure(own, 1.0, 1.4).held
    action = sure(own, 1.5, 2.0)
    assert (action.held, action.since, action.t, action.p) == (True, 1.0, 1.9, 0.9)
    assert action.model == "program"


def test_between_the_two_thresholds_it_goes_on_and_does_not_begin(own):
    assert not sure(own, 1.0, 3.0, p=0.6).held
    assert sure(own, 3.1, 4.0, p=0.9).held
    assert sure(own, 4.1, 6.0, p=0.6).held
    assert not sure(own, 6.1, 7.0, p=0.4).held


def test_a_program_that_stands_still_sees_nothing_after_half_a_second(own):
    assert sure(own, 1.0, 2.0).held
    assert one(own, 1.9 + FRESH).held
    action = one(own, 2.0 + FRESH)
    assert (action.held, action.p) == (False, 0.0)


def test_nobody_is_nothing_whatever_the_program_says(own):
    assert sure(own, 1.0, 2.0).held
    own.told(2.0, {"clap": 1.0})
    assert not [one(own, t, somebody=False) for t in (2.1, 2.2, 2.3, 2.4)][-1].held


def test_what_is_late_from_the_future_or_of_another_name_changes_nothing(own):
    one(own, 2.0)
    own.told(2.0, {"clap": 0.2})
    own.told(1.0, {"clap": 1.0})  # overtaken
    own.told(2.0, {"wave": 1.0})
    assert one(own, 2.1).p == 0.2
    own.told(9.0, {"clap": 1.0})
    assert one(own, 2.2).p == 0.2
    own.told(2.2, {"clap": 0.9})
    assert one(own, 2.3).p == 0.9, "what was told of the future stands in nobody's way"


def test_a_recording_that_begins_anew_begins_anew(own):
    assert sure(own, 1.0, 2.0).held
    action = one(own, 0.1)
    assert (action.held, action.p) == (False, 0.0)
