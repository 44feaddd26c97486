"""Takes the wish to train, gives a model trained in a process of its own; puts it to use in the run, and back.

A golden set, where there is one, measures the new model beside what judges now, and what has become worse is not put to
use. Who may put it to use is a question of the seat (page/seats.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import msgspec

from gongzhi.actions import Learner, Source, action_of, hands_of, learner
from gongzhi.errors import DataError, GongzhiError
from gongzhi.learn.model import read_note
from gongzhi.page import studio_messages as said
from gongzhi.project import Manifest
from gongzhi.runtime import view
from gongzhi.runtime.lessons import Work
from gongzhi.runtime.studio import Post
from gongzhi.runtime.subjects import Subject
from gongzhi.teach.versions import BESIDE, Versions, copy
from gongzhi.text import N_
from gongzhi.values import Labels

KEY: Final = "training"
NEW: Final = "new"  # in the data set's folder: where a model lies that was trained, and is not used
_LIVE: Final = "model"  # of the table's name where project.toml has none
_FIGURES: Final = (
    "accuracy", "accuracy_low", "accuracy_high", "windows", "recordings", "split", "by_label", "confuses", "covered",
    "deferred", "persons", "train_windows", "check_windows", "rounds", "kb", "golden", "against", "text",
    "picture",
)  # fmt: skip


# (table, what does it on the disk, seat, whether it saw before, the sensor): Teaching.put_to_use
Put = Callable[[str, Work, str, bool, str], Awaitable[None]]


class Trainer:
    """The training of a project's data set. All methods belong to the asyncio thread."""

    def __init__(self, manifest: Manifest, subject: Subject, post: Post, put: Put) -> None:
        folder = subject.folder
        self._manifest, self.folder, self._send, self._put = manifest, folder, post, put
        self._hands = hands_of(manifest.seen)
        self._sensor = subject.name
        self._model, self._new = folder / "model.tflite", folder / NEW / "model.tflite"
        self._process: subprocess.Popen[bytes] | None = None
        self._rounds: list[dict[str, Any]] = []
        self._labels: list[str] = []
        self._state = "idle"  # running, done, stopped, failed
        self._done: dict[str, Any] | None = None
        self._fresh = False  # trained, and not put to use
        self._past: list[tuple[Source | None, str]] = []  # of each model put to use: what saw before, its version
        self._now: Source | None = None  # what sees since then
        self._busy = False  # while a model is put to use
        self._fault: Labels = {}

    def take(self, message: said.StudioMessage, labels: list[str], seat: str) -> None:
        """A browser at `seat` said something; `labels` are the data set's."""
        match message:
            case said.Train():
                self._train(labels)
            case said.Halt():
                self._halt()
            case said.Use() if self._fresh:
                self._soon(self._use(seat))
            case said.Back() if self._past:
                self._soon(self._undo(seat))

    def changed(self, table: str, version: str) -> None:
        """Elsewhere another version was put in force: what was put to use here and is so no more has no way back."""
        before = len(self._past)
        while self._past and self._table()[0] == table and self._past[-1][1] != version:
            self._past.pop()
        if len(self._past) != before:
            self._now = self._now if self._past else None
            self._post()

    @property
    def busy(self) -> bool:
        """Whether a training goes on, or a model is being put to use."""
        return self._process is not None or self._busy

    def end(self) -> None:
        """The run ends: a training that goes on is given up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    # -- the process ----------------------------------------------------------------------------------------------

    def _train(self, labels: list[str]) -> None:
        if self._process is not None or self._busy:
            return
        self._rounds, self._labels, self._state, self._done, self._fault = [], labels, "running", None, {}
        self._fresh = False
        # One thread for its arithmetic: the camera keeps the other cores.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-P", "-m", "gongzhi.teach.train_process", str(self.folder), str(self._new)]
        if (base := self._base()) is not None:
            command.append(str(base.path))
        quiet = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        try:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                creationflags=quiet,
            )  # fmt: skip
        except OSError as error:
            self._failed(DataError(N_("The training cannot be started: {error}"), error=str(error)))
            return
        self._process = process
        loop = asyncio.get_running_loop()

        def listen() -> None:
            assert process.stdout is not None
            with process, contextlib.suppress(RuntimeError):  # the run has ended: nobody is left to tell
                for line in process.stdout:
                    loop.call_soon_threadsafe(self._heard, process, line)
                loop.call_soon_threadsafe(self._ended, process)

        threading.Thread(target=listen, name="training", daemon=True).start()
        self._post()

    def _heard(self, process: subprocess.Popen[bytes], line: bytes) -> None:
        if process is not self._process:
            return
        told = msgspec.json.decode(line)
        if "round" in told:
            self._rounds.append(told)
        elif "done" in told:
            self._state, self._fresh, self._done = "done", True, {name: told["done"][name] for name in _FIGURES}
        else:
            self._state, self._fault = "failed", told["fault"]
        self._post()

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        if process is not self._process:
            return
        self._process = None
        if self._state == "running":
            self._failed(DataError(N_("The training broke off."), N_("Is there enough memory and room on the disk?")))

    def _halt(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        self._state = "stopped"
        self._post()

    def _failed(self, error: GongzhiError) -> None:
        self._state, self._fault = "failed", view.fault(error)
        self._post()

    # -- the new model in the run ---------------------------------------------------------------------------------

    def _table(self) -> tuple[str, Source | None]:
        """Which table of project.toml the model speaks for: that whose model it replaces; the only one, where there is
        one; else one of its own."""
        sources = {name: one for name, one in self._manifest.seen.sources.items() if one.sensor == self._sensor}
        mine = [name for name, one in sources.items() if one.path in (self._model, self.folder)]
        name = mine[0] if mine else next(iter(sources)) if len(sources) == 1 else f"my_{self._sensor or _LIVE}"
        return name, sources.get(name)

    def _base(self) -> Source | None:
        """What judges now in the place of which the new model would."""
        return self._now or self._table()[1]

    def _source(self) -> tuple[str, Source, Source | None]:
        """The table, and by which names the new model's labels act there: the table's, else names of their own."""
        name, before = self._table()
        known = before.names if before is not None else {}
        names = {label: known.get(label) or action_of(label) for label in read_note(self._new).labels}
        taken = set(self._manifest.actions) - set(known.values())
        double = sorted(set(names.values()) & taken)
        if double:
            raise DataError(
                N_("The project has an action “{name}” already, which is not of a model."),
                N_("Give the label another name: gongzhi data relabel"), name=double[0],
            )  # fmt: skip
        return name, Source(self._model, False, names, self._sensor), before

    async def _use(self, seat: str) -> None:
        if self._done and (self._done["against"] or {"ok": True})["ok"] is False:
            raise DataError(
                N_("The new model is worse than the one in force on the golden set: it is not used."),
                N_("Look at what it confuses, record more of that, and train again."),
            )
        name, source, before = await asyncio.to_thread(self._source)
        version = Versions(self._new.parent, self._new).current()

        def work() -> tuple[Learner, str]:
            new = Source(self._new, False, source.names, self._sensor)
            one = learner(name, new, version, hands=self._hands)
            if self._model.exists():
                Versions(self.folder, self._model).promote(version, (), self._new)
            else:
                copy(self._new, self._model.with_suffix(""))
            _remove(self._new)
            return one, version

        await self._put(name, work, seat, False, self._sensor)
        self._past.append((self._now or before, version))
        self._now, self._fresh = source, False

    async def _undo(self, seat: str) -> None:
        name, (before, version) = self._table()[0], self._past.pop()
        kept = Versions(self.folder, self._model)

        def work() -> tuple[Learner | None, str]:
            if kept.current() != version:
                raise DataError(
                    N_("The model has been changed since: here it cannot be taken back."),
                    N_("Look at the project’s page, or: gongzhi teach rollback"),
                )
            copy(self._model, self._new.with_suffix(""))
            if kept.log():
                kept.back()
            else:
                _remove(self._model)
            if before is None:
                return None, ""
            file = None if before.nearest else before.path
            now = Versions(before.path if file is None else file.parent, file).current()
            return learner(name, before, now, hands=self._hands), now

        await self._put(name, work, seat, True, self._sensor)
        self._now, self._fresh = before if self._past else None, self._new.exists()

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        """A model takes a moment to load; one at a time."""
        if self._busy:
            work.close()
            return
        self._busy, self._fault = True, {}

        def over(task: asyncio.Task[None]) -> None:
            self._busy = False
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self._fault = view.fault(error if isinstance(error, GongzhiError) else _trouble(error))
            self._post()

        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(over)
        self._post()

    def _post(self) -> None:
        self._send(
            {"type": KEY, "state": self._state, "labels": self._labels, "rounds": self._rounds, "card": self._done,
             "fresh": self._fresh, "used": bool(self._past), "busy": self._busy, "fault": self._fault},
            KEY,
        )  # fmt: skip


def _trouble(error: BaseException) -> DataError:
    return DataError(
        N_("The model’s files cannot be exchanged: {error}"), N_("Look whether the disk is full or write-protected."),
        error=str(error),
    )  # fmt: skip


def _remove(model: Path) -> None:
    """Delete a model and what lies beside it."""
    for ending in BESIDE:
        model.with_suffix(ending).unlink(missing_ok=True)
