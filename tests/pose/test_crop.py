"""A square is cut out of a picture as OpenCV does it in one step, wherever it lies: bit for bit."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from gongzhi.pose.crop import SCALED, Crop
from gongzhi.pose.roi import Roi

SIDE = 64


@pytest.mark.parametrize("border", [cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT])
def test_the_way_by_four_bytes_a_pixel_changes_nothing(border):
    rng, wanted = np.random.default_rng(0), np.zeros((1, SIDE, SIDE, 3), np.float32)
    crop = Crop(SimpleNamespace(input=lambda: wanted), SIDE, border=border)
    for _ in range(60):
        height, width = rng.integers(1, 300, 2).tolist()
        image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        for _ in range(3):  # one after the other in one picture, also beside it
            x, y = rng.uniform(-200, width + 200), rng.uniform(-200, height + 200)
            square = Roi(x, y, rng.uniform(2, 500), rng.uniform(-4, 4))
            crop(image, square)
            turned = cv2.warpAffine(image, square.affine(SIDE), (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=border)
            np.testing.assert_array_equal(wanted[0], cv2.LUT(turned, SCALED))
