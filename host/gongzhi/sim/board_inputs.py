"""Takes what the world puts on a board's pins, gives the frames that say so: at once, and again after each reset."""

from __future__ import annotations

import struct
from typing import Final

from gongzhi.sim.device import _layout as lay

Frame = tuple[int, bytes]
Edge = tuple[int, int, int | None]  # microseconds after the one before, pin, level
_TOP_MV: Final = 3300


def pack_edge(us: int, pin: int, level: int | None) -> bytes:
    """One edge of a PLAY frame."""
    return struct.pack("<IBB", us, pin, 2 if level is None else level)


class Inputs:
    """Levels, voltages and the rest, by pin; `driven` and `mv` are for whoever looks."""

    def __init__(self) -> None:
        self.driven: dict[int, int] = {}
        self.mv: dict[int, int] = {}
        self._swing: dict[int, int] = {}
        self._held: dict[tuple[int, int], bytes] = {}

    def drive(self, pin: int, level: int | None) -> Frame:
        """A level, or nobody's (None)."""
        if level is None:
            self.driven.pop(pin, None)
        else:
            self.driven[pin] = 1 if level else 0
        return lay.DRIVE, bytes([pin, self.driven.get(pin, 2)])

    def adc(self, pin: int, mv: int | None, swing: int) -> Frame:
        """Millivolts that swing, or none."""
        if mv is None:
            self.mv.pop(pin, None)
        else:
            self.mv[pin] = min(max(int(mv), 0), _TOP_MV)
        self._swing[pin] = min(max(int(swing), 0), _TOP_MV)
        return self._volts(pin)

    def hold(self, kind: int, payload: bytes) -> Frame:
        """A frame of another kind, which begins with a pin."""
        self._held[kind, payload[0]] = payload
        return kind, payload

    def frames(self) -> list[Frame]:
        """Everything that is so now."""
        driven = [(lay.DRIVE, bytes([pin, level])) for pin, level in self.driven.copy().items()]
        held = [(kind, payload) for (kind, _), payload in self._held.copy().items()]
        return [*driven, *(self._volts(pin) for pin in self.mv.copy()), *held]

    def _volts(self, pin: int) -> Frame:
        return lay.VOLTS, struct.pack("<BHH", pin, self.mv.get(pin, lay.NO_MV), self._swing.get(pin, 0))
