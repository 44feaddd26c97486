"""Takes a whole picture, gives the people in it as alignment points: BlazePose's detector.

The constants are those of MediaPipe's pose_detection_cpu.pbtxt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.roi import Roi, body_roi, whole
from gongzhi.pose.ssd import Design, Ssd

# A byte of the picture as the model wants it, -1..1.
DESIGN: Final = Design(
    224, (8, 16, 32, 32, 32), 12, (np.arange(256, dtype=np.float32) / np.float32(127.5) - 1).astype(np.float32)
)


@dataclass(frozen=True, slots=True)
class Detection:
    """A person who may be there: `score` 0..1 and the square around the body, in pixels of the picture."""

    score: float
    roi: Roi


class Detector:
    """Finds people in a picture of any size."""

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        """`model` is pose_detection.tflite. Raises ModelError when it cannot be run."""
        self._ssd = Ssd(TfliteModel(model, threads), DESIGN)

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """The people in `image` (h, w, 3) uint8 RGB, best score first, one for each person."""
        square, people = whole(image), []
        for found in self._ssd(image, square):
            # Only the first two of a box's points are of use here: the middle of the hips, and the one that gives
            # size and direction of the whole body.
            hips, top = square.to_picture(found.points[:2]).tolist()
            roi = body_roi((hips[0], hips[1]), (top[0], top[1]))
            if roi is not None:
                people.append(Detection(found.score, roi))
        return people

    def close(self) -> None:
        """Let go of the model."""
        self._ssd.model.close()
