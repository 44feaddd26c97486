"""Takes what the air is like, lets this process's TCP connections go through it: while nothing passes they hang, as on
a board whose access point has gone, and neither side is told; what was sent meanwhile arrives when the air is clear."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from .air import SLOT_MS, Air, Clear, Gone

_TIMEVAL = 16  # bytes of a struct timeval on 64-bit systems
_LISTS = tuple(Path(path) for path in ("/proc/self/fd", "/dev/fd"))
_HELD = 8192  # bytes that wait in a relay; then the sender's own buffer fills, as TCP's window does
_MOMENT_MS = 2  # of the machine's clock between two looks at a clock that the world paces


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
    if handle.family in (socket.AF_INET, socket.AF_INET6) and handle.type == socket.SOCK_STREAM:
        with contextlib.suppress(OSError):  # it listens, or is not connected yet: the firmware is about to do so
            handle.getpeername()
            return handle
    handle.close()
    return None


class _Way:
    """One direction of a connection: what was read of `source` and is not yet in `sink`."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.source, self.sink = source, sink
        self.held = bytearray()
        self.over = False  # the source has ended

    def pump(self) -> None:
        """Move what goes without waiting; raises OSError where one of the two has broken."""
        with contextlib.suppress(BlockingIOError):
            while not self.over and len(self.held) < _HELD:
                data = self.source.recv(_HELD)
                self.held += data
                self.over = not data
        with contextlib.suppress(BlockingIOError):
            while self.held:
                del self.held[: self.sink.send(self.held)]
        if self.over and not self.held:
            with contextlib.suppress(OSError):
                self.sink.shutdown(socket.SHUT_WR)


class _Relay:
    """A connection that goes through the air: the firmware's descriptor is one end of a pair of sockets, `far` the
    other one, `real` what it was."""

    def __init__(self, descriptor: int, real: socket.socket) -> None:
        near, self.far = socket.socketpair()
        near.setblocking(os.get_blocking(descriptor))
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # what MicroPython's settimeout sets
            near.setsockopt(socket.SOL_SOCKET, option, real.getsockopt(socket.SOL_SOCKET, option, _TIMEVAL))
        os.dup2(near.fileno(), descriptor, inheritable=False)
        self.inode = os.fstat(near.fileno()).st_ino
        near.close()
        self.real = real
        for end in (self.far, real):
            end.setblocking(False)
        self.ways = (_Way(self.far, real), _Way(real, self.far))

    def left(self) -> bool:
        """True if the firmware has closed its end."""
        poll = select.poll()
        poll.register(self.far, 0)
        return bool(poll.poll(0))

    def pump(self) -> bool:
        """Let pass what can; False when the connection is over."""
        try:
            for way in self.ways:
                way.pump()
        except OSError:
            return False
        up, down = self.ways
        return not (up.over and not up.held and ((down.over and not down.held) or self.left()))

    def watch(self, poll: select.poll) -> None:
        """Have `poll` tell when there is something to do."""
        wants = dict.fromkeys((self.far, self.real), 0)
        for way in self.ways:
            wants[way.source] |= select.POLLIN if not way.over and len(way.held) < _HELD else 0
            wants[way.sink] |= select.POLLOUT if way.held else 0
        for end, events in wants.items():
            if events:
                poll.register(end, events)

    def close(self) -> None:
        """Both sides are told."""
        self.far.close()
        self.real.close()


class Radio:
    """Takes each connection that there is while the air is not clear, and lets it go through a relay from then on until
    it ends, under the same descriptor, so that the interpreter needs to know nothing. What a connection had not sent
    when the firmware closed it is lost if nothing passed then. `ms` is the board's own clock, `begin` runs a function
    on a thread. Needs a system with /proc/self/fd or /dev/fd; elsewhere (Windows) only `network.WLAN` tells the
    firmware that the Wi-Fi has gone."""

    def __init__(self, ms: Callable[[], int], paced: bool, begin: Callable[[Callable[[], None]], None]) -> None:
        self._ms, self._paced, self._begin = ms, paced, begin
        self._air: Air = Clear()
        self._relays: list[_Relay] = []
        self._lock = threading.Lock()
        self._list = next((path for path in _LISTS if path.is_dir()), None)
        self._bell: tuple[int, int] | None = None

    @property
    def clear(self) -> bool:
        """True if nothing needs to be taken."""
        return self._list is None or isinstance(self._air, Clear)

    def be(self, air: Air) -> None:
        """From now on the air is like this."""
        self._air = air
        self.look()
        self._ring()

    def look(self) -> None:
        """Take the connections that are new."""
        if self.clear or self._list is None:
            return
        taken = False
        with self._lock:
            ours = {relay.real.fileno() for relay in self._relays}
            holes = {relay.inode for relay in self._relays}
            for entry in list(self._list.iterdir()):
                descriptor = int(entry.name)
                with contextlib.suppress(OSError):  # it was closed meanwhile
                    if descriptor in ours or os.fstat(descriptor).st_ino in holes:
                        continue
                    real = _connection(descriptor)
                    if real is not None:
                        self._relays.append(_Relay(descriptor, real))
                        taken = True
        if taken:
            self._ring()

    def _ring(self) -> None:
        """Have the thread look again; there is none before the first connection."""
        if self._bell is None and self._relays:
            self._bell = os.pipe()
            os.set_blocking(self._bell[0], False)
            self._begin(self._run)
        elif self._bell is not None:
            os.write(self._bell[1], b"!")

    def _run(self) -> None:
        assert self._bell is not None
        passed = True
        while True:
            passes = self._air.passes(self._ms())
            poll = select.poll()
            poll.register(self._bell[0], select.POLLIN)
            with self._lock:
                if passes and not passed:
                    self._keep([relay for relay in self._relays if not relay.left()])
                passed = passes
                if passes:
                    self._keep([relay for relay in self._relays if relay.pump()])
                    for relay in self._relays:
                        relay.watch(poll)
            poll.poll(self._wait())
            with contextlib.suppress(BlockingIOError):
                os.read(self._bell[0], 4096)

    def _wait(self) -> float | None:
        """Milliseconds until the air may be another; None: until somebody says so."""
        if isinstance(self._air, Clear | Gone):
            return None
        return _MOMENT_MS if self._paced else SLOT_MS - self._ms() % SLOT_MS

    def _keep(self, relays: list[_Relay]) -> None:
        for relay in self._relays:
            if relay not in relays:
                relay.close()
        self._relays = relays
