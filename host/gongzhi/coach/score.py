"""Takes the numbers of one repetition, gives its score: each check, how near the path was, tempo and steadiness.

0.5 checks + 0.3 path + 0.2 tempo and steadiness, of 100. What was not seen leaves the sum and is said as not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.coach.body import AT, Array, Mask, mirror
from gongzhi.coach.patterns import RATE, Pattern
from gongzhi.learn.pack import Check, Form

ENOUGH: Final = 0.7  # of the moments of a check must be seen
_AROUND: Final = 0.3  # keyframes by which `during` reaches further on both sides
CAP: Final = 4.5  # half squared spreads, as in `follow`
# Half squared spreads per number: what generated performers like those of the pattern have, and where nothing is left
# of the path. Estimates.
_NEAR, _FAR = 0.25, 2.0
_TEMPO: Final = (0.65, 1.5)  # of the written length; half or twice that is 0
_STEADY: Final = (0.06, 0.15)  # trunks; the deviation of the hips while one foot bears the weight: good, 0 points
_ONE_LEG: Final = 0.15  # trunks by which one ankle is higher
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "arms": ("wrist_left", "wrist_right", "out_left", "out_right", "elbow_left", "elbow_right", "elbow_out_left",
             "elbow_out_right"),
    "trunk": ("lean", "trunk", "shoulders"),
    "head": ("face", "nose"),
    "legs": ("knee_left", "knee_right", "ankle_left", "ankle_right", "ankles", "rise"),
}  # fmt: skip

_STATISTICS: Final[dict[str, Callable[[Array], np.floating[Any]]]] = {
    "max": np.max, "min": np.min, "median": np.median, "p90": lambda values: np.quantile(values, 0.9),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """How one check went: `points` 1, 0.5 or 0, None where too little was seen; `value` as measured; `seen` the share
    of its moments that was seen."""

    check: Check
    points: float | None
    value: float
    seen: float


@dataclass(frozen=True, slots=True)
class Score:
    """`total` 0..100, None where no check could be seen; `marks` in the order of the form; `path` 0..1 by body part, of
    the parts that were seen; `tempo` 0..1; `steady` 0..1, None without a moment on one leg; `seconds` it took."""

    total: float | None
    marks: tuple[Mark, ...]
    path: dict[str, float]
    tempo: float
    steady: float | None
    seconds: float

    @property
    def seen(self) -> int:
        """How many checks could be seen."""
        return sum(mark.points is not None for mark in self.marks)


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A repetition beside a pattern: its numbers `x` (n, 20), which are `known`, and which `step` (n,) of the pattern
    each moment is."""

    pattern: Pattern
    x: Array
    known: Mask
    step: NDArray[np.int64]

    @property
    def phase(self) -> Array:
        """The keyframe (n,) of each moment, as a number with a fraction."""
        return self.pattern.phase[self.step]

    @property
    def off(self) -> Array:
        """Half squared spreads (n, 20) by which each number is off the pattern, no more than CAP."""
        z = (self.pattern.mean[self.step] - self.x) / self.pattern.spread[self.step]
        return np.minimum(0.5 * z * z, CAP)


def align(pattern: Pattern, x: Array, known: Mask) -> Aligned:
    """A whole repetition, its numbers (n, 20) and which are known, beside a pattern: dynamic time warping in which the
    repetition goes on by 0 to 3 steps, both ends free by a tenth (Sakoe and Chiba 1978)."""
    return Aligned(pattern, x, known, _steps(pattern, x, known))


def _steps(pattern: Pattern, x: Array, known: Mask) -> NDArray[np.int64]:
    n, m = len(x), len(pattern)
    slack = max(2, m // 10)
    total = np.full(m, np.inf)
    total[:slack] = 0.0
    ways = np.zeros((n, m), np.int8)
    for i in range(n):
        if i:
            moves = np.full((4, m), np.inf)
            for step in range(4):
                moves[step, step:] = total[: m - step]
            ways[i] = moves.argmin(0)
            total = moves.min(0)
        z = (pattern.mean - x[i]) / pattern.spread
        total = total + np.minimum(0.5 * z * z, CAP) @ known[i] / max(int(known[i].sum()), 1)
    at = m - slack + int(total[m - slack :].argmin())
    if not np.isfinite(total[at]):  # far too quick to go through it
        return np.linspace(0, m - 1, n).astype(np.int64)
    out = np.zeros(n, np.int64)
    for i in range(n - 1, -1, -1):
        out[i] = at
        at -= int(ways[i, at])
    return out


def _measure(name: str, x: Array, known: Mask) -> tuple[Array, Mask]:
    """A measure (n,) of a repetition to the left, and where it is known."""

    def of(*names: str) -> tuple[Array, Mask]:
        columns = [AT[each] for each in names]
        return x[:, columns], np.asarray(known[:, columns].all(1), np.bool_)

    wrists, seen = of("wrist_left", "wrist_right")
    out, _ = of("out_left", "out_right")
    feet, feet_seen = of("ankle_left", "ankle_right")
    match name:
        case "wrists_low":
            return wrists.min(1), seen
        case "wrists_high":
            return wrists.max(1), seen
        case "wrists_mean":
            return wrists.mean(1), seen
        case "wrists_uneven":
            return np.abs(wrists[:, 0] - wrists[:, 1]), seen
        case "wrists_apart":
            return np.hypot(out.sum(1), wrists[:, 0] - wrists[:, 1]), seen
        case "wrists_out":
            return out.max(1), seen
        case "ankle_lift":
            return feet[:, 0] - feet[:, 1], feet_seen
        case _:
            column = {"wrist_near": "wrist_left", "wrist_far": "wrist_right", "wrist_far_out": "out_right",
                      "knee_near": "knee_left", "ankles_apart": "ankles"}.get(name, name)  # fmt: skip
            return x[:, AT[column]], known[:, AT[column]]


def judge(check: Check, x: Array, known: Mask, phase: Array) -> Mark:
    """One check of a repetition to the left: numbers (n, 20), which are known, and the keyframe of each moment."""
    first, last = check.during or (0.0, float("inf"))
    if check.of == "span":
        # At a keyframe one may rest: what counts is the way between, from a quarter to three quarters, times two.
        width = last - first
        value = float(((phase > first + width / 4) & (phase < last - width / 4)).sum()) * 2 / RATE
        seen = 1.0
    else:
        rows = (phase >= first - _AROUND) & (phase <= last + _AROUND)
        values, there = _measure(check.measure, x, known)
        values, there = _smooth(values, there)
        seen = float(there[rows].mean()) if rows.any() else 0.0
        if seen < ENOUGH:
            return Mark(check, None, 0.0, seen)
        some = values[rows & there]
        value = float(_STATISTICS[check.of](some))
    short = max(
        (check.more - value) if check.more is not None else 0.0, (value - check.less) if check.less is not None else 0.0
    )
    return Mark(check, 1.0 if short <= 0 else 0.5 if short <= check.half else 0.0, value, seen)


def _smooth(values: Array, there: Mask) -> tuple[Array, Mask]:
    """The mean of three neighbouring moments: a single noisy one is no extreme."""
    weights = there.astype(np.float64)
    kernel = np.ones(3)
    if len(values) < 3:
        return values, there
    total = np.convolve(values * weights, kernel, "same")
    count = np.convolve(weights, kernel, "same")
    return np.where(there, total / np.maximum(count, 1), values), there


def distance(done: Aligned) -> float:
    """How far a repetition is from its pattern: the mean of half squared spreads over all that is known."""
    return float((done.off * done.known).sum() / max(int(done.known.sum()), 1))


def score(form: Form, done: Aligned) -> Score:
    """The score of one repetition of `form` as its pattern has it (its side is the pattern's)."""
    pattern, x, known, off = done.pattern, done.x, done.known, done.off
    parts = {}
    for part, names in PARTS.items():
        columns = [AT[name] for name in names]
        weight = known[:, columns]
        if weight.mean() >= ENOUGH / 2:
            far = float((off[:, columns] * weight).sum() / weight.sum())
            parts[part] = float(np.clip(1 - (far - _NEAR) / (_FAR - _NEAR), 0, 1))
    left, left_known = mirror(x, known) if pattern.side == "right" else (x, known)
    marks = tuple(judge(check, left, left_known, done.phase) for check in form.checks)
    tempo, steady = _tempo(len(x) / len(pattern)), _steadiness(left, left_known)
    seen = [(mark.points, mark.check.weight) for mark in marks if mark.points is not None]
    total = None
    if seen and parts:
        checks = sum(points * weight for points, weight in seen) / sum(weight for _, weight in seen)
        calm = tempo if steady is None else (tempo + steady) / 2
        total = round(100 * (0.5 * checks + 0.3 * sum(parts.values()) / len(parts) + 0.2 * calm), 1)
    return Score(total, marks, parts, tempo, steady, len(x) / RATE)


def _tempo(ratio: float) -> float:
    low, high = _TEMPO
    if ratio < low:
        return float(np.clip((ratio - low / 2) / (low / 2), 0, 1))
    return float(np.clip((2 * high - ratio) / high, 0, 1)) if ratio > high else 1.0


def _steadiness(x: Array, known: Mask) -> float | None:
    lift, seen = _measure("ankle_lift", x, known)
    rows = seen & known[:, AT["hips"]] & (np.abs(lift) > _ONE_LEG)
    if rows.sum() < RATE * 0.8:
        return None
    # Within the second around each moment: that the weight moves over is part of the form, that it shakes is not.
    hips = x[rows, AT["hips"]]
    drift = np.convolve(hips, np.ones(9) / 9, "same")
    deviation = float(np.std((hips - drift)[4:-4])) if len(hips) > 10 else float(np.std(hips))
    return float(np.clip(1 - (deviation - _STEADY[0]) / (_STEADY[1] - _STEADY[0]), 0, 1))


def one_leg(x: Array, known: Mask) -> bool:
    """Whether one foot bears the weight in this moment (20,), as far as it is seen."""
    both = known[[AT["ankle_left"], AT["ankle_right"]]].all()
    return bool(both and abs(x[AT["ankle_left"]] - x[AT["ankle_right"]]) > _ONE_LEG)
