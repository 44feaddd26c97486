"""Takes a board's options, keeps its body running: starts it, reads its frames, starts it again after a reset."""

from __future__ import annotations

import contextlib
import logging
import os
import struct
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from gongzhi.clock import Clock
from gongzhi.errors import BoardError
from gongzhi.sim import board_body as bodies
from gongzhi.sim.chip.frames import Frames, pack
from gongzhi.sim.device import _layout as lay
from gongzhi.text import N_

_log = logging.getLogger(__name__)

CAUSES: Final = {1: "power", 2: "reset", 3: "watchdog", 4: "deepsleep", 5: "soft"}
_SHORT_LIFE = 5.0  # s: a body that lives shorter is started again more slowly each time …
_LONGEST_WAIT = 5.0  # s: … up to this
_FUTILE = 3  # bodies that died before the firmware began: it will never begin
_FOR_EVER = 1e6  # s


@dataclass(frozen=True, slots=True)
class BoardEvent:
    """What happened to a board at `t` (s).

    `kind` and `data`: "boot" the firmware begins {cause, boots, pid, body}; "exit" the body ended {cause: power,
    reset, watchdog, deepsleep, soft, crash; code; wait: seconds until it starts again; detail}; "ended" main.py is
    over {error: "" if it came to its end}; "wifi" {state: off, idle, joining, joined}; "dead" it cannot be started
    again; "stopped".
    """

    t: float
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


class Owner(Protocol):
    """What a life needs from the board whose life it is. All but `options` run on the life's thread."""

    def options(self, cause: int, body: bodies.Body) -> dict[str, Any]:
        """What the next body is told."""

    def inputs(self) -> list[tuple[int, bytes]]:
        """What the world does to the board now, as frames."""

    def frame(self, kind: int, payload: bytes, t: float) -> None:
        """A frame that came at `t`."""

    def died(self, t: float) -> None:
        """The chip lost its state."""

    def event(self, kind: str, **data: Any) -> None:
        """Something that a listener may want to know."""

    def last_words(self) -> str:
        """The last line that the body said."""


class Life:
    """The thread that has the body's process. `boots` counts how often the firmware began, `short_lives` how many
    bodies in a row lived less than 5 s; each of these waits twice as long as the one before, from `back_off` s."""

    def __init__(self, owner: Owner, state: Path, wish: bodies.Wish, clock: Clock, back_off: float) -> None:
        self.boots = 0
        self.short_lives = 0
        self.body, self.reason = bodies.choose(wish)
        self._owner, self._state, self._clock, self._back_off = owner, state, clock, back_off
        self._process: bodies.Process | None = None
        self._sent = 0  # frames to this process
        self._unheard = False  # something was sent when there was none
        self._thread: threading.Thread | None = None
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._begun = threading.Event()  # or it is certain that it never will
        self._over = threading.Event()
        self._power_cut = threading.Event()

    @property
    def pid(self) -> int | None:
        """The body's process, None between two."""
        process = self._process
        return None if process is None else process.pid

    def sent(self) -> int | None:
        """How many frames the body that runs now was sent, None between two."""
        with self._writing:
            return None if self._process is None else self._sent

    @property
    def running(self) -> bool:
        """True between `start` and `stop`."""
        return self._thread is not None

    def start(self, timeout: float) -> None:
        """Start the body and wait until its firmware begins; raises BoardError."""
        self._over.clear()
        self._begun.clear()
        boots = self.boots
        self._thread = threading.Thread(target=self._live, daemon=True, name=f"board {self._state.name}")
        self._thread.start()
        if not self._begun.wait(timeout) or self.boots == boots:
            why = self._owner.last_words()
            self.stop()
            raise BoardError(
                N_("The virtual board in {folder} does not start: {why}"),
                N_("Remove that folder and start again."),
                folder=self._state,
                why=why,
            )

    def stop(self) -> None:
        """End the body; when this returns its process is gone."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._over.set()
        self._wake.set()
        process = self._process
        if process is not None:
            self._end(process)
        thread.join()

    def cut_power(self) -> None:
        """Kill the body; it starts again at once, as from power-on."""
        self._power_cut.set()
        self._wake.set()
        process = self._process
        if process is not None:
            process.kill()

    def send(self, kind: int, payload: bytes) -> None:
        """A frame to the body; between two bodies nobody hears it: the next learns the state as it begins."""
        with self._writing:
            process = self._process
            if process is not None and process.stdin is not None:
                with contextlib.suppress(OSError, ValueError):
                    process.stdin.write(pack(kind, payload))
                    self._sent += 1
            else:
                self._unheard = True

    def began(self) -> None:
        """The body has said that its firmware begins."""
        self.boots += 1
        self._begun.set()

    def _end(self, process: bodies.Process) -> None:
        # The end of its input ends a body; one that hangs is killed.
        if process.stdin is not None:
            with self._writing:
                process.stdin.close()
        try:
            process.wait(0.4)
        except subprocess.TimeoutExpired:
            process.kill()

    def _live(self) -> None:
        cause, futile = lay.PWRON_RESET, 0
        try:
            while not self._over.is_set() and futile < _FUTILE:
                self._power_cut.clear()
                self._wake.clear()
                boots, started = self.boots, self._clock.now()
                process = bodies.launch(self._owner.options(cause, self.body), self._state)
                with self._writing:
                    self._process, self._sent = process, 0
                    again, self._unheard = self._unheard, False
                if again:  # perhaps after its options were made
                    for frame in self._owner.inputs():
                        self.send(*frame)
                if self._over.is_set():  # stop() came before there was a process that it could end
                    self._end(process)
                end = self._read(process)
                code = process.wait()
                self._process = None
                for pipe in (process.stdin, process.stdout):
                    if pipe is not None:
                        pipe.close()
                futile = futile + 1 if self.boots == boots else 0
                cause, wait = self._after(end, code, self._clock.now() - started)
                if not self._over.is_set() and futile < _FUTILE and self._wake.wait(wait):
                    cause, self.short_lives = lay.PWRON_RESET, 0
        except OSError as error:
            _log.error("the process of the board %s cannot be started: %s", self._state.name, error)
        finally:
            self._begun.set()
            if not self._over.is_set():
                self._owner.event("dead")

    def _read(self, process: bodies.Process) -> tuple[int, int] | None:
        """Take the body's frames until it ends; (cause, milliseconds to sleep) if the chip was reset in order."""
        assert process.stdout is not None
        source, frames, end = process.stdout.fileno(), Frames(), None
        while data := os.read(source, 65536):
            t = self._clock.now()
            for kind, payload in frames.feed(data):
                if kind == lay.EXIT:
                    end = struct.unpack("<BI", payload)
                else:
                    self._owner.frame(kind, payload, t)
        return end

    def _after(self, end: tuple[int, int] | None, code: int, lived: float) -> tuple[int, float]:
        """(cause of the next boot, seconds to wait before it), from how the body ended."""
        self._owner.died(self._clock.now())
        if self._over.is_set():
            return lay.PWRON_RESET, 0.0
        if self._power_cut.is_set() or (end is not None and end[0] == lay.PWRON_RESET):
            self.short_lives = 0
            self._owner.event("exit", cause="power", code=code, wait=0.0, detail="")
            return lay.PWRON_RESET, 0.0
        self.short_lives = self.short_lives + 1 if lived < _SHORT_LIFE else 0
        wait = min(self._back_off * 2 ** (self.short_lives - 1), _LONGEST_WAIT) if self.short_lives else 0.0
        # A panic is told to the firmware as a hard reset (ports/esp32/modmachine.c).
        cause, name = (end[0], CAUSES[end[0]]) if end is not None else (lay.HARD_RESET, "crash")
        if end is not None and cause == lay.DEEPSLEEP_RESET:
            self.short_lives, wait = 0, end[1] / 1000 if end[1] else _FOR_EVER
        detail = self._owner.last_words() if end is None else ""
        self._owner.event("exit", cause=name, code=code, wait=wait, detail=detail)
        return cause, wait
