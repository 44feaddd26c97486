"""Takes a condition as text and the words of a project, gives its tree, or an error that names the word and the cure.

The text is Python's own notation of comparisons with and, or, not: Python's parser takes it apart, and only what is
listed here is let through. Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gongzhi.conditions import HYSTERESIS, OF_NUMBER, SIGNS, All, Compare, Condition, Held, Not, On, Sign, Some
from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.text import N_, Later
from gongzhi.values import Labels

MAX_CONDITION: Final = 200  # characters
_EXAMPLE: Final = N_("Write such as: soil < 30 and not button")
_CURES: Final = (
    (r"(?<![<>=!])=(?!=)", N_("“Equal” is written with two signs: ==")),
    (r"[小大等]于|超过|低于|高于", N_("Compare with a sign: < <= > >= == !=")),
    (r"\d\s*(%|℃|°|cm|[厘毫]?米|度|秒|克)", N_("Leave the unit out: after the sign comes the number alone")),
    (r"&|\||!(?!=)", N_("Join with and, or, not, or with 且 或 不")),
)
_CHINESE: Final = {"并且": "and", "且": "and", "或者": "or", "或": "or", "不是": "not", "不": "not"}
# What a Chinese keyboard writes, and signs from a mathematics book.
_WIDE: Final = str.maketrans(
    {"＜": "<", "＞": ">", "＝": "=", "！": "!", "（": "(", "）": ")", "。": ".", "≤": "<=", "≥": ">=", "≠": "!="}
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)
_SIGN: Final[dict[type[ast.cmpop], Sign]] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_TURNED: Final[dict[Sign, Sign]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Sensed:
    """A part in a condition: `key` of its readings, what `prop` they are, their range in `unit`."""

    key: str
    prop: str
    low: float
    high: float
    unit: str
    label: Labels

    @property
    def switch(self) -> bool:
        """True for what is on or off, so that its bare name is a condition."""
        return (self.low, self.high, self.unit) == (0, 1, "")


@dataclass(frozen=True)
class Words:
    """Everything that a project's conditions may name: its parts and the actions that are recognised in it. Names and
    labels, in both languages, mean the same. `felt` is the part in whose samples an action is recognised; what is not
    in it, the camera sees."""

    parts: Mapping[str, Sensed]
    actions: Mapping[str, Labels]
    felt: Mapping[str, str] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        # The id goes before a label: who calls another part's label by this part's id means this part.
        for id_, labels in [*((id_, one.label) for id_, one in self.parts.items()), *self.actions.items()]:
            for word in {id_, *labels.values()} - {""}:
                if word == id_ or (word not in self.parts and word not in self.actions):
                    self.named.setdefault(word, set()).add(id_)

    @property
    def known(self) -> list[str]:
        """What may be named, for an error's hint."""
        return [*self.parts, *self.actions]


def parse(text: str, words: Words, hysteresis: float | None = None) -> Condition:
    """The condition that `text` says; `hysteresis` in the sensors' unit (None: HYSTERESIS of each one's range).

    Raises ConfigError for what is not understood.
    """
    return _Reader(text, words, hysteresis).read()


class _Reader:
    def __init__(self, text: str, words: Words, hysteresis: float | None) -> None:
        self.text, self.words, self.hysteresis = text, words, hysteresis
        self.stands: dict[str, str] = {}  # a word that Python could not take -> the id that it means

    def read(self) -> Condition:
        if not self.text.strip() or len(self.text) > MAX_CONDITION:
            raise self.fault(N_("this is no condition"), N_("Write 1 to {most} characters."), most=MAX_CONDITION)
        try:
            tree = ast.parse(self._plain(), mode="eval")
            return self.condition(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # From None: what Python's parser says is about the text as we have put it before it.
            raise self.fault(N_("this is not understood"), self._cure()) from None

    def _cure(self) -> str:
        return next((cure for pattern, cure in _CURES if re.search(pattern, self.text.translate(_WIDE))), _EXAMPLE)

    def _plain(self) -> str:
        """The text with each known word as a name that Python's parser takes."""
        known = sorted([*self.words.named, *_CHINESE], key=len, reverse=True)
        pattern = r"(?<!\w)(" + "|".join(map(re.escape, known)) + r")(?!\w)"

        def stand(found: re.Match[str]) -> str:
            word = found[1]
            if word in self.words.named:
                name = f"w_{len(self.stands)}"
                self.stands[name] = word
                return name
            return _CHINESE[word]

        return re.sub(pattern, stand, self.text.translate(_WIDE)).strip()

    def fault(self, what: str, hint: str, **values: Any) -> ConfigError:
        said = Later(what, values)
        return ConfigError("“{text}”: {what}", hint, text=self.text[:MAX_CONDITION], what=said, **values)

    def condition(self, node: ast.expr) -> Condition:
        match node:
            case ast.BoolOp(op=ast.And(), values=several):
                return All(_flat(All, map(self.condition, several)))
            case ast.BoolOp(values=several):
                return Some(_flat(Some, map(self.condition, several)))
            case ast.UnaryOp(op=ast.Not(), operand=one):
                return Not(self.condition(one))
            case ast.Compare():
                return self.compare(node)
            case ast.Name() | ast.Attribute():
                return self.bare(node)
            case ast.Constant(value=str(word)):
                return self.bare(ast.Name(word))
        raise self.fault(N_("this is not understood"), _EXAMPLE)

    def compare(self, node: ast.Compare) -> Condition:
        """`a < b`, or `a < b < c`, which is both."""
        sides = [node.left, *node.comparators]
        both: list[Condition] = []
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            sign = _SIGN.get(type(op))
            if sign is None:
                raise self.fault(N_("this is no comparison"), N_("Possible: {known}."), known="  ".join(SIGNS))
            number = _number(right)
            name: ast.expr = left
            if number is None:
                number, name, sign = _number(left), right, _TURNED[sign]
            if number is None or _number(name) is not None:
                raise self.fault(N_("a comparison needs a part on one side and a number on the other"), "")
            sensed = self.sensed(name)
            slack = self.hysteresis
            if slack is None:
                slack = HYSTERESIS * (sensed.high - sensed.low)
                slack = min(slack, OF_NUMBER * abs(number)) if number else slack
            if sensed.switch or sign in ("==", "!="):
                slack = 0.0
            both.append(Compare(sensed.key, sign, number, slack, sensed.unit, sensed.label))
        return both[0] if len(both) == 1 else All(tuple(both))

    def sensed(self, node: ast.expr) -> Sensed:
        """The part that is compared."""
        word, prop = self.word(node)
        id_ = self.id(word)
        part = self.words.parts.get(id_)
        if part is None:
            raise self.fault(N_("“{name}” is seen or not seen, it has no number"), N_("Write just: {name}"), name=word)
        found = self.words.parts.get(f"{id_}.{prop}") if prop else part
        if found is None and prop != part.prop:
            known = [part.prop, *(one.prop for key, one in self.words.parts.items() if key.startswith(f"{id_}."))]
            raise self.fault(
                N_("“{name}” has no “{prop}”"), N_("Possible: {known}."), name=word, prop=prop, known=", ".join(known)
            )
        return found or part

    def bare(self, node: ast.expr) -> Condition:
        """A name alone: an action, or something that is on."""
        word, prop = self.word(node)
        id_ = self.id(word)
        if id_ in self.words.actions and not prop:
            return Held(id_, self.words.actions[id_], self.words.felt.get(id_, ""))
        sensed = self.sensed(node)
        if not sensed.switch:
            raise self.fault(
                N_("“{name}” is a number from {low:g} to {high:g}{unit}, no yes or no"),
                N_("Compare it, such as: {name} < {middle:g}"),
                name=word, low=sensed.low, high=sensed.high, unit=sensed.unit, middle=(sensed.low + sensed.high) / 2,
            )  # fmt: skip
        return On(sensed.key, sensed.label)

    def word(self, node: ast.expr) -> tuple[str, str]:
        """(the word as it was written, the property after a dot)."""
        match node:
            case ast.Name(id=name):
                return self.stands.get(name, name), ""
            case ast.Attribute(value=ast.Name(id=name), attr=prop):
                return self.stands.get(name, name), self.stands.get(prop, prop)
        raise self.fault(N_("this is not understood"), _EXAMPLE)

    def id(self, word: str) -> str:
        """What the word means."""
        meant = self.words.named.get(word)
        if meant is None:
            raise self.fault(
                N_("there is nothing called “{name}”"),
                N_("Did you mean “{near}”? Possible: {known}."),
                name=word,
                near=_near(word, self.words.named) or next(iter(self.words.named), "–"),
                known=", ".join(self.words.known),
            )
        if len(meant) > 1:
            raise self.fault(
                N_("“{name}” is the name of several"), N_("Write one of these: {known}."),
                name=word, known=", ".join(sorted(meant)),
            )  # fmt: skip
        return next(iter(meant))


def _flat(kind: type[All | Some], several: Iterable[Condition]) -> tuple[Condition, ...]:
    """`(a and b) and c` is `a and b and c`: one condition has one form, and one name in decisions."""
    return tuple(each for one in several for each in (one.parts if isinstance(one, kind) else (one,)))


def _near(word: str, known: Iterable[str]) -> str:
    return nearest(word, list(known))


def _number(node: ast.expr) -> float | None:
    """The finite number that stands there, if it is one; True and False are 1 and 0."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            value = -value
        case ast.Constant(value=int() | float() as value):
            pass
        case _:
            return None
    return float(value) if math.isfinite(value) else None


def because(condition: Condition) -> Labels:
    """The reason that people read where a rule gives none."""
    return {"zh": condition.say("zh"), "en": condition.say("en")}
