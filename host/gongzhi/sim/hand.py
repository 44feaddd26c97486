"""Takes a drawn person's hand (wrist, direction, bent fingers), gives its 21 points in space and the limbs to draw."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gongzhi.seen import FINGERS, HAND_POINTS, SIDES, Side
from gongzhi.sim.body import Hand, Vector

# Shares of the hand's length, wrist to the tip of the middle finger: of each finger the knuckle (towards the thumb,
# along the hand) and its three bones. Set by eye beside Buryanov and Kotiuk 2010 (proportions of hand segments).
_KNUCKLES: Final = {"index": (0.125, 0.50), "middle": (0.035, 0.52), "ring": (-0.055, 0.49), "pinky": (-0.135, 0.44)}
_BONES: Final = {"index": (0.22, 0.135, 0.115), "middle": (0.24, 0.155, 0.12), "ring": (0.22, 0.145, 0.12),
                 "pinky": (0.17, 0.105, 0.11)}  # fmt: skip
_SPREAD: Final = {"index": 7.0, "middle": 1.0, "ring": -6.0, "pinky": -14.0}  # degrees from the hand's direction
_BENT: Final = (84.0, 104.0, 62.0)  # degrees at each joint of a finger that is wholly bent
# The thumb's four points, stretched and laid over the palm: towards the thumb's side, along the hand, out of the palm.
_THUMB: Final = np.array(((0.10, 0.11, 0.03), (0.215, 0.235, 0.05), (0.31, 0.345, 0.05), (0.385, 0.44, 0.05)))
_FOLDED: Final = np.array(((0.10, 0.11, 0.05), (0.17, 0.24, 0.12), (0.085, 0.36, 0.20), (-0.02, 0.40, 0.21)))
_THICK: Final = {"thumb": (0.080, 0.072, 0.064), "index": (0.068, 0.060, 0.053), "middle": (0.070, 0.062, 0.054),
                 "ring": (0.067, 0.059, 0.052), "pinky": (0.060, 0.052, 0.046)}  # fmt: skip


class Bone(NamedTuple):
    """One limb of a hand: both ends in body heights, and its radii there."""

    a: Vector
    b: Vector
    radius_a: float
    radius_b: float


def points(hand: Hand, side: Side) -> NDArray[np.float64]:
    """The 21 landmarks (21, 3) in body heights, in the order of `gongzhi.seen`."""
    along = hand.tip - hand.wrist
    length = float(np.linalg.norm(along))
    up, out = along / length, hand.across
    palm = np.cross(up, out) if side == SIDES[0] else np.cross(out, up)
    local = np.zeros((HAND_POINTS, 3))
    local[1:5] = _THUMB + (_FOLDED - _THUMB) * hand.curl[0]
    for finger, bent in zip(FINGERS[1:], hand.curl[1:], strict=True):
        at = 1 + 4 * FINGERS.index(finger)
        aside = math.radians(_SPREAD[finger]) * (1.0 - 0.8 * bent)
        ahead = np.array([math.sin(aside), math.cos(aside), 0.0])
        local[at] = (*_KNUCKLES[finger], 0.0)
        turned = 0.0
        for bone, (size, most) in enumerate(zip(_BONES[finger], _BENT, strict=True)):
            turned += math.radians(4.0 + (most - 4.0) * bent)
            direction = ahead * math.cos(turned) + np.array([0.0, 0.0, math.sin(turned)])
            local[at + bone + 1] = local[at + bone] + direction * size
    return np.asarray(hand.wrist + length * (local @ np.stack((out, up, palm))))


def bones(hand: Hand, side: Side) -> list[Bone]:
    """The limbs of a hand, the farthest from the viewer first."""
    at, size = points(hand, side), float(np.linalg.norm(hand.tip - hand.wrist))
    made = []
    for number, finger in enumerate(FINGERS):
        first = 1 + 4 * number
        knuckle = at[0] * 0.72 + at[first] * 0.28 if finger != "thumb" else at[0]
        thick = 0.098 if finger != "thumb" else 0.10
        made.append(Bone(knuckle, at[first], thick * size, (0.082 if finger != "thumb" else 0.095) * size))
        radii = (*_THICK[finger], _THICK[finger][-1] * 0.92)
        made += [
            Bone(at[first + bone], at[first + bone + 1], radii[bone] * size, radii[bone + 1] * size)
            for bone in range(3)
        ]
    return sorted(made, key=lambda bone: float(bone.a[2] + bone.b[2]))
