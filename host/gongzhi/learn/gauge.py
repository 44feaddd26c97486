"""Takes a rule of one line and recordings, gives how often it is right where it says so, and its worth from that.

A rule's own `p` orders moments by how clearly a pose is kept. Recordings tell what that is worth: of the moments in
which the rule holds, those of recordings of its label are right. A logistic curve over the logit of `p` makes a
probability of it (Platt, 1999, with his targets); the label is alone in its set where something else has hardly ever
had such a `p` (conformal, each recording counting as one); and what a body seldom does there is strange. All three are
fitted to some recordings and tested on others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.calibrate import grouped_threshold, wilson
from gongzhi.learn.evaluation import bins_of
from gongzhi.learn.features import Mask
from gongzhi.learn.recording import Recording
from gongzhi.learn.view import POSE, View
from gongzhi.learn.windows import Kind, divide
from gongzhi.learn.worth import Usual, Worth, numbers_of, usual_of
from gongzhi.stages.identify import IdentifyState, Slack, gauged, identify, probability
from gongzhi.text import N_

ALONE: Final = 19  # recordings in which the rule holds: the fewest of which 95 % can be said (grouped_threshold)
_STEPS: Final = 60  # of Newton's method; ten are enough where it converges
_RIDGE: Final = 1e-3
_SURE: Final = 1e-3  # how near to 0 and 1 a `p` may come
_FLOOR: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Of one recording that shows the label or does not (`shows`) the moments in which a rule holds: its own `p` (n,),
    and of those in which it is seen the numbers `x` (m, numbers) of the pose with which of them are `known`."""

    shows: bool
    p: NDArray[np.float64]
    x: NDArray[np.float32]
    known: Mask

    def __len__(self) -> int:
        return len(self.p)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the loop is told of the test's recordings that show the label, or of the `others`: in how many the rule
    `decides`, in how many a person is only asked (`asks`), of how many in all (`count`)."""

    decides: int
    asks: int
    count: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """`curve` (a, b): p becomes 1 / (1 + exp(-(a logit(p) + b))); `limit` and `usual` as in Worth. Of the test's
    recordings: `hits` of `shows` that show the label were recognised, and `false` of `others`; `bins` of the
    reliability diagram, `brier` before and after (each recording counts as one). Of those in which the rule held
    (`held` were learnt from): `covered` the share whose label set held the truth, `strange` the share that was called
    strange; `told` what the loop hears of those that show the label and of the others. `split`: by what they were kept
    apart; `learnt`, `tested`: how many recordings."""

    curve: tuple[float, float]
    limit: float
    usual: Usual
    split: Kind
    learnt: int
    held: int
    tested: int
    hits: int
    shows: int
    false: int
    others: int
    bins: list[tuple[float, float, int]]
    brier: tuple[float, float]
    covered: float
    strange: float
    told: tuple[Heard, Heard]

    @property
    def right(self) -> tuple[float, float]:
        """The 95 % interval for how many of those recognised were right, as if recordings were independent."""
        return wilson(self.hits, self.hits + self.false)


def gauge(rule: Slack, dwell: float, recordings: Sequence[Recording], label: str, view: View = POSE) -> Gauge:
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
    learn, test = ([recordings[piece.recording] for part in parts for piece in split.pieces[part]]
                   for parts in (("train", "check"), ("test",)))  # fmt: skip
    known = [one for each in learn if len(one := _held(rule, dwell, each, label, view))]
    if not known:
        raise DataError(
            N_("The rule holds in none of the recordings: nothing could be measured."),
            N_("Look at the rule and at the recordings: gongzhi data look"),
        )
    curve = _fitted(known)
    worth = Worth(
        rule="",
        dwell=dwell,
        label=label,
        curve=curve,
        limit=_limit(known),
        usual=usual_of([(one.x, one.known) for one in known if len(one.x)]),
    )
    seen = [one for each in test if len(one := _held(rule, dwell, each, label, view))]
    showing = [each for each in test if each.head.label == label]
    others = [each for each in test if each.head.label != label]
    hits = sum(one.shows for one in seen)
    return Gauge(
        curve, worth.limit, worth.usual, split.kind, len(learn), len(known), len(test), hits, len(showing),
        len(seen) - hits, len(others), bins_of([(gauged(float(p), curve), one.shows) for one in seen for p in one.p]),
        (_brier(seen, (1.0, 0.0)), _brier(seen, curve)),
        _share([one.shows | (one.p <= worth.limit) for one in seen]),
        _share([worth.usual.far(one.x, one.known) > (worth.usual.edge or math.inf) for one in seen if len(one.x)]),
        (_told(rule, worth, showing), _told(rule, worth, others)),
    )  # fmt: skip


def _held(rule: Slack, dwell: float, recording: Recording, label: str, view: View) -> Held:
    """By the very code that runs in a project."""
    frames = recording.frames()
    if recording.head.still:  # a pose each, held for its dwell time
        slacks = [rule(features) for features in frames]
        said = [(probability(slack), features) for slack, features in zip(slacks, frames, strict=True) if slack >= 0]
    else:
        state = IdentifyState({"rule": rule}, {"rule": dwell})
        actions = [(identify(features, features.t, state)[0], features) for features in frames]
        said = [(action.p, features) for action, features in actions if action.held]
    # While a flicker is bridged the pose is not seen.
    x, known = numbers_of(view, [features for _, features in said if rule(features) >= -1])
    return Held(recording.head.label == label, np.array([p for p, _ in said]), x, known)


def _limit(known: Sequence[Held]) -> float:
    """The own `p` up to which it may be something else: split conformal, where what a set can miss is something else
    that has a larger one. 1 (always) where too few recordings say so."""
    return min(grouped_threshold([np.zeros(len(one)) if one.shows else one.p for one in known]), 1.0)


def _told(rule: Slack, worth: Worth, recordings: Sequence[Recording]) -> Heard:
    """What the loop is told, by the very code that runs in a project; a person is asked where nothing is decided."""
    decides = asks = 0
    for recording in recordings:
        state = IdentifyState({"rule": rule}, {"rule": 0.0 if recording.head.still else worth.dwell}, {"rule": worth})
        told = set()
        for features in recording.frames():
            if recording.head.still:
                state.begin()
            one = identify(features, features.t, state)[0]
            if one.held:
                told.add("asks" if one.options or one.doubt else "decides")
        decides += "decides" in told
        asks += told == {"asks"}
    return Heard(decides, asks, len(recordings))


def _share(some: Sequence[NDArray[np.bool_]]) -> float:
    """Of moments, each recording counting as one; 0 for none."""
    return float(np.mean([each.mean() for each in some])) if some else 0.0


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, _SURE, 1 - _SURE)
    return np.asarray(np.log(p / (1 - p)), np.float64)


def _fitted(known: Sequence[Held]) -> tuple[float, float]:
    """Newton's method on the log loss; the moments of a recording together count as one. A curve that falls, which
    would say that a clearer pose is wrong more often, becomes flat."""
    x = np.concatenate([_logit(one.p) for one in known])
    weight = np.concatenate([np.full(len(one), 1 / len(one)) for one in known])
    yes = sum(one.shows for one in known)
    target = {True: (yes + 1) / (yes + 2), False: 1 / (len(known) - yes + 2)}
    y = np.concatenate([np.full(len(one), target[one.shows]) for one in known])
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


def _brier(seen: Sequence[Held], curve: tuple[float, float]) -> float:
    """The mean square of how far p is from what is so."""
    each = [np.mean([(gauged(float(p), curve) - one.shows) ** 2 for p in one.p]) for one in seen]
    return float(np.mean(each)) if each else 0.0
