"""Takes a person's joints over time, gives a sign when somebody may have stumbled or fallen, so that prompts stop.

It is no fall detector and says nothing of anybody's health: it only knows when a coach should be quiet.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from gongzhi.coach.body import Array, Mask, Neutral

_DROP: Final = 0.5  # trunks that the hips go down …
_WITHIN: Final = 0.6  # … within so many seconds: quicker than any squat of a slow form
_LOST: Final = 2.0  # seconds for which no ankle is seen after it
_ANKLES: Final = [11, 12]
_HIPS: Final = [7, 8]


class Safety:
    """Watches hips and ankles."""

    def __init__(self) -> None:
        self._hips: deque[tuple[float, float]] = deque()
        self._dropped = float("-inf")
        self._ankle = float("-inf")
        self._told = True

    def take(self, joints: Array, seen: Mask, t: float, neutral: Neutral | None) -> bool:
        """True once, when the hips have dropped fast and no ankle has been seen for two seconds since. `joints` (15, 2)
        pixels, of which `seen` (15,); `t` in seconds. Without a neutral stand that showed the feet it knows nothing."""
        if neutral is None or not neutral.legs:
            return False
        if seen[_ANKLES].any():
            self._ankle = t
        if seen[_HIPS].any():
            height = float(np.mean(joints[_HIPS, 1][seen[_HIPS]])) / neutral.trunk  # y goes down
            self._hips.append((t, height))
            while t - self._hips[0][0] > _WITHIN:
                self._hips.popleft()
            if height - min(each for _, each in self._hips) > _DROP:
                self._dropped, self._told = t, False
        if not self._told and t - self._ankle >= _LOST and self._ankle - self._dropped < _WITHIN:
            self._told = True
            return t - self._dropped < _LOST + 2.0
        return False
