"""Takes the firmware's use of pins (Pin, PWM, ADC), changes the virtual chip's registers and tells the world; refuses
what an ESP32 refuses, in the words of MicroPython's ports/esp32 (machine_pin.c, machine_pwm.c, machine_adc.c)."""

import struct

import _echo
import _irq
import _layout as _l
import _shift
from _board import PinBase, call, regs, send, ticks_us

_MILLIVOLTS = (1100, 1500, 2200, 3300)  # full scale at 0, 2.5, 6 and 11 dB (ESP-IDF, ADC; 11 dB ends at the supply)


pulses = {}  # pin -> what a part there still answers with: [u16 us, …]; gone when the firmware pulls the line low


_trains = [False, False]  # one is being played; another has come


def _train(_):
    """Edges that the world has made, one by one, each at its own moment."""
    _trains[1] = True
    if _trains[0]:
        return  # it has come while we ask for this one or play it: it is the next
    _trains[0] = True
    while _trains[1]:
        _trains[1] = False
        said = call(_l.CALL_TRAIN)
        while said:
            us = struct.unpack_from("<Q", said)[0]
            for i in range(8, len(said), 6):
                after, pin, level = struct.unpack_from("<IBB", said, i)
                us += after
                _irq.edge(pin, level, us)
            said = call(_l.CALL_TRAIN)
    _trains[0] = False


_irq.handlers[_l.TRAIN_IRQ] = (_train, None)


def able(mask, number):
    """True if the pin's bit is set in the register field `mask`."""
    return regs[mask + (number >> 3)] >> (number & 7) & 1


def number_of(pin):
    """The GPIO number of a Pin or an integer; raises ValueError."""
    if isinstance(pin, Pin):
        return pin._number
    if isinstance(pin, int) and 0 <= pin < 64 and able(_l.VALID, pin):
        return pin
    raise ValueError("invalid pin")


class Pin(PinBase):
    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2
    WAKE_LOW = 4
    WAKE_HIGH = 5
    DRIVE_0 = 0
    DRIVE_1 = 1
    DRIVE_2 = 2
    DRIVE_3 = 3

    def __new__(cls, id, *args, **kwargs):
        return object.__new__(cls)  # MicroPython's PinBase would hand out one object for all pins

    def __init__(self, id, mode=None, pull=-1, *, value=None, drive=None, hold=None):
        self._number = number_of(id)
        self._at = _l.PINS + 16 * self._number
        if mode is not None or pull != -1 or value is not None:
            self.init(mode, pull, value=value)

    def init(self, mode=None, pull=-1, *, value=None, drive=None, hold=None):
        at = self._at
        before = regs[at + _l.MODE], regs[at + _l.PULL]
        if value is not None:
            regs[at + _l.LATCH] = 1 if value else 0
        if mode is not None and mode != -1:
            if mode & 2 and not able(_l.OUTPUT, self._number):
                raise ValueError("pin can only be input")
            if regs[at + _l.PWM] == 1:  # the pad goes back to the GPIO matrix, the PWM channel runs on unseen
                regs[at + _l.PWM] = 2
                send(_l.PWM_SET, struct.pack("<BBIHQ", self._number, 0, 0, 0, ticks_us()))
            regs[at + _l.MODE] = mode
        if pull != -1:
            regs[at + _l.PULL] = pull or 0
        now = regs[at + _l.MODE], regs[at + _l.PULL]
        if now != before:
            send(_l.PIN_MODE, struct.pack("<BBBQ", self._number, now[0], now[1], ticks_us()))
        self._show()

    def _show(self):
        at = self._at
        if regs[at + _l.MODE] & 2:
            level = regs[at + _l.LATCH]
            if regs[at + _l.SHOWN] != level:
                regs[at + _l.SHOWN] = level
                send(_l.EDGE, struct.pack("<BBQ", self._number, level, ticks_us()))
                if level and regs[_l.SHIFTS]:
                    _shift.rise(self._number)
                if pulses and not level:
                    pulses.pop(self._number, None)
                if not level and regs[_l.SONARS]:
                    _echo.fell(self._number, pulses)

    def value(self, value=None):
        at = self._at
        if value is None:
            if regs[_l.SHIFTS]:
                _shift.look()
            if regs[_l.SONARS]:
                _echo.look()
            mode = regs[at + _l.MODE]
            if mode == 3 or (mode == 7 and not regs[at + _l.LATCH]):
                return regs[at + _l.LATCH]
            if regs[at + _l.DRIVEN]:
                return regs[at + _l.LEVEL]
            return 1 if regs[at + _l.PULL] & 2 else 0
        regs[at + _l.LATCH] = 1 if value else 0
        self._show()

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(1 - regs[self._at + _l.LATCH])

    def irq(self, handler=None, trigger=3, wake=None, hard=False):
        if handler is None:
            regs[self._at + _l.TRIGGER] = 0
            _irq.handlers.pop(self._number, None)
        else:
            _irq.handlers[self._number] = (handler, self)
            regs[self._at + _l.TRIGGER] = trigger
        return self

    def __repr__(self):
        return "Pin(%d)" % self._number

    def __hash__(self):
        return self._number

    def __eq__(self, other):
        return isinstance(other, Pin) and other._number == self._number


class Signal:
    def __init__(self, pin, *args, invert=False, **kwargs):
        self._pin = pin if isinstance(pin, Pin) else Pin(pin, *args, **kwargs)
        self._invert = 1 if invert else 0

    def value(self, value=None):
        if value is None:
            return self._pin.value() ^ self._invert
        self._pin.value((1 if value else 0) ^ self._invert)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


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


class ADC:
    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3
    WIDTH_9BIT = 9
    WIDTH_10BIT = 10
    WIDTH_11BIT = 11
    WIDTH_12BIT = 12

    def __init__(self, pin, atten=3):
        self._number = number = number_of(pin)
        if not (able(_l.ADC1, number) or able(_l.ADC2, number)):
            raise ValueError("invalid pin")
        self._bits = 12
        self._up = False
        self.atten(atten)

    def init(self, *, atten=3):
        self.atten(atten)

    def atten(self, atten):
        if not 0 <= atten <= 3:
            raise ValueError("invalid atten")
        self._top = _MILLIVOLTS[atten]

    def width(self, bits):
        if not 9 <= bits <= 12:
            raise ValueError("invalid bits")
        self._bits = bits

    def _millivolts(self):
        if regs[_l.WLAN_ON] and able(_l.ADC2, self._number):
            raise OSError(116, "ESP_ERR_TIMEOUT")  # the radio owns ADC2 while Wi-Fi is on
        at = _l.PINS + 16 * self._number
        mv = struct.unpack_from("<H", regs, at + _l.MV)[0]
        if mv == _l.NO_MV:
            mv = 3300 if regs[at + _l.DRIVEN] and regs[at + _l.LEVEL] else 0
        swing = struct.unpack_from("<H", regs, _l.SWING + 2 * self._number)[0]
        if swing:
            self._up = not self._up
            mv += swing // 2 if self._up else -(swing // 2)
        return max(0, min(mv, self._top))

    def read_uv(self):
        return self._millivolts() * 1000

    def read_u16(self):
        raw = self._millivolts() * 4095 // self._top
        return raw << 4 | raw >> 8

    def read(self):
        return self.read_u16() >> (16 - self._bits)
