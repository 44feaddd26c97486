"""Takes a drawn person's joints, frame by frame, gives what passive infrared detectors before the same scene say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from gongzhi.values import Frame

# An HC-SR501 is on for as long as its delay is set (from 0.3 s up) after what moved last, if it may be triggered
# again ("H"), and then blind for 2.5 s (Escol, HC-SR501, "Delay time", "Lock time").
ON_S: Final = 3.0
BLIND_S: Final = 2.5
# A person fills most of the picture's height, so this is some 0.3 m/s for the fastest joint: slower than a gesture,
# and more than what standing still and breathing do.
_MOVES: Final = 0.15  # picture heights a second


class Warmth:
    """Detectors that see the drawn person. `tell(on)` is called when they change, on the thread that calls `saw`."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self._tell = tell
        self._before: Frame | None = None
        self._moved = -np.inf  # when anything moved last
        self._on = False
        self._off_at = -np.inf

    def saw(self, frame: Frame) -> None:
        """A frame of a camera; where nobody is drawn (`truth` None) nothing warm is there."""
        before, self._before = self._before, frame
        if before is None:
            return
        moves = self._moves(before, frame)
        if moves and (self._on or frame.t - self._off_at >= BLIND_S):
            self._moved = frame.t
        on = frame.t - self._moved < ON_S
        if on != self._on:
            self._on = on
            if not on:
                self._off_at = frame.t
            self._tell(on)

    def _moves(self, before: Frame, now: Frame) -> bool:
        if before.truth is None or now.truth is None:
            return before.truth is not now.truth  # somebody has come, or gone
        seconds = now.t - before.t
        way = float(np.linalg.norm(now.truth.xy - before.truth.xy, axis=1).max())
        return seconds > 0 and way > _MOVES * seconds * now.truth.size[1]
