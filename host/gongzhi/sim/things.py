"""Takes the edges of a virtual board's pins, gives what the part on them does: the simulated counterpart of each driver
in firmware/gongzhi_node/parts that acts (senses.py has those that sense).

A thing knows the physics from its data sheet, not the driver: both are held against each other in tests.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gongzhi.board import pictures, screen
from gongzhi.parts import Kind
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.i2c.panel import Panel

Pins = Mapping[str, int]
Options = Mapping[str, int | str]
Values = dict[str, float]


class Thing:
    """An output on its `pins` (name of the line -> GPIO)."""

    def __init__(self, pins: Pins, options: Options) -> None:
        self.pins, self.options = pins, options

    def edge(self, edge: PinEdge) -> Values | None:
        """What the thing does after this edge, in the unit of its kind; None if that says nothing new of it."""
        raise NotImplementedError


class Lamp(Thing):
    """An LED: the share of time that it is lit."""

    def edge(self, edge: PinEdge) -> Values | None:
        """{"level": 0..1}."""
        return {"level": round(edge.value / 65535, 3)} if edge.kind == "pwm" else None


class Horn(Thing):
    """A hobby servo: 500 to 2500 us are 0 to 180 degrees; without a pulse it stays where it is. Its horn takes its time
    (Tower Pro, SG90, "Operating speed": 0.1 s for 60 degrees at 4.8 V); where it stands before its first pulse nobody
    knows, so it is there at once."""

    SPEED: Final = 600.0  # degrees a second

    def __init__(self, pins: Pins, options: Options) -> None:
        super().__init__(pins, options)
        self.at: float | None = None  # where the horn is
        self.goal = 0.0
        self._t = 0.0
        self._lock = threading.Lock()  # edges come on the board's thread, time on the world's

    def edge(self, edge: PinEdge) -> Values | None:
        """{"angle": degrees}, what it is told; `follow` says where the horn is."""
        us = pulse_us(edge)
        with self._lock:
            if us is None:
                self.goal = self.goal if self.at is None else self.at
                return None
            self.goal = round((us - 500) / 2000 * 180, 1)
            self.at = self.goal if self.at is None else self.at
            return {"angle": self.goal}

    def follow(self, t: float) -> float | None:
        """Where the horn is at `t` (s, of one clock only), having gone towards where it was told to; None before its
        first pulse. To be called before an edge, too, whose angle counts from then on."""
        with self._lock:
            way, self._t = self.SPEED * max(t - self._t, 0.0), t
            if self.at is not None:
                left = self.goal - self.at
                self.at = self.goal if abs(left) <= way else self.at + math.copysign(way, left)
            return self.at


class Wheel(Thing):
    """A servo that turns on and on: 1500 us is standstill (moved by `trim`), 500 more or less is full speed."""

    def __init__(self, pins: Pins, options: Options) -> None:
        super().__init__(pins, options)
        self._still = 1500 + int(options.get("trim", 0))

    def edge(self, edge: PinEdge) -> Values | None:
        """{"speed": -1..1}; without a pulse it stands."""
        if edge.kind != "pwm":
            return None
        us = pulse_us(edge)
        return {"speed": 0.0 if us is None else round((us - self._still) / 500, 2)}


class Sounder(Thing):
    """A passive buzzer: the frequency that it is driven with."""

    def edge(self, edge: PinEdge) -> Values | None:
        """{"tone": Hz}, 0 when silent."""
        return {"tone": float(edge.freq) if edge.value else 0.0} if edge.kind == "pwm" else None


class Contact(Thing):
    """A relay: closed while its input has the active level."""

    def __init__(self, pins: Pins, options: Options) -> None:
        super().__init__(pins, options)
        self._on = 0 if options.get("active") == "low" else 1

    def edge(self, edge: PinEdge) -> Values | None:
        """{"level": 0 or 1}."""
        return {"level": float(edge.value == self._on)} if edge.kind == "level" else None

    def ready(self, edge: PinEdge) -> Values | None:
        """{"level": 0} when its pin becomes an output: a pin is low until an edge says otherwise. With `active` "low"
        the edge to high, which is off, comes right after this; None then."""
        return {"level": 0.0} if edge.kind == "mode" and edge.value == 3 and self._on else None


class Strip(Thing):
    """WS2812B lights: green, red, blue for each; they keep their colour when the board restarts."""

    def __init__(self, pins: Pins, options: Options) -> None:
        super().__init__(pins, options)
        self.lights: list[int] = [0] * int(options.get("n", 1))

    def edge(self, edge: PinEdge) -> Values | None:
        """{"rgb": the first light's colour}; `lights` has all of them."""
        if edge.kind != "pixels":
            return None
        data = edge.data
        # What is beyond the strip's end falls off it; what gets nothing keeps its colour.
        for i in range(min(len(self.lights), len(data) // 3)):
            green, red, blue = data[3 * i : 3 * i + 3]
            self.lights[i] = red << 16 | green << 8 | blue
        return {"rgb": float(self.lights[0])}


class Grid(Strip):
    """A matrix of 8 x 8 WS2812B lights: which of the part's `texts` it shows, and all its lights (`dots`)."""

    def __init__(self, pins: Pins, options: Options, texts: Sequence[str]) -> None:
        super().__init__(pins, {"n": 64})
        self._turn = options.get("order", "serpentine") == "serpentine"
        percent = int(options.get("bright", 20))
        self._pictures = [[bytes(3 * 64)], *(pictures.frames(text, percent) for text in texts)]
        self._page = 0
        self._may: set[tuple[int, int]] = set()  # the pictures and their frames that the lights may be

    @property
    def dots(self) -> bytes:
        """Red, green and blue of each light, row by row from the left."""
        places = (n ^ 7 if self._turn and n & 8 else n for n in range(64))
        return b"".join(self.lights[place].to_bytes(3) for place in places)

    def edge(self, edge: PinEdge) -> Values | None:
        """{"page": the picture}; nothing for lights that are none of them. Of several with this frame it is the one
        whose turn it was; all dark is 0, in a picture's dark frame as well."""
        if super().edge(edge) is None:
            return None
        dots = self.dots
        turns = {(page, (frame + 1) % len(self._pictures[page])) for page, frame in self._may}
        begins = {(page, 0) for page in range(len(self._pictures))}
        self._may = {(page, frame) for page, frame in turns | begins if self._pictures[page][frame] == dots}
        pages = {page for page, _ in self._may}
        if not pages:
            return None
        self._page = self._page if self._page in pages and any(dots) else min(pages)
        return {"page": float(self._page)}


class Bridge(Thing):
    """An H-bridge and its motor: the share of time that one input is high and the other is not."""

    def __init__(self, pins: Pins, options: Options) -> None:
        super().__init__(pins, options)
        self._share = {"in1": 0.0, "in2": 0.0}
        self.brakes = 0  # how often both were high

    def edge(self, edge: PinEdge) -> Values | None:
        """{"speed": -1..1}."""
        if edge.kind != "pwm":
            return None
        for name, pin in self.pins.items():
            if pin == edge.pin:
                self._share[name] = edge.value / 65535
        self.brakes += all(self._share.values())
        return {"speed": round(self._share["in1"] - self._share["in2"], 3)}


class Shaft(Thing):
    """A 28BYJ-48: its rotor goes to the coils' pattern by the shorter way, and not at all where both are as long (four
    half steps, 180 electrical degrees). It has no inertia here: each pattern is followed at once."""

    _ORDER: Final = (0b0001, 0b0011, 0b0010, 0b0110, 0b0100, 0b1100, 0b1000, 0b1001)
    _TURN: Final = 4096 * 63.68395 / 64  # half steps of one turn of the shaft, with the gear's true ratio

    def __init__(self, pins: Pins, options: Options) -> None:
        super().__init__(pins, options)
        self._bit = {pin: 1 << i for i, pin in enumerate(pins.values())}
        self._coils = 0
        self._phase = 0
        self.steps = 0

    def edge(self, edge: PinEdge) -> Values | None:
        """{"angle": degrees from where it stood}. Four lines change one after another: on the way from one pattern to
        the next a pattern of none or three coils moves nothing."""
        if edge.kind != "level":
            return None
        bit = self._bit[edge.pin]
        self._coils = self._coils | bit if edge.value else self._coils & ~bit
        if self._coils not in self._ORDER:
            return None
        step = (self._ORDER.index(self._coils) - self._phase + 4) % 8 - 4
        if step == -4:
            return None
        self._phase = (self._phase + step) % 8
        self.steps += step
        return {"angle": round(self.steps * 360 / self._TURN, 2)}


class _Watched(Panel):
    """A display that tells what it shows."""

    def __init__(self, wide: int) -> None:
        self.told: Callable[[bytes], None] = lambda _dots: None
        super().__init__(wide)

    def changed(self, dots: bytes) -> None:
        """Tell it."""
        self.told(dots)


class Screen(Thing):
    """An SSD1306 on its bus; what it shows comes over `panel.told`, not as an edge, and `page` says which of the
    part's `texts` that is (board/screen.py, Shown)."""

    def __init__(self, pins: Pins, options: Options, texts: Sequence[str]) -> None:
        super().__init__(pins, options)
        self.page = screen.Shown(texts).page
        self.panel = _Watched(int(options.get("offset", 0)))
        self.address = int(options.get("address", Panel.ADDRESS))

    def edge(self, edge: PinEdge) -> Values | None:  # noqa: ARG002  (the bus's lines are not looked at)
        """Nothing."""
        return None


THINGS: Final[Mapping[str, Callable[[Pins, Options], Thing]]] = {
    "led": Lamp, "servo": Horn, "servo360": Wheel, "buzzer": Sounder, "melody": Sounder, "relay": Contact, "rgb": Strip,
    "motor": Bridge, "stepper": Shaft, "vibrator": Lamp,
}  # fmt: skip
SHOWING: Final[Mapping[str, Callable[[Pins, Options, Sequence[str]], Thing]]] = {"matrix": Grid, "oled": Screen}


class Own(Thing):
    """What hangs on the pin of a driver that a project brings along: nobody knows, so the pin's share says it all."""

    def __init__(self, kind: Kind, pins: Pins, options: Options) -> None:
        super().__init__(pins, options)
        self._kind = kind

    def edge(self, edge: PinEdge) -> Values | None:
        """The kind's own value, from its lowest where the pin is low to its highest where it is always high."""
        if edge.kind not in ("level", "pwm") or len(self.pins) > 1:
            return None
        share = edge.value / 65535 if edge.kind == "pwm" else edge.value
        return {self._kind.prop: round(self._kind.low + share * (self._kind.high - self._kind.low), 3)}


def thing(kind: str, pins: Pins, options: Options, texts: Sequence[str] = ()) -> Thing:
    """The thing for an output's kind on these pins; raises KeyError for a kind that is no output. `texts`: of what
    shows some (parts.Kind)."""
    return SHOWING[kind](pins, options, texts) if kind in SHOWING else THINGS[kind](pins, options)


def pulse_us(edge: PinEdge) -> float | None:
    """How long the pulse of a PWM edge is, in microseconds; None if there is none."""
    return edge.value / 65535 * 1e6 / edge.freq if edge.kind == "pwm" and edge.freq and edge.value else None
