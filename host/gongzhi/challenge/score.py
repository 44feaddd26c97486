"""Takes answers and the truth, gives the score: how often right, with an interval that knows which clips are alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import sha256

import msgspec
import numpy as np

from gongzhi.challenge import sandbox
from gongzhi.challenge.task import Part, Task
from gongzhi.challenge.worker import Work
from gongzhi.learn.calibrate import wilson
from gongzhi.learn.recording import Recording
from gongzhi.measures.intervals import Estimate, bootstrap

Answers = list[tuple[int, float, float]]


class Label(msgspec.Struct, frozen=True):
    """Of one label's `clips` so many were `right`; 95 % interval."""

    label: str
    right: int
    clips: int
    low: float
    high: float


class Score(msgspec.Struct, frozen=True):
    """One test part. `value` is the task's metric, `low` and `high` its 95 % interval; `groups` persons (or recordings)
    stand behind the `clips`; `unanswered` clips count as wrong; `ms` a clip, the median, None where nothing is known;
    `digest` of the answers: the same submission gives the same one again."""

    value: float
    low: float
    high: float
    clips: int
    groups: int
    unanswered: int
    ms: float | None
    digest: str
    by_label: list[Label]

    @property
    def worst(self) -> float:
        """The share of the label that is known least."""
        return min(each.right / max(each.clips, 1) for each in self.by_label)


def interval(right: Sequence[bool], weight: Sequence[float], group: Sequence[str]) -> tuple[float, float, float]:
    """The weighted share of right ones and its 95 % interval when those of a group are alike.

    Rao and Scott (Biometrics 48, 1992): the variance of a ratio of sums over the groups against that of as many
    independent clips is the design effect; Wilson's interval (1927) is taken with that many fewer clips, never more.
    With one group nothing is known of how different groups are; then it is the interval of that group's clips.
    """
    x, w = np.asarray(right, np.float64), np.asarray(weight, np.float64)
    total = float(w.sum())
    if total == 0:
        return 0.0, 0.0, 1.0
    p = float((w * x).sum()) / total
    n = total**2 / float((w * w).sum())
    names = sorted(set(group))
    at = np.array([names.index(each) for each in group])
    rest = np.bincount(at, w * (x - p), len(names))
    m = len(names)
    if m > 1 and 0 < p < 1:
        variance = m / (m - 1) * float((rest**2).sum()) / total**2
        n /= max(1.0, variance * n / (p * (1 - p)))
    low, high = wilson(p * n, n)
    return p, low, high


def ask(task: Task, kind: str, content: bytes, clips: list[Recording]) -> Answers:
    """What a submission answers to these clips, from the sandbox. Raises DataError."""
    limits, names = task.about.limits, [clip.name for clip in clips]
    if kind == "csv":
        # A table may answer all that the teams have, whatever is scored now.
        everything = [clip.name for clip in task.clips("visible") + task.unanswered()]
        work = Work("csv", content, task.about.labels, everything, b"", b"", limits.seconds, limits.memory_mb)
        found = dict(zip(everything, sandbox.run(work).answers, strict=True))
        return [found[name] for name in names]
    windows = task.windows(clips)
    work = Work(
        "model", content, task.about.labels, names, windows.points.tobytes(), windows.seen.tobytes(),
        limits.seconds, limits.memory_mb,
    )  # fmt: skip
    return sandbox.run(work).answers


def score(task: Task, answers: Answers, clips: list[Recording]) -> Score:
    """The score of these answers, in the order of the clips."""
    labels, (truth, weight, group) = task.about.labels, _terms(task, clips)
    right = [said[0] == y for said, y in zip(answers, truth, strict=True)]
    counts = np.bincount(truth, minlength=len(labels))
    value, low, high = interval(right, weight, group)
    by_label = []
    for number, label in enumerate(labels):
        good = sum(ok for ok, y in zip(right, truth, strict=True) if y == number)
        by_label.append(Label(label, good, int(counts[number]), *wilson(good, int(counts[number]))))
    times = [ms for _, _, ms in answers if math.isfinite(ms)]
    said = "\n".join(f"{clip.name},{answer[0]}" for clip, answer in zip(clips, answers, strict=True))
    return Score(
        value, low, high, len(clips), len(set(group)), sum(each[0] < 0 for each in answers),
        float(np.median(times)) if times else None, sha256(said.encode()).hexdigest(), by_label,
    )  # fmt: skip


def _terms(task: Task, clips: list[Recording]) -> tuple[list[int], list[float], list[str]]:
    """For each clip the number of its label, how much it counts in the metric, and to which like ones it belongs."""
    labels = task.about.labels
    truth = [labels.index(clip.head.label) for clip in clips]
    counts = np.bincount(truth, minlength=len(labels))
    weight = [1 / counts[y] if task.about.metric == "balanced" else 1.0 for y in truth]
    return truth, weight, [clip.head.person if task.about.split == "person" else clip.head.source for clip in clips]


def gain(task: Task, before: Answers, after: Answers, clips: list[Recording]) -> Estimate:
    """By how much the metric is higher with the answers `after` than with those `before`, clip by clip, with the 95 %
    interval of a bootstrap over persons (or recordings); `n` is how many. Sharper than two intervals side by side: what
    is hard for both counts for nothing."""
    truth, weight, group = _terms(task, clips)
    sums: dict[str, tuple[float, float]] = {}
    for one, other, y, w, name in zip(before, after, truth, weight, group, strict=True):
        more, total = sums.get(name, (0.0, 0.0))
        sums[name] = more + w * ((other[0] == y) - (one[0] == y)), total + w

    def share(cases: Sequence[tuple[float, float]]) -> float:
        return sum(more for more, _ in cases) / sum(total for _, total in cases)

    return bootstrap(list(sums.values()), share)


def scores(task: Task, kind: str, content: bytes, parts: Sequence[Part]) -> dict[Part, Score]:
    """A submission's scores on these parts, all in one run of the sandbox. Raises DataError."""
    clips = {part: task.clips(part) for part in parts}
    answers = ask(task, kind, content, [clip for part in parts for clip in clips[part]])
    found, at = {}, 0
    for part, some in clips.items():
        found[part] = score(task, answers[at : at + len(some)], some)
        at += len(some)
    return found
