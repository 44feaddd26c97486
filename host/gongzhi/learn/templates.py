"""Takes a few windows of each label, gives verdicts by the nearest of them in dynamic time warping: no training at all.

Dynamic time warping after Sakoe and Chiba (1978), with their band. Distances are in spreads of each unit, not of each
number: what hardly moves, such as the feet of somebody who stands, would else count by its noise as much as what moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.calibrate import MISS, conformal_threshold, temperature
from gongzhi.learn.cnn import softmax
from gongzhi.learn.features import Mask, Points
from gongzhi.learn.model import Verdict
from gongzhi.learn.windows import LENGTH, Windows
from gongzhi.text import N_

Values = NDArray[np.float32]

BAND: Final = 6  # frames by which one movement may be ahead of the other
EACH: Final = 40  # templates of a label; it may be of several kinds, and a window may begin anywhere in each
_ENOUGH: Final = 20  # check windows of a label that say how far such windows usually are; with fewer all together do
_MOST: Final = 160  # windows of a label among which templates are looked for
_FEW: Final = 1 / 8  # of the numbers; fewer that are known of both do not count for all the others


@dataclass(frozen=True, eq=False)
class Series:
    """Windows for comparing: `values` (n, 30, d) standardised, 0 where not `known` (n, 30, d; 1 or 0); all float32."""

    values: Values
    known: Values

    @cached_property
    def parts(self) -> Values:
        """(n, 30, 2 d) which numbers are known, and what they are."""
        return np.concatenate([self.known, self.values], -1)

    @cached_property
    def size(self) -> Values:
        """(n, 30, 1) the sum of the squares of all numbers of a frame."""
        return np.asarray((self.values * self.values).sum(-1, keepdims=True), np.float32)

    @cached_property
    def count(self) -> Values:
        """(n, 30, 1) how many numbers of a frame are known."""
        return np.asarray(self.known.sum(-1, keepdims=True), np.float32)


def warped(one: Series, others: Series) -> Values:
    """(n,) the mean distance along the best path from `one` (a single window) to each of `others`."""
    cost = _apart(one, others)
    older, old = np.full((2, len(cost), LENGTH + 1), np.inf, np.float32)  # diagonals, by the frame of the others
    older[:, 0] = 0
    for diagonal in range(2, 2 * LENGTH + 1):
        low = max(1, diagonal - LENGTH, -(-(diagonal - BAND) // 2))
        high = min(LENGTH, diagonal - 1, (diagonal + BAND) // 2)
        first, last = ((row - 1) * LENGTH + diagonal - row - 1 for row in (low, high))
        now = np.full_like(old, np.inf)
        least = np.minimum(np.minimum(old[:, low - 1 : high], old[:, low : high + 1]), older[:, low - 1 : high])
        now[:, low : high + 1] = cost[:, first : last + 1 : LENGTH - 1] + least
        older, old = old, now
    return np.asarray(old[:, LENGTH] / LENGTH, np.float32)


def _apart(one: Series, others: Series) -> Values:
    """(n, 30 * 30) how far each frame of the others is from each of `one`: by the numbers that are known of both, as if
    the rest differed as much. What is not known of a hand says neither yes nor no."""
    a, known = one.values[0], one.known[0]
    # Window by window: one large product would be split among the cores, which costs more than it gives here.
    square = others.parts @ np.concatenate([a * a, -2 * a], -1).T
    if known.all():
        square, both = square + others.size, others.count
    else:
        square, both = square + (others.values**2) @ known.T, others.known @ known.T
    square *= a.shape[-1] / np.maximum(both, _FEW * a.shape[-1])
    return np.asarray(np.sqrt(np.maximum(square, 0)).reshape(len(square), -1), np.float32)


class Templates:
    """The nearest-template recogniser: the same verdicts as a learnt model."""

    def __init__(
        self, learn: Windows, check: Windows, labels: tuple[str, ...], mirrored: Sequence[int] | None = None
    ) -> None:
        """Choose EACH windows of each label that are far from one another, and calibrate by `check`. `mirrored` as for
        training.train: where hands are learnt from, a mirror image of a template is a template, too.

        Raises DataError when a label has no window, or there is nothing to check by.
        """
        if len(labels) < 2 or set(learn.y) != set(range(len(labels))) or not len(check):
            raise DataError(
                N_("A label has no template."), N_("Record at least one window of each label, and some to check by.")
            )
        self.labels, self.view = labels, learn.view
        swaps = range(len(labels)) if mirrored is None else mirrored
        whole = learn.on_both_sides(swaps)
        values, known = self.view.describe(whole.points, whole.seen)
        count = np.maximum(known.sum((0, 1)), 1)
        self._mean = ((values * known).sum((0, 1)) / count).astype(np.float32)
        variance = (((values - self._mean) * known) ** 2).sum((0, 1)) / count
        units = np.array(self.view.units)
        shared = np.bincount(units, variance) / np.bincount(units)
        self._spread = (np.sqrt(shared)[units] + 1e-2).astype(np.float32)
        x = self._standard(learn.points, learn.seen).values
        rows = np.concatenate([_far_apart(x, np.flatnonzero(learn.y == each)) for each in range(len(labels))])
        chosen = learn.take(rows).on_both_sides(swaps)
        self._templates, self._owner = self._standard(chosen.points, chosen.seen), chosen.y
        near = np.stack([self._distances(*each) for each in zip(check.points, check.seen, strict=True)])
        self.temperature = temperature(-near, check.y)
        self.threshold = conformal_threshold(softmax(-near / np.float32(self.temperature)), check.y)
        # For each label: a quiet movement is near to everything, so what is far from it is not far from a lively one.
        self._edges = _edges(near.min(1), near.argmin(1), len(labels))

    def _standard(self, points: Points, seen: Mask) -> Series:
        values, known = self.view.describe(points, seen)
        return Series(np.asarray((values - self._mean) / self._spread * known, np.float32), known.astype(np.float32))

    def _distances(self, points: Points, seen: Mask) -> Values:
        all_of_them = warped(self._standard(points[None], seen[None]), self._templates)
        return np.array([all_of_them[self._owner == each].min() for each in range(len(self.labels))], np.float32)

    def judge(self, points: Points, seen: Mask) -> Verdict:
        """The verdict on one window: `points` (30, 13, 2) in trunks, `seen` (30, 13)."""
        near = self._distances(points, seen)
        p = softmax(-near / np.float32(self.temperature))
        best = int(p.argmax())
        options = tuple(n for i, n in enumerate(self.labels) if i == best or float(p[i]) >= self.threshold)
        named = dict(zip(self.labels, map(float, p), strict=True))
        return Verdict(named, options, float(near[best] / self._edges[best]), float(seen.mean()))


def _edges(near: Values, label: NDArray[np.int64], labels: int) -> Values:
    """(labels,) how far 95 % of the windows that are taken for each label are from its nearest template."""
    some = [near[label == each] for each in range(labels)]
    edges = [np.quantile(one if len(one) >= _ENOUGH else near, 1 - MISS) for one in some]
    return np.maximum(edges, 1e-6).astype(np.float32)


def _far_apart(x: Values, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of these rows the one nearest to their mean, then those farthest from all that are chosen."""
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST)).astype(np.int64)]
    flat = x[rows].reshape(len(rows), -1)
    chosen = [int(((flat - flat.mean(0)) ** 2).sum(1).argmin())]
    away = ((flat - flat[chosen[0]]) ** 2).sum(1)
    while len(chosen) < min(EACH, len(rows)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, ((flat - flat[chosen[-1]]) ** 2).sum(1))
    return rows[chosen]
