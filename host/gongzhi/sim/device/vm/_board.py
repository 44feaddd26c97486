"""Takes the places that the hardware's thread has left in the environment, gives the firmware's side of the virtual
chip on MicroPython: its registers, frames to the world, calls to the hardware."""

import struct
import sys

import _irq
import _layout as _l
import uctypes
import uos
from umachine import PinBase  # noqa: F401  (native: machine.time_pulse_us and Signal of the port know it)
from utime import ticks_us

regs = uctypes.bytearray_at(int(uos.getenv("GZ_REGS")), _l.SIZE)
_world = open(int(uos.getenv("GZ_WORLD")), "wb")
_calls = open(int(uos.getenv("GZ_CALLS")), "r+b")
_busy = False
_late = False


def send(kind, payload=b""):
    """Post a frame to the world."""
    if len(payload) > _l.MAX_FRAME - 3:
        call(_l.CALL_SEND, bytes([kind]) + payload)
    else:
        _world.write(struct.pack("<BH", kind, len(payload)) + payload)


def _read(count):
    # A Ctrl-C that ends this read would leave its answer to the next question: it is raised when that is over.
    global _late
    while True:
        try:
            return _calls.read(count)
        except KeyboardInterrupt:
            _late = True


def call(op, payload=b""):
    """Ask the hardware and wait for its answer; OSError(ENODEV) where it says no."""
    global _busy, _late
    if _busy:
        raise OSError(16)  # a callback of micropython.schedule may not use what it interrupted
    held = _irq.hold(True)
    _busy = True
    try:
        _calls.write(struct.pack("<BH", op, len(payload)) + payload)
        ok, length = struct.unpack("<BH", _read(3))
        answer = _read(length)  # no jump before it, at which an interrupt could be raised
    finally:
        _busy = False
        _irq.hold(held)
    if _late:
        _late = False
        raise KeyboardInterrupt
    if not ok:
        raise OSError(19)
    return answer


_irq.regs = regs
_irq.report = sys.print_exception
call(_l.CALL_HELLO, struct.pack("<QQ", ticks_us(), id(_irq.dispatch)))
