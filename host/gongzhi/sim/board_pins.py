"""Takes the frames in which a board reports its pins, gives their state as the world sees it and the edges between."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final, Literal

from gongzhi.sim.device import _layout as lay

MODES: Final[dict[int, str]] = {0: "", 1: "in", 3: "out", 7: "open_drain"}
PULLS: Final[dict[int, str]] = {0: "", 1: "down", 2: "up", 3: "both"}
_EDGE: Final = struct.Struct("<BBQ")
_PWM: Final = struct.Struct("<BBIHQ")
_MODE: Final = struct.Struct("<BBBQ")


@dataclass(frozen=True, slots=True)
class PinEdge:
    """What changed at one pin.

    `kind` and `value`: "level" 0 or 1; "pwm" the duty 0..65535 at `freq` Hz (freq 0: the signal ended); "mode" 0 none,
    1 input, 3 output, 7 open drain; "pixels" the number of bytes, which are in `data` as the strip gets them. `t` is
    when the world saw it, `made` when it happened, both in seconds of time.monotonic(). `by` "firmware", or "reset" for
    an output that ended because the chip lost its state.
    """

    t: float
    pin: int
    kind: Literal["level", "pwm", "mode", "pixels"]
    value: int
    freq: int = 0
    data: bytes = b""
    made: float = 0.0
    by: Literal["firmware", "reset"] = "firmware"


@dataclass(slots=True)
class _Pin:
    mode: int = 0
    pull: int = 0
    level: int = 0
    freq: int = 0
    duty: int = 0
    pixels: bytes = b""


class Pins:
    """All pins of a board as the world sees them. `behind`: seconds from the board's clock to time.monotonic()."""

    def __init__(self) -> None:
        self._pins: dict[int, _Pin] = {}
        self.behind = 0.0

    def _pin(self, number: int) -> _Pin:
        return self._pins.setdefault(number, _Pin())

    def take(self, kind: int, payload: bytes, t: float) -> PinEdge | None:
        """The edge that a frame received at `t` means; None if the frame is not about a pin."""
        if kind == lay.EDGE:
            number, level, us = _EDGE.unpack(payload)
            self._pin(number).level = level
            return PinEdge(t, number, "level", level, made=us / 1e6 + self.behind)
        if kind == lay.PWM_SET:
            number, on, freq, duty, us = _PWM.unpack(payload)
            pin = self._pin(number)
            pin.freq, pin.duty = (freq, duty) if on else (0, 0)
            return PinEdge(t, number, "pwm", pin.duty, pin.freq, made=us / 1e6 + self.behind)
        if kind == lay.PIN_MODE:
            number, mode, pull, us = _MODE.unpack(payload)
            pin = self._pin(number)
            pin.mode, pin.pull = mode, pull
            return PinEdge(t, number, "mode", mode, made=us / 1e6 + self.behind)
        if kind == lay.PIXELS:
            data = payload[1:]
            self._pin(payload[0]).pixels = data
            return PinEdge(t, payload[0], "pixels", len(data), data=data, made=t)
        return None

    def power_lost(self, t: float) -> list[PinEdge]:
        """The chip was reset: its pins float; the edges of those that drove something."""
        edges = []
        for number, pin in self._pins.items():
            if pin.freq:
                edges.append(PinEdge(t, number, "pwm", 0, 0, made=t, by="reset"))
            if pin.level:
                edges.append(PinEdge(t, number, "level", 0, made=t, by="reset"))
            if pin.mode:
                edges.append(PinEdge(t, number, "mode", 0, made=t, by="reset"))
        # A strip keeps its colours: it has its own supply.
        self._pins = {number: _Pin(pixels=pin.pixels) for number, pin in self._pins.items() if pin.pixels}
        return edges

    def snapshot(self, driven: dict[int, int], mv: dict[int, int]) -> dict[int, dict[str, Any]]:
        """Each pin that either side uses: {mode, pull, value, pwm_freq, pwm_duty_u16, driven, mv}; `value` is the
        level on the wire, `driven` and `mv` what the world puts there (None: nothing)."""
        result = {}
        # A copy first: the board's thread may add a pin meanwhile.
        for number in sorted({*self._pins.copy(), *driven, *mv}):
            pin = self._pins.get(number, _Pin())
            level = pin.level
            if pin.mode == 1 or not pin.mode or (pin.mode == 7 and level):
                level = driven.get(number, pin.pull >> 1 & 1)
            result[number] = {
                "mode": "pwm" if pin.freq else MODES.get(pin.mode, str(pin.mode)),
                "pull": PULLS.get(pin.pull, ""),
                "value": level,
                "pwm_freq": pin.freq,
                "pwm_duty_u16": pin.duty,
                "driven": driven.get(number),
                "mv": mv.get(number),
            }
        return result
