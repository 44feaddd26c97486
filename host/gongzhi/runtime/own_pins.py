"""Takes the boards of a project that are this Raspberry Pi itself, keeps the process that moves its pins."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any, Final

from gongzhi import pi
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.errors import BoardError, ConfigError
from gongzhi.project import Board, Manifest
from gongzhi.runtime.real import Wish
from gongzhi.text import N_, Later, tr

_log = logging.getLogger(__name__)
_WATCH_S: Final = 0.5
_LONGEST_S: Final = 8.0  # between two tries to start it
_START_S: Final = 20.0
# It says once a second that the parts have been looked after. The guard that ends a lease is in the process that hangs:
# this is the longest that a motor can run on, so it may not be much longer. A busy computer alone does not reach it: on
# two cores with a load of 14 a process that wakes every 20 ms was 0.13 s late at most. It is late for seconds when
# memory is swapped out or the card stalls, and then this process stands still as well:
_SILENT_S: Final = 5.0
_LATE_S: Final = 2.0  # so much at most counts as silence for one look of ours
Trouble = Callable[[BoardError | None], None]  # told why the pins do not move; None: they do again


class OwnPins:
    """The process of the pins, started again should it end or hang: the board's guard begins with safe outputs each
    time. `ids` are the boards (one, or none) that it is."""

    def __init__(self, ids: Set[str], config: Mapping[str, Any], folder: Path, clock: Clock | None = None) -> None:
        self.ids, self.clock = ids, clock or MonotonicClock()
        self._silent = self._looked = 0.0
        self._config, self._folder = json.dumps(config).encode() + b"\n", folder
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(
        cls, manifest: Manifest, wish: Wish, config: Callable[[Manifest, Board], Mapping[str, Any]], folder: Path
    ) -> OwnPins | None:
        """For the board of the project that is this computer; None where there is none, or it is to be played. Raises
        ConfigError where the pins of a Raspberry Pi are wanted and this is none, or another one."""
        boards = [board for board in manifest.boards.values() if board.about.chip in pi.CHIPS]
        if not boards or wish == "virtual":
            return None
        board, here = boards[0], pi.model()
        wanted = pi.CHIPS[board.about.chip]
        if here.startswith(wanted) or "GPIOZERO_PIN_FACTORY" in os.environ:
            return cls({board.id}, config(manifest, board), folder / "pins" / manifest.id)
        if here or wish == "real":
            raise ConfigError(
                N_("The board “{board}” is the pins of a {wanted}, but this computer is {here}."),
                N_("Start the project there, give the board another type, or add --boards virtual."),
                board=board.id, wanted=wanted, here=here or "–",
            )  # fmt: skip
        return None

    def words(self) -> str:
        """What the user is told of it."""
        return tr(N_("The board {names} is this computer’s own pins."), names=", ".join(sorted(self.ids)))

    def start(self) -> None:
        """Start it and wait until its pins are set; raises BoardError with the reason why they cannot be."""
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "gongzhi.pi", str(self._folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            start_new_session=os.name == "posix",  # Ctrl-C ends us, and we end it last
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        threading.Thread(target=self._follow, args=(process,), daemon=True, name="own-pins").start()
        late = threading.Timer(_START_S, process.kill)
        late.start()
        with contextlib.suppress(OSError):
            process.stdin.write(self._config)
        first = process.stdout.readline()
        late.cancel()
        self._silent, self._looked = 0.0, self.clock.now()
        threading.Thread(target=self._hear, args=(process,), daemon=True, name="own-pins-alive").start()
        said = json.loads(first) if first else {"error": tr(N_("it ended at once"))}
        if "error" in said:
            self.stop()
            raise BoardError(
                N_("The pins of this Raspberry Pi cannot be used: {why}"),
                N_("Install what gpiozero needs (sudo apt install python3-lgpio), and end what else uses the pins."),
                why=said["error"],
            )

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout:
            while process.stdout.readline():
                self._silent = 0.0

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                _log.info("%s", line.decode(errors="replace").rstrip())

    def stop(self) -> None:
        """End it; its drivers leave their pins quiet. Blocks until it has gone."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(2.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    async def keep(self, trouble: Trouble) -> None:
        """Start it again should it end, or say nothing for 5 s; more and more slowly while that comes to nothing."""
        pause, failed = _WATCH_S, ""
        while True:
            await asyncio.sleep(pause)
            why = self._fault()
            if why is None:
                continue
            if not failed:
                trouble(why)
            starting = asyncio.create_task(asyncio.to_thread(self._again))
            try:
                await asyncio.shield(starting)
                trouble(None)
                pause, failed = _WATCH_S, ""
            except BoardError as error:
                if str(error) != failed:  # once, not at every try
                    trouble(error)
                pause, failed = min(2 * pause, _LONGEST_S), str(error)
            finally:
                await asyncio.wait({starting})

    def _fault(self) -> BoardError | None:
        assert self._process is not None
        now = self.clock.now()
        self._silent += min(now - self._looked, _LATE_S)
        self._looked = now
        if self._process.poll() is not None:
            why = Later(N_("it has ended ({code})"), {"code": self._process.returncode})
        elif self._silent > _SILENT_S:
            why = Later(N_("it hangs"), {})
        else:
            return None
        return BoardError(N_("What moves the pins of this Raspberry Pi is started again: {why}."), why=why)

    def _again(self) -> None:
        assert self._process is not None
        self._process.kill()  # what hangs takes no word
        self.stop()
        self.start()
