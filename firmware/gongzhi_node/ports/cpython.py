"""Gives on CPython what MicroPython has built in, so that the node's other files need not know where they run."""

import asyncio
import gc
import importlib
import socket
import time
import traceback
from os import replace

BODY = "cpython"
collect = gc.collect

__all__ = (
    "BODY", "Link", "collect", "const", "forget", "heap_free", "leaf", "now", "pause_us", "print_exception", "replace",
    "since_us", "sleep_ms", "ticks_us", "wait_ms",
)  # fmt: skip


def const(value):
    """`value`; MicroPython's compiler folds it into the code."""
    return value


def now():
    """Milliseconds modulo 2^30, as MicroPython's ticks_ms on 32 bit."""
    return (time.monotonic_ns() // 1000000) & 0x3FFFFFFF


def ticks_us():
    """Microseconds; take differences by `since_us` only."""
    return time.monotonic_ns() // 1000


def since_us(a, b):
    """a - b for two results of `ticks_us`."""
    return a - b


def pause_us(us):
    """Do nothing for so long, at least."""
    end = time.monotonic_ns() + us * 1000
    while time.monotonic_ns() < end:
        pass


def sleep_ms(ms):
    """Awaitable: sleep `ms` milliseconds."""
    return asyncio.sleep(ms / 1000)


async def wait_ms(awaitable, ms):
    """Await with a limit; raises asyncio.TimeoutError."""
    return await asyncio.wait_for(awaitable, ms / 1000)


def heap_free():
    """0: CPython has no such figure."""
    return 0


def leaf(name):
    """The module `name` (dotted), imported."""
    return importlib.import_module(name)


def forget(*names):
    """Nothing: here memory is not scarce."""


def print_exception(error):
    """Print the traceback of `error` on standard error."""
    traceback.print_exception(error)


class Link:
    """A TCP connection without Nagle's delay: writes at once what the socket takes, keeps the rest for later."""

    # service -> (address, port), where it was last
    found = {}  # type: dict[str, tuple[str, int]]

    def __init__(self):
        self._r = self._w = None

    async def open(self, host, port, ms):
        """Connect within `ms`; raises OSError (of which asyncio.TimeoutError is one here)."""
        if host.endswith("._tcp"):  # a service: whoever answers has it
            host, port = await leaf("gongzhi_node.mdns").place(host, ms // 2, Link.found)
            forget("mdns")
        self._r, self._w = await asyncio.wait_for(asyncio.open_connection(host, port), ms / 1000)
        self._w.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def readinto(self, buf):
        """Read what is there into `buf`, at least one byte; 0 when the peer has ended, None for once more."""
        data = await self._r.read(len(buf))
        buf[: len(data)] = data
        return len(data)

    def write(self, buf):
        """Hand `buf` over in one write; raises OSError when the connection has gone."""
        if self._w.is_closing():
            raise OSError("closed")
        # A copy: since 3.12 the transport keeps a view of what it could not send, and our buffers are used again.
        self._w.write(bytes(buf))

    def pending(self):
        """Bytes that the socket has not yet taken."""
        return self._w.transport.get_write_buffer_size()

    def close(self):
        """End the connection at once, whatever is pending; never raises."""
        if self._w:
            self._w.transport.abort()
