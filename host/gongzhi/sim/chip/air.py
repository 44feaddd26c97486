"""Takes a moment of a board's own clock, gives whether anything passes between it and its access point then."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Final, Protocol

SLOT_MS: Final = 50  # for so long it is one way or the other; a frame that was lost is sent again after about as long
_SPAN_MS: Final = 10_000
_LOST: Final = 0.15  # of the slots
_STALLS: Final = ((0.5, 500, 3000), (0.08, 11_000, 14_000))  # in which share of the spans, from and to so many ms


class Air(Protocol):
    """What lies between a board and its access point."""

    def passes(self, ms: int, /) -> bool:
        """True if anything arrives at `ms`."""
        ...


class Clear:
    """All of it arrives at once."""

    def passes(self, _ms: int, /) -> bool:
        """Always."""
        return True


class Gone:
    """Nothing arrives: there is no access point."""

    def passes(self, _ms: int, /) -> bool:
        """Never."""
        return False


class Weak:
    """Every seventh slot is lost; in every second span of 10 s nothing passes for 0.5 to 3 s, and every two minutes or
    so for 11 to 14 s, which is longer than the node waits for a broker. The same for the same `seed`, whatever else
    happens. Made up to be bad, not measured: no two rooms are alike.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._span = lru_cache(4)(self._make)

    def passes(self, ms: int, /) -> bool:
        """Whether the slot of this moment is one of the good ones."""
        slot, number = ms // SLOT_MS, ms // _SPAN_MS
        if slot in self._span(number)[0]:
            return False
        return not any(begin <= ms < end for back in (0, 1, 2) for begin, end in self._span(number - back)[1])

    def _make(self, number: int) -> tuple[frozenset[int], list[tuple[int, int]]]:
        """Which slots of the span are lost, and the stalls that begin in it."""
        chance = random.Random(self._seed * 1_000_003 + number)
        first, many = number * _SPAN_MS // SLOT_MS, _SPAN_MS // SLOT_MS
        lost = frozenset(slot for slot in range(first, first + many) if chance.random() < _LOST)
        stalls = []
        for share, least, most in _STALLS:
            happens, begin = chance.random() < share, number * _SPAN_MS + int(chance.random() * _SPAN_MS)
            length = least + int(chance.random() * (most - least))
            if happens:
                stalls.append((begin, begin + length))
        return lost, stalls
