"""Takes a project's main.py, runs it in a process of its own and tells when it ends and why."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from gongzhi.text import language


class Program:
    """The pupil's program beside the runtime: its crash or hang touches nothing else.

    What it prints goes to our standard error line by line. It ends with us however we end, because it reads its
    standard input and the runtime holds the other end (a killed runtime lets go of it, too).
    """

    def __init__(self, path: Path, surroundings: dict[str, str], on_end: Callable[[int, list[str]], None]) -> None:
        self._path, self._surroundings, self._on_end = path, surroundings, on_end
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self.last: deque[str] = deque(maxlen=12)

    async def start(self) -> None:
        """Start it; returns at once."""
        utf8 = {"PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", "GONGZHI_LANG": language()}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(self._path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._path.parent,
            env={**os.environ, **utf8, **self._surroundings},
            # Ctrl-C in the terminal goes to the whole group; the program is to end by our word, after the boards.
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._watch = asyncio.create_task(self._follow(self._process))

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):  # a line longer than the reader's limit ends the listening, no more
            async for line in process.stdout:
                text = line.decode("utf-8", "replace").rstrip()
                self.last.append(text)
                print(text, file=sys.stderr, flush=True)
        self._on_end(await process.wait(), list(self.last))

    async def stop(self, patience: float = 0.5) -> None:
        """End it: first by closing its input, then by the system's means."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if self._watch:
            self._watch.cancel()
        if process.stdin:
            process.stdin.close()
        for end in (None, process.terminate, process.kill):
            if end:
                with contextlib.suppress(ProcessLookupError):
                    end()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), patience)
                return
