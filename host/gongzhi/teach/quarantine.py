"""Takes the samples that people teach, keeps them beside the data set as keypoints until a teacher has promoted them.

In the data set's folder: quarantine/SAMPLE.jsonl is the recording, SAMPLE.json its note. Nothing that learns from the
data set reads this folder; `lesson` does, to measure what would become of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from gongzhi.errors import DataError
from gongzhi.learn import golden
from gongzhi.learn.changes import put_away
from gongzhi.learn.dataset import Dataset, KnownError
from gongzhi.learn.files import encode, read
from gongzhi.learn.recording import TAUGHT, Word, write_file
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.text import N_

FOLDER: Final = "quarantine"
TERMINAL: Final = "human:teacher#terminal"  # whoever has the project's files can do all that a teacher can
Sample = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of a sample: which `label` the person at `seat` gave it, about which decision (`of`), and what the
    model said itself then (`said`, "" for nothing). No name stands here."""

    sample: Sample
    label: Word
    seat: Annotated[str, msgspec.Meta(max_length=60)] = ""
    of: Annotated[str, msgspec.Meta(max_length=40)] = ""
    said: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Waiting(Dataset):
    """A data set by whose recordings a project judges: what is added here waits in quarantine."""

    @property
    def marks(self) -> dict[str, str]:
        """Of what waits: a sample's name is what it is."""
        return {note.sample: note.sample for note in Quarantine(self.folder).notes()}

    def add(self, recording: AnyRecording) -> Path:
        """Keep it there. Raises KnownError where the same waits, counts or is golden already; else DataError where it
        is of another kind, or the disk refuses."""
        self.fits(recording)
        sample, quarantine = sample_of(recording), Quarantine(self.folder)
        here = (*self.paths, *golden.paths(self))
        if sample in self.marks or sample in _samples(tuple((path, path.stat().st_mtime_ns) for path in here)):
            raise KnownError(N_("the very same is in the data set already, or waits in quarantine"))
        quarantine.add(recording, Note(sample=sample, label=recording.head.label, seat=TERMINAL))
        return quarantine.folder / f"{sample}.jsonl"


def sample_of(recording: AnyRecording) -> str:
    """The sample's name: 16 hex digits of SHA-256 over its frames, so that the same movement is the same sample."""
    return sha256(encode(recording).split(b"\n", 1)[1]).hexdigest()[:16]


@lru_cache(maxsize=1)  # an import asks for each of its files
def _samples(files: tuple[tuple[Path, int], ...]) -> frozenset[str]:
    """Of these recordings' files, each with the time of its last change."""
    return frozenset(sample_of(read(path)) for path, _ in files)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The quarantine of the data set in `data`."""

    data: Path

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.data / FOLDER

    def add(self, recording: AnyRecording, note: Note) -> None:
        """Keep a sample; the note comes last, for what has none does not count. Raises DataError."""
        write_file(self.folder / f"{note.sample}.jsonl", encode(recording))
        write_file(self.folder / f"{note.sample}.json", msgspec.json.encode(note))

    def notes(self) -> list[Note]:
        """The notes of all samples that wait, sorted by their names. Raises DataError for a broken one."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            if not path.with_suffix(".jsonl").is_file():
                continue
            try:
                note = msgspec.json.decode(path.read_bytes(), type=Note)
                if note.sample != path.stem:
                    raise ValueError(note.sample)
            except (OSError, ValueError) as error:
                raise DataError(
                    N_("{path} is no note of a sample: {error}"), N_("Delete it and the .jsonl of the same name."),
                    path=str(path), error=str(error),
                ) from error  # fmt: skip
            found.append(note)
        return found

    def recording(self, note: Note) -> AnyRecording:
        """The recording of a sample, by the name "taught-SAMPLE". Raises DataError."""
        kept = read(self.folder / f"{note.sample}.jsonl")
        head: Any = msgspec.structs.replace(kept.head, label=note.label)
        return replace(kept, name=f"{TAUGHT}{note.sample}", head=head)

    def take_out(self, sample: str = "") -> tuple[str, Path] | None:
        """Take a sample out, without a name the last one that came from the terminal: its name, and where its file lies
        now (changes.put_away). None where there is none. Raises DataError."""
        paths = [
            self.folder / f"{note.sample}.jsonl" for note in self.notes()
            if note.sample == sample or (not sample and note.seat == TERMINAL)
        ]  # fmt: skip
        if not paths:
            return None
        last = max(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))
        kept = put_away(self.data, last)
        self.forget(last.stem)
        return last.stem, kept

    def forget(self, sample: str) -> None:
        """Delete a sample; one that is not there is forgotten already. Raises DataError."""
        try:
            for suffix in (".json", ".jsonl"):
                (self.folder / f"{sample}{suffix}").unlink(missing_ok=True)
        except OSError as error:
            raise DataError(
                N_("{path} cannot be written: {error}"), N_("Look whether the disk is full or write-protected."),
                path=str(self.folder), error=error.strerror or str(error),
            ) from error  # fmt: skip
