"""Takes an MPU-6050 (or the MPU-6886 of M5Stack), gives how it lies, moves and turns."""

from gongzhi_node.parts.imu import Gyro
from gongzhi_node.ports import const

# InvenSense, MPU-6000 and MPU-6050 Register Map and Descriptions, revision 4.2, sections 4.4, 4.5, 4.17, 4.19, 4.28,
# 4.32. The MPU-6886 has the same registers (its data sheet, section 8) but for a filter of its own for acceleration.
_CONFIG = const(0x1A)
_GYRO_CONFIG = const(0x1B)
_ACCEL_CONFIG = const(0x1C)
_ACCEL_CONFIG2 = const(0x1D)
_ACCEL_XOUT_H = const(0x3B)  # six bytes of acceleration, two of temperature, six of rotation, the high one first
_PWR_MGMT_1 = const(0x6B)
_WHO_AM_I = const(0x75)
_MPU6886 = const(0x19)


class Mpu6050(Gyro):
    """At +-4 g, 8192 steps are one g; at +-500 degrees a second, 65.5 steps are one. Filtered at 44 Hz."""

    ADDRESS = 0x68
    OPTIONS = {"face": ("up", "down"), "address": (0x68, 0x69), "rotation": ("no", "yes")}

    def __init__(self, spec):
        super().__init__(spec)
        self._buf = bytearray(14)

    def begin(self, step):
        """Awake with the gyroscope's clock, then ranges and filter."""
        chip = self.chip
        if step == 0:
            # 0x68; 0x70, 0x71, 0x72 and 0x98 are its successors and copies, which modules bear as "MPU6050".
            self.expect(_WHO_AM_I, 0x68, _MPU6886, 0x70, 0x71, 0x72, 0x98)
            chip.put(_PWR_MGMT_1, 0x01)
            return 100  # the gyroscope starts within 30 ms, its filter settles
        chip.put(_CONFIG, 0x03)
        chip.put(_GYRO_CONFIG, 0x08)
        chip.put(_ACCEL_CONFIG, 0x08)
        if chip.get(_WHO_AM_I) != 0x68:
            chip.put(_ACCEL_CONFIG2, 0x03)
        return None

    def sense(self):
        """Fourteen bytes in one go, so that all are of one moment."""
        buf = self._buf
        self.chip.fill(_ACCEL_XOUT_H, buf)
        for i in range(3):
            self.now[i] = _signed(buf, 2 * i) * 1000 >> 13
            self.turn[i] = _signed(buf, 8 + 2 * i) * 2 // 131


def _signed(buf, at):
    n = buf[at] << 8 | buf[at + 1]
    return n - 65536 if n & 0x8000 else n


PART = Mpu6050
