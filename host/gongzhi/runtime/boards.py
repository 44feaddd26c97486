"""Takes a manifest and a broker's address, gives the project's virtual boards and what their pins show."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from gongzhi import paths
from gongzhi.board import firmware, room_key, screen
from gongzhi.bus import Address
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.errors import ConfigError, WorldError
from gongzhi.page import messages
from gongzhi.project import Board, Manifest, Part
from gongzhi.room import certificates
from gongzhi.runtime.access import SPACE
from gongzhi.sim import laws, senses_wire, things
from gongzhi.sim.board import BoardEvent, VirtualBoard
from gongzhi.sim.board_body import choose
from gongzhi.sim.board_faults import own_seed
from gongzhi.sim.board_files import kept_on_disk
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.senses import Sense
from gongzhi.sim.things import Contact, Grid, Horn, Screen, Thing
from gongzhi.sim.warm import Warmth
from gongzhi.sim.world import Moved, World
from gongzhi.text import Later


def config(manifest: Manifest, board: Board, at: Address) -> dict[str, Any]:
    """The board's config.json (docs/wire.md)."""
    tls = {"tls": True} if at.tls else {}
    return {
        "v": 1,
        "space": SPACE,
        "team": manifest.id,
        "device": board.id,
        "wifi": [{"ssid": "virtual", "key": ""}],
        "mqtt": {"host": at.host, "port": at.port, **tls, "user": at.user, "password": at.password},
        "board": board.type,
        "parts": [part.config() for part in manifest.on(board.id)],
    }


def _thing(part: Part) -> Thing:
    if part.kind.driver:
        return things.Own(part.kind, part.pins, part.options)
    return things.thing(part.kind.name, part.pins, part.options, part.texts)


def _sense(part: Part, board: VirtualBoard) -> Sense:
    if part.kind.driver:
        return senses_wire.own(part.kind, board, part.pins, part.options)
    return senses_wire.sense(part.kind.name, board, part.pins, part.options)


@dataclass(slots=True)
class VirtualBoards:
    """The virtual boards of a run. `on_part(part, values, changed, t)` is called on a board's thread when an
    output's pin has an edge or a display shows another page, `changed` where that is another than before; `on_event`
    likewise."""

    manifest: Manifest
    body: Literal["auto", "vm", "cpython"]
    on_part: Callable[[Part, dict[str, float] | None, bool, float], None]
    on_event: Callable[[str, BoardEvent], None]
    folder: Path = field(default_factory=paths.data)  # where their flash is kept
    paced: bool = False  # the run keeps their clocks (pacing.py)
    boards: dict[str, VirtualBoard] = field(default_factory=dict)
    reason: Later | None = None
    things: dict[str, Thing] = field(default_factory=dict)  # by the part's id: what hangs on the outputs' pins
    senses: dict[str, Sense] = field(default_factory=dict)  # and on the inputs'
    clock: Clock = field(default_factory=MonotonicClock)  # the world's
    on_world: Moved = lambda _name, _value, _there: None  # told of what moves in it, on any thread
    on_horn: Callable[[Part, dict[str, float]], None] = lambda _part, _values: (
        None
    )  # told of a servo on its way, likewise
    on_screen: Callable[[Part, bytes], None] = lambda _part, _dots: None  # told of what a display shows, likewise
    world: World = field(init=False)
    warmth: Warmth = field(init=False)  # what motion detectors see of a drawn person
    _pages: dict[str, int] = field(init=False, default_factory=dict)  # what displays show, by the part's id

    def __post_init__(self) -> None:
        self.world = World(self.manifest.parts.values(), self.senses, self.clock, self.on_world)
        self.world.beside = self._travel
        self.warmth = Warmth(self._warm)

    def start(self, at: Address, real: Set[str] = frozenset()) -> None:
        """Start one for each board of the project but those that are `real`, all at once; raises BoardError."""
        parts = [part for part in self.manifest.parts.values() if part.board not in real]
        if real:  # nothing moves around those
            self.world = World(parts, self.senses, self.clock, self.on_world)
            self.world.beside = self._travel
        self.things.update({part.id: _thing(part) for part in parts if part.kind.output})
        self._make([board for board in self.manifest.boards.values() if board.id not in real], at)
        self._connect(parts)
        self.world.on_cable = self._cable
        try:
            self.world.obey(laws.load(self.manifest) if not real else {})
            for name, air in laws.airs(self.manifest).items():
                if name in self.boards:
                    self.boards[name].wifi(air, seed=own_seed(name))
        except ConfigError:
            self.stop()
            raise
        self.world.start()
        self._power_on()

    def _make(self, boards: Iterable[Board], at: Address) -> None:
        # Chosen here once for all, so that the files fit the body: MicroPython gets bytecode, as a real board does.
        body, self.reason = choose(self.body)
        files = firmware.of(self.manifest.kinds, bytecode=body == "vm")
        room = room_key.room_key(self.folder / "keys")
        ca = certificates.for_board() if at.tls else b""
        for board in boards:
            state = self.folder / "boards" / self.manifest.id / board.id
            # As `gongzhi board setup` gives a real one its own.
            with kept_on_disk(state):
                room_key.give_virtual(state, room, ca)
            self.boards[board.id] = VirtualBoard(
                board.type,
                files | screen.files(self.manifest.on(board.id)),
                config(self.manifest, board, at),
                state_dir=state,
                body=body,
                paced=self.paced,
                on_edge=partial(self._edge, board.id),
                on_event=partial(self._event, board.id),
            )

    def _connect(self, parts: Iterable[Part]) -> None:
        """Put on the boards' pins and buses what stands for these parts."""
        for part in parts:
            if not part.kind.output:
                self.senses[part.id] = _sense(part, self.boards[part.board])
            elif isinstance(one := self.things[part.id], Screen):
                self.boards[part.board].i2c[one.address] = one.panel
                one.panel.told = partial(self._lit, part, one)

    def _cable(self, output: str, there: bool) -> None:
        """A display whose cable is out answers nobody, and has no power."""
        if isinstance(one := self.things[output], Screen):
            bus = self.boards[self.manifest.parts[output].board].i2c
            if not there:
                bus.pop(one.address, None)
            elif one.address not in bus:
                one.panel.reset()
                bus[one.address] = one.panel

    def _power_on(self) -> None:
        faults: list[Exception] = []

        def power(one: VirtualBoard) -> None:
            try:
                one.start()
            except Exception as error:  # noqa: BLE001  (raised below, in the caller's thread)
                faults.append(error)

        threads = [threading.Thread(target=power, args=(one,)) for one in self.boards.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            self.stop()
            raise faults[0]

    def stop(self) -> None:
        """Power all of them off, whatever one of them raises; nothing moves around them any more."""
        with contextlib.ExitStack() as ends:
            for one in self.boards.values():
                ends.callback(one.stop)
            ends.callback(self.world.stop)

    def press(self, board: str, channel: str, *, down: bool) -> None:
        """Press or release the button `channel`, as a finger would; nothing for what is no button of this project."""
        part = self.manifest.parts.get(channel)
        if part is not None and part.board == board in self.boards and part.kind.name == "button":
            self.world.set(channel, int(down))

    def hand(self, message: messages.Press | messages.Move | messages.Cable | messages.Carry) -> None:
        """What a hand does to the drawn surroundings; what cannot be (a page that is out of date) is not done."""
        with contextlib.suppress(WorldError):
            match message:
                case messages.Press(board, ch, down):
                    self.press(board, ch, down=down)
                case messages.Move(ch, value):
                    self.world.set(ch, value)
                case messages.Cable(ch, plugged):
                    (self.world.plug if plugged else self.world.unplug)(ch)
                case messages.Carry(ch, what):
                    self.world.carry(ch, what)

    def _warm(self, on: bool) -> None:
        for name in self.senses:
            if self.manifest.parts[name].kind.name == "pir":
                self.world.set(name, int(on))

    def shows(self, board: str, channel: str) -> bool:
        """True if the pins of a virtual board show how this output stands: one on a bus says so itself."""
        part = self.manifest.parts.get(channel)
        return board in self.boards and (part is None or part.address is None)

    def _lit(self, part: Part, shown: Screen, dots: bytes) -> None:
        self.on_screen(part, dots)
        page = shown.page(dots)  # the bus's lines say nothing of it, the dots do
        if page is not None and page != self._pages.get(part.id, 0):
            self._pages[part.id] = page
            self.on_part(part, {part.kind.prop: float(page)}, True, self.clock.now())

    def _event(self, board: str, event: BoardEvent) -> None:
        self.on_event(board, event)  # looked up then: another may have been put in its place

    def _edge(self, board: str, edge: PinEdge) -> None:
        if edge.kind == "mode":
            self._ready(board, edge)
            return
        # What a reset does to a pin is no act of the firmware's.
        changed = edge.by == "firmware"
        for part in self.manifest.on(board):
            if part.id in self.senses:
                self.senses[part.id].edge(edge)
            if edge.pin in part.pins.values() and part.resource is not None:
                one = self.things[part.id]
                if isinstance(one, Horn):
                    one.follow(self.clock.now())
                values = one.edge(edge)
                if isinstance(one, Horn) and values and one.at is not None:
                    self.world.acted(part.id, one.at / part.kind.high)
                    values["horn"] = round(one.at, 1)
                elif values:
                    if isinstance(one, Grid):
                        self.on_screen(part, one.dots)
                    self.world.acted(part.id, laws.share(part.kind.name, values, part.kind.low, part.kind.high))
                self.on_part(part, values, changed, edge.t)

    def _travel(self, now: float) -> bool:
        """Let the servos' horns go on; True while one is under way."""
        under_way = False
        for name, one in self.things.items():
            if isinstance(one, Horn) and one.at not in (None, one.goal):
                at = one.follow(now) or 0.0
                part = self.manifest.parts[name]
                self.world.stands(name, at / part.kind.high)
                self.on_horn(part, {"angle": one.goal, "horn": round(at, 1)})
                under_way = under_way or at != one.goal
        return under_way

    def _ready(self, board: str, edge: PinEdge) -> None:
        # A relay that is off from the start has no edge of its level: without this nobody would know how it stands.
        for part in self.manifest.on(board):
            one = self.things.get(part.id)
            if isinstance(one, Contact) and edge.pin in part.pins.values() and (values := one.ready(edge)):
                self.on_part(part, values, False, edge.t)
