"""Takes a picture and the followed person's keypoints in it, gives that person's hands and nobody else's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.hand import HandLandmarks
from gongzhi.pose.hands import HandModels, Tracked, same
from gongzhi.pose.roi import Roi
from gongzhi.seen import SIDES, Hand, Side
from gongzhi.values import LANDMARK, Keypoints

# Hands are looked at this often at most; what is given in between is the last look, with its own time.
PERIOD: Final = 1 / 15
SEARCH: Final = 0.25  # seconds between two searches for a hand that is not there: 10 ms each, for both sides in turn
_STALE: Final = 1.0  # seconds without a look after which the old place says nothing
_SEEN: Final = 0.3  # the least score of a wrist near which a hand is looked for
# Sides in trunks of the square in which a palm is searched for, one after the other: a hand is 0.32 long (0.088 over
# 0.272 body heights, sim/body.py), a quarter of the square, which the detector likes. What it misses at one size (of
# a hand held still: for ever) it sees at another.
_SQUARES: Final = (1.3, 1.6, 1.05)
_AT: Final = 0.3  # how far a hand may be from the wrist that it belongs to
_UNSURE: Final = 0.1  # the two wrists are as near as that to a hand: it may be either
# How wrong the model's own word for the side may be of a hand that is found, and of one that is followed.
_WRONG: Final = (0.5, 0.8)
_LEAST: Final = 12.0  # pixels; of somebody with a shorter trunk there is no hand to be seen


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a hand is by the pose: its `wrist`, and the `middle` of the hand, (2,) pixels."""

    wrist: NDArray[np.float32]
    middle: NDArray[np.float32]


class PersonHands:
    """The hands of the person who is followed. One thread calls it, with frames in the order of their times.

    A hand is searched for near the wrist that the pose has found, then followed from look to look. The side is that of
    the wrist, which is the person's own; where both wrists are as near, the model's own word for it decides. A
    hand that is lost, or that lies no longer at its wrist, is not there until it has been found again: nothing is
    guessed.
    """

    def __init__(self, models: HandModels) -> None:
        self.models = models
        self._tracked: dict[Side, Tracked] = {}
        self._hands: tuple[Hand, ...] = ()
        self._looked = -math.inf
        self._searched: dict[Side, float] = {}
        self._tries = 0
        self._shape: tuple[int, ...] = ()

    def reset(self) -> None:
        """Forget the hands."""
        self._tracked, self._hands, self._searched, self._tries = {}, (), {}, 0

    def __call__(self, image: NDArray[np.uint8], keypoints: Keypoints | None) -> tuple[Hand, ...]:
        """The hands that are seen, left before right, as of the last look; without a person there are none.

        `image` (h, w, 3) uint8 RGB is the frame of the keypoints.
        """
        if keypoints is None:
            self.reset()
            return ()
        t = keypoints.t
        if image.shape != self._shape or not 0 <= t - self._looked <= _STALE:
            self.reset()
        elif t - self._looked < PERIOD - 1e-6:
            return self._hands
        self._shape, self._looked = image.shape, t
        unit = _trunk(keypoints)
        places = {} if unit < _LEAST else {side: place for side in SIDES if (place := _place(keypoints, side))}
        self._follow(image, places, unit)
        self._find(image, places, unit, t)
        self._hands = tuple(_hand(side, self._tracked[side].found, t) for side in SIDES if side in self._tracked)
        return self._hands

    def _follow(self, image: NDArray[np.uint8], places: dict[Side, _Place], unit: float) -> None:
        """Look at each hand where it was; let go of one that is gone or no longer at its wrist."""
        there = [side for side in self._tracked if side in places]
        looks = dict(zip(there, self.models.looks(image, [self._tracked[side].next for side in there]), strict=True))
        for side in list(self._tracked):
            now = looks.get(side)
            if now is None or not _fits(now.found, side, places, unit, _WRONG[1]) or self._taken(side, now):
                del self._tracked[side]
            else:
                self._tracked[side] = now

    def _find(self, image: NDArray[np.uint8], places: dict[Side, _Place], unit: float, t: float) -> None:
        """Search for the hand that was not searched for the longest, at most one in a look."""
        due = [
            side for side in places
            if side not in self._tracked and t - self._searched.get(side, -math.inf) >= SEARCH - 1e-6
        ]  # fmt: skip
        if not due:
            return
        side = min(due, key=lambda one: self._searched.get(one, -math.inf))
        self._searched[side] = t
        middle = places[side].middle.tolist()
        square = Roi(middle[0], middle[1], _SQUARES[self._tries // 2 % len(_SQUARES)] * unit, 0.0)
        self._tries += 1
        others = [one.next for one in self._tracked.values()]
        seen = self.models.search(image, square, others, 2)
        found = [one for one in seen if _fits(one.found, side, places, unit, _WRONG[0])]
        if found:
            wrist = places[side].wrist

            def badness(one: Tracked) -> float:
                return _away(one.found, wrist, unit) + _UNSURE * _wrong(one.found, side)

            self._tracked[side] = min(found, key=badness)

    def _taken(self, side: Side, hand: Tracked) -> bool:
        """Whether the other side's hand is this one: where two hands meet, one square may slip over to the other."""
        return any(other != side and same(hand.next, one.next) for other, one in self._tracked.items())


def _trunk(keypoints: Keypoints) -> float:
    """From mid-shoulder to mid-hip in pixels, or 1.5 shoulder widths where that is more (hips guessed too high)."""
    xy = keypoints.xy
    left, right = xy[LANDMARK["left_shoulder"]], xy[LANDMARK["right_shoulder"]]
    hips = (xy[LANDMARK["left_hip"]] + xy[LANDMARK["right_hip"]]) / 2
    return float(max(np.hypot(*((left + right) / 2 - hips)), 1.5 * np.hypot(*(left - right))))


def _place(keypoints: Keypoints, side: Side) -> _Place | None:
    """Where this hand is by the pose; None where its wrist is not seen or lies outside the picture."""
    row = LANDMARK[f"{side}_wrist"]
    wrist = keypoints.xy[row]
    if keypoints.score[row] < _SEEN or not ((wrist >= 0) & (wrist < keypoints.size)).all():
        return None
    middle = keypoints.xy[[row, LANDMARK[f"{side}_index"], LANDMARK[f"{side}_pinky"]]].mean(0)
    return _Place(wrist, middle if np.isfinite(middle).all() else wrist)


def _away(found: HandLandmarks, wrist: NDArray[np.float32], unit: float) -> float:
    """From the hand's own wrist to that of the pose, in trunks."""
    return float(np.hypot(*(found.points[0] - wrist))) / unit


def _wrong(found: HandLandmarks, side: Side) -> float:
    """0 where the model says itself that the hand is of this side, up to 1 where it says the opposite."""
    return found.mirrored if side == SIDES[0] else 1.0 - found.mirrored


def _fits(found: HandLandmarks, side: Side, places: dict[Side, _Place], unit: float, most: float) -> bool:
    """Whether this can be the hand of this side: at its wrist, and nearer to it than to the other one; where both
    wrists are about as near (folded hands), by the model's own word, which may be `most` wrong."""
    if side not in places or (away := _away(found, places[side].wrist, unit)) > _AT:
        return False
    other = SIDES[1 - SIDES.index(side)]
    if other not in places or (apart := _away(found, places[other].wrist, unit) - away) > _UNSURE:
        return True
    return apart >= -_UNSURE and _wrong(found, side) <= most


def _hand(side: Side, found: HandLandmarks, t: float) -> Hand:
    return Hand(side, found.points, found.shape, min(max(found.presence, 0.0), 1.0), t)
