"""Takes the channels of a sensor over time, gives the numbers from which models learn, and windows made of windows.

The numbers of a frame: the channels as they are, and where x, y and z are among them two that do not depend on how the
board is worn: the acceleration along the direction of gravity and across it (after Mizell, "Using gravity to estimate
accelerometer orientation", ISWC 2003). Gravity is taken as the mean over the window. Where rx, ry and rz are there,
too, two more: the rotation about that direction and about any across it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gongzhi.learn.features import Mask, Points
from gongzhi.learn.view import Numbers

if TYPE_CHECKING:
    from gongzhi.learn.windows import Windows

AXES: Final = ("x", "y", "z")
TURNS: Final = ("rx", "ry", "rz")
TEMPO: Final = (0.8, 1.2)  # how many samples of the original one of the window takes
TURN: Final = 12.0  # degrees, standard deviation: a board is never worn the same way twice
LOUD: Final = (0.85, 1.18)  # of what moves: somebody heavier, softer shoes
NOISE: Final = 0.03  # of a channel's usual deviation, standard deviation
# Degrees a second that a gyroscope says at rest, standard deviation: up to 20 by its data sheet (MPU-6000 product
# specification 3.4, table 6.1), and other ones on another board.
OFFSET: Final = 7.0
_LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Channels:
    """The View of a sensor with these channels, one number a sample each. A hole longer than `gap` leaves its samples
    unseen, and what was before it says nothing of what comes after (docs/wire.md: a batch each 0.4 s)."""

    channels: tuple[str, ...]
    gap: float = 0.25
    lost: float = 0.25
    hands: bool = False
    least: int = 1500  # windows are small and quick: with 200 of them 13 rounds are too few to learn what is strange

    @property
    def rows(self) -> tuple[int, int]:
        """One number for each channel."""
        return len(self.channels), 1

    @property
    def _axes(self) -> list[int]:
        return self._of(AXES)

    @property
    def _turns(self) -> list[int]:
        return self._of(TURNS) if self._axes else []

    def _of(self, names: tuple[str, ...]) -> list[int]:
        return [self.channels.index(name) for name in names] if set(names) <= set(self.channels) else []

    @property
    def numbers(self) -> int:
        """The channels, two more where there are three axes, and two where rotation about them is there, too."""
        return len(self.channels) + (2 if self._axes else 0) + (2 if self._turns else 0)

    @property
    def units(self) -> tuple[int, ...]:
        """Rotation is not measured as the channels before it are."""
        return (
            tuple(int(at in self._turns) for at in range(len(self.channels)))
            + ((0, 0) if self._axes else ())
            + ((1, 1) if self._turns else ())
        )

    def stack(self, frames: Sequence[Any]) -> tuple[Points, Mask]:
        """Of Samples."""
        points = np.array([each.values for each in frames], np.float32)[..., None]
        return points, np.ones(points.shape[:-1], np.bool_)

    def describe(self, points: Points, seen: Mask) -> tuple[Numbers, Mask]:
        """The numbers (…, frames, numbers) of points (…, frames, channels, 1). Unknown ones are 0. Never NaN."""
        values = points[..., 0] * seen
        if not (axes := self._axes):
            return values.astype(np.float32), seen.copy()
        force, known = values[..., axes], seen[..., axes].all(-1, keepdims=True)
        count = np.maximum(known.sum(-2, keepdims=True), 1)
        gravity = (force * known).sum(-2, keepdims=True) / count
        size = np.sqrt((gravity * gravity).sum(-1, keepdims=True))
        up = gravity / np.maximum(size, _LEAST)
        along, across = _parted(force, up)
        more, all_seen = [values, (along - size) * known, across * known], [seen, known, known]
        if turns := self._turns:
            known = known & seen[..., turns].all(-1, keepdims=True)
            more += [part * known for part in _parted(values[..., turns], up)]
            all_seen += [known, known]
        return np.concatenate(more, -1).astype(np.float32), np.concatenate(all_seen, -1)

    def augment(self, windows: Windows, _mirrored: list[int], rng: np.random.Generator) -> Windows:
        """Slower or quicker, stronger or weaker, worn a little differently, less exact."""
        n = len(windows)
        points, seen = _tempo(windows.points, windows.seen, rng.uniform(*TEMPO, (n, 1)))
        middle = points.mean(1, keepdims=True)
        loud = rng.uniform(*LOUD, (n, 1, 1, 1)).astype(np.float32)
        points = middle + (points - middle) * loud
        if axes := self._axes:
            turn = _turns(np.deg2rad(rng.normal(0, TURN, (n, 3))))
            for each in (axes, self._turns) if self._turns else (axes,):
                points[:, :, each, 0] = np.einsum("nij,ntj->nti", turn, points[:, :, each, 0])
        usual = windows.points.std((0, 1))
        if turns := self._turns:
            points[:, :, turns, 0] += rng.normal(0, OFFSET, (n, 1, 3)).astype(np.float32)
        else:
            usual = np.full_like(usual, usual.mean())  # all in one unit
        points += NOISE * (usual + _LEAST) * rng.standard_normal(points.shape, np.float32)
        return replace(windows, points=(points * seen[..., None]).astype(np.float32), seen=seen)

    def invent(self, windows: Windows, label: int, rng: np.random.Generator, count: int) -> Windows:
        """What is none of the known movements: much slower or quicker, much stronger or weaker, two at once, midway
        between two, and a movement whose moments come in another order."""
        one, other = rng.integers(0, len(windows), (2, count))
        points, seen = windows.points[one].copy(), windows.seen[one].copy()
        theirs = windows.points[other]
        kind = rng.integers(0, 5, count)
        pick = rng.random((count, 1)) < 0.5
        speed = np.where(pick, rng.uniform(0.3, 0.55, (count, 1)), rng.uniform(1.7, 2.2, (count, 1)))
        slow, slow_seen = _tempo(points, seen, speed)
        rows = kind == 0
        points[rows], seen[rows] = slow[rows], slow_seen[rows]
        middle, their_middle = points.mean(1, keepdims=True), theirs.mean(1, keepdims=True)
        loud = np.where(pick, rng.uniform(0.1, 0.5, (count, 1)), rng.uniform(1.8, 3.0, (count, 1)))[..., None, None]
        for number, made in (
            (1, middle + (points - middle) * loud),
            (2, points + (theirs - their_middle)),
            (3, (points + theirs) / 2),
            (4, points[np.arange(count)[:, None], _shuffled(points.shape[1], count, rng)]),
        ):
            rows = kind == number
            points[rows] = made[rows]
        keep = (kind < 2) | (kind == 4) | (windows.y[one] != windows.y[other])
        points = (points * seen[..., None]).astype(np.float32)
        return replace(
            windows, points=points[keep], seen=seen[keep], y=np.full(int(keep.sum()), label),
            group=windows.group[one][keep],
        )  # fmt: skip


def _parted(vectors: Points, up: Points) -> tuple[Points, Points]:
    """Of vectors (…, frames, 3) the length along `up` (a unit vector), and across it."""
    along = (vectors * up).sum(-1, keepdims=True)
    across = vectors - along * up  # not by Pythagoras: near 0 half of a float32's digits would be lost
    return along, np.sqrt((across * across).sum(-1, keepdims=True))


def _tempo(points: Points, seen: Mask, speed: np.ndarray[Any, Any]) -> tuple[Points, Mask]:
    """Each window slower or quicker about its middle; a quicker one goes back and forth at its ends, so that it never
    stands still."""
    n, length = points.shape[:2]
    middle, last = (length - 1) / 2, length - 1
    at = middle + (np.arange(length) - middle) * speed
    at = np.abs((at + last) % (2 * last) - last) if last else at * 0
    low = np.minimum(at.astype(np.int64), max(length - 2, 0))
    share = (at - low).astype(np.float32)[:, :, None, None]
    rows, high = np.arange(n)[:, None], np.minimum(low + 1, last)
    return (points[rows, low] * (1 - share) + points[rows, high] * share), seen[rows, low] & seen[rows, high]


def _turns(angles: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """(n, 3, 3) float32 rotations about x, then y, then z."""
    out = np.broadcast_to(np.eye(3), (len(angles), 3, 3)).copy()
    for axis, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        turn = np.broadcast_to(np.eye(3), out.shape).copy()
        cos, sin = np.cos(angles[:, axis]), np.sin(angles[:, axis])
        turn[:, i, i], turn[:, i, j], turn[:, j, i], turn[:, j, j] = cos, -sin, sin, cos
        out = turn @ out
    return out.astype(np.float32)


def _shuffled(length: int, count: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """(count, length) the numbers of the frames with pieces of three in another order."""
    pieces = -(-length // 3)
    order = rng.permuted(np.tile(np.arange(pieces), (count, 1)), axis=1)
    at = (order[:, :, None] * 3 + np.arange(3)).reshape(count, -1)
    return np.minimum(at, length - 1)[:, :length]
