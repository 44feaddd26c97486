"""Takes the firmware's 1-Wire bytes, gives what the part that the world has put on the pin answers (the ESP32 port's
native module of this name)."""

import _layout as _l
from _board import call
from _gpio import number_of


def _ask(op, pin, more=b""):
    return call(_l.CALL_WORLD, bytes([op, number_of(pin)]) + more)


def reset(pin):
    return bool(_ask(_l.WIRE_RESET, pin)[0])


def writebyte(pin, value):
    _ask(_l.WIRE_WRITE, pin, bytes([value & 255]))


def readbyte(pin):
    return _ask(_l.WIRE_READ, pin)[0]


def crc8(data):
    """The check of Maxim's 1-Wire parts: x^8 + x^5 + x^4 + 1, least significant bit first."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc
