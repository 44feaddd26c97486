"""Takes journal files and folders: reads, verifies and repairs the one, holds the other for one process, syncs both."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from gongzhi.arbiter.record import GENESIS, Past, Record, decode, encode, seal_of
from gongzhi.errors import JournalError
from gongzhi.text import N_

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@dataclass(slots=True)
class Report:
    """What `verify` found in one file: `records` whole and in order before the first `fault` ("" if there is none);
    `begins` the seal that its first record goes on from; `seal` and `seq` for the next record; the `past` in it."""

    path: Path
    records: int = 0
    fault: str = ""
    begins: str = GENESIS
    seal: str = GENESIS
    seq: int = 0
    past: Past = field(default_factory=Past)

    @property
    def ok(self) -> bool:
        """True if every line is whole, canonical, in its place in the chain, and a legal step."""
        return not self.fault and not self.past.illegal


def read(path: Path) -> Iterator[tuple[bytes, Record]]:
    """The lines (without their ends) and records of one file; raises ValueError for one that is no record."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                raise ValueError("half a line")
            try:
                yield line[:-1], decode(line)
            except msgspec.DecodeError as error:
                raise ValueError(str(error)) from None


def verify(path: Path) -> Report:
    """Check one file from its first to its last byte. Never raises for what is in it; OSError if it cannot be read."""
    report = Report(path)
    try:
        for line, record in read(path):
            if report.records == 0:
                report.begins, report.seal, report.seq = record.prev, record.prev, record.seq
            if record.prev != report.seal:
                report.fault = "the record before it is missing or was changed"
            elif record.seq != report.seq:
                report.fault = f"number {record.seq} where {report.seq} belongs"
            elif encode(record) != line:
                report.fault = "not in canonical form"
            if report.fault:
                return report
            report.past.add(record)
            report.records += 1
            report.seal, report.seq = seal_of(line), record.seq + 1
    except ValueError as error:
        report.fault = str(error)
    return report


def set_aside(path: Path) -> Path | None:
    """Move a half-written last line (a power cut) out of `path` into a file beside it; its name, or None."""
    with path.open("r+b") as file:
        content = file.read()
        end = content.rfind(b"\n") + 1
        if end == len(content):
            return None
        count = 1
        while (aside := path.with_suffix(f".torn{count}")).exists():
            count += 1
        aside.write_bytes(content[end:])
        file.truncate(end)
        file.flush()
        os.fsync(file.fileno())
    return aside


class Lock:
    """Holds a folder for this process; the system lets go when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("a+b")
        try:
            _hold(self._file)
        except OSError:
            self._file.seek(0)
            other = self._file.read(20).decode("ascii", "replace").strip() or "?"
            self._file.close()
            raise JournalError(
                N_("Another Gongzhi (process {pid}) already writes the journal in {folder}."),
                N_("End that one first, or choose another folder with --journal."),
                pid=other,
                folder=path.parent,
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()).encode())
        self._file.flush()

    def release(self) -> None:
        """Let go of the folder; the file stays, because a file that goes could be held by two."""
        self._file.close()


def _hold(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        # Far behind the end: on Windows nobody else could read the bytes that are locked.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class Syncer:
    """A thread that calls fsync whenever something was written since the last one."""

    def __init__(self, fd: int) -> None:
        self.fault: OSError | None = None
        self._fd = fd
        self._dirty = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was written."""
        self._dirty.set()

    def stop(self) -> None:
        """Sync for the last time and end the thread."""
        self._ending = True
        self._dirty.set()
        self._thread.join()

    def _run(self) -> None:
        ending = False
        while not ending:
            self._dirty.wait()
            self._dirty.clear()
            # Read before the sync: what is written until the end is asked for is in it, or in one more.
            ending = self._ending
            try:
                os.fsync(self._fd)
            except OSError as error:
                # EINVAL: not a file that can be synced (a pipe, /dev/full); every write says for itself how it went.
                if error.errno != errno.EINVAL:
                    self.fault = error
