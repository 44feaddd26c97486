"""Takes a journal and a limit, gives what is to be erased, and erases it so that the chain can still be followed.

Whole days go, the oldest first, and never the newest one that holds a record: it carries the chain's end, the epochs,
the latched stops and the number of the next decision, without which a run would begin unsafely. The last erased
record's seal is kept in erased.json, written before anything goes: the first record that is left names the same seal.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from gongzhi.arbiter.record import Record, decode
from gongzhi.journal.book import ERASED, Book, Entry, Erased, open_book
from gongzhi.journal.files import Lock
from gongzhi.journal.labels import LABELS, keep_labels


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure takes: the `files` (days, with what was set aside of them), how many `records`, and `kept`: the
    number of days that stay."""

    files: tuple[Path, ...]
    days: int
    records: int
    kept: int


def plan(book: Book, *, before: date | None = None, at_most: int | None = None) -> Plan:
    """Which days go: those whose last record is older than the day `before` (in this machine's zone), and the oldest
    until the folder's days hold `at_most` bytes."""
    by_file: dict[str, list[Entry]] = {file.name: [] for file in book.files}
    for one in book.entries:
        by_file[one.file].append(one)
    newest = max((n for n, file in enumerate(book.files) if by_file[file.name]), default=0)
    size = sum(file.stat().st_size for file in book.files)
    gone: list[Path] = []
    for file in book.files[:newest]:
        old = before is not None and _last_day(file, by_file[file.name]) < before
        large = at_most is not None and size > at_most
        if not (old or large):
            break  # only from the beginning: a hole would break the chain
        gone.append(file)
        size -= file.stat().st_size
    records = sum(len(by_file[file.name]) for file in gone)
    beside = [aside for file in gone for aside in sorted(file.parent.glob(f"{file.stem}.torn*"))]
    return Plan((*gone, *beside), len(gone), records, len(book.files) - len(gone))


def _last_day(file: Path, entries: list[Entry]) -> date:
    wall = next((one.wall for one in reversed(entries) if one.wall), None)
    try:
        return wall.astimezone().date() if wall else date.fromisoformat(file.stem)
    except ValueError:
        return date.max  # a file whose name is no date: nobody knows how old it is, so it stays


def erase(folder: Path, *, before: date | None = None, at_most: int | None = None) -> Plan:
    """Erase what `plan` names, with the labels of the decisions that go.

    Raises JournalError while a run writes this journal, OSError where the folder cannot be written.
    """
    lock = Lock(folder / "lock")
    try:
        book = open_book(folder)  # again, under the lock
        what = plan(book, before=before, at_most=at_most)
        names = {file.name for file in what.files}
        last = next((one for one in reversed(book.entries) if one.file in names), None)
        if last is not None:
            had = book.erased or Erased("", 0, 0)
            first = next(one.record for one in book.entries if one.file not in names)
            _note(folder, Erased(first.prev, had.records + what.records, had.days + what.days))
        for file in what.files:
            file.unlink()
        if what.files and (folder / LABELS).exists():
            keep_labels(folder, open_book(folder))
    finally:
        lock.release()
    return what


def trim(files: list[Path], at_most: int, oldest: date | None = None) -> int:
    """Erase the oldest of these files of a running journal, in their order, until they hold `at_most` bytes and none is
    of a day before `oldest`; never the last. Gives how many records went. Only each file's first line is read, for this
    happens while the arbiter waits. Raises OSError."""
    size = sum(file.stat().st_size for file in files)
    gone = records = 0
    firsts = [_first(file) for file in files]
    for n in range(len(files) - 1):
        after, old = firsts[n + 1], oldest is not None and date.fromisoformat(files[n].stem[:10]) < oldest
        if not (size > at_most or old) or firsts[n] is None or after is None:
            break  # only from the beginning: a hole would break the chain
        size -= files[n].stat().st_size
        gone, records = gone + 1, records + after.seq - firsts[n].seq  # type: ignore[union-attr]
    last = firsts[gone]
    if not gone or last is None:
        return 0
    folder = files[0].parent
    note = folder / ERASED
    had = msgspec.json.decode(note.read_bytes(), type=Erased) if note.exists() else Erased("", 0, 0)
    days = len({file.stem[:10] for file in files[:gone]} - {file.stem[:10] for file in files[gone:]})
    _note(folder, Erased(last.prev, had.records + records, had.days + days))
    for file in files[:gone]:
        for aside in file.parent.glob(f"{file.stem}.torn*"):
            aside.unlink()
        file.unlink()
    return records


def _first(file: Path) -> Record | None:
    with file.open("rb") as lines:
        line = lines.readline()
    try:
        return decode(line)
    except msgspec.DecodeError:
        return None  # an empty or a damaged one: nothing behind it is erased by itself


def _note(folder: Path, note: Erased) -> None:
    """All of the note or the one before: it is written beside, synced, and moved into its place."""
    draft = folder / (ERASED + ".new")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(note) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / ERASED)
