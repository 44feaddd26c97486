"""Takes what the runtime says of a frame, gives a program the person in it: joints, angles, hands and their fingers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.seen import FINGERS, SIDES
from gongzhi.text import N_
from gongzhi.values import LANDMARK, LANDMARKS

_HANDS: Final = {f"{side}_hand": side for side in SIDES}
_UP: Final = -0.5  # a slack of finger_measure.slacks: midway between where a rule begins and where it ends
_PALM: Final = (0, 5, 17)  # wrist, knuckles of the index and the little finger
_TIP: Final = 4  # of a finger's four points, which begin at 1


class Unseen(Exception):  # noqa: N818  (it is no mistake: what is not seen keeps no pose)
    """A joint that was asked for is not seen; whoever judges the frame need not catch it."""


class Joint:
    """One joint: `x` to the picture's right and `y` up, in trunks from midway between the hips."""

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y

    def __repr__(self) -> str:
        return f"<Joint {self.x:.2f} {self.y:.2f}>"


class Hand(Joint):
    """One hand: `x`, `y` of its palm's middle, as of a Joint; `fingers` that are stretched, 0 to 5; `hand.index` is the
    Joint of a finger's tip (thumb, index, middle, ring, pinky)."""

    def __init__(self, points: list[list[float]], slacks: list[float]) -> None:
        x, y = ([points[row][axis] for row in _PALM] for axis in (0, 1))
        super().__init__(sum(x) / len(x), sum(y) / len(y))
        self._points = points
        self._up = {name: slack >= _UP for name, slack in zip(FINGERS, slacks, strict=True)}

    @property
    def fingers(self) -> int:
        """How many are stretched."""
        return sum(self._up.values())

    def up(self, *names: str) -> bool:
        """Whether all these fingers are stretched, wherever they point."""
        return all(self._up[self._finger(name)] for name in names)

    def __getitem__(self, name: str) -> Joint:
        return Joint(*self._points[FINGERS.index(self._finger(name)) * _TIP + _TIP])

    def __getattr__(self, name: str) -> Joint:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __repr__(self) -> str:
        return f"<Hand {self.x:.2f} {self.y:.2f}, {self.fingers} up>"

    @staticmethod
    def _finger(name: str) -> str:
        if name not in FINGERS:
            raise ConfigError(
                N_("A hand has no finger “{name}”."), N_("Did you mean “{near}”? Possible: {known}."),
                name=name, near=nearest(name, list(FINGERS)) or "index", known=", ".join(FINGERS),
            )  # fmt: skip
        return name


class Body:
    """A person in one frame; `t` is when it was captured (s). `body.left_wrist` is a Joint, `body.left_hand` a Hand
    (where the run looks for hands); what is not seen ends the function, and the pose counts as not kept.
    `body.sees("left_wrist")` asks first. "left" is the person's own."""

    def __init__(
        self, t: float, points: list[list[float] | None], hands: Mapping[str, Mapping[str, list[Any]]] | None = None
    ) -> None:
        """`hands` by their side: `p` 21 points in trunks, `f` five slacks (finger_measure.slacks)."""
        self.t = t
        self._points = points
        self._hands = {side: Hand(one["p"], one["f"]) for side, one in (hands or {}).items()}

    def __getitem__(self, name: str) -> Joint:
        if name in _HANDS:
            if _HANDS[name] not in self._hands:
                raise Unseen(name)
            return self._hands[_HANDS[name]]
        if name not in LANDMARK:
            known = [*LANDMARKS, *_HANDS]
            raise ConfigError(
                N_("A body has no joint “{name}”."), N_("Did you mean “{near}”? Possible: {known}."),
                name=name, near=nearest(name, known) or "left_wrist", known=", ".join(known),
            )  # fmt: skip
        point = self._points[LANDMARK[name]]
        if point is None:
            raise Unseen(name)
        return Joint(*point)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def sees(self, *names: str) -> bool:
        """Whether all these joints or hands are seen."""
        try:
            return all(self[name] for name in names)
        except Unseen:
            return False

    def distance(self, a: str, b: str) -> float:
        """How far two joints or hands are apart, in trunks."""
        return math.hypot(self[a].x - self[b].x, self[a].y - self[b].y)

    def angle(self, a: str, joint: str, b: str) -> float:
        """The angle at `joint` between the lines to `a` and `b`, 0 to 180 degrees in the picture."""
        at, one, other = self[joint], self[a], self[b]
        turn = math.atan2(one.y - at.y, one.x - at.x) - math.atan2(other.y - at.y, other.x - at.x)
        return abs(math.degrees(math.remainder(turn, math.tau)))
