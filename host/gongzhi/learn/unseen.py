"""Takes windows of known movements, gives others that are none of them, so that a network learns where they end.

The idea is outlier exposure (Hendrycks, Mazeika and Dietterich, 2019), with outliers that are made of the data itself:
limbs of one movement on the body of another (with hands its fingers, too), movements that hardly move, and what lies
midway between two labels.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.features import JOINTS
from gongzhi.learn.hands import PLACE, ROWS
from gongzhi.learn.usual import sums
from gongzhi.learn.windows import Windows

SHARE: Final = 0.5  # made-up windows for each real one; as many again took twice the time and gave no more (measured)
QUIET: Final = 0.45  # the most that is left of a movement that hardly moves
MOVES: Final = 0.1  # trunks, root mean square about its middle: less is no movement that could be made smaller
FINGERS_MOVE: Final = 0.15  # palms, the same of finger tips
_NEAR: Final = 0.5  # quantile of the distances within a label; a made-up window nearer than that is not made up enough
_MOST: Final = 48  # windows of a label with which made-up ones are compared
_APART: Final = 5  # windows further apart than this in their recording share no frame
_AT: Final = {name: row for row, name in enumerate(JOINTS)}


def _limb(side: str, parent: str, *names: str) -> tuple[int, list[int]]:
    return _AT[f"{side}_{parent}"], [_AT[f"{side}_{name}"] for name in names]


# Each limb as the joint by which it hangs, and its own joints.
_LIMBS: Final = [
    _limb(side, *names)
    for names in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
    for side in ("left", "right")
]


# Of each side's hand its rows, and those of the finger tips of both.
_HANDS: Final = [[len(JOINTS) + side * ROWS + row for row in range(ROWS)] for side in (0, 1)]
_TIPS: Final = [row for hand in _HANDS for row in hand[:PLACE]]


def invent(windows: Windows, label: int, rng: np.random.Generator, count: int) -> Windows:
    """At most `count` windows of the number `label`, for "none of these"; fewer where chance picks two of one label."""
    one, other = rng.integers(0, len(windows), (2, count))
    points, seen = windows.points[one].copy(), windows.seen[one].copy()
    theirs, theirs_seen = windows.points[other], windows.seen[other]
    hands = windows.view.hands
    kind = rng.integers(0, 5 if hands else 4, count)
    # Limbs of another movement, on two kinds of four: they are the ones most like what people do.
    for number, (parent, limb) in enumerate(_LIMBS):
        given = (kind < 2) & (rng.random(count) < 0.5)
        given |= (kind < 2) & (number == one % 2)  # at least one arm
        rows = np.flatnonzero(given)
        moved = points[rows, :, parent] - theirs[rows, :, parent]
        for joint in limb:
            points[rows, :, joint] = theirs[rows, :, joint] + moved
            seen[rows, :, joint] = theirs_seen[rows, :, joint] & seen[rows, :, parent] & theirs_seen[rows, :, parent]
        if hands and number < len(_HANDS):  # the hand that belongs to the arm
            for row in _HANDS[number]:
                points[rows, :, row] = theirs[rows, :, row] + (moved if row == _HANDS[number][PLACE] else 0)
                seen[rows, :, row] = theirs_seen[rows, :, row]
    if hands:  # what another movement's fingers do, on these arms
        for row in (each for hand in _HANDS for each in hand if each != hand[PLACE]):
            points[kind == 4, :, row], seen[kind == 4, :, row] = (
                theirs[kind == 4, :, row],
                theirs_seen[kind == 4, :, row],
            )
    middle = points.mean(1, keepdims=True)
    left = np.where(rng.random(count) < 0.5, 0.0, rng.uniform(0, QUIET, count)).astype(np.float32)
    quiet = kind == 2
    moves = _moves(points[..., : len(JOINTS), :2]) >= MOVES
    if hands:
        moves |= _moves(points[..., _TIPS, :]) >= FINGERS_MOVE
    points[quiet] = (middle + (points - middle) * left[:, None, None, None])[quiet]
    between = rng.uniform(0.35, 0.65, count).astype(np.float32)[:, None, None, None]
    midway = kind == 3
    points[midway] = (points * between + theirs * (1 - between))[midway]
    seen[midway] &= theirs_seen[midway]
    keep = np.where(quiet, moves, windows.y[one] != windows.y[other])
    points *= seen[..., None]
    y = np.full(int(keep.sum()), label)
    return Windows(points[keep], seen[keep], y, windows.group[one][keep], windows.view)


def _moves(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) root mean square of each window about its middle."""
    return np.asarray(np.sqrt(((points - points.mean(1, keepdims=True)) ** 2).mean((1, 2, 3))))


class Known:
    """How near windows of one label are to each other, so that nothing known is called unknown: one arm at rest on the
    body of another arm at rest may well be a label of its own."""

    def __init__(self, x: NDArray[np.float32], y: NDArray[np.int64], labels: int) -> None:
        """`x` (n, 30, 36) standardised windows in the order of their recordings, `y` (n,) their labels."""
        summed = sums(x)
        self._mean, self._spread = summed.mean(0), summed.std(0) + 1e-3
        scaled = (summed - self._mean) / self._spread
        self._some: list[NDArray[np.float32]] = []
        self._near: list[float] = []
        for label in range(labels):
            rows = np.flatnonzero(y == label)
            rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST)).astype(np.int64)]
            away = _distances(scaled[rows], scaled[rows])
            away[np.abs(rows[:, None] - rows[None]) < _APART] = np.inf
            nearest = away.min(1)
            found = nearest[np.isfinite(nearest)]
            self._some.append(scaled[rows])
            self._near.append(float(np.quantile(found, _NEAR)) if len(found) else 0.0)

    def alike(self, x: NDArray[np.float32]) -> NDArray[np.bool_]:
        """(n,) whether each of `x` (n, 30, 36) is as near to some label's windows as they are to one another."""
        scaled = (sums(x) - self._mean) / self._spread
        found = np.zeros(len(x), np.bool_)
        for some, near in zip(self._some, self._near, strict=True):
            found |= _distances(scaled, some).min(1) <= near
        return found


def _distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    square = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(square, 0)), np.float32)
