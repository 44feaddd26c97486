"""Takes a person's features frame by frame, gives actions as `identify` does, from rules, templates or a model."""

from __future__ import annotations

from collections import deque
from typing import Final, Protocol

from gongzhi.learn.features import Mask, Points
from gongzhi.learn.model import Verdict
from gongzhi.learn.windows import LENGTH, resample
from gongzhi.stages.identify import Hold, IdentifyState, Need, identify
from gongzhi.values import Action, Features

# The probability with which a label begins to be held, and below which it ends.
SURE: Final = Need(0.7, 0.5)
_LOST: Final = 0.5  # seconds without a person after which what was seen before says nothing


class Recogniser(Protocol):
    """What says which actions a person does; one thread calls it, with frames in the order of their times."""

    def __call__(self, features: Features | None, t: float) -> tuple[Action, ...]:
        """One action for each name that it knows, held or not, of the frame captured at `t` seconds."""
        ...


class Judge(Protocol):
    """What gives a verdict on one window: `Model` or `Templates`."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the model."""
        ...

    def judge(self, points: Points, seen: Mask) -> Verdict:
        """The verdict on `points` (30, 13, 2) in trunks, of which `seen` (30, 13)."""
        ...


class Rules:
    """The rules of `identify` as a recogniser."""

    def __init__(self) -> None:
        self._state = IdentifyState()

    def __call__(self, features: Features | None, t: float) -> tuple[Action, ...]:
        """As `identify`."""
        return identify(features, t, self._state)


class Learnt:
    """A judge of windows as a recogniser.

    A label is held when its calibrated probability is at least 0.7 for the dwell time of `identify` while it is the
    only one that it can be; it goes on above 0.5. A window of another movement, of two possible labels, or with too
    little seen holds nothing: `verdict` then says what the possible labels are, so that the loop can ask.
    """

    def __init__(self, judge: Judge, rate: float) -> None:
        """`rate` frames a second of the judge's windows (`Model.note.rate`)."""
        self._judge, self._rate = judge, rate
        self._frames: deque[Features] = deque()
        self._begin(None)

    def _begin(self, t: float | None) -> None:
        self._frames.clear()
        self._holds = {label: Hold() for label in self._judge.labels}
        self._t, self.verdict = t, None

    verdict: Verdict | None
    """On the last whole window; None until there is one."""

    def __call__(self, features: Features | None, t: float) -> tuple[Action, ...]:
        """One action a label. A time before the last one, or half a second without a person, begins anew."""
        if self._t is not None and t < self._t:
            self._begin(None)
        self._t = t
        if self._frames and t - self._frames[-1].t > _LOST:
            self._frames.clear()
            self.verdict = None
        if features is not None:
            self._take(features)
        actions = []
        label = self.verdict.label if self.verdict else None
        for name, hold in self._holds.items():
            p = min(max(self.verdict.p[name], 0.0), 1.0) if self.verdict else 0.0
            # Beyond `leave` it is lost, whatever the probability: the window does not speak for this label alone.
            hold.take(SURE.slack(p) if name == label else -2.0, t)
            actions.append(Action(name, hold.held, p, t if hold.since is None else hold.since, t))
        return tuple(actions)

    def _take(self, features: Features) -> None:
        """Judge the window that ends with this frame, once there is a whole one."""
        self._frames.append(features)
        span = (LENGTH - 1) / self._rate
        while len(self._frames) > 2 and features.t - self._frames[1].t >= span:
            self._frames.popleft()
        if features.t - self._frames[0].t < span - 1e-6:
            return
        points, seen = resample(list(self._frames), self._rate)
        self.verdict = self._judge.judge(points[-LENGTH:], seen[-LENGTH:])


def together(*recognisers: Recogniser) -> Recogniser:
    """Several as one; of two that know the same name both speak, in this order."""

    def all_of_them(features: Features | None, t: float) -> tuple[Action, ...]:
        return tuple(action for each in recognisers for action in each(features, t))

    return all_of_them
