"""The square around a body follows its alignment points, and its two ways undo each other."""

import math

import numpy as np
import pytest
from gongzhi.pose.roi import SCALE, Roi, body_roi
from hypothesis import given
from hypothesis import strategies as st

pixels = st.floats(-500, 1500)


def test_a_person_who_stands_upright_gives_an_unturned_square():
    roi = body_roi((100, 200), (100, 120))
    assert (roi.x, roi.y) == (100, 200)
    assert roi.size == pytest.approx(2 * 80 * SCALE)
    assert roi.turn == pytest.approx(0)


@pytest.mark.parametrize(
    ("top", "turn"), [((180, 200), math.pi / 2), ((20, 200), -math.pi / 2), ((156.57, 143.43), math.pi / 4)]
)
def test_a_leaning_person_turns_the_square(top, turn):
    assert body_roi((100, 200), top).turn == pytest.approx(turn, abs=1e-4)


def test_a_person_upside_down_turns_it_by_half():
    assert abs(body_roi((100, 200), (100, 280)).turn) == pytest.approx(math.pi)


@pytest.mark.parametrize("bad", [(100.0, 200.0), (100.4, 200.4), (math.nan, 0.0), (math.inf, 0.0)])
def test_points_that_make_no_body_give_no_square(bad):
    assert body_roi((100, 200), bad) is None
    assert body_roi(bad, (100, 200)) is None


@given(pixels, pixels, st.floats(2, 2000), st.floats(-4, 4), st.lists(st.tuples(pixels, pixels), min_size=1))
def test_into_the_crop_and_back_is_the_same_place(x, y, size, turn, points):
    roi, here = Roi(x, y, size, turn), np.array(points)
    matrix = roi.affine(256)
    there = (here @ matrix[:, :2].T + matrix[:, 2]) / 256
    back = roi.to_picture(there.astype(np.float32))
    assert back == pytest.approx(here, abs=0.01 + 1e-5 * np.abs(here).max())


def test_the_centre_of_the_square_is_the_centre_of_the_crop():
    matrix = Roi(30, 40, 100, 0.7).affine(256)
    assert matrix @ (30, 40, 1) == pytest.approx([128, 128])
