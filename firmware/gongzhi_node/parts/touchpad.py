"""Takes a touch pad of the chip's own, gives whether a finger is on it."""

import sys

from machine import Pin, TouchPad

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const

_STEADY = const(2)  # readings in agreement
_SLOW = const(6)  # bits: the pad's own value follows with 1/64 of the difference a tick, 63 % in 1.3 s
_RISES = ("S2", "S3")


class Touchpad(Part):
    """`touched` 0 or 1, with the events `on` and `off`. The pad's count falls when a finger comes near on an ESP32 and
    rises on an ESP32-S2 or -S3 (Espressif, ESP-IDF programming guide, "Touch Element"); `change` is by how many per
    cent at least (20 if it does not say). What it is without a finger is learnt from the board's start on and
    followed slowly, for air and hands are moist or dry. A finger that is there at the start counts once it has been
    away. ESP32: pins 0, 2, 4, 12 to 15, 27, 32, 33; an ESP32-C3 has no such pads."""

    PROP = "touched"
    OPTIONS = {"change": (5, 80)}

    def __init__(self, spec):
        super().__init__(spec)
        self._pad = TouchPad(Pin(spec["pin"]))
        name = getattr(sys.implementation, "_machine", "")
        self._up = any([chip in name for chip in _RISES])
        self._change = spec.get("change", 20)
        self._rest = self._pad.read() << _SLOW
        self._count = 0

    def tick(self, t):
        """One reading; `on` or `off` when it completes a change."""
        now = self._pad.read()
        rest = self._rest >> _SLOW
        off = now - rest if self._up else rest - now
        on = 1 if off * 100 >= rest * self._change else 0
        if off < 0:
            self._rest = now << _SLOW  # beyond what it is at rest: it was not at rest
        elif not on:
            self._rest += now - rest
        if on == self.raw:
            self._count = 0
            return None
        self._count += 1
        if self._count < _STEADY:
            return None
        self._count = 0
        self.raw = on
        return "on" if on else "off"


PART = Touchpad
