"""Gives the time in seconds from a clock that we own, so that tests never wait and never depend on speed."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that never go back; only differences mean something."""

    def now(self) -> float:
        """The time in seconds."""
        ...


class MonotonicClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """The time in seconds since an arbitrary moment."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        """The time in seconds as last set."""
        return self._now

    def forward(self, seconds: float) -> float:
        """Move on by `seconds` (not negative) and return the new time."""
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self._now += seconds
        return self._now
