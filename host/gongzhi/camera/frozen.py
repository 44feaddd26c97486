"""Takes a camera, gives only pictures that are new: a camera that repeats one picture has stopped, though it goes on
sending."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np

from gongzhi.camera.contract import Image, Say, Shot, Source, log
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.text import N_, Later

FROZEN: Final = 2.0  # seconds (cointelligence, case 9)
_GRID: Final = 16  # every sixteenth pixel each way is looked at first


class Unfrozen:
    """A source before a real camera. Two pictures of one are never equal in every byte: its sensor has noise, also in a
    dark room. So a repeated picture is no new evidence: it is dropped, whatever was seen grows older, and after two
    seconds that is `trouble`, as if the camera had gone. Nothing that is drawn or recorded belongs behind this.
    """

    def __init__(self, source: Source, clock: Clock, say: Say = log) -> None:
        self._source, self._clock, self._say = source, clock, say
        self._last: Image | None = None
        self._since = 0.0  # when the last new picture came
        self._frozen: CameraError | None = None

    @property
    def description(self) -> str:
        """The camera's own."""
        return self._source.description

    @property
    def trouble(self) -> CameraError | None:
        """What is wrong right now: the camera's own trouble, or that its picture stands still."""
        return self._source.trouble or self._frozen

    def shoot(self, stop: threading.Event) -> Shot | None:
        """The next new picture; None when there is none just now."""
        shot, now = self._source.shoot(stop), self._clock.now()
        if shot is None:
            # What comes after a gap is compared with nothing: a camera that was away begins anew.
            if self._source.trouble is not None:
                self._last, self._frozen = None, None
            return None
        if self._last is not None and _equal(self._last, shot.image):
            if self._frozen is None and now - self._since > FROZEN:
                self._frozen = CameraError(
                    N_("The picture of the camera stands still: it sends the same one again and again."),
                    N_("Pull its plug and put it in again. Is the lens covered?"),
                )
                self._say(self._frozen)
            return None
        self._last, self._since = shot.image, now
        if self._frozen is not None:
            self._frozen = None
            self._say(Later(N_("The picture of the camera moves again."), {}))
        return shot

    def close(self) -> None:
        """Let go of the camera."""
        self._source.close()


def _equal(one: Image, other: Image) -> bool:
    """Whether two pictures are equal in every byte; a few pixels tell as a rule that they are not."""
    grid = np.s_[::_GRID, ::_GRID]
    return one.shape == other.shape and np.array_equal(one[grid], other[grid]) and np.array_equal(one, other)
