"""The calls of the data path in their order, and how long each takes: a frame in, what is seen and measured; what is
seen in, effects out."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final, TypeVar

from gongzhi.arbiter.effects import Effect
from gongzhi.arbiter.events import Event
from gongzhi.arbiter.recorded import decide
from gongzhi.conditions import READING_TTL, Condition, Reading, Recognised
from gongzhi.journal import Journal
from gongzhi.learn.recogniser import Recogniser, Rules
from gongzhi.pose.presence import Presence, State
from gongzhi.project.looks import Look
from gongzhi.samples import Sample
from gongzhi.stages.estimate import Estimator
from gongzhi.stages.extract import extract
from gongzhi.stages.measure import Measure
from gongzhi.stages.propose import Meaning, ProposeState, propose, reconsider, silent
from gongzhi.stages.resolve import Arbiter
from gongzhi.stages.send import Message, Sender
from gongzhi.values import Action, Features, Frame, Keypoints, Rule, Watch

if TYPE_CHECKING:
    from gongzhi.coach.coach import Coach
    from gongzhi.coach.events import Event as Noticed
    from gongzhi.feelers import Feelers

STAGES: Final = ("estimate", "extract", "identify", "measure", "propose", "resolve", "send")
COUNT_S: Final = 2.0  # seconds between two counts of people: each takes as long as some frames
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sight:
    """What the machine sees in one frame."""

    frame: Frame
    keypoints: Keypoints | None
    actions: tuple[Action, ...]
    noticed: tuple[Noticed, ...] = ()  # by the coach of a pack
    person: State = "none"  # how whoever is seen stands before the camera
    others: int = 0  # people seen besides, of whom nothing else is known
    features: Features | None = None
    measured: Mapping[str, float] = field(default_factory=dict)  # of the picture, as stages/measure.py gives it

    @property
    def sim(self) -> bool:
        """Whether it was drawn, and may move no real board."""
        return self.frame.truth is not None or self.frame.drawn is not None


@dataclass(slots=True)
class Timing:
    """The last durations of each stage, in milliseconds."""

    ms: dict[str, deque[float]] = field(default_factory=lambda: {name: deque(maxlen=600) for name in STAGES})

    def of(self, stage: str, call: Callable[[], T]) -> T:
        """Make the call and note how long it took."""
        begin = time.perf_counter()
        try:
            return call()
        finally:
            self.ms[stage].append((time.perf_counter() - begin) * 1e3)

    @property
    def medians(self) -> dict[str, float]:
        """The median of each stage that has run, in milliseconds."""
        return {name: round(median(values.copy()), 2) for name, values in self.ms.items() if values}


class Loop:
    """From a frame to what is to be sent. `see` runs in the pose thread, the others in the arbiter's."""

    def __init__(
        self, estimator: Estimator, arbiter: Arbiter, journal: Journal, sender: Sender,
        recognise: Recogniser | None = None, coach: Coach | None = None, feelers: Feelers | None = None,
        looks: Iterable[Look] = (),
    ) -> None:  # fmt: skip
        """`recognise` says what a person does, without it the built-in rules; `coach` watches movements of a pack;
        `feelers` say what boards' sensors feel; `looks` are measured in the picture."""
        self.estimator, self.arbiter, self.journal, self.sender = estimator, arbiter, journal, sender
        self.rules: tuple[Rule, ...] = ()
        self.watches: tuple[Watch, ...] = ()
        self.timing = Timing()
        self._identify, self.coach = recognise or Rules(), coach
        self._propose, self._presence, self._feelers = ProposeState(), Presence(fingers=estimator.fingers), feelers
        self._propose.feels = feelers.parts if feelers else ()
        self._measure = Measure(looks)
        self._counted = 0, -math.inf

    def see(self, frame: Frame) -> Sight:
        """estimate, extract, identify, measure."""
        of = self.timing.of
        keypoints = of("estimate", lambda: self.estimator(frame))
        person = self._presence(keypoints, frame.image, self.estimator.others, frame.t)
        features = of("extract", lambda: extract(keypoints) if keypoints is not None else None)
        actions = of("identify", lambda: self._identify(features, frame.t))
        others = self.estimator.others
        followed = (keypoints is not None) + others
        measured = of("measure", lambda: self._measure(frame, max(followed, self._count(frame))))
        if (coach := self.coach) is None:
            return Sight(frame, keypoints, actions, (), person, others, features, measured)
        more, noticed = of("identify", lambda: coach.see(keypoints, frame.t))
        return Sight(frame, keypoints, (*actions, *more), noticed, person, others, features, measured)

    def _count(self, frame: Frame) -> int:
        """How many people there are, as of at most COUNT_S ago; 0 where nobody wants to know."""
        if self._measure.counts and not 0 <= frame.t - self._counted[1] < COUNT_S:
            self._counted = self.estimator.count(frame), frame.t
        return self._counted[0]

    def declare(self, rules: Iterable[Rule], watches: Iterable[Watch], conditions: dict[Watch, Condition]) -> None:
        """Go by these rules and watches from now on, with the conditions of all of them; what was true by one of them
        before stays so. It is time to `reconsider`."""
        self.rules, self.watches, self._propose.conditions = tuple(rules), tuple(watches), conditions
        self._propose.plan, self._propose.due = None, -math.inf

    def sense(self, readings: Mapping[str, float], now: float, *, sim: bool, ttl: float = READING_TTL) -> None:
        """What parts say at `now` (s), in their units, and for how long that says something (s); `sim`: their board
        is a program."""
        for part, value in readings.items():
            self._propose.readings[part] = Reading(value, now, sim, ttl)

    def deaf(self, parts: Iterable[str]) -> None:
        """These parts have failed, or their board has gone: what they said last counts no longer."""
        for part in parts:
            self._propose.readings.pop(part, None)
            self._feel(part, ())
            if self._feelers is not None:
                self._feelers.forget(part)

    def feel(self, part: str, samples: Sequence[Sample], *, sim: bool) -> tuple[Action, ...] | None:
        """identify: what models recognise in the samples of a part; `sim`: its board is a program. Nothing where it is
        not known, None where no model looks at that part."""
        if (feelers := self._feelers) is None or part not in feelers.parts:
            return None
        actions = self.timing.of("identify", lambda: feelers(part, samples))
        self._feel(part, [Recognised(action, part, sim) for action in actions])
        return actions

    def _feel(self, part: str, recognised: Iterable[Recognised]) -> None:
        felt = self._propose.felt
        for name in [name for name, one in felt.items() if one.part == part]:
            del felt[name]
        felt.update({one.action.name: one for one in recognised})

    def silent(self, now: float) -> frozenset[str]:
        """The parts that some rule needs and that say nothing now."""
        return silent(self.rules, self._propose, now, self.watches)

    @property
    def due(self) -> float:
        """When `reconsider` has something to do next (s)."""
        return self._propose.due

    def reconsider(self, now: float) -> list[Meaning]:
        """propose: what sensors and dwell times mean at `now` by the rules."""
        return self.timing.of("propose", lambda: reconsider(self.rules, self._propose, now, watches=self.watches))

    def propose(self, sight: Sight, now: float, captured: float) -> list[Meaning]:
        """propose: what this sight, captured at `captured` (s), means by the rules."""
        model, somebody, sim = self.estimator.origin, sight.keypoints is not None, sight.sim
        return self.timing.of(
            "propose",
            lambda: propose(
                sight.actions,
                self.rules,
                self._propose,
                now,
                captured=captured,
                model=model,
                somebody=somebody,
                sim=sim,
                watches=self.watches,
            ),
        )

    def blind(self, now: float) -> list[Meaning]:
        """What it means that nothing can be seen: whatever was held is held no longer, and what is not is unknown."""
        return propose((), self.rules, self._propose, now, watches=self.watches, blind=True)

    def resolve(self, event: Event, now: float) -> list[Effect]:
        """resolve one event, whoever it comes from, with the journal before everything else."""
        return self.timing.of("resolve", lambda: decide(self.arbiter, self.journal, event, now))

    def send(self, effects: list[Effect], now: float) -> list[Message]:
        """send: the messages for the boards, with the renewals that are due."""
        return self.timing.of("send", lambda: self.sender.take(effects, now) + self.sender.due(now))
