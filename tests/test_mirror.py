"""Left and right change their names in one place: whoever mirrors learns, coaches and draws the same other side."""

import numpy as np
import pytest
from gongzhi.coach import body
from gongzhi.learn import features, generator, pack
from gongzhi.mirror import Mirror, fellow
from gongzhi.values import LANDMARKS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

POINTS = arrays(np.float32, (4, 13, 2), elements=st.floats(-4, 4, width=32))
SEEN = arrays(np.bool_, (4, 13))
HANDS = arrays(np.float32, (4, 27, 3), elements=st.floats(-4, 4, width=32))
LENGTHS = {str(name): length for name, length in pack.load("wuqinxi").lengths.items()}
DEGREES = st.floats(-180, 180)
# Of the 36 numbers: what is left of what, and what a mirror turns round.
NUMBERS = [f"{name} {axis}" for name in features.JOINTS for axis in "xy"]
NUMBERS += [f"{side} angle {number}" for number in range(4) for side in ("left", "right")] + [
    "lean sine",
    "lean cosine",
]
OF_NUMBERS = Mirror(NUMBERS, [-1 if name[-1] == "x" or name == "lean sine" else 1 for name in NUMBERS])


@given(POINTS, SEEN, HANDS)
def test_the_mirror_of_the_mirror_is_the_original(points, seen, hands):
    again, seen_again = features.mirror(*features.mirror(points, seen))
    assert (again == points).all()
    assert (seen_again == seen).all()
    other, _ = features.mirror(hands, np.ones(hands.shape[:-1], np.bool_))
    assert other.dtype == np.float32
    assert (features.mirror(other, np.ones(hands.shape[:-1], np.bool_))[0] == hands).all()


@given(POINTS, SEEN)
def test_the_numbers_of_the_mirror_image_are_the_mirrored_numbers(points, seen):
    values, known = features.describe(points, seen)
    other, other_known = features.describe(*features.mirror(points, seen))
    np.testing.assert_allclose(other, OF_NUMBERS(values), atol=1e-5)
    assert (other_known == OF_NUMBERS.mask(known)).all()


@given(arrays(np.float64, (3, 15, 2), elements=st.floats(-600, 600)), arrays(np.bool_, (3, 15)), st.booleans())
def test_the_coach_sees_the_mirror_image_as_the_movement_to_the_other_side(joints, seen, legs):
    mirror, neutral = Mirror(body.JOINTS, [[-1, 1]]), body.Neutral(100.0, (0.0, 300.0), (0.0, 500.0), legs)
    values, known = body.mirror(*body.numbers(joints, seen, neutral))
    other, other_known = body.numbers(mirror(joints), mirror.mask(seen), neutral)
    np.testing.assert_allclose(other, values, atol=1e-9)
    assert (other_known == known).all()


@given(arrays(np.float64, (2, 8, 2), elements=DEGREES), arrays(np.float64, (2, 9), elements=DEGREES))
def test_a_body_in_mirrored_postures_is_the_mirror_image_of_the_body(angles, rest):
    limbs = np.stack([np.sin(angles[..., 0]), np.cos(angles[..., 0]), np.sin(angles[..., 1])], -1)
    here, there = (generator.solve(LENGTHS, *each) for each in ((limbs, rest), generator.mirrored(limbs, rest)))
    np.testing.assert_allclose(there, Mirror(features.JOINTS, [[-1, 1, 1]])(here), atol=1e-9)


def test_each_name_has_its_fellow():
    assert [fellow(name) for name in ("left_wrist", "out_right", "nose", "leftover")] == [
        "right_wrist", "out_left", "nose", "leftover",
    ]  # fmt: skip
    assert sorted(map(fellow, LANDMARKS)) == sorted(LANDMARKS)
    with pytest.raises(ValueError, match="right_wrist"):
        Mirror(["left_wrist"], [1])
