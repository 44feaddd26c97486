"""Takes a level, switches a relay, or whatever else is only on or off: a pump, a fan, a valve, a lamp."""

from machine import Pin

from gongzhi_node.parts.base import Output


class Relay(Output):
    """`level` 0 (off) or 1 (on). `active` "low" is for modules that switch on at 0 V."""

    PROP = "level"
    RAMP = False
    OPTIONS = {"active": ("high", "low")}

    def _open(self, spec):
        self._low = 1 if spec.get("active") == "low" else 0
        # The level comes with the mode: the pin is never an output of the wrong level.
        self._pin = Pin(spec["pin"], Pin.OUT, value=self.raw ^ self._low)

    def _write(self, raw):
        self._pin.value(raw ^ self._low)

    def close(self):
        """Off, whatever its safe value is: nobody looks after it any more."""
        self._pin.value(self._low)


PART = Relay
