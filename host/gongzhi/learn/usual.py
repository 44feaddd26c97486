"""Takes windows of known movements, gives how each of their numbers usually is, and how unusual a new window is.

What the network has not needed to tell its labels apart it does not look at; here all numbers count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

SUMS: Final = 3  # of each number: where it is, how far it moves, how fast
_MOST: Final = 12  # numbers that are furthest from what is usual; the others say that most of it is as ever (measured)
_LEAST: Final = 0.02  # of a number's spread in all training data: less is no spread
_NARROW: Final = 0.1  # spreads between the median and the edge of what is usual, at least
_FEW: Final = 10  # windows that the spread of all labels counts for in that of one


def sums(x: Values) -> Values:
    """(n, 3 numbers) of windows (n, 30, numbers): where each number is, how far it moves, how fast."""
    return np.concatenate([x.mean(1), x.std(1), np.abs(np.diff(x, axis=1)).mean(1)], 1)


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """`middle` and `spread` (labels, 3 numbers) of each label's windows; `least` and `most` of how far the check
    windows are, at their median and at what 95 % of them keep."""

    middle: Values
    spread: Values
    least: float = 0.0
    most: float = 1.0

    @classmethod
    def of(cls, x: Values, y: NDArray[np.int64], labels: int) -> Usual:
        """From training windows (n, 30, numbers) in any unit; each label has at least one."""
        found = sums(x)
        total = found.std(0) * _LEAST + 1e-6
        each = [found[y == label] for label in range(labels)]
        count = np.array([len(some) for some in each], np.float32)[:, None]
        middle, own = np.stack([some.mean(0) for some in each]), np.stack([some.var(0) for some in each])
        shared = (own * count).sum(0) / count.sum()
        spread = np.sqrt((own * count + shared * _FEW) / (count + _FEW)) + total
        return cls(middle.astype(np.float32), spread.astype(np.float32))

    def far(self, x: Values, label: NDArray[np.int64]) -> Values:
        """(n,) how many spreads the most unusual numbers of each window are from its label's, on average."""
        away = np.abs((sums(x) - self.middle[label]) / self.spread[label])
        return np.asarray(np.sort(away, 1)[:, -_MOST:].mean(1), np.float32)

    def checked(self, x: Values, label: NDArray[np.int64], share: float) -> Usual:
        """Made comparable by the check windows and the labels that were found for them; `share` of them are usual."""
        far = self.far(x, label)
        middle = float(np.median(far))
        return replace(self, least=middle, most=max(float(np.quantile(far, share)), middle + _NARROW))

    def sign(self, x: Values, label: NDArray[np.int64]) -> Values:
        """The same, 0 at the median of the check windows and 1 at what 95 % of them keep."""
        return np.asarray((self.far(x, label) - self.least) / (self.most - self.least), np.float32)

    def content(self) -> bytes:
        """As it is kept in a model's file."""
        numbers = [self.middle.ravel(), self.spread.ravel(), np.array([self.least, self.most])]
        return np.concatenate(numbers).astype("<f4").tobytes()

    @classmethod
    def read(cls, content: bytes, labels: int, numbers: int) -> Usual:
        """From `content()`. Raises ValueError."""
        found = np.frombuffer(content, "<f4")
        size = labels * numbers * SUMS
        if len(found) != 2 * size + 2 or not np.isfinite(found).all() or not (found[size : 2 * size] > 0).all():
            raise ValueError("what it knows of itself is broken")
        least, most = map(float, found[-2:])
        if not most > least:
            raise ValueError("what it knows of itself is broken")
        return cls(found[:size].reshape(labels, -1), found[size : 2 * size].reshape(labels, -1), least, most)
