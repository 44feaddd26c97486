"""Takes a pack, gives what each of its movements looks like from moment to moment: means and spreads of the numbers.

A movement that is written as keyframes is performed by several generated performers; one that a teacher has shown is
read from the recordings in the pack. Either way a pattern is one repetition in steps of 0.1 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.coach.body import FOLLOWED, ROWS, Array, Calibration, Mask, Neutral, mirror, numbers
from gongzhi.errors import DataError
from gongzhi.learn.course import STAND, Side, keypoints, perform_course
from gongzhi.learn.files import read_keypoints as read
from gongzhi.learn.generator import Performer
from gongzhi.learn.pack import LEAD, Form, Pack
from gongzhi.learn.recording import Recording
from gongzhi.stages.extract import SEEN
from gongzhi.text import N_

RATE: Final = 10.0  # steps of a pattern in a second
TEACHERS: Final = 10  # generated performers of a pattern; none of them is in a test
_FIRST: Final = 900_000  # their seeds begin here; benches and tests use others
_STYLE: Final = 9.0  # degrees
_NOISE: Final = 0.03  # trunks
# Half squared spreads by which a movement is off standing in all numbers together at its furthest. Standing itself is
# off by half of one in each number; heels that rise are less than two in all, 熊晃 is six.
_MOVES: Final = 3.0
# What the generated performers do not have: a real model's own errors, clothes, another way of doing it. Of the numbers
# in trunks, then of the lean in degrees: estimates.
_FLOOR: Final = np.array([0.16] * 8 + [6.0] + [0.10, 0.09, 0.06, 0.09] + [0.12] * 4 + [0.15, 0.10, 0.10])


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """One repetition of `form` to `side`: `mean` and `spread` (n, 20) of the numbers at RATE, `phase` (n,) which
    keyframe is nearest, as a number with a fraction."""

    form: str
    side: Side
    mean: Array
    spread: Array
    phase: Array

    def __len__(self) -> int:
        return len(self.mean)


def patterns(pack: Pack) -> tuple[Pattern, ...]:
    """The patterns of all forms, each to the left before the right. Raises DataError for a recording in which nobody
    can be measured. Takes about 0.1 s for the thirteen forms of 五禽戏."""
    made: list[Pattern] = []
    for form in pack.forms:
        one = _of_phases(pack, form) if form.phases else _of_examples(pack, form)
        made += [one, _mirrored(one)] if form.sided else [one]
    return tuple(made)


def _mirrored(one: Pattern) -> Pattern:
    everything = np.ones_like(one.mean, np.bool_)
    mean, spread = mirror(one.mean, everything)[0], np.abs(mirror(one.spread, everything)[0])
    return Pattern(one.form, "right", mean, spread, one.phase)


def of_recordings(known: Sequence[Pattern], taught: Sequence[Recording]) -> tuple[Pattern, ...]:
    """The patterns of what people have taught, by its label: another way of a form that is `known`, to the side that
    it is nearer to and mirrored; or a movement of its own. Raises DataError."""
    from gongzhi.coach.score import align, distance

    made: list[Pattern] = []
    for label in dict.fromkeys(each.head.label for each in taught):
        tracks = [track(each) for each in taught if each.head.label == label]
        sides = {each.side: each for each in known if each.form == label}
        if "right" not in sides:
            made.append(_of_tracks(label, "", tracks))
            continue
        seen = [np.ones_like(each, np.bool_) for each in tracks]
        left = [
            mirror(x, all_of_it)[0]
            if distance(align(sides["right"], x, all_of_it)) < distance(align(sides["left"], x, all_of_it))
            else x
            for x, all_of_it in zip(tracks, seen, strict=True)
        ]
        one = _of_tracks(label, "left", left)
        made += [one, _mirrored(one)]
    return tuple(made)


def standing(pack: Pack) -> tuple[Array, Array]:
    """Mean and spread (20,) of standing still."""
    made = _stack(pack, Form(id="stand", title={}, phases=[STAND, STAND]))
    return made.mean((0, 1)), np.sqrt(made.var((0, 1)) + _FLOOR**2)


def visible(pack: Pack, still: tuple[Array, Array]) -> tuple[Pattern, ...]:
    """The patterns of what a camera in front can tell from `still`, the pack's `standing`. Raises DataError as
    `patterns`, and where that is nothing."""
    found = tuple(each for each in patterns(pack) if _moves(each, still))
    if not found:
        raise DataError(
            N_("No movement of the pack “{name}” can be told from standing."),
            N_("A camera in front sees only what moves by more than a hand's breadth."), name=pack.name,
        )  # fmt: skip
    return found


def followed(pack: Pack) -> tuple[str, ...]:
    """The ids of the forms that are visible. Raises DataError."""
    return tuple(dict.fromkeys(each.form for each in visible(pack, standing(pack))))


def _moves(pattern: Pattern, still: tuple[Array, Array]) -> bool:
    off = (pattern.mean - still[0])[:, :FOLLOWED] / np.maximum(pattern.spread, still[1])[:, :FOLLOWED]
    return float((0.5 * off**2).sum(1).max()) > _MOVES


def _stack(pack: Pack, form: Form) -> Array:
    """The numbers (performers, steps, 20) of one repetition by each teacher, all at the written pace."""
    rows = []
    for seed in range(_FIRST, _FIRST + TEACHERS):
        who = Performer(seed, child=seed % 2 == 1, style=_STYLE, noise=_NOISE)
        course = perform_course(pack, [(form, "left" if form.sided else "")], who, fps=RATE, tempo=(1.0, 1.0),
                                pauses=(0.0, 0.0), jitter=0.0)  # fmt: skip
        xy, score = keypoints(course, who, lost=0.0)
        joints, seen = of_arrays(xy, score)
        neutral = neutral_of(joints[: int(2.0 * RATE)], seen[: int(2.0 * RATE)])
        found, _ = numbers(joints, seen, neutral)
        bout = course.bouts[0]
        first = round(bout.start * RATE)
        rows.append(found[first : first + max(2, round((bout.stop - bout.start) * RATE))])
    return np.stack(rows)


def of_arrays(xy: NDArray[np.float32], score: NDArray[np.float32]) -> tuple[Array, Mask]:
    """The 15 joints (n, 15, 2) and which are seen, of all frames' points (n, 33, 2) and scores (n, 33)."""
    return xy[:, ROWS].astype(np.float64), np.asarray(score[:, ROWS] >= SEEN, np.bool_)


def neutral_of(joints: Array, seen: Mask) -> Neutral:
    """The measure from frames (n, 15, 2) in which somebody is known to stand."""
    where = np.median(joints, 0)
    hips, feet = (where[7] + where[8]) / 2, (where[11] + where[12]) / 2
    trunk = float(np.hypot(*((where[1] + where[2]) / 2 - hips)))
    legs = bool(seen[:, 11:13].mean() > 0.5)
    return Neutral(trunk, (float(hips[0]), float(hips[1])), (float(feet[0]), float(feet[1])), legs)


def _of_phases(pack: Pack, form: Form) -> Pattern:
    rows = _stack(pack, form)
    times = np.cumsum([0.0, *(max(phase.s, 0.3) for phase in form.phases[1:])])
    phase = np.interp(np.arange(rows.shape[1]) / RATE, times, np.arange(len(times)))
    side: Side = "left" if form.sided else ""
    return Pattern(form.id, side, rows.mean(0), np.sqrt(rows.var(0) + _FLOOR**2), phase)


def _of_examples(pack: Pack, form: Form) -> Pattern:
    """The mean of a teacher's repetitions, each brought to the length of the middle one. Stretching all of it alike is
    enough: the recogniser allows for the rest."""
    side: Side = "left" if form.sided else ""
    return _of_tracks(form.id, side, [track(read(Path(pack.folder) / name)) for name in form.examples])


def _of_tracks(form: str, side: Side, tracks: Sequence[Array]) -> Pattern:
    length = int(np.median([len(each) for each in tracks]))
    share = np.linspace(0, 1, length)
    rows = np.stack(
        [np.stack([np.interp(share, np.linspace(0, 1, len(each)), column) for column in each.T], 1) for each in tracks]
    )
    # One teacher shows one way of doing it: others are further from it than the teacher's own repetitions.
    spread = np.sqrt(rows.var(0) + (1.5 * _FLOOR) ** 2)
    return Pattern(form, side, rows.mean(0), spread, np.arange(length) / RATE)


def track(recording: Recording) -> Array:
    """The numbers (n, 20) at RATE of the repetition in a pack's recording, which begins after LEAD seconds of standing.

    Raises DataError."""
    joints, seen = of_arrays(recording.xy, recording.score)
    calibration = Calibration()
    t = recording.t - recording.t[0]
    for now, xy, visible in zip(t[t <= LEAD], joints, seen, strict=False):
        calibration.take(xy, visible, float(now))
    neutral = calibration.neutral
    if neutral is None:
        raise DataError(
            N_("Nobody stands still in {name}, so it cannot be measured."),
            N_("Record it again: two seconds with hanging arms first, the feet in the picture."),
            name=recording.name,
        )
    found, known = numbers(joints, seen, neutral)
    if known.mean() < 0.5 or t[-1] < LEAD + 1.0:
        raise DataError(
            N_("Too little of the person is seen in {name}."), N_("Step back until head and feet are in the picture."),
            name=recording.name,
        )  # fmt: skip
    wanted = np.arange(LEAD, t[-1], 1 / RATE)
    return np.stack(
        [
            np.interp(wanted, t[known[:, i]], found[known[:, i], i]) if known[:, i].any() else np.zeros(len(wanted))
            for i in range(found.shape[1])
        ],
        1,
    )
