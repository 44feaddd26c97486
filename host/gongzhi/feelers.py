"""Takes the samples of a project's sensors, gives the actions that its models recognise in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gongzhi.actions import Actions, Learner, learner, picked
from gongzhi.samples import Sample
from gongzhi.values import Action


class Feelers:
    """The models with a `sensor`, by its part. Not to be shared between threads. Raises DataError and ModelError."""

    def __init__(self, actions: Actions) -> None:
        self._of: dict[str, dict[str, Learner]] = {}  # part -> table -> what judges its samples
        for name, source in actions.sources.items():
            if source.sensor:
                self._of.setdefault(source.sensor, {})[name] = learner(name, source)

    @property
    def parts(self) -> Collection[str]:
        """The parts whose samples are looked at, always as they are."""
        return self._of.keys()

    def call(self, part: str, name: str, version: str) -> None:
        """From now on what judges the part's samples as `name` says that it is this `version`."""
        self._of[part][name].see.model = f"{name}@{version}"

    def strange(self, part: str) -> bool:
        """Whether what the part feels now is as none of its models has learnt."""
        verdicts = [one.see.verdict for one in self._of.get(part, {}).values()]
        return bool(verdicts) and all(one is not None and one.unlearnt for one in verdicts)

    def swap(self, part: str, name: str, one: Learner | None) -> None:
        """Let `one` judge the samples of the part in the place of what does it as `name`; None: nothing does."""
        models = self._of.setdefault(part, {})
        if (before := models.pop(name, None)) is not None:
            before.close()
        if one is not None:
            models[name] = one
        if not models:
            del self._of[part]

    def __call__(self, part: str, samples: Sequence[Sample]) -> tuple[Action, ...]:
        """One action for each name, held or not, as of the last of these samples; none of a model that has no whole
        window without a hole: then nobody knows."""
        found: list[Action] = []
        for one in self._of.get(part, {}).values():
            model = one.see
            actions: tuple[Action, ...] = ()
            for sample in samples:
                actions = model(picked(sample, one.picks), sample.t)
            if model.verdict is not None:
                found += actions
        return tuple(found)

    def forget(self, part: str) -> None:
        """What it said before has no connection with what it will say."""
        for one in self._of.get(part, {}).values():
            one.see.forget()

    def close(self) -> None:
        """Let go of the models."""
        while self._of:
            for one in self._of.popitem()[1].values():
                one.close()
