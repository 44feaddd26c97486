"""Takes a data set with its model, gives the version in force; promotes a lesson, and goes back to the one before.

A version is the digest of what judges: of the model's file, or, where the nearest recording judges, of all recordings.
In the data set's folder: versions/DIGEST.tflite (with card and figures) are the models that were in force, log.json the
steps between them. Going back puts the very bytes back.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec

from gongzhi.arbiter.school import STEPS, Step
from gongzhi.errors import DataError
from gongzhi.learn import changes, dataset
from gongzhi.learn.files import encode, read
from gongzhi.learn.recording import TAUGHT, write_file
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.teach.quarantine import Note, Quarantine
from gongzhi.text import N_

FOLDER: Final = "versions"
BESIDE: Final = (".tflite", ".json", ".md", ".svg")  # a model's file, and what `gongzhi train` writes beside it


# A file's name, so nothing else: whoever is given a project is given these files, too.
Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]


class Logged(msgspec.Struct, frozen=True):
    """One promotion as the disk knows it: the notes of its samples, and the labels that came with them."""

    before: Version
    version: Version
    notes: list[Note]
    labels: list[str] = []


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of what judges by the data set in `data`: its `model` file; None where there is none,
    and the nearest recording judges."""

    data: Path
    model: Path | None

    def current(self) -> str:
        """The version in force. Raises DataError."""
        if self.model is None:
            return data_digest(dataset.load(self.data))
        try:
            return sha256(self.model.read_bytes()).hexdigest()[:16]
        except OSError as error:
            raise DataError(
                N_("The model {path} cannot be read: {error}"), N_("Train one with: gongzhi train DATASET"),
                path=str(self.model), error=error.strerror or str(error),
            ) from error  # fmt: skip

    def log(self) -> list[Logged]:
        """The promotions that led to the version in force, the newest last; empty once somebody has trained anew."""
        path = self.data / FOLDER / "log.json"
        if not path.is_file():
            return []
        try:
            found = msgspec.json.decode(path.read_bytes(), type=list[Logged])
        except (OSError, ValueError) as error:
            raise DataError(
                N_("{path} is no log of versions: {error}"), N_("Move it away; earlier versions are then not known."),
                path=str(path), error=str(error),
            ) from error  # fmt: skip
        return found if found and found[-1].version == self.current() else []

    def steps(self) -> tuple[Step, ...]:
        """The same for the arbiter."""
        log = self.log()
        return tuple(Step(one.before, one.version, {each.sample: each.seat for each in one.notes}) for one in log)

    def promote(self, version: str, samples: Iterable[str], trained: Path | None) -> None:
        """Move the samples into the data set and put `trained`, a model's file, in force. What is done last is what
        counts, so a power cut in between leaves the version before. Raises DataError."""
        wanted = set(samples)
        quarantine, data, log = Quarantine(self.data), dataset.load(self.data), self.log()
        notes = [note for note in quarantine.notes() if note.sample in wanted]
        before, labels = self.current(), list(data.about.labels)
        if self.model is not None and trained is not None:
            copy(self.model, self.data / FOLDER / before)
            copy(trained, self.data / FOLDER / version)
        for note in notes:
            data.add(quarantine.recording(note))
        new = [label for label in data.about.labels if label not in labels]
        now = [*log, Logged(before, version, notes, new)][-STEPS:]
        write_file(self.data / FOLDER / "log.json", msgspec.json.encode(now))
        if self.model is not None and trained is not None:
            copy(trained, self.model.with_suffix(""))
        for note in notes:
            quarantine.forget(note.sample)

    def back(self) -> None:
        """The version before the last promotion, byte for byte; its samples wait again. Raises DataError."""
        log = self.log()
        if not log:
            raise DataError(N_("There is no version to go back to."), N_("See: gongzhi teach list"))
        last = log[-1]
        quarantine, data = Quarantine(self.data), dataset.load(self.data)
        here = {path.stem: path for path in data.paths}
        for note in last.notes:
            path = here.get(_name(note.sample))
            if path is not None:
                quarantine.add(read(path), note)
        if self.model is not None:
            copy(self.data / FOLDER / f"{last.before}.tflite", self.model.with_suffix(""))
        for note in last.notes:
            if (path := here.get(_name(note.sample))) is not None:
                path.unlink(missing_ok=True)
        changes.unlearn(data, last.labels)
        write_file(self.data / FOLDER / "log.json", msgspec.json.encode(log[:-1]))


def data_digest(data: dataset.Dataset, extra: Sequence[AnyRecording] = ()) -> str:
    """16 hex digits of SHA-256 over labels, rate and all recordings: the version of what the nearest of them judges."""
    # By what is in them: the same recording may lie there as JSON lines or as Parquet.
    lines = {each.name: encode(each) for each in (*data.recordings(), *extra)}
    labels = sorted({*data.about.labels, *(each.head.label for each in extra)})
    hashed = sha256(repr((labels, data.about.rate)).encode())
    for name in sorted(lines):
        hashed.update(name.encode() + b"\0" + lines[name])
    return hashed.hexdigest()[:16]


def _name(sample: str) -> str:
    return f"{TAUGHT}{sample}"


def copy(model: Path, to: Path) -> None:
    """Copy a model's file and what lies beside it to the same names after `to`; the file itself last. Raises
    DataError."""
    for suffix in reversed(BESIDE):
        source = model.with_suffix(suffix)
        if source.is_file():
            write_file(to.with_name(to.name + suffix), source.read_bytes())


def forget_lesson(data: Path) -> None:
    """Delete the measured lesson: it is in force, or stale."""
    shutil.rmtree(data / "lesson", ignore_errors=True)
