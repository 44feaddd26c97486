"""Takes seats such as "human:owner#gate", gives their rank, and says who answers too often."""

from __future__ import annotations

import re
from collections import deque
from typing import Final

RANKS: Final[dict[str, int]] = {"visitor": 0, "owner": 1, "teacher": 2, "operator": 2, "safety": 3}
OWNER, TEACHER, HIGHEST = RANKS["owner"], RANKS["teacher"], max(RANKS.values())
EVERY_TEACHER: Final = "human:teacher#all"
_SEAT = re.compile(r"human:(visitor|owner|teacher|operator|safety)#[A-Za-z0-9_-]{1,24}")
_REMEMBERED = 256


def rank(seat: str) -> int | None:
    """0 visitor, 1 owner, 2 teacher or operator, 3 safety; None for what is not a person's seat."""
    found = _SEAT.fullmatch(seat)
    return RANKS[found[1]] if found else None


def is_teacher(seat: str) -> bool:
    """True for a teacher, who is in charge of the room, and for safety; an operator is in charge of one piece."""
    found = _SEAT.fullmatch(seat)
    return found is not None and found[1] in ("teacher", "safety")


class Crowd:
    """Counts the answers of each seat: at most `rate` within one second."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._times: dict[str, deque[float]] = {}

    def too_fast(self, seat: str, now: float) -> bool:
        """Count one answer; True if it is one too many, which then does not count itself."""
        times = self._times.pop(seat, None)
        if times is None:
            times = deque()
            # The seat that was silent for longest is forgotten: a crowd of seats takes no more room than this.
            while len(self._times) >= _REMEMBERED:
                self._times.pop(next(iter(self._times)))
        self._times[seat] = times
        while times and now - times[0] >= 1.0:
            times.popleft()
        if len(times) >= self.rate:
            return True
        times.append(now)
        return False
