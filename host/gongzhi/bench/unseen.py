"""Takes nothing, gives how often a movement that was never learnt is deferred, form by form, on bodies never seen."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gongzhi.bench.learn import RATE
from gongzhi.learn import pack
from gongzhi.learn.evaluation import evaluate
from gongzhi.learn.generator import Performer, perform
from gongzhi.learn.model import Model, export
from gongzhi.learn.training import train
from gongzhi.learn.windows import Piece, Windows, windows_of

TURNS: Final = 3  # each form is left out in one of them
_PEOPLE: Final = {"train": range(12), "check": range(100, 104), "test": range(200, 212)}
_SECONDS: Final = 60.0  # of each form by each performer


def windows(people: range, forms: list[str], seconds: float) -> Windows:
    """The windows of these forms by these performers, of whom every second is a child."""
    data = pack.load("wuqinxi")
    recordings = [
        perform(data, data.form(form), Performer(seed, child=seed % 2 == 1), seconds)
        for seed in people
        for form in forms
    ]
    return windows_of(recordings, [Piece(i) for i in range(len(recordings))], forms, RATE)


def run(people: dict[str, range] = _PEOPLE, seconds: float = _SECONDS) -> dict[str, Any]:
    """`unseen` the share of windows of left-out forms that got no single label, `by_form` the same for each, of which
    `least` is the smallest; `false_deferral` of windows of known forms by the same unseen bodies that were called
    strange, `deferred` of those that got no single label for whatever reason, `covered` of those whose label set held
    the truth; `accuracy` of the known ones.

    In each of three turns another third of the pack's forms is left out. The threshold comes from the check part's
    bodies alone, so that `false_deferral` is measured, not set.
    """
    forms = [form.id for form in pack.load("wuqinxi").forms]
    all_of_them = {part: windows(seeds, forms, seconds) for part, seeds in people.items()}
    by_form: dict[str, float] = {}
    figures: list[tuple[float, float, float, float]] = []
    for turn in range(TURNS):
        known = [form for i, form in enumerate(forms) if i % TURNS != turn]
        part = {name: _only(some, forms, known) for name, some in all_of_them.items()}
        trained = train((part["train"], part["check"]), tuple(known))
        model = Model(export(trained, RATE))
        test = all_of_them["test"]
        for form in forms[turn::TURNS]:
            strange = test.take(test.y == forms.index(form))
            given = [model.judge(*each).label for each in zip(strange.points, strange.seen, strict=True)]
            by_form[form] = round(sum(label is None for label in given) / max(len(given), 1), 4)
        report = evaluate(model, part["test"])
        figures.append((report.strange, report.deferred, report.covered, report.accuracy))
        model.close()
    false, deferred, covered, accuracy = (round(float(np.mean(each)), 4) for each in zip(*figures, strict=True))
    return {
        "unseen": round(float(np.mean([*by_form.values()])), 4),
        "least": min(by_form.values()),
        "false_deferral": false,
        "deferred": deferred,
        "covered": covered,
        "accuracy": accuracy,
        "by_form": by_form,
    }


def _only(some: Windows, forms: list[str], known: list[str]) -> Windows:
    """The windows of the known forms, under the numbers that they have among those."""
    numbers = np.array([known.index(form) if form in known else -1 for form in forms])
    left = some.take(numbers[some.y] >= 0)
    return Windows(left.points, left.seen, numbers[left.y], left.group)
