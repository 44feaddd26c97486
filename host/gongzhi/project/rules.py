"""Takes a project's parts and the [[rule]] tables of its project.toml, gives the words of its conditions and its rules.

The same checks serve the rules that a program declares: what a part can do, which times and choices there can be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from gongzhi.condition_text import Sensed, Words, because, parse
from gongzhi.conditions import Condition
from gongzhi.config import nearest, shaped
from gongzhi.errors import ConfigError
from gongzhi.parts import KINDS
from gongzhi.project.file import RuleTable
from gongzhi.project.parts import Part, labels
from gongzhi.rules import MAX_CHOICES, SECONDS, Choice, Labels, Rule
from gongzhi.text import N_, pick
from gongzhi.toml_faults import place
from gongzhi.values import Resource

MAX_RULES: Final = 64
MAX_TEXT: Final = 120  # characters of a reason or of what would be done

ASK: Final = Resource(
    "ask.answer", "", "ask", "answer", "ask", -1e9, 1e9, 0.0, "", "H0", "A2", {"zh": "问题", "en": "question"},
    reversible=False,
)  # fmt: skip
"""Where a question is decided that concerns no part: its answer is the value of a choice, and moves nothing."""


def words(parts: Mapping[str, Part], actions: Mapping[str, Labels], felt: Mapping[str, str]) -> Words:
    """What the conditions of a project with these parts and recognised actions may name; `felt` as in Words."""
    sensed: dict[str, Sensed] = {}
    for part in parts.values():
        kind, made = part.kind, part.resource
        low, high = (made.low, made.high) if made else (kind.low, kind.high)
        sensed[part.id] = Sensed(part.id, kind.prop or "pressed", low, high, kind.unit, part.label)
        for prop, (least, most, unit) in kind.more.items():
            key = f"{part.id}.{prop}"
            sensed[key] = Sensed(key, prop, least, most, unit, {})
    return Words(sensed, actions, felt)


def settable(part: Part, value: float) -> Resource:
    """What `part` = `value` sets; raises ConfigError if the part cannot do that."""
    made = part.resource
    if made is None:
        raise ConfigError(
            N_("“{name}” is a {kind}: it senses, it cannot act."),
            N_("Propose something for one of these: {known}."),
            name=part.id,
            kind=pick(part.kind.label),
            known=", ".join(kind.name for kind in KINDS.values() if kind.output),
        )
    if not made.low <= value <= made.high:
        raise ConfigError(
            N_("The {kind} “{name}” can do {low:g} to {high:g}{unit}, you asked for {value:g}{unit}."),
            N_("Choose a number in that range."),
            kind=pick(part.kind.label), name=part.id, low=made.low, high=made.high, unit=made.unit, value=value,
        )  # fmt: skip
    return made


def checked(name: str, seconds: float | None) -> float | None:
    """A rule's time `name` of so many seconds; raises ConfigError."""
    low, high = SECONDS[name]
    if seconds is not None and not low <= seconds <= high:
        raise ConfigError(
            N_("{name} = {given} does not fit."), N_("Give a number of seconds, {low:g} to {most:g}."),
            name=name, given=f"{seconds:g}", low=low, most=high,
        )  # fmt: skip
    return seconds


def readable(said: Labels) -> Labels:
    """Texts that people can read at a glance; raises ConfigError."""
    for text in said.values():
        if len(text) > MAX_TEXT:
            raise ConfigError(
                N_("“{text}” is no reason or name that people could read."),
                N_("Write a text of at most {most} characters between quotes."),
                text=text[:24],
                most=MAX_TEXT,
            )
    return said


class RuleReader:
    """Reads the [[rule]] tables of the file `path`; each error names the rule, its line and what would be right."""

    def __init__(self, path: Path, parts: Mapping[str, Part], said: Words) -> None:
        self.path, self.parts, self.words = path, parts, said

    def read(self, tables: Iterable[Any]) -> tuple[Rule, ...]:
        """The rules, in their order."""
        rules = []
        for number, table in enumerate(tables, 1):
            where = f"rule.{number}"
            made = shaped(table, RuleTable, self.path, where)
            try:
                rules.append(self._rule(made))
            except ConfigError as error:
                raise ConfigError(
                    "{file}{line} [{where}]: {fault}", "", file=self.path, where=where, fault=error,
                    line=place(self.path, where),
                ) from None  # fmt: skip
            if number > MAX_RULES:
                raise ConfigError(N_("A program can have {most} rules."), N_("Leave some out."), most=MAX_RULES)
        return tuple(rules)

    def _rule(self, made: RuleTable) -> Rule:
        condition = parse(made.when, self.words, made.hysteresis)
        choices = tuple(Choice(readable(labels(self._label(one.zh, one.en), "")), one.value) for one in made.choices)
        if len(choices) > MAX_CHOICES:
            raise ConfigError(
                N_("A question has {most} answers at most, this one has {count}."), "",
                most=MAX_CHOICES, count=len(choices),
            )  # fmt: skip
        value = made.value if made.value is not None else choices[0].value if choices else None
        if value is None:
            raise ConfigError(N_("value is missing"), N_("Say what is proposed, such as: value = 1"))
        resource = self._resource(made.propose, float(value), choices)
        if not made.propose and not made.what:
            raise ConfigError(N_("what is missing"), N_('Write the question: what = { zh = "…", en = "…" }'))
        if made.hysteresis is not None and not 0 <= made.hysteresis < math.inf:
            raise ConfigError(N_("hysteresis = {value} does not fit."), N_("Give 0 or more."), value=made.hysteresis)
        return Rule(
            str(condition), resource.id, float(value),
            readable(labels(made.because, "")) if made.because else because(condition),
            readable(labels(made.what, "")) if made.what else {},
            checked("deadline", made.deadline) or 0.0, checked("hold", made.hold) or 0.0,
            dwell=checked("for", made.dwell) or 0.0, hysteresis=made.hysteresis,
            veto=checked("veto", made.veto), snooze=checked("snooze", made.snooze),
            again=checked("again", made.again or None) or 0.0,
            doubt=made.doubt, choices=choices, level=made.level, costs=made.costs,
        )  # fmt: skip

    def _label(self, zh: str, en: str) -> Labels:
        if not zh and not en:
            raise ConfigError(N_("a choice has no words"), N_('Write such as: { zh = "纸", en = "paper", value = 0 }'))
        return {"zh": zh or en, "en": en or zh}

    def _resource(self, name: str, value: float, choices: tuple[Choice, ...]) -> Resource:
        if not name:
            if not choices:
                raise ConfigError(
                    N_("propose is missing"), N_("Name a part that acts, or give choices to ask a question.")
                )
            return ASK
        id_ = part_named(name, self.parts)
        for one in choices:
            settable(self.parts[id_], one.value)
        return settable(self.parts[id_], value)


def part_named(name: str, parts: Mapping[str, Part]) -> str:
    """The id of the part with this id or label; raises ConfigError with the nearest one."""
    if name in parts:
        return name
    found = [id_ for id_, part in parts.items() if name in part.label.values()]
    if len(found) == 1:
        return found[0]
    known = list(parts)
    raise ConfigError(
        N_("project.toml has no part “{name}”."),
        N_("Did you mean “{near}”? Possible: {known}."),
        name=name,
        near=(found and found[0]) or nearest(name, known) or next(iter(known), "-"),
        known=", ".join(known),
    )


def fits(rule: Rule, resources: Mapping[str, Resource], said: Words) -> Condition | None:
    """The condition of a rule that came over the wire, if this project can keep it: what it names is there, and the
    resource can take all its values."""
    resource = resources.get(rule.resource)
    if resource is None or not all(
        resource.low <= value <= resource.high for value in (rule.value, *(one.value for one in rule.choices))
    ):
        return None
    try:
        return parse(rule.when, said, rule.hysteresis)
    except ConfigError:
        return None
