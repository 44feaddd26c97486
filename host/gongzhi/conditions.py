"""Takes a condition's tree and what is sensed now, gives whether it is true, false or unknown, how sure, and on what.

Unknown is an answer of its own (Kleene's strong three-valued logic): `soil < 30 and raining` is false as soon as one
side is known to be false, and unknown as long as it hangs on a sensor that has fallen silent. The words of the language
are in docs/api/conditions.md; gongzhi.condition_text reads them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Final, Literal

from gongzhi.text import N_, Language, pick, tr
from gongzhi.values import Action, Labels

TELEMETRY_S: Final = 5.0  # a board tells everything at least this often (docs/wire.md)
READING_TTL: Final = 3 * TELEMETRY_S  # two lost messages are no silence, three are
SIGHT_TTL: Final = 1.5  # as Proposal.ttl: what was seen so long ago says nothing of now
HYSTERESIS: Final = 0.02  # share of a sensor's range by which a number must come back …
OF_NUMBER: Final = 0.1  # … but no more than this share of the number: a scale of 5 kg may be asked for 20 g

Sign = Literal["<", "<=", ">", ">=", "==", "!="]
SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a part said last: `value` in its unit, when it came (`t`, s of the arbiter's clock), whether from a
    simulation, and for how long it says something (`ttl`, s)."""

    value: float
    t: float
    sim: bool = False
    ttl: float = READING_TTL

    def fresh(self, now: float) -> bool:
        """False once it is too old to say anything of `now`."""
        return now - self.t <= self.ttl


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a model says of a board's sensor: the `action`, judged on the sample at its `t` (s of the arbiter's clock),
    the `part` that felt it, whether from a simulation."""

    action: Action
    part: str
    sim: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is sensed at `now` (s): the `actions` of the frame captured at `seen` (None: there is no eye),
    the boards' last `readings` by part, and what models have recognised in their samples (`felt`), by action."""

    now: float
    actions: Mapping[str, Action] | None
    seen: float
    readings: Mapping[str, Reading]
    sim: bool = False
    model: str = ""
    felt: Mapping[str, Recognised] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a finding rests on: its name, its time (s) and for how long it says something (s)."""

    name: str
    t: float
    ttl: float
    sim: bool = False
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition is true (None: unknown), how sure (`p` of its truth, 0..1), and the evidence for it; of an
    unknown one `missing` names the parts that are silent."""

    truth: bool | None
    p: float = 1.0
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()


Memory = MutableMapping["Compare", bool]


@dataclass(frozen=True, slots=True)
class Held:
    """An action that the camera sees, such as hands_up, or that is recognised in the samples of a `part`."""

    name: str
    label: Labels = field(default_factory=dict, compare=False, hash=False)
    part: str = ""

    def find(self, scene: Scene, _memory: Memory) -> Finding:
        """True while it is held."""
        if self.part:
            return self._felt(scene)
        if scene.actions is None or scene.now - scene.seen > SIGHT_TTL:
            return Finding(None, 0.0, (), ("camera",))
        action = scene.actions.get(self.name)
        p = action.p if action else 0.0
        held = action is not None and action.held
        seen = Evidence(self.name, scene.seen, SIGHT_TTL, scene.sim, action)
        return Finding(held, p if held else 1.0 - p, (seen,))

    def _felt(self, scene: Scene) -> Finding:
        felt = scene.felt.get(self.name)
        if felt is None or scene.now - felt.action.t > SIGHT_TTL:
            return Finding(None, 0.0, (), (self.part,))
        action = felt.action
        seen = Evidence(self.name, action.t, SIGHT_TTL, felt.sim, action)
        return Finding(action.held, action.p if action.held else 1.0 - action.p, (seen,))

    def __str__(self) -> str:
        return self.name

    def say(self, language: Language) -> str:
        """The condition in words."""
        return pick(self.label, language) or self.name


@dataclass(frozen=True, slots=True)
class Compare:
    """A part's reading and a number; once true it stays so until the reading has come back by `slack` (its unit)."""

    part: str
    sign: Sign
    number: float
    slack: float = 0.0
    unit: str = ""
    label: Labels = field(default_factory=dict, compare=False, hash=False)

    def find(self, scene: Scene, memory: Memory) -> Finding:
        """Unknown while the part is silent; then it begins anew."""
        reading = scene.readings.get(self.part)
        if reading is None or not reading.fresh(scene.now):
            memory.pop(self, None)
            return Finding(None, 0.0, (), (self.part,))
        number = self.number
        if memory.get(self):
            number += self.slack if self.sign in ("<", "<=") else -self.slack if self.sign in (">", ">=") else 0.0
        memory[self] = truth = SIGNS[self.sign](reading.value, number)
        return Finding(truth, 1.0, (Evidence(self.part, reading.t, reading.ttl, reading.sim),))

    def __str__(self) -> str:
        return f"{self.part} {self.sign} {self.number:.10g}"

    def say(self, language: Language) -> str:
        """The condition in words."""
        return f"{pick(self.label, language) or self.part} {self.sign} {self.number:g}{self.unit}"


@dataclass(frozen=True, slots=True)
class On:
    """A switch, a button or a lamp that is on."""

    part: str
    label: Labels = field(default_factory=dict, compare=False, hash=False)

    def find(self, scene: Scene, _memory: Memory) -> Finding:
        """Unknown while the part is silent."""
        reading = scene.readings.get(self.part)
        if reading is None or not reading.fresh(scene.now):
            return Finding(None, 0.0, (), (self.part,))
        return Finding(reading.value > 0, 1.0, (Evidence(self.part, reading.t, reading.ttl, reading.sim),))

    def __str__(self) -> str:
        return self.part

    def say(self, language: Language) -> str:
        """The condition in words."""
        return tr(N_("{part} is on"), language, part=pick(self.label, language) or self.part)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    one: Condition

    def find(self, scene: Scene, memory: Memory) -> Finding:
        """Unknown where the other is."""
        found = self.one.find(scene, memory)
        return found if found.truth is None else Finding(not found.truth, found.p, found.evidence)

    def __str__(self) -> str:
        return f"not {self.one}" if isinstance(self.one, Held | On | Not) else f"not ({self.one})"

    def say(self, language: Language) -> str:
        """The condition in words."""
        return tr(N_("not: {what}"), language, what=self.one.say(language))


@dataclass(frozen=True, slots=True)
class All:
    """Several conditions, joined by `and`."""

    parts: tuple[Condition, ...]

    def find(self, scene: Scene, memory: Memory) -> Finding:
        """False where one is false, else unknown where one is; as sure as the weakest of them."""
        return _join([one.find(scene, memory) for one in self.parts], False)

    def __str__(self) -> str:
        return " and ".join(f"({one})" if isinstance(one, Some) else str(one) for one in self.parts)

    def say(self, language: Language) -> str:
        """The condition in words."""
        return tr(N_(" and "), language).join(one.say(language) for one in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    """Several conditions, joined by `or`."""

    parts: tuple[Condition, ...]

    def find(self, scene: Scene, memory: Memory) -> Finding:
        """True where one is true, else unknown where one is; as sure as the best of them."""
        return _join([one.find(scene, memory) for one in self.parts], True)

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))

    def say(self, language: Language) -> str:
        """The condition in words."""
        return tr(N_(" or "), language).join(one.say(language) for one in self.parts)


Condition = Held | Compare | On | Not | All | Some


def _join(found: list[Finding], decisive: bool) -> Finding:
    """One truth out of several: `decisive` is the value of which one is enough."""
    # All were asked, also after the first that decides: each keeps its own memory up to date.
    enough = [one for one in found if one.truth is decisive]
    if enough:
        evidence = tuple(each for one in enough for each in one.evidence)
        return Finding(decisive, max(one.p for one in enough), evidence)
    missing = tuple(name for one in found for name in one.missing)
    if missing:
        return Finding(None, 0.0, (), missing)
    return Finding(not decisive, min(one.p for one in found), tuple(each for one in found for each in one.evidence))


def parts(condition: Condition) -> frozenset[str]:
    """The parts whose readings it needs."""
    match condition:
        case Compare() | On():
            return frozenset({condition.part})
        case Held():
            return frozenset({condition.part} - {""})
        case Not(one):
            return parts(one)
        case All(several) | Some(several):
            return frozenset().union(*map(parts, several))


def age(one: Evidence, now: float) -> float:
    """How old the evidence is, in shares of its time to live."""
    return (now - one.t) / one.ttl if one.ttl else math.inf
