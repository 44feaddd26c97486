"""Takes a project's main.py, runs it in a process of its own and tells when it ends and why."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from gongzhi.text import language

_LINE: Final = 4096  # characters of a line that are passed on at once


class Program:
    """The pupil's program beside the runtime: its crash or hang touches nothing else.

    What it prints goes to our standard error line by line, in a thread: a terminal that stands still (Ctrl-S, a
    selection in a Windows console) stops the program, never the runtime. It ends with us however we end, because it
    reads its standard input and the runtime holds the other end (a killed runtime lets go of it, too).
    `on_end(code, last lines)` is called in that thread when it ends by itself.
    """

    def __init__(self, path: Path, surroundings: dict[str, str], on_end: Callable[[int, list[str]], None]) -> None:
        self._path, self._surroundings, self._on_end = path, surroundings, on_end
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.last: deque[str] = deque(maxlen=12)

    def start(self) -> None:
        """Start it; returns at once."""
        utf8 = {"PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", "GONGZHI_LANG": language()}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "gongzhi.launch", str(self._path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._path.parent,
            env={**os.environ, **utf8, **self._surroundings},
            encoding="utf-8",
            errors="replace",
            # Ctrl-C in the terminal goes to the whole group; the program is to end by our word, after the boards.
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert self._process.stdout is not None
        self._thread = threading.Thread(
            target=self._follow, args=(self._process, self._process.stdout), name="program", daemon=True
        )
        self._thread.start()

    def _follow(self, process: subprocess.Popen[str], stdout: IO[str]) -> None:
        with stdout:
            # In pieces: a list of a million numbers is one line.
            for piece in iter(lambda: stdout.readline(_LINE), ""):
                self.last.append(piece.rstrip("\r\n"))
                with contextlib.suppress(OSError, ValueError):  # nobody reads us any more; it goes on all the same
                    print(piece, end="", file=sys.stderr, flush=True)
        code = process.wait()
        if not self._stopping.is_set():
            self._on_end(code, list(self.last))

    def stop(self, patience: float = 0.5) -> None:
        """End it: first by closing its input, then by the system's means; blocks until it has gone."""
        process = self._process
        if process is None:
            return
        self._stopping.set()
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        for end in (None, process.terminate, process.kill):
            if end is not None:
                end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        if self._thread is not None:
            self._thread.join(patience)  # its last words; a process that it left behind may hold the line
