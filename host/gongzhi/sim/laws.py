"""Takes a project's world.toml, gives how what its boards do changes what they sense: for virtual boards only, a real
room has laws of its own.

    [soil]                           an input by its id, or one of its readings: ["room.humidity"]
    per_second = { pump = 4 }        so much in its unit each second while the pump is fully on
    drift = -0.02                    and so much each second by itself: soil dries
    [light]
    adds = { lamp = 30 }             so much more while the lamp is fully on
    [room]
    adds = { heater = 8 }
    lag = 30                         63 % of it after 30 s: a room has mass
    [wifi]                           how the Wi-Fi of a board is, where it is not "on": weak, off or refused
    door = "weak"
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from gongzhi.config import load_toml, nearest, shaped
from gongzhi.errors import ConfigError
from gongzhi.project import Manifest
from gongzhi.sim.board_faults import Air
from gongzhi.text import N_

FILE: Final = "world.toml"
_WIFI: Final = "wifi"  # the table that is about boards
_SETTLED: Final = 0.001  # of the input's unit: what is nearer is there
Finite = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    adds: dict[str, Finite] = {}  # msgspec copies it for each value
    per_second: dict[str, Finite] = {}
    drift: Finite = 0.0
    lag: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0


@dataclass(slots=True)
class Law:
    """What moves one input: `adds` and `per_second` by output, each at its full value; `offset` is what the outputs
    add at this moment."""

    adds: Mapping[str, float]
    per_second: Mapping[str, float]
    drift: float = 0.0
    lag: float = 0.0
    offset: float = 0.0

    def step(self, shares: Mapping[str, float], seconds: float) -> float:
        """Let `seconds` pass while the outputs are at `shares` (0..1) of their full values; by how much the input's
        own surroundings have changed. `offset` follows with the lag (a first-order system's step response)."""
        goal = sum(much * shares.get(name, 0.0) for name, much in self.adds.items())
        near = math.exp(-seconds / self.lag) if self.lag > 0 else 0.0
        self.offset = goal + (self.offset - goal) * near
        if abs(self.offset - goal) < _SETTLED:
            self.offset = goal
        return seconds * (self.drift + sum(much * shares.get(name, 0.0) for name, much in self.per_second.items()))

    def busy(self, shares: Mapping[str, float]) -> bool:
        """Whether it moves its input as things stand."""
        goal = sum(much * shares.get(name, 0.0) for name, much in self.adds.items())
        flows = any(much and shares.get(name) for name, much in self.per_second.items())
        return bool(self.drift) or flows or self.offset != goal


def load(manifest: Manifest) -> dict[str, Law]:
    """The laws in the project's folder, by input; none without the file. Raises ConfigError."""
    path = manifest.folder / FILE
    if not path.exists():
        return {}
    inputs = {
        name
        for part in manifest.parts.values()
        if not part.kind.output
        for name in (part.id, *(f"{part.id}.{reading}" for reading in part.kind.more))
    }
    outputs = {part.id for part in manifest.parts.values() if part.kind.output}
    laws = {}
    for name, table in _tables(path).items():
        if name == _WIFI:
            continue
        law = shaped(table, _Table, path, name)
        for word, known in ((name, inputs), *((each, outputs) for each in (*law.adds, *law.per_second))):
            _known(word, known, path, name, N_("{file}, at {where}: there is no part “{part}” that could be meant."))
        laws[name] = Law(law.adds, law.per_second, law.drift, law.lag)
    return laws


def airs(manifest: Manifest) -> dict[str, Air]:
    """How the Wi-Fi of each board named in the project's world is; none without the file. Raises ConfigError."""
    path = manifest.folder / FILE
    table = _tables(path).get(_WIFI, {}) if path.exists() else {}
    for name in table:
        _known(name, set(manifest.boards), path, _WIFI, N_("{file}, at {where}: there is no board “{part}”."))
    return shaped(table, dict[str, Air], path, _WIFI)


def _tables(path: Path) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = load_toml(path, dict[str, dict[str, Any]])
    return tables


def _known(word: str, known: set[str], path: Path, where: str, message: str) -> None:
    if word not in known:
        raise ConfigError(
            message, N_("Did you mean “{near}”? Possible: {known}."),
            file=path, where=where, part=word, near=nearest(word, sorted(known)) or "–",
            known=", ".join(sorted(known)) or "–",
        )  # fmt: skip


def share(kind: str, values: Mapping[str, float], low: float, high: float) -> float:
    """How fully an output is on, 0..1: a motor either way, a coloured light by its brightest colour."""
    value = next(iter(values.values()), 0.0)
    if kind == "rgb":
        return max(int(value) >> shift & 255 for shift in (16, 8, 0)) / 255
    return min(abs(value) / max(abs(low), abs(high), 1e-9), 1.0)
