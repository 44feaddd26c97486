"""Takes a level on a pin, gives on and off without bounces: what the parts switch, pir and hall share."""

from machine import Pin

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const

_STEADY = const(2)  # readings in agreement, 20 ms apart: contacts bounce for up to 10 ms


class Digital(Part):
    """1 is on; the events `on` and `off` tell of each change, none of what is so at the start. `active` says which
    level is on, `pull` which resistor of the chip's holds the pin (pins 34 to 39 of an ESP32 have none)."""

    PULL = "none"
    ACTIVE = "high"
    OPTIONS = {"active": ("high", "low")}

    def __init__(self, spec):
        super().__init__(spec)
        pull = {"up": Pin.PULL_UP, "down": Pin.PULL_DOWN, "none": None}[spec.get("pull", self.PULL)]
        self._pin = Pin(spec["pin"], Pin.IN, pull)
        self._on = 1 if spec.get("active", self.ACTIVE) == "high" else 0
        self._count = 0
        self.raw = self._read()

    def _read(self):
        return 1 if self._pin.value() == self._on else 0

    def tick(self, t):
        """One reading; `on` or `off` when it completes a change."""
        if self._read() == self.raw:
            self._count = 0
            return None
        self._count += 1
        if self._count < _STEADY:
            return None
        self._count = 0
        self.raw = 1 - self.raw
        return "on" if self.raw else "off"
