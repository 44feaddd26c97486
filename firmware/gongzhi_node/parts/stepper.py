"""Takes an angle, gives the steps of a 28BYJ-48 behind a ULN2003, one at each beat of a hardware timer."""

from machine import Pin, Timer

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const
from gongzhi_node.wire import diff

# Half steps (bit 0 is in1): the order in which the 28BYJ-48's data sheet energises its windings, one and two in turn.
_COILS = b"\x01\x03\x02\x06\x04\x0c\x08\x09"
# Its data sheet: 5.625 degrees / 64 a half step, 4096 a turn. Counted, its gears are 25792/405 (63.684), which makes
# 4076 (airsupplylab.com, "Stepper Motor: 28BYJ-48", has the same by experiment).
_TURN = const(4076)
_FASTEST = const(500)  # half steps a second; from standstill more than 600 are lost ("pull-in", no load)
_QUIET_MS = const(100)  # coils are off so long after the last step: the gear holds by itself
_TIMERS = const(2)  # what every ESP32 has

_taken: list = []  # numbers of timers


class Stepper(Output):
    """`angle` in degrees from where the shaft stood when the board started, at most `slew` degrees a second (44 if it
    does not say, which is the fastest). Two of them a board. Its position is counted, not measured: a shaft that is
    held loses steps, and nobody is told."""

    PROP = "angle"
    UNIT = "deg"
    LO = -3600
    HI = 3600
    SCALE = _TURN / 360
    PINS = ("in1", "in2", "in3", "in4")

    def _open(self, spec):
        free = [n for n in range(_TIMERS) if n not in _taken]
        if not free:
            raise OSError("a third stepper")
        pins = spec["pins"]
        self._pins = [Pin(pins[name], Pin.OUT, value=0) for name in self.PINS]
        # Where the shaft stands is its safe angle: a board that starts moves nothing.
        self._hertz = min(self._slew or _FASTEST, _FASTEST)
        self._running = self._warm = False
        self._since = 0
        self._number = free[0]
        self._timer = Timer(free[0])
        _taken.append(free[0])
        self._beat = self._step  # made once: a bound method made in an interrupt would allocate

    def _write(self, raw):
        pass  # the timer does

    def _coils(self, bits):
        for pin in self._pins:
            pin.value(bits & 1)
            bits >>= 1

    def _step(self, timer):
        """An interrupt: one half step towards the goal."""
        raw, goal = self.raw, self.goal
        if raw != goal:
            raw += 1 if goal > raw else -1
            self._coils(_COILS[raw & 7])
            self.raw = raw

    def tick(self, t):
        """Start and stop the timer; switch the coils off when they have done."""
        if self.raw != self.goal:
            self._since = t
            if not self._running:
                self._running = self._warm = True
                self._timer.init(mode=Timer.PERIODIC, freq=self._hertz, callback=self._beat)
        elif self._running:
            self._timer.deinit()
            self._running = False
            self._since = t
        elif self._warm and diff(t, self._since) >= _QUIET_MS:
            self._warm = False
            self._coils(0)

    def close(self):
        """Still, cold, and the timer free for another."""
        self._timer.deinit()
        _taken.remove(self._number)
        self._coils(0)


PART = Stepper
