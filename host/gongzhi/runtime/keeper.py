"""Takes a project's folder, keeps its program running, and goes by what its author saves: main.py and project.toml."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from gongzhi import project
from gongzhi.cli.output import say
from gongzhi.errors import GongzhiError
from gongzhi.project import Manifest
from gongzhi.pupil_errors import explain
from gongzhi.runtime.core import Core
from gongzhi.runtime.program import Program
from gongzhi.text import N_, tr

_LOOK_S: Final = 0.25  # a save is acted on at the second look that finds the same file: within a second, and whole
PAUSE_S: Final = 5.0  # before a program that has ended is started again, the first time …
LONGEST_S: Final = 60.0  # … and at most
_Stamp = tuple[int, int] | None


class Keeper:
    """The program beside a run, and both files as they were last acted on.

    `surroundings` are the program's environment; `over()` says that the run ends. A file with a mistake in it changes
    nothing: what ran before goes on, and the page shows the line. With `again` (nobody is there to save a file) a
    program that has ended is started again, after a pause that doubles up to a minute. `on_program(True)` is called
    before one is started, with False when it has ended, from any thread.
    """

    def __init__(
        self, core: Core, manifest: Manifest, surroundings: dict[str, str], over: Callable[[], bool],
        *, again: bool = False, on_program: Callable[[bool], None] = lambda _on: None,
    ) -> None:  # fmt: skip
        self._core, self._manifest, self._surroundings, self._over = core, manifest, surroundings, over
        folder = manifest.folder.resolve()
        self._main, self._file = folder / "main.py", folder / "project.toml"
        self._acted = {path: _stamp(path) for path in (self._main, self._file)}
        self._last = dict(self._acted)
        self._wanted = asyncio.Event()
        self._again_by_itself, self._pause, self._on_program = again, PAUSE_S, on_program
        self._program: Program | None = None
        self._stopped = False
        self._lock = threading.Lock()  # a start that is under way when the run ends

    def start(self) -> None:
        """Start the program; a project may do without one."""
        if self._main.is_file():
            self._again()
            return
        if not self._manifest.rules:
            self._tell("warn", N_("The project has no main.py, so nothing will be proposed."))
        self._core.program_done()

    def stop(self) -> None:
        """End the program for good; blocks for a moment."""
        self._on_program(False)
        with self._lock:
            self._stopped = True
            if self._program is not None:
                self._program.stop()

    def restart(self) -> None:
        """Somebody wants it to be started again."""
        self._wanted.set()

    async def watch(self) -> None:
        """Look at both files again and again."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._wanted.wait()
            again = self._wanted.is_set()
            self._wanted.clear()
            if self._saved(self._file):
                self._reload_file()
            if self._saved(self._main) or again:
                await self._reload_main()

    def _saved(self, path: Path) -> bool:
        """Whether the file is another than before, and no longer being written."""
        now, before = _stamp(path), self._last[path]
        self._last[path] = now
        if now != before or now == self._acted[path]:
            return False
        self._acted[path] = now
        return True

    def _reload_file(self) -> None:
        try:
            new = project.load(self._manifest.folder)
        except GongzhiError as error:
            message = N_("project.toml as it is saved now has a mistake; what was read before stays.\n{why}")
            self._tell("error", message, "file", why=error)
            return
        if replace(new, rules=self._manifest.rules, mat=self._manifest.mat) != self._manifest:
            message = N_("project.toml names other boards, parts or poses now. End the project and start it again.")
            self._tell("warn", message, "file")
            return
        if new.mat != self._manifest.mat:
            self._core.floor.use(new.mat)
        self._manifest = new
        self._core.book.reload(new)
        message = N_("project.toml was saved: {count} of its rules are in force.")
        self._tell("info", message, "file", count=len(new.rules))

    async def _reload_main(self) -> None:
        if not self._main.is_file():
            return
        try:
            compile(self._main.read_bytes(), str(self._main), "exec")
        except (SyntaxError, ValueError, OSError) as error:
            why = explain(error, str(self._main))
            message = N_("main.py as it is saved now has a mistake; the program before goes on.\n{why}")
            self._tell("error", message, why=why)
            return
        await asyncio.to_thread(self._again)
        self._tell("info", N_("main.py was saved, and has been started again."))

    def _again(self) -> None:
        # May be in a thread: ending the one before takes a moment.
        with self._lock:
            if self._stopped:
                return
            if self._program is not None:
                self._program.stop()
            core = self._core
            core.face.notice("callback", "error", "", on=False)  # that was the one before
            if self._program is not None:
                core.soon(core.book.restarted)
            self._program = Program(
                self._main, self._surroundings, lambda code, last: core.soon(self._ended, code, last)
            )
            self._on_program(True)
            self._program.start()

    def _ended(self, code: int, last: list[str]) -> None:
        if self._over():
            return
        self._on_program(False)
        self._core.program_done()
        self._core.book.program_gone()
        if self._again_by_itself:
            asyncio.get_running_loop().call_later(self._pause, self.restart)
            self._pause = min(2 * self._pause, LONGEST_S)
        if code > 0:  # it has just said so in the terminal itself
            why = "\n".join(last[-3:]).strip() or str(code)
            message = N_("Your program main.py has ended. What it had proposed ends; save it to start it again.\n{why}")
            self._core.face.notice("program", "error", message, why=why)
        elif code == 0:
            self._tell("error", N_("main.py came to its end. Does it end with project.run()?"))
        else:
            self._tell("error", N_("main.py was ended from outside. Save it to start it again."))

    def _tell(self, level: str, message: str, which: str = "program", /, **values: Any) -> None:
        """Something about the pupil's program or file, on the page and in the terminal."""
        self._core.face.notice(which, level, message, **values)
        say(tr(message, **values), "bold yellow")


def _stamp(path: Path) -> _Stamp:
    """What tells one state of a file from another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
