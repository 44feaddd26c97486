"""The estimators give valid keypoints of their frame, and the choice between them says why."""

import numpy as np
import pytest
from gongzhi import models
from gongzhi.errors import ModelError
from gongzhi.sim.avatar import Avatar
from gongzhi.sim.poses import POSES, SIGNS
from gongzhi.stages.estimate import BlazePoseEstimator, TruthEstimator, choose
from gongzhi.values import Frame, Keypoints


@pytest.fixture(scope="module")
def drawn():
    image, joints = Avatar().render(POSES["hands_up"])
    truth = Keypoints(joints, np.ones(33, np.float32), 4.5, 7, (640, 480), "truth")
    return Frame(image, 4.5, 7, truth)


def nothing_there(_name):
    raise ModelError("The weights of {name} are not on this computer.", "Run: gongzhi models fetch", name="x")


def test_the_model_finds_the_drawn_person(drawn):
    estimate = BlazePoseEstimator(models.ensure())
    found = estimate(drawn)
    estimate.close()
    assert (found.t, found.seq, found.size, found.origin) == (4.5, 7, (640, 480), "blazepose")
    assert np.linalg.norm(found.xy - drawn.truth.xy, axis=1).mean() < 12


def test_the_model_sees_nobody_in_an_empty_picture():
    estimate = BlazePoseEstimator(models.ensure())
    assert estimate(Frame(np.zeros((48, 64, 3), np.uint8), 0.0, 0)) is None
    estimate.close()


def test_the_truth_is_the_frames_own(drawn):
    estimate = TruthEstimator()
    assert estimate(drawn) is drawn.truth
    assert estimate(Frame(drawn.image.copy(), 0.0, 0)) is None
    estimate.close()


def test_the_model_is_chosen_where_its_weights_are():
    models.ensure()
    for synthetic in (True, False):
        choice = choose(synthetic=synthetic)
        assert choice.estimator.origin == "blazepose"
        assert choice.reason is None
        choice.estimator.close()


def test_without_weights_a_drawn_person_gives_its_truth_and_the_reason():
    choice = choose(synthetic=True, obtain=nothing_there)
    assert choice.estimator.origin == "truth"
    assert "gongzhi models fetch" in str(choice.reason)


def test_without_weights_a_real_camera_is_an_error():
    with pytest.raises(ModelError, match="gongzhi models fetch"):
        choose(synthetic=False, obtain=nothing_there)


def test_weights_that_cannot_be_run_are_the_reason_too():
    broken = {"detector": b"no model", "landmarks": b"no model"}
    choice = choose(synthetic=True, obtain=lambda _name: broken)
    assert choice.estimator.origin == "truth"
    assert "cannot be run" in str(choice.reason)


def test_hands_are_looked_for_only_where_they_are_wanted():
    asked = []

    def obtain(name):
        asked.append(name)
        return models.ensure(name)

    image, _ = Avatar().render(SIGNS["two_fingers"])
    for wanted, most in ((False, 0), (True, 1)):
        estimator = choose(synthetic=False, hands=wanted, obtain=obtain).estimator
        seen = [estimator(Frame(image, 0.1 * number, number)) for number in range(12)]
        assert max(len([one for one in each.hands if one.side == "right"]) for each in seen) == most
        estimator.close()
    assert asked == ["blazepose", "blazepose", "hands"]
