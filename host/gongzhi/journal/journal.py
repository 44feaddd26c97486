"""Takes the arbiter's records, keeps them in an append-only, hash-chained file; opens, verifies and reads such files.

A journal is a folder with one file a day, "2026-11-23.jsonl" by the day on which a run begins; the chain and the
numbers of decisions go on from file to file. A run that passes midnight stays in its file, unless it keeps to a `Keep`:
it then goes on in a further part ("2026-11-23_00001.jsonl") whenever the one before is full, and the oldest files go.

Durability: each record is handed to the system by one write before its order is sent, so nothing is lost when the
process dies. A thread of its own then calls fsync as soon as the last one has returned, so a power cut takes only
what was written during one fsync (5 to 50 ms on a memory card), and the arbiter never waits for the card.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from gongzhi.arbiter.record import Chain, Past, Record, occurrence, replay
from gongzhi.errors import JournalError
from gongzhi.journal import keep as journal_keep
from gongzhi.journal.book import NAME
from gongzhi.journal.files import Lock, Report, Syncer, read, set_aside, verify
from gongzhi.text import N_

__all__ = ["AGAIN", "FREE", "FULL", "TORN", "Journal", "Keep", "Report", "read", "verify"]

KEPT: Final = 10_000
"""Records that wait in memory while the disk is full (about 3 MB); beyond, the oldest are lost, and counted."""
RETRY_S: Final = 1.0

FULL = N_("The journal cannot be written ({why}). Motion waits; lights and sounds go on. Records are kept in memory.")
FREE = N_("Make room on the disk; the journal then goes on by itself.")
AGAIN = N_("The journal is written again.")
TORN = N_("The journal’s last record was only half written (power cut?); it was set aside in {file}.")


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of a running journal stays: at most `size` bytes, and `days` days (None: as long as there is room)."""

    size: int
    days: int | None = None

    @property
    def part(self) -> int:
        """Bytes after which another file is begun: an eighth, so that what goes is little against what stays."""
        return max(self.size // 8, 4096)


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)


def _end(files: list[Path]) -> tuple[Report, Past] | None:
    """What `verify` says of the last file in which there is something, and the past: that of its run, whose parts are
    read again from its beginning; None where there is nothing."""
    found: list[Report] = []
    for file in reversed(files):
        report = verify(file)
        if report.records or report.fault:
            found.insert(0, report)
            if report.fault or not report.past.part:
                break
    if not found:
        return None
    records = (record for one in found for _, record in read(one.path)) if len(found) > 1 else ()
    return found[-1], replay(records) if len(found) > 1 and not found[-1].fault else found[-1].past


class Journal:
    """The journal of one run.

    `open` it, `append` every record, `close` it (or use `with`). `past` is what was found; `torn` the name of the
    file in which a half-written last line was set aside, if there was one; `nonce` four characters that differ from run
    to run, for the ids of commands. `writable` and `fault` say how it is now;
    `on_change(writable)` is called on each change, for a notice to the user.
    """

    def __init__(self, path: Path, lock: Lock, past: Past, chain: Chain, opener: Callable[[Path], int]) -> None:
        self.path, self.past, self.chain = path, past, chain
        self.torn: Path | None = None
        self.writable = True
        self.fault = ""
        self.lost = 0
        self.nonce = "0"
        self.on_change: Callable[[bool], None] = lambda _writable: None
        self.keep: Keep | None = None
        # What the next part begins with (record.Record: next, epochs, stopped, room, dials, leases), asked for then.
        self.snapshot: Callable[[float], dict[str, Any]] | None = None
        self._began = (datetime.now(UTC), 0.0)  # the time of day, and the arbiter's clock at the same moment
        self._opener = opener
        self._lock = lock
        self._kept: deque[Record] = deque()
        self._next_try = 0.0
        self._fd = opener(path)
        self._size = path.stat().st_size if path.is_file() else 0
        self._syncer = Syncer(self._fd)

    @classmethod
    def open(
        cls, folder: Path, *, wall: datetime | None = None, now: float = 0.0, opener: Callable[[Path], int] = _open
    ) -> Journal:
        """Open the journal in `folder` (made where it is missing) for one process.

        `wall` is the time of day (UTC unless said otherwise), `now` the arbiter's clock at the same moment. Raises
        JournalError when the folder cannot be written, when another process has it, or when its chain is broken.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = Lock(folder / "lock")
        except OSError as error:
            raise JournalError(
                N_("The journal’s folder {folder} cannot be written: {why}"),
                N_("Choose another folder with --journal."),
                folder=folder,
                why=error.strerror or error,
            ) from error
        try:
            return cls._begin(folder, lock, wall or datetime.now(UTC), now, opener)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _begin(cls, folder: Path, lock: Lock, wall: datetime, now: float, opener: Callable[[Path], int]) -> Journal:
        path = folder / f"{wall:%Y-%m-%d}.jsonl"
        files = sorted(folder.glob(NAME))
        if files and files[-1] > path:
            path = files[-1]  # the day went back (a clock without a battery): the chain goes on where it ended
        torn = set_aside(files[-1]) if files else None
        # Backwards over files into which a full disk let nothing.
        report, past = _end(files) or (Report(path), Past())
        if report.fault:
            raise JournalError(
                N_("The journal {file} is damaged at line {line}: {why}"),
                N_("Move the file to another place; a new journal is begun then."),
                file=report.path,
                line=report.records + 1,
                why=report.fault,
            )
        chain = Chain(report.seq, report.seal)
        journal = cls(path, lock, past, chain, opener)
        journal._began = (wall.astimezone(UTC) if wall.tzinfo else wall.replace(tzinfo=UTC), now)
        journal.torn = torn
        if torn:
            journal.append(occurrence("torn", now, "runtime", why=torn.name), now)
        journal.append(
            occurrence(
                "run",
                now,
                "runtime",
                wall=wall.isoformat(timespec="seconds"),
                next=past.next,
                epochs=past.epochs or None,
                stopped=tuple(sorted(past.stopped)),
                room=tuple(sorted(past.room)),
                back=past.back or None,
                of=past.heeded,
            ),
            now,
        )
        journal.nonce = journal.chain.prev[4:8]
        return journal

    def append(self, record: Record, now: float) -> bool:
        """Write one record; False if it had to be kept in memory for later. Never raises for a full disk."""
        if not self.writable:
            self._keep(record)
            return False
        before = self.chain.seq, self.chain.prev
        line = self.chain.seal(record) + b"\n"
        try:
            self._write(line)
        except OSError as error:
            self.chain.seq, self.chain.prev = before
            self._keep(record)
            self._fail(error, now)
            return False
        if self.keep is not None and self.snapshot is not None and self._size >= self.keep.part:
            self._go_on(self.keep, self.snapshot(now), now)
        return True

    def _go_on(self, keep: Keep, head: dict[str, Any], now: float) -> None:
        """Begin a further part and let the oldest ones go. Where that cannot be (a full disk) this one goes on."""
        self._size = 0  # tried again only after as many bytes
        wall = self._began[0] + timedelta(seconds=now - self._began[1])
        # After the one before, also where those between have gone: the names' order is the chain's.
        folder, (day, _, number) = self.path.parent, self.path.stem.partition("_")
        today = f"{wall:%Y-%m-%d}"
        path = folder / (f"{today}.jsonl" if today > day else f"{day}_{int(number or 0) + 1:05}.jsonl")
        try:
            fd = self._opener(path)
        except OSError:
            return
        before = (self._fd, self._syncer)
        self.path, self._fd, self._syncer = path, fd, Syncer(fd)
        before[1].stop()
        os.close(before[0])
        self.append(occurrence("part", now, "runtime", wall=wall.isoformat(timespec="seconds"), **head), now)
        with contextlib.suppress(OSError, ValueError):
            oldest = None if keep.days is None else (wall - timedelta(days=keep.days)).date()
            gone = journal_keep.trim(sorted(folder.glob(NAME)), keep.size - keep.part, oldest)
            if gone:
                self.append(occurrence("trim", now, "runtime", why="room", lost=gone), now)

    def retry(self, now: float) -> bool:
        """Try to write what was kept, at most once a second; True if nothing is kept (any more)."""
        if self._syncer.fault and self.writable:
            self._fail(self._syncer.fault, now)
        if self.writable or now < self._next_try:
            return self.writable
        self._next_try = now + RETRY_S
        chain = Chain(self.chain.seq, self.chain.prev)
        gap = [occurrence("gap", now, "runtime", why="journal", lost=self.lost)] if self.lost else []
        for record in [*gap, *self._kept]:
            before = chain.seq, chain.prev
            line = chain.seal(record) + b"\n"
            try:
                self._write(line)
            except OSError as error:
                chain.seq, chain.prev = before
                self.fault = error.strerror or str(error)
                break
            if record.to == "gap":
                self.lost = 0
            else:
                self._kept.popleft()
        self.chain = chain
        if not self._kept and not self.lost:
            self._syncer.fault = None
            self.writable, self.fault = True, ""
            self.on_change(True)
        return self.writable

    def _write(self, line: bytes) -> None:
        """All of the line, or none of it and OSError: a full disk takes the first half of a line gladly."""
        written = os.write(self._fd, line)
        if written < len(line):
            size = os.fstat(self._fd).st_size
            os.ftruncate(self._fd, size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += written
        self._syncer.wake()

    def _keep(self, record: Record) -> None:
        if len(self._kept) >= KEPT:
            self._kept.popleft()
            self.lost += 1
        self._kept.append(record)

    def _fail(self, error: OSError, now: float) -> None:
        self.writable, self.fault = False, error.strerror or str(error)
        self._next_try = now + RETRY_S
        self.on_change(False)

    def close(self) -> None:
        """Write what can be written, wait for the disk, let go of the folder. May be called twice."""
        if self._fd < 0:
            return
        self.retry(float("inf"))
        self._syncer.stop()
        os.close(self._fd)
        self._fd = -1
        self._lock.release()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
