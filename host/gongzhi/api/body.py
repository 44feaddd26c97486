"""Takes what the runtime says of a frame, gives a program the person in it: where each joint is, which angle."""

from __future__ import annotations

import math
from typing import Any

from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.text import N_
from gongzhi.values import LANDMARK, LANDMARKS


class Unseen(Exception):  # noqa: N818  (it is no mistake: what is not seen keeps no pose)
    """A joint that was asked for is not seen; whoever judges the frame need not catch it."""


class Joint:
    """One joint: `x` to the picture's right and `y` up, in trunks from midway between the hips."""

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y

    def __repr__(self) -> str:
        return f"<Joint {self.x:.2f} {self.y:.2f}>"


class Body:
    """A person in one frame; `t` is when it was captured (s). `body.left_wrist` is a Joint; one that is not seen ends
    the function, and the pose counts as not kept. `body.sees("left_wrist")` asks first. "left" is the person's own."""

    def __init__(self, t: float, points: list[list[float] | None]) -> None:
        self.t = t
        self._points = points

    def __getitem__(self, name: str) -> Joint:
        if name not in LANDMARK:
            raise ConfigError(
                N_("A body has no joint “{name}”."), N_("Did you mean “{near}”? Possible: {known}."),
                name=name, near=nearest(name, list(LANDMARKS)) or "left_wrist", known=", ".join(LANDMARKS),
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
        """Whether all these joints are seen."""
        try:
            return all(self[name] for name in names)
        except Unseen:
            return False

    def distance(self, a: str, b: str) -> float:
        """How far two joints are apart, in trunks."""
        return math.hypot(self[a].x - self[b].x, self[a].y - self[b].y)

    def angle(self, a: str, joint: str, b: str) -> float:
        """The angle at `joint` between the lines to `a` and `b`, 0 to 180 degrees in the picture."""
        at, one, other = self[joint], self[a], self[b]
        turn = math.atan2(one.y - at.y, one.x - at.x) - math.atan2(other.y - at.y, other.x - at.x)
        return abs(math.degrees(math.remainder(turn, math.tau)))
