"""Takes the samples of a project's sensors, gives the actions that its models recognise in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gongzhi.actions import Actions, judge_of
from gongzhi.learn.recogniser import Learnt
from gongzhi.samples import Sample
from gongzhi.values import Action


class Feelers:
    """The models with a `sensor`, by its part. Not to be shared between threads. Raises DataError and ModelError."""

    def __init__(self, actions: Actions) -> None:
        self._ends: list[Callable[[], None]] = []
        self._of: dict[str, list[Learnt]] = {}
        for name, source in actions.sources.items():
            if source.sensor:
                judge, rate, end = judge_of(source)
                self._ends.append(end)
                self._of.setdefault(source.sensor, []).append(Learnt(judge, rate, names=source.names, model=name))

    @property
    def parts(self) -> frozenset[str]:
        """The parts whose samples are looked at."""
        return frozenset(self._of)

    def __call__(self, part: str, samples: Sequence[Sample]) -> tuple[Action, ...]:
        """One action for each name, held or not, as of the last of these samples; none of a model that has no whole
        window without a hole: then nobody knows."""
        found: list[Action] = []
        for model in self._of.get(part, ()):
            actions: tuple[Action, ...] = ()
            for sample in samples:
                actions = model(sample, sample.t)
            if model.verdict is not None:
                found += actions
        return tuple(found)

    def forget(self, part: str) -> None:
        """What it said before has no connection with what it will say."""
        for model in self._of.get(part, ()):
            model.forget()

    def close(self) -> None:
        """Let go of the models."""
        while self._ends:
            self._ends.pop()()
