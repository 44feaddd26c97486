"""Takes a data set, changes what is in it: recordings are taken out and put back, get another label or another format,
labels go, consent comes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from gongzhi.errors import DataError
from gongzhi.learn.dataset import RECORDINGS, Consent, Dataset
from gongzhi.learn.files import encode, read
from gongzhi.learn.recording import write_file
from gongzhi.text import N_

REMOVED: Final = "removed"
_IMPORT: Final = "imported.json"


def take_out(data: Dataset, name: str = "") -> tuple[str, Path]:
    """Take one recording out, without a name the one that was made last; its name, and where its file lies now, for
    `restore`. Raises DataError when there is none."""
    paths = {path.stem: path for path in data.paths}
    if not name and paths:
        name = max(paths.values(), key=lambda path: (path.stat().st_mtime_ns, path.name)).stem
    if not paths:
        raise DataError(N_("There is no recording in {folder}."), N_("See: gongzhi data show"), folder=str(data.folder))
    if name not in paths:
        raise _missing(data, name)
    return name, put_away(data.folder, paths[name])


def put_away(folder: Path, path: Path) -> Path:
    """Move a file to the folder of what was removed from the data set in `folder`; where it lies now. Raises
    DataError."""
    target, number = folder / REMOVED / path.name, 2
    while target.exists():
        target, number = target.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    _move(path, target)
    return target


class Import(msgspec.Struct, frozen=True):
    """What an import brought: the names of recordings with what tells each from a later one of its name, `marks`
    (Dataset.marks), and `labels` that the data set did not have before."""

    marks: dict[str, str]
    labels: list[str] = []


def imported(folder: Path, what: Import) -> None:
    """Remember the last import, for `last_import`. Raises DataError."""
    write_file(folder / _IMPORT, msgspec.json.encode(what))


def last_import(data: Dataset) -> Import | None:
    """What is still there of the last import; None where that is nothing."""
    try:
        found = msgspec.json.decode((data.folder / _IMPORT).read_bytes(), type=Import)
    except (OSError, msgspec.DecodeError):
        return None
    marks = dict(found.marks.items() & data.marks.items())
    return Import(marks, found.labels) if marks else None


def forget_import(folder: Path) -> None:
    """The last import was taken out: there is none any more."""
    with suppress(OSError):
        (folder / _IMPORT).unlink()


def restore(data: Dataset, name: str, path: Path) -> Path:
    """Put a recording that was taken out back, and give its file. Raises DataError when that cannot be."""
    target = data.folder / RECORDINGS / f"{name}{path.suffix}"
    if not path.is_file() or target.exists():
        raise _missing(data, name)
    _move(path, target)
    return target


def relabel(data: Dataset, name: str, label: str) -> str:
    """Give a recording another of the data set's labels; its old one. Raises DataError."""
    path = next((path for path in data.paths if path.stem == name), None)
    if path is None or label not in data.about.labels:
        raise DataError(
            N_("There is no recording “{name}”, or no label “{label}”."), N_("Possible labels: {known}."),
            name=name, label=label, known=", ".join(data.about.labels),
        )  # fmt: skip
    recording = read(path)
    head: Any = msgspec.structs.replace(recording.head, label=label)
    _rewrite(path, path, encode(replace(recording, head=head), path.suffix))
    return recording.head.label


def convert(data: Dataset, ending: str) -> int:
    """Write every recording as a file with this ending (".jsonl" or ".parquet"); how many were another. One is taken
    away only when its new file is whole. Raises DataError."""
    others = [path for path in data.paths if path.suffix != ending]
    for path in others:
        _rewrite(path, path.with_suffix(ending), encode(read(path), ending))
        path.unlink(missing_ok=True)
    return len(others)


def unlearn(data: Dataset, labels: Iterable[str]) -> None:
    """Take those of these labels out of dataset.toml of which no recording is left. Raises DataError."""
    used = {recording.head.label for recording in data.recordings()}
    used |= {*data.about.mirror, *data.about.mirror.values()}  # which dataset.toml names, too
    kept = [label for label in data.about.labels if label in used or label not in set(labels)]
    if kept != data.about.labels:
        data.describe(labels=kept)


def agree(data: Dataset, consent: Consent) -> None:
    """Note in dataset.toml that somebody may be in this data set, in the place of what was noted of them before.
    Raises DataError."""
    data.describe(consent=[*(one for one in data.about.consent if one.person != consent.person), consent])


def _rewrite(path: Path, to: Path, content: bytes) -> None:
    """Write a recording anew; it stays as old as it was, for `take_out` and `last_import`. Raises DataError."""
    old = path.stat()
    write_file(to, content)
    with suppress(OSError):
        os.utime(to, ns=(old.st_atime_ns, old.st_mtime_ns))


def _missing(data: Dataset, name: str) -> DataError:
    return DataError(
        N_("There is no recording “{name}” in {folder}."), N_("See: gongzhi data show"),
        name=name, folder=str(data.folder),
    )  # fmt: skip


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(exist_ok=True)
        source.replace(target)
    except OSError as error:
        raise DataError(
            N_("{path} cannot be written: {error}"), N_("Look whether the disk is full or write-protected."),
            path=str(target), error=error.strerror or str(error),
        ) from error  # fmt: skip
