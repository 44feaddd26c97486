"""Takes the two contacts of a rotary encoder, gives how far it has been turned."""

from machine import Pin

from gongzhi_node.parts.base import Part

# Which way a change of the two contacts means, by old state * 4 + new state (bit 1 is a, bit 0 is b): 0 none or both
# at once, 1 forth, 2 back. Gray code: 00 10 11 01 (as an EC11 gives it; its data sheet was not looked up).
_WAYS = b"\x00\x02\x01\x00\x01\x00\x00\x02\x02\x00\x00\x01\x00\x01\x02\x00"


class Rotary(Part):
    """`position` in clicks since the board's start, -1000 to 1000, forth when a closes before b. `steps` says how many
    changes a click has: 4 (if it does not say), 2 or 1. Both contacts go to ground and are read in interrupts: one that
    bounces goes to and fro and ends where it was. A click of a quick hand takes 20 ms."""

    PROP = "position"
    LO = -1000
    HI = 1000
    PINS = ("a", "b")
    OPTIONS = {"steps": (1, 4)}

    def __init__(self, spec):
        super().__init__(spec)
        self._a, self._b = [Pin(spec["pins"][name], Pin.IN, Pin.PULL_UP) for name in self.PINS]
        self._steps = spec.get("steps", 4)
        self._state = self._a.value() << 1 | self._b.value()
        self._quarters = 0
        turn = self._turn  # made once: a bound method made for each pin would be another object
        for pin in (self._a, self._b):
            pin.irq(turn, Pin.IRQ_RISING | Pin.IRQ_FALLING)

    def _turn(self, pin):
        """An interrupt: a contact opens or closes."""
        now = self._a.value() << 1 | self._b.value()
        way = _WAYS[self._state << 2 | now]
        self._state = now
        if way:
            self._quarters += 1 if way == 1 else -1

    def tick(self, t):
        """Take over what the interrupts have counted."""
        steps = self._steps
        clicks = (self._quarters + (steps >> 1)) // steps
        if clicks > self.HI or clicks < self.LO:
            clicks = self.HI if clicks > 0 else self.LO
            self._quarters = clicks * steps
        self.raw = clicks

    def close(self):
        """No interrupts any more."""
        self._a.irq(None)
        self._b.irq(None)


PART = Rotary
