"""Takes the firmware's clock edges, gives out the bits of parts such as an HX711 on their data pins.

It runs on the firmware's side because nothing there waits for the world between an edge and the next reading.
"""

import struct

import _layout as _l
from _board import regs, ticks_us

_BITS = 24
_PERIOD_US = 100000  # HX711 data sheet, "Output Data Rate": 10 a second with RATE = 0
_MASK = 0xFFFFFFFF


def _put(at, level):
    pin = _l.PINS + 16 * regs[at + _l.DATA]
    regs[pin + _l.LEVEL] = level
    regs[pin + _l.DRIVEN] = 1


def rise(clock):
    """A rising edge at the pin `clock`: the next bit, the highest first; after the last one the line is high until the
    next measurement is there."""
    for slot in range(regs[_l.SHIFTS]):
        at = _l.SHIFT + 16 * slot
        if regs[at + _l.CLOCK] != clock or not regs[at + _l.THERE]:
            continue
        out = regs[at + _l.OUT]
        if out < _BITS:
            _put(at, struct.unpack_from("<I", regs, at + _l.WORD)[0] >> (_BITS - 1 - out) & 1)
            regs[at + _l.OUT] = out + 1
        elif out == _BITS:
            _put(at, 1)
            regs[at + _l.OUT] = out + 1
            struct.pack_into("<I", regs, at + _l.READY, (ticks_us() + _PERIOD_US) & _MASK)


def look():
    """Before a pin is read: whoever has measured anew says so by a low line."""
    now = ticks_us() & _MASK
    for slot in range(regs[_l.SHIFTS]):
        at = _l.SHIFT + 16 * slot
        out = regs[at + _l.OUT]
        if regs[at + _l.THERE] and out > _BITS:
            # One that has just got its supply is ready at once.
            if out == 255 or (now - struct.unpack_from("<I", regs, at + _l.READY)[0]) & _MASK < 0x80000000:
                regs[at + _l.WORD : at + _l.WORD + 4] = regs[at + _l.NEXT : at + _l.NEXT + 4]
                regs[at + _l.OUT] = 0
                _put(at, 0)
