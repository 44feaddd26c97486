"""Takes windows, gives others that could as well have been recorded: mirrored, slower, from elsewhere, less exact."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.features import mirror
from gongzhi.learn.windows import LENGTH, Windows

TEMPO: Final = (0.8, 1.15)  # how many frames of the original one frame of the window takes
ROLL: Final = 5.0  # degrees, standard deviation: a camera that does not stand straight
YAW: Final = 0.85  # the least share of its width that a person turned or seen from the side keeps
JITTER: Final = 0.025  # trunks, standard deviation of a whole window's joint and of each frame's
DROP: Final = 0.05  # how often a joint is unseen for a whole window


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
    across, up = points[..., 0] * wide, points[..., 1]
    points = np.stack([cos * across - sin * up, sin * across + cos * up], -1)
    offset = rng.standard_normal((n, 1, points.shape[2], 2), np.float32)
    points += np.float32(JITTER) * (offset + rng.standard_normal(points.shape, np.float32))
    seen &= rng.random((n, 1, points.shape[2])) >= DROP
    return Windows(points * seen[..., None], seen, y, windows.group)


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
