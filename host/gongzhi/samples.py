"""Takes batches of samples as a board tells them, gives each in its unit with its time on the host's clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from operator import truediv
from typing import TYPE_CHECKING, Final

from gongzhi_node import wire

if TYPE_CHECKING:
    from gongzhi.project.parts import Part

_OLD_MS: Final = 60_000  # a board keeps 32 samples: an older one is no sample
_DRIFT: Final = 1e-4  # s a second by which a board's crystal may be slower than the host's
_RESTART: Final = 5.0  # s: further apart than this, the board's clock has begun anew


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sensor read at `t` (s): one number for each channel, in its unit. Raises ValueError."""

    t: float
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not math.isfinite(self.t) or not all(map(math.isfinite, self.values)):
            raise ValueError("a sample with a number that is not finite")


class BoardTime:
    """A board's clock as seconds of ours. Nobody knows how long a message was under way, but none arrives before it was
    sent: the earliest arrival tells how the clocks stand to each other, and the time of a sample is exact but for the
    quickest way of a message."""

    def __init__(self) -> None:
        self._last: int | None = None  # board ms
        self._board = self._ahead = self._now = 0.0

    def at(self, board_ms: int, now: float) -> float:
        """When it was on our clock that the board's showed `board_ms`, of a message that has arrived at `now` (s)."""
        first, before = self._last is None, self._board
        ahead = now - self.seconds(board_ms)
        if first or self._board == before or abs(ahead - self._ahead) > _RESTART:
            self._ahead = ahead
        else:
            self._ahead = min(ahead, self._ahead + _DRIFT * max(now - self._now, 0.0))
        self._now = now
        return self._board + self._ahead

    def seconds(self, board_ms: int) -> float:
        """The board's clock in seconds since we first heard of it; while it starts anew, no time passes."""
        if self._last is not None:
            self._board += max(wire.diff(board_ms, self._last), 0) / 1000
        self._last = board_ms
        return self._board


def samples(part: Part, batch: list[int], t: float) -> list[Sample]:
    """The samples of this part in a message (docs/wire.md, Samples) that its board sent at `t` (s).

    Raises ValueError where it is no batch of such a part.
    """
    channels = part.sampled
    width = 1 + len(channels)
    if len(batch) % width:
        raise ValueError("not so many numbers")
    ages = batch[::width]
    if any(not 0 <= age <= _OLD_MS for age in ages) or any(a <= b for a, b in pairwise(ages)):
        raise ValueError("times that do not rise")
    steps = [part.kind.steps_of(channel) for channel in channels]
    return [
        Sample(t - age / 1000, tuple(map(truediv, batch[at + 1 : at + width], steps)))
        for at, age in zip(range(0, len(batch), width), ages, strict=True)
    ]
