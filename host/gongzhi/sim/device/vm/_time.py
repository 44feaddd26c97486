"""Gives MicroPython's `time`, but that an interrupt's handler finds `ticks_us` at the moment of the edge that it is
for, where that is known: a computer comes to it later than a chip does."""

import _irq
import utime


class _Time:
    """`time`, name by name."""


def _ticks_us():
    return utime.ticks_us() if _irq.at is None else _irq.at


clock = _Time()
for _name in dir(utime):
    if not _name.startswith("__"):
        setattr(clock, _name, getattr(utime, _name))
clock.ticks_us = _ticks_us
