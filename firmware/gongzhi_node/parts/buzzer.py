"""Takes a tone, gives sound: a passive buzzer on a PWM pin."""

from machine import PWM, Pin

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const

_HALF = const(32768)


class Buzzer(Output):
    """`tone` in Hz, whole; 0 is silence."""

    PROP = "tone"
    UNIT = "Hz"
    HI = 20000

    def _open(self, spec):
        self._pwm = PWM(Pin(spec["pin"]), freq=self.raw or 1000, duty_u16=0)

    def _write(self, raw):
        if raw:
            self._pwm.freq(raw)
        self._pwm.duty_u16(_HALF if raw else 0)

    def close(self):
        """Silent, and the pin free."""
        self._pwm.deinit()


PART = Buzzer
