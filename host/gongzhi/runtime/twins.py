"""Takes what boards say when they come online, gives whether two of them bear one id (docs/wire.md, Presence)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gongzhi.clock import Clock
from gongzhi.runtime.face import Face

WITHIN_S: Final = 120.0  # two chips under one id within this time are two boards, not one that was replaced


class Twins:
    """Remembers the last chips under each id. Ask it about the project's own boards only: it forgets none."""

    def __init__(self) -> None:
        self._chips: dict[str, dict[str, float]] = {}

    def online(self, device: str, told: Mapping[str, Any], now: float) -> bool:
        """A board came: whether it says itself that it has a twin, or another chip bore its id a moment ago."""
        chips = self._chips.setdefault(device, {})
        chip = str(told.get("chip"))[:48]
        chips.pop(chip, None)
        chips[chip] = now
        while len(chips) > 2:
            del chips[next(iter(chips))]
        return bool(told.get("twin")) or self.two(device, now)

    def two(self, device: str, now: float) -> bool:
        """Whether two chips bore the id within the last two minutes."""
        return sum(now - t < WITHIN_S for t in self._chips.get(device, {}).values()) > 1


class TwinWatch:
    """Tells the page of twins, and that there are none any more. `later(seconds, call, …)` is the loop's timer."""

    def __init__(self, face: Face, clock: Clock, later: Callable[..., object]) -> None:
        self._face, self._clock, self._later = face, clock, later
        self._twins = Twins()

    def look(self, device: str, told: Mapping[str, Any]) -> None:
        """A board of the project said that it is there."""
        twin = self._twins.online(device, told, self._clock.now())
        self._face.twin(device, on=twin)
        if twin and not told.get("twin"):  # a board that says it of itself takes it back itself
            self._later(WITHIN_S + 1, self._over, device)

    def _over(self, device: str) -> None:
        if not self._twins.two(device, self._clock.now()):
            self._face.twin(device, on=False)
