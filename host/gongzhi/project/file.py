"""Takes the tables of a project.toml, gives their shapes: which keys there are and of which type."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from gongzhi.coach.limits import Limits
from gongzhi.costs import Costs
from gongzhi.values import Hazard, Labels, Level

MODEL_FILE: Final = "model.toml"
Sign = Literal["<", "<=", ">", ">="]
Source = Literal["camera", "sensors", "program"]


class ProjectTable(msgspec.Struct, forbid_unknown_fields=True):
    """[project]; `exhibition`: it is shown to visitors, and nothing is taught; `asks`: so many questions a minute at
    most, for who is asked all the time answers anything; `rank`: where two of the machine's sources want one part, the
    one that stands first goes first; those that are not named are equal, and come after."""

    id: str
    title: Labels | str = ""
    exhibition: bool = False
    asks: Annotated[int, msgspec.Meta(ge=1, le=60)] = 6
    rank: list[Source] = []


class BoardTable(msgspec.Struct, forbid_unknown_fields=True):
    """[board.NAME]; docs in parts.Board."""

    type: str
    label: Labels | str = ""
    link: Literal["wifi", "serial"] = "wifi"
    port: str = ""


class PartTable(msgspec.Struct, forbid_unknown_fields=True):
    """[part.NAME]; docs in project.Part and parts.Kind."""

    kind: str
    pin: int | str | None = None
    pins: dict[str, int | str] = {}
    board: str = ""
    label: Labels | str = ""
    level: Level | None = None
    low: float | None = None
    high: float | None = None
    safe: float | None = None
    slew: float | None = None
    answers: str = ""
    costs: Costs | None = None
    options: dict[str, int | str] = {}
    texts: list[str] = []
    tunes: list[str] = []
    reflex: list[tuple[str, Sign, float]] = []
    hazard: Hazard | None = None
    reversible: bool | None = None
    alarm: bool = False


class ChoiceTable(msgspec.Struct, forbid_unknown_fields=True):
    """One of the `choices` of a rule."""

    value: float
    zh: str = ""
    en: str = ""


class RuleTable(msgspec.Struct, forbid_unknown_fields=True):
    """[[rule]]; docs in rules.Rule."""

    when: str
    propose: str = ""
    value: float | bool | None = None
    because: Labels | str = ""
    what: Labels | str = ""
    dwell: float = msgspec.field(default=0.0, name="for")
    hysteresis: float | None = None
    deadline: float = 8.0
    hold: float = 5.0
    veto: float | None = None
    snooze: float | None = None
    again: float = 0.0
    doubt: Literal["", "disagree"] = ""
    choices: list[ChoiceTable] = []
    level: Level | None = None
    costs: Costs | None = None


class PackTable(msgspec.Struct, forbid_unknown_fields=True):
    """[pack]: `use` a pack of movements by its name or folder (docs/wuqinxi.md); `legs` false for somebody who sits;
    `voice` lets a browser read the coach's lines out; `limits` are an adult's; `taught` is the folder of a data set for
    what people say that repetitions were."""

    use: str
    taught: str = ""
    legs: bool = True
    voice: bool = False
    limits: Limits | None = None


class CameraTable(msgspec.Struct, forbid_unknown_fields=True):
    """[camera]: `use` what is looked through where the command line says nothing ("none": sensors alone), `model` a
    folder with the model.toml of another pose model (docs/learning.md), `mat` the corners of the place where people
    stand (pose/mat.py), `hands` whether hands are looked for; without it they are where a rule or model needs them."""

    use: str = ""
    model: str = ""
    mat: list[tuple[float, float]] = []
    hands: bool | None = None


class JournalTable(msgspec.Struct, forbid_unknown_fields=True):
    """[journal]: how much of it stays while a run writes it: `keep_mb` MB (some ten days of one decision a second) and,
    where it is said, `keep_days` days. The oldest goes first."""

    keep_mb: Annotated[float, msgspec.Meta(ge=0.1, le=1e6)] = 100.0
    keep_days: Annotated[int, msgspec.Meta(ge=1)] | None = None


class ProjectFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    project: ProjectTable
    board: dict[str, dict[str, Any]]  # shaped one by one, so that an error can name the board
    part: dict[str, dict[str, Any]]
    rule: list[dict[str, Any]] = []
    pose: dict[str, dict[str, Any]] = {}  # shaped in actions.py, as are these
    model: dict[str, dict[str, Any]] = {}
    look: dict[str, dict[str, Any]] = {}  # shaped in looks.py
    own: dict[str, dict[str, Any]] = {}
    pack: PackTable | None = None
    camera: CameraTable = msgspec.field(default_factory=CameraTable)
    journal: JournalTable = msgspec.field(default_factory=JournalTable)
