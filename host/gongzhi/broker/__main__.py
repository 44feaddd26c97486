"""Takes a BrokerConfig as one JSON line on standard input, gives a broker that lives as long as that input is open.

Started by `BrokerProcess`. Standard output carries JSON lines: first {"port": N} or {"error": …}, then {"notice": …}
when something happens and {"stats": …} for each line "stats" on standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
import sys
import threading
import time
from typing import Any

import msgspec

from gongzhi.broker.config import BrokerConfig
from gongzhi.broker.server import TICK, Broker
from gongzhi.errors import BrokerError

# The parent is promised that we are gone half a second after it, whatever the loop is doing.
_LAST_WORD = 0.35


class _Lines:
    """Writes JSON lines from a thread, so that a parent that does not read never holds up the broker."""

    def __init__(self) -> None:
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=256)
        threading.Thread(target=self._write, daemon=True).start()

    def put(self, line: dict[str, Any]) -> None:
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(line)

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the parent has gone; its end of standard input says so, too
            while True:
                sys.stdout.buffer.write(msgspec.json.encode(self._queue.get()) + b"\n")
                sys.stdout.buffer.flush()


async def _run(config: BrokerConfig, lines: _Lines) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def notice(kind: str, client: str, text: str) -> None:
        lines.put({"notice": [kind, client, text]})

    broker = Broker(config, notice=notice)

    def report() -> None:
        lines.put({"stats": {**broker.stats(), "cpu_s": time.process_time()}})

    def listen() -> None:
        for line in iter(sys.stdin.buffer.readline, b""):
            if line.strip() == b"stats":
                loop.call_soon_threadsafe(report)
        threading.Timer(_LAST_WORD, os._exit, (0,)).start()
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(ended.set)

    await broker.start()
    lines.put({"port": broker.port, "tls_port": broker.tls_port})
    threading.Thread(target=listen, daemon=True).start()
    parent = os.getppid()
    while not ended.is_set():
        # A forked relative of the parent may hold our standard input open after the parent's end.
        if os.getppid() != parent:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), TICK)
    await broker.stop()


def main() -> int:
    """Run until standard input ends; Ctrl-C is the parent's business. Gives the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines = _Lines()
    config = msgspec.json.decode(sys.stdin.buffer.readline(), type=BrokerConfig)
    try:
        asyncio.run(_run(config, lines))
    except BrokerError as error:
        values = {key: value if isinstance(value, int) else str(value) for key, value in error.values.items()}
        line = {"error": {"message": error.message, "hint": error.hint, "values": values}}
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()
        return error.exit_code
    return 0


if __name__ == "__main__":
    # No clean-up of the interpreter: its threads wait in reads that never return.
    os._exit(main())
