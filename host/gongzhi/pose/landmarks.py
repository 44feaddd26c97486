"""Takes a picture and the square around a body, gives the body's 33 landmarks: BlazePose's landmark model.

The constants are those of MediaPipe's pose_landmark_by_roi_cpu.pbtxt and
tensors_to_pose_landmarks_and_segmentation.pbtxt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

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

# A byte of the picture as the model wants it, 0..1.
_SCALED: Final = (np.arange(256, dtype=np.float32) / np.float32(255)).astype(np.float32)
_REACH: Final = np.arange(-(_KERNEL // 2), _KERNEL // 2 + 1)
_CHANNELS: Final = np.arange(_POINTS_AND_ALIGNMENT)[:, None, None]


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
        self._crop = np.empty((SIDE, SIDE, 3), np.uint8)

    def __call__(self, image: NDArray[np.uint8], roi: Roi) -> Landmarks | None:
        """The landmarks in `roi` of `image` (h, w, 3) uint8 RGB; None when the model's numbers are not finite."""
        # ImageToTensorCalculator's border mode is unspecified here, which MediaPipe takes as replicate.
        cv2.warpAffine(
            image,
            roi.affine(SIDE),
            (SIDE, SIDE),
            dst=self._crop,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        cv2.LUT(self._crop, _SCALED, dst=self._model.input[0])
        self._model.invoke()
        presence = float(self._model.read(1, 1)[0, 0])
        raw = self._model.read(1, 5 * _ALL).reshape(_ALL, 5)[:_POINTS_AND_ALIGNMENT]
        if not (np.isfinite(presence) and np.isfinite(raw).all()):
            return None
        points = refine(raw[:, :2] / np.float32(SIDE), self._model.read(1, _GRID, _GRID, _ALL)[0])
        return Landmarks(presence, roi.to_picture(points), _sigmoid(raw[:POINTS, 3]))

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
    inside: NDArray[np.bool_] = np.all((points > -1 / _GRID) & (points < 1), axis=1)
    column, row = np.where(inside[:, None], points * _GRID, 0).astype(np.int32).T  # truncates, as the original
    columns, rows = column[:, None] + _REACH, row[:, None] + _REACH
    cells = np.clip(rows, 0, _GRID - 1)[:, :, None] * _GRID + np.clip(columns, 0, _GRID - 1)[:, None, :]
    weight = _sigmoid(heat.ravel()[cells * _ALL + _CHANNELS])
    weight *= ((rows >= 0) & (rows < _GRID))[:, :, None] & ((columns >= 0) & (columns < _GRID))[:, None, :]
    total = weight.sum(axis=(1, 2))
    sure = inside & (weight.max(axis=(1, 2)) >= _MIN_CONFIDENCE)  # False for NaN, so that the point stays
    total = np.where(sure, total, 1)
    x = (weight.sum(axis=1) * columns).sum(axis=1) / total
    y = (weight.sum(axis=2) * rows).sum(axis=1) / total
    refined = np.stack((x, y), axis=1).astype(np.float32) / np.float32(_GRID)
    return np.where(sure[:, None], refined, points)


def _sigmoid(value: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(value, -80, 80)))).astype(np.float32, copy=False)
