"""Takes a QMI8658, the motion sensor of later HandPy boards, gives how it lies, moves and turns."""

from gongzhi_node.parts.imu import Gyro
from gongzhi_node.ports import const

# QST, QMI8658C data sheet, revision 0.8, "Register Map Overview" and "Configuration Registers". The meaning of bit 5 of
# CTRL1 is told differently there: the maker's example and the board maker's module (labplus_mpython_esp32s3,
# mpython.py, class MOTION) write 0x60 and read the low byte first, and so does this.
_WHO_AM_I = const(0x00)
_CTRL1 = const(0x02)  # 0x60: the register's number counts up by itself
_CTRL2 = const(0x03)  # acceleration: bits 6:4 range (001: +-4 g), 3:0 rate (0110: about 117 Hz with the gyroscope)
_CTRL3 = const(0x04)  # rotation: bits 6:4 range (101: +-512 degrees a second), 3:0 rate (0110: about 117 Hz)
_CTRL5 = const(0x06)  # low-pass filters on
_CTRL7 = const(0x08)  # bit 0 acceleration, bit 1 rotation
_AX_L = const(0x35)  # six bytes of acceleration, six of rotation


class Qmi8658(Gyro):
    """At +-4 g, 8192 steps are one g; at +-512 degrees a second, 64 steps are one."""

    ADDRESS = 0x6B
    OPTIONS = {"face": ("up", "down"), "address": (0x6A, 0x6B), "rotation": ("no", "yes")}

    def __init__(self, spec):
        super().__init__(spec)
        self._buf = bytearray(12)

    def begin(self, step):
        """Ranges and rates while it is off, then on."""
        chip = self.chip
        if step == 0:
            self.expect(_WHO_AM_I, 0x05)
            chip.put(_CTRL1, 0x60)
            chip.put(_CTRL7, 0x00)
            chip.put(_CTRL2, 0x16)
            chip.put(_CTRL3, 0x56)
            chip.put(_CTRL5, 0x11)
            chip.put(_CTRL7, 0x03)
            return 160  # the gyroscope's start takes 150 ms
        return None

    def sense(self):
        """Twelve bytes in one go."""
        buf = self._buf
        self.chip.fill(_AX_L, buf)
        for i in range(3):
            n = buf[2 * i] | buf[2 * i + 1] << 8
            self.now[i] = (n - 65536 if n & 0x8000 else n) * 1000 >> 13
            n = buf[6 + 2 * i] | buf[7 + 2 * i] << 8
            self.turn[i] = (n - 65536 if n & 0x8000 else n) >> 6


PART = Qmi8658
