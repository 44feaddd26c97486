"""The detector finds each person once, and nobody in numbers that mean nothing."""

import numpy as np
import pytest
from gongzhi.pose import detector
from gongzhi.pose.detector import DESIGN, Detector

BOXES, SCORES = (1, 2254, 12), (1, 2254, 1)
PICTURE = np.zeros((224, 448, 3), np.uint8)  # twice as wide as high: 2 pixels to one of the model's, 112 rows above


@pytest.fixture
def finder(fake_model, monkeypatch):
    """A Detector on a fake model in which nobody is seen."""
    model = fake_model(224, BOXES, SCORES)
    model.outputs[SCORES] -= 10
    monkeypatch.setattr(detector, "TfliteModel", lambda content, threads: model)
    made = Detector(b"")
    return made, model.outputs[BOXES][0], model.outputs[SCORES][0, :, 0]


def see(finder, anchor, hips, top, score=3.0, box=60):
    """Put a person at `hips`, reaching up to `top`, in pixels of the model's input, at one anchor."""
    _, boxes, scores = finder
    place = DESIGN.anchors()[anchor] * 224
    boxes[anchor] = [*(np.array(hips) - place), box, box, *(np.array(hips) - place), *(np.array(top) - place), *[0] * 4]
    scores[anchor] = score


def test_the_anchors_are_those_of_the_model_card():
    points = DESIGN.anchors()
    assert points.shape == (2254, 2)
    # 28×28 cells with 2 anchors, 14×14 with 2, 7×7 with 6; the first and the last cell's centre of each grid
    assert points[[0, 1567]].tolist() == [pytest.approx([0.5 / 28] * 2), pytest.approx([27.5 / 28] * 2)]
    assert points[[1568, 1959]].tolist() == [pytest.approx([0.5 / 14] * 2), pytest.approx([13.5 / 14] * 2)]
    assert points[[1960, 2253]].tolist() == [pytest.approx([0.5 / 7] * 2), pytest.approx([6.5 / 7] * 2)]
    assert points[2] == pytest.approx([1.5 / 28, 0.5 / 28])  # x runs first


def test_nobody_is_seen_in_low_scores(finder):
    assert finder[0](PICTURE) == []


def test_the_threshold_is_one_half(finder):
    see(finder, 100, (112, 112), (112, 72), score=-0.01)
    assert finder[0](PICTURE) == []
    see(finder, 100, (112, 112), (112, 72), score=0.01)
    (found,) = finder[0](PICTURE)
    assert found.score == pytest.approx(0.5, abs=0.01)


def test_a_person_is_given_in_pixels_of_the_picture(finder):
    see(finder, 1000, (112, 112), (112, 72))
    (found,) = finder[0](PICTURE)
    assert (found.roi.x, found.roi.y) == pytest.approx((224, 112), abs=0.01)
    assert found.roi.size == pytest.approx(2 * 80 * 1.25, abs=0.01)
    assert found.score == pytest.approx(1 / (1 + np.exp(-3.0)))


def test_boxes_of_one_person_are_merged_by_their_scores(finder):
    see(finder, 1000, (100, 112), (100, 72), score=0.5)
    see(finder, 1001, (104, 112), (104, 72), score=3.0)
    see(finder, 1500, (190, 112), (190, 92), score=2.0)
    first, second = finder[0](PICTURE)
    a, b = 1 / (1 + np.exp(-0.5)), 1 / (1 + np.exp(-3.0))
    assert first.roi.x == pytest.approx(2 * (100 * a + 104 * b) / (a + b), abs=0.01)
    assert second.roi.x == pytest.approx(380, abs=0.01)


def test_a_box_without_area_ends_the_merging_too(finder):
    see(finder, 1000, (100, 112), (100, 72), box=0)
    assert len(finder[0](PICTURE)) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_mean_nothing_are_nobody(finder, bad):
    see(finder, 1000, (100, 112), (100, 72))
    see(finder, 1400, (100, 112), (100, 72))
    finder[1][[1000, 1400], 4] = bad
    assert finder[0](PICTURE) == []
    finder[2][:] = np.nan
    assert finder[0](PICTURE) == []


def test_a_score_beyond_all_bounds_is_one(finder):
    see(finder, 1000, (100, 112), (100, 72), score=np.inf)
    assert finder[0](PICTURE)[0].score == 1.0


def test_points_that_make_no_body_are_nobody(finder):
    see(finder, 1000, (100, 112), (100, 112))
    assert finder[0](PICTURE) == []


def test_the_picture_reaches_the_model_whole_letterboxed_and_scaled(finder):
    made = finder[0]
    made(np.full((224, 448, 3), 255, np.uint8))
    seen = made._ssd.model.input()[0]
    assert seen[112].tolist() == np.ones((224, 3)).tolist()
    assert (seen[:50] == -1).all()
    assert (seen[-50:] == -1).all()
