"""Takes an array of a whole body with its hands, gives body and hands apart; the arrangements that files come in.

COCO-WholeBody (133 points: 17 of COCO, 6 of the feet, 68 of the face, 21 of the left hand, 21 of the right one; Jin et
al., 2020) and the lines that many courses write of MediaPipe Holistic: 33 points of x, y, z, visibility, 468 of the
face of x, y, z (left out in the shorter ones), 21 of the left hand and 21 of the right one of x, y, z; 0 where one is
not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.hand_track import HandTrack, empty, scaled
from gongzhi.seen import HAND_POINTS

WHOLE: Final = 133
_BODY: Final = 17
_BEFORE_HANDS: Final = 91
_POSE: Final = 33 * 4
_FACE: Final = 468 * 3
_HAND: Final = HAND_POINTS * 3
HOLISTIC: Final = (_POSE + _FACE + 2 * _HAND, _POSE + 2 * _HAND)  # numbers in a line
HOLISTIC_KIND: Final = "MediaPipe Holistic"
_FAR: Final = 9e4  # pixels
_LEAST: Final = 0.2  # mean score of a hand's points that counts as seen


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """`body` (n, 17 or 33, 2 to 4) with its `scores` (n, 17) where they came beside it; `points` (n, 2, 21, 3) of both
    hands, left before right, in the body's measure; `sure` (n, 2) 0..1."""

    body: NDArray[np.float64]
    scores: NDArray[np.float64] | None
    points: NDArray[np.float64]
    sure: NDArray[np.float64]
    kind: str

    def track(self, good: NDArray[np.bool_], size: tuple[int, int] | None) -> HandTrack:
        """The hands of the frames that are `good`; `size` of the picture where the numbers are shares of it."""
        wide, high = (1, 1) if size is None else size
        points, sure = self.points[good] * (wide, high, wide), self.sure[good]  # Holistic's z has the scale of its x
        made = empty(len(points))
        seen = (np.isfinite(points).all((2, 3))) & (sure >= _LEAST) & (np.ptp(points[..., :2], axis=2).max(2) > 0)
        for frame, side in zip(*np.nonzero(seen & (np.abs(points) < _FAR).all((2, 3))), strict=True):
            made.xy[frame, side], made.score[frame, side] = points[frame, side, :, :2], sure[frame, side]
            made.shape[frame, side] = scaled(points[frame, side].astype(np.float32))
        return HandTrack(made.xy, np.clip(made.shape, -1e3, 1e3), np.clip(made.score, 0, 1))


def divided(array: NDArray[Any], scores: NDArray[Any] | None) -> Whole | None:
    """Body and hands of an array in one of these arrangements; None for any other."""
    if array.dtype.kind not in "fiu" or not array.size:
        return None
    flat = array[None] if array.ndim == 1 else array
    if flat.ndim == 2 and flat.shape[1] in HOLISTIC:
        numbers = np.asarray(flat, np.float64)
        hands = numbers[:, -2 * _HAND :].reshape(-1, 2, HAND_POINTS, 3)
        sure = np.abs(hands).max((2, 3)) > 0
        return Whole(numbers[:, :_POSE].reshape(-1, 33, 4), None, hands, sure.astype(np.float64), HOLISTIC_KIND)
    if flat.ndim == 2 and flat.shape[0] == WHOLE and flat.shape[1] in (2, 3):
        flat = flat[None]
    if flat.ndim == 2 and flat.shape[1] in (2 * WHOLE, 3 * WHOLE):
        flat = flat.reshape(len(flat), WHOLE, -1)
    if flat.ndim != 3 or flat.shape[1] != WHOLE or flat.shape[2] not in (2, 3):
        return None
    numbers = np.asarray(flat, np.float64)
    score = numbers[..., 2] if numbers.shape[2] == 3 else np.ones(numbers.shape[:2])
    if scores is not None and scores.size == score.size and scores.dtype.kind in "fiu":
        score = np.asarray(scores, np.float64).reshape(score.shape)
    hands = np.zeros((len(numbers), 2, HAND_POINTS, 3))
    hands[..., :2] = numbers[:, _BEFORE_HANDS:, :2].reshape(-1, 2, HAND_POINTS, 2)
    sure = score[:, _BEFORE_HANDS:].reshape(-1, 2, HAND_POINTS).mean(2)
    return Whole(numbers[:, :_BODY, :2], score[:, :_BODY], hands, sure, "COCO-WholeBody-133")
