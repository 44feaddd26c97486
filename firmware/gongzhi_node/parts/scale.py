"""Takes the 24 bits of an HX711 with a load cell, gives a weight in grams."""

from machine import Pin, disable_irq, enable_irq

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const
from gongzhi_node.wire import diff

# Avia, HX711 data sheet, "Serial Interface" and figure 2: the data line is low when a measurement is there; 24 bits,
# the highest first, come at the rising edges of the clock, a 25th chooses channel A with gain 128 for the next one.
# The clock is high for at most 50 us; from 60 us on the chip switches itself off ("Reset and Power-Down").
_BITS = const(24)
_SIGN = const(0x800000)
_SILENT_MS = const(1000)  # it measures 10 times a second ("Output Data Rate and Format", RATE = 0)
_TARE = const(4)  # measurements whose mean is the empty scale
_STEP = const(5)  # half a gram


class Scale(Part):
    """`weight` in g, -5000 to 5000, from the empty scale at the board's start: the mean of its first four measurements
    is nothing on it. `gain` is how many steps of the chip make 100 g; 42950 if it does not say, which is a cell of 5 kg
    with 1 mV/V (2^23 steps are 0.5 V/V / 128, "Analog Inputs"). Put a known weight on it and set it; a cell that is
    upside down has a negative one. Failed until it is tared, and after 1 s without a measurement. A change of less than
    half a gram is not told. The 25 clocks are within one tick, some 0.6 ms on an ESP32."""

    PROP = "weight"
    UNIT = "g"
    LO = -5000
    HI = 5000
    SCALE = 10
    PINS = ("data", "clock")
    OPTIONS = {"gain": (-1000000, 1000000)}

    def __init__(self, spec):
        super().__init__(spec)
        self._data = Pin(spec["pins"]["data"], Pin.IN, Pin.PULL_UP)
        self._clock = Pin(spec["pins"]["clock"], Pin.OUT, value=0)
        self._gain = spec.get("gain", 42950)
        if not self._gain:
            raise ValueError("gain is 0")
        self._zero = self._mean = 0
        self._tared = 0  # measurements
        self._last = None
        self.failed = True  # nothing is known yet

    def tick(self, t):
        """Take a measurement if there is one; False or OSError (`gone`) while there is none."""
        if self._last is None:
            self._last = t
        if not self._data.value():
            self._last = t
            self._take(self._read())
        elif diff(t, self._last) >= _SILENT_MS:
            return self.gone("no measurement")
        if self._tared < _TARE:
            return self.gone("no measurement")
        return None

    def _read(self):
        word = 0
        clock, data = self._clock, self._data
        for _ in range(_BITS):
            state = disable_irq()
            clock.value(1)
            clock.value(0)
            enable_irq(state)
            word = word << 1 | data.value()
        state = disable_irq()
        clock.value(1)
        clock.value(0)
        enable_irq(state)
        return word - (_SIGN << 1) if word & _SIGN else word

    def _take(self, steps):
        if self._tared < _TARE:
            self._zero += steps
            self._tared += 1
            if self._tared == _TARE:
                self._zero //= _TARE
                self._mean = 0
            return
        self._mean += (steps - self._zero - self._mean) >> 1
        # Whole 100 g and the rest apart: each product is a small integer on 32 bit.
        whole = self._mean // self._gain
        now = whole * 1000 + (self._mean - whole * self._gain) * 1000 // self._gain
        now = min(max(now, self.LO * self.SCALE), self.HI * self.SCALE)
        if abs(now - self.raw) >= _STEP:
            self.raw = now

    def close(self):
        """Switched off: its clock stays high."""
        self._clock.value(1)


PART = Scale
