"""Takes a few windows of each label, gives verdicts by the nearest of them in dynamic time warping: no training at all.

Dynamic time warping after Sakoe and Chiba (1978), with their band.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.calibrate import MISS, conformal_threshold, temperature
from gongzhi.learn.cnn import softmax
from gongzhi.learn.features import Mask, Points
from gongzhi.learn.model import Verdict
from gongzhi.learn.training import fill
from gongzhi.learn.windows import LENGTH, Windows
from gongzhi.text import N_

BAND: Final = 6  # frames by which one movement may be ahead of the other
EACH: Final = 10  # templates of a label; a window may begin anywhere in a movement, so each needs several
_ENOUGH: Final = 20  # check windows of a label that say how far such windows usually are; with fewer all together do
_MOST: Final = 60  # windows of a label among which templates are looked for


def warped(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) the mean distance along the best path from `one` (30, d) to each of `others` (n, 30, d)."""
    cost = np.sqrt(((one[None, :, None] - others[:, None]) ** 2).sum(-1)).astype(np.float64)  # (n, 30, 30)
    total = np.full((len(others), LENGTH + 1, LENGTH + 1), np.inf)
    total[:, 0, 0] = 0
    for i in range(1, LENGTH + 1):
        for j in range(max(1, i - BAND), min(LENGTH, i + BAND) + 1):
            before = np.minimum(np.minimum(total[:, i - 1, j], total[:, i, j - 1]), total[:, i - 1, j - 1])
            total[:, i, j] = cost[:, i - 1, j - 1] + before
    return np.asarray(total[:, -1, -1] / LENGTH, np.float64)


class Templates:
    """The nearest-template recogniser: the same verdicts as a learnt model."""

    def __init__(self, learn: Windows, check: Windows, labels: tuple[str, ...]) -> None:
        """Choose EACH windows of each label that are far from one another, and calibrate by `check`.

        Raises DataError when a label has no window, or there is nothing to check by.
        """
        if len(labels) < 2 or set(learn.y) != set(range(len(labels))) or not len(check):
            raise DataError(
                N_("A label has no template."), N_("Record at least one window of each label, and some to check by.")
            )
        self.labels, self.view = labels, learn.view
        whole = learn.on_both_sides(range(len(labels)))  # for what is usual of a number, its label does not matter
        values, known = self.view.describe(whole.points, whole.seen)
        self._mean = ((values * known).sum((0, 1)) / np.maximum(known.sum((0, 1)), 1)).astype(np.float32)
        self._spread = (values.std((0, 1)) + 1e-2).astype(np.float32)
        x = self._standard(learn.points, learn.seen)
        rows = np.concatenate([_far_apart(x, np.flatnonzero(learn.y == each)) for each in range(len(labels))])
        self._templates, self._owner = x[rows], learn.y[rows]
        near = np.stack([self._distances(each) for each in self._standard(check.points, check.seen)])
        self.temperature = temperature((-near).astype(np.float32), check.y)
        self.threshold = conformal_threshold(softmax((-near / self.temperature).astype(np.float32)), check.y)
        # For each label: a quiet movement is near to everything, so what is far from it is not far from a lively one.
        self._edges = _edges(near.min(1), near.argmin(1), len(labels))

    def _standard(self, points: Points, seen: Mask) -> NDArray[np.float32]:
        values, known = self.view.describe(points, seen)
        return np.asarray((fill(values, known, self._mean) - self._mean) / self._spread, np.float32)

    def _distances(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        all_of_them = warped(x, self._templates)
        return np.array([all_of_them[self._owner == each].min() for each in range(len(self.labels))])

    def judge(self, points: Points, seen: Mask) -> Verdict:
        """The verdict on one window: `points` (30, 13, 2) in trunks, `seen` (30, 13)."""
        near = self._distances(self._standard(points, seen))
        p = softmax((-near / self.temperature).astype(np.float32))
        best = int(p.argmax())
        options = tuple(n for i, n in enumerate(self.labels) if i == best or float(p[i]) >= self.threshold)
        named = dict(zip(self.labels, map(float, p), strict=True))
        return Verdict(named, options, float(near[best] / self._edges[best]), float(seen.mean()))


def _edges(near: NDArray[np.float64], label: NDArray[np.int64], labels: int) -> NDArray[np.float64]:
    """(labels,) how far 95 % of the windows that are taken for each label are from its nearest template."""
    some = [near[label == each] for each in range(labels)]
    edges = [np.quantile(one if len(one) >= _ENOUGH else near, 1 - MISS) for one in some]
    return np.maximum(edges, 1e-6)


def _far_apart(x: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of these rows the one nearest to their mean, then those farthest from all that are chosen."""
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST)).astype(np.int64)]
    flat = x[rows].reshape(len(rows), -1)
    chosen = [int(((flat - flat.mean(0)) ** 2).sum(1).argmin())]
    while len(chosen) < min(EACH, len(rows)):
        away = np.min([((flat - flat[each]) ** 2).sum(1) for each in chosen], axis=0)
        chosen.append(int(away.argmax()))
    return rows[chosen]
