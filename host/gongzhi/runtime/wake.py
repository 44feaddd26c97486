"""Takes what is due in the loop, calls when it is."""

from __future__ import annotations

import math
from collections.abc import Callable

from gongzhi.loop import Loop
from gongzhi.runtime.pacing import Handle
from gongzhi.stages.resolve import due


class Wake:
    """The one timer of a run: `call` when a condition, the arbiter, a renewal or a journal that cannot be written needs
    somebody to look again. `later(seconds, call)` is the run's clock; all methods belong to the asyncio thread."""

    def __init__(
        self, loop: Loop, later: Callable[[float, Callable[[], None]], Handle], call: Callable[[], None]
    ) -> None:
        self._loop, self._later, self._call = loop, later, call
        self._timer: Handle | None = None
        self.again = math.inf  # when the timer wakes us

    def schedule(self, now: float) -> None:
        """Look what is due next."""
        self.cancel()
        again = min(due(self._loop.arbiter), self._loop.sender.next_due, self._loop.due)
        if not self._loop.journal.writable:
            again = min(again, now + 1.0)
        self.again = again
        self._timer = None if again == math.inf else self._later(max(0.0, again - now), self._due)

    def sooner(self, now: float) -> None:
        """What is seen and sensed need be no event, and can make a condition due all the same."""
        if self._loop.due < self.again:
            self.schedule(now)

    def cancel(self) -> None:
        """Wake nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _due(self) -> None:
        self.again = math.inf
        self._call()
