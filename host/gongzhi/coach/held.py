"""Takes what a coach thinks and has told, gives the actions that are held: forms, outcomes, rests."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from gongzhi.coach.bounds import State
from gongzhi.coach.events import Guess
from gongzhi.coach.outcomes import DOUBTFUL, OUTCOMES, RESTS
from gongzhi.stages.identify import Hold, Need
from gongzhi.values import Action

SURE: Final = Need(0.8, 0.5)  # the probability at which a form begins to be held, and below which it ends
_SHOWN: Final = 1.5  # seconds for which a repetition's outcome is held as an action


class Held:
    """`forms` are the names of the movements; with `rests` those of RESTS are held, too."""

    def __init__(self, forms: tuple[str, ...], *, rests: bool) -> None:
        self._holds = {name: Hold() for name in forms}
        self._outcome: dict[str, tuple[float, float]] = {}
        self._like = ""  # the form that was doubted last
        self._rests = RESTS if rests else ()

    def outcome(self, name: str, t: float, p: float, form: str = "") -> None:
        """An outcome of a repetition that was over at `t` (s); a doubtful one was like `form`."""
        self._outcome[name] = t, p
        self._like = form or self._like

    def actions(self, guess: Guess | None, t: float, state: State, since: float, model: str) -> tuple[Action, ...]:
        """One for each name. `state` is what the person knows of rounds and rests, `since` (s) when."""
        out = []
        for name, hold in self._holds.items():
            p = guess.p.get(name, 0.0) if guess is not None else 0.0
            hold.take(SURE.slack(p) if guess is not None else -2.0, t)
            doubt: Literal["", "unseen"] = "unseen" if guess is not None and guess.strange > 0.5 else ""
            options = guess.options if guess is not None and name in guess.options else ()
            began = t if hold.since is None else hold.since
            out.append(Action(name, hold.held, min(max(p, 0.0), 1.0), began, t, options, doubt, model))
        for name in OUTCOMES:
            began, p = self._outcome.get(name, (-np.inf, 0.0))
            held = t - began <= _SHOWN
            # Whoever is asked chooses between the form and something that is only like it.
            options = (self._like, DOUBTFUL) if held and name == DOUBTFUL else ()
            out.append(Action(name, held, p if held else 0.0, began if held else t, t, options, model=model))
        for name, held in zip(self._rests, (state in ("rest", "enough"), state == "ready"), strict=False):
            out.append(Action(name, held, float(held), since if held else t, t, model=model))
        return tuple(out)
