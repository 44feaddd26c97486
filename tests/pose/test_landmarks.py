"""Refining by heat maps is the original's, point by point; numbers that mean nothing are nobody."""

import math

import numpy as np
import pytest
from gongzhi.pose import landmarks
from gongzhi.pose.landmarks import Landmarker, refine
from gongzhi.pose.roi import Roi

FLAG, POINTS, HEAT = (1, 1), (1, 195), (1, 64, 64, 39)


def refine_one(x, y, heat, kernel=9):
    """MediaPipe's refine_landmarks_from_heatmap_calculator.cc for one point, as slow and plain as it can be."""
    side = len(heat)
    column, row = int(x * side), int(y * side)
    if not (0 <= column < side and 0 <= row < side):
        return x, y
    reach, total, at_x, at_y, best = kernel // 2, 0.0, 0.0, 0.0, 0.0
    for r in range(max(0, row - reach), min(side, row + reach + 1)):
        for c in range(max(0, column - reach), min(side, column + reach + 1)):
            weight = 1 / (1 + math.exp(-heat[r][c]))
            total, best = total + weight, max(best, weight)
            at_x, at_y = at_x + c * weight, at_y + r * weight
    return (at_x / side / total, at_y / side / total) if best >= 0.5 else (x, y)


@pytest.mark.parametrize("low", [-0.3, 0.1])  # with points at and beyond the edge, and without
def test_refine_is_the_original(low):
    rng = np.random.default_rng(5)
    for _ in range(5):
        points = rng.uniform(low, 1 - low, (35, 2)).astype(np.float32)
        heat = rng.normal(-4, 3, (64, 64, 39)).astype(np.float32)
        expected = [refine_one(*map(float, points[i]), heat[:, :, i]) for i in range(35)]
        assert refine(points, heat) == pytest.approx(np.array(expected), abs=1e-5)


def test_a_map_that_is_nowhere_sure_leaves_the_point():
    points = np.full((35, 2), 0.4, np.float32)
    assert np.array_equal(refine(points, np.full((64, 64, 39), -0.1, np.float32)), points)


def test_a_map_of_nan_leaves_the_point():
    points = np.full((35, 2), 0.4, np.float32)
    heat = np.full((64, 64, 39), 5, np.float32)
    heat[:, :, 3] = np.nan
    refined = refine(points, heat)
    assert np.array_equal(refined[3], points[3])
    assert np.isfinite(refined).all()


def test_logits_beyond_all_bounds_are_sure():
    points = np.full((35, 2), 0.5, np.float32)
    heat = np.full((64, 64, 39), -np.inf, np.float32)
    heat[30, 34] = np.inf
    assert refine(points, heat) == pytest.approx(np.tile([34 / 64, 30 / 64], (35, 1)))


@pytest.fixture
def landmarker(fake_model, monkeypatch):
    model = fake_model(256, FLAG, POINTS, HEAT)
    model.outputs[HEAT] -= 10
    model.outputs[FLAG][:] = 0.9
    model.outputs[POINTS][:] = 128
    monkeypatch.setattr(landmarks, "TfliteModel", lambda content, threads: model)
    monkeypatch.setattr(landmarks, "without_segmentation", lambda content: content)
    return Landmarker(b""), model


ROI = Roi(50, 60, 80, 0.0)
PICTURE = np.full((100, 100, 3), 255, np.uint8)


def test_points_are_given_in_pixels_of_the_picture(landmarker):
    made, model = landmarker
    model.outputs[POINTS].reshape(39, 5)[7] = (64, 192, 0, 0, 0)
    found = made(PICTURE, ROI)
    assert found.presence == pytest.approx(0.9)
    assert found.points.shape == (35, 2)
    assert found.points[7] == pytest.approx([50 - 20, 60 + 20])
    assert found.points[8] == pytest.approx([50, 60])
    assert found.visibility[7] == 0.5


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [FLAG, POINTS])
def test_numbers_that_mean_nothing_are_nobody(landmarker, shape, bad):
    made, model = landmarker
    model.outputs[shape][0, 0] = bad
    assert made(PICTURE, ROI) is None


def test_what_lies_outside_the_picture_is_its_edge_and_scaled(landmarker):
    made, model = landmarker
    made(PICTURE, Roi(0, 0, 300, 0.3))
    assert (model.input() == 1).all()
