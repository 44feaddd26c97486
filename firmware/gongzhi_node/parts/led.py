"""Takes a level, gives light: an LED on a PWM pin."""

from machine import PWM, Pin

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const

_HZ = const(1000)  # above what an eye or a camera sees flicker, low enough for 16 bits of duty on every ESP32


class Led(Output):
    """`level` 0 (dark) to 1 (full), as the share of time that it is lit."""

    PROP = "level"
    SCALE = 65535

    def _open(self, spec):
        self._pwm = PWM(Pin(spec["pin"]), freq=_HZ, duty_u16=self.raw)

    def _write(self, raw):
        self._pwm.duty_u16(raw)

    def close(self):
        """Dark, and the pin free."""
        self._pwm.deinit()


PART = Led
