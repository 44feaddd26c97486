"""Gives the actions that a project recognises, as its tables name them (project/actions.py), and what sees them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gongzhi.errors import DataError
from gongzhi.pose_rule import PoseRule
from gongzhi.samples import Sample
from gongzhi.stages.identify import RULES, Worth
from gongzhi.text import N_
from gongzhi.values import Action, Features, Labels

if TYPE_CHECKING:
    from gongzhi.coach.coach import Coach
    from gongzhi.coach.limits import Limits
    from gongzhi.feelers import Feelers
    from gongzhi.learn.pack import Pack
    from gongzhi.learn.recogniser import Judge, Learnt, Recogniser


@dataclass(frozen=True, slots=True)
class Source:
    """A model's file, or a data set's folder where `nearest`; `names` the action of each label; `sensor` the part in
    whose samples it looks, "" for the camera; `picks` which numbers of a sample, where it is not all of them; `hands`:
    it looks at what fingers do, too."""

    path: Path
    nearest: bool
    names: dict[str, str]
    sensor: str = ""
    picks: tuple[int, ...] = ()
    hands: bool = False


@dataclass(frozen=True, slots=True)
class Actions:
    """What a project recognises: `labels` of each action by its name; `poses`, how long each must be kept, and what
    some were measured to be worth (`worths`);
    `sources` of learnt ones by the name of their table; the `pack` whose coach watches, whether it looks at `legs`,
    has a `voice`, and an adult's `limits`."""

    labels: dict[str, Labels] = field(default_factory=dict)
    poses: dict[str, PoseRule] = field(default_factory=dict)
    dwells: dict[str, float] = field(default_factory=dict)
    worths: dict[str, Worth] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)  # what main.py recognises, and how long it must be kept
    pack: Pack | None = None
    legs: bool = True
    voice: bool = False
    limits: Limits | None = None
    hands: bool = False  # project.toml asks for them, whether or not something needs them
    taught: Path | None = None  # the data set with what people have taught the coach

    @property
    def felt(self) -> dict[str, str]:
        """The part in whose samples an action is recognised, for those that no camera sees."""
        sources = self.sources.values()
        return {name: source.sensor for source in sources if source.sensor for name in source.names.values()}


def hands_of(actions: Actions) -> bool:
    """Whether hands are to be looked for: a rule speaks of fingers, a model looks at them, or the project asks."""
    learnt = any(source.hands for source in actions.sources.values())
    return actions.hands or learnt or any(rule.hands for rule in actions.poses.values())


def action_of(label: str) -> str:
    """The name by which conditions call a label: "left wave" is left_wave."""
    name = re.sub(r"\W+", "_", label).strip("_") or "_"
    return name if not name[0].isdigit() else f"_{name}"


class Recognisers:
    """What sees all these actions in a person's features: a `Recogniser`, with `close`.

    One thread calls it; `swap` may be called from another. Raises DataError and ModelError; takes a second or two where
    a data set has to be read.
    """

    def __init__(self, actions: Actions) -> None:
        from gongzhi.learn.own import Own
        from gongzhi.learn.recogniser import Rules

        self._rules: Recogniser = Rules({**RULES, **actions.poses}, actions.dwells, actions.worths)
        self._learnt: dict[str, Learner] = {}
        self._coming: dict[str, Learner | None] = {}
        self._lock = threading.Lock()
        self.hands = hands_of(actions)
        for name, source in actions.sources.items():
            if not source.sensor:  # feelers.py
                self._learnt[name] = learner(name, source, hands=self.hands)
        self.own = Own(actions.own)  # told what the program says
        self._says = [self.own] if actions.own else []

    def __call__(self, features: Features | None, t: float) -> tuple[Action, ...]:
        """One action for each name, held or not, of the frame captured at `t` (s)."""
        if self._coming:
            self._take_over()
        if not self._learnt and not self._says:
            return self._rules(features, t)
        found = [self._rules(features, t), *(one.see(features, t) for one in self._learnt.values())]
        found += [one(features, t) for one in self._says]
        return tuple(action for some in found for action in some)

    @property
    def strange(self) -> bool:
        """Whether somebody moves now as none of the models has learnt; may be asked from any thread."""
        verdicts = [one.see.verdict for one in list(self._learnt.values())]
        return bool(verdicts) and all(one is not None and one.unlearnt for one in verdicts)

    def call(self, name: str, version: str) -> None:
        """From now on what sees as `name` says that it is this `version`; before the first frame."""
        self._learnt[name].see.model = f"{name}@{version}"

    def swap(self, name: str, one: Learner | None) -> None:
        """Let `one` see in the place of what sees as `name` now, from the next frame on; what is held then is held no
        more, and begins anew where the new one sees it, too. None: from then on nothing sees as `name`."""
        with self._lock:
            self._coming[name] = one

    def _take_over(self) -> None:
        with self._lock:
            coming, self._coming = self._coming, {}
        for name, one in coming.items():
            before = self._learnt.get(name)
            if one is None:
                self._learnt.pop(name, None)
            else:
                self._learnt[name] = one
            if before is not None:
                before.close()

    def close(self) -> None:
        """Let go of the models."""
        self._take_over()
        while self._learnt:
            self._learnt.popitem()[1].close()


@dataclass(frozen=True, slots=True)
class Learner:
    """What sees by one version of a model; `names` the action of each label; `close` lets go of it."""

    see: Learnt
    names: dict[str, str]
    close: Callable[[], None]
    sensor: str = ""  # the part in whose samples it looks
    picks: tuple[int, ...] = ()


def picked(sample: Sample, picks: tuple[int, ...]) -> Sample:
    """What a model looks at of a sensor's sample (Source.picks)."""
    return Sample(sample.t, tuple(sample.values[i] for i in picks)) if picks else sample


def learner(name: str, source: Source, version: str = "", *, hands: bool = False) -> Learner:
    """What sees by a source as it is on the disk now; a label that is new there becomes an action of its own name.
    `version` (gongzhi.teach.versions) goes into the journal, `hands` says whether the run looks for them. Raises
    DataError, also for a model that looks at hands in a run that does not, and ModelError."""
    from gongzhi.learn.recogniser import Learnt

    judge, rate, close = judge_of(source)
    if judge.view.hands and not hands:
        close()
        raise DataError(
            N_("“{model}” has learnt from hands, and this run does not look for any."),
            N_("Write hands = true under [camera] in project.toml and start again, or train without hands."),
            model=name,
        )
    names = {label: source.names.get(label) or action_of(label) for label in judge.labels}
    return Learner(Learnt(judge, rate, names=names, model=f"{name}@{version}" if version else name), names, close,
                   source.sensor, source.picks)  # fmt: skip


def coach_of(actions: Actions) -> Coach | None:
    """The coach of the project's pack; None without one. Raises DataError; takes about half a second."""
    if actions.pack is None:
        return None
    from gongzhi.coach.coach import Coach
    from gongzhi.learn import dataset

    shown = dataset.load(actions.taught).people() if actions.taught is not None else ()
    return Coach(actions.pack, legs=actions.legs, limits=actions.limits, taught=shown)


def feelers_of(actions: Actions, *, later: bool = False) -> Feelers | None:
    """What recognises actions in sensors' samples; None where no model looks at a sensor, and none can come `later`."""
    if not actions.felt and not later:
        return None
    from gongzhi.feelers import Feelers

    return Feelers(actions)


def judge_of(source: Source) -> tuple[Judge, float, Callable[[], None]]:
    """What judges windows, its frames a second, and what ends it. Raises DataError and ModelError."""
    if source.nearest:
        from gongzhi.learn import dataset
        from gongzhi.learn.workflow import nearest

        data = dataset.load(source.path)
        return nearest(data), data.about.rate, lambda: None
    from gongzhi.learn.model import load

    model = load(source.path)
    return model, model.note.rate, model.close
