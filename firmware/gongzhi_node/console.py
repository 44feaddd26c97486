"""Takes bytes for the board's console (USB or UART), gives those that have come: on MicroPython, without waiting."""

import select
import sys


class Console:
    """The line of MicroPython's own prompt. A Ctrl-C never gets here: MicroPython makes a KeyboardInterrupt of it."""

    def __init__(self):
        self._poll = select.poll()
        # The text stream, for on an ESP32 the one of bytes below it cannot be polled everywhere (sys_stdio_mphal.c).
        self._poll.register(sys.stdin, select.POLLIN)
        self._in, self._out = sys.stdin.buffer, sys.stdout.buffer
        self._one = bytearray(1)

    def read(self, most=64):
        """What is there, up to `most` bytes; b"" if nothing is."""
        found = b""
        # One at a time: on an ESP32 a read waits until it has all that it was asked for.
        while len(found) < most and self._ready():
            if not self._in.readinto(self._one):
                break
            found += self._one
        return found

    def _ready(self):
        for _ in self._poll.ipoll(0):
            return True
        return False

    def write(self, data):
        """Write bytes; waits while the line is slow."""
        self._out.write(data)
