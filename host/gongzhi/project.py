"""Takes a project's folder, gives its validated manifest: boards, parts, pins and resources, the one truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from gongzhi_node import wire

from gongzhi.board.types import BoardType, board_type
from gongzhi.config import load_toml, nearest, shaped
from gongzhi.errors import ConfigError
from gongzhi.parts import KINDS, Kind
from gongzhi.text import N_, Later, pick
from gongzhi.values import Labels, Level, Resource

ROLES = ("visitor", "owner", "operator", "teacher", "safety")


class _Project(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    title: Labels | str = ""


class _Board(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    label: Labels | str = ""


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    pin: int | str
    board: str = ""
    label: Labels | str = ""
    level: Level | None = None
    low: float | None = None
    high: float | None = None
    safe: float | None = None
    slew: float | None = None
    answers: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    project: _Project
    board: dict[str, dict[str, Any]]  # shaped one by one, so that an error can name the board
    part: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the project on its board's pin; `answers` the role of the person whose button it is, or ""."""

    id: str
    board: str
    pin: int
    kind: Kind
    label: Labels
    answers: str
    resource: Resource | None

    def config(self) -> dict[str, Any]:
        """The part's entry in the board's config.json (docs/wire.md)."""
        entry: dict[str, Any] = {"ch": self.id, "kind": self.kind.name, "pin": self.pin}
        if self.resource is None:
            return entry | {"pull": "up"}
        made = self.resource
        entry |= {"lo": made.low, "hi": made.high, "safe": made.safe, "on_loss": list(made.on_loss)}
        return entry | ({"slew": made.slew} if made.slew else {})


@dataclass(frozen=True, slots=True)
class Board:
    """One board of the project."""

    id: str
    type: str
    label: Labels
    about: BoardType


@dataclass(frozen=True, slots=True)
class Manifest:
    """The validated project."""

    id: str
    folder: Path
    title: Labels
    boards: dict[str, Board]
    parts: dict[str, Part]

    @property
    def resources(self) -> dict[str, Resource]:
        """Everything that can be decided, by id such as "gate.angle"."""
        return {part.resource.id: part.resource for part in self.parts.values() if part.resource}

    def on(self, board: str) -> list[Part]:
        """The parts of one board."""
        return [part for part in self.parts.values() if part.board == board]


def load(folder: Path) -> Manifest:
    """The manifest of the project in `folder`; raises ConfigError that names file, key, value and what is right."""
    path = folder / "project.toml"
    file = load_toml(path, _File)
    reader = _Reader(path)
    reader.name("project.id", file.project.id)
    if not file.board:
        reader.fail("board", N_("there is no board"), N_("Add a table such as [board.door] with its type."))
    boards = {name: reader.board(name, shaped(it, _Board, path, f"board.{name}")) for name, it in file.board.items()}
    parts = {name: reader.part(name, shaped(it, _Part, path, f"part.{name}"), boards) for name, it in file.part.items()}
    return Manifest(file.project.id, folder, labels(file.project.title, file.project.id), boards, parts)


def labels(given: Labels | str, otherwise: str) -> Labels:
    """Both languages' texts out of what the file gives: a table, one text for both, or nothing."""
    if isinstance(given, str):
        return {"zh": given or otherwise, "en": given or otherwise}
    return {"zh": pick(given, "zh") or otherwise, "en": pick(given, "en") or otherwise}


class _Reader:
    """Checks what the shape alone cannot say, and names file and key in each error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pins: dict[tuple[str, int], str] = {}

    def fail(self, where: str, what: str, hint: str, **values: Any) -> NoReturn:
        fault = Later(what, values)
        raise ConfigError("{file} [{where}]: {fault}", hint, file=self.path, where=where, fault=fault, **values)

    def name(self, where: str, value: str) -> None:
        if not wire.segment(value):
            self.fail(
                where,
                N_("“{value}” cannot be a name on the network"),
                N_("Use 1 to 16 of a–z, 0–9, - and _, beginning with a letter or digit; put Chinese into label."),
                value=value,
            )

    def board(self, name: str, board: _Board) -> Board:
        self.name(f"board.{name}", name)
        about = board_type(board.type)
        if not about.node:
            self.fail(
                f"board.{name}",
                N_("the {board} is a computer that runs projects, not a board of a project"),
                N_("Choose a board with an ESP32, such as esp32-devkitc."),
                board=pick(about.name),
            )
        return Board(name, board.type, labels(board.label, name), about)

    def part(self, name: str, part: _Part, boards: dict[str, Board]) -> Part:
        where = f"part.{name}"
        self.name(where, name)
        kind = KINDS.get(part.kind)
        if kind is None:
            self.fail(
                where,
                N_("there is no part of the kind “{kind}”"),
                N_("Did you mean “{near}”? Possible: {known}."),
                kind=part.kind,
                near=nearest(part.kind, list(KINDS)) or next(iter(KINDS)),
                known=", ".join(KINDS),
            )
        board = boards.get(part.board or next(iter(boards)))
        if board is None or (not part.board and len(boards) > 1):
            self.fail(where, N_("it must say on which board it is"), N_("Possible: {known}."), known=", ".join(boards))
        pin = self.pin(where, part.pin, kind, board)
        if part.answers and (kind.output or part.answers not in ROLES):
            self.fail(
                where,
                N_("answers = “{value}” does not fit"),
                N_("Only a button answers, and for one of: {known}."),
                value=part.answers,
                known=", ".join(ROLES),
            )
        label = labels(part.label, name)
        resource = self.resource(where, name, part, kind, board, label) if kind.output else None
        return Part(name, board.id, pin, kind, label, part.answers, resource)

    def pin(self, where: str, given: int | str, kind: Kind, board: Board) -> int:
        """The GPIO for the pin in the file, a number or the name that is printed on the board."""
        about = board.about
        values: dict[str, Any] = {
            "pin": given,
            "board": pick(about.name),
            "needs": kind.needs,
            "kind": pick(kind.label),
            "good": ", ".join(about.called(one) for one in about.can(kind.needs)),
        }
        hint = N_("For a {kind} these pins are right: {good}.")
        pin = about.gpio(given)
        if pin is None:
            self.fail(
                where,
                N_("nothing on the {board} is called “{pin}”"),
                N_("Its names are {names}; a number stands without quotes."),
                names=", ".join(about.labels) or "–",
                **values,
            )
        abilities = about.pins.get(str(pin))
        if abilities is None:
            self.fail(where, N_("pin {pin} does not exist on the {board}, or belongs to its memory"), hint, **values)
        taken = about.taken(pin)
        # The board's own button or buzzer is used like one that was wired there; a button may sit where the chip
        # looks at its start, for it is not pressed then.
        own = taken is not None and taken.kind == kind.name and not taken.inverted
        if taken and not own:
            thing = pick(taken.label)
            self.fail(where, N_("pin {pin} of the {board} belongs to its {thing}"), hint, **values, thing=thing)
        if "strap" in abilities and not own:
            self.fail(where, N_("pin {pin} decides how the {board} starts; a part on it can stop that"), hint, **values)
        if {"uart", "usb"} & set(abilities):
            self.fail(where, N_("pin {pin} is the {board}’s USB line"), hint, **values)
        if kind.needs not in abilities:
            self.fail(where, N_("pin {pin} of the {board} can only be an input"), hint, **values)
        other = self.pins.setdefault((board.id, pin), where.removeprefix("part."))
        if other != where.removeprefix("part."):
            self.fail(where, N_("pin {pin} is used by “{other}” already"), hint, **values, other=other)
        return pin

    def resource(self, where: str, name: str, part: _Part, kind: Kind, board: Board, label: Labels) -> Resource:
        low = kind.low if part.low is None else part.low
        high = kind.high if part.high is None else part.high
        safe = kind.safe if part.safe is None else part.safe
        if not kind.low <= low < high <= kind.high or not low <= safe <= high:
            self.fail(
                where,
                N_("low {low}, high {high}, safe {safe} do not fit together"),
                N_("A {kind} can do {least} to {most}, and low ≤ safe ≤ high."),
                low=low, high=high, safe=safe, kind=pick(kind.label), least=kind.low, most=kind.high,
            )  # fmt: skip
        level = part.level or kind.level
        slew = kind.slew if part.slew is None else part.slew
        if not 0 <= slew < math.inf:
            self.fail(
                where,
                N_("slew = {value} is no speed"),
                N_("Give units per second, such as {usual}; 0 is as fast as the part can."),
                value=slew,
                usual=kind.slew or 1,
            )
        return Resource(
            f"{name}.{kind.prop}", board.id, name, kind.prop, kind.name, low, high, safe, kind.unit, kind.hazard, level,
            label, True, slew, kind.on_loss,
        )  # fmt: skip
