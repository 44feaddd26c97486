"""Takes a square of a picture, gives what a single-shot detector of MediaPipe's finds in it, each thing once.

The decoding is that of MediaPipe's TensorsToDetectionsCalculator and of NonMaxSuppressionCalculator in WEIGHTED mode.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.crop import Crop
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.roi import Roi

THRESHOLD: Final = 0.5  # the solutions' min_detection_confidence
_OVERLAP: Final = 0.3  # NonMaxSuppressionCalculator min_suppression_threshold

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Design:
    """How a detector is made: `side` of its input in pixels, the `strides` of its layers, `values` for each box (its
    centre and size, then x and y of its points), and each byte of a picture as its input wants it, `scaled` (256,)."""

    side: int
    strides: tuple[int, ...]
    values: int
    scaled: NDArray[np.float32]

    def anchors(self) -> NDArray[np.float32]:
        """The centres (n, 2) of the anchors in 0..1, x then y (SsdAnchorsCalculator: two per cell and layer, layers of
        equal stride share a grid, all of size 1)."""
        grids = []
        for stride in sorted(set(self.strides)):
            cells, per_cell = self.side // stride, 2 * self.strides.count(stride)
            centres = (np.arange(cells, dtype=np.float32) + 0.5) / cells
            x, y = np.meshgrid(centres, centres)
            grids.append(np.repeat(np.stack((x.ravel(), y.ravel()), axis=1), per_cell, axis=0))
        return np.concatenate(grids)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One thing: `score` 0..1, and its numbers in 0..1 of the square: `low` and `high` (2,) corners of its box, and its
    `points` (n, 2)."""

    score: float
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    points: NDArray[np.float32]


class Ssd:
    """A single-shot detector, ready to look at squares of pictures."""

    def __init__(self, model: TfliteModel, design: Design) -> None:
        self.model, self._design = model, design
        self._anchors = design.anchors()
        self._crop = Crop(model, design.side, design.scaled, border=cv2.BORDER_CONSTANT)

    def __call__(self, image: NDArray[np.uint8], square: Roi) -> list[Found]:
        """What is in `square` of `image` (h, w, 3) uint8 RGB, best score first; outside the picture it is black."""
        design, side = self._design, self._design.side
        self._crop(image, square)
        self.model.invoke()
        logits = self.model.output(1, len(self._anchors), 1).ravel()
        # Comparing logits spares thousands of exponentials; NaN is not greater than anything, so it is nothing.
        found = np.flatnonzero(logits > math.log(THRESHOLD / (1.0 - THRESHOLD)))
        if not found.size:
            return []
        raw = self.model.output(1, len(self._anchors), design.values)[0, found] / np.float32(side)
        finite = np.isfinite(raw).all(axis=1)
        return _merged(raw[finite], logits[found[finite]], self._anchors[found[finite]])


def _merged(raw: NDArray[np.float32], logits: NDArray[np.float32], centres: NDArray[np.float32]) -> list[Found]:
    """Decode the boxes and merge those of one thing (weighted non-maximum suppression).

    `raw` (n, values) is centre, size and points of each box relative to its anchor.
    """
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -100, 100)))  # score_clipping_thresh: 100
    centre, half = raw[:, :2] + centres, raw[:, 2:4] / 2
    low, high = centre - half, centre + half
    points = raw[:, 4:].reshape(len(raw), raw.shape[1] // 2 - 2, 2) + centres[:, None, :]
    things, order = [], np.argsort(-scores)
    while order.size:
        best = order[0]
        same = _overlap(low[order], high[order], low[best], high[best]) > _OVERLAP
        same[0] = True  # also where a box without area does not even overlap itself
        group = order[same]
        one = (
            np.average(each[group], axis=0, weights=scores[group]).astype(np.float32) for each in (low, high, points)
        )
        things.append(Found(float(scores[best]), *one))
        order = order[~same]
    return things


def _overlap(low: Array, high: Array, one_low: Array, one_high: Array) -> Array:
    """Intersection over union of n boxes (n, 2), (n, 2) with one box."""
    shared = np.prod(np.clip(np.minimum(high, one_high) - np.maximum(low, one_low), 0, None), axis=1)
    union = np.prod(high - low, axis=1) + np.prod(one_high - one_low) - shared
    ratio: Array = shared / np.maximum(union, 1e-9)
    return ratio
