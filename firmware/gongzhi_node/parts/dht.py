"""Takes the 40 bits of a DHT11 or a DHT22, gives temperature and humidity: what both share."""

from machine import Pin, disable_irq, enable_irq, time_pulse_us

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const, since_us, ticks_us
from gongzhi_node.wire import diff

# Aosong, AM2302 (DHT22) data sheet, section 7 "Communication and signal", and DHT11 data sheet, section "Communication
# process": the host pulls the line low (DHT22 at least 1 ms, DHT11 at least 18 ms), the sensor answers 20 to 40 us
# later with 80 us low and 80 us high, then gives 40 bits: 50 us low, then high for 26 to 28 us (0) or 70 us (1). It
# may be asked every 2 s (DHT11: 1 s), and not in its first second.
_START_US = const(18000)
_ONE_US = const(48)  # in the middle
_LIMIT_US = const(200)
_CYCLE_MS = const(2000)
_LOST = const(3)  # attempts without a good answer


class Dht(Part):
    """`temperature` in degrees Celsius, and `humidity` in per cent, every 2 s; failed until the first good answer, and
    after three without one. MicroPython's own `dht_readinto` waits for the line inside its call (for 18 ms, and in
    older releases for 250 ms more; drivers/dht/dht.c): here the line is low from one tick to the next, and only the
    answer itself (40 bits, at most 40 x 120 us) holds the board, for 5 ms. A bit that is missed makes the sum wrong
    and costs nothing but this one answer."""

    PROP = "temperature"
    UNIT = "C"
    SCALE = 10
    MORE = (("humidity", 0, 100),)

    def __init__(self, spec):
        super().__init__(spec)
        self._pin = Pin(spec["pin"], Pin.OPEN_DRAIN, Pin.PULL_UP, value=1)
        self._bits = bytearray(5)
        self._low = False
        self._began = ticks_us()
        self._asked = None
        self._missed = _LOST
        self.failed = True  # nothing is known yet
        self._wet = 0  # tenths of a per cent

    def more(self, values):
        """The humidity."""
        values[self.name + ".humidity"] = self._wet / 10

    def tick(self, t):
        """Begin to ask, or take the answer; False or OSError (`gone`) while there is none."""
        if self._low:
            if since_us(ticks_us(), self._began) >= _START_US:
                self._low = False
                self._asked = t
                self._missed = 0 if self._listen() and self._take(self._bits) else min(self._missed + 1, _LOST)
        elif self._asked is None:
            self._asked = t
        elif not 0 <= diff(t, self._asked) < _CYCLE_MS:
            self._pin.value(0)
            self._began = ticks_us()
            self._low = True
        if self._missed >= _LOST:
            return self.gone("no answer")
        return None

    def _listen(self):
        """Let go of the line and time the 40 pulses; True if their sum is right. Nothing may interrupt it: a bit is as
        short as 76 us."""
        pin, bits = self._pin, self._bits
        state = disable_irq()
        try:
            pin.value(1)
            us = time_pulse_us(pin, 1, _LIMIT_US)
            if 0 <= us < _ONE_US:  # we were quick enough to see the line up before the sensor's answer
                us = time_pulse_us(pin, 1, _LIMIT_US)
            if us < 0:
                return False
            for i in range(40):
                us = time_pulse_us(pin, 1, _LIMIT_US)
                if us < 0:
                    return False
                bits[i >> 3] = (bits[i >> 3] << 1 | (1 if us > _ONE_US else 0)) & 255
        finally:
            enable_irq(state)
        return (bits[0] + bits[1] + bits[2] + bits[3]) & 255 == bits[4]

    def _take(self, bits):
        """Take over an answer; False if it cannot be true."""
        raise NotImplementedError

    def _is(self, tenths, wet, low, high):
        """The new values, in tenths, if they are within what the sensor can measure."""
        if not (low <= tenths <= high and 0 <= wet <= 1000):
            return False
        if wet != self._wet:
            self._wet = wet
            self.sent = None
        self.raw = tenths
        return True

    def close(self):
        """The line is let go of."""
        self._pin.value(1)
