"""Gives the time in seconds from a clock that we own, so that tests never wait and never depend on speed."""

from __future__ import annotations

import threading
import time
from typing import Final, Protocol

ENV_PACED: Final = "GONGZHI_PACED"  # for a program whose run keeps its own clock: where that stands as it begins


class Clock(Protocol):
    """Seconds that never go back; only differences mean something. `speed`: how many of them pass, at most, in one
    second of the machine's clock, for whoever has to sleep until a moment of this clock."""

    @property
    def speed(self) -> float:
        """Its seconds in one real second."""
        ...

    def now(self) -> float:
        """The time in seconds."""
        ...


class MonotonicClock:
    """The machine's monotonic clock."""

    speed = 1.0

    def now(self) -> float:
        """The time in seconds since an arbitrary moment."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until somebody moves it; any thread may look at it."""

    def __init__(self, start: float = 0.0, speed: float = 1.0) -> None:
        self._now = start
        self.speed = speed
        self._moving = threading.Lock()

    def now(self) -> float:
        """The time in seconds as last set."""
        return self._now

    def forward(self, seconds: float) -> float:
        """Move on by `seconds` (not negative) and return the new time."""
        if seconds < 0:
            raise ValueError("a clock does not go back")
        with self._moving:
            self._now += seconds
            return self._now
