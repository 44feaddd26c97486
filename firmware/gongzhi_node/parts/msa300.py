"""Takes an MSA300, the acceleration sensor of the HandPy 2.0 board, gives how it lies and moves."""

from gongzhi_node.parts.imu import Imu
from gongzhi_node.ports import const

# MEMSensing, MSA300 data sheet, "Register map": no public copy was found to read. The numbers are those of the board
# maker's own module (labplus-cn/mpython, class Accelerometer) and of two other drivers that agree with it.
_PART_ID = const(0x01)
_X_LSB = const(0x02)  # six bytes, the low one first; 14 bits, left-aligned in 16
_RANGE = const(0x0F)  # bits 3:2 resolution (00: 14 bit), 1:0 range (01: +-4 g)
_ODR = const(0x10)
_POWER = const(0x11)


class Msa300(Imu):
    """At +-4 g, 8192 steps of the left-aligned value are one g."""

    ADDRESS = 0x26

    def __init__(self, spec):
        super().__init__(spec)
        self._buf = bytearray(6)

    def begin(self, step):
        """Normal power, range, 125 readings a second."""
        self.expect(_PART_ID, 0x13)
        self.chip.put(_POWER, 0x00)
        self.chip.put(_RANGE, 0x01)
        self.chip.put(_ODR, 0x07)
        return

    def sense(self):
        """Six bytes in one go."""
        buf = self._buf
        self.chip.fill(_X_LSB, buf)
        for i in range(3):
            n = buf[2 * i] | buf[2 * i + 1] << 8
            self.now[i] = (n - 65536 if n & 0x8000 else n) * 1000 >> 13


PART = Msa300
