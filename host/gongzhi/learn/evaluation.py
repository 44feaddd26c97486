"""Takes a judge and windows that it did not learn from, gives how often it is right, with intervals and a card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.calibrate import wilson
from gongzhi.learn.recogniser import Judge
from gongzhi.learn.training import train
from gongzhi.learn.windows import Windows


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """`confusion` (labels, labels): row the truth, column what was said; `covered` share of windows whose label set
    held the truth; `deferred` share in which no single label was given, `right_of_given` accuracy of the others;
    `bins` of the reliability diagram as (mean probability, accuracy, windows); `groups` how many recordings;
    `strange` share of windows that were called unlike anything learnt."""

    labels: tuple[str, ...]
    confusion: NDArray[np.int64]
    covered: float
    deferred: float
    right_of_given: float
    bins: list[tuple[float, float, int]]
    groups: int
    strange: float = 0.0

    @property
    def windows(self) -> int:
        """How many were judged."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of windows whose most probable label is the truth; 0 for none."""
        return float(np.trace(self.confusion)) / max(self.windows, 1)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % (Wilson) for the accuracy, as if the windows were independent; see `plain`."""
        return wilson(int(np.trace(self.confusion)), self.windows)

    def confusions(self, most: int = 5) -> list[tuple[str, str, int]]:
        """The most frequent mistakes as (truth, said, how often)."""
        wrong = self.confusion * (1 - np.eye(len(self.labels), dtype=np.int64))
        order = np.argsort(-wrong.ravel(), kind="stable")[:most]
        pairs = [divmod(int(each), len(self.labels)) for each in order]
        return [(self.labels[i], self.labels[j], int(wrong[i, j])) for i, j in pairs if wrong[i, j]]

    def plain(self) -> dict[str, Any]:
        """For JSON. Windows of one recording are like each other: `recordings` says how many there were, and the true
        uncertainty is larger than the intervals of the windows."""
        by_label = {}
        for i, label in enumerate(self.labels):
            right, n = int(self.confusion[i, i]), int(self.confusion[i].sum())
            low, high = wilson(right, n)
            by_label[label] = {"windows": n, "right": right, "low": round(low, 4), "high": round(high, 4)}
        low, high = self.interval
        return {
            "classes": len(self.labels),
            "windows": self.windows,
            "recordings": self.groups,
            "accuracy": round(self.accuracy, 4),
            "accuracy_low": round(low, 4),
            "accuracy_high": round(high, 4),
            "by_label": by_label,
            "confusion": self.confusion.tolist(),
            "confuses": self.confusions(),
            "covered": round(self.covered, 4),
            "deferred": round(self.deferred, 4),
            "right_of_given": round(self.right_of_given, 4),
            "strange": round(self.strange, 4),
            "reliability": [(round(p, 3), round(a, 3), n) for p, a, n in self.bins],
        }


def evaluate(judge: Judge, windows: Windows) -> Report:
    """Judge each window, whose `y` are numbers of `judge.labels`."""
    labels = judge.labels
    verdicts = [judge.judge(points, seen) for points, seen in zip(windows.points, windows.seen, strict=True)]
    truth = [labels[each] for each in windows.y]
    said = [max(each.p, key=each.p.__getitem__) for each in verdicts]
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    for right, given in zip(truth, said, strict=True):
        confusion[labels.index(right), labels.index(given)] += 1
    n = max(len(verdicts), 1)
    given_alone = [(each.label, right) for each, right in zip(verdicts, truth, strict=True) if each.label is not None]
    return Report(
        labels,
        confusion,
        sum(right in each.options for each, right in zip(verdicts, truth, strict=True)) / n,
        1 - len(given_alone) / n,
        sum(label == right for label, right in given_alone) / max(len(given_alone), 1),
        bins_of([(each.p[word], word == right) for each, word, right in zip(verdicts, said, truth, strict=True)]),
        len(set(windows.group.tolist())),
        sum(each.strange > 1 for each in verdicts) / n,
    )


def bins_of(said: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Ten bins of a probability and whether it was so; those without a window are left out."""
    found = []
    for low in np.arange(10) / 10:
        some = [(p, right) for p, right in said if low <= p < low + 0.1 or (low == 0.9 and p >= 0.9)]
        if some:
            share = sum(right for _, right in some) / len(some)
            found.append((sum(p for p, _ in some) / len(some), share, len(some)))
    return found


def learning_curve(
    parts: dict[str, Windows],
    labels: tuple[str, ...],
    *,
    mirrored: list[int] | None = None,
    seed: int = 0,
    told: Callable[[int, float], None] = lambda _windows, _accuracy: None,
) -> list[tuple[int, float]]:
    """(windows learnt from, accuracy on the test) with the first eighth, quarter, half and all of each recording's
    windows: whether the last doubling still helped. A share that leaves a label without a window, or is no more than
    the one before, is left out; each is
    `told` as it is known."""
    learn = parts["train"]
    found: list[tuple[int, float]] = []
    place = np.zeros(len(learn))
    for group in set(learn.group.tolist()):
        rows = np.flatnonzero(learn.group == group)
        place[rows] = np.arange(len(rows)) / len(rows)
    for share in (0.125, 0.25, 0.5, 1.0):
        some = learn.take(place < share)
        if len(set(some.y.tolist())) < len(labels) or (found and len(some) == found[-1][0]):
            continue
        trained = train((some, parts["check"]), labels, mirrored=mirrored, seed=seed)
        p, _ = trained.inner(parts["test"])
        found.append((len(some), float((p.argmax(1) == parts["test"].y).mean())))
        told(*found[-1])
    return found
