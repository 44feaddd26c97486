"""Takes the end of a trigger's pulse, gives the echo of an HC-SR04 on its other line.

Whoever listens by interrupts, or asks `machine.time_pulse_us`, meets a pulse of exactly the right length, however late
the computer is: an interrupt's handler finds `time.ticks_us` at the edge's own moment. Who looks at the line again and
again sees it rise and fall in real time.
"""

import struct

import _irq
import _layout as _l
from _board import regs, ticks_us

_DELAY_US = (
    450  # until the burst is out and the echo line rises (8 periods of 40 kHz, and what the module takes for it)
)
_MASK = 0xFFFFFFFF


def fell(trig, pulses):
    """The trigger at this pin has ended; `pulses` is what time_pulse_us gives out, by pin."""
    for slot in range(regs[_l.SONARS]):
        at = _l.SONAR + 16 * slot
        if regs[at + _l.TRIG] == trig and regs[at + _l.THERE]:
            echo = regs[at + _l.ECHO]
            width = struct.unpack_from("<I", regs, at + _l.WIDTH)[0]
            begin = ticks_us() + _DELAY_US
            pulses[echo] = [width]
            if regs[_l.PINS + 16 * echo + _l.TRIGGER]:
                _irq.edge(echo, 1, begin)
                _irq.edge(echo, 0, begin + width)
            else:
                struct.pack_into("<I", regs, at + _l.START, begin & _MASK)
                regs[at + _l.SOUNDS] = 1


def look():
    """Before a pin is read: where the echoes are now."""
    now = ticks_us()
    for slot in range(regs[_l.SONARS]):
        at = _l.SONAR + 16 * slot
        if regs[at + _l.SOUNDS]:
            width, start = struct.unpack_from("<II", regs, at + _l.WIDTH)
            since = (now - start) & _MASK
            pin = _l.PINS + 16 * regs[at + _l.ECHO]
            regs[pin + _l.LEVEL] = since < width
            if width <= since < 0x80000000:
                regs[at + _l.SOUNDS] = 0
