"""Takes a voltage on an ADC pin, gives per cent of the way between two calibrated voltages, smoothed: what the parts
light, soil and potentiometer share."""

from machine import ADC, Pin

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const

_FULL = const(1000)
_FINE = const(8)  # bits of the average below one step
_SOFT = const(2)  # each reading counts a quarter: 63 % of a change after 70 ms
_STEP = const(5)  # half a per cent; the ADC's own noise is less than that after the average


class Analog(Part):
    """Per cent: 0 at `mv0`, 100 at `mv100` (millivolts at the pin; `mv0` may be the higher one).

    The defaults span what the ADC sees: at 11 dB it is exact from 150 to 2450 mV and reads on to 3100 mV (Espressif,
    ESP-IDF programming guide for the ESP32, "Analog to Digital Converter", table of attenuations). `read_uv` corrects
    by what the factory has burnt into the chip. A change of less than half a per cent is not told.
    """

    UNIT = "%"
    HI = 100
    SCALE = 10
    MV0 = 150
    MV100 = 3100
    OPTIONS = {"mv0": (0, 3300), "mv100": (0, 3300)}

    def __init__(self, spec):
        super().__init__(spec)
        self._mv0 = spec.get("mv0", self.MV0)
        self._span = spec.get("mv100", self.MV100) - self._mv0
        if not self._span:
            raise ValueError("mv0 and mv100 are the same")
        self._adc = ADC(Pin(spec["pin"]), atten=ADC.ATTN_11DB)
        self.raw = self._read()
        self._mean = self.raw << _FINE

    def _read(self):
        return min(max((self._adc.read_uv() // 1000 - self._mv0) * _FULL // self._span, 0), _FULL)

    def tick(self, t):
        """One reading into the average."""
        self._mean += ((self._read() << _FINE) - self._mean) >> _SOFT
        now = (self._mean + (1 << (_FINE - 1))) >> _FINE
        # At the ends it goes all the way, so that "off" and "full" can be reached.
        if abs(now - self.raw) >= _STEP or (now != self.raw and now in (0, _FULL)):
            self.raw = now
