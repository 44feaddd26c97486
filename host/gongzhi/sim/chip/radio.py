"""Takes the Wi-Fi away from this process's TCP connections and gives it back: what was open hangs, as it does on a
board whose access point has gone, and neither side is told."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

_TIMEVAL = 16  # bytes of a struct timeval on 64-bit systems
_LISTS = tuple(Path(path) for path in ("/proc/self/fd", "/dev/fd"))


@dataclass(frozen=True)
class _Cut:
    """A connection that hangs: the real one, the far end of the hole that lies in its place, and the hole's inode."""

    real: int
    far: socket.socket
    hole: int


def _connection(descriptor: int) -> socket.socket | None:
    """A second handle of the TCP connection that the descriptor is, None if it is something else."""
    try:
        copy = os.dup(descriptor)
    except OSError:
        return None  # closed meanwhile
    try:
        handle = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return None
    tcp = handle.family in (socket.AF_INET, socket.AF_INET6) and handle.type == socket.SOCK_STREAM
    if tcp and not handle.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return handle
    handle.close()
    return None


class Radio:
    """Puts a socket that nobody reads in the place of each connection, under the same descriptor, so that the
    interpreter needs to know nothing. Needs a system with /proc/self/fd or /dev/fd; elsewhere (Windows) only
    `network.WLAN` tells the firmware that the Wi-Fi has gone."""

    def __init__(self) -> None:
        self._cuts: dict[int, _Cut] = {}
        self._lock = threading.Lock()  # the CPython body has one thread for the world and one for time
        self._list = next((path for path in _LISTS if path.is_dir()), None)

    def cut(self) -> None:
        """Let every connection hang, also those made since the last call."""
        if self._list is None:
            return
        with self._lock:
            for entry in list(self._list.iterdir()):
                descriptor = int(entry.name)
                if descriptor not in self._cuts or not self._still(descriptor):
                    self._cut(descriptor)

    def _still(self, descriptor: int) -> bool:
        """True if our hole is still there: the firmware may have closed it and got the number again."""
        try:
            return os.fstat(descriptor).st_ino == self._cuts[descriptor].hole
        except OSError:
            return False

    def _cut(self, descriptor: int) -> None:
        if descriptor in {cut.real for cut in self._cuts.values()}:
            return
        real = _connection(descriptor)
        if real is None:
            return
        self._forget(descriptor)
        near, far = socket.socketpair()
        os.set_blocking(near.fileno(), os.get_blocking(descriptor))
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # what MicroPython's settimeout sets
            near.setsockopt(socket.SOL_SOCKET, option, real.getsockopt(socket.SOL_SOCKET, option, _TIMEVAL))
        kept = real.detach()
        os.set_inheritable(kept, False)
        os.dup2(near.fileno(), descriptor, inheritable=False)
        self._cuts[descriptor] = _Cut(kept, far, os.fstat(near.fileno()).st_ino)
        near.close()

    def restore(self) -> None:
        """Give back the connections that the firmware still has; those that it closed meanwhile end now."""
        with self._lock:
            for descriptor in list(self._cuts):
                if self._still(descriptor):
                    os.dup2(self._cuts[descriptor].real, descriptor, inheritable=False)
                self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        cut = self._cuts.pop(descriptor, None)
        if cut is not None:
            cut.far.close()
            with contextlib.suppress(OSError):
                os.close(cut.real)
