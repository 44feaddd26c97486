"""Takes the recordings of a data set, gives what to look at first: odd ones, doubles, labels that may be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.learn.windows import resample

ODD: Final = 2.0  # times as far from its label's nearest recording as is usual in that label
_NEARER: Final = 0.8  # another label is suggested where its nearest recording is nearer than this share of the own
_VOTES: Final = 3
_SAME: Final = 0.02  # trunks, root mean square: what a recording differs from its own copy saved with fewer digits
_SAME_SENSOR: Final = 0.0015  # in its unit: two who stand still differ by the sensor's noise, 0.003 g, and more
_LEAST: Final = 0.02  # trunks, or shares of a cosine: less is how a joint trembles
_RATE: Final = 5.0  # frames a second are enough to compare by
_SENSOR_RATE: Final = 20.0  # a step shakes quicker than a limb moves


@dataclass(frozen=True, slots=True)
class Finding:
    """Of one recording: `odd` how far it is from the nearest other one of its label, over what is usual there (0 where
    there is no other); `double` the name of one that shows the same, `suggested` a label that fits better, or ""."""

    name: str
    label: str
    odd: float
    double: str
    suggested: str

    @property
    def worth_a_look(self) -> bool:
        """Something is to be decided about it."""
        return bool(self.odd >= ODD or self.double or self.suggested)


def look(recordings: Sequence[AnyRecording]) -> list[Finding]:
    """One finding for each recording, what is most in doubt first. Nothing is changed: people decide."""
    moves = [_numbers(each) for each in recordings]
    sums = np.stack([_sum(*each) for each in moves]) if moves else np.zeros((0, 1))
    # By the middle two thirds: an odd one must not stretch the measure that it is found by.
    spread = np.ptp(np.quantile(sums, (1 / 6, 5 / 6), axis=0), axis=0) / 2 + _LEAST if len(sums) else np.ones(1)
    scaled = sums / spread
    square = (scaled**2).mean(1)
    away = np.sqrt(np.maximum(square[:, None] + square - 2 * scaled @ scaled.T / scaled.shape[1], 0))
    np.fill_diagonal(away, np.inf)
    labels = np.array([each.head.label for each in recordings])
    same = labels[:, None] == labels[None]
    nearest = np.where(same, away, np.inf).min(1, initial=np.inf)
    found = []
    like = _SAME_SENSOR if any(each.view.channels for each in recordings) else _SAME
    for i, recording in enumerate(recordings):
        alike = nearest[(labels == labels[i]) & np.isfinite(nearest)]
        usual = float(np.median(alike)) if len(alike) else 0.0
        odd = float(nearest[i]) / max(usual, 1e-6) if np.isfinite(nearest[i]) and usual else 0.0
        double = next(
            (recordings[j].name for j in np.flatnonzero(away[i] < 1).tolist() if _copies(moves[i], moves[j], like)), ""
        )
        better = _better(away[i], labels, str(labels[i]), float(nearest[i]))
        found.append(Finding(recording.name, str(labels[i]), round(odd, 2), double, better))
    return sorted(found, key=lambda one: (not one.suggested, not one.double, -one.odd, one.name))


def _better(away: NDArray[np.float64], labels: NDArray[np.str_], own: str, nearest: float) -> str:
    """The label of most of the three nearest, where it is clearly nearer than the own; else "". One that is labelled
    wrongly must not make its neighbours suspect."""
    around = [str(labels[j]) for j in np.argsort(away, kind="stable")[:_VOTES] if np.isfinite(away[j])]
    label = max(around, key=around.count, default=own)
    clear = label != own and around.count(label) > _VOTES // 2 and np.isfinite(nearest)
    return label if clear and float(away[labels == label].min()) < _NEARER * nearest else ""


Move = tuple[NDArray[np.float32], NDArray[np.bool_]]


def _numbers(recording: AnyRecording) -> Move:
    view = recording.view
    return view.describe(*resample(recording.frames(), _RATE if not view.channels else _SENSOR_RATE, view))


def _sum(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(108,): where each number is, how far it moves and how fast; 0 where it is never known."""
    count = np.maximum(known.sum(0), 1)
    mean = (values * known).sum(0) / count
    moves = np.sqrt((((values - mean) * known) ** 2).sum(0) / count)
    steps = np.abs(np.diff(values, axis=0)) * (known[1:] & known[:-1])
    return np.concatenate([mean, moves, steps.mean(0) if len(steps) else np.zeros(values.shape[1])])


def _copies(one: Move, other: Move, like: float) -> bool:
    """Whether two show the same frames (the shorter may be the beginning of the longer), within `like`."""
    n = min(len(one[0]), len(other[0]))
    both = one[1][:n] & other[1][:n]
    if both.mean() < 0.3 or n < 2:
        return False
    return bool(np.sqrt(((one[0][:n] - other[0][:n])[both] ** 2).mean()) < like)
