"""Takes a time in seconds, gives the pose that the drawn person has then: a short exercise that repeats for ever."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from gongzhi.sim.poses import POSES, Pose, blend


@dataclass(frozen=True, slots=True)
class Step:
    """Go to the pose `name` in `move` seconds and keep it for `hold` seconds."""

    name: str
    move: float
    hold: float


EXERCISE: Final[tuple[Step, ...]] = (
    Step("stand", 0.9, 1.9),
    Step("hands_up", 1.2, 2.4),
    Step("stand", 1.2, 1.6),
    Step("arms_level", 1.0, 2.4),
    Step("stand", 1.0, 1.2),
    Step("wave", 0.9, 1.9),
    Step("stand", 0.9, 0.4),
    Step("lean", 0.8, 0.3),
)  # 20 s, one hands_up and one arms_level in each


def ease(share: float) -> float:
    """0..1 to 0..1, starting and ending at rest in speed and acceleration (minimum jerk; Flash and Hogan 1985)."""
    return share * share * share * (share * (share * 6.0 - 15.0) + 10.0)


def waving(pose: Pose, angle: float) -> float:
    """Degrees that the right forearm is to one side at this angle (radians) of its swing: only one that is raised far
    beyond its upper arm waves."""
    return 17.0 * math.sin(angle) * min(max((pose.right_fore - pose.right_upper - 30.0) / 50.0, 0.0), 1.0)


class Script:
    """A pose for every moment: the steps in order, for ever, with breath and a little sway.

    Everything repeats after `seconds`, so that pictures of one round serve for all.
    """

    def __init__(self, steps: tuple[Step, ...] = EXERCISE) -> None:
        self.steps = steps
        self.seconds = math.fsum(step.move + step.hold for step in steps)

    def pose_at(self, t: float) -> Pose:
        """The pose at `t` seconds."""
        pose = self._scripted(t % self.seconds)
        # Whole numbers of waves per round, so that the round closes; periods of about 4 s (breath) to 10 s.
        wave = 2.0 * math.pi * t / self.seconds
        return replace(
            pose,
            breath=pose.breath + 0.25 * (1.0 + math.sin(5 * wave)),
            sway=pose.sway + 0.005 * math.sin(3 * wave) + 0.003 * math.sin(7 * wave + 1),
            lean=pose.lean + 0.6 * math.sin(3 * wave + 0.6),
            tilt=pose.tilt + 1.6 * math.sin(4 * wave + 2),
            look=pose.look + 0.16 * math.sin(2 * wave),
            left_fore=pose.left_fore + 1.2 * math.sin(6 * wave),
            right_fore=pose.right_fore + 1.2 * math.sin(6 * wave + 0.8) + waving(pose, 24 * wave),
        )

    def _scripted(self, t: float) -> Pose:
        before = POSES[self.steps[-1].name]
        for step in self.steps:
            pose = POSES[step.name]
            if t < step.move:
                return blend(before, pose, ease(t / step.move))
            if t < step.move + step.hold:
                return pose
            t -= step.move + step.hold
            before = pose
        return before
