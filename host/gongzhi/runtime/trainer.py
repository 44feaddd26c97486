"""Takes the wish to train, gives a model trained in a process of its own; puts it to use in the run, and back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from gongzhi.actions import Learner, Source, action_of, learner
from gongzhi.errors import DataError, GongzhiError
from gongzhi.learn.model import read_note
from gongzhi.learn.recording import write_file
from gongzhi.page import studio_messages as said
from gongzhi.page.hub import Hub
from gongzhi.project import Manifest
from gongzhi.runtime import view
from gongzhi.text import N_
from gongzhi.values import Labels

KEY: Final = "training"
MODEL, NEW, BEFORE = "model", "model-new", "model-before"
_ENDINGS: Final = (".tflite", ".json", ".md", ".svg")
_LIVE: Final = "my_model"  # the table's name where project.toml has none
_FIGURES: Final = (
    "accuracy", "accuracy_low", "accuracy_high", "windows", "recordings", "split", "by_label", "confuses", "covered",
    "deferred", "persons", "train_windows", "check_windows", "rounds", "kb",
)  # fmt: skip


class Recognisers(Protocol):
    """Where a model is put to use (actions.Recognisers)."""

    def swap(self, name: str, one: Learner | None) -> None:
        """Let it see as `name` from the next frame on; None: nothing does."""
        ...


Used = Callable[[str, str, dict[str, str]], None]  # (table, version, names): what sees as `table` is another model


class Trainer:
    """The training of a project's data set. All methods belong to the asyncio thread; `used` is told there of each
    model that is put to use, with "" for the version of what saw before."""

    def __init__(self, manifest: Manifest, folder: Path, hub: Hub, see: Recognisers, used: Used) -> None:
        self._manifest, self.folder, self._hub, self._see, self._used = manifest, folder, hub, see, used
        self._aio = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._rounds: list[dict[str, Any]] = []
        self._labels: list[str] = []
        self._state = "idle"  # running, done, stopped, failed
        self._done: dict[str, Any] | None = None
        self._fresh = False  # trained, and not put to use
        self._back: Callable[[], None] | None = None
        self._busy = False  # while a model is put to use
        self._fault: Labels = {}

    def take(self, message: said.StudioMessage, labels: list[str]) -> None:
        """A browser said something; `labels` are the data set's."""
        match message:
            case said.Train():
                self._train(labels)
            case said.Halt():
                self._halt()
            case said.Use() if self._fresh:
                self._soon(self._use)
            case said.Back() if self._back is not None:
                self._soon(self._undo)

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
        command = [sys.executable, "-P", "-m", "gongzhi.learn.train_process", str(self.folder), str(self._path(NEW))]
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

    def _path(self, stem: str) -> Path:
        return self.folder / f"{stem}.tflite"

    def _source(self, path: Path) -> tuple[str, Source, Source | None]:
        """Which table of project.toml the model speaks for, and by which names its labels act: those of the table whose
        model it replaces; the only table's, where there is one; else names of its own."""
        labels = read_note(path).labels
        sources = {name: one for name, one in self._manifest.seen.sources.items() if not one.sensor}
        mine = [name for name, one in sources.items() if one.path in (self._path(MODEL), self.folder)]
        name = mine[0] if mine else next(iter(sources)) if len(sources) == 1 else _LIVE
        known = sources[name].names if name in sources else {}
        names = {label: known.get(label) or action_of(label) for label in labels}
        taken = set(self._manifest.actions) - set(known.values())
        double = sorted(set(names.values()) & taken)
        if double:
            raise DataError(
                N_("The project has an action “{name}” already, which is not of a model."),
                N_("Give the label another name: gongzhi data relabel"), name=double[0],
            )  # fmt: skip
        return name, Source(path, False, names), sources.get(name)

    def _use(self) -> None:
        name, source, before = self._source(self._path(NEW))
        version = sha256(source.path.read_bytes()).hexdigest()[:16]
        self._put(name, learner(name, source, version), version)
        had = self._path(MODEL).exists()
        _swap(self.folder, MODEL, BEFORE)
        _swap(self.folder, NEW, MODEL)

        def undo() -> None:
            _swap(self.folder, MODEL, NEW)
            if had:
                _swap(self.folder, BEFORE, MODEL)
            self._put(name, learner(name, before) if before is not None else None, "")

        self._back, self._fresh = undo, False

    def _put(self, name: str, one: Learner | None, version: str) -> None:
        self._see.swap(name, one)
        self._aio.call_soon_threadsafe(self._used, name, version, one.names if one is not None else {})

    def _undo(self) -> None:
        assert self._back is not None
        self._back()
        self._back, self._fresh = None, self._path(NEW).exists()

    def _soon(self, work: Callable[[], None]) -> None:
        """In a thread, for a model takes a moment to load; one at a time."""
        if self._busy:
            return
        self._busy, self._fault = True, {}

        def over(task: asyncio.Task[None]) -> None:
            self._busy = False
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self._fault = view.fault(error if isinstance(error, GongzhiError) else _trouble(error))
            self._post()

        self._task = asyncio.get_running_loop().create_task(asyncio.to_thread(work))
        self._task.add_done_callback(over)
        self._post()

    def _post(self) -> None:
        self._hub.post(
            {"type": KEY, "state": self._state, "labels": self._labels, "rounds": self._rounds, "card": self._done,
             "fresh": self._fresh, "used": self._back is not None, "busy": self._busy, "fault": self._fault},
            KEY,
        )  # fmt: skip


def _trouble(error: BaseException) -> DataError:
    return DataError(
        N_("The model’s files cannot be exchanged: {error}"), N_("Look whether the disk is full or write-protected."),
        error=str(error),
    )  # fmt: skip


def _swap(folder: Path, source: str, target: str) -> None:
    """Give a model and what belongs to it another name; what had that name before is replaced."""
    for ending in _ENDINGS:
        old = folder / f"{source}{ending}"
        if old.exists():
            old.replace(folder / f"{target}{ending}")
    card = folder / f"{target}.md"
    if card.exists():  # it shows the diagram beside it
        words = card.read_text(encoding="utf-8")
        write_file(card, words.replace(f"({source}.svg)", f"({target}.svg)").encode())
