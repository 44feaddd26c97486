"""Takes the run's clock as the runtime tells it, gives a program's waiting by it: in a script without a page a second
takes as long as everybody needs, so a program sleeps, waits and measures by that clock, and the clock waits for it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

from gongzhi.rests import rest, sleep

_STEP_S: Final = 1.0  # Ctrl-C is heard on Windows only between two waits
_monotonic = time.monotonic


class Timing:
    """Seconds of the run's clock, which is the machine's own until somebody tells another (`paced`).

    The clock goes on when all threads that have ever waited here wait: `keep_up(t, due)` says so to the run, and when
    the first of them is due. Until then it stands, so a function that takes its time is not late for what comes next.
    """

    def __init__(self) -> None:
        self._now: float | None = None
        self._before = 0.0  # of the machine's clock, when the run's was at 0
        self._changed = threading.Condition()
        self._waiting: dict[threading.Thread, tuple[float, Callable[[], bool]]] = {}
        self._at_work: set[threading.Thread] = set()
        self._keep_up: Callable[[float, float], None] = lambda _t, _due: None

    def paced(self, now: float, keep_up: Callable[[float, float], None]) -> None:
        """From now on the run's clock is told by `tell`; the calling thread is at work."""
        self._before = _monotonic() - now
        self._now, self._keep_up = now, keep_up
        self._at_work = {threading.current_thread()}

    def now(self) -> float:
        """Seconds."""
        return _monotonic() if self._now is None else self._now

    def monotonic(self) -> float:
        """The same, from where the machine's clock was as the program began."""
        return self.now() + self._before

    def sleep(self, seconds: float) -> None:
        """As time.sleep."""
        if self._now is None or not seconds >= 0:
            sleep(seconds)
        else:
            with rest(seconds):
                self.wait(seconds)

    def hear(self, payload: bytes) -> None:
        """The runtime says where its clock is; nothing for what is no number."""
        with contextlib.suppress(msgspec.DecodeError):
            self.tell(msgspec.json.decode(payload, type=float))

    def tell(self, t: float) -> None:
        """The run's clock is at `t`."""
        if self._now is None:
            return
        with self._changed:
            self._now = max(self._now, t)
            self._look()
        self._say()

    def poke(self) -> None:
        """Something has come that somebody may wait for."""
        with self._changed:
            self._look()

    def wait(self, seconds: float, ready: Callable[[], bool] = lambda: False) -> None:
        """Until `ready()`, at most so long; `ready` is asked after each `poke`."""
        if self._now is None:
            with self._changed:
                self._changed.wait_for(ready, min(seconds, threading.TIMEOUT_MAX))
            return
        me = threading.current_thread()
        with self._changed:
            self._waiting[me] = self._now + seconds, ready
            self._at_work.discard(me)
            self._look()
        self._say()
        with self._changed:
            try:
                while me in self._waiting:
                    self._changed.wait(_STEP_S)
            finally:  # Ctrl-C
                self._waiting.pop(me, None)
                self._at_work.add(me)

    def _look(self) -> None:
        for who, (due, ready) in list(self._waiting.items()):
            if self.now() >= due or ready():
                del self._waiting[who]
                self._at_work.add(who)  # before it has woken up: the clock waits for it already
        self._changed.notify_all()

    def _say(self) -> None:
        """Nobody is at work: all that was due has been done."""
        with self._changed:
            self._at_work = {one for one in self._at_work if one.is_alive()}
            if self._at_work or self._now is None:
                return
            now = self._now
            due = min((due for due, _ in self._waiting.values()), default=now)
        self._keep_up(now, due)


TIMING: Final = Timing()


def install() -> None:
    """Let what the program has from `time` go by TIMING, also before it has joined the run."""
    wall = time.time() - _monotonic()
    now = TIMING.monotonic
    clocks = {"monotonic": now, "perf_counter": now, "time": lambda: wall + now()}
    for name, clock in clocks.items():
        setattr(time, name, clock)
        setattr(time, f"{name}_ns", lambda clock=clock: round(clock() * 1e9))
    vars(time).update(sleep=TIMING.sleep)
