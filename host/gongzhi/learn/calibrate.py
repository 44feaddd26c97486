"""Takes what a model says of windows that it did not learn from, gives how far its probabilities are to be believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.cnn import softmax

MISS: Final = 0.05  # how often a label set may miss the truth, and a known movement may be called unknown
_SHRINK: Final = 0.1  # share of the identity in the covariance, so that few windows still give one
_LEAST: Final = 1e-3  # of a sign's spread
_EXACT: Final = 1e-9  # what sums of weights are off by
_PARTS: Final = np.array([2, 1, 1], np.float32)  # how much each sign of strangeness counts …
_UNUSUAL: Final = 3  # … and the one that comes from the numbers themselves


def temperature(logits: NDArray[np.float32], y: NDArray[np.int64]) -> float:
    """The number in 0.3..10 by which logits are divided so that probabilities are right on average (Guo et al., 2017).

    The one of 121 on a logarithmic grid with the least log loss; 1 where there is nothing to measure. The truth counts
    as (n + 1) / (n + 2) sure (Platt, 1999), so that a check without a mistake does not promise that there are none.
    """
    n = len(y)
    if not n:
        return 1.0
    grid, doubt = np.geomspace(0.3, 10, 121), 1 / (n + 2)

    def loss(heat: float) -> float:
        log = np.log(softmax(logits / np.float32(heat)) + 1e-9)
        right = log[np.arange(n), y]
        others = (log.sum(1) - right) / max(log.shape[1] - 1, 1)
        return -float(((1 - doubt) * right + doubt * others).mean())

    return float(grid[int(np.argmin([loss(float(each)) for each in grid]))])


def conformal_threshold(p: NDArray[np.float32], y: NDArray[np.int64], miss: float = MISS) -> float:
    """The least probability with which a label joins the set that holds the truth in 1 - `miss` of cases.

    Split conformal prediction with the score 1 - p(true label) (Sadinle, Lei and Wasserman, 2019). The promise holds
    for windows like those measured; windows of one recording are like each other, so with few recordings it is rough.
    0 (all labels) where there are too few windows for the promise.
    """
    rank = math.ceil((len(y) + 1) * (1 - miss))
    if rank > len(y):
        return 0.0
    return float(1.0 - np.sort(1.0 - p[np.arange(len(y)), y])[rank - 1])


def grouped_threshold(scores: Sequence[NDArray[np.float64]], miss: float = MISS) -> float:
    """What a moment of one more recording keeps in 1 - `miss` of cases, from the `scores` of each recording's moments.

    Moments of one recording are like each other, so each recording counts as one, and the one to come as one of which
    nothing is known (Lee, Barber and Willett, 2023): the promise is exact for recordings like those measured, however
    many moments each has. Infinite where there are too few for it: 19 recordings are the fewest for 95 %.
    """
    some = [one for one in scores if len(one)]
    if not some:
        return math.inf
    values = np.concatenate(some)
    weight = np.concatenate([np.full(len(one), 1 / (len(one) * (len(some) + 1))) for one in some])
    order = np.argsort(values, kind="stable")
    at = int(np.searchsorted(np.cumsum(weight[order]), 1 - miss - _EXACT))
    return float(values[order][at]) if at < len(values) else math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Familiar:
    """What windows of known movements look like inside the network: `means` (labels, d) and `whiten` (d, d) for the
    distance from the nearest label; `weight` (d, labels + 1) and `bias` (labels + 1,) of the last layer, whose last
    column is "none of these"; `middle` and `spread` (3,) of the three signs on windows that are known."""

    means: NDArray[np.float32]
    whiten: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    middle: NDArray[np.float32]
    spread: NDArray[np.float32]

    @classmethod
    def of(
        cls, inner: NDArray[np.float32], y: NDArray[np.int64], weight: NDArray[np.float32], bias: NDArray[np.float32],
        check: NDArray[np.float32],
    ) -> Familiar:  # fmt: skip
        """From the inner values (n, d) of the training windows, a mean for each label and one covariance for all (Lee
        et al., 2018), and those of the check windows, by which the signs are made comparable."""
        labels = weight.shape[1] - 1
        means = np.stack([inner[y == each].mean(0) if (y == each).any() else inner.mean(0) for each in range(labels)])
        centred = inner - means[y]
        covariance = centred.T @ centred / max(len(inner), 1)
        size = float(np.trace(covariance)) / len(covariance) or 1.0
        covariance = (1 - _SHRINK) * covariance + _SHRINK * size * np.eye(len(covariance))
        values, vectors = np.linalg.eigh(covariance)
        whiten = (vectors / np.sqrt(values)).astype(np.float32)
        plain = np.zeros(3, np.float32), np.ones(3, np.float32)
        signs = cls(means.astype(np.float32), whiten, weight, bias, *plain).signs(check)
        middle = np.median(signs, 0)
        spread = np.maximum(np.quantile(signs, 1 - MISS, 0) - middle, _LEAST)
        return cls(means.astype(np.float32), whiten, weight, bias, middle.astype(np.float32), spread.astype(np.float32))

    def signs(self, inner: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) of each of `inner` (n, d): the Mahalanobis distance from the nearest label's mean; the energy of the
        labels' logits (Liu et al., 2020); by how much "none of these" is more likely than all labels."""
        known, asked = self.means @ self.whiten, inner @ self.whiten
        distance = np.sqrt(((asked[:, None] - known[None]) ** 2).sum(-1)).min(1)
        logits = inner @ self.weight + self.bias
        most = logits[:, :-1].max(1)
        energy = -(most + np.log(np.exp(logits[:, :-1] - most[:, None]).sum(1)))
        return np.stack([distance, energy, logits[:, -1] + energy], 1).astype(np.float32)

    def strangeness(self, inner: NDArray[np.float32], unusual: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) the sum of the three signs and of `unusual` (n,), that of the numbers themselves (`Usual.sign`); each 0
        at the median of the check windows and 1 at what 95 % of them keep, weighed; 0 at the least. No single one finds
        all that is new (docs/learning.md)."""
        scaled = (self.signs(inner) - self.middle) / self.spread
        return np.asarray(np.maximum(scaled @ _PARTS + _UNUSUAL * unusual, 0), np.float32)

    def content(self) -> bytes:
        """As it is kept in a model's file."""
        return np.concatenate([np.ravel(each).astype("<f4") for each in self._parts()]).tobytes()

    def _parts(self) -> list[NDArray[np.float32]]:
        return [self.means, self.whiten, self.weight, self.bias, self.middle, self.spread]

    @classmethod
    def read(cls, content: bytes, labels: int, d: int) -> Familiar:
        """From `content()`. Raises ValueError."""
        numbers = np.frombuffer(content, "<f4")
        shapes = [(labels, d), (d, d), (d, labels + 1), (labels + 1,), (3,), (3,)]
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        if len(numbers) != ends[-1] or not np.isfinite(numbers).all() or not (numbers[-3:] > 0).all():
            raise ValueError("what it knows of itself is broken")
        pieces = np.split(numbers, ends[:-1])
        return cls(*(piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)))


def wilson(right: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share of which `right` of `n` were seen (Wilson, 1927); (0, 1) for none. Neither need be
    whole: alike cases count as fewer."""
    if n == 0:
        return 0.0, 1.0
    p = right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
