"""Takes the file that `gongzhi evaluate --rule` wrote, gives what recordings have said of a rule: how often it is
right, when it may be something else, and what would be strange."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.features import COUNT, COUNT_WITH_HANDS, Mask
from gongzhi.learn.view import HANDS, POSE, View
from gongzhi.text import N_
from gongzhi.values import Features

_FURTHEST: Final = 12  # numbers that are furthest from what is usual count, as in usual.py
_SPREAD: Final = 0.05  # trunks, or of a cosine: no number is known more exactly
_SEEN: Final = 0.5  # share of the recordings in which a number is known, so that it says what is usual
MOST: Final = 1 << 16  # bytes of a file
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Number = Annotated[float, msgspec.Meta(ge=-100, le=100)]


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers of a frame (features.py) while a rule holds: their `middle` and `spread` (0: says nothing), and the
    `edge` that 95 % of the moments keep, None where too few recordings say so."""

    middle: tuple[Number, ...]
    spread: tuple[Annotated[float, msgspec.Meta(ge=0, le=100)], ...]
    edge: Annotated[float, msgspec.Meta(gt=0)] | None

    def __post_init__(self) -> None:
        if len(self.middle) != len(self.spread) or len(self.middle) not in (COUNT, COUNT_WITH_HANDS):
            raise ValueError("not the numbers of a pose")

    @property
    def view(self) -> View:
        """What is looked at."""
        return POSE if len(self.middle) == COUNT else HANDS

    def far(self, x: NDArray[np.float32], known: Mask) -> NDArray[np.float64]:
        """(n,) how many spreads the most unusual of the known numbers of frames (n, numbers) are off, on average."""
        spread = np.array(self.spread)
        counts = known & (spread > 0)
        away = np.where(counts, np.abs(x - np.array(self.middle)) / np.where(spread > 0, spread, 1), 0)
        most = np.minimum(counts.sum(1), _FURTHEST)
        return np.asarray(np.sort(away, 1)[:, -_FURTHEST:].sum(1) / np.maximum(most, 1), np.float64)


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


def sums(x: NDArray[np.float32], known: Mask) -> NDArray[np.float64]:
    """(3, numbers) of the numbers (n, numbers) of one recording's moments and which are known: the mean of each, that
    of its square, and whether it was known at all."""
    count = np.maximum(known.sum(0), 1)
    some = x.astype(np.float64) * known
    return np.stack([some.sum(0) / count, (some**2).sum(0) / count, known.any(0)])


def usual_of(some: NDArray[np.float64], edge: float | None = None) -> Usual:
    """What is usual in recordings, from the `sums` (recordings, 3, numbers) of each; each counts as one."""
    mean, square, there = some[:, 0], some[:, 1], some[:, 2]
    total = np.maximum(there.sum(0), 1)
    middle = (mean * there).sum(0) / total
    variance = np.maximum((square * there).sum(0) / total - middle**2, 0)
    spread = np.where(there.mean(0) >= _SEEN, np.sqrt(variance + _SPREAD**2), 0)
    return Usual(tuple(np.round(middle, 4).tolist()), tuple(np.round(spread, 4).tolist()), edge)


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
