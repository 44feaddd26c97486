"""Gives what only MicroPython has (ESP32 and unix): its clock, its sleep, its streams."""

import asyncio
import gc
import socket
import sys
import time
from asyncio import sleep_ms
from os import rename as replace  # littlefs and POSIX both replace the target at once
from sys import print_exception
from time import sleep_us as pause_us
from time import ticks_diff as since_us
from time import ticks_us

from micropython import const

__all__ = (
    "BODY", "Link", "collect", "const", "forget", "heap_free", "leaf", "now", "pause_us", "print_exception", "replace",
    "since_us", "sleep_ms", "ticks_us", "wait_ms",
)  # fmt: skip
# The virtual board calls itself an ESP32 (it stands in for one) but says "Virtual" in its machine's name.
BODY = "esp32" if sys.platform == "esp32" and "irtual" not in getattr(sys.implementation, "_machine", "") else "vm"
collect = gc.collect
heap_free = gc.mem_free
wait_ms = asyncio.wait_for_ms


def now():
    """Milliseconds modulo 2^30 (a 64-bit MicroPython counts further, an ESP32 does not)."""
    return time.ticks_ms() & 0x3FFFFFFF  # type: ignore[operator]  # the stubs take ticks for no number


def leaf(name):
    """The module `name` (dotted), imported."""
    return __import__(name, None, None, ("x",))


def forget(*names):
    """Give back the memory of these modules of our package: who needs one again imports it again."""
    package = sys.modules["gongzhi_node"]
    for name in names:
        if sys.modules.pop("gongzhi_node." + name, None):
            delattr(package, name)


async def _writable(s):
    yield asyncio.core._io_queue.queue_write(s)  # type: ignore[attr-defined]  # as asyncio's own streams wait


class Link:
    """A TCP connection without Nagle's delay: writes at once what the socket takes, keeps the rest for later."""

    # service -> (address, port), where it was last
    found = {}  # type: dict[str, tuple[str, int]]

    def __init__(self):
        self._s = self._socket = self._task = None

    async def open(self, host, port, ms):
        """Connect within `ms`; raises OSError or asyncio.TimeoutError. A name (not an address) blocks while it is
        looked up, as MicroPython has no other way."""
        if host.endswith("._tcp"):  # a service: whoever answers has it
            host, port = await leaf("gongzhi_node.mdns").place(host, ms // 2, Link.found)
            forget("mdns")
        # Not asyncio.open_connection: when that runs out of time it leaves its socket open.
        info = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
        s = self._socket = socket.socket(info[0], info[1], info[2])
        s.setblocking(False)
        try:
            s.connect(info[-1])
        except OSError as error:
            from errno import EINPROGRESS

            if error.errno != EINPROGRESS:
                raise
        await asyncio.wait_for_ms(_writable(s), ms)
        s.setsockopt(6, 1, 1)  # IPPROTO_TCP, TCP_NODELAY: the ESP32's socket module names neither
        self._s = asyncio.StreamWriter(s, {})

    def readinto(self, buf):
        """Awaitable: read what is there into `buf`; how much that was, 0 when the peer has ended, None for once more.
        The stream's own, for another around it would be kept while it waits."""
        return self._s.readinto(buf)

    def write(self, buf):
        """Hand `buf` over in one write; raises OSError when the connection has gone."""
        self._s.write(buf)
        if self._s.out_buf and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._drain())

    async def _drain(self):
        try:
            await self._s.drain()
        except OSError:
            pass  # the reader meets the same end and reports it

    def pending(self):
        """Bytes that the socket has not yet taken."""
        return len(self._s.out_buf)

    def close(self):
        """End the connection; never raises."""
        if self._task and not self._task.done():
            self._task.cancel()
        if self._socket:
            self._socket.close()
