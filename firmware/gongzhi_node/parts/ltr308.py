"""Takes an LTR-308, the light sensor of the HandPy 3.0 board, gives how bright it is."""

from gongzhi_node.parts.i2c import Sensor
from gongzhi_node.ports import const

# Lite-On, LTR-308ALS data sheet DS86-2016-0027 V1.1, "Register Set", as Linux has it (drivers/iio/light/ltrf216a.c,
# which names that data sheet); the text itself could not be read here.
_MAIN_CTRL = const(0x00)  # bit 1: on
_MEAS_RATE = const(0x04)  # bits 6:4 resolution (010: 18 bit, 100 ms), 2:0 rate (010: every 100 ms)
_GAIN = const(0x05)  # 0: 1, 1: 3, 2: 6, 3: 9, 4: 18 times
_PART_ID = const(0x06)  # upper half 0xB
_STATUS = const(0x07)  # bit 3: there is a new value
_DATA = const(0x0D)  # three bytes, the low one first, 20 bits


class Ltr308(Sensor):
    """`lux`, 0 to 50000, without a window before it: 0.6 * data / (gain * time in units of 100 ms), Linux's
    `lux_multiplier` for this chip, here with a gain of 3 and 100 ms. A change of less than 1 in 32 is not told."""

    PROP = "lux"
    UNIT = "lx"
    HI = 50000
    ADDRESS = 0x53
    PERIOD = 100

    def __init__(self, spec):
        super().__init__(spec)
        self._buf = bytearray(3)

    def begin(self, step):
        """Resolution, gain, on."""
        if step == 0:
            if self.chip.get(_PART_ID) & 0xF0 != 0xB0:
                raise OSError("another chip at this address")
            self.chip.put(_MEAS_RATE, 0x22)
            self.chip.put(_GAIN, 0x01)
            self.chip.put(_MAIN_CTRL, 0x02)
            return 120
        return None

    def read(self, t):
        """A new value, if there is one."""
        if not self.chip.get(_STATUS) & 0x08:
            return False
        buf = self._buf
        self.chip.fill(_DATA, buf)
        # 0.6 / 3 = 1 / 5
        lux = min((buf[0] | buf[1] << 8 | (buf[2] & 0x0F) << 16) // 5, 50000)
        if abs(lux - self.raw) > self.raw >> 5 or not lux:
            self.raw = lux
        return True


PART = Ltr308
