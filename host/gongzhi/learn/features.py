"""Takes the points of a person over time, gives the 36 numbers a frame from which models learn, and their mirror image.

The numbers, in this order: x and y of 13 joints (mid-hip is 0, the trunk is 1, y up; 26), the cosines of 8 joint
angles (elbows, shoulders, hips, knees, left before right), and the sine and cosine of the trunk's lean: see
docs/learning.md. Where hands are learnt from, 20 more of each hand (hands.py) follow, left before right.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn import hands
from gongzhi.mirror import Mirror
from gongzhi.values import LANDMARK, Features

Points = NDArray[np.float32]  # (…, 13, 2); with hands (…, 27, 3), a joint's third number is 0
Mask = NDArray[np.bool_]

JOINTS: Final = (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
ROWS: Final = [LANDMARK[name] for name in JOINTS]  # of the 33 landmarks
_AT: Final = {name: row for row, name in enumerate(JOINTS)}


def _angle(side: str, *names: str) -> tuple[int, ...]:
    return tuple(_AT[f"{side}_{name}"] for name in names)


# Each as (one end, the joint, the other end).
ANGLES: Final = tuple(
    _angle(side, *names)
    for names in (
        ("shoulder", "elbow", "wrist"),
        ("hip", "shoulder", "elbow"),
        ("shoulder", "hip", "knee"),
        ("hip", "knee", "ankle"),
    )
    for side in ("left", "right")
)
COUNT: Final = 2 * len(JOINTS) + len(ANGLES) + 2
# The unit of each number: trunks, directions (-1..1), and with hands palms.
UNITS: Final = (0,) * (2 * len(JOINTS)) + (1,) * (len(ANGLES) + 2)
_ENDS: Final = np.array(ANGLES)
_SHOULDERS: Final = [_AT["left_shoulder"], _AT["right_shoulder"]]
_HIPS: Final = [_AT["left_hip"], _AT["right_hip"]]
ROWS_WITH_HANDS: Final = len(JOINTS) + 2 * hands.ROWS
COUNT_WITH_HANDS: Final = COUNT + 2 * hands.COUNT
UNITS_WITH_HANDS: Final = UNITS + 2 * ((2,) * (3 * hands.PLACE) + (0, 0) + (1, 1, 1))
_MIRROR: Final = Mirror(JOINTS, [[-1, 1]])
_MIRROR_WITH_HANDS: Final = Mirror((*JOINTS, *hands.NAMES), [[-1, 1, 1]] * len(JOINTS) + hands.SIGNS)
_LEAST: Final = np.float32(1e-4)  # trunks; a shorter line has no direction


def joints(features: Features) -> tuple[Points, Mask]:
    """The 13 joints (13, 2) of one frame and which are seen (13,)."""
    return features.points[ROWS], features.seen[ROWS]


@lru_cache(maxsize=64)  # a frame is in all windows of the next seconds
def joints_and_hands(features: Features) -> tuple[Points, Mask]:
    """The 13 joints and both hands' rows (27, 3) of one frame and which are seen (27,); not to be written to."""
    points, seen = np.zeros((ROWS_WITH_HANDS, 3), np.float32), np.zeros(ROWS_WITH_HANDS, np.bool_)
    points[: len(JOINTS), :2], seen[: len(JOINTS)] = joints(features)
    points[len(JOINTS) :], seen[len(JOINTS) :] = hands.rows(features)
    return points, seen


def mirror(points: Points, seen: Mask) -> tuple[Points, Mask]:
    """The same movement as a mirror shows it: left and right change their names, x its sign.

    `points` (…, 13, 2) or with hands (…, 27, 3), `seen` without the last axis. A label that has a side changes with
    it (`About.mirrored`).
    """
    mirror = _MIRROR if points.shape[-2] == len(JOINTS) else _MIRROR_WITH_HANDS
    return mirror(points), mirror.mask(seen)


def describe_with_hands(points: Points, seen: Mask) -> tuple[NDArray[np.float32], Mask]:
    """As `describe`, of `points` (…, 27, 3), `seen` (…, 27): numbers (…, 76). What is of no seen hand is unknown."""
    count = len(JOINTS)
    body, body_known = describe(points[..., :count, :2], seen[..., :count])
    values, known = hands.numbers(points[..., count:, :], seen[..., count:])
    return np.concatenate([body, values], -1), np.concatenate([body_known, known], -1)


def describe(points: Points, seen: Mask) -> tuple[NDArray[np.float32], Mask]:
    """The numbers (…, 36) float32 of `points` (…, 13, 2) in trunks, and which of them are known (…, 36).

    A number is known when all joints that it is made of are seen (`seen` (…, 13)) and it has a meaning: the angle
    between lines one of which is no longer than 1e-4 trunks has none. Unknown numbers are 0. Never NaN.
    """
    where = points * seen[..., None]
    # x and y each for themselves: a sum along an axis of two takes several times as long.
    x, y = where[..., 0], where[..., 1]
    one, joint, other = _ENDS.T
    ax, ay = x[..., one] - x[..., joint], y[..., one] - y[..., joint]
    bx, by = x[..., other] - x[..., joint], y[..., other] - y[..., joint]
    lengths = np.sqrt((ax * ax + ay * ay) * (bx * bx + by * by))
    long = lengths > _LEAST * _LEAST
    cosines = np.where(long, (ax * bx + ay * by) / np.where(long, lengths, 1), 0)
    cosines_known = seen[..., one] & seen[..., joint] & seen[..., other] & long
    (left, right), (low_left, low_right) = _SHOULDERS, _HIPS
    trunk = (where[..., left, :] + where[..., right, :] - where[..., low_left, :] - where[..., low_right, :]) / 2
    length = np.hypot(trunk[..., :1], trunk[..., 1:])
    lean = np.where(length > _LEAST, trunk / np.maximum(length, _LEAST), 0)
    torso = seen[..., left] & seen[..., right] & seen[..., low_left] & seen[..., low_right]
    lean_known = torso[..., None] & (length > _LEAST)
    shape = (*points.shape[:-2], 2 * len(JOINTS))
    values = np.concatenate([where.reshape(shape), np.clip(cosines, -1, 1), lean], -1).astype(np.float32)
    known = np.concatenate([np.repeat(seen, 2, -1), cosines_known, np.repeat(lean_known, 2, -1)], -1)
    values[~known] = 0
    return values, known
