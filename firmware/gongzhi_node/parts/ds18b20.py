"""Takes a DS18B20's scratchpad over 1-Wire, gives the temperature."""

import _onewire
from machine import Pin

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const
from gongzhi_node.wire import diff

# Maxim, DS18B20 data sheet, "ROM Commands" and "DS18B20 Function Commands"; table 2 "Thermometer Resolution
# Configuration": 750 ms for 12 bits; figure 10 "Configuration Register": its five lowest bits are ones.
_SKIP_ROM = const(0xCC)
_CONVERT = const(0x44)
_READ = const(0xBE)
_CONVERT_MS = const(750)
_CONFIG = const(4)
_ONES = const(0x1F)
_AT_ONCE = const(3)  # bytes in a tick
_LOST = const(3)  # attempts without a good answer


class Ds18b20(Part):
    """`temperature` in degrees Celsius, -55 to 125, about once a second; one on a pin, with a supply of its own (three
    wires) and 4.7 kOhm from the line to 3.3 V. Failed until the first good answer and after three without one. Its
    nine bytes are read three in a tick: a reset and two bytes take 2.1 ms, three bytes 1.2 ms (extmod/modonewire.c)."""

    PROP = "temperature"
    UNIT = "C"
    LO = -55
    HI = 125
    SCALE = 16

    def __init__(self, spec):
        super().__init__(spec)
        self._pin = Pin(spec["pin"], Pin.OPEN_DRAIN, Pin.PULL_UP, value=1)
        self._pad = bytearray(9)
        self._have = 9  # bytes of the scratchpad; 9: none is being read
        self._asked = None
        self._missed = _LOST
        self.failed = True  # nothing is known yet

    def tick(self, t):
        """One step of a measurement; False or OSError (`gone`) while there is no answer."""
        if self._have < 9:
            self._more()
        elif self._asked is None:
            if self._say(_CONVERT):
                self._asked = t
            else:
                self._missed = min(self._missed + 1, _LOST)
        elif not 0 <= diff(t, self._asked) < _CONVERT_MS:
            self._asked = None
            if self._say(_READ):
                self._have = 0
        if self._missed >= _LOST:
            return self.gone("no answer")
        return None

    def _say(self, command):
        """Tell the sensor; False if nobody is there."""
        if not _onewire.reset(self._pin):
            return False
        _onewire.writebyte(self._pin, _SKIP_ROM)
        _onewire.writebyte(self._pin, command)
        return True

    def _more(self):
        pad = self._pad
        for _ in range(_AT_ONCE):
            pad[self._have] = _onewire.readbyte(self._pin)
            self._have += 1
        if self._have < 9:
            return
        # A line that hangs low would have a right sum, too.
        if _onewire.crc8(pad) or pad[_CONFIG] & _ONES != _ONES:
            self._missed = min(self._missed + 1, _LOST)
            return
        self._missed = 0
        raw = pad[1] << 8 | pad[0]
        self.raw = raw - 0x10000 if raw & 0x8000 else raw


PART = Ds18b20
