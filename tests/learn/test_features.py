"""36 numbers a frame: independent of nothing but the pose, known only where they can be."""

import numpy as np
from gongzhi.learn.features import COUNT, JOINTS, describe
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

POINTS = arrays(np.float32, (4, 13, 2), elements=st.floats(-4, 4, width=32))
SEEN = arrays(np.bool_, (4, 13))


@given(POINTS, SEEN)
def test_numbers_are_finite_bounded_and_zero_where_unknown(points, seen):
    values, known = describe(points, seen)
    assert values.shape == known.shape == (4, COUNT)
    assert np.isfinite(values).all()
    assert (values[~known] == 0).all()
    assert (np.abs(values[:, 26:]) <= 1.0001).all()


def test_the_angle_of_a_straight_and_of_a_bent_arm():
    points, seen = np.zeros((13, 2), np.float32), np.ones(13, np.bool_)
    for name, at in (("left_shoulder", (0, 1)), ("left_elbow", (0.5, 1)), ("left_wrist", (1, 1))):
        points[JOINTS.index(name)] = at
    assert describe(points, seen)[0][26] == -1
    points[JOINTS.index("left_wrist")] = (0.5, 1.5)
    assert abs(describe(points, seen)[0][26]) < 1e-6


def test_a_leaning_trunk_is_its_sine_and_cosine():
    points, seen = np.zeros((13, 2), np.float32), np.ones(13, np.bool_)
    points[1:3] = (np.sin(0.3), np.cos(0.3))
    np.testing.assert_allclose(describe(points, seen)[0][-2:], [np.sin(0.3), np.cos(0.3)], atol=1e-6)
