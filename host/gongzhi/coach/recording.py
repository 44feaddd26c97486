"""Takes a teacher's recordings of movements, gives a pack: each cut into its repetitions, with what is still to write.

The result is a folder with pack.toml and one recording a repetition; a person adds sources, checks and cues.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from gongzhi.coach.body import AT, Array, Calibration, Mask, Neutral, numbers
from gongzhi.coach.patterns import RATE, of_arrays
from gongzhi.errors import DataError
from gongzhi.learn import pack
from gongzhi.learn.files import encode
from gongzhi.learn.files import read_keypoints as read
from gongzhi.learn.pack import LEAD, Pack
from gongzhi.learn.recording import Recording, write_file
from gongzhi.learn.shown import lengths_of
from gongzhi.text import N_

STILL: Final = 0.15  # trunks a second of the wrists: standing
_REST: Final = 0.8  # seconds of standing between two repetitions
_SHORT: Final = 2.0  # seconds; less is no repetition
_HANDS: Final = -0.75  # trunks: hands that hang or rest at the belly
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Taken:
    """One movement of the new pack: its id, and how many repetitions were found in how many seconds of recording."""

    form: str
    repetitions: int
    seconds: float


def _measured(recording: Recording) -> tuple[Array, Mask, Neutral, float]:
    """The joints, which are seen, the person's measure, and when (s) the first neutral stand was complete."""
    joints, seen = of_arrays(recording.xy, recording.score)
    calibration = Calibration()
    for t, xy, visible in zip(recording.t, joints, seen, strict=True):
        calibration.take(xy, visible, float(t))
        if calibration.neutral is not None:
            return joints, seen, calibration.neutral, float(t)
    raise DataError(
        N_("Nobody stands still in {name}, so it cannot be measured."),
        N_("Record it again: two seconds with hanging arms first, the feet in the picture."),
        name=recording.name,
    )


def repetitions(recording: Recording) -> list[tuple[float, float]]:
    """When (seconds of the recording) each repetition begins and ends: between two rests with the hands down.

    Raises DataError when nobody stands still in it, or nothing is done between two rests.
    """
    joints, seen, neutral, _ = _measured(recording)
    found, _ = numbers(joints, seen, neutral)
    t = np.arange(recording.t[0], recording.t[-1], 1 / RATE)
    hands = np.stack([_calm(np.interp(t, recording.t, found[:, AT[name]])) for name in
                      ("wrist_left", "wrist_right", "out_left", "out_right")], 1)  # fmt: skip
    speed = np.abs(np.gradient(hands, 1 / RATE, axis=0)).max(1)
    rest = (speed < STILL) & (hands[:, :2].max(1) < _HANDS)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rest.astype(np.int8), [0]])))
    rests = [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if b - a >= _REST * RATE]
    out = [
        (float(t[before[1] - 1]), float(t[after[0]]))
        for before, after in pairwise(rests)
        if (after[0] - before[1]) / RATE >= _SHORT
    ]
    if not out:
        raise DataError(
            N_("No repetition is found in {name}."),
            N_("Let the hands hang for a second before and after each one."),
            name=recording.name,
        )
    return out


def _calm(values: Array) -> Array:
    return np.convolve(np.pad(values, 2, mode="edge"), np.ones(5) / 5, "valid")


def make(recordings: Sequence[Path], to: Path, title: str, *, sided: Sequence[str] = ()) -> tuple[Pack, list[Taken]]:
    """A pack in the new folder `to` out of recordings, each of one movement whose id is its label; those in `sided`
    show the left side only, the right one is mirrored. Raises DataError; nothing is written then."""
    if (to / pack.FILE).exists():
        raise DataError(N_("There is a pack in {path} already."), N_("Choose another folder."), path=str(to))
    pieces: dict[str, list[Recording]] = {}
    taken: list[Taken] = []
    bodies: list[dict[str, float]] = []
    for path in recordings:
        recording = read(path)
        form = recording.head.label
        if not _ID.fullmatch(form):
            raise DataError(
                N_("“{name}” cannot be the name of a movement."),
                N_("Use a–z, digits and _ as the recording’s label, such as arm_circle."),
                name=form,
            )
        spans = repetitions(recording)
        pieces.setdefault(form, []).extend(_cut(recording, start, stop) for start, stop in spans)
        taken.append(Taken(form, len(spans), recording.seconds))
        joints, seen, neutral, _ = _measured(recording)
        bodies.append(lengths_of(joints, seen, neutral.trunk))
    lines = ["format = 1", f'name = "{_slug(to)}"', f"title = {{ zh = {_quoted(title)}, en = {_quoted(title)} }}",
             'reviewer = ""', "", "[lengths]  # of the teacher, in trunks"]  # fmt: skip
    lines += [f"{name} = {max(each[name] for each in bodies):.2f}" for name in bodies[0]]
    for form, some in pieces.items():
        names = [f"{form}-{number + 1}.jsonl" for number in range(len(some))]
        for name, piece in zip(names, some, strict=True):
            write_file(to / name, encode(piece))
        listed = ", ".join(f'"{name}"' for name in names)
        lines += ["", "[[forms]]", f'id = "{form}"', f'title = {{ zh = "{form}", en = "{form}" }}',
                  f"sided = {'true' if form in sided else 'false'}", f"examples = [{listed}]"]  # fmt: skip
    write_file(to / pack.FILE, ("\n".join(lines) + "\n").encode())
    return pack.load(str(to)), taken


def _cut(recording: Recording, start: float, stop: float) -> Recording:
    """The stand by which the person was measured, for LEAD seconds, then one repetition, from time 0."""
    _, _, _, stood = _measured(recording)
    before = (recording.t > stood - LEAD) & (recording.t <= stood)
    during = (recording.t >= start) & (recording.t <= stop)
    stand, move = recording.t[before], recording.t[during]
    t = np.concatenate([stand - stand[-1] + LEAD - 0.01, move - move[0] + LEAD])
    rows = np.concatenate([np.flatnonzero(before), np.flatnonzero(during)])
    return recording.cut(rows, t - min(t[0], 0.0))


def _slug(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "", path.resolve().name)[:64].lstrip("_.-") or "pack"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "").replace('"', "”").replace("\n", " ") + '"'
