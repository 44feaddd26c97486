"""What an adult has set holds whatever is done: rounds and rests, and no asking for more than is allowed."""

import msgspec
import numpy as np
import pytest
from gongzhi import paths
from gongzhi.coach.bounds import Reach, Rounds
from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Notice, Repetition
from gongzhi.coach.feedback import Say
from gongzhi.coach.limits import Limits
from gongzhi.coach.outcomes import RESTS
from gongzhi.learn import pack
from gongzhi.learn.course import keypoints, perform_course
from gongzhi.learn.generator import Performer
from gongzhi.learn.shown import as_phases
from gongzhi.values import Keypoints
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

TEACHER = paths.share("examples") / "17_break_exercise" / "teacher"
AGREE = 4.0  # seconds after the question


@pytest.fixture(scope="module")
def shown():
    return pack.load(str(TEACHER))


def no_higher(form, most):
    def arm(angles):
        return (min(angles[0], most), angles[1], min(angles[2], most), angles[3])

    phases = [structs.replace(each, left_arm=arm(each.left_arm), right_arm=arm(each.right_arm)) for each in form.phases]
    return structs.replace(form, phases=phases)


def watch(data, names, limits, agree=True, most=180.0):
    """Events with their times of somebody who does these movements, the arms lifted `most` degrees; an adult agrees
    AGREE seconds after each question."""
    who = Performer(41, child=True, style=6.0, noise=0.03)
    order = [(no_higher(as_phases(data, data.form(name)), most), "") for name in names]
    course = perform_course(data, order, who, pauses=(1.0, 1.5), stand=4.0)
    xy, score = keypoints(course, who, lost=0.0)
    coach, events, asked, named = Coach(data, limits=limits), [], None, set()
    for i, t in enumerate(course.t):
        coach.go = asked is not None and agree and AGREE <= t - asked < AGREE + 1
        actions, new = coach.see(Keypoints(xy[i], score[i], float(t), i, (640, 480), "truth"), float(t))
        named |= {each.name for each in actions if each.held}
        asked = next((t for each in new if each == Notice("ready")), asked)
        events += [(float(t), each) for each in new]
    return events, named


def kinds(events):
    return [
        each.what if isinstance(each, Notice) else "rep" for _, each in events if isinstance(each, Notice | Repetition)
    ]


def test_after_so_many_repetitions_there_is_a_rest_that_takes_an_adults_yes_to_end(shown):
    limits = Limits(repetitions=2, rest=5, sets=2, go="start")
    events, named = watch(shown, ["stretch"] * 9, limits)
    assert kinds(events) == ["calibrated", "rep", "rep", "rest", "ready", "round", "rep", "rep", "enough"]
    numbers = [each.number for _, each in events if isinstance(each, Repetition)]
    assert numbers == [1, 2, 1, 2]
    assert set(RESTS) <= named
    assert {each.number for _, each in events if isinstance(each, Say)} == {1, 2}
    times = {each.what: t for t, each in events if isinstance(each, Notice)}
    assert times["round"] - times["ready"] == pytest.approx(AGREE, abs=0.3)
    events, _ = watch(shown, ["stretch"] * 6, limits, agree=False)
    assert kinds(events) == ["calibrated", "rep", "rep", "rest", "ready"]


def test_without_somebody_to_ask_the_next_round_begins_by_itself(shown):
    events, _ = watch(shown, ["stretch"] * 4, Limits(repetitions=1, rest=5))
    assert "ready" not in kinds(events)
    assert kinds(events)[:5] == ["calibrated", "rep", "rest", "round", "rep"]


@pytest.mark.parametrize("most", [90.0, 180.0])
def test_nobody_is_asked_for_more_than_is_allowed_and_who_keeps_to_it_is_known(shown, most):
    events, _ = watch(shown, ["stretch"] * 3, Limits(hands=0.1), most=most)
    said = [each for _, each in events if isinstance(each, Say)]
    assert [each.form for _, each in events if isinstance(each, Repetition)] == ["stretch"] * 3
    assert "overhead" not in {each.check for each in said}
    assert said
    if most == 90.0:  # where all moments look alike, the way through them cannot be timed well
        assert min(each.total for each in said) > 70
    assert (Notice("hands") in [each for _, each in events]) == (most > 90)


def test_going_too_far_is_said_when_it_lasts_and_not_again_at_once():
    reach, x, known = Reach(Limits(lean=20)), np.zeros(20), np.ones(20, np.bool_)
    told = []
    for k in range(200):
        x[8] = -40.0 if 20 <= k < 22 or 50 <= k < 60 or 65 <= k < 75 or 150 <= k < 160 else 0.0
        told += [k for _ in reach.step(x, known, k / 10)]
        known[8] = k < 190
    assert told == [54, 154]


@given(
    st.integers(1, 4), st.integers(1, 3),
    st.lists(st.tuples(st.floats(0.1, 9.0), st.booleans(), st.booleans()), max_size=60),
)  # fmt: skip
def test_no_round_is_longer_no_rest_shorter_and_nothing_comes_after_the_last(repetitions, sets, course):
    limits = Limits(repetitions=repetitions, rest=6, sets=sets, go="start")
    rounds, t, run, began, total = Rounds(limits), 0.0, 0, None, 0
    for step, done, go in course:
        t += step
        if rounds.look(t, go=go):
            assert go
            assert t - began >= limits.rest
            run = 0
        if done and rounds.state == "round":
            rounds.done(t)
            run, total, began = run + 1, total + 1, t
        assert run <= repetitions
        assert (rounds.state == "enough") == (total == repetitions * sets)


def test_a_table_that_makes_no_sense_is_refused():
    for wrong in ({"repetitions": 0}, {"rest": 1}, {"lean": 100}, {"handz": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, Limits)
