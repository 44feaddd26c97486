"""Takes keypoints over time, gives the person's own measure and, in it, the numbers that the coach looks at.

The numbers are those that a camera in front can tell (docs/wuqinxi.md): heights, widths and the apparent length of the
trunk, never the angle of an elbow or a knee.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.mirror import Mirror
from gongzhi.stages.extract import OUTSIDE, SEEN
from gongzhi.values import LANDMARK, Keypoints

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

JOINTS: Final = (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_ear", "right_ear",
)  # fmt: skip
ROWS: Final = [LANDMARK[name] for name in JOINTS]
# The numbers of one moment, in trunks of the person's own neutral stand, except `lean` (degrees). y is up.
NUMBERS: Final = (
    "wrist_left", "wrist_right",  # height over the middle of the shoulders
    "out_left", "out_right",  # how far the wrist is on its own side of the middle; negative: crossed over
    "elbow_left", "elbow_right", "elbow_out_left", "elbow_out_right",  # the same of the elbows
    "lean",  # of the line from hips to shoulders, to the person's own left
    "trunk", "shoulders",  # apparent length and width
    "face",  # nose from the middle of the ears, to the person's own left
    "nose",  # height over the middle of the shoulders
    "knee_left", "knee_right", "ankle_left", "ankle_right",  # heights under the middle of the hips
    "ankles", "rise", "hips",  # distance of the feet; how far the hips are over neutral; where they are across
)  # fmt: skip
AT: Final = {name: index for index, name in enumerate(NUMBERS)}
FOLLOWED: Final = AT["ankles"] + 1  # the first so many tell movements apart; those of the legs where they are seen
_MIRROR: Final = Mirror(NUMBERS, [-1 if name in ("lean", "face", "hips") else 1 for name in NUMBERS])
_TOUCH: Final = 0.02  # trunks; distances below are no direction


@dataclass(frozen=True, slots=True)
class Neutral:
    """A person's own measure, from standing still: the `trunk` in pixels, where the middles of hips and feet are
    (pixels), and whether the feet were in the picture."""

    trunk: float
    hips: tuple[float, float]
    feet: tuple[float, float]
    legs: bool


def mirror(numbers: Array, known: Mask) -> tuple[Array, Mask]:
    """The numbers (…, 20) of the same movement done to the other side."""
    return _MIRROR(numbers), _MIRROR.mask(known)


def pick(keypoints: Keypoints) -> tuple[Array, Mask]:
    """The 15 joints (15, 2) pixels and which of them are seen (15,)."""
    place = keypoints.xy / np.asarray(keypoints.size, np.float32)
    inside = ((place >= -OUTSIDE) & (place <= 1.0 + OUTSIDE)).all(axis=1)
    return keypoints.xy[ROWS].astype(np.float64), np.asarray(inside & (keypoints.score >= SEEN), np.bool_)[ROWS]


def numbers(xy: Array, seen: Mask, neutral: Neutral) -> tuple[Array, Mask]:
    """NUMBERS (n, 20) of joints (n, 15, 2) in pixels, and which of them are known: those whose joints are all seen."""
    p = xy * (1.0, -1.0) / neutral.trunk
    shoulders, hips = (p[:, 1] + p[:, 2]) / 2, (p[:, 7] + p[:, 8]) / 2
    ears, feet = (p[:, 13] + p[:, 14]) / 2, (p[:, 11] + p[:, 12]) / 2
    up = shoulders - hips
    # The picture's right is the person's own left: a camera's picture is not mirrored.
    columns = [
        p[:, 5, 1] - shoulders[:, 1], p[:, 6, 1] - shoulders[:, 1], p[:, 5, 0] - shoulders[:, 0],
        shoulders[:, 0] - p[:, 6, 0], p[:, 3, 1] - shoulders[:, 1], p[:, 4, 1] - shoulders[:, 1],
        p[:, 3, 0] - shoulders[:, 0], shoulders[:, 0] - p[:, 4, 0],
        np.degrees(np.arctan2(up[:, 0], np.maximum(np.abs(up[:, 1]), _TOUCH))), np.hypot(up[:, 0], up[:, 1]),
        np.hypot(*(p[:, 1] - p[:, 2]).T), p[:, 0, 0] - ears[:, 0], p[:, 0, 1] - shoulders[:, 1],
        p[:, 9, 1] - hips[:, 1], p[:, 10, 1] - hips[:, 1], p[:, 11, 1] - hips[:, 1], p[:, 12, 1] - hips[:, 1],
        np.hypot(*(p[:, 11] - p[:, 12]).T), hips[:, 1] + neutral.hips[1] / neutral.trunk,
        hips[:, 0] - feet[:, 0],
    ]  # fmt: skip
    two = seen[:, 1] & seen[:, 2]
    low = seen[:, 7] & seen[:, 8]
    legs = low & neutral.legs & seen[:, 11] & seen[:, 12]
    left, right = two & seen[:, 5], two & seen[:, 6]
    elbows = two & seen[:, 3], two & seen[:, 4]
    known = np.stack(
        [left, right, left, right, *elbows, *elbows, two & low, two & low, two, seen[:, 0] & seen[:, 13] & seen[:, 14],
         two & seen[:, 0], low & seen[:, 9], low & seen[:, 10], low & seen[:, 11], low & seen[:, 12],
         legs, legs, legs], 1
    )  # fmt: skip
    return np.where(known, np.stack(columns, 1), 0.0), known


class Calibration:
    """Finds the neutral stand: hands hanging, legs straight, nearly still for STILL seconds; later ones renew it.

    Before the first one the measure is the longest trunk of the last seconds: good enough to recognise, not to score.
    """

    STILL: Final = 2.0  # seconds
    AGAIN: Final = 0.6  # seconds; enough to see that somebody stands elsewhere now
    _NEAR: Final = 0.10  # trunks that the joints may be off in the mean, a model's noise being part of it
    _SPEED: Final = 0.15  # trunks a second
    _HANDS: Final = -0.75  # trunks from the shoulders down to the wrists
    _TAU: Final = 0.3  # seconds of the low-pass
    _ALIKE: Final = 0.08  # by which somebody who stands elsewhere may look larger or smaller
    _MOVED: Final = 0.1  # trunks that the feet have moved

    def __init__(self) -> None:
        self.neutral: Neutral | None = None
        self._guess: deque[tuple[float, float]] = deque()
        self._still: deque[tuple[float, Array, Mask]] = deque()
        self._joints: Array = np.zeros((15, 2))  # of the neutral stand
        self._seen: Mask = np.zeros(15, np.bool_)
        self._calm: tuple[float, Array] | None = None  # the joints, low-passed

    def take(self, xy: Array, seen: Mask, t: float) -> Neutral | None:
        """The measure to use for these joints (15, 2); None where there is none yet. `t` in seconds rises."""
        if not (seen[[1, 2, 7, 8]]).all():
            self._still.clear()
            return self.neutral or self._rough(xy)
        trunk = float(np.hypot(*((xy[1] + xy[2] - xy[7] - xy[8]) / 2)))
        self._guess.append((t, trunk))
        while t - self._guess[0][0] > 10.0:
            self._guess.popleft()
        calm = self._low_pass(xy, t)
        if not self._stands(calm, seen):
            self._still.clear()
        else:
            self._still.append((t, calm, seen))
            self._renew(t)
        return self.neutral or self._rough(xy)

    @property
    def stand(self) -> tuple[Array, Mask] | None:
        """The joints (15, 2) of the neutral stand, and which were seen; None before there is one."""
        return None if self.neutral is None else (self._joints, self._seen)

    @property
    def standing(self) -> float:
        """Seconds for which the person stands still now."""
        return self._still[-1][0] - self._still[0][0] if self._still else 0.0

    def _low_pass(self, xy: Array, t: float) -> Array:
        """Without most of a model's jitter, which is no movement of the person."""
        if self._calm is None or t - self._calm[0] > 1.0:
            self._calm = t, xy
        before, old = self._calm
        self._calm = t, old + (xy - old) * (1.0 - np.exp(-(t - before) / self._TAU))
        return self._calm[1]

    def _rough(self, xy: Array) -> Neutral | None:
        if len(self._guess) < 3:
            return None
        trunk = float(np.quantile([each for _, each in self._guess], 0.8))
        hips = (xy[7] + xy[8]) / 2
        return Neutral(max(trunk, 1.0), (float(hips[0]), float(hips[1])), (float(hips[0]), float(hips[1])), False)

    def _stands(self, xy: Array, seen: Mask) -> bool:
        shoulders, hips = (xy[1] + xy[2]) / 2, (xy[7] + xy[8]) / 2
        trunk = self.neutral.trunk if self.neutral else float(np.hypot(*(shoulders - hips)))
        if trunk < 8 or not seen[[5, 6]].all() or abs(shoulders[0] - hips[0]) > 0.12 * trunk:
            return False
        # Somebody bent over looks short, and is no measure.
        width = float(np.hypot(*(xy[1] - xy[2])))
        if np.hypot(*(shoulders - hips)) < 1.0 * width or abs(np.hypot(*(shoulders - hips)) / trunk - 1) > 0.12:
            return False
        if ((shoulders[1] - xy[5:7, 1]) / trunk > self._HANDS).any() or (
            np.abs(xy[5:7, 0] - hips[0]) > 0.95 * trunk
        ).any():
            return False
        if not self._still:
            return True
        # Against where it began, not the frame before: how far one has drifted does not grow with a camera's noise.
        began, first, first_seen = self._still[0]
        moved = np.where(seen & first_seen, np.hypot(*(xy - first).T), 0.0) / trunk
        far = max(float(moved.sum()) / max(int((seen & first_seen).sum()), 1), float(moved[5:7].mean()))
        return far < self._NEAR + self._SPEED * 0.1 * (self._still[-1][0] - began)

    def _renew(self, t: float) -> None:
        began = self._still[0][0]
        if t - began < (self.STILL if self.neutral is None else self.AGAIN):
            return
        joints = np.median([each[1] for each in self._still], 0)
        seen = np.mean([each[2] for each in self._still], 0) > 0.5
        hips, feet = (joints[7] + joints[8]) / 2, (joints[11] + joints[12]) / 2
        legs = bool(seen[[11, 12]].all())
        trunk = float(np.hypot(*((joints[1] + joints[2]) / 2 - hips)))
        old = self.neutral
        if old is not None and t - began < self.STILL:
            moved = float(np.hypot(feet[0] - old.feet[0], feet[1] - old.feet[1])) / old.trunk if legs else 0.0
            width, wide = (float(np.hypot(*(each[1] - each[2]))) for each in (joints, self._joints))
            if moved < self._MOVED or abs(trunk / old.trunk - 1) > self._ALIKE or abs(width / wide - 1) > self._ALIKE:
                return
            if legs and abs(float(joints[11, 1] - joints[12, 1])) > self._ALIKE * trunk:
                return  # one foot in front or in the air: part of a movement
        self._joints, self._seen = joints, seen
        self.neutral = Neutral(trunk, (float(hips[0]), float(hips[1])), (float(feet[0]), float(feet[1])), legs)
        if t - began > self.STILL + 1.0:  # go on with the newer half: who sways slowly is still standing
            for _ in range(len(self._still) // 2):
                self._still.popleft()
