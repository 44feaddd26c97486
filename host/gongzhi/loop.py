"""The seven calls in their order, and how long each takes: a frame in, what is seen; what is seen in, effects out."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from gongzhi.arbiter.effects import Effect
from gongzhi.arbiter.events import Event
from gongzhi.stages.estimate import Estimator
from gongzhi.stages.extract import extract
from gongzhi.stages.identify import IdentifyState, identify
from gongzhi.stages.propose import ProposeState, propose
from gongzhi.stages.resolve import Arbiter, resolve
from gongzhi.values import Action, Frame, Keypoints, Rule

STAGES: Final = ("estimate", "extract", "identify", "propose", "resolve", "send")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sight:
    """What the machine sees in one frame."""

    frame: Frame
    keypoints: Keypoints | None
    actions: tuple[Action, ...]


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


class Loop:
    """From a frame to what is to be sent. `see` runs in the pose thread, `decide` and `step` in the arbiter's."""

    def __init__(self, estimator: Estimator, arbiter: Arbiter) -> None:
        self.estimator, self.arbiter = estimator, arbiter
        self.rules: tuple[Rule, ...] = ()
        self.timing = Timing()
        self._identify = IdentifyState()
        self._propose = ProposeState()

    def see(self, frame: Frame) -> Sight:
        """estimate, extract, identify."""
        of = self.timing.of
        keypoints = of("estimate", lambda: self.estimator(frame))
        features = of("extract", lambda: extract(keypoints) if keypoints is not None else None)
        actions = of("identify", lambda: identify(features, frame.t, self._identify))
        return Sight(frame, keypoints, actions)

    def decide(self, sight: Sight, now: float) -> list[Effect]:
        """propose, resolve."""
        events = self.timing.of("propose", lambda: propose(sight.actions, self.rules, self._propose, now))
        return [effect for event in events for effect in self.step(event, now)]

    def step(self, event: Event, now: float) -> list[Effect]:
        """resolve one event, whoever it comes from."""
        return self.timing.of("resolve", lambda: resolve(self.arbiter, event, now))
