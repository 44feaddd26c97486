"""Takes a square of a picture, gives the palms in it as turned squares around the whole hand: the palm detector.

The constants are those of MediaPipe's palm_detection_cpu.pbtxt and palm_detection_detection_to_roi.pbtxt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.crop import SCALED
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.roi import Roi, upright
from gongzhi.pose.ssd import Design, Ssd

DESIGN: Final = Design(192, (8, 16, 16, 16), 18, SCALED)
_WRIST, _MIDDLE = 0, 2  # of a palm's seven points: the wrist's middle, the middle finger's knuckle
_SCALE: Final = 2.6  # RectTransformationCalculator scale_x, scale_y
_SHIFT: Final = 0.5  # … and shift_y, of the box's height, towards the fingers


@dataclass(frozen=True, slots=True)
class Palm:
    """A hand that may be there: `score` 0..1 and the square around it, turned so that its fingers point up, in pixels
    of the picture."""

    score: float
    roi: Roi


class PalmDetector:
    """Finds hands in a square of a picture."""

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        """`model` is palm_detection_full.tflite. Raises ModelError when it cannot be run."""
        self._ssd = Ssd(TfliteModel(model, threads), DESIGN)

    def __call__(self, image: NDArray[np.uint8], square: Roi) -> list[Palm]:
        """The palms in `square`, which is not turned, of `image` (h, w, 3) uint8 RGB, best score first."""
        palms = []
        for found in self._ssd(image, square):
            corners = np.stack((found.low, found.high, found.points[_WRIST], found.points[_MIDDLE]))
            low, high, wrist, middle = square.to_picture(corners)
            turn = upright(tuple(wrist.tolist()), tuple(middle.tolist()))
            if turn is None:
                continue
            (x, y), (width, height) = ((low + high) / 2).tolist(), (high - low).tolist()
            shift = _SHIFT * height
            size = _SCALE * max(width, height)
            if size >= 1.0:
                palms.append(Palm(found.score, Roi(x + shift * math.sin(turn), y - shift * math.cos(turn), size, turn)))
        return palms

    def close(self) -> None:
        """Let go of the model."""
        self._ssd.model.close()
