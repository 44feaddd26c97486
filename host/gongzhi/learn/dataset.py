"""Takes a folder, gives the data set in it: dataset.toml (labels, consent, camera) and its recordings, which are added
here and changed in changes.py."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec

from gongzhi.errors import DataError
from gongzhi.learn.files import encode, read
from gongzhi.learn.recording import Recording, Slug, Word, write_file
from gongzhi.learn.sensor_recording import AnyRecording, Channel, SensorHead, Unit
from gongzhi.text import N_

FILE: Final = "dataset.toml"
RECORDINGS: Final = "recordings"
_MOST_LABELS: Final = 64
_Text = Annotated[str, msgspec.Meta(max_length=400)]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That somebody may be in this data set: the number of the person, who agreed (such as "parent"), on which day."""

    person: Slug
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    date: Day


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """dataset.toml: `labels` in the model's order; `mirror` pairs labels that a mirror exchanges; `rate` frames a
    second to which all is resampled, so that a window of 30 frames lasts 30 / rate seconds; `camera` in words (where a
    sensor was worn, too). A data set of a sensor has its `channels`, all in one `unit`; one of people has none, but may
    have `hands`: what the fingers do is learnt, too."""

    format: int = 1
    name: Word
    labels: Annotated[list[Word], msgspec.Meta(max_length=_MOST_LABELS)] = []
    mirror: dict[Word, Word] = {}
    rate: Annotated[float, msgspec.Meta(gt=0.2, le=60)] = 10.0
    camera: _Text = ""
    note: _Text = ""
    consent: list[Consent] = []
    channels: Annotated[list[Channel], msgspec.Meta(max_length=16)] = []
    unit: Unit = ""
    hands: bool = False

    def partners(self) -> dict[str, str]:
        """For each label that a mirror changes, the label that it becomes."""
        return {other: one for one, other in self.mirror.items()} | self.mirror

    def mirrored(self) -> list[int]:
        """For each label's number, the number of the label that its mirror image has."""
        partners = self.partners()
        return [self.labels.index(partners.get(label, label)) for label in self.labels]


def _fault(path: Path, error: object) -> DataError:
    return DataError(
        N_("{path} is no valid description of a data set: {error}"),
        N_("Look at docs/learning.md, section “A data set”."),
        path=str(path),
        error=str(error),
    )


def _check(about: About) -> None:
    if about.format != 1:
        raise ValueError(f"format {about.format}")
    if len(set(about.labels)) != len(about.labels):
        raise ValueError("a label stands twice")
    for one, other in about.mirror.items():
        if one not in about.labels or other not in about.labels:
            raise ValueError(f"mirror: {one!r} or {other!r} is not among the labels")
    partners = about.partners()
    if any(partners.get(other) != one for one, other in partners.items()):
        raise ValueError("mirror: a label has two partners")
    if about.channels and (about.mirror or len(set(about.channels)) != len(about.channels)):
        raise ValueError("channels: a sensor has no mirror image, and no channel twice")
    if about.channels and about.hands:
        raise ValueError("hands: a sensor has none")


class KnownError(DataError):
    """The very same recording is there already."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set's folder and description; its recordings are read when they are asked for. `extra` count as if they
    lay in the folder: what would become of it with them."""

    folder: Path
    about: About
    extra: tuple[AnyRecording, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """The files of the recordings, sorted by name."""
        found = [*(self.folder / RECORDINGS).glob("*.jsonl"), *(self.folder / RECORDINGS).glob("*.parquet")]
        return sorted(found, key=lambda path: path.name)

    @property
    def marks(self) -> dict[str, str]:
        """What can be taken out again, by name, each with what tells it from a later one of this name."""
        return {path.stem: str(path.stat().st_mtime_ns) for path in self.paths}

    def recordings(self) -> list[AnyRecording]:
        """All recordings. Raises DataError for a broken one, one whose label dataset.toml does not know, and one of
        another kind than the data set."""
        found = [self.looked_at(one) for one in (*(read(path) for path in self.paths), *self.extra)]
        for recording in found:
            if recording.head.label not in self.about.labels:
                raise DataError(
                    N_("{file} shows “{label}”, which is not among the labels in dataset.toml."),
                    N_("Add the label there, or take the recording out."),
                    file=recording.name,
                    label=recording.head.label,
                )
        return found

    def people(self) -> list[Recording]:
        """All recordings, of people. Raises DataError where the data set is a sensor's, too."""
        found = [each for each in self.recordings() if isinstance(each, Recording)]
        if self.about.channels:
            raise DataError(
                N_("The data set in {folder} is a sensor’s: this takes recordings of people."),
                N_("Choose a data set of people."), folder=str(self.folder),
            )  # fmt: skip
        return found

    def balance(self) -> dict[str, tuple[int, float]]:
        """For each label how many recordings and how many frames there are, in the order of the labels."""
        counts: Counter[str] = Counter()
        frames: Counter[str] = Counter()
        for recording in self.recordings():
            counts[recording.head.label] += 1
            frames[recording.head.label] += len(recording.t)
        return {label: (counts[label], frames[label]) for label in self.about.labels}

    def looked_at(self, recording: AnyRecording) -> AnyRecording:
        """A recording as this data set looks at it: without hands where nothing is to be learnt from them. Raises
        DataError for one of another kind."""
        self.fits(recording)
        plain = isinstance(recording, Recording) and recording.hands is not None and not self.about.hands
        return recording.without_hands() if isinstance(recording, Recording) and plain else recording

    def takes(self, recording: AnyRecording) -> bool:
        """Whether it has the data set's channels and unit, or is of people as all others are."""
        return _kind(recording) == (self.about.channels, self.about.unit)

    def lacks_hands(self, recording: AnyRecording) -> bool:
        """Whether nobody looked for hands in it, from which this data set learns."""
        return self.about.hands and isinstance(recording, Recording) and recording.hands is None

    def fits(self, recording: AnyRecording) -> None:
        """Raise DataError for a recording of another kind."""
        if self.lacks_hands(recording):
            raise DataError(
                N_("Nobody looked for hands in {file}, and this data set learns from them."),
                N_("Record it again with hands, take it out, or write hands = false in dataset.toml."),
                file=recording.name,
            )
        if not self.takes(recording):
            channels, unit = _kind(recording)
            raise DataError(
                N_("{file} has the channels {channels}, this data set has {own}."),
                N_("People and sensors, and sensors of other kinds, each have a data set of their own."),
                file=recording.name, channels=_named(channels, unit), own=_named(self.about.channels, self.about.unit),
            )  # fmt: skip

    def add(self, recording: AnyRecording) -> Path:
        """Write a recording beside the others under a free name made of its own; the label joins dataset.toml if it
        is new. Raises DataError when the disk refuses, or it is of another kind; then nothing has changed."""
        self.fits(recording)
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", recording.name).strip("-.")[:48] or "recording"
        taken = {path.stem for path in self.paths}
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem}-{number}", number + 1
        path = self.folder / RECORDINGS / f"{name}.jsonl"
        content = encode(recording)
        if recording.head.label not in self.about.labels:
            if len(self.about.labels) >= _MOST_LABELS:
                raise _fault(self.folder / FILE, f"{_MOST_LABELS} labels are the most")
            self.describe(labels=[*self.about.labels, recording.head.label])
        write_file(path, content)
        return path

    def describe(self, *, labels: list[str] | None = None, consent: list[Consent] | None = None) -> None:
        """Write these into dataset.toml in the place of what stood there. Raises DataError; then nothing has
        changed."""
        labels = self.about.labels if labels is None else labels
        consent = self.about.consent if consent is None else consent
        write_file(self.folder / FILE, _toml(msgspec.structs.replace(self.about, labels=labels, consent=consent)))
        self.about.labels[:], self.about.consent[:] = labels, consent


def _kind(recording: AnyRecording) -> tuple[list[str], str]:
    head = recording.head
    return (head.channels, head.unit) if isinstance(head, SensorHead) else ([], "")


def _named(channels: list[str], unit: str) -> str:
    return f"{', '.join(channels)} ({unit})" if channels else "–"


def _toml(about: About) -> bytes:
    """The description as TOML; JSON's strings are TOML's where no control characters are in them, DEL excepted."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    lines = [f"format = {about.format}", f"name = {quoted(about.name)}"]
    lines.append(f"labels = [{', '.join(map(quoted, about.labels))}]")
    lines += [f"rate = {about.rate!r}", f"camera = {quoted(about.camera)}", f"note = {quoted(about.note)}"]
    if about.channels:
        lines += [f"channels = [{', '.join(map(quoted, about.channels))}]", f"unit = {quoted(about.unit)}"]
    if about.hands:
        lines.append("hands = true")
    if about.mirror:
        lines += ["", "[mirror]", *(f"{quoted(one)} = {quoted(other)}" for one, other in about.mirror.items())]
    for each in about.consent:
        fields = (f"{key} = {quoted(getattr(each, key))}" for key in ("person", "by", "date"))
        lines += ["", "[[consent]]", *fields]
    return ("\n".join(lines) + "\n").encode()


def create(folder: Path, about: About) -> Dataset:
    """A new data set. Raises DataError when one is there already."""
    if (folder / FILE).exists():
        raise DataError(N_("There is a data set in {folder} already."), N_("Choose another name."), folder=str(folder))
    try:
        _check(about)
    except ValueError as error:
        raise _fault(folder / FILE, error) from error
    write_file(folder / FILE, _toml(about))
    return load(folder)


def load(folder: Path) -> Dataset:
    """The data set in a folder. Raises DataError when there is none, or its description is broken."""
    path = folder / FILE
    if not path.is_file():
        raise DataError(
            N_("There is no data set in {folder}: dataset.toml is missing."),
            N_("Make one: gongzhi data record {folder} LABEL, or gongzhi data import SOURCE --to {folder}"),
            folder=str(folder),
        )
    try:
        about = msgspec.toml.decode(path.read_bytes(), type=About)
        _check(about)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise _fault(path, error) from error
    return Dataset(folder, about)
