"""Takes a run's own clock, moves it on as fast as everybody keeps up: boards, broker, eyes and the arbiter itself."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from gongzhi.clock import Clock, ManualClock
from gongzhi.errors import GongzhiError
from gongzhi.sim.board_pace import Pace
from gongzhi.text import N_

STEP: Final = 0.04  # s of the clock at once: two of a board's ticks
BOARD: Final = 0.1  # s of the clock that a board may be late before all wait for it
ECHO: Final = 0.1  # s of the clock that a message to ourselves may be under way
SIGHT: Final = 0.4  # s of the clock since the last frame that was decided on
STILL: Final = 60.0  # s of real time that the clock may stand
_AGAIN: Final = 1.0  # s of real time after which a message that has not come round is sent again
_SLICE: Final = 0.001  # s of real time: how often it is looked whether to go on


class StillError(GongzhiError):
    """Somebody whom the clock waits for does not come."""


class Handle(Protocol):
    """What can be called off."""

    def cancel(self) -> None:
        """Call it off."""
        ...


class _Alarm:
    """A call at a moment of a clock that does not run as the machine's does."""

    def __init__(self, aio: asyncio.AbstractEventLoop, clock: Clock, due: float, call: Callable[[], None]) -> None:
        self._aio, self._clock, self._due, self._call = aio, clock, due, call
        self._handle = aio.call_soon(self._look)

    def _look(self) -> None:
        left = self._due - self._clock.now()
        if left <= 0:
            self._call()
        else:
            self._handle = self._aio.call_later(max(left / self._clock.speed, _SLICE), self._look)

    def cancel(self) -> None:
        self._handle.cancel()


def later(aio: asyncio.AbstractEventLoop, clock: Clock, seconds: float, call: Callable[[], None]) -> Handle:
    """Call `call` from the event loop in `seconds` of the clock."""
    if clock.speed == 1.0:
        return aio.call_later(seconds, call)
    return _Alarm(aio, clock, clock.now() + seconds, call)


class Pacer:
    """Moves `clock` on, at most at its `speed`, and lets it stand while somebody is late: so nothing that happens in a
    run depends on how fast the machine is.

    `boards()` are the clocks of all boards, `there()` of those that are waited for; `ask(t)` sends a message round by
    the broker, whose arrival is told to `echoed(t)`; `saw(t)` is told of each frame (captured at `t`) once it has been
    decided on. While `busy()`, something is done that takes real time however fast the clock goes (a lesson is
    trained): then it goes no faster than real time.
    """

    def __init__(
        self, clock: ManualClock, there: Callable[[], Iterable[Pace]], boards: Callable[[], Iterable[Pace]]
    ) -> None:
        self._clock, self._there, self._boards = clock, there, boards
        self.ask: Callable[[float], object] | None = None  # until there is a bus, nobody waits for it
        self.busy: Callable[[], bool] = lambda: False
        self._asked = self._echoed = clock.now()
        self._seen = math.inf  # until there are eyes
        self.waited: dict[str, int] = {"board": 0, "bus": 0, "eyes": 0}  # how often the clock stood, and for whom
        self._late: list[str] = []  # for whom it stands now

    def echoed(self, t: float) -> None:
        """The message that was sent at `t` has come round. From any thread."""
        self._echoed = t

    def saw(self, t: float) -> None:
        """A frame captured at `t` has been decided on; the first one says that there are eyes to wait for."""
        self._seen = t

    async def run(self) -> None:
        """Keep the clock going until cancelled; raises StillError when somebody was waited for too long."""
        last = moved = asked = time.monotonic()
        while True:
            await asyncio.sleep(_SLICE)
            now = time.monotonic()
            # After it stood, or this loop was late itself, it does not run after the lost time.
            step = min((now - last) * (1.0 if self.busy() else self._clock.speed), STEP)
            last = now
            if step > 0 and self._together():
                self._move(step)
                moved = time.monotonic()
            elif self.ask is not None and time.monotonic() - max(moved, asked) > _AGAIN:
                asked = time.monotonic()  # a message may be lost where a connection is
                self.ask(self._asked)
            elif time.monotonic() - moved > STILL:
                raise StillError(
                    N_("For {seconds:g} s nothing could go on: {who} did not keep up."),
                    N_("Is the computer very busy? Try again, or with a lower speed in the script."),
                    seconds=STILL, who=", ".join(self._late) or "?",
                )  # fmt: skip

    def _together(self) -> bool:
        now = self._clock.now()
        late = {
            "board": any(pace.behind() > BOARD for pace in self._there()),
            "bus": self._asked > self._echoed and now - self._asked > ECHO,
            "eyes": now - self._seen > SIGHT,
        }
        for name, is_late in late.items():
            self.waited[name] += is_late
        self._late = [name for name, is_late in late.items() if is_late]
        return not self._late

    def _move(self, step: float) -> None:
        now = self._clock.forward(step)
        for pace in self._boards():
            pace.tell(now)
        if self.ask is not None and self._asked <= self._echoed:
            self._asked = now
            self.ask(now)
