"""Takes requests for boards on a socket, gives each a fork of this process, which has loaded everything before: a room
of boards shares that memory and starts at once.

A request is one byte and four descriptors: the board's standard input, output and error, and its leash. On the leash we
say the fork's process id (or an error's number, negative) and, when it has ended, its exit status as `subprocess` has
it (i32 each); a byte that comes on it kills the board, and so does its end. Whoever asks ends us by closing the socket.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
from collections.abc import Callable
from typing import NoReturn

NUMBER = struct.Struct("<i")
REQUEST = 4  # descriptors


class Forks:
    """The boards that run, by their leash."""

    def __init__(self, control: socket.socket, board: Callable[[], NoReturn]) -> None:
        self._control, self._board = control, board
        self._boards: dict[int, tuple[socket.socket, int]] = {}  # descriptor -> the leash, process id
        # A board's end is a signal, and a byte in this pipe, so that one poll hears everything.
        self._ended, self._wake = os.pipe()
        for end in (self._ended, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._poll = select.poll()
        for descriptor in (control.fileno(), self._ended):
            self._poll.register(descriptor, select.POLLIN)

    def serve(self) -> None:
        """Until nobody is there to ask."""
        gc.collect()
        gc.freeze()  # a fork's collections do not touch, and thereby copy, what is ours
        while True:
            heard = {descriptor for descriptor, _ in self._poll.poll()}
            # Leashes first: what follows closes some of them and opens others under the same number.
            for leash in heard & self._boards.keys():
                self._pulled(leash)
            if self._ended in heard:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._ended, 4096)
                self._reap()
            if self._control.fileno() in heard:
                data, descriptors, _, _ = socket.recv_fds(self._control, 1, REQUEST)
                if not data:
                    return
                self._fork(descriptors)

    def _fork(self, descriptors: list[int]) -> None:
        *ends, leash = descriptors
        try:
            pid = os.fork()
        except OSError as error:
            pid = -(error.errno or 1)
        if not pid:
            self._become(ends, leash)
        for end in ends:
            os.close(end)
        handle = socket.socket(fileno=leash)
        if pid > 0:
            self._boards[leash] = handle, pid
            self._poll.register(leash, select.POLLIN)
        _say(handle, pid)

    def _become(self, ends: list[int], leash: int) -> NoReturn:
        """In the fork: nothing of ours is left but what is loaded."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            for number, end in enumerate(ends):
                os.dup2(end, number)
            for descriptor in (*ends, leash, self._control.fileno(), self._ended, self._wake, *self._boards):
                os.close(descriptor)
            self._board()
        finally:
            os._exit(1)

    def _pulled(self, leash: int) -> None:
        handle, pid = self._boards[leash]
        # Not yet waited for, so the number is still this board's.
        os.kill(pid, signal.SIGKILL)
        if not handle.recv(1):
            self._poll.unregister(leash)

    def _reap(self) -> None:
        while self._boards:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            leash = next(leash for leash, (_, each) in self._boards.items() if each == pid)
            handle, _ = self._boards.pop(leash)
            with contextlib.suppress(KeyError):  # its other end has been closed before
                self._poll.unregister(leash)
            _say(handle, os.waitstatus_to_exitcode(status))
            handle.close()


def _say(leash: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # whoever asked has gone
        leash.sendall(NUMBER.pack(number))
