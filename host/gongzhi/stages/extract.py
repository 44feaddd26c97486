"""Takes the keypoints of a person and their hands, gives them without place and size: mid-hip is 0, the trunk is 1,
y is up."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.values import LANDMARK, Features, Keypoints, PlacedHand

SEEN: Final = 0.3  # the least score of a point that counts as seen
# How far outside the frame, as a share of its width or height, a point may be guessed and still counts.
OUTSIDE: Final = 0.08
LEAST: Final = 4.0  # pixels; a trunk shorter than that is no measure
# Trunk length over the distance of the shoulder joints, seen from the front. BlazePose finds 1.4 to 1.9 (median 1.67)
# in 386 frames of a slim adult doing gymnastics, the drawn person has 1.3 (arms down) to 1.66 (arms up).
TRUNK_PER_SHOULDERS: Final = 1.5
_SHORT: Final = 0.75  # a trunk below this many shoulder widths is seen from above or bent towards the camera

_SHOULDERS = [LANDMARK["left_shoulder"], LANDMARK["right_shoulder"]]
_HIPS = [LANDMARK["left_hip"], LANDMARK["right_hip"]]


def extract(keypoints: Keypoints) -> Features:
    """The pose of the person, independent of where and how large they are in the picture.

    The unit is the trunk, from midway between the shoulders to midway between the hips. Where the hips are not seen
    (somebody at a desk), or the trunk looks shorter than 0.75 shoulder widths (bent towards the camera), the unit is
    1.5 shoulder widths instead; with unseen hips the origin is one unit straight below the shoulders. Where the
    shoulders are not seen or the unit is below 4 pixels, nothing is seen: all points are 0, and hands have no place.
    Pure; never NaN.
    """
    xy = keypoints.xy
    seen = _seen(keypoints)
    shoulders, hips = xy[_SHOULDERS].mean(0), xy[_HIPS].mean(0)
    width = float(np.linalg.norm(xy[_SHOULDERS[0]] - xy[_SHOULDERS[1]]))
    trunk = float(np.linalg.norm(shoulders - hips))
    whole = bool(seen[_HIPS].all())
    unit = trunk if whole and trunk >= _SHORT * width else TRUNK_PER_SHOULDERS * width
    origin = hips if whole else shoulders + np.array([0.0, unit], np.float32)

    def placed(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((pixels - origin) / unit * (1.0, -1.0), np.float32)

    measured = bool(seen[_SHOULDERS].all() and np.isfinite(unit) and unit >= LEAST)
    if not measured:
        points, seen = np.zeros((33, 2), np.float32), np.zeros(33, np.bool_)
    else:
        points = placed(xy)
        points[~seen] = 0.0
    hands = tuple(
        PlacedHand(one.side, placed(one.xy) if measured else None, one.shape, one.t) for one in keypoints.hands
    )
    return Features(points, seen, keypoints.t, keypoints.seq, hands)


def _seen(keypoints: Keypoints) -> NDArray[np.bool_]:
    """Which points the model is sure of and that lie in the frame or just outside it."""
    size = np.asarray(keypoints.size, np.float32)
    place = keypoints.xy / size
    inside = ((place >= -OUTSIDE) & (place <= 1.0 + OUTSIDE)).all(axis=1)
    return np.asarray(inside & (keypoints.score >= SEEN), np.bool_)
