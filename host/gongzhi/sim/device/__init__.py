"""What the firmware on a virtual board imports: `machine`, `network` and their kin; MicroPython and CPython run it."""
