"""Takes a part's configuration, gives what all parts share: a safe value at birth, limits, a ramp that never blocks.

A part is a class with these names; a new kind is one file in this folder that ends in `PART = TheClass`:

    OUTPUT  True for what acts, False for what senses
    PROP    the argument of its command, such as "angle" (outputs); what its value means (inputs)
    UNIT    of that value
    LO, HI  what the part itself can do, in UNIT
    SCALE   so many steps of `raw` are one UNIT
    PINS    the names of its pins under "pins"; empty: one pin, under "pin"
    OPTIONS what else its entry may say: name -> (lowest, highest) of a whole number, or the texts that are possible
    kind    what it is called in the configuration; `parts.find` sets it
    MORE    its further readings (inputs): (name, lowest, highest) of each; more() tells them
    BUS     True for a part on a bus: its pins may be those of other parts on a bus
    SAMPLED how many numbers a sample of it has (inputs with `stream`); sample() adds them to sums
    raw     its value as a whole number, so that a change is seen without allocating
    value() its value in UNIT
    tick(t) called every 20 ms with the board's time; gives the name of an event ("stop": the board stops), or None;
            where nobody answers, what gone() gives
    close() gives its pins back
"""

from gongzhi_node.ports import const
from gongzhi_node.wire import diff

TICK_MS = const(20)


class Part:
    """Something on a pin: `spec` is its entry in the configuration, already validated."""

    OUTPUT = False
    kind = ""
    PROP = ""
    UNIT = ""
    LO = 0
    HI = 1
    SCALE: float = 1
    PINS: tuple = ()
    OPTIONS: dict = {}
    MORE: tuple = ()
    BUS = False
    SAMPLED = 1
    samples = None

    def __init__(self, spec):
        self.name = spec["ch"]
        self.failed = False
        self.raw = 0

    def value(self):
        """The value in UNIT (an output on its way: where it is now)."""
        return round(self.raw / self.SCALE, 4) if self.SCALE > 1 else self.raw

    def more(self, values):
        """Put the readings in MORE into `values`, each under "part.name". A part whose `raw` stands still while one of
        them has changed sets `sent` to None."""

    def sample(self, sums):
        """Add what it reads now to `sums` (SAMPLED whole numbers); False where it has not read anything yet."""
        sums[0] += self.raw
        return True

    def meet(self, parts):
        """All the board's parts, by name: for one that shows what others read."""

    def scaled(self, value):
        """`value` (UNIT) in steps of `raw`, the nearest one."""
        return int(value * self.SCALE + (0.5 if value >= 0 else -0.5))

    def tick(self, t):
        """What is to be done every 20 ms; the name of an event that has happened, or None."""

    def gone(self, why):
        """What `tick` gives while a sensor does not answer: False; raises OSError(why) where that is news. An exception
        at each tick would waste, and one that is kept to be raised again grows by a traceback each time."""
        if not self.failed:
            raise OSError(why)
        return False

    def close(self):
        """Give the pins back."""


class Output(Part):
    """A part that acts. Inside, its value is a whole number: SCALE of them are one UNIT, so that a ramp does not
    allocate. A subclass opens its pin in `_open()` and drives it in `_write(raw)`. RAMP is False for what has no way
    between two values, such as a colour: it takes no `slew`."""

    OUTPUT = True
    RAMP = True

    def __init__(self, spec):
        super().__init__(spec)
        self.safe = self.scaled(spec["safe"])
        # Per second; 0: as fast as it can. However slow, it moves: at least by the smallest step.
        self._slew = max(1, self.scaled(spec["slew"])) if spec.get("slew") else 0
        self._at = 0
        self.raw = self.goal = self.safe
        self._open(spec)
        self._write(self.raw)

    def _open(self, spec):
        """Take the pin and drive `raw` on it from the first moment."""
        raise NotImplementedError

    def _write(self, raw):
        """Drive `raw`."""
        raise NotImplementedError

    def target(self):
        """Where the part goes or is, in UNIT."""
        return round(self.goal / self.SCALE, 4) if self.SCALE > 1 else self.goal

    def set(self, value, t):
        """Go to `value` (UNIT, already within the limits) from the board's time `t` on."""
        self._go(self.scaled(value), t)

    def rest(self, t):
        """Go to the safe value: on the ramp, for a gate that swings at full speed is not safe."""
        self._go(self.safe, t)

    def _go(self, goal, t):
        if self.goal == self.raw:
            passed = diff(t, self._at)
            # A part at rest begins with one tick's worth at once; many commands in one tick do not add up to more.
            if not 0 <= passed <= TICK_MS:
                self._at = t - TICK_MS if t >= TICK_MS else t
        self.goal = goal
        self.tick(t)

    def tick(self, t):
        """One step of the ramp."""
        if self.goal == self.raw:
            return
        if self._slew:
            # After a stall it goes on from where it is, with at most a tenth of a second's worth.
            step = min(self._slew * min(diff(t, self._at), 100000) // 1000, max(1, self._slew // 10))
            if step <= 0:
                return  # too early for the smallest step; the time adds up
            left = self.goal - self.raw
            raw = self.goal if abs(left) <= step else self.raw + (step if left > 0 else -step)
        else:
            raw = self.goal
        self._at = t
        self._write(raw)
        self.raw = raw
