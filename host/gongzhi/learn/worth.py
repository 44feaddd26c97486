"""Takes the file that `gongzhi evaluate --rule` wrote, gives what recordings have said of a rule: how often it is
right, when it may be something else, and what would be strange."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.calibrate import grouped_threshold
from gongzhi.learn.features import COUNT, COUNT_WITH_HANDS, Mask
from gongzhi.learn.view import HANDS, POSE, View
from gongzhi.text import N_
from gongzhi.values import Features

_POSES: Final = 300  # that are kept, of all recordings together
_SPREAD: Final = 0.1  # trunks, or of a cosine, that a number is spread at least
ENOUGH: Final = 0.5  # share of what is known of a frame that must be known of a pose to compare the two
_BOUND: Final = 100.0  # trunks; nothing is farther
_LEAST: Final = 1e-3
MOST: Final = 1 << 20  # bytes of a file
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Number = Annotated[float, msgspec.Meta(ge=-100, le=100)]


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """What recordings showed while a rule held: the numbers of some `poses` (features.py; None: not seen), the `spread`
    by which each number is measured, and the `edge`, how far 95 % of the moments of another recording are from the
    nearest of them; None where too few recordings say so."""

    poses: tuple[tuple[Number | None, ...], ...]
    spread: tuple[Annotated[float, msgspec.Meta(gt=0, le=100)], ...]
    edge: Annotated[float, msgspec.Meta(gt=0)] | None

    def __post_init__(self) -> None:
        if {len(each) for each in self.poses} != {len(self.spread)} or len(self.spread) not in (
            COUNT,
            COUNT_WITH_HANDS,
        ):
            raise ValueError("not the numbers of a pose")

    @property
    def view(self) -> View:
        """What is looked at."""
        return POSE if len(self.spread) == COUNT else HANDS

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return np.array(self.poses, np.float32), np.array(self.spread, np.float32)

    def far(self, x: NDArray[np.float32], known: Mask) -> NDArray[np.float64]:
        """(n,) how many spreads frames (n, numbers) are from the nearest pose, in the mean of what is known of both."""
        return _far(x, known, *self._arrays)


def _far(
    x: NDArray[np.float32], known: Mask, poses: NDArray[np.float32], spread: NDArray[np.float32]
) -> NDArray[np.float64]:
    both = known[:, None] & ~np.isnan(poses)
    away = np.where(both, (x[:, None] - np.nan_to_num(poses)) / spread, 0)
    count = both.sum(2)
    # Of a pose of which hardly the same was seen nobody knows how near it is.
    enough = count >= np.maximum(ENOUGH * known.sum(1, keepdims=True), 1)
    return np.asarray(np.sqrt(np.where(enough, (away**2).sum(2) / np.maximum(count, 1), np.inf).min(1)), np.float64)


class Worth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was measured of `rule`, kept for `dwell` seconds, with recordings of `label`: `curve` (a, b) of its
    probability, the own `p` up to which it may be something else (`limit`), what is `usual`; `figures` for people
    who read it."""

    format: Literal[1] = 1
    rule: str
    dwell: Annotated[float, msgspec.Meta(ge=0, le=60)]
    label: str
    curve: tuple[Annotated[float, msgspec.Meta(ge=0, le=100)], Number]
    limit: Share
    usual: Usual
    figures: dict[str, float] = {}

    def strange(self, features: Features) -> float:
        """1 at the edge of what the recordings showed while the rule held, more beyond; 0 where they were too few."""
        if self.usual.edge is None:
            return 0.0
        return float(self.usual.far(*numbers_of(self.usual.view, [features]))[0]) / self.usual.edge


def numbers_of(view: View, frames: Sequence[Features]) -> tuple[NDArray[np.float32], Mask]:
    """The numbers (n, numbers) of frames, and which are known."""
    if not frames:
        return np.zeros((0, view.numbers), np.float32), np.zeros((0, view.numbers), np.bool_)
    return view.describe(*view.stack(frames))


def usual_of(some: Sequence[tuple[NDArray[np.float32], Mask]]) -> Usual:
    """From recordings, of each the numbers (n, numbers) of its moments and which are known; each counts as one. The
    edge is measured of each recording by the poses of the others alone, as new ones will be."""
    chosen = [some[i] for i in np.unique(np.linspace(0, len(some) - 1, min(len(some), _POSES)).astype(int))]
    each = _POSES // len(chosen)
    rows = [np.unique(np.linspace(0, len(x) - 1, min(len(x), each)).astype(int)) for x, _ in chosen]
    x = np.concatenate([x[at] for (x, _), at in zip(chosen, rows, strict=True)]).clip(-_BOUND, _BOUND).round(3)
    known = np.concatenate([known[at] for (_, known), at in zip(chosen, rows, strict=True)])
    owner = np.concatenate([np.full(len(at), i) for i, at in enumerate(rows)])
    count = np.maximum(known.sum(0), 1)
    middle = (x * known).sum(0) / count
    spread = (np.sqrt(((x - middle) ** 2 * known).sum(0) / count) + _SPREAD).round(3).astype(np.float32)
    poses = np.where(known, x, np.nan).astype(np.float32)
    far = [_far(x, known, poses[owner != i], spread) for i, (x, known) in enumerate(chosen)] if len(chosen) > 1 else []
    edge = grouped_threshold(far)
    return Usual(
        tuple(tuple(None if math.isnan(one) else round(one, 3) for one in row) for row in poses.tolist()),
        tuple(round(float(one), 3) for one in spread), None if math.isinf(edge) else max(round(edge, 4), _LEAST),
    )  # fmt: skip


def load(path: Path) -> Worth:
    """Read a rule's worth. Raises DataError."""
    try:
        if path.stat().st_size > MOST:
            raise ValueError("too large")
        return msgspec.json.decode(path.read_bytes(), type=Worth)
    except OSError as error:
        raise DataError(
            N_("There is no “{file}”."), N_("Measure the rule first: gongzhi evaluate PROJECT DATASET --rule NAME"),
            file=path.name,
        ) from error  # fmt: skip
    except ValueError as error:
        raise DataError(
            N_("“{file}” does not say what a rule is worth: {why}"),
            N_("Measure the rule again: gongzhi evaluate PROJECT DATASET --rule NAME"), file=path.name, why=str(error),
        ) from error  # fmt: skip
