"""Takes a submission and windows, gives its answers from a process of its own that has limits and is killed at them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final

import msgspec

from gongzhi.challenge.fault import error_of
from gongzhi.challenge.worker import READY, Said, Work

_START_S: Final = 120  # to load everything, on a busy Pi; no byte of the submission has been looked at by then
_GRACE: Final = 2  # how many times the allowed processor time a process may take on the clock, and as many seconds
_MOST: Final = 16 << 20  # bytes of answers; a clip's are about 20
# Windows' loader needs SYSTEMROOT; one thread, because limits of memory count each thread's stack.
_KEPT: Final = ("SYSTEMROOT", "PATH", "LD_LIBRARY_PATH", "LANG", "COVERAGE_PROCESS_START")
_SET: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "GONGZHI_LANG": "en",
}


def run(work: Work) -> Said:
    """The answers of a submission. Raises DataError that says what is wrong with it; then nothing has happened.

    The process gets an empty folder, no environment of ours, no truth; it is killed when it is late. Its answers are
    checked as anything that comes from outside.
    """
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _SET
    with tempfile.TemporaryDirectory(prefix="gongzhi-", ignore_cleanup_errors=True) as folder:
        # -I: neither this folder nor the user's own packages nor PYTHON… are looked at.
        command = [sys.executable, "-I", "-m", "gongzhi.challenge.worker"]
        try:
            process = subprocess.Popen(
                command, cwd=folder, env=environment | {"TMP": folder, "TEMP": folder, "HOME": folder},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                start_new_session=sys.platform != "win32",
            )  # fmt: skip
        except OSError as error:
            raise error_of("start", str(error)) from error
        with process:
            try:
                content = _talk(process, work)
            finally:
                process.kill()
        return _understood(content, process.wait(), work)


def _talk(process: subprocess.Popen[bytes], work: Work) -> bytes:
    """Give it the work and read what it says, at most _MOST bytes; raises DataError for one that is late."""
    source, target = process.stdin, process.stdout
    assert source is not None
    assert target is not None
    writer = threading.Thread(target=_give, args=(source, msgspec.msgpack.encode(work)), daemon=True)
    writer.start()
    if _within(_START_S, process, lambda: target.readline(len(READY))) != READY:
        raise error_of("start", f"{process.poll()}")
    seconds = _GRACE * work.seconds + _GRACE
    return _within(seconds, process, lambda: target.read(_MOST + 1), str(work.seconds))


def _give(source: IO[bytes], content: bytes) -> None:
    with suppress(OSError):  # it has gone: its answer says why
        source.write(content)
        source.close()


def _within(seconds: float, process: subprocess.Popen[bytes], read: Callable[[], bytes], allowed: str = "") -> bytes:
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        found = read()
    finally:
        timer.cancel()
    if late.is_set():
        raise error_of("time", allowed or str(int(seconds)))
    return found


def _understood(content: bytes, status: int, work: Work) -> Said:
    if status == -getattr(signal, "SIGXCPU", 0) != 0:
        raise error_of("time", str(work.seconds))
    if status == -getattr(signal, "SIGKILL", 0) != 0:  # by the system, which was out of memory
        raise error_of("memory", "")
    try:
        said = msgspec.msgpack.decode(content, type=Said)
    except msgspec.DecodeError:
        raise error_of("crash", str(status)) from None
    if said.fault is not None:
        raise error_of(*said.fault)
    if len(said.answers) != len(work.clips) or any(not -1 <= each[0] < len(work.labels) for each in said.answers):
        raise error_of("crash", "?")
    return said
