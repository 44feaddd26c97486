"""Takes a pack, gives what its coach makes of one movement alone: of each form, and of movements that no pack has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Event, Repetition
from gongzhi.coach.patterns import followed
from gongzhi.learn.course import STAND, Side, keypoints, perform_course
from gongzhi.learn.generator import Performer
from gongzhi.learn.pack import Form, Four, Pack, Phase
from gongzhi.values import Keypoints

WAYS: Final = ("arms", "even", "whole")  # each arm by itself; both alike, as most exercises; trunk and legs as well
ENDS: Final = {"stands": 4.0, "ends": 1.0, "goes": 0.3}  # seconds for which somebody is still seen after a form
_PACE: Final = (0.8, 3.5)  # seconds from one posture to the next
_FPS: Final = 10.0
_FORMS: Final = range(5200, 5206)  # performers of each form; one of a made-up movement is 200 further
_STRANGERS: Final = 15


def forms(data: Pack, style: float, noise: float, amplitude: float) -> dict[str, Any]:
    """Of each form by six people, then nothing: how often it was told where the person stands on, where the film ends a
    second later, and where the person goes at once."""
    told: Counter[str] = Counter()
    seen = followed(data)
    for form in map(data.form, seen):
        for seed in _FORMS:
            who = Performer(seed, child=seed % 2 == 1, style=style, noise=noise)
            side: Side = ("left", "right")[seed % 2] if form.sided else ""
            for end, more in ENDS.items():
                events = list(_watched(data, form, side, who, amplitude, more))
                told[end] += [each.form for each in events if isinstance(each, Repetition)] == [form.id]
    return {"of": len(seen) * len(_FORMS), **{end: told[end] for end in ENDS}}


def made_up_ones(data: Pack, style: float, noise: float, count: int = 60, first: int = 5000) -> dict[str, Any]:
    """Of `count` movements that no pack has, by 15 people: how many were taken for a repetition, and for which."""
    taken: Counter[str] = Counter()
    movements = 0
    for number in range(first, first + count):
        who = Performer(_FORMS[0] + 200 + number % _STRANGERS, child=number % 2 == 1, style=style, noise=noise)
        found = [
            each.form
            for each in _watched(data, made_up(number, WAYS[number % len(WAYS)]), "", who, 1.0, 4.0)
            if isinstance(each, Repetition)
        ]
        movements += bool(found)
        taken.update(found)
    return {"of": count, "taken": movements, "for": dict(taken)}


def _watched(data: Pack, form: Form, side: Side, who: Performer, amplitude: float, more: float) -> Iterator[Event]:
    """What a coach says of one form, `more` seconds after which nobody is seen any more."""
    course = perform_course(data, [(form, side)], who, fps=_FPS, amplitude=amplitude, stand=4.0)
    xy, score = keypoints(course, who)
    coach = Coach(data)
    for i, t in enumerate(course.t[course.t <= course.bouts[0].stop + more]):
        yield from coach.see(Keypoints(xy[i], score[i], float(t), i, (640, 480), "truth"), float(t))[1]
    yield from coach.end()


def made_up(number: int, way: str) -> Form:
    """The movement `number` of this way. Pure: the same arguments give the same movement."""
    rng = np.random.default_rng([number, WAYS.index(way)])
    phases = [STAND]
    for _ in range(int(rng.integers(1, 4))):
        left, right = _arm(rng), _arm(rng)
        legs = (_leg(rng), _leg(rng)) if way == "whole" else (STAND.left_leg, STAND.right_leg)
        lean, turn, bow = (float(each) for each in rng.normal(0, 15, 3)) if way == "whole" else (0.0, 0.0, 0.0)
        phases.append(
            Phase(s=float(rng.uniform(*_PACE)), zh="随意", left_arm=left, right_arm=left if way == "even" else right,
                  left_leg=legs[0], right_leg=legs[1], trunk=(bow, lean, turn))
        )  # fmt: skip
    end = Phase(s=float(rng.uniform(*_PACE)), zh="静立", left_arm=STAND.left_arm, right_arm=STAND.right_arm,
                left_leg=STAND.left_leg, right_leg=STAND.right_leg)  # fmt: skip
    return Form(id=f"made_up_{way}_{number}", title={}, phases=[*phases, end])


def _arm(rng: np.random.Generator) -> Four:
    down, heading = rng.uniform(15, 170), rng.uniform(-40, 140)
    fore = np.clip(down + rng.uniform(-60, 100), 0, 178), np.clip(heading + rng.uniform(-70, 50), -100, 150)
    return float(down), float(heading), float(fore[0]), float(fore[1])


def _leg(rng: np.random.Generator) -> Four:
    """One leg of two stands as it stood."""
    if rng.random() < 0.5:
        return STAND.left_leg
    bent = rng.uniform(8, 60), rng.uniform(0, 90), rng.uniform(5, 40), rng.uniform(60, 180)
    return tuple(map(float, bent))  # type: ignore[return-value]
