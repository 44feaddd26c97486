"""Takes nothing; gives what a script can act upon, what came of it, and the error that names what did not follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gongzhi.arbiter.events import Event
from gongzhi.clock import Clock
from gongzhi.errors import GongzhiError
from gongzhi.project import Manifest, Part
from gongzhi.sim.board_faults import Air
from gongzhi.sim.props import Props


class ScriptError(GongzhiError):
    """What a script says must follow did not."""


class Teaching(Protocol):
    """What a person can do with the project's first model (runtime/teaching.py)."""

    def teach(self, label: str, of: str, person: str, seat: str) -> None:
        """Say that what led to decision `of`, or what is done now, is `label`."""
        ...

    def lesson(self, step: str, seat: str) -> None:
        """Take the step "golden", "measure", "promote" or "rollback"."""
        ...


class World(Protocol):
    """What the boards' parts stand in (sim/world.py)."""

    def set(self, part: str, value: float) -> None:
        """An input's surroundings have this value, in its unit."""
        ...

    def ramp(self, part: str, to: float, seconds: float) -> None:
        """They go there in so long."""
        ...

    def carry(self, name: str, what: str) -> None:
        """Whoever carries a motion sensor does this."""
        ...

    def unplug(self, part: str) -> None:
        """Its cable is out."""
        ...

    def plug(self, part: str) -> None:
        """Its cable is in again."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """What a script can act upon: `happen` tells the arbiter, `go(what, seconds)` the drawn person, `press(part, down)`
    a finger, `power(board, on)` a plug, `wifi(board, air)` a network, `cut(board, number)` a power cut at that write to
    the flash; `narrate` shows a line to whoever looks on; `teaching` is what can be done with a model; `props` are what
    stands before the drawn camera, where something is measured in its picture."""

    manifest: Manifest
    clock: Clock
    happen: Callable[[Event], None]
    go: Callable[[str, float], None]
    world: World
    press: Callable[[Part, bool], None]
    power: Callable[[str, bool], None]
    wifi: Callable[[str, Air], None]
    cut: Callable[[str, int], None]
    narrate: Callable[[dict[str, str]], None]
    stopped: Callable[[str], bool]
    teaching: Teaching
    props: Props | None = None


@dataclass(slots=True)
class Outcome:
    """What came of a script: the branches that were played to their end, how many things were checked, the fault."""

    branches: list[str] = field(default_factory=list)
    checks: int = 0
    fault: ScriptError | None = None

    def result(self) -> dict[str, Any]:
        """Ready for JSON."""
        fault = {"fault": str(self.fault)} if self.fault else {}
        return {"passed": self.fault is None, "branches": self.branches, "checks": self.checks, **fault}
