"""Takes a broker's port, gives one before it that can be shut and opened, and the moment of the first answer after."""

from __future__ import annotations

import asyncio
import contextlib
import time

from gongzhi.bench.mqtt_load import HOST


class Gate:
    """A relay to the broker whose port is closed and opened again; `first` is when the first PUBACK went through."""

    def __init__(self, target: int) -> None:
        self.port, self.first, self._target = 0, 0.0, target
        self.acknowledged = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []
        self._pumps: set[asyncio.Task[None]] = set()

    async def open(self) -> float:
        """Listen again, on the same port; when that was."""
        self.acknowledged.clear()
        self._server = await asyncio.start_server(self._join, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return time.perf_counter()

    async def shut(self) -> None:
        """End all connections and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        near, far = await asyncio.open_connection(HOST, self._target)
        self._ends += [writer, far]
        for source, sink, answers in ((reader, far, False), (near, writer, True)):
            task = asyncio.create_task(self._pump(source, sink, answers))
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(4096):
                sink.write(data)
                # The broker's messages to this client are acknowledgements only: a PUBACK begins with 0x40 0x02.
                if answers and b"\x40\x02" in data and not self.acknowledged.is_set():
                    self.first = time.perf_counter()
                    self.acknowledged.set()
        sink.close()
