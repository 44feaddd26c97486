"""Takes a VL53L0X, which times the flight of its own infrared light, gives how far away something is."""

from gongzhi_node.parts.i2c import Sensor
from gongzhi_node.ports import const

# STMicroelectronics describes the registers by its program only: VL53L0X API, STSW-IMG005 (UM2039 says in which order
# its functions are called). The numbers are those of vl53l0x_device.h and vl53l0x_tuning.h ("update 02/11/2015_v36"),
# the order is that of VL53L0X_DataInit, StaticInit, PerformRefCalibration and StartMeasurement, without what only
# other modes or a cover glass need.
_MODEL_ID = const(0xC0)
_INTERRUPT_STATUS = const(0x13)
_RANGE_STATUS = const(0x14)  # twelve bytes: the status first, mm in the last two, the high one first
_TUNING = (
    b"\xff\x01\x00\x00\xff\x00\x09\x00\x10\x00\x11\x00\x24\x01\x25\xff\x75\x00\xff\x01\x4e\x2c\x48\x00\x30\x20\xff\x00"
    b"\x30\x09\x54\x00\x31\x04\x32\x03\x40\x83\x46\x25\x60\x00\x27\x00\x50\x06\x51\x00\x52\x96\x56\x08\x57\x30\x61\x00"
    b"\x62\x00\x64\x00\x65\x00\x66\xa0\xff\x01\x22\x32\x47\x14\x49\xff\x4a\x00\xff\x00\x7a\x0a\x7b\x00\x78\x21\xff\x01"
    b"\x23\x34\x42\x00\x44\xff\x45\x26\x46\x05\x40\x40\x0e\x06\x20\x1a\x43\x40\xff\x00\x34\x03\x35\x44\xff\x01\x31\x04"
    b"\x4b\x09\x4c\x05\x4d\x04\xff\x00\x44\x00\x45\x20\x47\x08\x48\x28\x67\x00\x70\x04\x71\x01\x72\xfe\x76\x00\x77\x00"
    b"\xff\x01\x0d\x01\xff\x00\x80\x01\x01\xf8\xff\x01\x8e\x01\x00\x01\xff\x00\x80\x00"
)
# Register and value in turn. What each leads to: reading the stop variable, reading the factory's numbers and back.
_OPEN = b"\x88\x00\x80\x01\xff\x01\x00\x00"
_SHUT = b"\x00\x01\xff\x00\x80\x00"
_NVM = b"\x80\x01\xff\x01\x00\x00\xff\x06"
_NVM2 = b"\xff\x07\x81\x01\x80\x01\x94\x6b\x83\x00"
_PAIRS = const(16)  # in one tick: 48 bytes, 1.1 ms
_TUNED = 3 + (len(_TUNING) // 2 + _PAIRS - 1) // _PAIRS  # the first step after the tuning
_VALID = const(11)  # of the device's range status: a range was found
_FAR = const(1200)  # mm (data sheet DocID029104, table 11: a white target indoors, in the default mode)
_PATIENCE = const(25)  # readings without a new value: it does not measure


class Vl53l0x(Sensor):
    """`distance` in cm, 3 to 120; what is further away, or sends nothing back, is 120. About 30 measurements a second;
    the middle one of three counts. Direct sunlight blinds it."""

    PROP = "distance"
    UNIT = "cm"
    LO = 3
    HI = 120
    SCALE = 10
    ADDRESS = 0x29
    PERIOD = 20

    def __init__(self, spec):
        super().__init__(spec)
        self._buf = bytearray(12)
        self._map = bytearray(6)
        self._stop = 0
        self._missed = 0
        self.raw = self._a = self._b = _FAR

    def _pairs(self, pairs, begin=0, end=None):
        for i in range(begin, len(pairs) if end is None else min(end, len(pairs)), 2):
            self.chip.put(pairs[i], pairs[i + 1])

    def begin(self, step):
        """The setting up, some 20 ticks of it."""
        if step < 3:
            return (self._identify, self._ask_factory, self._spads)[step]()
        if step < _TUNED:
            at = (step - 3) * 2 * _PAIRS
            self._pairs(_TUNING, at, at + 2 * _PAIRS)
            return 1
        return self._calibrate(step - _TUNED)

    def _identify(self):
        """Who it is, 2.8 V on its lines, and the number that a start has to give back."""
        chip = self.chip
        self.expect(_MODEL_ID, 0xEE)
        self._missed = 0
        chip.put(0x89, chip.get(0x89) | 0x01)
        self._pairs(_OPEN)
        self._stop = chip.get(0x91)
        self._pairs(_SHUT)
        chip.put(0x60, chip.get(0x60) | 0x12)  # no limit of signal rate in the first two stages
        chip.put(0x44, 0)
        chip.put(0x45, 32)  # 0.25 million photons a second, in 9.7 bits, in the last one
        return 1

    def _ask_factory(self):
        """Let it fetch how many of its reference diodes the factory found good."""
        chip = self.chip
        self._pairs(_NVM)
        chip.put(0x83, chip.get(0x83) | 0x04)
        self._pairs(_NVM2)
        return 1

    def _spads(self):
        """Switch so many of the good reference diodes on, and no more."""
        chip = self.chip
        if not chip.get(0x83):
            raise OSError("the factory's numbers do not come")
        chip.put(0x83, 0x01)
        count = chip.get(0x92)
        chip.put(0x81, 0x00)
        chip.put(0xFF, 0x06)
        chip.put(0x83, chip.get(0x83) & 0xFB)
        chip.put(0xFF, 0x01)
        self._pairs(_SHUT)
        good = self._map
        chip.fill(0xB0, good)
        first = 12 if count & 0x80 else 0  # those with an aperture begin there
        count &= 0x7F
        for i in range(48):
            bit = 1 << (i & 7)
            if i < first or not count:
                good[i >> 3] &= ~bit & 0xFF
            elif good[i >> 3] & bit:
                count -= 1
        self._pairs(b"\xff\x01\x4f\x00\x4e\x2c\xff\x00\xb6\xb4")
        for i in range(6):
            chip.put(0xB0 + i, good[i])
        return 1

    def _calibrate(self, step):
        """An interrupt for each new range; then the voltage and the phase of the laser, each a measurement; then go."""
        chip = self.chip
        if step == 0:
            chip.put(0x0A, 0x04)
            chip.put(0x84, chip.get(0x84) & 0xEF)
            self._pairs(b"\x0b\x01\x01\x01\x00\x41")  # voltage: the sequence, the start
            return 20
        if step > 2 or not chip.get(_INTERRUPT_STATUS) & 7:
            raise OSError("no calibration")
        if step == 1:
            self._pairs(b"\x0b\x01\x00\x00\x01\x02\x00\x01")  # phase
            return 20
        self._pairs(b"\x0b\x01\x00\x00\x01\xe8")  # the sequence: all but the first two stages
        self._pairs(b"\x80\x01\xff\x01\x00\x00")
        chip.put(0x91, self._stop)
        self._pairs(b"\x00\x01\xff\x00\x80\x00\x00\x02")  # measure for ever
        return None

    def read(self, t):
        """A new range, if there is one."""
        if not self.chip.get(_INTERRUPT_STATUS) & 7:
            self._missed += 1
            if self._missed >= _PATIENCE:
                raise OSError("it does not measure")
            return False
        self._missed = 0
        buf = self._buf
        self.chip.fill(_RANGE_STATUS, buf)
        self.chip.put(0x0B, 0x01)
        mm = buf[10] << 8 | buf[11]
        far = min(max(mm, 30), _FAR) if buf[0] >> 3 & 15 == _VALID else _FAR
        a, b = self._a, self._b
        self.raw = max(min(a, b), min(max(a, b), far))
        self._a, self._b = b, far
        return True


PART = Vl53l0x
