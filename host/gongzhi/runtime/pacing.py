"""Takes a run's own clock, moves it on as fast as everybody keeps up: boards, broker, eyes, the pupil's program and the
arbiter itself."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from typing import Final, Literal, Protocol

from gongzhi.clock import Clock, ManualClock
from gongzhi.errors import GongzhiError
from gongzhi.sim.board_pace import Pace
from gongzhi.text import N_

STEP: Final = 0.04  # s of the clock at once: two of a board's ticks
BOARD: Final = 0.1  # s of the clock that a board may be late before all wait for it
ECHO: Final = 0.1  # s of the clock that a message to ourselves may be under way
PROGRAM: Final = 0.4  # s of the clock that the program may be behind with what it hears …
DUE: Final = 0.1  # … and with what it does at a moment of its own
PATIENCE: Final = 5.0  # s of real time that it is waited for; one that is at work for longer has real time
SIGHT: Final = 0.4  # s of the clock since the last frame that was decided on
STILL: Final = 60.0  # s of real time that the clock may stand
_AGAIN: Final = 0.25  # s of real time after which the clock is told again: a message may be lost
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
    decided on; the pupil's program hears the time by `tell(t)` and answers by `program(t, due)`. While `busy()`,
    something is done that takes real time however fast the clock goes (a lesson is trained): then it goes no faster.
    """

    def __init__(
        self, clock: ManualClock, there: Callable[[], Iterable[Pace]], boards: Callable[[], Iterable[Pace]]
    ) -> None:
        self._clock, self._there, self._boards = clock, there, boards
        self.ask: Callable[[float], object] | None = None  # until there is a bus, nobody waits for it
        self.busy: Callable[[], bool] = lambda: False
        self._asked = self._echoed = clock.now()
        self._seen = math.inf  # until there are eyes
        self.tell: Callable[[float], object] = lambda _t: None
        self._told = 0.0
        self._kept: tuple[float, float, float] | None = None  # of a program: see there; and when it was heard (real)
        # How often the clock stood, and for whom.
        self.waited: dict[str, int] = {"board": 0, "bus": 0, "eyes": 0, "program": 0}
        self._late: list[str] = []  # for whom it stands now

    def echoed(self, t: float) -> None:
        """The message that was sent at `t` has come round. From any thread."""
        self._echoed = t

    def saw(self, t: float) -> None:
        """A frame captured at `t` has been decided on; the first one says that there are eyes to wait for."""
        self._seen = t

    def program(self, t: float | None, due: float = 0.0) -> None:
        """A program has done all that it had to do at `t`, and has to do nothing by itself before `due` (0: it begins);
        None: there is none. From any thread."""
        if due and self._kept is None:
            return  # one that is being ended has answered once more
        self._kept = None if t is None else (t, due, time.monotonic())

    async def run(self) -> None:
        """Keep the clock going until cancelled; raises StillError when somebody was waited for too long."""
        last = moved = asked = time.monotonic()
        while True:
            await asyncio.sleep(_SLICE)
            now = time.monotonic()
            # After it stood, or this loop was late itself, it does not run after the lost time.
            real = self.busy() or self._program() == "slow"
            step = min((now - last) * (1.0 if real else self._clock.speed), STEP)
            last = now
            if step > 0 and self._together():
                self._move(step)
                moved = time.monotonic()
                continue
            self._tell()  # whoever is waited for is to know up to when
            if self.ask is not None and time.monotonic() - max(moved, asked) > _AGAIN:
                asked = time.monotonic()  # a message may be lost where a connection is
                self.ask(self._asked)
                self.tell(self._told)
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
            "program": self._program() == "late",
        }
        for name, is_late in late.items():
            self.waited[name] += is_late
        self._late = [name for name, is_late in late.items() if is_late]
        return not self._late

    def _program(self) -> Literal["", "late", "slow"]:
        """ "late": it is behind, and waited for; "slow": it is at work for too long for that. One that has not joined
        after so long changes nothing."""
        if (kept := self._kept) is None:
            return ""
        t, due, heard = kept
        if self._clock.now() <= min(t + PROGRAM, max(t, due) + DUE):
            return ""
        return "late" if time.monotonic() - heard <= PATIENCE else "slow" if due else ""

    def _move(self, step: float) -> None:
        now = self._clock.forward(step)
        for pace in self._boards():
            pace.tell(now)
        self._tell()

    def _tell(self) -> None:
        """Send the time round to ourselves, once it has come round before; and to the program, likewise: but one that
        is at work for long hears it again and again, for it may work until a time."""
        now = self._clock.now()
        if (kept := self._kept) is not None and (
            (self._told <= kept[0] and now >= min(kept[0] + PROGRAM / 2, kept[1]))
            or (now >= self._told + PROGRAM / 2 and self._program() == "slow")
        ):
            self._told = now
            self.tell(now)
        if self.ask is not None and self._asked <= self._echoed and self._asked < now:
            self._asked = now
            self.ask(now)
