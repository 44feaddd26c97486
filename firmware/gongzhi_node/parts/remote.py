"""Takes the pulses of an infrared receiver, gives the key that is held on an NEC remote control."""

from machine import Pin

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const, since_us, ticks_us
from gongzhi_node.wire import diff

# NEC's protocol, by the time from one falling edge of the receiver's output to the next (it is low during a burst):
# 13.5 ms begin a frame (9 + 4.5), 11.25 ms repeat it (9 + 2.25), 2.25 ms are a 1, 1.125 ms a 0; address, its inverse,
# key, its inverse, each with the lowest bit first; a repetition comes every 108 to 110 ms while the key is held
# (Altium, "NEC Infrared Transmission Protocol"; S. Bergmans, sbprojects.net, "NEC Protocol").
_FRAME_US = const(12400)
_REPEAT_US = const(10000)
_LONGEST_US = const(15000)
_ONE_US = const(1690)
_SHORTEST_US = const(700)
_HELD_MS = const(250)  # so that one repetition may be lost
_NONE = const(-1)


class Remote(Part):
    """`key` is the code of the key that is held, 0 to 255, or -1; the event `key` tells of each new press. `address`
    takes only the remote control with this address (0 to 255, or all 16 bits of one without an inverse). Read in
    interrupts, whose delay must stay below 0.4 ms: a frame that a garbage collection has spoilt fails its inverse, and
    the remote control's next one counts."""

    PROP = "key"
    LO = -1
    HI = 255
    OPTIONS = {"address": (0, 65535)}

    def __init__(self, spec):
        super().__init__(spec)
        self._address = spec.get("address", _NONE)
        self._pin = Pin(spec["pin"], Pin.IN, Pin.PULL_UP)
        self._fell = ticks_us()
        self._left = 0  # bits of the frame that are still to come
        self._where = self._what = 0  # its two halves, each a small integer
        self._frames = self._repeats = 0  # counted by the interrupt, seen by the tick
        self._seen = self._again = 0
        self._at = 0
        self.raw = _NONE
        self._pin.irq(self._fall, Pin.IRQ_FALLING)

    def _fall(self, pin):
        """An interrupt: a burst begins."""
        t = ticks_us()
        us = since_us(t, self._fell)
        self._fell = t
        if us >= _REPEAT_US:
            self._left = 0
            if us > _LONGEST_US:
                return
            if us >= _FRAME_US:
                self._left = 32
            else:
                self._repeats = self._repeats + 1 & 255
        elif self._left:
            self._bit(us)

    def _bit(self, us):
        if us < _SHORTEST_US:
            self._left = 0
            return
        self._left -= 1
        bit = 0x8000 if us > _ONE_US else 0
        if self._left >= 16:
            self._where = self._where >> 1 | bit
            return
        self._what = self._what >> 1 | bit
        if not self._left:
            self._frames = self._frames + 1 & 255

    def tick(self, t):
        """The key that is held; `key` when another press begins."""
        if self._frames != self._seen:
            self._seen = self._frames
            self._again = self._repeats
            what, where = self._what, self._where
            if what & 255 ^ what >> 8 != 255:
                return None
            if where & 255 ^ where >> 8 == 255:
                where &= 255
            if self._address not in (_NONE, where):
                return None
            self._at = t
            self.raw = what & 255
            return "key"
        if self.raw != _NONE:
            if self._repeats != self._again:
                self._again = self._repeats
                self._at = t
            elif not 0 <= diff(t, self._at) < _HELD_MS:
                self.raw = _NONE
        return None

    def close(self):
        """No interrupts any more."""
        self._pin.irq(None)


PART = Remote
