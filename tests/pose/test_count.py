"""People are looked for in parts of a picture, too, and counted once each."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from gongzhi.pose.count import count, parts
from gongzhi.pose.detector import Detection
from gongzhi.pose.roi import Roi
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(16, 2000), st.integers(16, 2000))
def test_the_parts_cover_the_picture_and_overlap(width, height):
    whole, *squares = parts(width, height)
    assert whole == (0, 0, width, height)
    wide = width > height
    starts = sorted(x if wide else y for x, y, _, _ in squares)
    (side,) = {w for _, _, w, _ in squares} | {h for _, _, _, h in squares}
    assert all(later - first <= side / 2 + 1 for first, later in pairwise(starts))
    assert (starts[0], starts[-1] + side) == (0, max(width, height))
    assert all(0 <= x <= x + side <= width and 0 <= y <= y + side <= height for x, y, _, _ in squares)


def test_who_is_found_in_two_parts_is_one_person():
    people = {60: 90, 300: 80, 560: 85}  # where each stands, and how large they are

    def detect(image):
        # Pixels are marked with where they lie; only who is in the middle of a part is found.
        left, top = 4 * int(image[0, 0, 0]), 4 * int(image[0, 0, 1])
        middle = left + image.shape[1] / 2
        return [
            Detection(0.9, Roi(x - left, 120.0 - top, size, 0.0)) for x, size in people.items() if abs(x - middle) < 150
        ]

    image = np.zeros((240, 640, 3), np.uint8)
    image[:, :, 0], image[:, :, 1] = np.arange(640) // 4, np.arange(240)[:, None] // 4
    looked = []
    assert count(image, detect, lambda roi: looked.append(roi) or roi) == 3
    assert len(looked) == 3


@pytest.mark.media
@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("coco_000000000785", 1),
        ("coco_000000040083", 2),
        ("coco_000000196141", 3),
        ("coco_000000197388", 4),
        ("squat", 1),
    ],
)
def test_in_real_pictures_it_finds_so_many(media, pose, name, people):
    image = np.ascontiguousarray(cv2.imread(str(media / f"{name}.jpg"))[:, :, ::-1])
    assert pose.count(image) == people
