"""Takes a person's features, gives angles, heights and how points lie to each other: what a pose rule is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from gongzhi.stages.identify import ABOVE_EYES, Need
from gongzhi.values import LANDMARK, Features

ANGLE_SLACK: Final = 10.0  # degrees between where an angle begins to be good and where it ends
LENGTH_SLACK: Final = 0.1  # trunks, the same for heights and distances
# What may be named, beside BlazePose's landmarks: several of them mean each; "head" is the top of the head.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "hands": ("left_wrist", "right_wrist"),
    "elbows": ("left_elbow", "right_elbow"),
    "shoulders": ("left_shoulder", "right_shoulder"),
    "hips": ("left_hip", "right_hip"),
    "knees": ("left_knee", "right_knee"),
    "feet": ("left_ankle", "right_ankle"),
}
HEAD: Final = "head"
_FACE: Final = ("left_eye", "right_eye", "left_ear", "right_ear", "nose")
# The joint at which each angle is, and the ends of the two lines that meet there.
JOINTS: Final = {"elbow": ("shoulder", "wrist"), "shoulder": ("hip", "elbow"), "hip": ("shoulder", "knee"),
                 "knee": ("hip", "ankle")}  # fmt: skip

# A measured number, or None where a point that it needs is not seen.
Value = Callable[[Features], float | None]
# A slack (see identify.Need), or None likewise.
Test = Callable[[Features], float | None]


# Tests made of tests: what is not seen is neither kept nor broken. -------------------------------------------------
def all_of(tests: list[Test]) -> Test:
    """All are kept; one that is clearly broken decides, whatever the unseen ones would say."""

    def test(features: Features) -> float | None:
        found = [one(features) for one in tests]
        sure = [each for each in found if each is not None]
        return min(sure) if sure and (len(sure) == len(found) or min(sure) < -1) else None

    return test


def any_of(tests: list[Test]) -> Test:
    """At least one is kept; that one decides, whatever the unseen ones would say."""

    def test(features: Features) -> float | None:
        found = [each for one in tests if (each := one(features)) is not None]
        return max(found) if found and (len(found) == len(tests) or max(found) >= -1) else None

    return test


def none_of(one: Test) -> Test:
    """It begins where the other has ended, and ends where the other begins."""

    def test(features: Features) -> float | None:
        found = one(features)
        return None if found is None else -1.0 - found

    return test


def needed(need: Need, value: Value) -> Test:
    """How far the number is beyond what is needed."""

    def test(features: Features) -> float | None:
        found = value(features)
        return None if found is None else need.slack(found)

    return test


# What is measured. ---------------------------------------------------------------------------------------------------
def _point(features: Features, name: str) -> tuple[float, float] | None:
    """x and y in trunks from mid-hip, x to the picture's right, y up."""
    if name == HEAD:
        eyes = [LANDMARK[one] for one in _FACE if features.seen[LANDMARK[one]]]
        if not eyes:
            return None
        x, y = features.points[eyes, 0].mean(), features.points[eyes, 1].max()
        return float(x), float(y) + ABOVE_EYES.enter
    row = LANDMARK[name]
    if not features.seen[row]:
        return None
    x, y = features.points[row]
    return float(x), float(y)


def relation(word: str, one: str, two: str, margin: float) -> Test:
    """`one` above, below, left_of, right_of (the person's own sides) or near `two`, by `margin` trunks."""
    need = Need(margin, margin + LENGTH_SLACK if word == "near" else margin - LENGTH_SLACK)

    def value(features: Features) -> float | None:
        a, b = _point(features, one), _point(features, two)
        if a is None or b is None:
            return None
        if word == "near":
            return math.hypot(a[0] - b[0], a[1] - b[1])
        if word in ("above", "below"):
            return (a[1] - b[1]) * (1 if word == "above" else -1)
        left, right = _point(features, "left_shoulder"), _point(features, "right_shoulder")
        if left is None or right is None:
            return None
        # The person's own left: on the picture's right of somebody who faces the camera.
        return (a[0] - b[0]) * math.copysign(1.0, left[0] - right[0]) * (1 if word == "left_of" else -1)

    return needed(need, value)


def angle(name: str) -> Value:
    """Degrees 0..180 at a joint such as "left_elbow", as the picture shows it."""
    side, _, joint = name.partition("_")
    ends = JOINTS[joint]

    def value(features: Features) -> float | None:
        found = [_point(features, each) for each in (f"{side}_{ends[0]}", name, f"{side}_{ends[1]}")]
        one, middle, other = found
        if one is None or middle is None or other is None:
            return None
        a, b = np.subtract(one, middle), np.subtract(other, middle)
        size = float(np.hypot(*a) * np.hypot(*b))
        if size < 1e-6:  # a line of no length has no direction
            return None
        return math.degrees(math.acos(min(max(float(a @ b) / size, -1.0), 1.0)))

    return value


def height(name: str) -> Value:
    """Trunks above mid-hip."""

    def value(features: Features) -> float | None:
        found = _point(features, name)
        return None if found is None else found[1]

    return value


def lean(features: Features) -> float | None:
    """Degrees of the trunk from upright, 0..180, to either side as the picture shows it."""
    shoulders = [_point(features, name) for name in GROUPS["shoulders"]]
    hips = [_point(features, name) for name in GROUPS["hips"]]
    if None in shoulders or None in hips:
        return None
    up = np.mean(np.array(shoulders), 0) - np.mean(np.array(hips), 0)
    return math.degrees(math.atan2(abs(float(up[0])), float(up[1])))
