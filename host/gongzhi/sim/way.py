"""Takes where a value starts, where it goes and when, gives where it is at a moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """From one value to another between two moments; `back` is a press, which ends where it began."""

    start: float
    goal: float
    begun: float
    seconds: float
    back: bool = False

    def at(self, now: float) -> tuple[float, bool]:
        """The value at `now`, and whether the way is at its end."""
        share = (now - self.begun) / self.seconds if self.seconds > 0 else 1.0
        if self.back:
            return (self.start, True) if share >= 1 else (self.goal, False)
        if share >= 1:
            return self.goal, True
        return self.start + (self.goal - self.start) * max(share, 0.0), False
