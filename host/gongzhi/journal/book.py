"""Takes a journal's folder or one of its files, gives all that can be read in it: entries, faults, decisions' lives.

Reading goes on behind a fault, so that one damaged line hides nothing but itself; the faults say where the chain is
broken and what was lost. Nothing is written here, so a journal may be read while a run writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from gongzhi.arbiter.record import GENESIS, Past, Record, decode, seal_of
from gongzhi.errors import JournalError
from gongzhi.text import N_, Later
from gongzhi.values import Labels, canonical

NAME: Final = "????-??-??*.jsonl"  # a day, "2026-11-23.jsonl", and further parts of it, "2026-11-23_00001.jsonl"
_ASKING: Final = ("proposed", "deferred")
ERASED: Final = "erased.json"
"""Beside the days: what was erased on purpose, so that the chain can be followed from there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One whole line: the `line` without its end, its `record`, the file and the line's number from 1; `wall` the time
    of day at which it was written (None before the first record that says the time)."""

    file: str
    number: int
    line: bytes
    record: Record
    wall: datetime | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where a journal is not what was written: `kind` is "torn" (the last record is half written), "line" (no
    record), "chain", "number", "form", "step" (a transition that cannot be) or "order" (between two files); `lost`
    is how many records are known to be missing, `what` says it in the reader's language."""

    file: str
    number: int
    kind: str
    what: Later
    lost: int = 0


class Erased(msgspec.Struct, frozen=True):
    """What `journal erase` left behind: the last erased record's `seal` and how many `records` and `days` went."""

    seal: str
    records: int
    days: int


@dataclass(slots=True)
class Life:
    """One decision from its first record to its last; `entries` in their order, never empty; `names` as they were then
    (record.Record)."""

    entries: list[Entry] = field(default_factory=list)
    names: dict[str, Labels] = field(default_factory=dict)

    @property
    def head(self) -> Record:
        """The first record, which holds what the card showed."""
        return self.entries[0].record

    @property
    def id(self) -> str:
        """The decision's id, such as "d-57"."""
        return self.head.dec

    @property
    def end(self) -> str:
        """The last state."""
        return self.entries[-1].record.to

    def at(self, state: str) -> Entry | None:
        """The entry of the transition that led to `state`, None if it was never reached."""
        return next((one for one in self.entries if one.record.to == state != one.record.from_), None)

    @property
    def answer(self) -> Entry | None:
        """The first answer of a person to the open question, which ended it: yes, edit or no."""
        for one in self.entries:
            record = one.record
            if record.by.startswith("human:") and record.from_ in _ASKING and record.to != record.from_:
                return one
        return None


@dataclass(slots=True)
class Book:
    """A whole journal: `entries` of all files in order, `faults`, `past` (the replay), `lives` by order of birth."""

    path: Path
    files: list[Path]
    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    past: Past = field(default_factory=Past)
    lives: list[Life] = field(default_factory=list)
    erased: Erased | None = None
    seal: str = GENESIS

    @property
    def folder(self) -> Path:
        """The journal's folder, also where one file of it was opened."""
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def lost(self) -> int:
        """How many records are known to be missing or unreadable."""
        return sum(fault.lost for fault in self.faults)

    def life(self, id_: str) -> Life | None:
        """The latest decision with this id (a journal that was begun anew counts from d-1 again)."""
        return next((one for one in reversed(self.lives) if one.id == id_), None)


def open_book(path: Path) -> Book:
    """Read the journal at `path`, a folder or one file.

    Raises JournalError where there is none, or where it cannot be read.
    """
    files = sorted(path.glob(NAME)) if path.is_dir() else [path] if path.is_file() else []
    if not files:
        raise JournalError(
            N_("There is no journal in {path}."),
            N_("A journal is a folder with files such as 2026-11-23.jsonl; “gongzhi run” writes one."),
            path=path,
        )
    book = Book(path, files)
    try:
        book.erased = _erased(path)
        for file in files:
            _file(book, file)
    except OSError as error:
        raise JournalError(
            N_("The journal {path} cannot be read: {why}"),
            N_("Check the file’s rights, then try again."),
            path=path,
            why=error.strerror or error,
        ) from error
    book.lives = _lives(book.entries)
    return book


def _erased(path: Path) -> Erased | None:
    note = path / ERASED
    if not path.is_dir() or not note.exists():
        return None
    try:
        return msgspec.json.decode(note.read_bytes(), type=Erased)
    except ValueError:
        return None  # the fault shows where the first record goes on from something that nobody can name


def _file(book: Book, file: Path) -> None:
    """Go on by one file; the order of the checks is that of files.verify."""
    content = file.read_bytes()
    whole, _, rest = content.rpartition(b"\n")
    lines = whole.split(b"\n") if whole or content.startswith(b"\n") else []
    walls = _Walls()
    seal, seq, first = book.seal, _next(book), True
    for number, line in enumerate(lines, 1):
        try:
            record = decode(line)
        except ValueError as error:  # msgspec's own errors, and a byte that is no UTF-8
            _fault(book, file, number, "line", N_("this line is no record ({why})"), lost=1, why=str(error))
            seal = ""
            continue
        if first and not book.entries:
            _begin(book, file, record)
        elif seal and record.prev != seal:
            missing = max(0, record.seq - seq)
            text = N_("the record before it was changed") if record.seq == seq else N_("records before it are missing")
            _fault(book, file, number, "order" if first else "chain", text, lost=missing)
        elif seal and record.seq != seq:
            _fault(book, file, number, "number", N_("number {is_} where {must} belongs"), is_=record.seq, must=seq)
        if not _canonical(line):
            _fault(book, file, number, "form", N_("not in canonical form"))
        illegal = len(book.past.illegal)
        book.past.add(record)
        if len(book.past.illegal) > illegal:
            _fault(book, file, number, "step", N_("a step that cannot be ({step})"), step=book.past.illegal[-1])
        book.entries.append(Entry(file.name, number, line, record, walls(record)))
        seal, seq, first = seal_of(line), record.seq + 1, False
    book.seal = seal
    if rest:
        _fault(book, file, len(lines) + 1, "torn", N_("the last record is only half written ({n} bytes)"), lost=1,
               n=len(rest))  # fmt: skip


def _next(book: Book) -> int:
    return book.entries[-1].record.seq + 1 if book.entries else 0


def _begin(book: Book, file: Path, record: Record) -> None:
    """A journal begins at the beginning, or where the erased days ended; a single file begins anywhere."""
    if record.prev == GENESIS or book.path.is_file() or (book.erased and book.erased.seal == record.prev):
        return
    _fault(book, file, 1, "order", N_("the days before it are missing"), lost=record.seq)


def _fault(book: Book, file: Path, number: int, kind: str, text: str, *, lost: int = 0, **values: Any) -> None:
    book.faults.append(Fault(file.name, number, kind, Later(text, values), lost))


def _canonical(line: bytes) -> bool:
    # By what stands in the line, not by what is known of it: a later version's further fields are no fault.
    try:
        return canonical(json.loads(line)) == line
    except ValueError:
        return False


class _Walls:
    """The time of day of each record: the arbiter's clock is tied to it by every record that begins a run."""

    def __init__(self) -> None:
        self._zero: datetime | None = None

    def __call__(self, record: Record) -> datetime | None:
        if record.to in ("run", "part") and not record.dec:
            try:
                wall = datetime.fromisoformat(record.wall)
                wall = wall if wall.tzinfo else wall.replace(tzinfo=UTC)  # as Journal.open writes it
                self._zero = wall - timedelta(seconds=record.t)
            except (ValueError, OverflowError):
                self._zero = None
        try:
            return self._zero + timedelta(seconds=record.t) if self._zero else None
        except OverflowError:
            return None


def _lives(entries: list[Entry]) -> list[Life]:
    lives: list[Life] = []
    open_: dict[str, Life] = {}
    names: dict[str, Labels] = {}
    for one in entries:
        if not one.record.dec:
            names = one.record.names or names
            continue
        if one.record.dec not in open_ or one.record.from_ == "draft":
            open_[one.record.dec] = Life(names=names)
            lives.append(open_[one.record.dec])
        open_[one.record.dec].entries.append(one)
    return lives


def runs(book: Book) -> Iterator[list[Entry]]:
    """The entries of each run, from its "run" record to its last; what stands before the first one is a run too."""
    run: list[Entry] = []
    for one in book.entries:
        if one.record.to == "run" and not one.record.dec and run:
            yield run
            run = []
        run.append(one)
    if run:
        yield run
