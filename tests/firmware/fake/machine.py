"""Takes what the node asks of `machine`, gives a chip that keeps the ESP32's rules and shows a test what was driven."""

import os

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
INPUT_ONLY = (34, 35, 36, 37, 38, 39)
ABSENT = (20, 24, 28, 29, 30, 31)

levels = {}  # pin -> level that the world drives
duty = {}  # pin -> PWM duty, 0..65535
freq = {}  # pin -> PWM frequency in Hz
writes = []  # (pin, duty) in order
silent = []  # anything in it: writes are not kept, for a test that counts allocations
broken = []  # pins whose PWM raises
volts = {}  # pin -> millivolts from outside: a number, or a function that gives one at each reading
bits = []  # (pin, bytes) of each bitstream
buses = {}  # (scl, sda) -> {address: chip}
wire = [0]  # bytes that have gone over a bus, addresses included
handlers = {}  # pin -> (its interrupt's function, the Pin)
timers = {}  # number -> Timer that runs
pulses = []  # what time_pulse_us gives, one after another; then nothing comes
counts = {}  # pin -> what a touch pad counts there
clocked = []  # called as f(pin, level) for each level that is written
held = []  # interrupts are held back while it is not empty
dogs = []


def reset_world():
    """As if the chip had just started."""
    for each in (levels, duty, freq, volts, handlers, timers, buses, counts):
        each.clear()
    del writes[:], silent[:], broken[:], bits[:], dogs[:], pulses[:], clocked[:], held[:]


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, id, mode=-1, pull=-1, value=None):
        if not 0 <= id < 40 or id in ABSENT:
            raise ValueError("invalid pin")
        if mode == Pin.OUT and id in INPUT_ONLY:
            raise ValueError("pin can only be input")
        self.id, self.mode, self.pull = id, mode, pull
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is not None:
            if self.mode != Pin.OUT and self.mode != Pin.OPEN_DRAIN:
                raise OSError("writing what is no output")
            levels[self.id] = level
            for heard in clocked:
                heard(self.id, level)
            return None
        if self.mode != Pin.IN and self.mode != Pin.OPEN_DRAIN:
            raise OSError("reading what is no input")
        return levels.get(self.id, 1 if self.pull == Pin.PULL_UP else 0)

    def irq(self, handler=None, trigger=3):
        handlers[self.id] = (handler, self)


class PWM:
    def __init__(self, dest, freq=5000, duty_u16=32768):
        if dest.id in INPUT_ONLY:
            raise ValueError("pin can only be input")
        self.id = dest.id
        self.freq(freq)
        self.duty_u16(duty_u16)

    def freq(self, hz):
        if not isinstance(hz, int) or not 1 <= hz <= 40000000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        freq[self.id] = hz

    def duty_u16(self, value):
        if self.id in broken:
            raise OSError(5)
        if not isinstance(value, int) or not 0 <= value <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        duty[self.id] = value
        if not silent:
            writes.append((self.id, value))

    def deinit(self):
        duty.pop(self.id, None)
        freq.pop(self.id, None)


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, atten=0):
        if pin.id not in (32, 33, 34, 35, 36, 39):
            raise ValueError("invalid pin")
        if atten != ADC.ATTN_11DB:
            raise ValueError("too small a range for 3.3 V")
        self.id = pin.id

    def read_uv(self):
        mv = volts.get(self.id, 0)
        return min((mv if isinstance(mv, int) else mv()), 3150) * 1000


def bitstream(pin, encoding, timing, data):
    if pin.mode != Pin.OUT or encoding != 0 or len(timing) != 4:
        raise ValueError("no bits without an output and its timing")
    bits.append((pin.id, bytes(data)))


def time_pulse_us(pin, level, timeout):
    if not held:
        raise OSError("an interrupt would spoil it")
    return pulses.pop(0) if pulses else -2


def disable_irq():
    held.append(1)
    return len(held) - 1


def enable_irq(state):
    del held[state:]


class TouchPad:
    def __init__(self, pin):
        if pin.id not in (0, 2, 4, 12, 13, 14, 15, 27, 32, 33):
            raise ValueError("invalid pin for touchpad")
        self.id = pin.id

    def read(self):
        return counts.get(self.id, 600)


class Timer:
    PERIODIC = 1

    def __init__(self, id):
        if not 0 <= id < 4:
            raise ValueError("invalid Timer number")
        self.id = id

    def init(self, mode, freq, callback):
        self.hertz, self.callback = freq, callback
        timers[self.id] = self

    def deinit(self):
        timers.pop(self.id, None)


class WDT:
    def __init__(self, id=0, timeout=5000):
        self.timeout, self.fed = timeout, 0
        dogs.append(self)

    def feed(self):
        self.fed += 1


def unique_id():
    return b"\x24\x0a\xc4\x01\x02" + bytes([int(os.getenv("FAKE_CHIP") or "3")])


def reset_cause():
    return PWRON_RESET


class I2C:
    """A bus with the chips in `buses[scl, sda]` (address -> chip); an absent one does not acknowledge."""

    def __init__(self, id, scl, sda, freq, timeout):
        if not 0 <= id < 2:
            raise ValueError("I2C doesn't exist")
        self.chips = buses.setdefault((scl.id, sda.id), {})

    def _chip(self, address, count):
        wire[0] += count
        if address not in self.chips:
            raise OSError(19)
        return self.chips[address]

    def writeto(self, address, data):
        self._chip(address, 1 + len(data)).write(bytes(data))

    def writeto_mem(self, address, register, data):
        self._chip(address, 2 + len(data)).write(bytes([register]) + bytes(data))

    def readfrom_mem_into(self, address, register, buf):
        chip = self._chip(address, 3 + len(buf))
        chip.write(bytes([register]))
        buf[:] = chip.read(len(buf))


class SoftI2C(I2C):
    def __init__(self, scl, sda, freq, timeout):
        super().__init__(0, scl, sda, freq, timeout)
