"""Takes a Frame and how many people are seen in it, gives the numbers that a project wants of the picture: movement,
people, the share of a colour. Nothing of a picture is kept but, for a moment, a grey thumbnail to compare with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.presence import dark
from gongzhi.project.looks import CLEAR, COLOURS, MOST_PEOPLE, Look
from gongzhi.values import Frame

STEP: Final = 0.2  # seconds between two pictures that are compared, however many come
BLIND: Final = 1.0  # … and at most: what was between two farther apart nobody knows
SMOOTH: Final = 1.0  # time constant in seconds of the low-pass over the movement
# A thumbnail's pixel is the mean of some 60 of a camera's: its noise is an eighth of theirs, far below this.
MOVED: Final = 15  # of 255: a pixel that has changed by more has moved
_WIDE: Final = 80  # pixels of a thumbnail
_EPS: Final = 1e-6
_INDEX: Final = {name: index for index, name in enumerate(COLOURS)}
# From here (degrees of hue) a pixel that has a colour at all has this one; OpenCV halves them. Where red, orange and
# brown part is set by hand: cardboard has a hue of 25 to 40 degrees, and less saturation than an orange.
_HUES: Final = ((0, "red"), (12, "orange"), (45, "yellow"), (70, "green"), (170, "blue"), (260, "purple"), (345, "red"))
_BLACK, _WHITE = 60, 170  # of 255: darker is black; what has no colour is white from here
_PALE: Final = 60  # of 255: less saturated has no colour
_BROWN: Final = 170  # of 255: an orange that is less saturated is a brown


class Measure:
    """Measures the looks of a project. One thread calls it, with frames in the order of their times."""

    def __init__(self, looks: Iterable[Look]) -> None:
        self._looks = tuple(looks)
        self.counts = any(look.measures == "people" for look in self._looks)
        self._movement = {look.part.id: _Movement() for look in self._looks if look.measures == "motion"}

    def __call__(self, frame: Frame, people: int) -> dict[str, float]:
        """The readings, in their units, of the frame in which so many `people` are seen. What cannot be told (too dark,
        nothing yet to compare with) is missing; "NAME.clear" never is."""
        if not self._looks:
            return {}
        clear = not dark(frame.image)
        found: dict[str, float] = {f"{look.part.id}.{CLEAR}": float(clear) for look in self._looks}
        for look in self._looks:
            value = self._value(look, frame, people) if clear else None
            if value is not None:
                found[look.part.id] = value
        if not clear:
            for one in self._movement.values():
                one.forget()
        return found

    def _value(self, look: Look, frame: Frame, people: int) -> float | None:
        if look.measures == "people":
            return float(min(people, MOST_PEOPLE))
        if look.measures == "motion":
            movement = self._movement[look.part.id]
            if movement.wants(frame.t):
                movement.take(cv2.cvtColor(thumbnail(frame.image, look), cv2.COLOR_RGB2GRAY), frame.t)
            return movement.now
        wanted = [_INDEX[name] for name in look.colours]
        return round(100.0 * float(np.isin(colours(thumbnail(frame.image, look)), wanted).mean()), 1)


@dataclass
class _Movement:
    """How much of a picture moves, in percent of its area, over the last second."""

    before: NDArray[Any] | None = None
    t: float = -math.inf
    value: float | None = None

    def forget(self) -> None:
        """What comes next is compared with nothing."""
        self.before, self.value = None, None

    def wants(self, t: float) -> bool:
        """Whether a picture of time `t` (s) is looked at: between two steps none is."""
        return self.before is None or not 0 <= t - self.t < STEP - _EPS

    def take(self, grey: NDArray[Any], t: float) -> None:
        """Look at the grey thumbnail of a time that is wanted."""
        gap, before = t - self.t, self.before
        self.before, self.t = grey, t
        if before is None or before.shape != grey.shape or not 0 <= gap <= BLIND:
            self.value = None
            return
        keep = math.exp(-gap / SMOOTH) if self.value is not None else 0.0
        self.value = keep * (self.value or 0.0) + (1 - keep) * share_moved(before, grey)

    @property
    def now(self) -> float | None:
        """The movement as of the last picture; None until there are two to compare."""
        return None if self.value is None else round(self.value, 2)


def share_moved(before: NDArray[Any], now: NDArray[Any]) -> float:
    """Percent of the pixels of two grey pictures (h, w) uint8 that differ by more than MOVED; a light that goes on, or
    a camera that adapts, changes all of them alike and counts as nothing."""
    change = now.astype(np.int16) - before.astype(np.int16)
    change -= np.int16(np.median(change))
    return 100.0 * float((np.abs(change) > MOVED).mean())


def thumbnail(image: NDArray[np.uint8], look: Look) -> NDArray[Any]:
    """The look's area of the picture (h, w, 3) uint8 RGB, made small."""
    height, width = image.shape[:2]
    left, top, right, bottom = look.area
    x, y = int(left * width), int(top * height)
    part = image[y : max(y + 1, round(bottom * height)), x : max(x + 1, round(right * width))]
    share = min(1.0, _WIDE / part.shape[1])
    size = (max(1, round(share * part.shape[1])), max(1, round(share * part.shape[0])))
    made: NDArray[Any] = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return made


def colours(image: NDArray[Any]) -> NDArray[np.int8]:
    """Of each pixel of a picture (h, w, 3) uint8 RGB the index of its colour in COLOURS."""
    hue, saturation, value = (channel.astype(np.int16) for channel in cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV)))
    found = np.empty(hue.shape, np.int8)
    for begin, name in _HUES:
        found[2 * hue >= begin] = _INDEX[name]
    found[(found == _INDEX["orange"]) & (saturation < _BROWN)] = _INDEX["brown"]
    pale = saturation < _PALE
    found[pale] = np.where(value[pale] >= _WHITE, _INDEX["white"], _INDEX["grey"])
    found[value < _BLACK] = _INDEX["black"]
    return found
