"""Takes windows, gives others that could as well have been recorded: mirrored, slower, from elsewhere, less exact."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.features import JOINTS, mirror
from gongzhi.learn.hands import PLACE, ROWS, TURN
from gongzhi.learn.windows import LENGTH, Windows

TEMPO: Final = (0.8, 1.15)  # how many frames of the original one frame of the window takes
ROLL: Final = 5.0  # degrees, standard deviation: a camera that does not stand straight
YAW: Final = 0.85  # the least share of its width that a person turned or seen from the side keeps
JITTER: Final = 0.025  # trunks, standard deviation of a whole window's joint and of each frame's
DROP: Final = 0.05  # how often a joint is unseen for a whole window
TIP: Final = 0.03  # palms, standard deviation of a finger's tip; 0.06 left 0.82 instead of 0.93 right (measured)
HAND_DROP: Final = (0.03, 0.15)  # how often a hand is unseen for a whole window, and for a part of it
_BOTH: Final = [len(JOINTS) + side * ROWS for side in (0, 1)]  # the first row of each hand
_IN_PICTURE: Final = [*range(len(JOINTS)), *(first + row for first in _BOTH for row in (PLACE, TURN))]


def _trembling() -> NDArray[np.float32]:
    """(27, 3) by how much each number of a frame with hands is less exact."""
    made = np.zeros((len(JOINTS) + 2 * ROWS, 3), np.float32)
    made[: len(JOINTS), :2] = JITTER
    for first in _BOTH:
        made[first : first + PLACE] = made[first + TURN] = TIP
        made[first + PLACE, :2] = JITTER
    return made


_TREMBLES: Final = _trembling()
_LOST: Final = np.where(np.arange(len(_TREMBLES)) < len(JOINTS), DROP, 0.0)  # of hands see _hide


def augment(windows: Windows, mirrored: list[int], rng: np.random.Generator) -> Windows:
    """One changed window for each; `mirrored` gives each label's number in a mirror (`About.mirrored`)."""
    n = len(windows)
    points, seen = _tempo(windows, rng)
    y = windows.y.copy()
    flip = rng.random(n) < 0.5
    points[flip], seen[flip] = mirror(points[flip], seen[flip])
    y[flip] = np.asarray(mirrored)[y[flip]]
    angle = np.deg2rad(rng.normal(0, ROLL, n))
    narrow = rng.uniform(YAW, 1.0, n)
    cos, sin, wide = (each.astype(np.float32)[:, None, None] for each in (np.cos(angle), np.sin(angle), narrow))
    hands = windows.view.hands
    rows = _IN_PICTURE if hands else slice(None)
    across, up = points[..., rows, 0] * wide, points[..., rows, 1]
    points[..., rows, :2] = np.stack([cos * across - sin * up, sin * across + cos * up], -1)
    offset = rng.standard_normal((n, 1, *points.shape[2:]), np.float32)
    points += (_TREMBLES if hands else np.float32(JITTER)) * (offset + rng.standard_normal(points.shape, np.float32))
    seen &= rng.random((n, 1, points.shape[2])) >= (_LOST if hands else DROP)
    if hands:
        _hide(seen, rng)
    return Windows(points * seen[..., None], seen, y, windows.group, windows.view)


def _hide(seen: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Let hands be unseen, whole and for a while: they are what is lost most often."""
    frames = np.arange(LENGTH)
    for first in _BOTH:
        chance = rng.random((len(seen), 1))
        begin, long = rng.integers(0, LENGTH, (len(seen), 1)), rng.integers(3, LENGTH // 2, (len(seen), 1))
        whole, part = HAND_DROP
        away = (chance < whole) | ((chance < whole + part) & (frames >= begin) & (frames < begin + long))
        seen[:, :, first : first + ROWS] &= ~away[..., None]


def _tempo(windows: Windows, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Each window slower or quicker about its middle; what a quicker one lacks at its ends is held."""
    n = len(windows)
    middle = (LENGTH - 1) / 2
    speed = rng.uniform(*TEMPO, (n, 1))
    at = np.clip(middle + (np.arange(LENGTH) - middle) * speed, 0, LENGTH - 1)
    low = np.minimum(at.astype(np.int64), LENGTH - 2)
    share = (at - low).astype(np.float32)[:, :, None, None]
    rows = np.arange(n)[:, None]
    points = windows.points[rows, low] * (1 - share) + windows.points[rows, low + 1] * share
    return points, windows.seen[rows, low] & windows.seen[rows, low + 1]
