"""Takes what happens around the boards (a hand, weather, a cut cable), moves the inputs of virtual boards accordingly.

    world.set("soil", 20)            the soil probe's surroundings are at 20, in the part's own unit
    world.ramp("soil", 80, 5)        they go to 80 in 5 s of the world's clock
    world.press("button", 0.2)       a finger presses for so long; `set("mat", 1)` and `set("mat", 0)` hold and let go
    world.carry("imu", "walk:12")    whoever carries the motion sensor walks twelve steps (worn.py); `set` ends it
    world.unplug("soil")             the probe's cable is out, `plug` puts it in again; an output's, too
    world.value("soil")              where its surroundings are now

All of these are for any thread and return at once. A part is named by its id in project.toml; of a part with several
readings "room" is the first and "room.humidity" another. WorldError names what is wrong: a part that is not there, an
output, a value beyond the part's range.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from gongzhi.clock import Clock
from gongzhi.config import nearest
from gongzhi.errors import WorldError
from gongzhi.project import Part
from gongzhi.sim import worn
from gongzhi.sim.laws import Law
from gongzhi.sim.senses import Sense
from gongzhi.sim.senses_bus import Motion
from gongzhi.sim.way import Way
from gongzhi.text import N_

_log = logging.getLogger(__name__)

STEP_S: Final = 0.05  # s of the world's clock between two looks while something moves
_BEARER: Final = 40  # a body that no recording of an example is of
_LEAST_S: Final = 0.002  # s of the machine's clock: a fast world takes longer steps rather than all of the machine

Moved = Callable[[str, float, bool], None]


def _nobody(_name: str, _value: float, _there: bool, /) -> None:
    pass


class World:
    """What surrounds the boards. `parts` are the project's, `senses` what is on the inputs' pins, by the part's id.

    `on_moved(name, value, there)` is told of each new value and of each cable that is pulled or put in, on the thread
    that did it. `start` has a thread look after what
    takes time; without it `step` is called by whoever moves the clock.
    """

    def __init__(
        self, parts: Iterable[Part], senses: Mapping[str, Sense], clock: Clock, on_moved: Moved = _nobody
    ) -> None:
        self._parts = {part.id: part for part in parts}
        self._senses, self._clock, self._on_moved = senses, clock, on_moved
        self._values: dict[str, float] = {}
        self._own: dict[str, float] = {}  # without what the outputs add
        self._laws: Mapping[str, Law] = {}
        self._acts: dict[str, float] = {}  # the outputs' shares of their full value, by the part's id
        self._shares: dict[str, float] = {}  # … as they are felt: 0 while a cable is out
        self.on_cable: Callable[[str, bool], None] = lambda _output, _there: None
        self.beside: Callable[[float], bool] = lambda _now: False  # what else takes time; True while it is under way
        self._last = clock.now()
        self._ways: dict[str, Way] = {}
        self._out: set[str] = set()
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    # What happens.

    def set(self, name: str, value: float) -> None:
        """The surroundings of the input `name` are at `value` from now on; what was under way there ends."""
        part = self._checked(name, value)
        with self._lock:
            self._ways.pop(name, None)
            if isinstance(sense := self._senses[part.id], Motion):
                sense.put_down()
            self._put(part, name, float(value))

    def ramp(self, name: str, to: float, seconds: float) -> None:
        """They go to `to` within `seconds` (0 or more), evenly."""
        self._checked(name, to)
        self._seconds(name, seconds)
        with self._lock:
            self._ways[name] = Way(self.value(name), float(to), self._clock.now(), seconds)
        self._wake.set()

    def press(self, name: str, seconds: float = 0.2) -> None:
        """A finger (a foot, a magnet) is there for `seconds`, for an input that is on or off."""
        part = self._checked(name, 1)
        if self._range(part, name)[:2] != (0, 1):
            raise WorldError(
                N_("“{part}” cannot be pressed: it reads from {low:g} to {high:g}."), N_("Use set or ramp."),
                part=name, low=self._range(part, name)[0], high=self._range(part, name)[1],
            )  # fmt: skip
        self._seconds(name, seconds)
        with self._lock:
            self._ways[name] = Way(0.0, 1.0, self._clock.now(), seconds, back=True)
            self._put(part, name, 1.0)
        self._wake.set()

    def carry(self, name: str, what: str, bearer: int = _BEARER) -> None:
        """Somebody who carries the motion sensor `name` does `what` from now on: "walk", or "walk:12" for twelve steps;
        `bearer` is the number of a body."""
        part = self._input(name)
        sense = self._senses[part.id]
        try:
            does, steps = worn.doing(what)
        except ValueError:
            does, steps = "", 0
        if not isinstance(sense, Motion) or not does:
            raise WorldError(
                N_("“{part}” cannot be carried so: {what}."), N_("Possible for a motion sensor: {known}."),
                part=name, what=what, known=", ".join(worn.DOES),
            )  # fmt: skip
        moves, begun = worn.Worn(does, worn.Bearer.of(bearer), steps), self._clock.now()
        with self._lock:
            sense.carry(*(lambda way=way: way(self._clock.now() - begun) for way in (moves.force, moves.rotation)))

    def unplug(self, name: str) -> None:
        """The cable of the part `name` is out: an input says nothing, or nonsense, as the real one would; an output's
        pin moves, and nothing follows from it."""
        self._cable(name, False)

    def plug(self, name: str) -> None:
        """It is in again."""
        self._cable(name, True)

    def obey(self, laws: Mapping[str, Law]) -> None:
        """From now on what the boards do changes what is around them (laws.py)."""
        with self._lock:
            self._laws, self._last = laws, self._clock.now()
        self._wake.set()

    def acted(self, output: str, share: float) -> None:
        """The output is at this share of its full value (0..1)."""
        with self._lock:
            self._pass()
            self.stands(output, share)
        self._wake.set()

    def stands(self, output: str, share: float) -> None:
        """The same of an output that is on its way there."""
        self._acts[output] = share
        self._shares[output] = 0.0 if output in self._out else share

    # How it stands.

    def value(self, name: str) -> float:
        """Where the surroundings of the input `name` are."""
        part = self._input(name)
        with self._lock:
            return self._values.get(name, self._default(part, name))

    def plugged(self, name: str) -> bool:
        """Whether its cable is in."""
        return self._plugged(name).id not in self._out

    # Time.

    def start(self) -> None:
        """Put every input at its first value, and look after what takes time on a thread of our own."""
        for sense in self._senses.values():
            sense.clock = self._clock
        for part in self._parts.values():
            for name in self._names(part):
                with self._lock:
                    self._put(part, name, self.value(name))
        self._thread = threading.Thread(target=self._run, daemon=True, name="world")
        self._thread.start()

    def stop(self) -> None:
        """Nothing moves any more; may be called twice."""
        self._over.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        for sense in self._senses.values():
            sense.close()

    def step(self) -> bool:
        """Bring everything to the clock's time; False if nothing is under way."""
        with self._lock:
            self._pass()
            now = self._clock.now()
            for name, way in list(self._ways.items()):
                value, over = way.at(now)
                if over:
                    del self._ways[name]
                self._put(self._input(name), name, value)
            beside = self.beside(now)
            return beside or bool(self._ways) or any(law.busy(self._shares) for law in self._laws.values())

    def _pass(self) -> None:
        """Let the laws move their inputs up to now; a way that is under way is stronger."""
        now = self._clock.now()
        seconds, self._last = now - self._last, now
        for name, law in self._laws.items():
            part = self._input(name)
            low, high, _ = self._range(part, name)
            own = self._own.get(name, self.value(name))
            # What dries out or fills up does so no further than it can.
            own = min(max(own + law.step(self._shares, seconds), low), high) if low <= own <= high else own
            if name not in self._ways:
                self._own[name] = own
                self._tell(part, name, min(max(own + law.offset, low), high))

    def _run(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            try:
                busy = self.step()
            except Exception:  # noqa: BLE001  (one sense's fault must not still the world; it is not hidden either)
                _log.exception("something around the boards failed")
                busy = True
            if busy:
                self._over.wait(max(STEP_S / self._clock.speed, _LEAST_S))
            else:
                self._wake.wait()

    # What may be said.

    def _names(self, part: Part) -> list[str]:
        if part.id not in self._senses:
            return []
        return [part.id, *(f"{part.id}.{reading}" for reading in part.kind.more)]

    def _range(self, part: Part, name: str) -> tuple[float, float, str]:
        _, _, reading = name.partition(".")
        return part.kind.more[reading] if reading else (part.kind.low, part.kind.high, part.kind.unit)

    def _default(self, part: Part, name: str) -> float:
        return self._senses[part.id].FIRST[name.partition(".")[2]]

    def _input(self, name: str) -> Part:
        part = self._parts.get(name.partition(".")[0])
        if part is None or name not in self._names(part):
            known = [one for each in self._parts.values() for one in self._names(each)]
            raise WorldError(
                N_("There is no input “{part}” on a virtual board."), N_("Did you mean “{near}”? Possible: {known}."),
                part=name, near=nearest(name, known) or next(iter(known), "–"), known=", ".join(known) or "–",
            )  # fmt: skip
        return part

    def _plugged(self, name: str) -> Part:
        part = self._parts.get(name)
        return part if part is not None and part.kind.output else self._input(name)

    def _checked(self, name: str, value: object) -> Part:
        part = self._input(name)
        low, high, unit = self._range(part, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise WorldError(
                N_("“{part}” cannot be at {value}."), N_("It goes from {low:g} to {high:g}{unit}."),
                part=name, value=value, low=low, high=high, unit=unit,
            )  # fmt: skip
        return part

    def _seconds(self, name: str, seconds: object) -> None:
        if not (isinstance(seconds, int | float) and 0 <= seconds < math.inf):
            raise WorldError(
                N_("“{part}”: {value} is no length of time."), N_("Give seconds, 0 or more."),
                part=name, value=seconds,
            )  # fmt: skip

    # What follows.

    def _cable(self, name: str, there: bool) -> None:
        part = self._plugged(name)
        with self._lock:
            (self._out.discard if there else self._out.add)(part.id)
            if part.kind.output:
                self.acted(part.id, self._acts.get(part.id, 0.0))
                self.on_cable(part.id, there)
                return
            self._senses[part.id].cable(there)
            for each in self._names(part):
                self._on_moved(each, self.value(each), there)

    def _put(self, part: Part, name: str, value: float) -> None:
        law = self._laws.get(name)
        self._own[name] = value - law.offset if law else value
        self._tell(part, name, value)

    def _tell(self, part: Part, name: str, value: float) -> None:
        if self._values.get(name) == value:
            return
        self._values[name] = value
        self._senses[part.id].put(value, name.partition(".")[2])
        self._on_moved(name, value, part.id not in self._out)
