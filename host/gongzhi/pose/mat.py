"""Takes four corners in the picture, gives the mat: whether somebody's feet stand on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gongzhi.text import N_, Later

Corner = tuple[float, float]
_LEAST: Final = 0.002  # of the picture's area


class MatError(ValueError):
    """Why four corners make no mat; `what` and `hint` in the user's language when they are shown."""

    def __init__(self, what: str, hint: str, /, **values: Any) -> None:
        super().__init__(what)
        self.what, self.hint = Later(what, values), hint


@dataclass(frozen=True, slots=True)
class Mat:
    """A place on the floor as the camera sees it: four `corners` (x, y) in shares of the picture's width and height,
    one after the other around it."""

    corners: tuple[Corner, ...]

    def __post_init__(self) -> None:
        """Raises MatError."""
        if len(self.corners) != 4:
            raise MatError(
                N_("a mat has 4 corners, here are {count}"),
                N_("Such as [[0.3, 0.7], [0.7, 0.7], [0.8, 0.95], [0.2, 0.95]]."), count=len(self.corners),
            )  # fmt: skip
        if not all(math.isfinite(x + y) and 0 <= x <= 1 and 0 <= y <= 1 for x, y in self.corners):
            raise MatError(
                N_("a corner of the mat lies outside the picture"), N_("Numbers from 0 to 1: 0 is left or top.")
            )
        turns = [_turn(*(self.corners[(at + step) % 4] for step in range(3))) for at in range(4)]
        if not (all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)) or self._area() < _LEAST:
            raise MatError(N_("the corners of the mat make no area"), N_("Go around it: one corner after the other."))

    def holds(self, x: float, y: float) -> bool:
        """Whether the point (shares of the picture) is on it; feet just below the picture count as at its edge."""
        y = min(y, 1.0)
        turns = [_turn(self.corners[at], self.corners[(at + 1) % 4], (x, y)) for at in range(4)]
        return all(turn >= -1e-9 for turn in turns) or all(turn <= 1e-9 for turn in turns)

    def _area(self) -> float:
        pairs = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        return abs(math.fsum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def mat_of(corners: Sequence[Sequence[float]]) -> Mat | None:
    """The mat with these corners; None where there are none. Raises MatError."""
    return Mat(tuple((float(x), float(y)) for x, y in corners)) if corners else None


def _turn(a: Corner, b: Corner, c: Corner) -> float:
    """Twice the area of the triangle, positive where it is gone around to the picture's right."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
