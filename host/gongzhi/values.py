"""The frozen values that travel from stage to stage, each checked at birth so that none is invalid downstream."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal

from gongzhi.canonical import canonical as canonical
from gongzhi.canonical import digest as digest
from gongzhi.costs import Costs
from gongzhi.rules import LEVELS as LEVELS
from gongzhi.rules import Choice as Choice
from gongzhi.rules import Labels as Labels
from gongzhi.rules import Level as Level
from gongzhi.rules import Rule as Rule
from gongzhi.rules import Watch as Watch
from gongzhi.rules import said as said
from gongzhi.seen import LANDMARK as LANDMARK
from gongzhi.seen import LANDMARKS as LANDMARKS
from gongzhi.seen import Features as Features
from gongzhi.seen import Frame as Frame
from gongzhi.seen import Hand as Hand
from gongzhi.seen import Keypoints as Keypoints
from gongzhi.seen import PlacedHand as PlacedHand

DecisionState = Literal[
    "draft", "proposed", "confirmed", "edited", "rejected", "expired", "superseded", "deferred", "withdrawn",
    "executing", "done", "aborted", "undone",
]  # fmt: skip
Hazard = Literal["H0", "H1", "H2", "H3"]
LIVE_STATES: Final[frozenset[DecisionState]] = frozenset(
    {"draft", "proposed", "deferred", "confirmed", "edited", "executing"}
)
Question = tuple[str, str, float, str]
Verb = Literal[
    "confirm", "edit", "reject", "override", "handback", "teach", "forget", "promote", "rollback", "explain", "undo",
    "stop", "rearm", "dial",
]  # fmt: skip


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(what)


@dataclass(frozen=True, slots=True)
class Action:
    """What one recogniser says of one moment: `name` held or not, with probability `p` in 0..1, since `since`
    (seconds, capture time of the first frame of this hold), judged on the frame captured at `t`. `options` are the
    names that it cannot tell apart (empty: no doubt), `doubt` why it decides nothing, `model` what judged;
    `calibrated`: recordings have said how often a `p` like this is right."""

    name: str
    held: bool
    p: float
    since: float
    t: float
    options: tuple[str, ...] = ()
    doubt: Literal["", "unseen"] = ""
    model: str = ""
    calibrated: bool = False

    def __post_init__(self) -> None:
        _need(bool(self.name) and 0.0 <= self.p <= 1.0, f"action {self.name!r} with p {self.p}")
        _need(self.since <= self.t, "an action cannot begin after it was seen")


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that can be decided: one property of one part, such as "gate.angle", from the project's manifest.

    `low`, `high`, `safe` in `unit`; `slew` in units per second (0: no limit); `hazard` H0 information, H1 light or
    sound, H2 motion, heat or water, H3 a person's safety; `level` the dial that the project asks for; `on_loss`
    ("safe",) or ("hold", milliseconds); `alarm`: it calls for help, and may do so without a yes whatever its hazard.
    """

    id: str
    device: str
    channel: str
    prop: str
    kind: str
    low: float
    high: float
    safe: float
    unit: str
    hazard: Hazard
    level: Level
    label: Labels
    reversible: bool = True
    slew: float = 0.0
    on_loss: tuple[str] | tuple[str, int] = ("safe",)
    costs: Costs | None = None
    alarm: bool = False

    def __post_init__(self) -> None:
        _need(self.id == f"{self.channel}.{self.prop}", f"resource {self.id!r} is not part.property")
        _need(self.low <= self.safe <= self.high, f"{self.id}: safe {self.safe} is outside {self.low}..{self.high}")

    @property
    def op(self) -> str:
        """The wire's operation that sets this resource, such as "servo.set"."""
        return f"{self.kind}.set"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an agent would do: set `resource` (such as "gate.angle") to `value` in the resource's unit, because of
    the condition `trigger`; `p` 0..1, a probability where it is `calibrated`; `t` time of the evidence on the arbiter's
    clock, which is fresh for `ttl` seconds; `deadline` and `hold` in seconds; `model` the version that judged;
    `options` the labels that the evidence cannot tell apart (empty: not known); `doubt` why it decides nothing
    (like nothing that was taught, or two sensors disagree); `session` the visit of the person it is about; `sim` it
    comes from a simulation; `veto`, `snooze`, `choices` and `level` as in Rule; `evidence` what it rests on
    ("soil@12.300", for the record); `ref` the name under which a program knows it."""

    resource: str
    value: float
    trigger: str
    p: float
    because: Labels
    t: float
    what: Labels = field(default_factory=dict)
    deadline: float = 8.0
    hold: float = 5.0
    agent: str = "agent:pose"
    ttl: float = 1.5
    model: str = ""
    options: tuple[str, ...] = ()
    doubt: Literal["", "unseen", "disagree"] = ""
    session: str = ""
    sim: bool = False
    costs: Costs | None = None
    veto: float | None = None
    snooze: float | None = None
    choices: tuple[Choice, ...] = ()
    level: Level | None = None
    evidence: tuple[str, ...] = ()
    ref: str = ""
    calibrated: bool = False

    @property
    def question(self) -> Question:
        """What makes two questions equal: who asks, because of what, for which value; and, where several answers are
        offered, in which words."""
        return (self.agent, self.trigger, self.value, said(self.what) if self.choices else "")

    def __post_init__(self) -> None:
        _need("." in self.resource, f"resource {self.resource!r} is not part.property")
        _need(math.isfinite(self.value) and 0.0 <= self.p <= 1.0, f"value {self.value}, p {self.p}")
        _need(self.deadline > 0 and self.hold > 0, "deadline and hold must be positive")
        _need(math.isfinite(self.t) and self.ttl > 0, "evidence without a time or a time to live")


@dataclass(frozen=True, slots=True)
class Effective:
    """The dial in force: the level `eff`, what bound it (`by`: dial, stop, link, journal, hazard, confidence,
    freshness, late, …: docs/decisions.md), and the level `req` that was asked for."""

    eff: Level
    by: str
    req: Level


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision at one moment of its life; each transition makes a new value with the same `id`.

    Times are seconds of the arbiter's clock: `t` when this state began, `until` when it ends by itself (proposed: the
    answer's deadline; done: the end of the hold). `digest` names what was shown, so that a yes can only mean that.
    `by` made this transition, `reason` is its code (docs/decisions.md).
    """

    id: str
    resource: str
    value: float
    p: float
    because: Labels
    state: DecisionState
    level: Effective
    epoch: int
    digest: str
    t: float
    until: float
    hold: float
    agent: str
    trigger: str
    what: Labels = field(default_factory=dict)
    by: str = ""
    reason: str = ""
    options: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def live(self) -> bool:
        """True until the decision has reached an end state."""
        return self.state in LIVE_STATES


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said: `verb` about the decision `id` whose card with `digest` they saw; `seat` is
    "human:<role>#<seat>"; `value` for edit and override; `resource` for override, handback, rearm and dial; `level`
    for dial. For teach: `sample` (its digest) shows `label` to `model`, and whoever is in it has agreed (`consent`);
    forget takes a sample back, promote puts the measured version `sample` of `model` in force, rollback the one
    before."""

    verb: Verb
    seat: str
    id: str = ""
    digest: str = ""
    value: float | None = None
    resource: str = ""
    level: Level | None = None
    model: str = ""
    sample: str = ""
    label: str = ""
    consent: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """An order to a board's part, as in wire.md: `ttl` milliseconds is both the greatest age and the lease."""

    id: str
    epoch: int
    op: str
    channel: str
    args: dict[str, float]
    ttl: int
    decision: str

    def __post_init__(self) -> None:
        _need(0 < self.ttl <= 60_000 and self.epoch >= 0, f"ttl {self.ttl}, epoch {self.epoch}")


@dataclass(frozen=True, slots=True)
class State:
    """The last known state of a board's channel, from the board itself."""

    device: str
    channel: str
    values: dict[str, float] = field(default_factory=dict)
    t: float = 0.0
