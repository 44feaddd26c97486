"""Takes the tables [pose.NAME] and [model.NAME] of a project.toml, gives the actions they name and what sees them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from gongzhi.config import shaped
from gongzhi.errors import ConfigError, DataError
from gongzhi.pose_rule import PoseRule, RuleError
from gongzhi.project_file import PackTable
from gongzhi.stages.identify import DWELL, LABELS, RULES
from gongzhi.text import LANGUAGES, N_, Later, tr
from gongzhi.toml_faults import place
from gongzhi.values import Action, Features, Labels

if TYPE_CHECKING:
    from gongzhi.coach.coach import Coach
    from gongzhi.coach.limits import Limits
    from gongzhi.feelers import Feelers
    from gongzhi.learn.pack import Pack
    from gongzhi.learn.recogniser import Judge, Learnt, Recogniser
    from gongzhi.project_parts import Part

_NAME: Final = re.compile(r"[^\W\d]\w{0,31}")  # what a condition can name


class PoseTable(msgspec.Struct, forbid_unknown_fields=True):
    """[pose.NAME]: a `rule` of one line (docs/learning.md), for how many seconds it must be kept, what people read."""

    rule: str
    label: Labels | str = ""
    dwell: Annotated[float, msgspec.Meta(ge=0, le=60)] = DWELL


class ModelTable(msgspec.Struct, forbid_unknown_fields=True):
    """[model.NAME]: the `file` that `gongzhi train` wrote, or the folder of a data set, `data`, by whose recordings the
    nearest one is looked for; the `sensor` (a part's name) in whose samples it looks, without one the camera; what
    people read of its labels; those that it is yet to be taught (`teach`), which conditions can name already."""

    file: str = ""
    data: str = ""
    sensor: str = ""
    teach: list[Annotated[str, msgspec.Meta(min_length=1, max_length=40)]] = []
    labels: dict[str, Labels | str] = {}


class OwnTable(msgspec.Struct, forbid_unknown_fields=True):
    """[own.NAME]: an action that a function of main.py recognises (`project.recognise`)."""

    label: Labels | str = ""
    dwell: Annotated[float, msgspec.Meta(ge=0, le=60)] = DWELL


@dataclass(frozen=True, slots=True)
class Source:
    """A model's file, or a data set's folder where `nearest`; `names` the action of each label; `sensor` the part in
    whose samples it looks, "" for the camera."""

    path: Path
    nearest: bool
    names: dict[str, str]
    sensor: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """What a project recognises: `labels` of each action by its name; `poses` and how long each must be kept;
    `sources` of learnt ones by the name of their table; the `pack` whose coach watches, whether it looks at `legs`,
    has a `voice`, and an adult's `limits`."""

    labels: dict[str, Labels] = field(default_factory=dict)
    poses: dict[str, PoseRule] = field(default_factory=dict)
    dwells: dict[str, float] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)  # what main.py recognises, and how long it must be kept
    pack: Pack | None = None
    legs: bool = True
    voice: bool = False
    limits: Limits | None = None

    @property
    def felt(self) -> dict[str, str]:
        """The part in whose samples an action is recognised, for those that no camera sees."""
        sources = self.sources.values()
        return {name: source.sensor for source in sources if source.sensor for name in source.names.values()}


def hands_of(actions: Actions) -> bool:
    """Whether some rule speaks of fingers, so that hands are to be looked for."""
    return any(rule.hands for rule in actions.poses.values())


def action_of(label: str) -> str:
    """The name by which conditions call a label: "left wave" is left_wave."""
    name = re.sub(r"\W+", "_", label).strip("_") or "_"
    return name if not name[0].isdigit() else f"_{name}"


class ActionReader:
    """Reads both kinds of tables of the file `path`; each error names the table, its line and what would be right."""

    def __init__(self, path: Path, parts: Mapping[str, Part]) -> None:
        self.path, self.parts = path, parts
        built_in: dict[str, Labels] = {
            name: {language: tr(said, language) for language in LANGUAGES} for name, said in LABELS.items()
        }
        self._made = Actions(labels=built_in)

    def read(
        self, poses: Mapping[str, Any], models: Mapping[str, Any], pack: PackTable | None = None,
        own: Mapping[str, Any] | None = None,
    ) -> Actions:  # fmt: skip
        """All actions, the built-in ones first. Raises ConfigError."""
        for name, table in (own or {}).items():
            mine = shaped(table, OwnTable, self.path, f"own.{name}")
            self._add(f"own.{name}", name, mine.label)
            self._made.own[name] = mine.dwell
        for name, table in poses.items():
            self._pose(name, shaped(table, PoseTable, self.path, f"pose.{name}"))
        for name, table in models.items():
            self._model(name, shaped(table, ModelTable, self.path, f"model.{name}"))
        return self._made if pack is None else self._pack(pack)

    def _pack(self, table: PackTable) -> Actions:
        from gongzhi.coach import outcomes
        from gongzhi.learn import pack

        try:
            made = pack.load(table.use, beside=self.path.parent)
            limited = table.limits is not None and table.limits.fits(self.parts)
        except (DataError, ConfigError) as error:
            raise self._fail("pack", error, "") from error
        for form in made.forms:
            self._add("pack", form.id, form.title)
        for name in (*outcomes.OUTCOMES, *(outcomes.RESTS if limited else ())):
            self._add("pack", name, {language: tr(outcomes.LABELS[name], language) for language in LANGUAGES})
        return replace(self._made, pack=made, legs=table.legs, voice=table.voice, limits=table.limits)

    def _fail(self, where: str, what: str | ConfigError | DataError | Later, hint: str, **values: Any) -> ConfigError:
        fault = Later(what, values) if isinstance(what, str) else what
        said = {"file": self.path, "where": where, "fault": fault, "line": place(self.path, where)}
        return ConfigError("{file}{line} [{where}]: {fault}", hint, **{**values, **said})

    def _add(self, where: str, name: str, label: Labels | str) -> None:
        if not _NAME.fullmatch(name):
            raise self._fail(
                where, N_("“{name}” cannot be the name of an action"),
                N_("Use letters, digits and _, beginning with a letter; put other words into label."), name=name,
            )  # fmt: skip
        if name in self._made.labels:
            raise self._fail(where, N_("there is an action “{name}” already"), N_("Choose another name."), name=name)
        said = {"zh": label, "en": label} if isinstance(label, str) else label
        self._made.labels[name] = {language: said.get(language) or next(iter(said.values()), "") or name
                                   for language in LANGUAGES}  # fmt: skip

    def _pose(self, name: str, table: PoseTable) -> None:
        where = f"pose.{name}"
        try:
            rule = PoseRule(table.rule)
        except RuleError as error:
            raise self._fail(where, error.what, error.hint, **error.values) from error
        self._add(where, name, table.label)
        self._made.poses[name], self._made.dwells[name] = rule, table.dwell

    def _model(self, name: str, table: ModelTable) -> None:
        where = f"model.{name}"
        if bool(table.file) == bool(table.data):
            raise self._fail(
                where, N_("it must say one of file and data"),
                N_("Write file = “model.tflite” for a trained model, or data = “my_data” for a data set."),
            )  # fmt: skip
        path = self.path.parent / (table.file or table.data)
        try:
            labels, channels, unit = _about(path, nearest=bool(table.data))
        except DataError as error:
            raise self._fail(where, error, "") from error
        self._sensor(where, table.sensor, channels, unit)
        names: dict[str, str] = {}
        labels = (*labels, *(label for label in dict.fromkeys(table.teach) if label not in labels))
        for label in labels:
            names[label] = action_of(label)
            self._add(where, names[label], table.labels.get(label, label))
        unknown = sorted(set(table.labels) - set(labels))
        if unknown:
            raise self._fail(
                where, N_("the model has no label “{label}”"), N_("Possible: {known}."),
                label=unknown[0], known=", ".join(labels),
            )  # fmt: skip
        self._made.sources[name] = Source(path, bool(table.data), names, table.sensor)

    def _sensor(self, where: str, sensor: str, channels: tuple[str, ...], unit: str) -> None:
        """Refuse a sensor that cannot give what the model was taught with."""
        part = self.parts.get(sensor)
        known = ", ".join(name for name, one in self.parts.items() if one.kind.sampled == channels) or "–"
        if not sensor and not channels:
            return
        if not channels:
            raise self._fail(
                where,
                N_("the model was taught with people before a camera, it needs no sensor"),
                N_("Take sensor out."),
            )
        if part is None or part.kind.sampled != channels or part.kind.sampled_unit != unit:
            raise self._fail(
                where, N_("the model was taught with {channels} in {unit} of a sensor; “{sensor}” does not give that"),
                N_("Write sensor = “…” with the name of a part. Possible here: {known}."),
                channels=", ".join(channels), unit=unit or "1", sensor=sensor or "–", known=known,
            )  # fmt: skip
        if "stream" not in part.options:
            raise self._fail(
                where, N_("the part “{sensor}” tells too seldom for a model"),
                N_("Write options = {{ stream = 25 }} in [part.{sensor}]: 25 samples a second."), sensor=sensor,
            )  # fmt: skip


def _about(path: Path, *, nearest: bool) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """The labels, and of a sensor's the channels and their unit."""
    # Here, so that a project without a model needs none of what learning needs.
    if nearest:
        from gongzhi.learn import dataset

        about = dataset.load(path).about
        return tuple(about.labels), tuple(about.channels), about.unit
    from gongzhi.learn.model import read_note

    note = read_note(path)
    return tuple(note.labels), tuple(note.channels), note.unit


class Recognisers:
    """What sees all these actions in a person's features: a `Recogniser`, with `close`.

    One thread calls it; `swap` may be called from another. Raises DataError and ModelError; takes a second or two where
    a data set has to be read.
    """

    def __init__(self, actions: Actions) -> None:
        from gongzhi.learn.own import Own
        from gongzhi.learn.recogniser import Rules

        self._rules: Recogniser = Rules({**RULES, **actions.poses}, actions.dwells)
        self._learnt: dict[str, Learner] = {}
        self._coming: dict[str, Learner | None] = {}
        self._lock = threading.Lock()
        for name, source in actions.sources.items():
            if not source.sensor:  # feelers.py
                self._learnt[name] = learner(name, source)
        self.own = Own(actions.own)  # told what the program says
        self._says = [self.own] if actions.own else []

    def __call__(self, features: Features | None, t: float) -> tuple[Action, ...]:
        """One action for each name, held or not, of the frame captured at `t` (s)."""
        if self._coming:
            self._take_over()
        if not self._learnt and not self._says:
            return self._rules(features, t)
        found = [self._rules(features, t), *(one.see(features, t) for one in self._learnt.values())]
        found += [one(features, t) for one in self._says]
        return tuple(action for some in found for action in some)

    @property
    def strange(self) -> bool:
        """Whether somebody moves now as none of the models has learnt; may be asked from any thread."""
        verdicts = [one.see.verdict for one in list(self._learnt.values())]
        return bool(verdicts) and all(one is not None and one.unlearnt for one in verdicts)

    def call(self, name: str, version: str) -> None:
        """From now on what sees as `name` says that it is this `version`; before the first frame."""
        self._learnt[name].see.model = f"{name}@{version}"

    def swap(self, name: str, one: Learner | None) -> None:
        """Let `one` see in the place of what sees as `name` now, from the next frame on; what is held then is held no
        more, and begins anew where the new one sees it, too. None: from then on nothing sees as `name`."""
        with self._lock:
            self._coming[name] = one

    def _take_over(self) -> None:
        with self._lock:
            coming, self._coming = self._coming, {}
        for name, one in coming.items():
            before = self._learnt.get(name)
            if one is None:
                self._learnt.pop(name, None)
            else:
                self._learnt[name] = one
            if before is not None:
                before.close()

    def close(self) -> None:
        """Let go of the models."""
        self._take_over()
        while self._learnt:
            self._learnt.popitem()[1].close()


@dataclass(frozen=True, slots=True)
class Learner:
    """What sees by one version of a model; `names` the action of each label; `close` lets go of it."""

    see: Learnt
    names: dict[str, str]
    close: Callable[[], None]


def learner(name: str, source: Source, version: str = "") -> Learner:
    """What sees by a source as it is on the disk now; a label that is new there becomes an action of its own name.
    `version` (gongzhi.teach.versions) goes into the journal. Raises DataError and ModelError."""
    from gongzhi.learn.recogniser import Learnt

    judge, rate, close = judge_of(source)
    names = {label: source.names.get(label) or action_of(label) for label in judge.labels}
    return Learner(Learnt(judge, rate, names=names, model=f"{name}@{version}" if version else name), names, close)


def coach_of(actions: Actions) -> Coach | None:
    """The coach of the project's pack; None without one. Raises DataError; takes about half a second."""
    if actions.pack is None:
        return None
    from gongzhi.coach.coach import Coach

    return Coach(actions.pack, legs=actions.legs, limits=actions.limits)


def feelers_of(actions: Actions) -> Feelers | None:
    """What recognises actions in sensors' samples; None where no model looks at a sensor."""
    if not actions.felt:
        return None
    from gongzhi.feelers import Feelers

    return Feelers(actions)


def judge_of(source: Source) -> tuple[Judge, float, Callable[[], None]]:
    """What judges windows, its frames a second, and what ends it. Raises DataError and ModelError."""
    if source.nearest:
        from gongzhi.learn import dataset
        from gongzhi.learn.templates import Templates
        from gongzhi.learn.workflow import prepare

        data = dataset.load(source.path)
        _, parts = prepare(data)
        return Templates(parts["train"], parts["check"], tuple(data.about.labels)), data.about.rate, lambda: None
    from gongzhi.learn.model import load

    model = load(source.path)
    return model, model.note.rate, model.close
