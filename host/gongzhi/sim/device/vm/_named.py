"""Takes the name of a chip, gives a `sys` whose implementation says that it is this chip; and a `vfs` with the ROMFS
functions of an image of MicroPython that was built with them."""

import sys

import vfs


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


class Vfs:
    """`vfs` with one ROMFS partition."""

    def __init__(self, memory):
        self._memory = memory

    def rom_ioctl(self, op, *more):
        if op == 1:
            return 1
        return memoryview(self._memory) if op == 2 and more == (0,) else -22

    def __getattr__(self, name):
        return getattr(vfs, name)
