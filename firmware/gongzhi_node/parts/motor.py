"""Takes a speed, gives two PWM signals for an H-bridge with two inputs a motor (DRV8833, TB6612 with its inputs
joined so, L9110, L298N with its enable closed)."""

from machine import PWM, Pin

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const

_HZ = const(1000)


class Motor(Output):
    """`speed` -1 (full, backwards) to 1 (full, forwards): the share of time that the bridge drives. One input has the
    PWM, the other is low; both low let the motor run out (TI, DRV8833 data sheet, section "Bridge Control and Decay
    Modes": tables of the bridge's logic and of PWM control). Both are never high. One frequency for all motors: a chip
    has few PWM timers."""

    PROP = "speed"
    LO = -1
    SCALE = 1000
    PINS = ("in1", "in2")

    def _open(self, spec):
        pins = spec["pins"]
        self._forth = PWM(Pin(pins["in1"]), freq=_HZ, duty_u16=0)
        self._back = PWM(Pin(pins["in2"]), freq=_HZ, duty_u16=0)

    def _write(self, raw):
        duty = abs(raw) * 65535 // self.SCALE
        # The side that goes low goes first: for no moment do both drive.
        if raw >= 0:
            self._back.duty_u16(0)
            self._forth.duty_u16(duty)
        else:
            self._forth.duty_u16(0)
            self._back.duty_u16(duty)

    def close(self):
        """Both inputs low before either pin is free."""
        self._write(0)
        self._forth.deinit()
        self._back.deinit()


PART = Motor
