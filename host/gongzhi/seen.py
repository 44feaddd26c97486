"""The frozen values of what is seen in a picture, each checked at birth: Frame, Keypoints and Features with hands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Side = Literal["left", "right"]
SIDES: Final[tuple[Side, Side]] = ("left", "right")
FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
# MediaPipe's 21 hand landmarks: the wrist, then of each finger four points from the palm to the tip, at 1 + 4 × finger.
HAND_POINTS: Final = 21
OLD: Final = 0.3  # seconds after which a hand that was seen says nothing of a frame

# BlazePose's 33 landmarks, in the order of its model card; "left" is the person's own left.
LANDMARKS: Final[tuple[str, ...]] = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
LANDMARK: Final[dict[str, int]] = {name: index for index, name in enumerate(LANDMARKS)}


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(what)


def _freeze(array: NDArray[Any]) -> None:
    array.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One hand in one frame; `side` is the person's own.

    `xy` (21, 2) float32 pixels of the original frame, x right, y down; `shape` (21, 3) float32 the same points in
    space, about the hand's middle, in a frame and a unit of its own (only lengths and angles in it mean something);
    `score` 0..1 how sure the model is that there is a hand; `t` capture time in seconds of the frame in which it was
    seen, which may be older than that of the keypoints that it comes with.
    """

    side: Side
    xy: NDArray[np.float32]
    shape: NDArray[np.float32]
    score: float
    t: float

    def __post_init__(self) -> None:
        for name, array, width in (("xy", self.xy, 2), ("shape", self.shape, 3)):
            _need(array.shape == (HAND_POINTS, width) and array.dtype == np.float32, f"{name} is {array.shape}")
            _need(bool(np.isfinite(array).all()), f"{name} holds NaN or infinity")
            _freeze(array)
        _need(0.0 <= self.score <= 1.0 and math.isfinite(self.t), f"score {self.score}, time {self.t}")


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """One person in one frame.

    `xy` (33, 2) float32 pixels of the original frame, x right, y down, may lie outside the frame; `score` (33,)
    float32 in 0..1, how sure the model is that the point is visible; `t` the frame's capture time in seconds;
    `size` (width, height) of the frame in pixels; `origin` who found them: the model's name, or "truth", the avatar's
    own; `hands` the person's own, where somebody looked for them.
    """

    xy: NDArray[np.float32]
    score: NDArray[np.float32]
    t: float
    seq: int
    size: tuple[int, int]
    origin: str
    hands: tuple[Hand, ...] = ()

    def __post_init__(self) -> None:
        _need(self.xy.shape == (33, 2) and self.xy.dtype == np.float32, f"xy is {self.xy.shape} {self.xy.dtype}")
        _need(self.score.shape == (33,) and self.score.dtype == np.float32, f"score is {self.score.shape}")
        _need(bool(np.isfinite(self.xy).all()), "xy holds NaN or infinity")
        _need(bool(((self.score >= 0) & (self.score <= 1)).all()), "a score is outside 0..1")
        _freeze(self.xy)
        _freeze(self.score)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: `image` (h, w, 3) uint8 RGB; `t` capture time in seconds on the runtime's clock (a file's own
    time for a video file); `seq` counts from 0; `truth` the joints of a drawn person, None for a real one; `drawn` how
    many people are drawn in it, None for a real picture."""

    image: NDArray[np.uint8]
    t: float
    seq: int
    truth: Keypoints | None = None
    drawn: int | None = None

    def __post_init__(self) -> None:
        _need(self.image.ndim == 3 and self.image.shape[2] == 3, f"image is {self.image.shape}, not (h, w, 3)")
        _need(self.image.dtype == np.uint8, f"image is {self.image.dtype}, not uint8")
        _need(self.image.shape[0] > 0 and self.image.shape[1] > 0, "image is empty")
        _need(math.isfinite(self.t) and self.seq >= 0, "time or sequence is not valid")
        _freeze(self.image)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedHand:
    """One hand in a person's pose; `side` is the person's own.

    `points` (21, 2) float32 in the pose's own measure (Features: trunks from midway between the hips, y up), None where
    the pose has none; `shape` and `t` as in Hand.
    """

    side: Side
    points: NDArray[np.float32] | None
    shape: NDArray[np.float32]
    t: float

    def __post_init__(self) -> None:
        _need(self.shape.shape == (HAND_POINTS, 3), f"shape is {self.shape.shape}")
        if self.points is not None:
            _need(self.points.shape == (HAND_POINTS, 2), f"points is {self.points.shape}")
            _need(bool(np.isfinite(self.points).all()), "points hold NaN or infinity")
            _freeze(self.points)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A person's pose without place and size.

    `points` (33, 2) float32: origin midway between the hips, unit the length of the trunk (mid-shoulder to
    mid-hip), x to the picture's right, y up; 0 where `seen` (33,) bool is False; `hands` those of Keypoints, in the
    same measure.
    """

    points: NDArray[np.float32]
    seen: NDArray[np.bool_]
    t: float
    seq: int
    hands: tuple[PlacedHand, ...] = ()

    def __post_init__(self) -> None:
        _need(self.points.shape == (33, 2) and self.points.dtype == np.float32, f"points is {self.points.shape}")
        _need(self.seen.shape == (33,) and self.seen.dtype == np.bool_, f"seen is {self.seen.shape}")
        _need(bool(np.isfinite(self.points).all()), "points hold NaN or infinity")
        _freeze(self.points)
        _freeze(self.seen)
