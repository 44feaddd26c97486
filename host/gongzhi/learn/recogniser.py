"""Takes a person's features frame by frame, gives actions as `identify` does, from rules, templates or a model."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping
from typing import Final, Literal, Protocol

from gongzhi.learn.features import Mask, Points
from gongzhi.learn.verdict import ENOUGH, Verdict
from gongzhi.learn.view import View
from gongzhi.learn.windows import LENGTH, resample
from gongzhi.samples import Sample
from gongzhi.stages.identify import DWELL, RULES, Hold, IdentifyState, Need, Slack, Worth, identify
from gongzhi.values import Action, Features

# The probability with which a label begins to be held, and below which it ends.
SURE: Final = Need(0.7, 0.5)
# Beyond this strangeness nobody would take the movement for the label: it holds nothing, and nobody is asked.
FAR: Final = 2.0
STAYS: Final = 1.25  # up to this strangeness a label that is held goes on: at the edge it would come and go
MOST: Final = 3  # labels that a person could be asked to choose from
_EPS: Final = 1e-6


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

    @property
    def view(self) -> View:
        """What it looks at."""
        ...

    def judge(self, points: Points, seen: Mask) -> Verdict:
        """The verdict on `points` (30, 13, 2) in trunks, of which `seen` (30, 13), or on a sensor's window."""
        ...


class Rules:
    """The rules of `identify` as a recogniser."""

    def __init__(
        self, rules: Mapping[str, Slack] = RULES, dwells: Mapping[str, float] | None = None,
        worths: Mapping[str, Worth] | None = None,
    ) -> None:  # fmt: skip
        """`rules` by the name of their action, for how many seconds some of them must be kept (else DWELL), and what
        some were measured to be worth (worth.py)."""
        self._state = IdentifyState(rules, dwells or {}, worths or {})

    def __call__(self, features: Features | None, t: float) -> tuple[Action, ...]:
        """As `identify`."""
        return identify(features, t, self._state)


class Learnt:
    """A judge of windows as a recogniser.

    A label is held when its calibrated probability is at least 0.7 for the dwell time of `identify` while it is the
    only one that it can be; it goes on above 0.5. Where it can be one of two or three labels, which are together as
    probable as that, or the window is a little strange (up to FAR), the most probable one is held with its `options`
    and `doubt`, so that the loop asks instead of acting; and only after a whole window of such doubt, for between two
    movements every window is doubtful. What ends a doubt begins a hold of its own: it is a new question.

    Windows are judged as often as the model's frames come, whatever the camera's rate: an action's `t` is the capture
    time of the last frame of the window, so that it is never older than one frame of the model.
    """

    def __init__(self, judge: Judge, rate: float, *, names: Mapping[str, str] | None = None, model: str = "") -> None:
        """`rate` frames a second of the judge's windows (`Model.note.rate`); `names` the actions' names, where they
        differ from the labels; `model` what judges, for the journal."""
        self._judge, self._rate, self.model = judge, rate, model
        self._names = {label: (names or {}).get(label, label) for label in judge.labels}
        self._frames: deque[Features | Sample] = deque()
        self.forget()

    def forget(self) -> None:
        """Begin anew: what was before has no connection with what comes."""
        self._frames.clear()
        span = LENGTH / self._rate
        self._clear = {label: Hold() for label in self._judge.labels}
        self._doubtful = {label: Hold(max(span, DWELL)) for label in self._judge.labels}
        self._t: float | None = None
        self._judged, self.verdict = -math.inf, None

    verdict: Verdict | None
    """On the last whole window; None where there is none of the last moments."""

    def __call__(self, features: Features | Sample | None, t: float) -> tuple[Action, ...]:
        """One action a label, of a person's features or a sensor's sample. A time before the last one, or half a second
        without a person, or a hole in what a sensor says, begins anew."""
        if self._t is not None and t < self._t:
            self.forget()
        self._t = t
        if self._frames and t - self._frames[-1].t > self._judge.view.lost:
            self._frames.clear()
        if features is not None:
            self._take(features)
        if t - self._judged > 1 / self._rate + _EPS:
            self.verdict = None  # of another moment; a flicker is bridged by Hold
        best, options, doubt = _meaning(self.verdict, {label for label, hold in self._clear.items() if hold.held})
        return tuple(self._action(label, label == best, options, doubt, t) for label in self._judge.labels)

    def _action(
        self, label: str, best: bool, options: tuple[str, ...], doubt: Literal["", "unseen"], t: float
    ) -> Action:
        verdict = self.verdict
        p = min(max(verdict.p[label], 0.0), 1.0) if verdict else 0.0
        unsure = len(options) > 1 or bool(doubt)
        # Of several options the holder is as sure as they are together. -2 is beyond `leave`: it is lost.
        total = min(sum(verdict.p[one] for one in options), 1.0) if verdict and best else 0.0
        clear, doubtful = self._clear[label], self._doubtful[label]
        clear.take(SURE.slack(p) if best and not unsure else -2.0, t)
        doubtful.take(SURE.slack(total) if best and unsure else -2.0, t)
        name = self._names[label]
        if clear.held or not doubtful.held:
            since = t if clear.since is None else clear.since
            return Action(name, clear.held, p, since, t, model=self.model, calibrated=True)
        several = tuple(self._names[one] for one in options) if best and len(options) > 1 else ()
        since = t if doubtful.since is None else doubtful.since
        # In the gap of a flicker nothing is known of the options: that, too, is doubt.
        return Action(name, True, p, since, t, several, doubt if several or doubt else "unseen", self.model, True)

    def _take(self, features: Features | Sample) -> None:
        """Judge the window that ends with this frame, once there is a whole one and the model's time has come."""
        self._frames.append(features)
        span = (LENGTH - 1) / self._rate
        while len(self._frames) > 2 and features.t - self._frames[1].t >= span:
            self._frames.popleft()
        if features.t - self._frames[0].t < span - _EPS or features.t - self._judged < 1 / self._rate - _EPS:
            return
        points, seen = resample(list(self._frames), self._rate, self._judge.view)
        self.verdict = self._judge.judge(points[-LENGTH:], seen[-LENGTH:])
        self._judged = features.t


def _meaning(verdict: Verdict | None, held: Collection[str]) -> tuple[str, tuple[str, ...], Literal["", "unseen"]]:
    """The most probable label, "" for none; the labels that it can be; and whether it is a little strange, for one that
    is not among those `held`."""
    if verdict is None or verdict.seen < ENOUGH or verdict.strange > FAR or len(verdict.options) > MOST:
        return "", (), ""
    best = max(verdict.options, key=verdict.p.__getitem__)
    return best, verdict.options, "unseen" if verdict.strange > (STAYS if best in held else 1.0) else ""


def together(*recognisers: Recogniser) -> Recogniser:
    """Several as one; of two that know the same name both speak, in this order."""

    def all_of_them(features: Features | None, t: float) -> tuple[Action, ...]:
        return tuple(action for each in recognisers for action in each(features, t))

    return all_of_them
