"""Takes the firmware's use of PWM, changes the virtual chip's registers and tells the world; refuses what an ESP32
refuses, in the words of MicroPython's ports/esp32 (machine_pwm.c)."""

import struct

import _layout as _l
from _board import regs, send, ticks_us
from _gpio import able, number_of


def _running():
    return [n for n in range(64) if regs[_l.PINS + 16 * n + _l.PWM]]


class PWM:
    def __init__(self, dest, freq=-1, *, duty=-1, duty_u16=-1, duty_ns=-1, invert=-1):
        self._number = number_of(dest)
        self._at = _l.PINS + 16 * self._number
        if not able(_l.OUTPUT, self._number):
            raise OSError(-258, "ESP_ERR_INVALID_ARG")
        self.init(freq, duty=duty, duty_u16=duty_u16, duty_ns=duty_ns)

    def init(self, freq=-1, *, duty=-1, duty_u16=-1, duty_ns=-1, invert=-1):
        if (duty != -1) + (duty_u16 != -1) + (duty_ns != -1) > 1:
            raise ValueError("only one of parameters 'duty', 'duty_u16' or 'duty_ns' is allowed")
        state = regs[self._at + _l.PWM]
        if not state and len(_running()) >= regs[_l.CHANNELS]:
            raise RuntimeError("out of PWM channels:%d" % regs[_l.CHANNELS])
        old_freq, old_duty = self._now() if state else (5000, 32768)
        freq = self._checked(old_freq if freq == -1 else freq)
        if duty != -1:
            new = _share(duty, 1023, "duty must be from 0 to %u")
        elif duty_u16 != -1:
            new = _share(duty_u16, 65535, "duty_u16 must be from 0 to %d")
        elif duty_ns != -1:
            new = _share_ns(duty_ns, freq)
        else:
            new = old_duty
        # Attaching the channel to the pin again brings a signal back that Pin(…, mode) has cut off.
        regs[self._at + _l.PWM] = 1
        self._put(freq, new, state != 1)

    def _now(self):
        if not regs[self._at + _l.PWM]:
            raise RuntimeError("PWM is inactive")
        return struct.unpack_from("<IH", regs, self._at + _l.FREQ)

    def _checked(self, freq):
        if not 1 <= freq <= 40000000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        others = {
            struct.unpack_from("<I", regs, _l.PINS + 16 * n + _l.FREQ)[0] for n in _running() if n != self._number
        }
        if freq not in others and len(others) >= regs[_l.FREQUENCIES]:
            raise RuntimeError("out of PWM timers:%d" % regs[_l.FREQUENCIES])
        return freq

    def _put(self, freq, duty, again=False):
        if again or self._now() != (freq, duty):
            struct.pack_into("<IH", regs, self._at + _l.FREQ, freq, duty)
            if regs[self._at + _l.PWM] == 1:
                send(_l.PWM_SET, struct.pack("<BBIHQ", self._number, 1, freq, duty, ticks_us()))

    def freq(self, freq=None):
        old, duty = self._now()
        if freq is None:
            return old
        self._put(self._checked(freq), duty)

    def duty_u16(self, duty=None):
        freq, old = self._now()
        if duty is None:
            return old
        self._put(freq, _share(duty, 65535, "duty_u16 must be from 0 to %d"))

    def duty(self, duty=None):
        freq, old = self._now()
        if duty is None:
            return old >> 6
        self._put(freq, _share(duty, 1023, "duty must be from 0 to %u"))

    def duty_ns(self, duty=None):
        freq, old = self._now()
        if duty is None:
            return (old * (1000000000 // freq) + 32767) // 65535
        self._put(freq, _share_ns(duty, freq))

    def deinit(self):
        at = self._at
        state, regs[at + _l.PWM] = regs[at + _l.PWM], 0
        struct.pack_into("<IH", regs, at + _l.FREQ, 0, 0)
        if state == 1:
            send(_l.PWM_SET, struct.pack("<BBIHQ", self._number, 0, 0, 0, ticks_us()))

    def __repr__(self):
        return "PWM(Pin(%d), freq=%d, duty_u16=%d)" % ((self._number,) + self._now())


def _share(duty, top, words):
    """0..65535 of a duty out of `top`; full scale is "always on" in either unit, as the port makes it."""
    if not 0 <= duty <= top:
        raise ValueError(words % top)
    return 65535 if duty == top else duty * 65536 // (top + 1)


def _share_ns(duty, freq):
    period = 1000000000 // freq
    if not 0 <= duty <= period:
        raise ValueError("duty_ns must be from 0 to %d ns" % period)
    return (duty * 65535 + period // 2) // period
