"""Gives tests a board that is watched: what it did can be waited for instead of slept for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gongzhi.sim.board import BoardEvent, PinEdge, VirtualBoard

LONG = 20.0  # s: only a defect takes so long


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
        return self.until(lambda: next((line for line in self._lines if text in line), None), f"line {text!r}")

    def tell(self) -> str:
        """All that is known, for a failing test."""
        return f"\nevents {self.events}\nedges {self.edges[-20:]}\nconsole {self.console[-20:]}"
