"""Takes recordings, gives windows of 30 frames at a fixed rate, split for an honest test: never at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.features import Mask, Points, mirror
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.learn.view import POSE, View
from gongzhi.text import N_

LENGTH: Final = 30  # frames in a window
HOP: Final = 6  # frames from one window to the next
LEAST: Final = LENGTH // 2  # frames; a piece that is shorter is too little of a movement
Kind = Literal["person", "recording", "block"]
Part = Literal["train", "check", "test"]
KINDS: Final[tuple[Kind, ...]] = ("person", "recording", "block")  # the strictest first
PARTS: Final[tuple[Part, ...]] = ("train", "check", "test")
_SHARE: Final = {"check": 0.2, "test": 0.2}


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """`points` (n, 30, 13, 2) float32 in trunks, or (n, 30, channels, 1) in a sensor's unit; `seen` without the last
    axis; `y` (n,) the label's number, `group` (n,) the number of the recording that each window is from."""

    points: Points
    seen: Mask
    y: NDArray[np.int64]
    group: NDArray[np.int64]
    view: View = POSE

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Windows:
        """Some of them."""
        return Windows(self.points[rows], self.seen[rows], self.y[rows], self.group[rows], self.view)

    def on_both_sides(self, mirrored: Sequence[int]) -> Windows:
        """Where hands are learnt from, these and their mirror images: most data show one hand, and either may come.
        Other data as they are. `mirrored` gives each label's number in a mirror."""
        if not self.view.hands:
            return self
        points, seen = mirror(self.points, self.seen)
        y = np.asarray(mirrored, np.int64)[self.y]
        return Windows(
            np.concatenate([self.points, points]), np.concatenate([self.seen, seen]), np.concatenate([self.y, y]),
            np.concatenate([self.group, self.group]), self.view,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a recording: from share `start` to share `stop` of its frames, 0..1."""

    recording: int
    start: float = 0.0
    stop: float = 1.0


@dataclass(frozen=True, slots=True)
class Split:
    """Which pieces belong to which part, and by what they were kept apart."""

    kind: Kind
    pieces: dict[Part, list[Piece]]


def resample(frames: Sequence[Any], rate: float, view: View = POSE) -> tuple[Points, Mask]:
    """Points (m, rows, per) and which are seen (m, rows) at `rate` a second, between the first frame and the last.

    Linear between the two frames around each time; a row is seen where both are, no more than `view.gap` seconds apart.
    """
    t = np.array([each.t for each in frames])
    points, seen = view.stack(frames)
    wanted = t[0] + np.arange(math.floor((t[-1] - t[0]) * rate + 1e-6) + 1) / rate
    after = np.clip(np.searchsorted(t, wanted - 1e-9), 0, len(t) - 1)
    before = np.maximum(after - 1, 0)
    gap = t[after] - t[before]
    part = np.where(gap > 0, (wanted - t[before]) / np.where(gap > 0, gap, 1), 1.0)
    exact, first = part > 1 - 1e-6, part < 1e-6  # a time that is a frame's own needs only that frame
    share = part[:, None, None]
    out = (points[before] * (1 - share) + points[after] * share).astype(np.float32)
    between = (gap <= view.gap)[:, None] & seen[before] & seen[after]
    known = np.where(exact[:, None], seen[after], np.where(first[:, None], seen[before], between))
    out[~known] = 0
    return out, known


def cut(points: Points, seen: Mask, hop: int = HOP) -> tuple[Points, Mask]:
    """Windows (n, 30, 13, 2) and (n, 30, 13) of a stretch of frames, one every `hop`.

    A stretch of 15 to 29 frames is one window whose last frame is held; a shorter one gives none.
    """
    if LEAST <= len(points) < LENGTH:
        last = [*range(len(points)), *[len(points) - 1] * (LENGTH - len(points))]
        return points[None, last], seen[None, last]
    starts = np.arange(0, len(points) - LENGTH + 1, hop)
    rows = starts[:, None] + np.arange(LENGTH)
    return points[rows], seen[rows]


def windows_of(
    recordings: Sequence[AnyRecording], pieces: Sequence[Piece], labels: Sequence[str], rate: float
) -> Windows:
    """The windows of these pieces, all of one kind; one window never holds frames of two pieces."""
    found: list[tuple[Points, Mask]] = []
    y: list[int] = []
    group: list[int] = []
    cache: dict[int, Sequence[Any]] = {}
    view = recordings[0].view if recordings else POSE
    for piece in pieces:
        recording = recordings[piece.recording]
        frames = cache.setdefault(piece.recording, recording.frames())
        stretch = frames[round(piece.start * len(frames)) : round(piece.stop * len(frames))]
        if not stretch:
            continue
        if recording.head.still:  # a pose of its own, held for a window's time
            points, seen = view.stack(stretch)
            some = np.repeat(points[:, None], LENGTH, 1), np.repeat(seen[:, None], LENGTH, 1)
        else:
            some = cut(*resample(stretch, rate, view), 1 if recording.taught else HOP)
        usable = some[1].mean((1, 2)) >= 0.2  # a window in which nobody is seen teaches nothing
        found.append((some[0][usable], some[1][usable]))
        y += [labels.index(recording.head.label)] * int(usable.sum())
        group += [piece.recording] * int(usable.sum())
    if not found:
        found = [(np.zeros((0, LENGTH, *view.rows), np.float32), np.zeros((0, LENGTH, view.rows[0]), np.bool_))]
    points, seen = (np.concatenate([each[part] for each in found]) for part in (0, 1))
    return Windows(points.astype(np.float32), seen, np.array(y, np.int64), np.array(group, np.int64), view)


def divide(recordings: Sequence[AnyRecording], kind: Kind | None = None) -> Split:
    """Keep train, check and test apart by person, by recording, or by blocks of time in each recording.

    Without `kind` the strictest that leaves each label in all three parts. By block, the first 60 % of each recording
    are for training, the next 20 % for checking, the last 20 % for the test. The same data always gives the same
    split. Raises DataError when the `kind` that was asked for leaves a label out of a part.
    """
    for each in KINDS if kind is None else (kind,):
        pieces = _by_block(recordings) if each == "block" else _by_group(recordings, each)
        if pieces is not None:
            return Split(each, pieces)
    raise DataError(
        N_("The data cannot be split by {kind}: each label needs at least three of them."),
        N_("Record more, or split by block."),
        kind=kind or "block",
    )


def _by_block(recordings: Sequence[AnyRecording]) -> dict[Part, list[Piece]]:
    stop = {"train": 0.6, "check": 0.8, "test": 1.0}
    start = {"train": 0.0, "check": 0.6, "test": 0.8}
    return {part: [Piece(i, start[part], stop[part]) for i in range(len(recordings))] for part in PARTS}


def _by_group(recordings: Sequence[AnyRecording], kind: Kind) -> dict[Part, list[Piece]] | None:
    """Whole groups to test and check until each label has its share there; None when that cannot be done."""

    def name(recording: AnyRecording) -> str:
        return recording.head.person if kind == "person" else recording.name

    # By hash: an order that has nothing to do with when and what was recorded, and that is always the same.
    groups = sorted({name(r) for r in recordings}, key=lambda each: sha256(each.encode()).digest())
    labels = {r.head.label for r in recordings}
    frames = {
        each: {
            label: sum(len(r.t) for r in recordings if name(r) == each and r.head.label == label) for label in labels
        }
        for each in groups
    }
    total = {label: sum(frames[each][label] for each in groups) for label in labels}
    home: dict[str, Part] = {}
    order: tuple[tuple[Part, int], ...] = (("test", 2), ("check", 1))  # and how many parts come later
    for part, later in order:
        have = dict.fromkeys(labels, 0)
        for each in groups:
            lacking = {label for label in labels if have[label] < _SHARE[part] * total[label] and frames[each][label]}
            if each in home or not lacking:
                continue
            # A share that is nearly reached takes nothing that a later part has not got yet.
            free = {
                label: sum(1 for one in groups if one not in home and one != each and frames[one][label])
                for label in labels
                if frames[each][label]
            }
            if min(free.values()) >= later or any(have[label] == 0 for label in lacking):
                home[each] = part
                for label in labels:
                    have[label] += frames[each][label]
    parts: dict[Part, list[Piece]] = {part: [] for part in PARTS}
    for i, recording in enumerate(recordings):
        parts[home.get(name(recording), "train")].append(Piece(i))
    whole = all({recordings[piece.recording].head.label for piece in parts[part]} == labels for part in PARTS)
    return parts if whole else None
