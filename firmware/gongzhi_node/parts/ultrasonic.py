"""Takes the echo of an HC-SR04, gives how far away something is; nothing waits for the sound."""

from machine import Pin

from gongzhi_node.parts.base import Part
from gongzhi_node.ports import const, pause_us, since_us, ticks_us
from gongzhi_node.wire import diff

# HC-SR04 data sheet (ElecFreaks), "Timing diagram": a trigger of 10 us, an echo pulse as long as the sound's way there
# and back, 2 to 400 cm, more than 60 ms from one measurement to the next. Without an echo the pulse lasts 38 ms: that
# is not in this data sheet but in sellers' manuals (buildcircuit.com, "HC-SR04"); nothing here depends on it.
_CYCLE_MS = const(60)
_TRIGGER_US = const(10)
_NEAR = const(20)  # mm
_FAR = const(4000)
_SILENT = const(8)  # measurements without any pulse: it is not connected


class Ultrasonic(Part):
    """`distance` in cm, 2 to 400; what is further away, or gives no echo, is 400. The middle one of three measurements
    counts, so that one that an interrupt has spoilt does not.

    The pulse is timed by interrupts, which MicroPython runs some 20 to 100 us late; the beginning's and the end's
    delays cancel but for their difference: 1 cm is 58 us. Sound is faster in warm air: 331.3 + 0.606 per degree
    Celsius, in m/s; `celsius` says how warm it is (20 if it does not), 10 degrees are 2 %. The echo line has 5 V: two
    resistors (1 and 2 kOhm) bring it down to 3.3 V.
    """

    PROP = "distance"
    UNIT = "cm"
    LO = 2
    HI = 400
    SCALE = 10
    PINS = ("trig", "echo")
    OPTIONS = {"celsius": (-20, 50)}

    def __init__(self, spec):
        super().__init__(spec)
        # mm for 10 ms, there and back; times the longest pulse it is a small integer still.
        self._speed = (331300 + 606 * spec.get("celsius", 20)) // 200
        self._trig = Pin(spec["pins"]["trig"], Pin.OUT, value=0)
        self._echo = Pin(spec["pins"]["echo"], Pin.IN)
        self._rise = ticks_us()
        self._width = 0
        self._state = 0  # 0 waits for the pulse, 1 in it, 2 over
        self._asked = None
        self._missed = 0
        self.raw = self._a = self._b = _FAR
        self._echo.irq(self._edge, Pin.IRQ_RISING | Pin.IRQ_FALLING)

    def _edge(self, pin):
        """An interrupt: the pulse begins or ends."""
        t = ticks_us()
        if pin.value():
            self._rise = t
            self._state = 1
        elif self._state == 1:
            self._width = since_us(t, self._rise)
            self._state = 2

    def tick(self, t):
        """Take the last measurement and begin the next; False or OSError (`gone`) while no pulse comes at all."""
        if self._asked is None or not 0 <= diff(t, self._asked) < _CYCLE_MS:
            if self._asked is not None:
                self._take()
            self._asked = t
            self._state = 0
            self._trig.value(1)
            pause_us(_TRIGGER_US)
            self._trig.value(0)
        if self._missed >= _SILENT:
            return self.gone("no echo pulse")
        return None

    def _take(self):
        if self._state == 0:
            self._missed = min(self._missed + 1, _SILENT)
            return
        self._missed = 0
        far = self._width * self._speed // 10000 if self._state == 2 else _FAR
        far = min(max(far, _NEAR), _FAR)
        a, b = self._a, self._b
        self.raw = max(min(a, b), min(max(a, b), far))
        self._a, self._b = b, far

    def close(self):
        """No interrupts any more."""
        self._echo.irq(None)


PART = Ultrasonic
