"""Takes the name of another chip than the ESP32, gives a `sys` whose implementation says that it is this chip."""

import sys


class _Implementation:
    def __init__(self, chip):
        own = sys.implementation
        self.name, self.version, self._mpy = own.name, own.version, own._mpy
        self._machine = "Virtual board with " + chip


class Sys:
    """`sys`, but for the chip's name: the firmware asks it which pins belong to the flash."""

    def __init__(self, chip):
        self.implementation = _Implementation(chip)

    def __getattr__(self, name):
        return getattr(sys, name)
