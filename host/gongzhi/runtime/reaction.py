"""Takes what was decided and when pins move, gives how long it took from the picture to the pin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gongzhi.arbiter.effects import Changed, Effect
from gongzhi.clock import Clock
from gongzhi.runtime.stats import Stats

_LONGEST_S: Final = 2.0  # a pin that moves later moves for another reason: the part was there already


class Reaction:
    """Times the acts that need no person. `captured` is when the frame was captured that is being decided on, in
    seconds of the machine's clock; a run whose clock is another measures nothing."""

    def __init__(self, stats: Stats, clock: Clock) -> None:
        self.captured = 0.0
        self._stats, self._real = stats, clock.speed == 1.0
        self._awaiting: dict[str, float] = {}  # resource -> that time, until its pin moves

    def decided(self, effects: Iterable[Effect]) -> None:
        """The arbiter has said this, and nothing of it has been sent yet."""
        if not self._real:
            return
        for effect in effects:
            if isinstance(effect, Changed) and effect.decision.state == "executing" and effect.decision.by == "dial":
                self._awaiting[effect.decision.resource] = self.captured

    def moved(self, resource: str, t: float) -> None:
        """The pin of `resource` has changed at `t`; from any thread."""
        began = self._awaiting.pop(resource, None)
        if began is not None and t - began <= _LONGEST_S:
            self._stats.e2e.append((t - began) * 1e3)
