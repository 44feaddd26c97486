"""Takes a picture and the turned square around a hand, gives the hand's 21 landmarks: the hand landmark model.

The constants are those of MediaPipe's hand_landmark_cpu.pbtxt and hand_landmark_landmarks_to_roi.pbtxt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.crop import Crop
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.roi import Roi, upright
from gongzhi.seen import HAND_POINTS

SIDE: Final = 224
_SCALE: Final = 2.0  # RectTransformationCalculator scale_x, scale_y
_SHIFT: Final = 0.1  # … and shift_y, of the box's height, towards the fingers
# What places the next frame's square: the palm and the fingers' lower joints, which stay where the finger tips do not.
_STEADY: Final = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
_WRIST, _INDEX, _MIDDLE, _RING = 0, 5, 9, 13


@dataclass(frozen=True, slots=True, eq=False)
class HandLandmarks:
    """What the model says of one square: `presence` 0..1 that a hand is in it; `points` (21, 2) float32 picture pixels;
    `shape` (21, 3) float32 the hand by itself, in metres about its middle, x right, y down, z away in the square's own
    frame; `mirrored` 0..1 how sure it is that this is the hand that a mirror would show as a left one (a right hand in
    a picture that is not mirrored)."""

    presence: float
    points: NDArray[np.float32]
    shape: NDArray[np.float32]
    mirrored: float


class HandLandmarker:
    """Finds the landmarks of the hand in a square of a picture."""

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        """`model` is hand_landmark_full.tflite. Raises ModelError when it cannot be run."""
        self._model = TfliteModel(model, threads)
        self._crop = Crop(self._model, SIDE)

    def __call__(self, image: NDArray[np.uint8], roi: Roi) -> HandLandmarks | None:
        """The landmarks in `roi` of `image` (h, w, 3) uint8 RGB; None when the model's numbers are not finite."""
        self._crop(image, roi)
        self._model.invoke()
        # Outputs of equal shape are told apart by their order: landmarks, presence, handedness, the hand by itself.
        points, shape = (each.reshape(HAND_POINTS, 3).copy() for each in self._model.outputs(1, 3 * HAND_POINTS))
        presence, mirrored = (float(each[0, 0]) for each in self._model.outputs(1, 1))
        if not (math.isfinite(presence + mirrored) and np.isfinite(points).all() and np.isfinite(shape).all()):
            return None
        return HandLandmarks(presence, roi.to_picture(points[:, :2] / np.float32(SIDE)), shape, mirrored)

    @property
    def threads(self) -> int:
        """How many threads the interpreter uses."""
        return self._model.threads

    def invoke(self) -> None:
        """Run the bare model on the input that lies there, for `gongzhi bench`: the floor of any tracking time."""
        self._model.invoke()

    def close(self) -> None:
        """Let go of the model."""
        self._model.close()


def next_roi(points: NDArray[np.float32]) -> Roi | None:
    """The square in which the hand with these landmarks (21, 2) is looked for in the next frame; None when they make
    no hand. MediaPipe's HandLandmarksToRectCalculator."""
    knuckles = (points[_MIDDLE] + (points[_INDEX] + points[_RING]) / 2) / 2
    turn = upright(tuple(points[_WRIST].tolist()), tuple(knuckles.tolist()))
    if turn is None:
        return None
    steady = points[_STEADY].astype(np.float64)
    middle = (steady.min(0) + steady.max(0)) / 2
    cos, sin = math.cos(turn), math.sin(turn)
    turned = (steady - middle) @ np.array([[cos, -sin], [sin, cos]])
    low, high = turned.min(0), turned.max(0)
    (width, height), (across, along) = (high - low).tolist(), ((low + high) / 2).tolist()
    along -= _SHIFT * height
    size = _SCALE * max(width, height)
    if size < 1.0:
        return None
    x, y = middle.tolist()
    return Roi(x + across * cos - along * sin, y + across * sin + along * cos, size, turn)
