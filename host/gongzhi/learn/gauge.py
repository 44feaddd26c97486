"""Takes a rule of one line and recordings, gives how often it is right where it says so, and a probability from that.

A rule's own `p` orders moments by how clearly a pose is kept. Recordings tell what that is worth: of the moments in
which the rule holds, those of recordings of its label are right. A logistic curve over the logit of `p` makes a
probability of it (Platt, 1999, with his targets), fitted to some recordings and tested on others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.calibrate import wilson
from gongzhi.learn.evaluation import bins_of
from gongzhi.learn.recording import Recording
from gongzhi.learn.windows import Kind, divide
from gongzhi.stages.identify import IdentifyState, Slack, gauged, identify, probability
from gongzhi.text import N_

_STEPS: Final = 60  # of Newton's method; ten are enough where it converges
_RIDGE: Final = 1e-3
_SURE: Final = 1e-3  # how near to 0 and 1 a `p` may come
_FLOOR: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Gauge:
    """`curve` (a, b): p becomes 1 / (1 + exp(-(a logit(p) + b))). Of the test's recordings: `hits` of `shows` that show
    the label were recognised, and `false` of `others`; `bins` of the reliability diagram, `brier` before and after
    (each recording counts as one). `split`: by what they were kept apart; `learnt`, `tested`: how many recordings."""

    curve: tuple[float, float]
    split: Kind
    learnt: int
    tested: int
    hits: int
    shows: int
    false: int
    others: int
    bins: list[tuple[float, float, int]]
    brier: tuple[float, float]

    @property
    def right(self) -> tuple[float, float]:
        """The 95 % interval for how many of those recognised were right, as if recordings were independent."""
        return wilson(self.hits, self.hits + self.false)


def gauge(rule: Slack, dwell: float, recordings: Sequence[Recording], label: str) -> Gauge:
    """Fit on some of the recordings, test on others: other persons where there are enough, never at random.

    Raises DataError where nothing but the label was recorded, too few were, or the rule holds in none of them.
    """
    if {each.head.label == label for each in recordings} != {True, False}:
        raise DataError(
            N_("To say how often the rule is right takes recordings of “{label}” and of something else."),
            N_("Record both: gongzhi data record"), label=label,
        )  # fmt: skip
    split = divide(recordings)
    if split.kind == "block":  # halves of one take are no test
        raise DataError(
            N_("There are too few recordings: of each label at least three are needed."),
            N_("Record more: gongzhi data record"),
        )
    held = [_held(rule, dwell, each) for each in recordings]
    shows = [each.head.label == label for each in recordings]
    learn, test = ([piece.recording for part in parts for piece in split.pieces[part]]
                   for parts in (("train", "check"), ("test",)))  # fmt: skip
    if not any(len(held[each]) for each in learn):
        raise DataError(
            N_("The rule holds in none of the recordings: nothing could be measured."),
            N_("Look at the rule and at the recordings: gongzhi data look"),
        )
    curve = _fitted([held[each] for each in learn], [shows[each] for each in learn])
    seen = [each for each in test if len(held[each])]
    said = [(gauged(float(p), curve), shows[each]) for each in seen for p in held[each]]
    return Gauge(
        curve, split.kind, len(learn), len(test),
        sum(shows[each] for each in seen), sum(shows[each] for each in test),
        sum(not shows[each] for each in seen), sum(not shows[each] for each in test), bins_of(said),
        (_brier([held[each] for each in seen], [shows[each] for each in seen], (1.0, 0.0)),
         _brier([held[each] for each in seen], [shows[each] for each in seen], curve)),
    )  # fmt: skip


def _held(rule: Slack, dwell: float, recording: Recording) -> NDArray[np.float64]:
    """(n,) the rule's own p at each moment in which it holds, by the very code that runs in a project."""
    if recording.head.still:  # a pose each, held for its dwell time
        slacks = [rule(features) for features in recording.frames()]
        return np.array([probability(slack) for slack in slacks if slack >= 0])
    state = IdentifyState({"rule": rule}, {"rule": dwell})
    said = [identify(features, features.t, state)[0] for features in recording.frames()]
    return np.array([one.p for one in said if one.held])


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, _SURE, 1 - _SURE)
    return np.asarray(np.log(p / (1 - p)), np.float64)


def _fitted(held: Sequence[NDArray[np.float64]], shows: Sequence[bool]) -> tuple[float, float]:
    """Newton's method on the log loss; the moments of a recording together count as one. A curve that falls, which
    would say that a clearer pose is wrong more often, becomes flat."""
    some = [(one, right) for one, right in zip(held, shows, strict=True) if len(one)]
    x = np.concatenate([_logit(one) for one, _ in some])
    weight = np.concatenate([np.full(len(one), 1 / len(one)) for one, _ in some])
    yes = sum(right for _, right in some)
    target = {True: (yes + 1) / (yes + 2), False: 1 / (len(some) - yes + 2)}
    y = np.concatenate([np.full(len(one), target[right]) for one, right in some])
    for slope in (1.0, 0.0):
        design = np.stack([x * slope, np.ones_like(x)], 1)
        found = np.zeros(2)
        for _ in range(_STEPS):
            p = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
            gradient = design.T @ (weight * (p - y)) + _RIDGE * found
            curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + (_RIDGE + _FLOOR) * np.eye(2)
            found = found - np.linalg.solve(curvature, gradient)
        if found[0] >= 0:
            break
    return float(round(found[0] * slope, 3)), float(round(found[1], 3))


def _brier(held: Sequence[NDArray[np.float64]], shows: Sequence[bool], curve: tuple[float, float]) -> float:
    """The mean square of how far p is from what is so."""
    each = [
        np.mean([(gauged(float(p), curve) - right) ** 2 for p in one]) for one, right in zip(held, shows, strict=True)
    ]
    return float(np.mean(each)) if each else 0.0
