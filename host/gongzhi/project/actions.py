"""Takes the tables [pose.NAME], [model.NAME], [own.NAME] and [pack] of a project.toml, gives the actions they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from gongzhi.actions import Actions, Source, action_of
from gongzhi.config import load_toml, shaped
from gongzhi.errors import ConfigError, DataError
from gongzhi.pose_rule import PoseRule, RuleError
from gongzhi.project.file import PackTable, ProjectFile
from gongzhi.stages.identify import DWELL, LABELS, RULES
from gongzhi.text import LANGUAGES, N_, Later, tr
from gongzhi.toml_faults import place
from gongzhi.values import Labels

if TYPE_CHECKING:
    from gongzhi.learn.worth import Worth
    from gongzhi.project.parts import Part

_NAME: Final = re.compile(r"[^\W\d]\w{0,31}")  # what a condition can name


class PoseTable(msgspec.Struct, forbid_unknown_fields=True):
    """[pose.NAME]: a `rule` of one line (docs/learning.md; a built-in pose has its own), for how many seconds it must
    be kept, what people read; `sure`: the file in which `gongzhi evaluate --rule` has written what it measured
    (learn/worth.py)."""

    rule: str = ""
    label: Labels | str = ""
    dwell: Annotated[float, msgspec.Meta(ge=0, le=60)] = DWELL
    sure: str = ""


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


def poses_of(file: Path) -> tuple[Actions, dict[str, str]]:
    """Only what the tables [pose.NAME] of a project.toml say, and which file each names as `sure`: whether that is
    there, or of an earlier wording, does not matter here. Raises ConfigError."""
    tables = load_toml(file, ProjectFile).pose
    plain = {name: {key: each for key, each in table.items() if key != "sure"} for name, table in tables.items()}
    named = {name: str(table["sure"]) for name, table in tables.items() if "sure" in table}
    return ActionReader(file, {}).read(plain, {}), named


class ActionReader:
    """Reads both kinds of tables of the file `path`; each error names the table, its line and what would be right."""

    def __init__(self, path: Path, parts: Mapping[str, Part], hands: bool | None = None) -> None:
        """`hands` of [camera]: whether they are looked for; None: where something needs them."""
        self.path, self.parts, self._hands = path, parts, hands
        built_in: dict[str, Labels] = {
            name: {language: tr(said, language) for language in LANGUAGES} for name, said in LABELS.items()
        }
        self._made = Actions(labels=built_in, hands=hands is True)

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
        from gongzhi.learn import dataset, pack

        try:
            made = pack.load(table.use, beside=self.path.parent)
            taught = self._inside("pack", table.taught) if table.taught else None
            if taught is not None:
                dataset.load(taught)
            limited = table.limits is not None and table.limits.fits(self.parts)
        except (DataError, ConfigError) as error:
            raise self._fail("pack", error, "") from error
        for form in made.forms:
            self._add("pack", form.id, form.title)
        for name in (*outcomes.OUTCOMES, *(outcomes.RESTS if limited else ())):
            self._add("pack", name, {language: tr(outcomes.LABELS[name], language) for language in LANGUAGES})
        return replace(self._made, pack=made, legs=table.legs, voice=table.voice, limits=table.limits, taught=taught)

    def _fail(self, where: str, what: str | ConfigError | DataError | Later, hint: str, **values: Any) -> ConfigError:
        fault = Later(what, values) if isinstance(what, str) else what
        said = {"file": self.path, "where": where, "fault": fault, "line": place(self.path, where)}
        return ConfigError("{file}{line} [{where}]: {fault}", hint, **{**values, **said})

    def _inside(self, where: str, folder: str) -> Path:
        """The data set's folder: within the project's, where whoever changes it finds what judges by it
        (teach/judging.py)."""
        path, project = self.path.parent / folder, self.path.parent.resolve()
        if not path.resolve().is_relative_to(project):
            raise self._fail(
                where, N_("the data set “{folder}” does not lie in the project’s folder"),
                N_("Copy it there: a project judges only by recordings of its own."), folder=folder,
            )  # fmt: skip
        return path

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
        self._made.dwells[name] = table.dwell
        if table.sure:
            self._made.worths[name] = self._worth(where, table, table.rule or name)
        if name in RULES and not (table.rule or table.label):
            return
        if not table.rule:
            raise self._fail(
                where, N_("the setting “{field}” is missing"),
                N_("Write one such as: rule = \"left_wrist above head\""), field="rule",
            )  # fmt: skip
        try:
            rule = PoseRule(table.rule)
        except RuleError as error:
            raise self._fail(where, error.what, error.hint, **error.values) from error
        if rule.hands and self._hands is False:
            raise self._fail(
                where, N_("the rule speaks of fingers, and [camera] says hands = false"), N_("Take that line out.")
            )
        self._add(where, name, table.label)
        self._made.poses[name] = rule

    def _worth(self, where: str, table: PoseTable, rule: str) -> Worth:
        from gongzhi.learn import worth

        try:
            found = worth.load(self.path.parent / table.sure)
        except DataError as error:
            raise self._fail(where, error, "") from error
        if (found.rule, found.dwell) != (rule, table.dwell):
            raise self._fail(
                where, N_("the rule is another one than when “{file}” was measured"),
                N_("Measure it again: gongzhi evaluate PROJECT DATASET --rule NAME. Until then take sure out."),
                file=table.sure,
            )  # fmt: skip
        return found

    def _model(self, name: str, table: ModelTable) -> None:
        where = f"model.{name}"
        if bool(table.file) == bool(table.data):
            raise self._fail(
                where, N_("it must say one of file and data"),
                N_("Write file = \"model.tflite\" for a trained model, or data = \"my_data\" for a data set."),
            )  # fmt: skip
        path = self._inside(where, table.data) if table.data else self.path.parent / table.file
        try:
            labels, channels, unit, hands = _about(path, nearest=bool(table.data))
        except DataError as error:
            raise self._fail(where, error, "") from error
        picks = self._sensor(where, table.sensor, channels, unit)
        if hands and self._hands is False:
            raise self._fail(
                where, N_("the model has learnt from hands, and [camera] says hands = false"),
                N_("Take that line out, or train without hands: hands = false in dataset.toml."),
            )  # fmt: skip
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
        self._made.sources[name] = Source(path, bool(table.data), names, table.sensor, picks, hands)

    @staticmethod
    def _gives(part: Part, channels: tuple[str, ...], unit: str) -> bool:
        return set(channels) <= set(part.sampled) and part.kind.unit_of(channels) == unit

    def _sensor(self, where: str, sensor: str, channels: tuple[str, ...], unit: str) -> tuple[int, ...]:
        """Which numbers of the sensor's samples the model was taught with; () for all of them in their order. Refuses
        one that cannot give that."""
        part = self.parts.get(sensor)
        known = ", ".join(name for name, one in self.parts.items() if self._gives(one, channels, unit)) or "–"
        if not sensor and not channels:
            return ()
        if not channels:
            raise self._fail(
                where,
                N_("the model was taught with people before a camera, it needs no sensor"),
                N_("Take sensor out."),
            )
        if part is None or not self._gives(part, channels, unit):
            raise self._fail(
                where, N_("the model was taught with {channels} in {unit} of a sensor; “{sensor}” does not give that"),
                N_("Write options = {{ stream = 25, rotation = \"yes\" }} in [part.{sensor}].")
                if part is not None and self._gives(_turning(part), channels, unit)
                else N_("Write sensor = \"…\" with the name of a part. Possible here: {known}."),
                channels=", ".join(channels), unit=unit or "1", sensor=sensor or "–", known=known,
            )  # fmt: skip
        if "stream" not in part.options:
            raise self._fail(
                where, N_("the part “{sensor}” tells too seldom for a model"),
                N_("Write options = {{ stream = 25 }} in [part.{sensor}]: 25 samples a second."), sensor=sensor,
            )  # fmt: skip
        return () if part.sampled == channels else tuple(map(part.sampled.index, channels))


def _turning(part: Part) -> Part:
    """The part as it is with rotation in its samples, where it feels that."""
    turns = part.kind.takes("rotation", "yes")
    return replace(part, options={**part.options, "rotation": "yes"}) if turns else part


def _about(path: Path, *, nearest: bool) -> tuple[tuple[str, ...], tuple[str, ...], str, bool]:
    """The labels, of a sensor's the channels and their unit, and whether it looks at hands."""
    # Here, so that a project without a model needs none of what learning needs.
    if nearest:
        from gongzhi.learn import dataset

        about = dataset.load(path).about
        return tuple(about.labels), tuple(about.channels), about.unit, about.hands
    from gongzhi.learn.model import read_note

    note = read_note(path)
    return tuple(note.labels), tuple(note.channels), note.unit, note.hands
