"""Takes the tables of a project.toml one by one, checks what their shape alone cannot say, gives boards and parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from gongzhi_node import wire

from gongzhi import pi
from gongzhi.board import tune
from gongzhi.board.types import board_type, known
from gongzhi.config import nearest
from gongzhi.errors import BoardError, ConfigError
from gongzhi.parts import KINDS, Kind
from gongzhi.pose.mat import Mat, MatError, mat_of
from gongzhi.project.file import MODEL_FILE, BoardTable, CameraTable, PartTable, Source
from gongzhi.project.kinds import read as own_kinds
from gongzhi.project.parts import Board, Part, labels
from gongzhi.project.pins import Wires
from gongzhi.text import N_, Later, pick
from gongzhi.toml_faults import place
from gongzhi.values import Hazard, Labels, Resource

MOST_RULES: Final = 4  # of one part, kept by its board alone
AGENTS: Final[dict[Source, str]] = {"camera": "agent:pose", "sensors": "agent:sensors", "program": "agent:program"}
ROLES: Final = ("visitor", "owner", "operator", "teacher", "safety")


class Reader:
    """Reads one project.toml; each error names file, line and key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wires = Wires(self.fail)
        self.kinds = KINDS | own_kinds(path.parent)

    def fail(self, where: str, what: str, hint: str, **values: Any) -> NoReturn:
        fault = Later(what, values)
        line = place(self.path, where)
        raise ConfigError(
            "{file}{line} [{where}]: {fault}",
            hint,
            file=self.path,
            where=where,
            fault=fault,
            **{"line": line, **values},
        )

    def name(self, where: str, value: str) -> None:
        if not wire.segment(value):
            self.fail(
                where,
                N_("“{value}” cannot be a name on the network"),
                N_("Use 1 to 16 of a–z, 0–9, - and _, beginning with a letter or digit; put Chinese into label."),
                value=value,
            )

    def rank(self, sources: list[Source]) -> tuple[str, ...]:
        """The agents in their order (Policy.rank)."""
        if len(set(sources)) < len(sources):
            self.fail("project.rank", N_("each source stands in it once"), N_("Leave out the second one."))
        return tuple(AGENTS[one] for one in sources)

    def camera(self, camera: CameraTable) -> str:
        """As --camera; a file is one beside project.toml."""
        beside = self.path.parent / camera.use
        return str(beside) if camera.use and beside.exists() else camera.use

    def eye(self, camera: CameraTable) -> Path | None:
        """Where the pose model is described; what it is, a run finds out."""
        if not camera.model:
            return None
        path = self.path.parent / camera.model
        if not (path.is_file() or (path / MODEL_FILE).is_file()):
            self.fail(
                "camera", N_("there is no model.toml in “{folder}”"),
                N_("Make it with: gongzhi models add FILE.tflite --to THIS_FOLDER"), folder=camera.model,
            )  # fmt: skip
        return path

    def mat(self, camera: CameraTable) -> Mat | None:
        try:
            return mat_of(camera.mat)
        except MatError as error:
            self.fail("camera.mat", "{fault}", error.hint, fault=error.what)

    def board(self, name: str, board: BoardTable) -> Board:
        self.name(f"board.{name}", name)
        if board.type not in known():
            named = {one: board_type(one).name for one in known()}
            self.fail(
                f"board.{name}.type", N_("there is no board type “{type}”"),
                N_("Did you mean “{near}”? Possible: {known}."),
                type=board.type, near=_meant(board.type, named), known=", ".join(known()),
            )  # fmt: skip
        about = board_type(board.type)
        if not about.node and about.chip not in pi.CHIPS:
            self.fail(
                f"board.{name}",
                N_("the {board} is a computer that runs projects, not a board of a project"),
                N_("Choose a board with an ESP32, such as esp32-devkitc, or a Raspberry Pi for its own pins."),
                board=pick(about.name),
            )
        if board.port and board.link != "serial":
            self.fail(
                f"board.{name}", N_("port = \"{port}\" is for a board on USB"),
                N_("Add link = \"serial\", or leave port out."), port=board.port,
            )  # fmt: skip
        return Board(name, board.type, labels(board.label, name), about, board.link, board.port)

    def part(self, name: str, part: PartTable, boards: dict[str, Board]) -> Part:
        where = f"part.{name}"
        self.name(where, name)
        kind = self.kinds.get(part.kind)
        if kind is None:
            self.fail(
                f"{where}.kind",
                N_("there is no part of the kind “{kind}”"),
                N_("Did you mean “{near}”? Possible: {known}."),
                kind=part.kind,
                near=_meant(part.kind, {name: one.label for name, one in self.kinds.items()}),
                known=", ".join(self.kinds),
            )
        board = boards.get(part.board or next(iter(boards)))
        if board is None or (not part.board and len(boards) > 1):
            self.fail(where, N_("it must say on which board it is"), N_("Possible: {known}."), known=", ".join(boards))
        pins = self.wires.of(where, part, kind, board)
        if part.answers and (kind.name != "button" or part.answers not in ROLES):
            self.fail(
                where,
                N_('answers = "{value}" does not fit'),
                N_("Only a button answers, and for one of: {known}."),
                value=part.answers,
                known=", ".join(ROLES),
            )
        label = labels(part.label, name)
        resource = self.resource(where, name, part, kind, board, label) if kind.output else None
        for option, value in part.options.items():
            if not kind.takes(option, value):
                self.fail(
                    f"{where}.options",
                    N_("a {kind} takes no {option} = {value}"),
                    N_("Possible: {known}."),
                    kind=pick(kind.label), option=option, value=value, known=kind.choices(),
                )  # fmt: skip
        if part.tunes and kind.name != "melody":
            self.fail(f"{where}.tunes", N_("a {kind} plays no tunes"), N_("Take tunes out."), kind=pick(kind.label))
        more = tuple(part.reflex), tuple(part.texts), tuple(part.tunes)
        made = Part(name, board.id, pins, kind, label, part.answers, resource, part.options, *more)
        self.wires.buses.address(where, made, board)
        return made

    def reflex(self, part: Part, parts: dict[str, Part]) -> None:
        """Refuse a local rule that the board could not keep."""
        near = [one for one in parts.values() if one.board == part.board and not one.kind.output]
        for rule in part.reflex:
            seen = next((one for one in near if one.id == rule[0]), None)
            fits = seen is not None and seen.kind.low <= rule[2] <= seen.kind.high
            if not (part.kind.output and fits and len(part.reflex) <= MOST_RULES):
                self.fail(
                    f"part.{part.id}.reflex",
                    N_("the rule {rule} cannot be kept"),
                    N_("What acts may have {most} rules about inputs of the same board: {known}."),
                    rule=list(rule), most=MOST_RULES,
                    known=", ".join(f"{one.id} {one.kind.low:g}…{one.kind.high:g}" for one in near) or "–",
                )  # fmt: skip

    def resource(self, where: str, name: str, part: PartTable, kind: Kind, board: Board, label: Labels) -> Resource:
        low = kind.low if part.low is None else part.low
        high = kind.high if part.high is None else part.high
        if kind.shows and part.high is None:
            high = max(1, min(len(part.texts), kind.high))
        if kind.name == "melody":
            high = self.tunes(where, part)
        safe = kind.safe if part.safe is None else part.safe
        if not kind.low <= low < high <= kind.high or not low <= safe <= high:
            self.fail(
                where,
                N_("low {low}, high {high}, safe {safe} do not fit together"),
                N_("A {kind} can do {least} to {most}, and low ≤ safe ≤ high."),
                low=low, high=high, safe=safe, kind=pick(kind.label), least=kind.low, most=kind.high,
            )  # fmt: skip
        level, hazard = part.level or kind.level, self.hazard(where, part, kind)
        reversible = True if part.reversible is None else part.reversible
        slew = kind.slew if part.slew is None else part.slew
        if not 0 <= slew < math.inf or (slew and not kind.ramp):
            self.fail(
                where,
                N_("slew = {value} is no speed"),
                N_("Give units per second, such as {usual}; 0 is as fast as the part can."),
                value=slew,
                usual=kind.slew or 1,
            )
        return Resource(
            f"{name}.{kind.prop}", board.id, name, kind.prop, kind.name, low, high, safe, kind.unit, hazard, level,
            label, reversible, slew, kind.on_loss, part.costs, part.alarm,
        )  # fmt: skip

    def tunes(self, where: str, part: PartTable) -> float:
        """The highest tune of a buzzer; refuses what is none, and a number without one."""
        try:
            known = tune.most(part.tunes)
        except BoardError as error:
            why, todo = Later(error.message, error.values), Later(error.hint, error.values)
            self.fail(f"{where}.tunes", "{why}", "{todo}", why=why, todo=todo)
        if part.high is not None and part.high > known:
            self.fail(
                f"{where}.high", N_("there are {count} tunes"), N_('Write more of them: tunes = ["…"].'), count=known
            )
        return known if part.high is None else part.high

    def hazard(self, where: str, part: PartTable, kind: Kind) -> Hazard:
        """The part's hazard: what hangs on it may make it more dangerous, nothing makes it less so."""
        if part.hazard is not None and part.hazard < kind.hazard:
            self.fail(
                where, N_("hazard = {value} is less than a {kind} has by itself, {own}"),
                N_("It may only be raised."), value=part.hazard, own=kind.hazard, kind=pick(kind.label),
            )  # fmt: skip
        return part.hazard or kind.hazard


def _meant(word: str, known: Mapping[str, Labels]) -> str:
    """The name in `known` whose label in some language has the word in it, or that is most like it; the first for want
    of any."""
    within = (name for name, said in known.items() if any(word.lower() in label.lower() for label in said.values()))
    return next(within, "") or nearest(word, list(known)) or next(iter(known))
