"""Takes nothing, gives how well 五禽戏 is followed and scored in whole courses by people whom no pattern was made from.

Three levels of noise. "keypoints" are joints with noise, many people; "rendered" are pictures of the drawn person that
the real pose model looks at, few people, because that takes minutes. Generated people are no pupils: docs/wuqinxi.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import cv2
import numpy as np

from gongzhi import models
from gongzhi.bench.alone import forms, made_up_ones
from gongzhi.coach.body import mirror, numbers
from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Guess, Repetition
from gongzhi.coach.patterns import RATE, followed, neutral_of, of_arrays, patterns
from gongzhi.coach.score import align, judge
from gongzhi.errors import ModelError
from gongzhi.learn import pack
from gongzhi.learn.course import Course, Side, keypoints, perform_course, whole, wrongly
from gongzhi.learn.generator import Performer
from gongzhi.learn.pack import Check, Form, Pack
from gongzhi.learn.shown import as_phases
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.mover import posture
from gongzhi.stages.estimate import BlazePoseEstimator, Estimator
from gongzhi.values import Frame, Keypoints

FPS: Final = 10.0
_FIRST: Final = 5000  # seeds of the performers; patterns begin at 900,000
_OVERLAP: Final = 0.5  # of both together: so much of a repetition must be found to count
_CHECKED: Final = 16  # performers of each check, right and wrong


@dataclass(frozen=True, slots=True)
class Level:
    """`style` degrees and `amplitude` of the performer; `noise` trunks of the joints; `light` and `grain` (standard
    deviation of each pixel, of 255) of the picture."""

    style: float
    noise: float
    amplitude: float
    light: float
    grain: float


LEVELS: Final = {
    "low": Level(5.0, 0.02, 1.0, 1.0, 2.0),
    "middle": Level(10.0, 0.04, 0.9, 0.8, 6.0),
    "high": Level(15.0, 0.06, 0.8, 0.6, 12.0),
}
Seen = Iterator[tuple[Keypoints | None, float]]


def as_keypoints(course: Course, who: Performer) -> Seen:
    """A course as joints with the performer's noise."""
    xy, score = keypoints(course, who)
    for i, t in enumerate(course.t):
        yield Keypoints(xy[i], score[i], float(t), i, (640, 480), "truth"), float(t)


def as_pictures(course: Course, who: Performer, level: Level, estimator: Estimator, width: int = 640) -> Seen:
    """A course as pictures (4:3, `width` pixels) of the drawn person, seen by the pose model."""
    rng = np.random.default_rng([who.seed, 9])
    tall, middle = float(rng.uniform(0.55, 0.66)), float(rng.uniform(0.46, 0.54))
    view = View(width, width * 3 // 4, tall, middle, light=level.light)
    avatar = Avatar(seed=who.seed)
    grain = rng.normal(0, level.grain, (4, view.height, view.width, 3)).astype(np.int16)
    for i, t in enumerate(course.t):
        picture, _ = avatar.render(posture(course, i), view)
        noisy = np.clip(picture.astype(np.int16) + grain[i % 4], 0, 255).astype(np.uint8)
        yield estimator(Frame(noisy, float(t), i)), float(t)


class Tally:
    """Counts what was said of courses against what was done."""

    def __init__(self) -> None:
        self.hit: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.said: Counter[str] = Counter()
        self.frames: dict[str, Counter[str]] = defaultdict(Counter)
        self.people = self.total = 0
        self.ms: list[float] = []

    def course(self, course: Course, seen: Seen, coach: Coach) -> None:
        """Let the coach watch one course."""
        said: list[Repetition] = []
        guesses: list[Guess | None] = []
        last = 0.0
        for points, t in seen:
            start = perf_counter()
            _, events = coach.see(points, t)
            self.ms.append((perf_counter() - start) * 1e3)
            said += [each for each in events if isinstance(each, Repetition)]
            guesses.append(coach.guess)
            self.total, self.people, last = self.total + 1, self.people + (points is not None), t
        for k in range(40):  # what is only certain after some seconds
            _, events = coach.see(points, last + (k + 1) / FPS)
            said += [each for each in events if isinstance(each, Repetition)]
        self._events(course, said)
        for guess, truth in zip(guesses, course.labels(), strict=False):
            if truth:
                self._frame(guess, truth)

    def _events(self, course: Course, said: list[Repetition]) -> None:
        free = list(said)
        for bout in course.bouts:
            self.done[bout.form] += 1
            for one in free:
                both = min(one.stop, bout.stop) - max(one.start, bout.start)
                if one.form == bout.form and both > _OVERLAP * (max(one.stop, bout.stop) - min(one.start, bout.start)):
                    self.hit[bout.form] += 1
                    free.remove(one)
                    break
        for one in said:
            self.said[one.form] += 1

    def _frame(self, guess: Guess | None, truth: str) -> None:
        count = self.frames[truth]
        count["all"] += 1
        if guess is None:
            count["deferred"] += 1
        elif guess.form:
            count["answered"] += 1
            count["right"] += guess.form == truth
        else:
            count["deferred"] += 1
            count["would_be_wrong"] += max(guess.p, key=lambda name: guess.p[name]) != truth
            count["named_two"] += bool(guess.options)
            count["one_of_two"] += truth in guess.options

    def result(self) -> dict[str, Any]:
        """F1 of repetitions and frame accuracy, in all and by form; how much was deferred, and how often the best
        guess would have been wrong then, or the truth was one of the two names."""
        total: Counter[str] = sum(self.frames.values(), Counter())
        return {
            "repetitions": sum(self.done.values()),
            "f1": _f1(sum(self.hit.values()), sum(self.done.values()), sum(self.said.values())),
            "frame_accuracy": _share(total["right"], total["answered"]),
            "deferred": _share(total["deferred"], total["all"]),
            "deferral_right": _share(total["would_be_wrong"], total["deferred"]),
            "two_names_right": _share(total["one_of_two"], total["named_two"]),
            "person_seen": _share(self.people, self.total),
            "coach_ms_p50": round(float(np.median(self.ms)), 3),
            "coach_ms_p99": round(float(np.quantile(self.ms, 0.99)), 3),
            "by_form": {
                name: {
                    "f1": _f1(self.hit[name], self.done[name], self.said[name]),
                    "frame_accuracy": _share(self.frames[name]["right"], self.frames[name]["answered"]),
                    "deferred": _share(self.frames[name]["deferred"], self.frames[name]["all"]),
                }
                for name in self.done
            },
        }


def _share(part: int, total: int) -> float | None:
    return round(part / total, 3) if total else None


def _f1(hit: int, done: int, said: int) -> float | None:
    return round(2 * hit / (done + said), 3) if done + said else None


def measure(
    data: Pack, level: Level, seeds: Sequence[int], see: Callable[[Course, Performer], Seen] = as_keypoints
) -> dict[str, Any]:
    """What the coach makes of one course (one repetition of each form) by each performer."""
    tally = Tally()
    for seed in seeds:
        who = Performer(seed, child=seed % 2 == 1, style=level.style, noise=level.noise)
        course = perform_course(data, _shuffled(data, seed), who, fps=FPS, amplitude=level.amplitude)
        tally.course(course, see(course, who), Coach(data))
    return tally.result()


def _shuffled(data: Pack, seed: int) -> list[tuple[Form, Side]]:
    """A course of what can be told from standing, each form to one side: to the left by every second performer."""
    seen = followed(data)
    return [(form, ("left", "right")[seed % 2] if side else "") for form, side in whole(data, 1) if form.id in seen]


def check_rates(data: Pack, form: Form, check: Check, people: int = _CHECKED) -> tuple[float | None, float]:
    """How often a check notices what is done wrong, None where the pack does not say how that is, and how often it
    lets pass what is right; at the middle level, by performers of their own."""
    pattern = next(each for each in patterns(data) if each.form == form.id)
    level = LEVELS["middle"]

    def met(doing: Form, seed: int) -> bool | None:
        who = Performer(seed, child=seed % 2 == 1, style=level.style * 0.6, noise=level.noise * 0.6)
        course = perform_course(data, [(doing, "left" if form.sided else "")], who, fps=RATE)
        joints, seen = of_arrays(*keypoints(course, who, lost=0.0))
        x, known = numbers(joints, seen, neutral_of(joints[:20], seen[:20]))
        bout = course.bouts[0]
        rows = slice(round(bout.start * RATE), round(bout.stop * RATE))
        x, known = mirror(x, known) if pattern.side == "right" else (x, known)
        points = judge(check, x[rows], known[rows], align(pattern, x[rows], known[rows]).phase).points
        return None if points is None else points == 1.0

    def rate(doing: Form, wanted: bool) -> float:
        found = [met(doing, seed) for seed in range(_FIRST + 100, _FIRST + 100 + people)]
        counted = [float(each is wanted) for each in found if each is not None]
        return round(float(np.mean(counted or [0.0])), 2)

    return rate(wrongly(as_phases(data, form), check.wrong), False) if check.wrong else None, rate(form, True)


def run(people: int = 6, rendered: int = 1, name: str = "wuqinxi") -> dict[str, Any]:
    """Of the pack `name` each level by `people` with keypoints, and by `rendered` people in pictures seen by the real
    pose model (None where its weights cannot be had); one form `alone` and movements that are `made_up`; each check's
    `caught` and `passed`."""
    data = pack.load(name)
    figures: dict[str, Any] = {"keypoints": {}, "rendered": {}, "people": people, "people_rendered": rendered}
    cv2.setNumThreads(1)
    for called, level in LEVELS.items():
        figures["keypoints"][called] = measure(data, level, range(_FIRST, _FIRST + people))
        figures["rendered"][called] = _rendered(data, level, rendered)
    middle = LEVELS["middle"]
    figures["alone"] = forms(data, middle.style, middle.noise, middle.amplitude)
    figures["made_up"] = made_up_ones(data, middle.style, middle.noise)
    figures["checks"] = {
        f"{form.id}.{check.id}": check_rates(data, form, check) for form in data.forms for check in form.checks
    }
    return figures


def _rendered(data: Pack, level: Level, people: int) -> dict[str, Any] | None:
    try:
        weights = models.load()
    except ModelError:
        return None

    def see(course: Course, who: Performer) -> Seen:
        estimator = BlazePoseEstimator(weights)
        try:
            yield from as_pictures(course, who, level, estimator)
        finally:
            estimator.close()

    return measure(data, level, range(_FIRST + 50, _FIRST + 50 + people), see)
