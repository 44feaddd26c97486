"""Takes an angle, gives the pulse of a hobby servo: 50 Hz, 500 us at 0 degrees to 2500 us at 180."""

from machine import PWM, Pin

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const

_HZ = const(50)
_FRAME_US = const(20000)
_PULSE_LO = const(500)
_PULSE_HI = const(2500)


class Servo(Output):
    """`angle` in degrees; `slew` in degrees per second. Its first pulse is the safe angle, at once: where a servo
    stands before it is known to nobody."""

    PROP = "angle"
    UNIT = "deg"
    HI = 180
    SCALE = 100

    def _open(self, spec):
        self._pwm = PWM(Pin(spec["pin"]), freq=_HZ, duty_u16=self._duty(self.raw))

    def _duty(self, raw):
        # Largest product: 2500 * 65535, a small integer on 32 bit. One step of the 16 is 0.3 us, 0.03 degrees.
        return (_PULSE_LO + raw * (_PULSE_HI - _PULSE_LO) // (self.HI * self.SCALE)) * 65535 // _FRAME_US

    def _write(self, raw):
        self._pwm.duty_u16(self._duty(raw))

    def close(self):
        """No pulse (the servo is limp), and the pin free."""
        self._pwm.deinit()


PART = Servo
