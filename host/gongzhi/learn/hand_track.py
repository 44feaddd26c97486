"""Takes the hands of a person frame by frame, gives them as the arrays of a recording, and frame by frame again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.seen import HAND_POINTS, OLD, SIDES, Hand, Keypoints

_FAR: Final = 1e6  # pixels, or units of a hand's own shape
_WRIST, _MIDDLE = 0, 9


@dataclass(frozen=True, slots=True, eq=False)
class HandTrack:
    """Of n frames, left before right: `xy` (n, 2, 21, 2) float32 pixels, y down; `shape` (n, 2, 21, 3) float32 as in
    Hand, a palm (the wrist to the knuckle of the middle finger) long; `score` (n, 2) float32, 0 where that hand was not
    seen. Raises ValueError for anything else."""

    xy: NDArray[np.float32]
    shape: NDArray[np.float32]
    score: NDArray[np.float32]

    def __post_init__(self) -> None:
        n, sides = len(self.score), len(SIDES)
        wanted = ((n, sides, HAND_POINTS, 2), (n, sides, HAND_POINTS, 3), (n, sides))
        if (self.xy.shape, self.shape.shape, self.score.shape) != wanted:
            raise ValueError(f"hands: {n} frames, points {self.xy.shape}, shapes {self.shape.shape}")
        if not all(np.isfinite(one).all() for one in (self.xy, self.shape, self.score)):
            raise ValueError("a number of a hand is not finite")
        far = n and max(float(np.abs(self.xy).max()), float(np.abs(self.shape).max())) > _FAR
        if far or ((self.score < 0) | (self.score > 1)).any():
            raise ValueError("a hand's point is out of reach, or its score outside 0..1")

    def __len__(self) -> int:
        return len(self.score)

    def take(self, rows: Any) -> HandTrack:
        """Some of the frames."""
        return HandTrack(self.xy[rows], self.shape[rows], self.score[rows])

    def at(self, frame: int, t: float) -> tuple[Hand, ...]:
        """The hands that are seen in a frame, of time `t` seconds."""
        return tuple(
            Hand(side, self.xy[frame, i].copy(), self.shape[frame, i].copy(), float(self.score[frame, i]), t)
            for i, side in enumerate(SIDES)
            if self.score[frame, i] > 0
        )

    @property
    def share(self) -> float:
        """In how many of the frames at least one hand is seen, 0..1."""
        return float((self.score > 0).any(1).mean()) if len(self) else 0.0


def empty(frames: int) -> HandTrack:
    """So many frames without a hand."""
    sides = len(SIDES)
    return HandTrack(
        np.zeros((frames, sides, HAND_POINTS, 2), np.float32), np.zeros((frames, sides, HAND_POINTS, 3), np.float32),
        np.zeros((frames, sides), np.float32),
    )  # fmt: skip


def joined(tracks: Sequence[HandTrack]) -> HandTrack:
    """One after the other."""
    return HandTrack(*(np.concatenate([getattr(one, name) for one in tracks]) for name in ("xy", "shape", "score")))


def of(frames: Sequence[Keypoints]) -> HandTrack:
    """The hands of these frames; one that was seen too long before its frame is not there."""
    made = empty(len(frames))
    for number, frame in enumerate(frames):
        for hand in frame.hands:
            if frame.t - hand.t <= OLD and hand.score > 0:
                side = SIDES.index(hand.side)
                made.xy[number, side], made.score[number, side] = hand.xy, hand.score
                made.shape[number, side] = scaled(hand.shape)
    return made


def scaled(shape: NDArray[np.float32]) -> NDArray[np.float32]:
    """A hand's shape (21, 3) with a palm that is 1 long; one without a palm is all 0."""
    size = float(np.linalg.norm(shape[_MIDDLE] - shape[_WRIST]))
    return np.asarray(shape / size if size > 0 and np.isfinite(size) else shape * 0, np.float32)
