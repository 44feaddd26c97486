"""The frozen values that a project declares: rules, what they look out for, and the answers that they offer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal

from gongzhi.costs import Costs

Level = Literal["A0", "A1", "A2", "A3", "A4", "A5"]
LEVELS: Final[tuple[Level, ...]] = ("A0", "A1", "A2", "A3", "A4", "A5")
Labels = dict[str, str]
MAX_CHOICES: Final = 3  # more are no question that a person could answer at a glance
AGAIN_S: Final = 10.0  # an equal question within ten seconds is the same question (docs/decisions.md)
SECONDS: Final[dict[str, tuple[float, float]]] = {
    "for": (0, 3600), "deadline": (0.1, 600), "hold": (0.1, 3600), "veto": (0.1, 600), "snooze": (0, 86_400),
    "again": (AGAIN_S, 86_400),
}  # fmt: skip
"""From how many seconds to how many each time of a rule may be."""


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(what)


def said(words: Labels) -> str:
    """A text in all its languages as one word, to compare by."""
    return "|".join(f"{language}={words[language]}" for language in sorted(words))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to a question: what people read, and the value that it stands for."""

    label: Labels
    value: float

    def __post_init__(self) -> None:
        _need(bool(self.label) and math.isfinite(self.value), "a choice needs words and a number")


@dataclass(frozen=True, slots=True)
class Watch:
    """A condition to look out for: `when` as in conditions.py, true for `dwell` seconds; `hysteresis`: by how much a
    number must come back before it counts as changed (in the sensor's unit; None: a share of its range)."""

    when: str
    dwell: float = 0.0
    hysteresis: float | None = None

    def __post_init__(self) -> None:
        _need(bool(self.when) and 0 <= self.dwell <= 3600, "for is 0..3600 s")
        _need(self.hysteresis is None or 0 <= self.hysteresis < math.inf, "hysteresis is 0 or more")

    @property
    def trigger(self) -> str:
        """What names this condition in decisions: two watches with one trigger are always true together."""
        more = f" for {self.dwell:g} s" if self.dwell else ""
        return self.when + more + (f" ±{self.hysteresis:g}" if self.hysteresis is not None else "")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a project declares: when the condition `when` (conditions.py) is true, propose `resource` = `value`,
    `because` …; `what` says in words what would be done ("open the gate"; empty: made from the part); nobody's answer
    for `deadline` seconds is a no; the act stands for `hold` seconds.

    `dwell` and `hysteresis` as in Watch; `veto` the seconds for a no at A3; a no holds the same proposal back for
    `snooze` seconds (None: as docs/decisions.md says); while the condition stays true it is proposed anew every
    `again` seconds (0: once); `doubt` "disagree" asks instead of acting; `choices` make it a question with up to
    three answers, `value` being the machine's guess; `level` may only lower the dial.
    """

    when: str
    resource: str
    value: float
    because: Labels
    what: Labels = field(default_factory=dict)
    deadline: float = 8.0
    hold: float = 5.0
    dwell: float = 0.0
    hysteresis: float | None = None
    veto: float | None = None
    snooze: float | None = None
    again: float = 0.0
    doubt: Literal["", "disagree"] = ""
    choices: tuple[Choice, ...] = ()
    level: Level | None = None
    costs: Costs | None = None

    def __post_init__(self) -> None:
        _need(bool(self.when) and math.isfinite(self.value), f"rule on {self.resource!r}")
        times = {"for": self.dwell, "deadline": self.deadline, "hold": self.hold, "veto": self.veto,
                 "snooze": self.snooze, "again": self.again or None}  # fmt: skip
        for name, seconds in times.items():
            low, high = SECONDS[name]
            _need(seconds is None or low <= seconds <= high, f"{name} is {low:g}..{high:g} s")
        _need(len(self.choices) <= MAX_CHOICES, f"{MAX_CHOICES} choices at most")
        _need(self.hysteresis is None or 0 <= self.hysteresis < math.inf, "hysteresis is 0 or more")

    @property
    def watch(self) -> Watch:
        """The rule's condition."""
        return Watch(self.when, self.dwell, self.hysteresis)
