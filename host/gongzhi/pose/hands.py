"""Takes pictures with their times and where hands may be, gives the hands: search for a palm once, then follow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.hand import HandLandmarker, HandLandmarks, next_roi
from gongzhi.pose.interpreter import half_the_cores
from gongzhi.pose.palms import PalmDetector
from gongzhi.pose.roi import Roi, whole

MOST: Final = 2
PRESENCE: Final = 0.5  # min_tracking_confidence: ThresholdingCalculator on the hand flag
_SAME: Final = 0.5  # AssociationNormRectCalculator min_similarity_threshold
_STALE: Final = 1.0  # seconds without a frame after which the old place says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A hand that is seen, and the square `next` in which it is looked for in the next frame."""

    found: HandLandmarks
    next: Roi


class HandModels:
    """The palm detector and the hand landmark model, as one thing that finds hands.

    There are two landmark models, so that two hands are looked at side by side, each with half the cores: that
    takes less than to split each model among all of them (models/hands/README.md).
    """

    def __init__(self, palms: bytes, landmarks: bytes, threads: int | None = None) -> None:
        """`palms` and `landmarks` are the two models' bytes. Raises ModelError when one cannot be run."""
        self.palms = PalmDetector(palms, threads)
        each = half_the_cores() if threads is None else threads
        self.landmarker, self._other = HandLandmarker(landmarks, each), HandLandmarker(landmarks, each)
        self._beside = ThreadPoolExecutor(1, "gongzhi-hand")

    def look(self, image: NDArray[np.uint8], roi: Roi) -> Tracked | None:
        """The hand in the turned square `roi`; None when there is none."""
        return _tracked(self.landmarker(image, roi))

    def looks(self, image: NDArray[np.uint8], rois: Sequence[Roi]) -> list[Tracked | None]:
        """The hand in each of at most two squares."""
        if len(rois) < MOST:
            return [self.look(image, roi) for roi in rois]
        one, other = rois
        beside = self._beside.submit(self._other, image, other)
        return [self.look(image, one), _tracked(beside.result())]

    def search(self, image: NDArray[np.uint8], square: Roi, known: Iterable[Roi], most: int) -> list[Tracked]:
        """At most `most` hands in `square`, without those in the squares `known`."""
        before = list(known)
        found: list[Tracked] = []
        for palm in self.palms(image, square)[:MOST]:
            if len(found) < most and not any(same(palm.roi, one) for one in before):
                before.append(palm.roi)
                hand = self.look(image, palm.roi)
                if hand is not None:
                    found.append(hand)
        return found

    def close(self) -> None:
        """Let go of the models."""
        self._beside.shutdown()
        for model in (self.palms, self.landmarker, self._other):
            model.close()


class Hands:
    """Up to two hands of anybody anywhere in a picture, as MediaPipe's Hands solution; not to be shared between
    threads. `person_hands.PersonHands` gives those of one person."""

    def __init__(self, models: HandModels) -> None:
        self.models = models
        self._rois: list[Roi] = []
        self._t = -math.inf

    def reset(self) -> None:
        """Forget what we follow."""
        self._rois = []

    def __call__(self, image: NDArray[np.uint8], t: float) -> list[HandLandmarks]:
        """The hands in `image` (h, w, 3) uint8 RGB of time `t` seconds."""
        if not 0 <= t - self._t <= _STALE:
            self.reset()
        self._t = t
        hands = [one for one in self.models.looks(image, self._rois) if one is not None]
        if len(self._rois) < MOST:  # as in MediaPipe: a hand that is lost in this frame is searched for in the next
            hands += self.models.search(image, whole(image), self._rois, MOST - len(self._rois))
        self._rois = [one.next for one in hands]
        return [one.found for one in hands]


def _tracked(found: HandLandmarks | None) -> Tracked | None:
    """What is found, if it is a hand that can be followed."""
    if found is None or found.presence < PRESENCE:
        return None
    after = next_roi(found.points)
    return None if after is None else Tracked(found, after)


def same(one: Roi, other: Roi) -> bool:
    """Whether two squares are around the same hand: what they share of both together, as if neither was turned."""
    across = min(one.x + one.size / 2, other.x + other.size / 2) - max(one.x - one.size / 2, other.x - other.size / 2)
    along = min(one.y + one.size / 2, other.y + other.size / 2) - max(one.y - one.size / 2, other.y - other.size / 2)
    shared = max(across, 0.0) * max(along, 0.0)
    return shared > _SAME * (one.size**2 + other.size**2 - shared)
