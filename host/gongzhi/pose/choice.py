"""Takes the people whom one picture shows, gives the one to follow: the one before, on the mat, or in front."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from gongzhi.pose.landmarks import Landmarks
from gongzhi.pose.mat import Mat
from gongzhi.pose.roi import Roi
from gongzhi.values import LANDMARK

# How long whoever was lost among others is waited for before somebody else is followed: long enough to come out from
# behind somebody who walks past, short enough that the next in the queue need not wonder. Set by hand.
WAIT: Final = 1.0  # seconds
# Two finds are one person when they lie closer: of two people shoulder to shoulder the hips are a quarter of their
# height apart, and a square is 1.3 heights wide, which makes 0.19; two finds of one person were within 0.03.
_APART: Final = 0.15  # squares
_NEAR: Final = 0.35  # squares that somebody followed may be from where they were lost; beyond, it may be anybody
_ALIKE: Final = 1.5  # times larger or smaller that the square of the same person may have become
_ANKLES: Final = [LANDMARK["left_ankle"], LANDMARK["right_ankle"]]
_EDGE: Final = 0.5  # somebody at the edge counts as half as large as in the middle


@dataclass(frozen=True, slots=True, eq=False)
class Find:
    """Somebody who is there: the square in which they were looked for, and their landmarks."""

    roi: Roi
    found: Landmarks

    def on(self, mat: Mat, size: tuple[int, int]) -> bool:
        """Whether their feet are on the mat, in a picture of `size` (width, height) pixels."""
        return stands(self.found, mat, size)


def stands(found: Landmarks, mat: Mat, size: tuple[int, int]) -> bool:
    """Whether the feet of whoever has these landmarks are on the mat; either foot is enough."""
    feet = (found.points[_ANKLES] / np.array(size, np.float32)).tolist()
    return any(mat.holds(x, y) for x, y in feet)


def front(rois: Iterable[Roi], width: int) -> list[Roi]:
    """The squares of a picture `width` pixels wide, whoever is most in front first: large, and in the middle."""
    return sorted(rois, key=lambda roi: -roi.size * (1 - _EDGE * min(abs(2 * roi.x / width - 1), 1.0)))


def same(one: Roi, other: Roi) -> bool:
    """Whether two squares of one picture are around the same person."""
    return math.hypot(one.x - other.x, one.y - other.y) < _APART * max(one.size, other.size)


def seen(rois: Iterable[Roi], look: Callable[[Roi], Landmarks | None], besides: Roi | None = None) -> list[Find]:
    """Those of `rois` in whom `look` sees a person, each person once, without the one in `besides`."""
    finds: list[Find] = []
    for roi in rois:
        if any(same(roi, known) for known in (*([besides] if besides else ()), *(each.roi for each in finds))):
            continue
        found = look(roi)
        if found is not None:
            finds.append(Find(roi, found))
    return finds


@dataclass(frozen=True, slots=True)
class Lost:
    """Whom we followed: where they were last seen, at `t` seconds, and whether there were others."""

    roi: Roi
    t: float
    among_others: bool

    def again(self, finds: Sequence[Find]) -> Find | None:
        """The same person among `finds`, None when none of them is surely the one."""
        near = [each for each in finds if self._distance(each.roi) < _NEAR and self._alike(each.roi)]
        return min(near, key=lambda each: self._distance(each.roi), default=None)

    def waited_for(self, finds: Sequence[Find], t: float) -> bool:
        """Whether at `t` nobody else of `finds` is to be followed yet.

        Where only ever one person is seen there is no doubt who it is, however far they have jumped.
        """
        return (self.among_others or len(finds) > 1) and t - self.t < WAIT

    def crowded(self) -> Lost:
        """The same, with others around."""
        return replace(self, among_others=True)

    def _distance(self, roi: Roi) -> float:
        return math.hypot(roi.x - self.roi.x, roi.y - self.roi.y) / self.roi.size

    def _alike(self, roi: Roi) -> bool:
        return 1 / _ALIKE < roi.size / self.roi.size < _ALIKE
