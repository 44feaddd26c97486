"""Takes counts and values, gives shares, quartiles and rates with their 95 % intervals; below MIN it gives none."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, TypeVar

T = TypeVar("T")
MIN: Final = 10
"""Fewer cases than this give no percentage. A convention of ours: with 10 the widest Wilson interval (5 of 10) is 0.53,
half the scale, so that less could hardly tell "mostly yes" from "mostly no"."""
Z: Final = 1.959964
"""The standard normal distribution's 97.5 % point."""


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`; `value`, `low` and `high` in 0..1, None while n is 0."""

    k: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise ValueError(f"{self.k} of {self.n}")

    @property
    def enough(self) -> bool:
        """True from MIN cases on."""
        return self.n >= MIN

    @property
    def value(self) -> float | None:
        """k / n."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927): it stays in 0..1, also for 0 of n."""
        if not self.n:
            return None
        n, p = self.n, self.k / self.n
        middle = p + Z * Z / (2 * n)
        half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        scale = 1 + Z * Z / n
        # At the ends the formula is exactly 0 and 1; floats miss them by some 1e-17.
        low = 0.0 if self.k == 0 else (middle - half) / scale
        return low, 1.0 if self.k == n else (middle + half) / scale


@dataclass(frozen=True, slots=True)
class Rate:
    """`k` events in `hours` (at least 0); `value` an hour."""

    k: int
    hours: float

    @property
    def enough(self) -> bool:
        """True from a quarter of an hour on: less says nothing of an hour."""
        return self.hours >= 0.25

    @property
    def value(self) -> float | None:
        """Events an hour, None where no time was observed."""
        return self.k / self.hours if self.hours > 0 else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Byar's approximation of the exact Poisson interval (Breslow and Day, Statistical Methods in Cancer Research
        II, 1987, section 2.3); for no event the lower end is 0."""
        if self.hours <= 0:
            return None
        k, up = self.k, self.k + 1
        low = k * (1 - 1 / (9 * k) - Z / (3 * sqrt(k))) ** 3 if k else 0.0
        return max(0.0, low) / self.hours, up * (1 - 1 / (9 * up) + Z / (3 * sqrt(up))) ** 3 / self.hours


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The quartiles of `n` values, in their unit; None where there is none."""

    n: int
    low: float | None
    median: float | None
    high: float | None

    @property
    def enough(self) -> bool:
        """True from MIN values on."""
        return self.n >= MIN


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile (0..1) of at least one value, by linear interpolation: type 7 of Hyndman and Fan, The American
    Statistician 50, 1996."""
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def quartiles(values: Sequence[float]) -> Quartiles:
    """The quartiles of any number of values."""
    if not values:
        return Quartiles(0, None, None, None)
    return Quartiles(len(values), *(quantile(values, q) for q in (0.25, 0.5, 0.75)))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A `value` from `n` cases with its `interval`; both None where n is 0."""

    value: float | None
    interval: tuple[float, float] | None
    n: int

    @property
    def enough(self) -> bool:
        """True from MIN cases on."""
        return self.n >= MIN


def bootstrap(cases: Sequence[T], statistic: Callable[[Sequence[T]], float], *, draws: int = 2000) -> Estimate:
    """`statistic` of the cases with its percentile bootstrap interval (B. Efron, Annals of Statistics 7, 1979).

    The cases are put in order first and the draws come from a fixed seed: the same cases give the same interval, in
    whatever order they come, on every machine.
    """
    if not cases:
        return Estimate(None, None, 0)
    ordered = sorted(cases, key=repr)
    source = random.Random(1979)
    drawn = [statistic(source.choices(ordered, k=len(ordered))) for _ in range(draws)]
    return Estimate(statistic(ordered), (quantile(drawn, 0.025), quantile(drawn, 0.975)), len(ordered))
