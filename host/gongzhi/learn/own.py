"""Takes what a program's own functions say of frames, gives it as a recogniser does: one action for each name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from gongzhi.learn.recogniser import SURE
from gongzhi.stages.identify import Hold
from gongzhi.values import Action, Features

FRESH: Final = 0.5  # s; a program that is slower, stands still or has crashed sees nothing
_LOST: Final = -2.0  # beyond where any hold goes on


class Own:
    """The actions of the tables [own.NAME]: `names` and for how many seconds each must be kept.

    `told` belongs to the arbiter's thread, the call to the pose thread. An action's `t` is the capture time of the
    frame that the program has judged, a frame or two before the one at hand: a result carries its own age.
    """

    def __init__(self, dwells: Mapping[str, float]) -> None:
        self._holds = {name: Hold(dwell) for name, dwell in dwells.items()}
        self._dwells = dict(dwells)
        self._said: dict[str, tuple[float, float]] = {}
        self._t = -math.inf

    def told(self, t: float, said: Mapping[str, float]) -> None:
        """The program's probabilities (0..1) for the frame captured at `t`; names that the project lacks are left
        out, and so is what comes too late to follow another, and what is about a frame that nobody has seen yet."""
        for name, p in said.items():
            if name in self._dwells and self._said.get(name, (0.0, -math.inf))[1] < t <= self._t:
                self._said[name] = (p, t)

    def __call__(self, features: Features | None, t: float) -> tuple[Action, ...]:
        """One action a name, of the frame captured at `t`; a time before the last one begins anew."""
        if t < self._t:
            self._said.clear()
            self._holds = {name: Hold(dwell) for name, dwell in self._dwells.items()}
        self._t = t
        return tuple(self._action(name, features is not None, t) for name in self._dwells)

    def _action(self, name: str, somebody: bool, t: float) -> Action:
        p, judged = self._said.get(name, (0.0, -math.inf))
        hold = self._holds[name]
        if not somebody or not 0.0 <= t - judged <= FRESH:
            hold.take(_LOST, t)
            return Action(name, hold.held, 0.0, t if hold.since is None else hold.since, t, model="program")
        hold.take(SURE.slack(p), judged)
        return Action(name, hold.held, p, judged if hold.since is None else hold.since, judged, model="program")
