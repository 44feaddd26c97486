"""Takes a broker's address, gives every Gongzhi board on this computer's USB a place on the bus; finds them by
themselves, again after they were unplugged, also under another name."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from gongzhi.bus import Address
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.gateway.line import Line
from gongzhi.gateway.ports import Port, open_port, ports
from gongzhi.gateway.session import Hello
from gongzhi.text import N_, Later

_SCAN_S: Final = 1.0
_FOREIGN_S: Final = 60.0  # a port where nobody answered is asked again so much later, or when it was unplugged
STATES: Final = {
    "closed": N_("waiting for the port"),
    "asking": N_("asking who is there"),
    "prompt": N_("at MicroPython’s prompt: press the board’s reset button"),
    "refused": N_("not connected"),
    "connecting": N_("connecting to the broker"),
    "up": N_("connected"),
    "foreign": N_("no board of ours"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One port in the table: `state` one of STATES, `board` "team/device" or "", `why` what is wrong; the counts are
    messages, `bad` damaged lines, `again` lines that had to be sent once more, `dropped` messages given up."""

    port: str
    board: str
    chip: str
    state: str
    why: Later | None
    up: int
    down: int
    bad: int
    again: int
    dropped: int


class Gateway:
    """Boards on serial ports. `named` ports are always used; others if their USB id is one of `usb`. `allowed(base)`
    says why a board with this topic may not take part (None: it may). `on_text(port, line)` gets what boards print.
    `find` lists the ports, `open_` opens one: for tests."""

    def __init__(
        self, address: Address, *, named: Iterable[str] = (), usb: frozenset[str] = frozenset(),
        allowed: Callable[[str], Later | None] = lambda _base: None, clock: Clock | None = None,
        on_text: Callable[[str, str], None] = lambda _port, _line: None,
        find: Callable[[], list[Port]] = ports, open_: Callable[[str, float], Any] = open_port,
    ) -> None:  # fmt: skip
        self._address, self._usb, self._allowed = address, usb, allowed
        self._clock, self._on_text = clock or MonotonicClock(), on_text
        self._find, self._open = find, open_
        self._lines: dict[str, Line] = {}
        self._foreign: dict[str, float] = {}  # port -> when to ask there again
        self._chips: dict[str, tuple[str, Line]] = {}  # client id -> (chip, where it was last)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._scan, daemon=True, name="serial ports")
        for name in named:
            self._begin(name, named=True)

    def start(self) -> None:
        """Begin to look for boards."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the boards, let go of all ports; when this returns others can open them."""
        self._over.set()
        self._thread.join()
        with self._lock:
            lines = list(self._lines.values())
        for line in lines:
            line.stop()

    def rows(self) -> list[Row]:
        """How it stands."""
        with self._lock:
            return [_row(line) for line in self._lines.values()] + [
                Row(name, "", "", "foreign", None, 0, 0, 0, 0, 0) for name in self._foreign
            ]

    def _begin(self, name: str, *, named: bool) -> None:
        line = Line(name, self._address, self._admit, self._clock, named=named, on_text=self._on_text, open_=self._open)
        self._lines[name] = line
        line.start()

    def _scan(self) -> None:
        while not self._over.is_set():
            self.look()
            self._over.wait(_SCAN_S)

    def look(self) -> None:
        """Begin with ports that have come, forget those that have gone."""
        there = {one.name for one in self._find() if one.usb in self._usb}
        with self._lock:
            for name, line in list(self._lines.items()):
                if not line.named and not line.alive:
                    del self._lines[name]
                    if line.foreign:
                        self._foreign[name] = self._clock.now() + _FOREIGN_S
            for name, until in list(self._foreign.items()):
                if name not in there or self._clock.now() >= until:
                    del self._foreign[name]
            held = {os.path.realpath(name) for name in self._lines}
            for name in sorted(there):
                if name not in self._foreign and os.path.realpath(name) not in held:
                    self._begin(name, named=False)

    def _admit(self, line: Line, hello: Hello) -> Later | None:
        # On a line's thread.
        why = self._allowed(hello.base)
        if why is not None:
            return why
        with self._lock:
            chip, other = self._chips.get(hello.id, (hello.chip, line))
            if chip != hello.chip and other is not line and other.session.hello is not None:
                words = N_("Another board with the same name “{name}” is on {port}.")
                return Later(words, {"name": hello.id, "port": other.port})
            self._chips[hello.id] = (hello.chip, line)
        return None


def _row(line: Line) -> Row:
    session = line.session
    hello = session.hello
    return Row(
        line.port, "/".join(hello.base.split("/")[2:]) if hello else "", hello.chip if hello else "",
        session.state if line.open else "closed", line.trouble or session.why, session.counts.up, session.counts.down,
        session.splitter.bad + session.splitter.long, session.talk.again, session.talk.dropped,
    )  # fmt: skip
