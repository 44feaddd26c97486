"""Takes a pose, gives where the joints of a person of height 1 are: x to the picture's right, y up, z to the viewer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.sim.poses import Pose

Vector = NDArray[np.float64]

# Shares of body height. Drillis and Contini 1966 (Winter, Biomechanics, fig. 4.1) with the larger head and the narrower
# shoulders of a twelve-year-old.
TRUNK: Final = 0.272
SHOULDER: Final = 0.106
HIP: Final = 0.056
NECK: Final = 0.046
HEAD: Final = 0.080  # half of the face's height
UPPER_ARM: Final = 0.160
FOREARM: Final = 0.142
HAND: Final = 0.088
THIGH: Final = 0.238
SHANK: Final = 0.236
ANKLE: Final = 0.046
FOOT: Final = 0.125


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand in space: `wrist`, `tip` of the fingers if they are stretched, `across` the unit vector from little finger
    to thumb, `curl` how bent each finger is (0 stretched, 1 bent), thumb first."""

    wrist: Vector
    tip: Vector
    across: Vector
    curl: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Body:
    """All joints of one pose, (3,) each in body heights over the middle of the floor under the person.

    `joints` by name ("left_shoulder" …, the person's own left); `hands` by "left", "right"; `head` its centre;
    `head_angle` degrees that the head leans to the picture's right; `chest` midway between the shoulders as they are
    at rest; `axes` (3, 3) the trunk's own right, up and front, as columns.
    """

    joints: dict[str, Vector]
    hands: dict[str, Hand]
    head: Vector
    head_angle: float
    chest: Vector
    axes: NDArray[np.float64]


def _trunk_axes(lean: float, turn: float) -> NDArray[np.float64]:
    a, b = math.radians(lean), math.radians(turn)
    about_z = np.array([[math.cos(a), math.sin(a), 0], [-math.sin(a), math.cos(a), 0], [0, 0, 1]])
    about_y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    return np.asarray(about_z @ about_y)


def _arm_direction(angle: float, forward: float, side: float) -> Vector:
    a, f = math.radians(angle), math.radians(forward)
    return np.array([side * math.sin(a) * math.cos(f), -math.cos(a) * math.cos(f), math.sin(f)])


def _knee(hip: Vector, ankle: Vector, side: float) -> Vector:
    """Two bones between two fixed ends; the knee gives way to the front and a little outwards."""
    line = ankle - hip
    length = min(float(np.linalg.norm(line)), (THIGH + SHANK) * 0.9995)
    along = line / max(float(np.linalg.norm(line)), 1e-9)
    share = (THIGH**2 - SHANK**2 + length**2) / (2 * length)
    front = np.array([side * 0.35, 0.0, 1.0])
    front -= along * float(front @ along)
    front /= float(np.linalg.norm(front))
    return np.asarray(hip + along * share + front * math.sqrt(max(THIGH**2 - share**2, 0.0)))


def _arm(pose: Pose, name: str, side: float, shoulder: Vector, axes: NDArray[np.float64]) -> tuple[Vector, Hand]:
    upper, fore, forward = (getattr(pose, f"{name}_{part}") for part in ("upper", "fore", "forward"))
    elbow = shoulder + axes @ _arm_direction(upper, forward, side) * UPPER_ARM
    along = axes @ _arm_direction(fore, forward * 1.6, side)
    wrist = elbow + along * FOREARM
    # A hanging hand shows its edge (thumb to the front and inwards); raised to the side, the palm faces the viewer.
    raised = min(max((fore - 20.0) / 60.0, 0.0), 1.0)
    rising = axes @ _arm_direction(fore + 90.0, 0.0, side)
    across = rising * (-0.55 + 1.55 * raised) + axes[:, 2] * (0.85 * (1.0 - raised))
    across -= along * float(across @ along)
    curl: tuple[float, ...] = getattr(pose, f"{name}_curl")
    return elbow, Hand(wrist, wrist + along * HAND, across / float(np.linalg.norm(across)), curl)


def solve(pose: Pose) -> Body:
    """Forward kinematics of the trunk and arms, two-bone inverse kinematics of the legs over feet that stay put."""
    axes = _trunk_axes(pose.lean, pose.turn)
    pelvis = np.array([pose.sway, ANKLE + (THIGH + SHANK) * 0.995 - pose.dip, 0.0])
    chest = pelvis + axes[:, 1] * (TRUNK + 0.003 * pose.breath)
    joints: dict[str, Vector] = {}
    hands: dict[str, Hand] = {}
    for name, side in (("left", 1.0), ("right", -1.0)):
        # The shoulder blade: a raised arm lifts its shoulder and brings it inwards.
        lift = min(max((getattr(pose, f"{name}_upper") - 50.0) / 110.0, 0.0), 1.0)
        shoulder = chest + axes @ np.array([side * (SHOULDER - 0.014 * lift), 0.034 * lift, 0.0])
        joints[f"{name}_shoulder"] = shoulder
        joints[f"{name}_elbow"], hands[name] = _arm(pose, name, side, shoulder, axes)
        joints[f"{name}_wrist"] = hands[name].wrist
        hip = pelvis + np.array([side * HIP, 0.0, 0.0])
        ankle = np.array([side * pose.stance, ANKLE, 0.0])
        toes = np.array([side * 0.42, -0.30, 0.86])
        joints[f"{name}_hip"], joints[f"{name}_ankle"] = hip, ankle
        joints[f"{name}_knee"] = _knee(hip, ankle, side)
        joints[f"{name}_heel"] = ankle + np.array([-side * 0.004, -0.026, -0.030])
        joints[f"{name}_foot_index"] = ankle + np.array([0.0, -0.012, 0.0]) + toes * (FOOT * 0.72)
    head_axes = _trunk_axes(pose.lean * 0.6 + pose.tilt, 0.0)
    head = chest + axes[:, 1] * (NECK * 0.75) + head_axes[:, 1] * (NECK * 0.55 + HEAD * 0.86) + axes[:, 2] * 0.012
    return Body(joints, hands, head, pose.lean * 0.6 + pose.tilt, chest, axes)
