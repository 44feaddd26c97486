"""Takes a turned square of a picture, puts it into a model's input: cut out, and each byte as the model wants it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.roi import Roi

# A byte of the picture as most of MediaPipe's models want it, 0..1.
SCALED: Final = (np.arange(256, dtype=np.float32) / np.float32(255)).astype(np.float32)


class Crop:
    """Cuts squares of `side` pixels for a model of one float32 picture."""

    def __init__(
        self, model: TfliteModel, side: int, scaled: NDArray[np.float32] = SCALED, *, border: int = cv2.BORDER_REPLICATE
    ) -> None:
        """`scaled` (256,) is each byte as the model wants it, `border` OpenCV's word for what lies outside the picture
        (MediaPipe's ImageToTensorCalculator replicates its edge where its graphs do not say)."""
        self._model, self._scaled, self._border = model, scaled, border
        self._crop = np.empty((side, side, 3), np.uint8)

    def __call__(self, image: NDArray[np.uint8], square: Roi) -> None:
        """Fill the model's input with `square` of `image` (h, w, 3) uint8 RGB."""
        side = len(self._crop)
        cv2.warpAffine(
            image, square.affine(side), (side, side), dst=self._crop, flags=cv2.INTER_LINEAR, borderMode=self._border
        )
        cv2.LUT(self._crop, self._scaled, dst=self._model.input()[0])
