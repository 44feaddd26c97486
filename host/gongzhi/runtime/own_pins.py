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
from gongzhi.errors import BoardError, ConfigError
from gongzhi.project import Board, Manifest
from gongzhi.runtime.real import Wish
from gongzhi.text import N_, tr

_log = logging.getLogger(__name__)
_WATCH_S: Final = 0.5
_START_S: Final = 20.0


class OwnPins:
    """The process of the pins, started again should it end: the board's guard begins with safe outputs each time.
    `ids` are the boards (one, or none) that it is."""

    def __init__(self, ids: Set[str], config: Mapping[str, Any], folder: Path) -> None:
        self.ids = ids
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
        said = json.loads(first) if first else {"error": tr(N_("it ended at once"))}
        if "error" in said:
            self.stop()
            raise BoardError(
                N_("The pins of this Raspberry Pi cannot be used: {why}"),
                N_("Install what gpiozero needs (sudo apt install python3-lgpio), and end what else uses the pins."),
                why=said["error"],
            )

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
        if process.stdout is not None:
            process.stdout.close()

    async def keep(self) -> None:
        """Start it again should it end."""
        while True:
            await asyncio.sleep(_WATCH_S)
            if self._process is not None and self._process.poll() is not None:
                self.stop()  # it has gone: only its pipes are to be closed
                starting = asyncio.create_task(asyncio.to_thread(self.start))
                try:
                    await asyncio.shield(starting)
                except BoardError as error:
                    _log.warning("%s", error)
                finally:
                    await asyncio.wait({starting})
