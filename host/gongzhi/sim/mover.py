"""Takes a course of movements (learn/course.py), gives the body of the drawn person at any moment of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gongzhi.learn.course import Course, Side, perform_course, whole
from gongzhi.learn.generator import Performer, turn_of
from gongzhi.learn.pack import Form, Pack
from gongzhi.sim.body import ANKLE, FOOT, HAND, HEAD, NECK, TRUNK, Body, Hand, Vector

_FULL_LOOK: Final = 75.0  # degrees that the head is turned where the drawn face looks fully to one side
_FPS: Final = 30.0  # of the course that is made before anything is drawn
# Joints of a course, in its order.
_NAMES: Final = ("nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
                 "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")  # fmt: skip


class Posture(NamedTuple):
    """A body, and where its face looks (-1 picture's left .. 1 right): what the avatar draws."""

    body: Body
    look: float


class Mover:
    """A person who does a course again and again, as the synthetic camera's script."""

    def __init__(self, pack: Pack, who: Performer, order: Sequence[tuple[Form, Side]] | None = None, *,
                 amplitude: float = 1.0, tempo: tuple[float, float] = (0.7, 1.35),
                 stand: float = 3.0) -> None:  # fmt: skip
        """`order` is the whole course where it is left out; `who` gives body, style and (within `tempo`) tempo; they
        stand still for `stand` seconds first and last."""
        self.course: Course = perform_course(
            pack, order or whole(pack), who, fps=_FPS, amplitude=amplitude, tempo=tempo, stand=stand
        )

    @property
    def seconds(self) -> float:
        """How long the course takes."""
        return self.course.seconds

    def pose_at(self, t: float) -> Posture:
        """The posture at `t` seconds."""
        return posture(self.course, min(round((t % self.seconds) * _FPS), len(self.course.t) - 1))


def posture(course: Course, frame: int) -> Posture:
    """The posture in one frame of a course: its joints, and the hands, feet and head that belong to them."""
    points = course.joints[frame] * TRUNK + (0.0, ANKLE, 0.0)
    joints: dict[str, Vector] = dict(zip(_NAMES, points, strict=False))
    trunk, rest = course.rest[frame][:3], course.rest[frame]
    axes = turn_of(trunk[None])[0]
    hands = {}
    for name, sign in (("left", 1.0), ("right", -1.0)):
        hands[name] = _hand(joints[f"{name}_elbow"], joints[f"{name}_wrist"], axes, sign)
        ankle = joints[f"{name}_ankle"]
        lifted = float(ankle[1]) - ANKLE
        # A foot on the floor is flat; one in the air hangs down, heels that are raised have the toes on the floor.
        drop = min(max(lifted * 6.0, 0.0), 1.0)
        toes = np.array([sign * 0.35, -0.30 - 0.55 * drop, 0.88 - 0.35 * drop])
        joints[f"{name}_heel"] = ankle + np.array([-sign * 0.004, -0.026 + 0.012 * drop, -0.030])
        joints[f"{name}_foot_index"] = ankle + np.array([0.0, -0.012, 0.0]) + toes * (FOOT * 0.72)
    middle = (joints["left_hip"] + joints["right_hip"]) / 2
    chest = middle + axes[:, 1] * TRUNK
    down = np.deg2rad(rest[4] + 0.0)
    up = axes[:, 1] * 0.6 + np.array([0.0, 0.4, 0.0])
    forward = np.array([0.0, 0.0, 1.0])
    neck = chest + axes[:, 1] * (NECK * 0.75)
    tilt = up * np.cos(down) + forward * np.sin(down)
    head = neck + tilt * (NECK * 0.55 + HEAD * 0.86) / max(float(np.linalg.norm(tilt)), 1e-6) + axes[:, 2] * 0.012
    angle = float(np.degrees(np.arctan2(head[0] - neck[0], max(abs(float(head[1] - neck[1])), 1e-3))))
    look = float(np.clip(rest[3] / _FULL_LOOK, -1.0, 1.0))
    return Posture(Body(joints, hands, head, float(np.clip(angle, -35, 35)) * 0.7, chest, axes), look)


def _hand(elbow: Vector, wrist: Vector, axes: Vector, sign: float) -> Hand:
    """A hand that goes on from the forearm, its thumb up or inwards."""
    along = wrist - elbow
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    across = np.array([0.0, 1.0, 0.0]) if abs(along[1]) < 0.8 else -axes[:, 0] * sign
    across = across - along * float(across @ along)
    return Hand(wrist, wrist + along * HAND, across / max(float(np.linalg.norm(across)), 1e-6))
