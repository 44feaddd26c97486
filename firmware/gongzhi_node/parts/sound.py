"""Takes a microphone amplifier's voltage on an ADC pin, gives how loud it is."""

from machine import ADC, Pin

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const

_READINGS = const(12)  # a tick; one takes some 50 us on an ESP32, so this stays below 1 ms
_TICKS = const(5)  # in a window: 100 ms, two waves of the lowest voice
_SWING_MV = const(2950)  # the greatest swing that the ADC sees (150 to 3100 mV, see analog.py)


class Sound(Part):
    """`loudness` in per cent: the swing from the lowest to the highest of 60 readings in 100 ms, against the greatest
    swing that can be measured. Not decibels: that would need a calibrated microphone. Nothing is recorded, no reading
    outlives its window."""

    PROP = "loudness"
    UNIT = "%"
    HI = 100
    SCALE = 10

    def __init__(self, spec):
        super().__init__(spec)
        self._adc = ADC(Pin(spec["pin"]), atten=ADC.ATTN_11DB)
        self._low, self._high, self._ticks = 4000, 0, 0

    def tick(self, t):
        """A burst of readings; the value after every fifth one."""
        for _ in range(_READINGS):
            mv = self._adc.read_uv() // 1000
            if mv < self._low:
                self._low = mv
            if mv > self._high:
                self._high = mv
        self._ticks += 1
        if self._ticks >= _TICKS:
            self.raw = min((self._high - self._low) * 1000 // _SWING_MV, 1000)
            self._low, self._high, self._ticks = 4000, 0, 0


PART = Sound
