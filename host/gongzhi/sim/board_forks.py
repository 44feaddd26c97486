"""Takes a board's log file, gives the board's process as a fork of one that has loaded everything (chip/forks.py)."""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import IO, Final

from gongzhi.sim.chip.forks import NUMBER

_UNKNOWN: Final = 255  # the exit status of a board whose server died before it
_PATIENCE: Final = 5.0  # s


class Forked:
    """A board's process, with the names that `subprocess.Popen` has."""

    def __init__(self, stdin: int, stdout: int, leash: socket.socket) -> None:
        """Waits for the process; raises OSError if there is none."""
        self.stdin: IO[bytes] | None = os.fdopen(stdin, "wb", 0)
        self.stdout: IO[bytes] | None = os.fdopen(stdout, "rb", 0)
        self.returncode: int | None = None
        self._leash, self._lock = leash, threading.Lock()
        weakref.finalize(self, leash.close)
        said = leash.recv(NUMBER.size, socket.MSG_WAITALL)
        self.pid: int = NUMBER.unpack(said)[0] if said else 0
        if self.pid <= 0:
            for pipe in (self.stdin, self.stdout):
                pipe.close()
            raise OSError(-self.pid, os.strerror(-self.pid)) if self.pid else ConnectionResetError

    def wait(self, timeout: float | None = None) -> int:
        """The exit status; raises subprocess.TimeoutExpired. Any number of threads may wait."""
        poll = select.poll()
        poll.register(self._leash, select.POLLIN)
        if self.returncode is None and not poll.poll(None if timeout is None else timeout * 1000):
            raise subprocess.TimeoutExpired("board", timeout or 0.0)
        with self._lock:
            if self.returncode is None:
                said = self._leash.recv(NUMBER.size, socket.MSG_WAITALL)
                self.returncode = NUMBER.unpack(said)[0] if said else _UNKNOWN
        return self.returncode

    def kill(self) -> None:
        """End it at once."""
        try:
            if self.returncode is None:
                self._leash.sendall(b"k")
        except OSError:
            self.wait()  # it has just ended, or its server has
        if self.returncode == _UNKNOWN:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Server:
    """The process that forks boards. `start(stdin)` starts it."""

    def __init__(self, start: Callable[[socket.socket], subprocess.Popen[bytes]]) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = start(theirs)
        self.owner = os.getpid()

    def fork(self, log: IO[bytes]) -> Forked:
        """A board whose errors go to `log`; raises OSError: ConnectionError if the server is not there (any more)."""
        board_in, stdin = os.pipe()
        stdout, board_out = os.pipe()
        leash, far = socket.socketpair()
        try:
            with far:
                socket.send_fds(self._ours, [b"f"], [board_in, board_out, log.fileno(), far.fileno()])
        except OSError:
            for end in (stdin, stdout):
                os.close(end)
            leash.close()
            raise
        finally:
            os.close(board_in)
            os.close(board_out)
        return Forked(stdin, stdout, leash)

    def close(self) -> None:
        """Fork no more; boards that run do so still."""
        self._ours.close()
        if self.owner == os.getpid():
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


_server: Server | None = None
_lock: Final = threading.Lock()


def possible() -> bool:
    """True where a process can be forked and a socket can carry descriptors."""
    return sys.platform != "win32" and hasattr(os, "fork") and hasattr(socket, "send_fds")


def fork(log: IO[bytes], start: Callable[[socket.socket], subprocess.Popen[bytes]]) -> Forked | None:
    """A board from the one server of this program, which is started if there is none, and anew if it has died; None if
    it does not start. Raises OSError where the system has no room for another process."""
    with _lock:
        for _ in range(2):
            server = _running(start)
            try:
                return server.fork(log)
            except ConnectionError:
                close()
    return None


def _running(start: Callable[[socket.socket], subprocess.Popen[bytes]]) -> Server:
    global _server
    if _server is not None and _server.owner != os.getpid():
        _server = None  # we are ourselves a fork of the program whose server it is
    if _server is None:
        _server = Server(start)
    return _server


def close() -> None:
    """End the server, if there is one."""
    global _server
    server, _server = _server, None
    if server is not None:
        server.close()


atexit.register(close)
