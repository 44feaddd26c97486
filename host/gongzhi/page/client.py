"""Takes what one browser shall get, gives it in order and never more than it can take; counts what it says."""

from __future__ import annotations

import asyncio
import itertools
from typing import Final

from gongzhi.page.seats import OPERATOR

RATE: Final = 20.0  # messages per second from one browser, as many at once; a person's fingers stay under 10
FLOOD: Final = 400  # refused messages after which a browser is sent away


class Client:
    """One browser: who sits there, the texts that wait for it, at most one frame, and how fast it may speak."""

    def __init__(self, number: int, limit: int, now: float, seat: str = OPERATOR) -> None:
        self.number, self.seat = number, seat
        self.wants_video = True
        self.closed = False
        self.dropped = 0
        self.refused = 0
        self._limit = limit
        self._texts: dict[str, str] = {}
        self._frame: bytes | None = None
        self._event = asyncio.Event()
        self._tokens, self._spoke = RATE, now
        self._serial = itertools.count()

    def put(self, key: str | None, text: str) -> None:
        """Let `text` wait; the one before under the same key, or the oldest of a full queue, is dropped."""
        if key is None:
            key = f"#{next(self._serial)}"
        if self._texts.pop(key, None) is not None:
            self.dropped += 1
        elif len(self._texts) >= self._limit:
            del self._texts[next(iter(self._texts))]
            self.dropped += 1
        self._texts[key] = text

    def put_frame(self, data: bytes) -> None:
        """Let a frame wait in the place of the one before."""
        self.dropped += self._frame is not None
        self._frame = data

    def wake(self) -> None:
        """Tell the waiting `next`; in the loop's thread only."""
        self._event.set()

    def take(self) -> str | bytes | None:
        """The oldest waiting text, else the frame, else None."""
        if self._texts:
            return self._texts.pop(next(iter(self._texts)))
        frame, self._frame = self._frame, None
        return frame

    @property
    def flooded(self) -> bool:
        """True when so much was refused that this browser shall be sent away."""
        return self.refused >= FLOOD

    def may_speak(self, now: float) -> bool:
        """False when this browser has said more than RATE a second; a token bucket."""
        self._tokens = min(RATE, self._tokens + (now - self._spoke) * RATE)
        self._spoke = now
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        return True

    async def wait(self, seconds: float) -> bool:
        """Wait until something may be there; False when `seconds` have passed instead."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True
