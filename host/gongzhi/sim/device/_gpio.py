"""Takes the firmware's use of pins (Pin, Signal), changes the virtual chip's registers and tells the world; refuses
what an ESP32 refuses, in the words of MicroPython's ports/esp32 (machine_pin.c)."""

import struct

import _echo
import _irq
import _layout as _l
import _shift
from _board import PinBase, call, regs, send, ticks_us

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
