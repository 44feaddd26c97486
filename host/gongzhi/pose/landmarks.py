"""Takes a picture and the square around a body, gives the body's 33 landmarks: BlazePose's landmark model.

The constants are those of MediaPipe's pose_landmark_by_roi_cpu.pbtxt and
tensors_to_pose_landmarks_and_segmentation.pbtxt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.crop import Crop
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.prune import prune
from gongzhi.pose.roi import Roi

SIDE: Final = 256
POINTS: Final = 33
_POINTS_AND_ALIGNMENT: Final = 35  # the 33 landmarks, then the two points that place the next frame's square
_ALL: Final = 39
_GRID: Final = 64  # side of the heat maps
_KERNEL: Final = 9  # measured against mediapipe 0.10.21: 9 is within 0.08 px, 7 (in its graph's text) 0.7 px off
_MIN_CONFIDENCE: Final = np.float32(0.5)  # RefineLandmarksFromHeatmapCalculator min_confidence_to_refine

_REACH: Final = _KERNEL // 2
_CHANNELS: Final = np.arange(_POINTS_AND_ALIGNMENT, dtype=np.intp)
# The kernel's cells (81, 2), columns and rows from its middle, and how far each is from it in the heat maps' numbers.
_CELLS: Final = np.array([(x, y) for y in range(-_REACH, _REACH + 1) for x in range(-_REACH, _REACH + 1)], np.int32)
_AWAY: Final = (_CELLS @ np.array((1, _GRID), np.intp)) * _ALL
# What a cell's weight is multiplied by for the sum of all, and for its parts of the centre of mass.
_MOMENTS: Final = np.column_stack([np.ones(len(_CELLS)), _CELLS]).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """What the model says of one square: `presence` 0..1 that a person is in it; `points` (35, 2) float32 picture
    pixels, the 33 landmarks and the alignment points mid-hip and body top; `visibility` (33,) float32 0..1."""

    presence: float
    points: NDArray[np.float32]
    visibility: NDArray[np.float32]


def without_segmentation(model: bytes) -> bytes:
    """The landmark model without its segmentation head, which takes a third of the time and which nobody reads."""
    return prune(model, lambda shape: shape != (1, SIDE, SIDE, 1))


class Landmarker:
    """Finds the landmarks of the person in a square of a picture."""

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        """`model` is pose_landmark_full.tflite, whole. Raises ModelError when it cannot be run."""
        self._model = TfliteModel(without_segmentation(model), threads)
        self._crop = Crop(self._model, SIDE)

    def __call__(self, image: NDArray[np.uint8], roi: Roi) -> Landmarks | None:
        """The landmarks in `roi` of `image` (h, w, 3) uint8 RGB; None when the model's numbers are not finite."""
        self._crop(image, roi)
        self._model.invoke()
        presence = float(self._model.output(1, 1)[0, 0])
        raw = self._model.output(1, 5 * _ALL).reshape(_ALL, 5)[:_POINTS_AND_ALIGNMENT]
        if not (np.isfinite(presence) and np.isfinite(raw).all()):
            return None
        points = refine(raw[:, :2] / np.float32(SIDE), self._model.output(1, _GRID, _GRID, _ALL)[0])
        return Landmarks(presence, roi.to_picture(points), _sigmoid(raw[:POINTS, 3]))

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


def refine(points: NDArray[np.float32], heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move each of the points (35, 2), in 0..1 of the crop, to the centre of mass of its heat map around it.

    `heat` (64, 64, 39) are logits, one map per point; a point outside the map, or whose map is nowhere sure within
    the kernel, stays. MediaPipe's RefineLandmarksFromHeatmapCalculator for all points at once.
    """
    place = points * _GRID
    inside = ((place > -1) & (place < _GRID)).all(axis=1, keepdims=True)
    centre = np.where(inside, place, 0).astype(np.int32)  # truncates, as the original
    middle = (centre[:, 1] * _GRID + centre[:, 0]) * _ALL + _CHANNELS
    weight = _sigmoid(heat.ravel().take(middle[:, None] + _AWAY, mode="clip"))
    if centre.min() < _REACH or centre.max() >= _GRID - _REACH:
        cells = centre[:, None] + _CELLS
        weight *= ((cells >= 0) & (cells < _GRID)).all(axis=2)
    sure = inside & (weight.max(axis=1, keepdims=True) >= _MIN_CONFIDENCE)  # False for NaN, so that the point stays
    moments = weight @ _MOMENTS
    off = moments[:, 1:] / np.where(sure, moments[:, :1], 1)
    return np.where(sure, (centre.astype(np.float32) + off) / np.float32(_GRID), points)


def _sigmoid(logit: NDArray[np.float32]) -> NDArray[np.float32]:
    power: NDArray[np.float32] = np.minimum(-logit, np.float32(80))  # beyond, float32's exp overflows
    np.exp(power, out=power)
    power += 1
    return np.reciprocal(power, out=power)
