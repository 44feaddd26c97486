"""Takes a speed, gives the pulse of a servo that turns on and on: 50 Hz, 1500 us is standstill."""

from machine import PWM, Pin

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const

_HZ = const(50)
_FRAME_US = const(20000)
_STILL_US = const(1500)
# Parallax's one (900-00008, its data sheet) is at full speed from 1300 and 1700 us; others need all of it.
_SPAN_US = const(500)


class Servo360(Output):
    """`speed` -1 (full, clockwise) to 1 (full, the other way). `trim` in us moves the standstill: no two servos have
    it at the same pulse. At 0 the pulse goes on, so that it brakes."""

    PROP = "speed"
    LO = -1
    SCALE = 1000
    OPTIONS = {"trim": (-200, 200)}

    def _open(self, spec):
        self._still = _STILL_US + spec.get("trim", 0)
        self._pwm = PWM(Pin(spec["pin"]), freq=_HZ, duty_u16=self._duty(self.raw))

    def _duty(self, raw):
        return (self._still + raw * _SPAN_US // self.SCALE) * 65535 // _FRAME_US

    def _write(self, raw):
        self._pwm.duty_u16(self._duty(raw))

    def close(self):
        """No pulse (the servo is limp), and the pin free."""
        self._pwm.deinit()


PART = Servo360
