"""Takes an adult's limits, keeps a coach within them: how often, how far, how long a rest, and who says go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.coach.body import AT, NUMBERS, Array, Mask
from gongzhi.coach.limits import Limits, Range
from gongzhi.coach.patterns import Pattern
from gongzhi.learn.pack import Check, Form, Pack

State = Literal["round", "rest", "ready", "enough"]
ANEW: Final = 60.0  # seconds without anybody after which whoever comes has not begun yet
_OVER: Final[dict[Range, float]] = {"hands": 0.15, "knees": 0.15, "lean": 5.0}  # a pose model's error is no going over
_LASTS: Final = 0.4  # seconds for which it must be over
_AGAIN: Final = 6.0  # seconds before the same is said again
# The numbers of each range, and the measures of a pack's checks that speak of it.
_NUMBERS: Final[dict[Range, tuple[str, ...]]] = {
    "hands": ("wrist_left", "wrist_right"), "knees": ("knee_left", "knee_right"), "lean": ("lean",),
}  # fmt: skip
# What moves with a number: a hand that stops, stops its whole arm.
_WITH: Final[dict[str, tuple[str, ...]]] = {
    f"{lead}_{side}": tuple(f"{each}_{side}" for each in moved)
    for lead, moved in (("wrist", ("wrist", "out", "elbow", "elbow_out")), ("knee", ("knee", "ankle")))
    for side in ("left", "right")
}
_MEASURES: Final[dict[str, Range]] = {
    "wrists_low": "hands", "wrists_high": "hands", "wrists_mean": "hands", "wrist_near": "hands", "wrist_far": "hands",
    "knee_near": "knees", "lean": "lean",
}  # fmt: skip


def within(pack: Pack, limits: Limits) -> Pack:
    """The pack without the checks that would ask for more than an adult allows: those can never be said."""
    return msgspec.structs.replace(pack, forms=[_form(form, limits) for form in pack.forms])


def _form(form: Form, limits: Limits) -> Form:
    return msgspec.structs.replace(form, checks=[each for each in form.checks if not _beyond(each, limits)])


def _beyond(check: Check, limits: Limits) -> bool:
    most = limits.ranges.get(_MEASURES[check.measure]) if check.measure in _MEASURES else None
    return most is not None and check.more is not None and check.more >= most


def capped(patterns: Iterable[Pattern], limits: Limits) -> tuple[Pattern, ...]:
    """The patterns as whoever goes no further than allowed does them: that is to be known, and scored as right. A limb
    that would go further stays where it was until it comes back."""
    made = []
    for pattern in patterns:
        mean = pattern.mean.copy()
        for name, most in limits.ranges.items():
            for column in (AT[each] for each in _NUMBERS[name]):
                far = np.abs(mean[:, column]) if name == "lean" else mean[:, column]
                with_it = [AT[each] for each in _WITH.get(NUMBERS[column], (NUMBERS[column],))]
                mean[:, with_it] = _held(mean[:, with_it], far > most)
        made.append(replace(pattern, mean=mean))
    return tuple(made)


def _held(values: Array, over: NDArray[np.bool_]) -> Array:
    """The numbers (n, k) with what lies `over` (n,) put between what was before and after it."""
    if over.all() or not over.any():
        return values
    rows, inside = np.arange(len(values)), np.flatnonzero(~over)
    return np.stack([np.interp(rows, inside, column[inside]) for column in values.T], 1)


class Reach:
    """Looks at each moment whether somebody goes further than allowed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._since: dict[Range, float] = {}
        self._told = dict.fromkeys(limits.ranges, float("-inf"))

    def step(self, x: Array, known: Mask, t: float) -> list[Range]:
        """What is to be said at `t` (s) of these numbers (20,), as far as they are `known`; not again and again."""
        found: list[Range] = []
        for name, most in self._limits.ranges.items():
            columns = [AT[each] for each in _NUMBERS[name] if known[AT[each]]]
            far = max((abs(float(x[each])) if name == "lean" else float(x[each]) for each in columns), default=-np.inf)
            if far <= most + _OVER[name]:
                self._since.pop(name, None)
            elif t - self._since.setdefault(name, t) >= _LASTS and t - self._told[name] >= _AGAIN:
                self._told[name] = t
                found.append(name)
        return found


@dataclass(slots=True)
class Rounds:
    """Counts repetitions, and keeps rests. `state` is "round" while something may be done, "rest", "ready" while an
    adult is asked whether to go on, "enough" when that was all."""

    limits: Limits
    state: State = "round"
    count: int = 0  # repetitions of this round
    rounds: int = 0  # that are over
    until: float = 0.0  # when the rest is over

    def done(self, t: float) -> None:
        """A repetition is over at `t` (s)."""
        self.count += 1
        if self.limits.repetitions is None or self.count < self.limits.repetitions:
            return
        self.rounds += 1
        self.count, self.until = 0, t + self.limits.rest
        self.state = "enough" if self.limits.sets is not None and self.rounds >= self.limits.sets else "rest"

    def look(self, t: float, *, go: bool) -> bool:
        """Whether a new round begins at `t` (s); `go`: an adult has said so, where they are asked."""
        if self.state == "rest" and t >= self.until:
            self.state = "ready"
            if self.limits.go:
                return False  # what was agreed to before the rest was over is no yes to the next round
        if self.state == "ready" and (go or not self.limits.go):
            self.state = "round"
            return True
        return False
