"""One repetition of each form at the middle level, drawn, seen by the real pose model, is found by the coach."""

import pytest
from gongzhi import models
from gongzhi.bench.wuqinxi import LEVELS, Tally, as_pictures, check_rates
from gongzhi.coach.coach import Coach
from gongzhi.errors import ModelError
from gongzhi.learn import pack
from gongzhi.learn.course import perform_course, whole
from gongzhi.learn.generator import Performer
from gongzhi.stages.estimate import BlazePoseEstimator


@pytest.fixture(scope="module")
def gate():
    """The performer of the bench's part `rendered`, quicker, in a quarter of the pixels, at the 5 pictures a second
    that the coach needs: 705 pictures, 17 s of one x86-64 core."""
    try:
        weights = models.load()
    except ModelError:
        pytest.skip("no weights of the pose model")
    data, level, who = pack.load("wuqinxi"), LEVELS["middle"], Performer(5050, style=10.0)
    order = [(form, side) for form, side in whole(data, 1) if not form.boundary]
    course = perform_course(
        data, order, who, fps=5.0, amplitude=level.amplitude, tempo=(1.25, 1.35), pauses=(0.2, 0.4), stand=2.5
    )
    tally, estimator = Tally(), BlazePoseEstimator(weights)
    tally.course(course, as_pictures(course, who, level, estimator, width=320), Coach(data))
    estimator.close()
    return tally


def test_each_form_is_found_once_and_nothing_else(gate):
    assert set(gate.done) == {form.id for form in pack.load("wuqinxi").forms if not form.boundary}
    assert gate.said == gate.hit == gate.done


def test_frames_that_are_answered_are_right(gate):
    result = gate.result()
    assert result["person_seen"] > 0.95
    assert result["frame_accuracy"] > 0.95


def test_a_mistake_of_which_no_keyframe_is_an_example_is_noticed():
    """攒拳 is in the horse stance from its first keyframe to its last."""
    data = pack.load("baduanjin")
    punch = data.form("punch")
    horse = next(each for each in punch.checks if each.id == "horse")
    assert check_rates(data, punch, horse, people=2) == (1.0, 1.0)
