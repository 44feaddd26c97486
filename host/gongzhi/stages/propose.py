"""Takes what is seen in one frame and what the sensors say, gives proposals by the project's rules, and their ends.

One hold is one proposal, however long it lasts. The end of a hold is an event of its own: only after it is the same
pose a new question. Conditions of sensors (gongzhi.conditions) join here, on the same path. What hangs on a sensor
that has fallen silent is unknown: it proposes nothing, and what it has led to is given up (TakeOver).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gongzhi.arbiter.events import EvidenceGone, Proposed, Seen, TakeOver
from gongzhi.conditions import (
    SIGHT_TTL,
    Compare,
    Condition,
    Finding,
    Held,
    Reading,
    Recognised,
    Scene,
    age,
    parts,
)  # fmt: skip
from gongzhi.values import Action, Proposal, Rule, Watch, said

AGENT: Final = "agent:pose"
SENSORS: Final = "agent:sensors"  # the author of what does not rest on the camera alone
SEEN_S: Final = 1.0  # that somebody is there is said this often
_EPS: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Met:
    """The condition of a program's own function has become true (`on`), or is so no longer."""

    trigger: str
    on: bool


Meaning = Proposed | EvidenceGone | Seen | TakeOver | Met


@dataclass(slots=True)
class Phase:
    """How one condition stands: true `since`, of the `hold` with this beginning; `met` once its dwell time was over;
    `told` when each proposal was made; `memory` of its comparisons."""

    since: float | None = None
    hold: float | None = None
    met: bool = False
    owed: bool = False  # proposals were made, and their evidence has not gone yet
    told: dict[tuple[str, float, str], float] = field(default_factory=dict)
    memory: dict[Compare, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Course:
    """One condition that takes more than one look, with the rules that wait for it; `called`: a program's function
    does, too."""

    watch: Watch
    condition: Condition
    agent: str
    rules: tuple[Rule, ...]
    called: bool
    trigger: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from rules and watches alone, worked out once and not at each frame."""

    rules: Sequence[Rule]
    watches: Sequence[Watch]
    at_once: tuple[Rule, ...]
    courses: tuple[Course, ...]


@dataclass(slots=True)
class ProposeState:
    """What is remembered between frames: when each held action began (its `since`), how each condition stands, what
    the sensors said last and what models recognised in it (`felt`). `conditions` are the trees by their watch; one that
    is missing is an action's name."""

    held: dict[str, float] = field(default_factory=dict)
    seen: float = float("-inf")  # when it was said last that somebody is there
    conditions: dict[Watch, Condition] = field(default_factory=dict)
    phases: dict[Watch, Phase] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    felt: dict[str, Recognised] = field(default_factory=dict)  # by action
    scene: Scene | None = None  # as of the last frame
    due: float = math.inf  # when to reconsider, if nothing else happens before (s)
    plan: Plan | None = None
    feels: Collection[str] = frozenset()  # the parts in whose samples something is recognised

    def condition(self, watch: Watch) -> Condition:
        """The tree of a watch."""
        return self.conditions.get(watch) or Held(watch.when)


def propose(
    actions: Iterable[Action], rules: Sequence[Rule], state: ProposeState, now: float, *, captured: float | None = None,
    model: str = "", somebody: bool = False, sim: bool = False, watches: Sequence[Watch] = (), blind: bool = False,
) -> list[Meaning]:  # fmt: skip
    """What the actions of one frame mean by these rules, in the order of the rules; ends before beginnings.

    Args:
        actions: everything identified in this frame; empty where nobody is seen. An action that is missing is as
            good as one that is not held, so call this with no actions when the camera has gone.
        rules: several may be for the same action.
        state: is changed.
        now: seconds of the arbiter's clock.
        captured: when the frame was captured, on the arbiter's clock (a file's own time is no such clock); without
            it the evidence counts as captured `now`.
        model: the version of what judged, for the journal.
        somebody: a person is in the picture, whatever they do; said at most once a second.
        sim: the frame was drawn, not seen: it may move no real board.
        watches: conditions that a program's own functions wait for.
        blind: there is no frame: the camera has gone, and what it would show is unknown.
    """
    every = {action.name: action for action in actions}
    seen = {name: action for name, action in every.items() if action.held}
    events: list[Meaning] = []
    if somebody and now - state.seen >= SEEN_S:
        state.seen = now
        events.append(Seen())
    events += _ends(seen, state)
    fresh = {name for name in seen if name not in state.held}
    state.held |= {name: seen[name].since for name in fresh}
    t = now if captured is None else min(captured, now)
    for rule in _planned(rules, watches, state).at_once if fresh else ():
        if rule.when in fresh:
            events.append(Proposed(_from_action(rule, seen[rule.when], t, sim=sim, model=model)))
    state.scene = None if blind else Scene(now, every, t, state.readings, sim, model, state.felt)
    return events + reconsider(rules, state, now, watches=watches)


def _ends(seen: dict[str, Action], state: ProposeState) -> list[Meaning]:
    """Forget the holds that have ended. One that began at another moment is another hold, even where the frame between
    the two was never seen."""
    gone = [name for name, since in state.held.items() if name not in seen or seen[name].since != since]
    for name in gone:
        del state.held[name]
    return [EvidenceGone(name, AGENT) for name in gone]


def reconsider(
    rules: Sequence[Rule], state: ProposeState, now: float, *, watches: Sequence[Watch] = ()
) -> list[Meaning]:
    """What the conditions mean at `now` (s) that take more than one look at one pose: those with sensors, with a dwell
    time, and the program's own. Call it with each frame, with each reading, and at `state.due`."""
    state.due = math.inf
    courses = _planned(rules, watches, state).courses
    if not courses:
        state.phases.clear()
        return []
    last = state.scene
    scene = Scene(
        now, last.actions if last else None, last.seen if last else now, state.readings,
        last.sim if last else False, last.model if last else "", state.felt,
    )  # fmt: skip
    ends: list[Meaning] = []
    begins: list[Meaning] = []
    for course in courses:
        _advance(course, state, scene, ends, begins)
    return ends + begins


def silent(rules: Sequence[Rule], state: ProposeState, now: float, watches: Sequence[Watch] = ()) -> frozenset[str]:
    """The parts that some rule needs and that say nothing now."""
    wanted = {rule.watch for rule in rules} | set(watches)
    needed = frozenset().union(*(parts(state.condition(watch)) for watch in wanted))
    felt = {one.part for one in state.felt.values() if now - one.action.t <= SIGHT_TTL}
    fresh = {part for part, one in state.readings.items() if one.fresh(now)}
    return frozenset(part for part in needed if part not in (felt if part in state.feels else fresh))


def _planned(rules: Sequence[Rule], watches: Sequence[Watch], state: ProposeState) -> Plan:
    """The plan for these rules; made anew where they are others than before."""
    plan = state.plan
    if plan is not None and plan.rules is rules and plan.watches is watches:
        return plan
    at_once: list[Rule] = []
    waiting: dict[Watch, list[Rule]] = {watch: [] for watch in watches}
    for rule in rules:
        # A rule for one action of the camera, from the moment in which it is held, needs no second look.
        condition = state.condition(rule.watch)
        simple = not rule.dwell and not rule.again and isinstance(condition, Held) and not condition.part
        (at_once if simple else waiting.setdefault(rule.watch, [])).append(rule)
    courses = []
    for watch, wanted in waiting.items():
        condition = state.condition(watch)
        agent = SENSORS if parts(condition) else AGENT
        courses.append(Course(watch, condition, agent, tuple(wanted), watch in watches, watch.trigger))
    for gone in [watch for watch in state.phases if watch not in waiting]:
        del state.phases[gone]
    state.plan = Plan(rules, watches, tuple(at_once), tuple(courses))
    return state.plan


def _advance(course: Course, state: ProposeState, scene: Scene, ends: list[Meaning], begins: list[Meaning]) -> None:
    """Take one look at one condition."""
    watch, rules, condition, agent, now = course.watch, course.rules, course.condition, course.agent, scene.now
    phase = state.phases.get(watch)
    if phase is None:
        phase = state.phases[watch] = Phase()
    found = condition.find(scene, phase.memory)
    action = found.evidence[0].action if isinstance(condition, Held) and found.truth else None
    hold = action.since if action else None
    if phase.since is not None and (not found.truth or hold != phase.hold):
        if course.called and phase.met:
            ends.append(Met(course.trigger, False))
        if found.truth is None and phase.met:
            ends += [TakeOver(rule.resource, agent, course.trigger) for rule in rules]
        phase.since, phase.met = None, False
        phase.told.clear()
    if found.truth is not None and phase.owed and phase.since is None and not (found.truth and hold == phase.hold):
        phase.owed = False
        ends.append(EvidenceGone(course.trigger, agent))
    if found.truth:
        if phase.since is None:
            phase.since, phase.hold = now, hold
        if not phase.met and now - phase.since >= watch.dwell - _EPS:
            phase.met = True
            if course.called:
                begins.append(Met(course.trigger, True))
        if phase.met:
            _tell(course, phase, found, scene, begins)
    _look_again(course, phase, state, found, now)


def _tell(course: Course, phase: Phase, found: Finding, scene: Scene, begins: list[Meaning]) -> None:
    """Propose what has not been proposed in this hold, or not for so long that it is to be proposed again."""
    now = scene.now
    for rule in course.rules:
        key = _key(rule)
        told = phase.told.get(key)
        if told is None or (rule.again and now - told >= rule.again - _EPS):
            phase.told[key] = now
            phase.owed = True
            begins.append(Proposed(_from_finding(rule, course.trigger, found, scene, course.agent)))


def _key(rule: Rule) -> tuple[str, float, str]:
    """What tells the rules of one condition apart: two questions may have the same first answer."""
    return rule.resource, rule.value, said(rule.what) if rule.choices else ""


def _look_again(course: Course, phase: Phase, state: ProposeState, found: Finding, now: float) -> None:
    """Note when this condition needs the next look although nothing is said."""
    times = [one.t + one.ttl + _EPS for one in found.evidence]
    if phase.since is not None:
        if not phase.met:
            times.append(phase.since + course.watch.dwell)
        times += [
            phase.told[_key(rule)] + rule.again for rule in course.rules if rule.again and _key(rule) in phase.told
        ]
    for t in times:
        if now < t < state.due:
            state.due = t


def _from_action(rule: Rule, action: Action, t: float, *, sim: bool, model: str) -> Proposal:
    return _proposal(
        rule, rule.when, action.p, t, sim=sim, action=action, model=action.model or model, calibrated=action.calibrated
    )


def _from_finding(rule: Rule, trigger: str, found: Finding, scene: Scene, agent: str) -> Proposal:
    # As fresh as the stalest of what it rests on.
    oldest = max(found.evidence, key=lambda one: age(one, scene.now))
    action = next((one.action for one in found.evidence if one.action), None)
    model = (action.model or scene.model) if action else ""
    return _proposal(
        rule, trigger, found.p, min(oldest.t, scene.now), ttl=oldest.ttl, agent=agent, action=action, model=model,
        sim=any(one.sim for one in found.evidence),
        evidence=tuple(f"{one.name}@{one.t:.3f}" for one in found.evidence[:3]),
        # How sure several things are together nobody has measured.
        calibrated=len(found.evidence) == 1 and action is not None and action.calibrated,
    )  # fmt: skip


def _proposal(
    rule: Rule, trigger: str, p: float, t: float, *, sim: bool, action: Action | None, model: str,
    agent: str = AGENT, ttl: float = 1.5, evidence: tuple[str, ...] = (), calibrated: bool = False,
) -> Proposal:  # fmt: skip
    return Proposal(
        rule.resource, rule.value, trigger, p, rule.because, t,
        what=rule.what, deadline=rule.deadline, hold=rule.hold, agent=agent, ttl=ttl, model=model, sim=sim,
        options=action.options if action else (), doubt=rule.doubt or (action.doubt if action else ""),
        costs=rule.costs, veto=rule.veto, snooze=rule.snooze, choices=rule.choices, level=rule.level,
        evidence=evidence, calibrated=calibrated,
    )  # fmt: skip
