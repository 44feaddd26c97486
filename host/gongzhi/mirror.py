"""Takes numbers of a left and a right side, gives them as a mirror shows them: the only place where that is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SIDE: Final = re.compile(r"(?<![a-z])(left|right)(?![a-z])")
_OTHER: Final = {"left": "right", "right": "left"}


def fellow(name: str) -> str:
    """What a mirror calls it: "left_wrist" is right_wrist, "wrist_left" wrist_right, "nose" is itself."""
    return _SIDE.sub(lambda found: _OTHER[found[0]], name)


class Mirror:
    """The mirror of rows by `names`: left and right change their names, and each number is multiplied by its `sign`
    (-1 for what points to a side, such as x). A mirror of the mirror is what was there."""

    def __init__(self, names: Sequence[str], sign: ArrayLike) -> None:
        """`sign` (rows,) of rows of one number, (rows, per) or (1, per) of rows of several. Raises ValueError for a
        name whose fellow is missing."""
        self._swap = [names.index(fellow(name)) for name in names]
        self._sign = np.asarray(sign, np.float32)

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        """Of `values` (…, rows) or (…, rows, per), in their own type."""
        swapped = np.take(values, self._swap, -self._sign.ndim)
        return np.asarray(swapped * self._sign.astype(values.dtype, copy=False))

    def mask(self, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the mirrored rows are seen, of `seen` (…, rows)."""
        return seen[..., self._swap]
