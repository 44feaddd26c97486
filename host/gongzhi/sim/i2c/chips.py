"""Takes what the world is like, gives the chips that sense it as an I2C bus sees them: the simulated counterparts of
the sensors on a bus in firmware/gongzhi_node/parts.

They are written from the data sheets that those name, not from the drivers, and import nothing: tests run the drivers
against them in MicroPython, too.
"""


def clamped(value: float, low: int, high: int) -> int:
    """The whole number next to `value` within the limits, as a chip at the end of its range gives it."""
    return min(max(round(value), low), high)


class Registers:
    """A chip with 256 registers of a byte: a write's first byte is the number of the register, which counts up."""

    ADDRESS = 0

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Its power has come."""
        self.registers = bytearray(256)
        self.at = 0

    def write(self, data: bytes) -> None:
        """The master has written `data`."""
        if data:
            self.at = data[0]
        for byte in data[1:]:
            self.store(self.at, byte)
            self.at = (self.at + 1) & 0xFF

    def read(self, count: int) -> bytes:
        """What the master reads: `count` bytes."""
        out = bytearray()
        for _ in range(count):
            out.append(self.load(self.at))
            self.at = (self.at + 1) & 0xFF
        return bytes(out)

    def store(self, register: int, value: int) -> None:
        """A byte is written."""
        self.registers[register] = value

    def load(self, register: int) -> int:
        """A byte is read."""
        return self.registers[register]


class Motion(Registers):
    """What feels acceleration (`force`, g) and, some, rotation (`turn`, degrees a second) along its axes. `moves()`
    gives the acceleration of the moment and `turns()` the rotation: these two, until somebody carries it about."""

    def __init__(self) -> None:
        self.force = [0.0, 0.0, 1.0]
        self.moves = self.still
        self.turn = [0.0, 0.0, 0.0]
        self.turns = self.unturned
        self.jolt = 0.0  # g, on the z axis, up and down at every other reading
        self._up = False
        super().__init__()

    def still(self) -> list:  # type: ignore[type-arg]  # MicroPython's list takes no argument
        """What it feels while nobody carries it about."""
        return self.force

    def unturned(self) -> list:  # type: ignore[type-arg]
        """How it turns while nobody carries it about."""
        return self.turn

    def felt(self) -> list:  # type: ignore[type-arg]  # MicroPython's list takes no argument
        """The acceleration of this moment."""
        self._up = not self._up
        x, y, z = self.moves()
        return [x, y, z + (self.jolt if self._up else -self.jolt)]


def _latch(registers: bytearray, at: int, value: int, little: bool) -> None:
    value &= 0xFFFF
    low, high = value & 0xFF, value >> 8
    registers[at], registers[at + 1] = (low, high) if little else (high, low)


class Mpu6050(Motion):
    """Asleep after a reset (register 107 is 0x40); +-2 g and +-250 degrees a second until told otherwise."""

    ADDRESS = 0x68

    def reset(self) -> None:
        """Its power has come."""
        super().reset()
        self.registers[0x6B] = 0x40
        self.registers[0x75] = 0x68

    def load(self, register: int) -> int:
        """The data are latched as their first byte is read."""
        if register == 0x3B and not self.registers[0x6B] & 0x40:
            per_g = 16384 >> (self.registers[0x1C] >> 3 & 3)
            per_dps = 131 / (1 << (self.registers[0x1B] >> 3 & 3))
            felt, turned = self.felt(), self.turns()
            for i in range(3):
                _latch(self.registers, 0x3B + 2 * i, clamped(felt[i] * per_g, -32768, 32767), False)
                _latch(self.registers, 0x43 + 2 * i, clamped(turned[i] * per_dps, -32768, 32767), False)
        return super().load(register)


class Msa300(Motion):
    """Suspended after a reset; 14 bits, left-aligned, the low byte first."""

    ADDRESS = 0x26

    def reset(self) -> None:
        """Its power has come."""
        super().reset()
        self.registers[0x01] = 0x13
        self.registers[0x11] = 0x9E

    def load(self, register: int) -> int:
        """The data are latched as their first byte is read."""
        if register == 0x02 and not self.registers[0x11] >> 6:
            per_g = 4096 >> (self.registers[0x0F] & 3)
            felt = self.felt()
            for i in range(3):
                _latch(self.registers, 0x02 + 2 * i, clamped(felt[i] * per_g, -8192, 8191) << 2, True)
        return super().load(register)


class Qmi8658(Motion):
    """Off after a reset; without bit 6 of CTRL1 a read gives the same register again and again."""

    ADDRESS = 0x6B

    def reset(self) -> None:
        """Its power has come."""
        super().reset()
        self.registers[0x00] = 0x05
        self.registers[0x02] = 0x20

    def read(self, count: int) -> bytes:
        """Register after register only where that has been switched on."""
        if self.registers[0x02] & 0x40:
            return super().read(count)
        return bytes([self.load(self.at)] * count)

    def load(self, register: int) -> int:
        """The data are latched as their first byte is read."""
        if register == 0x35:
            felt, turned = self.felt(), self.turns()
            per_g = 16384 >> (self.registers[0x03] >> 4 & 7)
            per_dps = 2048 >> (self.registers[0x04] >> 4 & 7)
            for i in range(3):
                if self.registers[0x08] & 1:
                    _latch(self.registers, 0x35 + 2 * i, clamped(felt[i] * per_g, -32768, 32767), True)
                if self.registers[0x08] & 2:
                    _latch(self.registers, 0x3B + 2 * i, clamped(turned[i] * per_dps, -32768, 32767), True)
        return super().load(register)


class Ltr308(Registers):
    """In standby after a reset; its status says once that a new value is there."""

    ADDRESS = 0x53
    _GAINS = (1, 3, 6, 9, 18)

    def __init__(self) -> None:
        self.lux = 0.0
        super().__init__()

    def reset(self) -> None:
        """Its power has come."""
        super().reset()
        self.registers[0x04] = 0x22
        self.registers[0x05] = 0x01
        self.registers[0x06] = 0xB1
        self._polls = 0

    def load(self, register: int) -> int:
        """The status is "new" at every other look while it is on."""
        if register == 0x07:
            self._polls += 1
            return 0x08 if self.registers[0x00] & 0x02 and self._polls % 2 else 0
        if register == 0x0D:
            bits = 20 - (self.registers[0x04] >> 4 & 7)
            units = 4 / (1 << (20 - bits))  # of 100 ms
            gain = self._GAINS[self.registers[0x05] & 7]
            n = clamped(self.lux / 0.6 * gain * units, 0, (1 << bits) - 1)
            for i in range(3):
                self.registers[0x0D + i] = n >> 8 * i & 0xFF
        return super().load(register)


class Vl53l0x(Registers):
    """It has pages (register 0xFF), and measures only after what ST's program does to it: the number from 0x91 given
    back, so many of its good reference diodes on as its memory says, the tuning, both calibrations, the sequence."""

    ADDRESS = 0x29
    _STOP = 0x3C
    _SPADS = 5
    _GOOD = b"\xff\xf0\xff\x7f\xef\x0f"

    def __init__(self) -> None:
        self.mm: float | None = None  # how far away something is; None: nothing sends the light back
        super().__init__()

    def reset(self) -> None:
        """Its power has come."""
        super().reset()
        self.pages: dict = {}  # type: ignore[type-arg]  # (page, register) -> what was written
        self.page = 0
        self.calibrated = 0
        self.ready = False
        self.running = False
        self._looks = 0

    def store(self, register: int, value: int) -> None:
        """A byte is written."""
        if register == 0xFF:
            self.page = value
            return
        self.pages[self.page, register] = value
        if self.page == 0 and register == 0x00 and value:
            self._start(value)
        elif self.page == 0 and register == 0x0B and value & 1:
            self.ready = False
        elif self.page == 7 and register == 0x83:
            # Strobed with 0: a moment later it says 1 and has fetched what 0x94 asked for.
            self.pages[7, 0x83] = 1 if value == 0 and self.pages.get((7, 0x94)) == 0x6B else value

    def _start(self, how: int) -> None:
        sequence = self.pages.get((0, 0x01))
        if how == 0x41 and sequence == 0x01:
            self.calibrated |= 1
            self.ready = True
        elif how == 0x01 and sequence == 0x02:
            self.calibrated |= 2
            self.ready = True
        elif how == 0x02:
            self.running = self.well()

    def well(self) -> bool:
        """Whether everything was done that it needs."""
        on = sum([bin(self.pages.get((0, 0xB0 + i), 0)).count("1") for i in range(6)])
        tuned = self.pages.get((1, 0x0D)) == 0x01 and self.pages.get((0, 0x48)) == 0x28
        tuned = tuned and self.pages.get((1, 0x23)) == 0x34 and self.pages.get((0, 0x72)) == 0xFE
        given = self.pages.get((1, 0x91)) == self._STOP
        sequence = self.pages.get((0, 0x01)) == 0xE8 and self.pages.get((0, 0x0A)) == 0x04
        return on == self._SPADS and tuned and given and sequence and self.calibrated == 3

    def load(self, register: int) -> int:
        """A byte is read."""
        if register == 0xC0:
            return 0xEE
        if register == 0x91 and self.page == 1:
            return self._STOP
        if register == 0x92 and self.page == 7:
            return 0x80 | self._SPADS  # of those with an aperture
        if self.page == 0:
            if 0xB0 <= register < 0xB6:
                return int(self.pages.get((0, register), self._GOOD[register - 0xB0]))
            if register == 0x13:
                return 0x07 if self._measured() else 0
            if 0x14 <= register < 0x20:
                return self._result()[register - 0x14]
        return int(self.pages.get((self.page, register), 0))

    def _measured(self) -> bool:
        if self.running and not self.ready:
            self._looks += 1
            self.ready = self._looks % 2 == 0  # 33 ms each, looked at every 20
        return self.ready

    def _result(self) -> bytes:
        none = self.mm is None or self.mm > 2000
        mm = 8190 if none else clamped(float(self.mm or 0), 0, 8190)
        return bytes([(4 if none else 11) << 3]) + bytes(9) + bytes([mm >> 8, mm & 0xFF])
