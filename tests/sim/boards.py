"""Gives tests a board that is watched: what it did can be waited for instead of slept for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gongzhi_node
from gongzhi.sim.board import BoardEvent, PinEdge, VirtualBoard

LONG = 20.0  # s: only a defect takes so long

NODE = Path(gongzhi_node.__file__).parent
# The board's own program: the time of the parts is that of the loop, which the machine's speed does not change.
START = """
import json, time
from gongzhi_node import parts
with open('part.json') as f:
    doc = json.load(f)
part = parts.find(doc['kind'])(doc)
t = 1000
def step(n):
    global t
    for _ in range(n):
        t += 20
        event = part.tick(t)
        part.failed = event is False
        if event:
            print('event', event)
"""
READ = """
before = None
while True:
    step(25)
    if part.raw != before:
        before = part.raw
        print('reads', part.value())
    time.sleep(0.005)
"""


def program(spec: dict[str, Any], more: str) -> dict[str, bytes]:
    """The files of a board that has one part, and runs `more` on it."""
    wanted = ["parts/base.py", f"parts/{spec['kind']}.py", "parts/__init__.py", "wire.py", "ports/__init__.py"]
    wanted += [
        "__init__.py",
        "ports/upy.py",
        "ports/cpython.py",
        "parts/analog.py",
        "parts/digital.py",
        "parts/dht.py",
        "parts/led.py",
    ]
    files = {f"gongzhi_node/{name}": (NODE / name).read_bytes() for name in wanted}
    return files | {"main.py": (START + more).encode(), "part.json": json.dumps(spec).encode()}


class Watched(VirtualBoard):
    """A virtual board that keeps its edges and events."""

    def __init__(self, files: Any, config: Any = None, *, state_dir: Path, **rest: Any) -> None:
        self.edges: list[PinEdge] = []
        self.events: list[BoardEvent] = []
        self._changed = threading.Condition()
        files = {"main.py": files.encode()} if isinstance(files, str) else files
        super().__init__(
            "esp32-devkitc",
            files,
            config,
            state_dir=state_dir,
            on_edge=lambda edge: self._keep(self.edges, edge),
            on_event=lambda event: self._keep(self.events, event),
            **rest,
        )

    def _keep(self, where: list[Any], what: Any) -> None:
        with self._changed:
            where.append(what)
            self._changed.notify_all()

    def frame(self, kind: int, payload: bytes, t: float) -> None:
        super().frame(kind, payload, t)
        with self._changed:
            self._changed.notify_all()

    def until(self, state: Callable[[], Any], what: str = "") -> Any:
        """Wait until `state()` is true and return it."""
        with self._changed:
            assert self._changed.wait_for(state, LONG), f"{what or state} never came: {self.tell()}"
        return state()

    def edge(self, pin: int, kind: str, value: int, after: int = 0) -> PinEdge:
        """Wait for an edge of the pin, at or after the place `after` in `edges`."""

        def found() -> PinEdge | None:
            wanted = (edge for edge in self.edges[after:] if (edge.pin, edge.kind, edge.value) == (pin, kind, value))
            return next(wanted, None)

        return self.until(found, f"{kind} {value} at pin {pin}")

    def event_of(self, kind: str, nth: int = 0, **data: Any) -> BoardEvent:
        """Wait for the nth event of the kind with these data."""

        def found() -> BoardEvent | None:
            fits = [e for e in self.events if e.kind == kind and data.items() <= e.data.items()]
            return fits[nth] if len(fits) > nth else None

        return self.until(found, f"event {kind} {data}")

    def said(self, text: str) -> str:
        """Wait for a whole line of the console that contains `text`."""
        return self.until(lambda: next((line for line in self._console.whole if text in line), None), f"line {text!r}")

    def tell(self) -> str:
        """All that is known, for a failing test."""
        return f"\nevents {self.events}\nedges {self.edges[-20:]}\nconsole {self.console[-20:]}"
