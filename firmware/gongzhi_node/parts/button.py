"""Takes a push button's pin, gives press, double, hold1 and hold3."""

from machine import Pin

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const
from gongzhi_node.wire import diff

_STEADY = const(2)  # readings in agreement, 20 ms apart: contacts bounce for up to 10 ms
_HOLD1_MS = const(1000)
_HOLD3_MS = const(3000)


class Button(Part):
    """`press`: released before 1 s. `hold1`: released between 1 s and 3 s. `hold3`: sent at 3 s, while still held.

    Polled, not interrupted: what is shorter than two readings is a bounce by definition. A button that is down when
    the board starts says nothing until it has been up once. With `pull` "up" it is pressed when low, with "down"
    when high; `none` is like "up" with a resistor of its own.

    With `double` = 300 a press that begins within 300 ms after the end of another one is told as `double` in place of
    `press`. The first one is told at once all the same: no answer waits for a press that may never come, and a second
    one, too quick for anybody to have read what is asked now, answers nothing.

    With `stops` = 1 its `hold3` stops all that is on this board, whether there is a host or not (stops.py).
    """

    PROP = "down"
    OPTIONS = {"double": (0, 1000), "stops": (0, 1)}

    def __init__(self, spec):
        super().__init__(spec)
        pull = {"up": Pin.PULL_UP, "down": Pin.PULL_DOWN, "none": None}[spec.get("pull", "up")]
        self._pin = Pin(spec["pin"], Pin.IN, pull)
        self._active = 1 if spec.get("pull") == "down" else 0
        self._count = 0
        self._since = 0
        self._said = True
        self._double = spec.get("double", 0)
        self._hold3 = "stop" if spec.get("stops") else "hold3"
        self._ended = None  # when the last press ended that may become a double one
        self.raw = 1  # as if held, and said: see above

    def tick(self, t):
        """Read the pin; the event that this reading completes."""
        down = 1 if self._pin.value() == self._active else 0
        if down == self.raw:
            self._count = 0
            if down and not self._said and diff(t, self._since) >= _HOLD3_MS:
                self._said = True
                return self._hold3
            return None
        if not self._count and down:
            self._since = t  # its first contact
        self._count += 1
        if self._count < _STEADY:
            return None
        self._count = 0
        self.raw = down
        if down:
            self._said = False
            return None
        if self._said:
            return None
        self._said = True
        if diff(t, self._since) >= _HOLD1_MS:
            self._ended = None
            return "hold1"
        if self._ended is not None and 0 <= diff(self._since, self._ended) < self._double:
            self._ended = None
            return "double"
        self._ended = t
        return "press"


PART = Button
