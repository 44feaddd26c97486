"""Takes moments of a person, gives any between two of them, and the numbers of many by the person's own measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gongzhi.coach.body import Array, Mask, Neutral, numbers

_FAR: Final = 0.6  # trunks that somebody moves in a repetition, which is measured by a later stand, at most


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A step at RATE: numbers (20,) and which are known, by what measure (None: by none of the person's own), and the
    joints (15, 2) and which are seen that they were made of."""

    x: Array
    known: Mask
    by: Neutral | None
    joints: Array
    seen: Mask

    def to(self, later: Moment, share: float, *, near: bool) -> Moment:
        """The moment at `share` (0..1) of the way to a later one; between two that are not `near` nothing is known."""

        def both(one: Mask, other: Mask) -> Mask:
            return other if share > 1 - 1e-6 else one & other if near else np.zeros_like(other)

        x, joints = (a + (b - a) * share for a, b in ((self.x, later.x), (self.joints, later.joints)))
        return Moment(x, both(self.known, later.known), later.by, joints, both(self.seen, later.seen))


def measured_by(neutral: Neutral | None, rows: Sequence[Moment], *, legs: bool) -> tuple[Array, Mask] | None:
    """The numbers (n, 20) of a repetition by the person's own measure, also where that came to be known during it or
    after it, and which are known; None where there is none, or it is of somebody who stands elsewhere."""
    if neutral is None:
        return None
    if all(row.by is not None for row in rows):
        return by_any(rows)
    joints, seen = np.stack([row.joints for row in rows]), np.stack([row.seen for row in rows])
    hips = np.median(joints, 0)[[7, 8], 0].mean()
    if abs(hips - neutral.hips[0]) > _FAR * neutral.trunk:
        return None
    x, known = numbers(joints, seen, neutral)
    known[:, -7:] &= legs
    return x, known


def by_any(rows: Sequence[Moment]) -> tuple[Array, Mask]:
    """The numbers (n, 20) of moments by whatever measure there was, and which are known."""
    return np.stack([row.x for row in rows]), np.stack([row.known for row in rows])


def elsewhere(one: Neutral, other: Neutral) -> bool:
    """Whether somebody stands elsewhere now, by more than 0.3 trunks."""
    return float(np.hypot(one.feet[0] - other.feet[0], one.feet[1] - other.feet[1])) > 0.3 * other.trunk
