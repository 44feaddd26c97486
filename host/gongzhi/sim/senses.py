"""Takes what an input ought to read, puts it on a virtual board's pins: the simulated counterpart of each driver in
firmware/gongzhi_node/parts that senses by a level or a voltage (senses_wire.py: those that talk).

A sense knows its part from the data sheet, not from the driver: both are held against each other in tests.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from gongzhi.board.types import BoardType
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.sim.board_inputs import Edge
from gongzhi.sim.board_lines import Line
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.device import _layout as lay

Pins = Mapping[str, int]
Options = Mapping[str, int | str]


class Side(Protocol):
    """The side of a virtual board that the world drives."""

    def drive(self, pin: int, level: int | None) -> None:
        """Put a level on the pin; None lets go of it."""
        ...

    def adc(self, pin: int, mv: int | None, swing: int = 0) -> None:
        """Put millivolts on the pin; None takes them away."""
        ...

    def hold(self, kind: int, payload: bytes) -> None:
        """Let what is at a pin be so, as a frame of sim/device/_layout.py says it."""
        ...

    def play(self, edges: Sequence[Edge]) -> None:
        """Drive levels one after another, in microseconds."""
        ...

    @property
    def type(self) -> BoardType:
        """The board's type."""
        ...

    @property
    def lines(self) -> dict[int, Line]:
        """What answers at a pin."""
        ...


class Sense:
    """An input on its `pins` (name of the line -> GPIO). A new kind is a subclass with `_show` and `_cut`, and an entry
    in SENSES; a kind with several readings finds each in `values` by its name ("" is the first one). FIRST is what it
    reads where nothing happens: a room that is neither dark nor dry, with nobody in it."""

    FIRST: Mapping[str, float] = {"": 0.0}
    clock: Clock = MonotonicClock()  # the world's, once it has begun

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        self.board, self.pins, self.options = board, pins, options
        self.values: dict[str, float] = dict(self.FIRST)
        self.there = True

    @property
    def pin(self) -> int:
        """The first of its pins."""
        return next(iter(self.pins.values()))

    def put(self, value: float, reading: str = "") -> None:
        """The world is so that the part ought to read `value`, in its unit."""
        self.values[reading] = value
        if self.there:
            self._show()

    def cable(self, there: bool) -> None:
        """Its cable is in, or out."""
        self.there = there
        if there:
            self._show()
        else:
            self._cut()

    def edge(self, edge: PinEdge) -> None:
        """The firmware has changed a pin of this board."""

    def close(self) -> None:
        """Nothing happens any more."""

    def _show(self) -> None:
        """Let the pins say what `values` hold."""
        raise NotImplementedError

    def _cut(self) -> None:
        """Let go of the pins."""
        raise NotImplementedError


class Contact(Sense):
    """What is on or off: `LEVEL` is what its line has when it is on, `OPEN` whether it lets go of the line when off."""

    LEVEL = 0
    OPEN = True

    def _show(self) -> None:
        on = self.LEVEL
        if "active" in self.options:
            on = 1 if self.options["active"] == "high" else 0
        off = None if self.OPEN and not on else 1 - on
        self.board.drive(self.pin, on if self.values[""] >= 0.5 else off)

    def _cut(self) -> None:
        self.board.drive(self.pin, None)


class Driven(Contact):
    """A detector that drives its line both ways, high when it sees something."""

    LEVEL = 1
    OPEN = False


class Meter(Sense):
    """A voltage: MV0 and MV100 millivolts at 0 and at 100 per cent, as the module in a classroom gives them."""

    FIRST: Mapping[str, float] = {"": 50.0}
    MV0 = 150
    MV100 = 3100

    def _show(self) -> None:
        mv0, mv100 = int(self.options.get("mv0", self.MV0)), int(self.options.get("mv100", self.MV100))
        self.board.adc(self.pin, round(mv0 + (mv100 - mv0) * self.values[""] / 100))

    def _cut(self) -> None:
        self.board.adc(self.pin, None)


class Probe(Meter):
    """A capacitive soil probe: its voltage falls with water."""

    MV0 = 2800
    MV100 = 1200


class Microphone(Meter):
    """A microphone's amplifier: a wave about the middle of its supply."""

    FIRST: Mapping[str, float] = {"": 0.0}
    _MIDDLE_MV: Final = 1625
    _SWING_MV: Final = 2950

    def _show(self) -> None:
        self.board.adc(self.pin, self._MIDDLE_MV, round(self._SWING_MV * self.values[""] / 100))


class Sonar(Sense):
    """An HC-SR04: after a trigger its echo line is high for as long as the sound is under way, or for 38 ms where
    nothing sends it back (sellers' manuals; not in ElecFreaks' data sheet), which is so from 400 cm on."""

    FIRST: Mapping[str, float] = {"": 400.0}

    def __init__(self, board: Side, pins: Pins, options: Options) -> None:
        super().__init__(board, pins, options)
        self._metres_per_s = 331.3 + 0.606 * float(options.get("celsius", 20))
        board.drive(pins["echo"], 0)
        self._show()

    def _show(self) -> None:
        cm = self.values[""]
        us = 38000 if cm >= 400 else round(2e4 * cm / self._metres_per_s)
        self._sound(1, us)

    def _cut(self) -> None:
        self._sound(0, 0)
        self.board.drive(self.pins["echo"], 0)

    def _sound(self, there: int, us: int) -> None:
        # The chip answers each trigger by itself (sim/device/_echo.py).
        self.board.hold(lay.SOUNDED, struct.pack("<BBBI", self.pins["echo"], self.pins["trig"], there, us))
        self.board.hold(lay.LINE, bytes([self.pins["echo"], there]))
