"""Takes two moments of a person, gives any between them: numbers, and the joints that they are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gongzhi.coach.body import Array, Mask, Neutral


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
