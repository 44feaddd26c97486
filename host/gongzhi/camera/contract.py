"""Takes nothing; says what a capture and what a source of pictures must be able to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.seen import Side
from gongzhi.text import Later
from gongzhi.values import Frame

Image = NDArray[np.uint8]  # (h, w, 3), RGB
Say = Callable[[CameraError | Later], None]


def log(notice: CameraError | Later) -> None:
    """Where notices go that nobody else wants: the log "gongzhi.camera"."""
    logging.getLogger("gongzhi.camera").warning("%s", notice)


class Capture(Protocol):
    """Frames, one after the other.

    A live capture (a device, the synthetic camera, a still picture) has a thread and one place: the newest frame
    replaces the one that nobody has fetched, and `dropped` counts that. A recorded one (a video file, a folder)
    gives every frame exactly once, not before its own time; who reads too slowly lags behind, and nothing is lost.
    """

    @property
    def live(self) -> bool:
        """True for what goes on whether it is read or not; False for a recording."""
        ...

    @property
    def ended(self) -> bool:
        """True when no frame will come any more: a recording is over, or `close` was called."""
        ...

    @property
    def dropped(self) -> int:
        """How many frames were replaced before they were read."""
        ...

    @property
    def description(self) -> str:
        """What this is, in the user's language."""
        ...

    @property
    def trouble(self) -> CameraError | None:
        """What is wrong right now (the camera is unplugged; a new try is under way), else None."""
        ...

    def read(self, timeout: float) -> Frame | None:
        """The next frame, waited for at most `timeout` seconds; None when none came, or when it has ended.

        A fault of the program in the capture thread is raised here, not swallowed there.
        """
        ...

    def close(self) -> None:
        """Let go of the camera or file and wake whoever is in `read`; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a live source, as it is at this moment; `joints` (33, 2) float32 pixels of a drawn person, and of
    each of their `hands` the 21 points in pixels (21, 2) and in space (21, 3), float32; `drawn` how many people are
    drawn in it, None for a real picture."""

    image: Image
    joints: NDArray[np.float32] | None = None
    hands: Mapping[Side, tuple[NDArray[np.float32], NDArray[np.float32]]] = field(default_factory=dict)
    drawn: int | None = None


class Source(Protocol):
    """A live source of pictures. One thread calls it."""

    @property
    def description(self) -> str:
        """What this is, in the user's language."""
        ...

    @property
    def trouble(self) -> CameraError | None:
        """What is wrong right now, else None."""
        ...

    def shoot(self, stop: threading.Event) -> Shot | None:
        """Wait for the next picture and give it; None when there is none just now or `stop` was set."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class Ticks:
    """The moments 0, 1/fps, 2/fps … after the first use, on a clock."""

    def __init__(self, fps: float, clock: Clock) -> None:
        if not fps > 0:
            raise ValueError(f"fps is {fps}")
        self.fps, self._clock = fps, clock
        self._start: float | None = None
        self._next = 0

    def upcoming(self) -> int:
        """The number of the next moment. Moments that are over are passed by, not made up for."""
        if self._start is None:
            self._start = self._clock.now()
        self._next = max(self._next, int((self._clock.now() - self._start) * self.fps))
        return self._next

    def wait(self, stop: threading.Event) -> bool:
        """Wait for that moment; False when `stop` was set before it came."""
        start = self._start if self._start is not None else self._clock.now()
        due = start + self._next / self.fps
        while (left := due - self._clock.now()) > 0:
            # Not longer than 0.1 s at once: the clock need not run as the machine's does.
            if stop.wait(min(left / self._clock.speed, 0.1)):
                return False
        self._next += 1
        return not stop.is_set()
