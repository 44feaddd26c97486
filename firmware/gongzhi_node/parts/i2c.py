"""Takes the two lines of an I2C bus, gives the chips on it: one bus for all parts with the same lines, and what a
sensor on a bus does when it does not answer."""

from machine import I2C, Pin, SoftI2C

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const
from gongzhi_node.wire import add, diff

# Fast mode (NXP, UM10204, table 10): every chip here can do it. 9 bits a byte make 22.5 us.
_HZ = const(400000)
# How long a line may be held down before the transfer is given up: a part that has crashed must not stop the board.
_TIMEOUT_US = const(4000)
_RETRY_MS = const(1000)

_buses: dict = {}  # (scl, sda) -> (the bus, the addresses in use)


def _open(scl, sda):
    scl, sda = Pin(scl), Pin(sda)
    try:
        return I2C(len(_buses), scl=scl, sda=sda, freq=_HZ, timeout=_TIMEOUT_US)
    except ValueError:  # the chip has no more of them
        return SoftI2C(scl, sda, freq=_HZ, timeout=_TIMEOUT_US)


class Chip:
    """The chip at spec["address"] (else `address`) on the bus of spec["pins"]; raises ValueError where that address is
    taken. What it does not answer raises OSError."""

    def __init__(self, spec, address):
        pins = spec["pins"]
        self._lines = (pins["scl"], pins["sda"])
        self.address = spec.get("address", address)
        if self._lines not in _buses:
            _buses[self._lines] = (_open(*self._lines), [])
        self.bus, taken = _buses[self._lines]
        if self.address in taken:
            raise ValueError("two parts at address %d" % self.address)
        taken.append(self.address)
        self._one = bytearray(1)

    def put(self, register, value):
        """Write one byte."""
        self._one[0] = value
        self.bus.writeto_mem(self.address, register, self._one)

    def get(self, register):
        """Read one byte."""
        self.bus.readfrom_mem_into(self.address, register, self._one)
        return self._one[0]

    def fill(self, register, buf):
        """Read as many bytes as `buf` has, from `register` on."""
        self.bus.readfrom_mem_into(self.address, register, buf)

    def close(self):
        """Another part may be at this address; the last one closes the bus."""
        taken = _buses[self._lines][1]
        taken.remove(self.address)
        if not taken:
            del _buses[self._lines]


class Sensor(Part):
    """An input on a bus. It is set up step by step, a few bytes a tick, then read every PERIOD ms. While it does not
    answer, or another chip does, its tick raises OSError; once a second it is set up anew, so that it is well again by
    itself when its cable is back, and only after it has been read."""

    PINS = ("scl", "sda")
    BUS = True
    ADDRESS = 0
    PERIOD = 20  # ms

    def __init__(self, spec):
        super().__init__(spec)
        self.chip = Chip(spec, self.ADDRESS)
        self._step = 0  # of setting up; -1: it is being read
        self._due = None
        self._lost = False

    def begin(self, step):
        """Do a step of setting up, of 0, 1, 2 …; the ms to wait before the next one, or None when it was the last."""
        raise NotImplementedError

    def read(self, t):
        """Read once; True if there was something to read."""
        raise NotImplementedError

    def tick(self, t):
        """What is due; an event's name. False or OSError (`gone`) while the chip does not answer."""
        event = None
        if self._due is None or not 0 < diff(self._due, t) <= _RETRY_MS:
            try:
                event = self._work(t)
            except OSError:
                self._lost = True
                self._step = 0
                self._due = add(t, _RETRY_MS)
                raise
        if self._lost:
            return self.gone("no answer on the bus")
        return event

    def _work(self, t):
        if self._step < 0:
            self._due = add(t, self.PERIOD)
            if self.read(t):
                self._lost = False
                return self.news(t)
            return None
        pause = self.begin(self._step)
        self._step = self._step + 1 if pause is not None else -1
        self._due = add(t, pause or self.PERIOD)
        return None

    def news(self, t):
        """The name of an event in what has just been read, or None."""

    def expect(self, register, *numbers):
        """Raise OSError unless the chip calls itself one of `numbers`: another one may sit at this address."""
        if self.chip.get(register) not in numbers:
            raise OSError("another chip at this address")

    def close(self):
        """Off the bus."""
        self.chip.close()
