"""Takes the two points that align a body, gives the turned square around it and its way into a model's input."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# The margin around the body with which the landmark model was trained: MediaPipe, pose_landmarks_to_roi.pbtxt and
# pose_detection_to_roi.pbtxt (RectTransformationCalculator scale_x, scale_y).
SCALE: Final = 1.25


@dataclass(frozen=True, slots=True)
class Roi:
    """A square in a picture: centre `x`, `y` and side `size` in pixels, turned clockwise by `turn` radians."""

    x: float
    y: float
    size: float
    turn: float

    @property
    def reach(self) -> float:
        """Pixels from the centre to the sides of the upright square around it."""
        return self.size / 2 * (abs(math.cos(self.turn)) + abs(math.sin(self.turn)))

    def affine(self, side: int) -> NDArray[np.float64]:
        """The (2, 3) matrix that takes picture pixels to pixels of a crop of `side` × `side`."""
        k, half = side / self.size, side / 2
        cos, sin = k * math.cos(self.turn), k * math.sin(self.turn)
        return np.array(
            [[cos, sin, half - cos * self.x - sin * self.y], [-sin, cos, half + sin * self.x - cos * self.y]]
        )

    def to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points (n, 2) in units of the crop's side (0..1) as (n, 2) picture pixels."""
        cos, sin = self.size * math.cos(self.turn), self.size * math.sin(self.turn)
        turn = np.array([[cos, sin], [-sin, cos]], np.float32)
        return ((points - np.float32(0.5)) @ turn + np.array((self.x, self.y), np.float32)).astype(np.float32)


def body_roi(hips: tuple[float, float], top: tuple[float, float]) -> Roi | None:
    """The square around a body: `hips` the middle of the hips, `top` the point that gives its radius and direction.

    Both in pixels; a person who stands upright has `top` straight above. None when they are not finite or closer
    than a pixel. The formula is MediaPipe's AlignmentPointsRectsCalculator with a target angle of 90 degrees.
    """
    turn = upright(hips, top)
    return None if turn is None else Roi(hips[0], hips[1], 2.0 * math.dist(hips, top) * SCALE, turn)


def upright(base: tuple[float, float], end: tuple[float, float]) -> float | None:
    """By how many radians, clockwise, a square must be turned for the line from `base` to `end` (pixels) to point up
    in it; None when they are not finite or closer than a pixel."""
    dx, dy = end[0] - base[0], end[1] - base[1]
    if not (math.isfinite(math.hypot(dx, dy)) and math.isfinite(base[0] + base[1]) and math.hypot(dx, dy) >= 1.0):
        return None
    return math.remainder(math.pi / 2 - math.atan2(-dy, dx), 2 * math.pi)


def whole(image: NDArray[np.uint8]) -> Roi:
    """The square around a whole picture."""
    height, width = image.shape[:2]
    return Roi(width / 2, height / 2, float(max(width, height)), 0.0)
