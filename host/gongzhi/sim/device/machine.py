"""Takes what firmware asks of MicroPython's `machine`, gives the virtual chip's behaviour (ESP32 port)."""

import struct
import time

import _irq
import _layout as _l
from _adc import ADC  # noqa: F401
from _board import call, regs, send, ticks_us
from _bus import I2C, SoftI2C  # noqa: F401
from _gpio import Pin, Signal, able, number_of, pulses  # noqa: F401
from _pwm import PWM  # noqa: F401

PWRON_RESET = _l.PWRON_RESET
HARD_RESET = _l.HARD_RESET
WDT_RESET = _l.WDT_RESET
DEEPSLEEP_RESET = _l.DEEPSLEEP_RESET
SOFT_RESET = _l.SOFT_RESET
PIN_WAKE = 2
TIMER_WAKE = 4
SLEEP = 2
DEEPSLEEP = 4

_slots = [False] * 36  # 0..3 hardware timers, then virtual ones
_clock = [0]  # seconds that RTC.datetime has set it off from the host's clock


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id, **kwargs):
        if id != -1 and not 0 <= id < regs[_l.TIMERS]:
            raise ValueError("invalid Timer number, max %d" % regs[_l.TIMERS])
        self._id, self._slot = id, id
        if kwargs:
            self.init(**kwargs)

    def init(self, *, mode=1, callback=None, period=-1, tick_hz=1000, freq=None, hard=False):
        if hard:
            raise ValueError("hard Timers are not implemented")
        us = int(1000000 / freq) if freq else period * 1000000 // tick_hz
        if us < (1000 if self._id == -1 else 1):
            raise ValueError("period too small")
        if self._slot == -1:
            if False not in _slots[4:]:
                raise OSError("failed to create timer, internal python system error.")
            self._slot = 4 + _slots[4:].index(False)
        _slots[self._slot] = True
        self._callback, self._mode = callback, mode
        _irq.handlers[_l.TIMER_IRQ + self._slot] = (Timer._fire, self)
        call(_l.CALL_TIMER, struct.pack("<BBQ", self._slot, mode, us))

    def _fire(self):
        if self._mode == Timer.ONE_SHOT:
            self._free()
        if self._callback:
            self._callback(self)

    def _free(self):
        _irq.handlers.pop(_l.TIMER_IRQ + self._slot, None)
        _slots[self._slot] = False
        self._slot = self._id

    def deinit(self):
        if self._slot != -1:
            call(_l.CALL_TIMER, struct.pack("<BBQ", self._slot, 0, 0))
            self._free()


class WDT:
    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        self._timeout = timeout
        self.feed()
        regs[_l.WDT] = 1
        call(_l.CALL_WDT)

    def feed(self):
        struct.pack_into("<I", regs, _l.WDT_AT, (ticks_us() // 1000 + self._timeout) & 0xFFFFFFFF)


class RTC:
    def datetime(self, value=None):
        if value is None:
            at = int(time.time()) + _clock[0]
            year, month, day, hour, minute, second, weekday = time.gmtime(at)[:7]
            return (year, month, day, weekday, hour, minute, second, 0)
        year, month, day, _, hour, minute, second = value[:7]
        days = _days(year, month, day)
        _clock[0] = days * 86400 + hour * 3600 + minute * 60 + second - int(time.time())

    init = datetime

    def memory(self, data=None):
        if data is None:
            length = struct.unpack_from("<H", regs, _l.RTC_LENGTH)[0]
            return bytes(regs[_l.RTC : _l.RTC + length])
        if len(data) > _l.RTC_SIZE:
            raise ValueError("buffer too long")
        regs[_l.RTC : _l.RTC + len(data)] = bytes(data)
        struct.pack_into("<H", regs, _l.RTC_LENGTH, len(data))


def _days(year, month, day):
    """Days from 1970-01-01 (Gregorian): the year is counted from March, so that the leap day is its last."""
    year -= month <= 2
    month = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 719469


def _exit(cause, ms=0):
    call(_l.CALL_EXIT, struct.pack("<BI", cause, ms))


def reset():
    _exit(HARD_RESET)


def soft_reset():
    _exit(SOFT_RESET)


def deepsleep(time_ms=0):
    _exit(DEEPSLEEP_RESET, time_ms)


def lightsleep(time_ms=0):
    time.sleep(time_ms / 1000)


sleep = lightsleep


def idle():
    time.sleep(0.001)


def reset_cause():
    return regs[_l.CAUSE]


def wake_reason():
    return TIMER_WAKE if regs[_l.CAUSE] == DEEPSLEEP_RESET else 0


def unique_id():
    return bytes(regs[_l.UID : _l.UID + 6])


def freq(hz=None):
    if hz is None:
        return 160000000
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")


def disable_irq():
    return _irq.hold(True)


def enable_irq(state=False):
    _irq.hold(state)


def bitstream(pin, encoding, timing, data):
    send(_l.PIXELS, bytes([number_of(pin)]) + bytes(data))


def time_pulse_us(pin, pulse_level, timeout_us=1000000):
    if able(_l.LINED, number_of(pin)):
        return _answered(number_of(pin), pulse_level, timeout_us)
    start = ticks_us()
    while pin.value() != pulse_level:
        if ticks_us() - start >= timeout_us:
            return -2
    start = ticks_us()
    while pin.value() == pulse_level:
        if ticks_us() - start >= timeout_us:
            return -1
    return ticks_us() - start


def _answered(pin, level, timeout_us):
    """The next pulse of a part that answers with a known train: no clock of a computer is exact to 20 us."""
    if pin not in pulses:
        said = call(_l.CALL_WORLD, bytes([_l.PULSES, pin]))
        pulses[pin] = [said[i] | said[i + 1] << 8 for i in range(0, len(said), 2)]
    if not level or not pulses[pin]:
        return -2
    us = pulses[pin].pop(0)
    return us if us <= timeout_us else -1


class TouchPad:
    """Counts that fall when a finger is near on an ESP32, and rise on an ESP32-S2 or -S3."""

    def __init__(self, pin):
        self._number = number_of(pin)

    def read(self):
        return struct.unpack_from("<I", regs, _l.TOUCH + 4 * self._number)[0]

    def config(self, value):
        pass
