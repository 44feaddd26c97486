"""Takes a script beside project.toml, such as demo.toml, gives its validated steps: what happens, what must follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

import msgspec

from gongzhi.config import load_toml, one_of, shaped
from gongzhi.errors import ConfigError
from gongzhi.project import ROLES, Manifest
from gongzhi.sim import props
from gongzhi.sim.board_faults import Air
from gongzhi.sim.scene import doings
from gongzhi.sim.worn import DOES, doing
from gongzhi.text import N_, Later
from gongzhi.values import Labels, Level

MOST_SPEED: Final = 40.0
_STATES = (
    "asked", "proposed", "confirmed", "edited", "rejected", "expired", "superseded", "deferred", "withdrawn",
    "executing", "done", "aborted", "undone", "stopped", "owned", "free", "taught", "measured", "promoted",
    "rolled_back",
)  # fmt: skip
_ANSWERS = {"yes": "confirm", "no": "reject", "undo": "undo", "edit": "edit"}


class StepTable(msgspec.Struct, forbid_unknown_fields=True, rename={"for_": "for"}):
    """One step: exactly one of the first group says what, the second group says how (docs/scripts.md)."""

    person: str | None = None
    set: dict[str, float] | None = None
    ramp: dict[str, float] | None = None
    carry: dict[str, str] | None = None
    show: str | None = None
    besides: int | None = None
    dim: bool | None = None
    unplug: str | None = None
    plug: str | None = None
    press: str | None = None
    power: dict[str, bool] | None = None
    wifi: dict[str, Air] | None = None
    cut: dict[str, int] | None = None
    wait: str | None = None
    answer: str | None = None
    told: str | None = None
    hears: str | None = None
    override: dict[str, float] | None = None
    handback: str | None = None
    dial: dict[str, Level] | None = None
    stop: str | None = None
    rearm: str | None = None
    expect: dict[str, float | tuple[float, float]] | None = None
    stays: dict[str, float | tuple[float, float]] | None = None
    teach: str | None = None
    lesson: Literal["golden", "measure", "promote", "rollback"] | None = None
    pause: float | None = None
    say: Labels | None = None
    # How.
    of: str = ""
    by: str = "owner"
    value: float | None = None
    within: float = 5.0
    for_: float = 0.2
    over: float = 1.0


VERBS: Final = (
    "person", "set", "ramp", "carry", "show", "besides", "dim", "unplug", "plug", "press", "power", "wifi", "cut",
    "wait", "answer", "told", "hears", "override", "handback", "dial", "stop", "rearm", "expect", "stays", "teach",
    "lesson", "pause", "say",
)  # fmt: skip


class BranchTable(msgspec.Struct, forbid_unknown_fields=True):
    """[[branch]]."""

    name: str
    steps: list[dict[str, Any]]
    say: Labels = {}


class ScriptFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file; `speed`: how much faster than real time it goes, at most, where nobody looks on."""

    branch: list[BranchTable]
    speed: float = 8.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `verb` of VERBS, what it is said of (`what`), and its table for the rest; `where` names its place."""

    verb: str
    what: Any
    how: StepTable
    where: str


@dataclass(frozen=True, slots=True)
class Branch:
    """What is tried in one go, such as "yes" or "silence"."""

    name: str
    say: Labels
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A whole demonstration."""

    name: str
    speed: float
    branches: tuple[Branch, ...]


def load(path: Path, manifest: Manifest) -> Script:
    """The script in the file, for this project; raises ConfigError that names file, branch, step and what is right."""
    if not path.is_file():
        known = sorted(one.stem for one in path.parent.glob("*.toml") if one.name not in ("project.toml",))
        raise ConfigError(
            N_("The project has no script “{name}”: {file} does not exist."),
            N_("Scripts there: {known}."),
            name=path.stem, file=path, known=", ".join(known) or "–",
        )  # fmt: skip
    file = load_toml(path, ScriptFile)
    reader = _Reader(path, manifest)
    if not 1.0 <= file.speed <= MOST_SPEED:
        reader.fail(
            "speed", N_("it is {value:g}"), N_("Give a number from 1 to {most:g}."), value=file.speed, most=MOST_SPEED
        )
    branches = tuple(reader.branch(number, table) for number, table in enumerate(file.branch))
    return Script(path.stem, file.speed, branches)


class _Reader:
    """Checks what the shape alone cannot say, and names the place in each error."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path, self.manifest = path, manifest

    def fail(self, where: str, what: str, hint: str, **values: Any) -> NoReturn:
        fault = Later(what, values)
        raise ConfigError("{file} [{where}]: {fault}", hint, file=self.path, where=where, fault=fault, **values)

    def branch(self, number: int, table: BranchTable) -> Branch:
        """One branch with its steps."""
        at = f"branch {table.name or number + 1}"
        steps = tuple(self.step(f"{at}, step {index + 1}", raw) for index, raw in enumerate(table.steps))
        return Branch(table.name, table.say, steps)

    def step(self, where: str, raw: dict[str, Any]) -> Step:
        """One step."""
        table = shaped(raw, StepTable, self.path, where)
        verbs = [verb for verb in VERBS if getattr(table, verb) is not None]
        if len(verbs) != 1:
            self.fail(where, N_("a step does one thing"), N_("One of: {known}."), known=", ".join(VERBS))
        verb = verbs[0]
        what = getattr(table, verb)
        getattr(self, f"_{verb}", self._nothing)(where, what, table)
        role = table.by.partition("#")[0]
        if role not in ROLES:
            self.one_of(where, role, ROLES)
        if table.of:
            self._part(where, table.of, output=True)
        return Step(verb, what, table, where)

    def one_of(self, where: str, word: str, known: Iterable[str]) -> None:
        """Refuse a word that is none of `known`."""
        one_of(word, known, where, self.fail)

    def _nothing(self, where: str, what: Any, table: StepTable) -> None:
        pass

    def _part(self, where: str, name: str, *, output: bool | None = None) -> None:
        parts = self.manifest.parts.values()
        self.one_of(where, name, [one.id for one in parts if output is None or one.kind.output is output])

    def _person(self, where: str, what: str, _table: StepTable) -> None:
        self.one_of(where, what, self._doings)

    @cached_property
    def _doings(self) -> tuple[str, ...]:
        return doings(self.manifest.seen.pack)  # reads all packs

    def _inputs(self, where: str, what: dict[str, float], _table: StepTable) -> None:
        for name, value in what.items():
            part, _, prop = name.partition(".")
            self._part(where, part, output=False)
            kind = self.manifest.parts[part].kind
            if prop:
                self.one_of(where, name, [f"{part}.{one}" for one in kind.more] or [part])
            low, high, unit = kind.more[prop] if prop else (kind.low, kind.high, kind.unit)
            if not low <= value <= high:
                self.fail(
                    where, N_("“{part}” cannot be at {value}."), N_("It goes from {low:g} to {high:g}{unit}."),
                    part=name, value=value, low=low, high=high, unit=unit,
                )  # fmt: skip

    _set = _ramp = _inputs

    def _carry(self, where: str, what: dict[str, str], _table: StepTable) -> None:
        for name, how in what.items():
            self.one_of(where, name, [one.id for one in self.manifest.parts.values() if "motion" in one.kind.more])
            try:
                doing(how)
            except ValueError:
                self.one_of(where, how, DOES)

    def _show(self, where: str, what: str, _table: StepTable) -> None:
        self._looks(where)
        self.one_of(where, what, props.DOES)

    def _besides(self, where: str, what: int, _table: StepTable) -> None:
        self._looks(where)
        if not 0 <= what <= props.MOST_BESIDES:
            self.fail(
                where, N_("it is {value:g}"), N_("Give a number from {low:g} to {most:g}."),
                value=what, low=0, most=props.MOST_BESIDES,
            )  # fmt: skip

    def _dim(self, where: str, _what: bool, _table: StepTable) -> None:
        self._looks(where)

    def _looks(self, where: str) -> None:
        if not self.manifest.looks:
            self.fail(where, N_("nothing is measured in the picture"), N_("Add a table [look.NAME]."))

    def _input(self, where: str, what: str, _table: StepTable) -> None:
        self._part(where, what, output=False)

    _press = _input

    def _cable(self, where: str, what: str, _table: StepTable) -> None:
        self._part(where, what)

    _unplug = _plug = _cable

    def _boards(self, where: str, what: dict[str, Any], _table: StepTable) -> None:
        for name in what:
            self.one_of(where, name, list(self.manifest.boards))

    _power = _wifi = _boards

    def _cut(self, where: str, what: dict[str, int], table: StepTable) -> None:
        self._boards(where, what, table)
        for number in what.values():
            if not 1 <= number < 1 << 32:
                self.fail(where, N_("there is no write number {value}"), N_("1 is the next one."), value=number)

    def _outputs(self, where: str, what: dict[str, Any], _table: StepTable) -> None:
        for name in what:
            self._part(where, name, output=True)

    _override = _dial = _expect = _stays = _outputs

    def _output(self, where: str, what: str, _table: StepTable) -> None:
        self._part(where, what, output=True)

    _handback = _output

    def _rearm(self, where: str, what: str, _table: StepTable) -> None:
        if what != "all":
            self._part(where, what, output=True)

    def _wait(self, where: str, what: str, _table: StepTable) -> None:
        self.one_of(where, what, _STATES)

    def _teach(self, where: str, _what: str, _table: StepTable) -> None:
        if not self.manifest.seen.sources and self.manifest.seen.taught is None:
            self.fail(where, N_("the project has no model that could be taught"), N_("Add a table [model.NAME]."))

    def _lesson(self, where: str, what: str, table: StepTable) -> None:
        self._teach(where, what, table)

    def _answer(self, where: str, what: str, table: StepTable) -> None:
        self.one_of(where, what, list(_ANSWERS))
        if (what == "edit") != (table.value is not None):
            self.fail(where, N_("an edit, and only an edit, has a value"), N_("Write value = …."))


def verb_of(answer: str) -> Literal["confirm", "reject", "undo", "edit"]:
    """The arbiter's word for a script's."""
    return _ANSWERS[answer]  # type: ignore[return-value]
