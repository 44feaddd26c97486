"""Features do not know where, how large or on which side a person is; what is not seen is marked, never NaN."""

import numpy as np
import pytest
from gongzhi.sim.avatar import View, truth
from gongzhi.sim.body import solve
from gongzhi.sim.poses import POSES
from gongzhi.stages.extract import extract
from gongzhi.values import LANDMARK, LANDMARKS, Keypoints
from hypothesis import given
from hypothesis import strategies as st

SIZE = (4000, 4000)
SWAP = [
    LANDMARK[name.replace("left", "?").replace("right", "left").replace("?", "right")] for name in LANDMARKS
]  # each landmark's partner on the other side


def person(name="stand"):
    """The joints of a drawn person of 1000 pixels, upper left corner near (0, 0)."""
    joints = truth(solve(POSES[name]), View(1200, 1200, tall=0.8))
    return joints - joints.min(0)


def keypoints(xy, score=None, size=SIZE):
    score = np.ones(33, np.float32) if score is None else np.asarray(score, np.float32)
    return Keypoints(np.asarray(xy, np.float32), score, 1.5, 7, size, "truth")


names = st.sampled_from(sorted(POSES))


@given(names, st.floats(0, 2500), st.floats(0, 2500))
def test_place_does_not_matter(name, x, y):
    here, there = extract(keypoints(person(name))), extract(keypoints(person(name) + np.array([x, y])))
    assert np.allclose(here.points, there.points, atol=1e-3)
    assert np.array_equal(here.seen, there.seen)


@given(names, st.floats(0.03, 4.0))
def test_size_does_not_matter(name, scale):
    one = extract(keypoints(person(name)))
    other = extract(keypoints(person(name) * scale, size=(round(4000 * scale), round(4000 * scale))))
    assert np.allclose(one.points, other.points, atol=2e-3)


@given(names)
def test_the_mirror_swaps_left_and_right(name):
    xy = person(name)
    mirrored = xy[SWAP] * (-1, 1) + (1500, 0)
    here, there = extract(keypoints(xy)), extract(keypoints(mirrored))
    assert np.allclose(here.points * (-1, 1), there.points[SWAP], atol=1e-3)


def test_origin_unit_and_direction():
    features = extract(keypoints(person()))
    hips = features.points[[LANDMARK["left_hip"], LANDMARK["right_hip"]]].mean(0)
    shoulders = features.points[[LANDMARK["left_shoulder"], LANDMARK["right_shoulder"]]].mean(0)
    assert np.allclose(hips, 0.0, atol=1e-5)
    assert np.linalg.norm(shoulders) == pytest.approx(1.0, abs=1e-4)
    assert features.points[LANDMARK["nose"], 1] > 1.2
    assert features.points[LANDMARK["left_ankle"], 1] < -1.2
    assert features.points[LANDMARK["left_wrist"], 0] > 0
    assert (features.t, features.seq) == (1.5, 7)
    assert features.seen.all()


def test_a_low_score_is_not_seen():
    score = np.ones(33)
    score[LANDMARK["left_wrist"]] = 0.1
    features = extract(keypoints(person(), score))
    assert not features.seen[LANDMARK["left_wrist"]]
    assert tuple(features.points[LANDMARK["left_wrist"]]) == (0.0, 0.0)
    assert features.seen.sum() == 32


def test_a_guess_far_outside_the_frame_is_not_seen():
    xy = person()
    xy[LANDMARK["left_ankle"]] = (500, 1300)
    xy[LANDMARK["right_ankle"]] = (500, 1050)
    features = extract(keypoints(xy, size=(1000, 1000)))
    assert not features.seen[LANDMARK["left_ankle"]]
    assert features.seen[LANDMARK["right_ankle"]]


def test_somebody_at_a_desk_is_measured_by_the_shoulders():
    whole = extract(keypoints(person("hands_up")))
    score = np.ones(33)
    score[LANDMARK["left_hip"] :] = 0.05
    desk = extract(keypoints(person("hands_up"), score))
    above = [LANDMARK[name] for name in ("nose", "left_shoulder", "left_elbow", "right_wrist")]
    assert np.allclose(whole.points[above], desk.points[above], atol=0.25)
    assert not desk.seen[LANDMARK["left_hip"]]


def test_a_trunk_that_looks_short_is_measured_by_the_shoulders():
    xy = person()
    hips = [LANDMARK["left_hip"], LANDMARK["right_hip"]]
    xy[hips, 1] = xy[LANDMARK["left_shoulder"], 1]
    features = extract(keypoints(xy))
    assert np.abs(features.points).max() < 4.0
    assert features.seen.any()


@pytest.mark.parametrize("lost", ["left_shoulder", "right_shoulder"])
def test_without_a_shoulder_nothing_is_seen(lost):
    score = np.ones(33)
    score[LANDMARK[lost]] = 0.0
    features = extract(keypoints(person(), score))
    assert not features.seen.any()
    assert not features.points.any()


def test_all_joints_in_one_point_are_nobody():
    assert not extract(keypoints(np.full((33, 2), 50.0))).seen.any()


numbers = st.floats(-5000, 5000, width=32)


@given(
    st.lists(st.tuples(numbers, numbers), min_size=33, max_size=33),
    st.lists(st.floats(0, 1, width=32), min_size=33, max_size=33),
)
def test_any_keypoints_give_finite_features(xy, score):
    features = extract(keypoints(xy, score, (640, 480)))
    assert np.isfinite(features.points).all()
    assert not features.points[~features.seen].any()
