"""Takes a whole picture, gives the people in it as alignment points: BlazePose's detector.

The constants are those of MediaPipe's pose_detection_cpu.pbtxt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.roi import Roi, body_roi

SIDE: Final = 224
THRESHOLD: Final = 0.5  # PoseDetection's min_detection_confidence
_OVERLAP: Final = 0.3  # NonMaxSuppressionCalculator min_suppression_threshold
_STRIDES: Final = (8, 16, 32, 32, 32)
_BOXES: Final = 2254

Boxes = NDArray[np.floating]

# A byte of the picture as the model wants it, -1..1.
_SCALED: Final = (np.arange(256, dtype=np.float32) / np.float32(127.5) - 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Detection:
    """A person who may be there: `score` 0..1 and the square around the body, in pixels of the picture."""

    score: float
    roi: Roi


def anchors() -> NDArray[np.float32]:
    """The centres (2254, 2) of the detector's anchors in 0..1, x then y (SsdAnchorsCalculator: two per cell and
    layer, layers of equal stride share a grid, all of size 1)."""
    grids = []
    for stride in sorted(set(_STRIDES)):
        cells, per_cell = SIDE // stride, 2 * _STRIDES.count(stride)
        centres = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        x, y = np.meshgrid(centres, centres)
        grids.append(np.repeat(np.stack((x.ravel(), y.ravel()), axis=1), per_cell, axis=0))
    return np.concatenate(grids)


class Detector:
    """Finds people in a picture of any size."""

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        """`model` is pose_detection.tflite. Raises ModelError when it cannot be run."""
        self._model = TfliteModel(model, threads)
        self._anchors = anchors()
        self._crop = np.empty((SIDE, SIDE, 3), np.uint8)

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """The people in `image` (h, w, 3) uint8 RGB, best score first, one for each person."""
        height, width = image.shape[:2]
        whole = Roi(width / 2, height / 2, float(max(width, height)), 0.0)
        cv2.warpAffine(image, whole.affine(SIDE), (SIDE, SIDE), dst=self._crop, flags=cv2.INTER_LINEAR)
        cv2.LUT(self._crop, _SCALED, dst=self._model.input()[0])
        self._model.invoke()
        logits = self._model.output(1, _BOXES, 1).ravel()
        # Comparing logits spares 2,254 exponentials; NaN is not greater than anything, so it is nobody.
        found = np.flatnonzero(logits > math.log(THRESHOLD / (1.0 - THRESHOLD)))
        if not found.size:
            return []
        raw = self._model.output(1, _BOXES, 12)[0, found] / np.float32(SIDE)
        finite = np.isfinite(raw).all(axis=1)
        return self._people(raw[finite], logits[found[finite]], self._anchors[found[finite]], whole)

    def _people(
        self, raw: NDArray[np.float32], logits: NDArray[np.float32], centres: NDArray[np.float32], whole: Roi
    ) -> list[Detection]:
        """Decode the boxes and merge those of one person (weighted non-maximum suppression).

        `raw` (n, 12) is centre, size and four points of each box relative to its anchor; only the first two points,
        the middle of the hips and the one that gives size and direction of the whole body, are of use here.
        """
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -100, 100)))  # score_clipping_thresh: 100
        centre, half = raw[:, :2] + centres, raw[:, 2:4] / 2
        low, high = centre - half, centre + half
        points = raw[:, 4:8].reshape(-1, 2, 2) + centres[:, None, :]
        people, order = [], np.argsort(-scores)
        while order.size:
            best = order[0]
            same = _overlap(low[order], high[order], low[best], high[best]) > _OVERLAP
            same[0] = True  # also where a box without area does not even overlap itself
            group = order[same]
            merged = np.average(points[group], axis=0, weights=scores[group]).astype(np.float32)
            hips, top = whole.to_picture(merged).tolist()
            roi = body_roi((hips[0], hips[1]), (top[0], top[1]))
            if roi is not None:
                people.append(Detection(float(scores[best]), roi))
            order = order[~same]
        return people

    def close(self) -> None:
        """Let go of the model."""
        self._model.close()


def _overlap(low: Boxes, high: Boxes, one_low: Boxes, one_high: Boxes) -> Boxes:
    """Intersection over union of n boxes (n, 2), (n, 2) with one box."""
    shared = np.prod(np.clip(np.minimum(high, one_high) - np.maximum(low, one_low), 0, None), axis=1)
    union = np.prod(high - low, axis=1) + np.prod(one_high - one_low) - shared
    ratio: Boxes = shared / np.maximum(union, 1e-9)
    return ratio
