"""Takes a project's folder, gives its validated manifest: boards, parts, pins and resources, the one truth."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gongzhi.actions import Actions
from gongzhi.condition_text import Words
from gongzhi.conditions import Condition
from gongzhi.config import load_toml, shaped
from gongzhi.errors import ConfigError
from gongzhi.parts import Kind
from gongzhi.pose.mat import Mat
from gongzhi.project import looks
from gongzhi.project.actions import ActionReader
from gongzhi.project.buses import shown
from gongzhi.project.file import BoardTable, JournalTable, PartTable, ProjectFile
from gongzhi.project.parts import Board, Part, labels
from gongzhi.project.reader import Reader
from gongzhi.project.rules import ASK, RuleReader, fits, words
from gongzhi.text import N_
from gongzhi.values import Labels, Resource, Rule


@dataclass(frozen=True, slots=True)
class Manifest:
    """The validated project; `seen` is what its camera recognises, `rules` are those of project.toml."""

    id: str
    folder: Path
    title: Labels
    boards: dict[str, Board]
    parts: dict[str, Part]
    seen: Actions = field(default_factory=Actions)
    rules: tuple[Rule, ...] = ()
    eye: Path | None = None  # what describes another pose model than ours
    mat: Mat | None = None
    camera: str = ""  # what is looked through where nobody says: as --camera, "" for the first camera
    exhibition: bool = False  # it is shown to visitors: nothing is taught
    journal: JournalTable = field(default_factory=JournalTable)
    asks: int = 6  # questions a minute
    rank: tuple[str, ...] = ()  # the agents that go before others where two want one part, the first one first
    looks: dict[str, looks.Look] = field(default_factory=dict)  # what is measured in the camera's picture

    @property
    def actions(self) -> dict[str, Labels]:
        """What people read of each action that is recognised, by its name."""
        return self.seen.labels

    @property
    def resources(self) -> dict[str, Resource]:
        """Everything that can be decided, by id such as "gate.angle"."""
        return {part.resource.id: part.resource for part in self.parts.values() if part.resource}

    @property
    def desks(self) -> dict[str, Resource]:
        """The resources, and the one where questions are decided that concern no part."""
        return {**self.resources, ASK.id: ASK}

    @property
    def names(self) -> dict[str, Labels]:
        """What people call its resources ("lamp.level") and boards ("board:door")."""
        boards = {f"board:{board.id}": board.label for board in self.boards.values()}
        return {id_: one.label for id_, one in self.desks.items()} | boards

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of its parts, each once."""
        return list({part.kind.name: part.kind for part in self.parts.values()}.values())

    @property
    def words(self) -> Words:
        """What its conditions may name."""
        return words(self.sensed, self.actions, self.seen.felt)

    @property
    def sensed(self) -> dict[str, Part]:
        """Its parts, and what is measured in the picture: all that has a value, by name."""
        return self.parts | {name: one.part for name, one in self.looks.items()}

    def several(self, conditions: Iterable[str]) -> bool:
        """Whether several people before the camera are welcome where these conditions are in force: they are counted,
        or a crowd's movement is looked at. A look of which is asked only whether the picture is clear is about no
        crowd."""
        named = {word for each in conditions for word in re.findall(r"[\w.-]+", each)}
        for name, look in self.looks.items():
            asked = named & {name, f"{name}.{looks.CLEAR}"}
            if look.measures != "colour" and asked != {f"{name}.{looks.CLEAR}"}:
                return True
        return False

    def condition(self, rule: Rule) -> Condition | None:
        """The condition of a rule from a program; None where this project cannot keep the rule."""
        return fits(rule, self.desks, self.words)

    def on(self, board: str) -> list[Part]:
        """The parts of one board."""
        return [part for part in self.parts.values() if part.board == board]


def load(folder: Path) -> Manifest:
    """The manifest of the project in `folder`; raises ConfigError that names file, key, value and what is right."""
    path = folder / "project.toml"
    if folder.is_dir() and not path.exists():
        raise ConfigError(
            N_("There is no project.toml in {folder}: it is no piece."),
            N_("Name a piece’s folder, or begin one: gongzhi new FOLDER --template NAME."),
            folder=folder,
        )
    file = load_toml(path, ProjectFile)
    reader = Reader(path)
    reader.name("project.id", file.project.id)
    if not file.board:
        reader.fail("board", N_("there is no board"), N_("Add a table such as [board.door] with its type."))
    boards = {
        name: reader.board(name, shaped(it, BoardTable, path, f"board.{name}")) for name, it in file.board.items()
    }
    parts = {
        name: reader.part(name, shaped(it, PartTable, path, f"part.{name}"), boards) for name, it in file.part.items()
    }
    parts = {name: shown(part, parts, reader.fail) for name, part in parts.items()}
    for part in parts.values():
        reader.reflex(part, parts)
    seen = ActionReader(path, parts, file.camera.hands).read(file.pose, file.model, file.pack, file.own)
    measured = looks.read(file.look, path, parts, reader.fail, reader.name)
    sensed = parts | {name: one.part for name, one in measured.items()}
    rules = RuleReader(path, parts, words(sensed, seen.labels, seen.felt)).read(file.rule)
    title = labels(file.project.title, file.project.id)
    camera = file.camera
    return Manifest(
        file.project.id, folder, title, boards, parts, seen, rules, reader.eye(camera), reader.mat(camera),
        reader.camera(camera), file.project.exhibition, file.journal, file.project.asks, reader.rank(file.project.rank),
        measured,
    )  # fmt: skip
