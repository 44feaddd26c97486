"""Takes nothing, gives what learning asks of a kind of data, and two kinds: a person's joints, also with hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.features import (
    COUNT,
    COUNT_WITH_HANDS,
    JOINTS,
    ROWS_WITH_HANDS,
    UNITS,
    UNITS_WITH_HANDS,
    Mask,
    Points,
    describe,
    describe_with_hands,
    joints,
    joints_and_hands,
)

if TYPE_CHECKING:
    from gongzhi.learn.windows import Windows

Numbers = NDArray[np.float32]


class View(Protocol):
    """How data of one kind are looked at; `points` are (…, frames, rows, per) float32, `seen` (…, frames, rows)."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels of a sensor; none for a person's joints."""
        ...

    @property
    def hands(self) -> bool:
        """Whether it looks at a person's hands, too."""
        ...

    @property
    def rows(self) -> tuple[int, int]:
        """(rows, per): the shape of one frame's points."""
        ...

    @property
    def numbers(self) -> int:
        """How many numbers a frame has for a model."""
        ...

    @property
    def units(self) -> tuple[int, ...]:
        """(numbers,) of each the number of its unit: those of one unit are compared as they are."""
        ...

    @property
    def gap(self) -> float:
        """Seconds; what is unseen for longer is unseen, not guessed from before and after."""
        ...

    @property
    def lost(self) -> float:
        """Seconds without a frame after which what was before says nothing of now."""
        ...

    @property
    def least(self) -> int:
        """Windows that a round of training has at least; few ones come several times, each time changed."""
        ...

    def stack(self, frames: Sequence[Any]) -> tuple[Points, Mask]:
        """The points (n, rows, per) of `frames` and which are seen (n, rows)."""
        ...

    def describe(self, points: Points, seen: Mask) -> tuple[Numbers, Mask]:
        """The numbers (…, frames, numbers) of points, and which of them are known."""
        ...

    def augment(self, windows: Windows, mirrored: list[int], rng: np.random.Generator) -> Windows:
        """One changed window for each, that could as well have been recorded."""
        ...

    def invent(self, windows: Windows, label: int, rng: np.random.Generator, count: int) -> Windows:
        """At most `count` windows of the number `label`, made of these, that are none of the known movements."""
        ...


class Pose:
    """A person's 13 joints (features.py)."""

    channels: tuple[str, ...] = ()
    hands = False
    rows: tuple[int, int] = (len(JOINTS), 2)
    numbers = COUNT
    units = UNITS
    gap = 0.5
    lost = 0.5
    least = 0

    def stack(self, frames: Sequence[Any]) -> tuple[Points, Mask]:
        """Of Features."""
        pairs = [joints(each) for each in frames]
        return np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])

    def describe(self, points: Points, seen: Mask) -> tuple[Numbers, Mask]:
        """As features.describe."""
        return describe(points, seen)

    # What makes windows of windows imports them, and they import this.

    def augment(self, windows: Windows, mirrored: list[int], rng: np.random.Generator) -> Windows:
        """As augment.augment."""
        from gongzhi.learn.augment import augment

        return augment(windows, mirrored, rng)

    def invent(self, windows: Windows, label: int, rng: np.random.Generator, count: int) -> Windows:
        """As unseen.invent."""
        from gongzhi.learn.unseen import invent

        return invent(windows, label, rng, count)


class PoseAndHands(Pose):
    """A person's 13 joints and what both hands do (hands.py)."""

    hands = True
    rows = (ROWS_WITH_HANDS, 3)
    numbers = COUNT_WITH_HANDS
    units = UNITS_WITH_HANDS
    least = 400

    def stack(self, frames: Sequence[Any]) -> tuple[Points, Mask]:
        """Of Features."""
        pairs = [joints_and_hands(each) for each in frames]
        return np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])

    def describe(self, points: Points, seen: Mask) -> tuple[Numbers, Mask]:
        """As features.describe_with_hands."""
        return describe_with_hands(points, seen)


POSE: Final[View] = Pose()
HANDS: Final[View] = PoseAndHands()
