"""Takes a board's configuration as the first line of standard input, runs the node on this Raspberry Pi's pins until
standard input ends; prints lines of JSON: {"ready": true}, or {"error": why}; then {"alive": true} once a second."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gongzhi import pi
from gongzhi.pi import factory


def chip() -> str:
    """A number for this computer, 12 hex digits, as a board has one; it says nothing but that it is the same one."""
    for path in (Path("/proc/device-tree/serial-number"), Path("/etc/machine-id")):
        if path.exists():
            return f"{zlib.crc32(path.read_bytes()):012x}"
    return f"{os.getpid():012x}"


def say(**words: Any) -> None:
    """A line for the runtime."""
    print(json.dumps(words), file=sys.__stdout__, flush=True)


class Dog:
    """What a chip's watchdog is to the node: the runtime ends a process that has stopped feeding it."""

    def feed(self) -> None:
        """The parts have been looked after since the last time."""
        say(alive=True)


def main(folder: Path) -> int:
    """Run the node in `folder`, which holds its config.json; 0 at the end, 1 if it cannot run."""
    doc = json.loads(sys.stdin.buffer.readline())
    sys.stdout = sys.stderr  # what the node prints is for people; our own lines are for the runtime
    try:
        factory.prepare()
    except factory.NoPinsError as error:
        say(error=str(error))
        return 1
    from gongzhi.pi import machine

    sys.modules["machine"] = machine
    from gongzhi_node import board, keys, node, wire

    if doc["mqtt"].get("tls"):  # a chip's own storage has it there; here it lies in the data folder
        from gongzhi.room.certificates import for_board

        kept = for_board()
        keys.read = lambda name: kept if name == keys.CA else None
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    Path(board.PATH).write_bytes(wire.pack(doc))
    found = board.start()
    if found is None or found.error is not None:
        say(error="config.json" if found is None else f"{found.error.code} at {found.error.at}")
        return 1
    made = node.Node(found, chip(), dog=Dog())
    say(ready=True, pi=pi.model())
    asyncio.run(live(made, board.close))
    return 0


async def live(made: Any, close: Callable[[Any], None]) -> None:
    """The node's life, until the runtime has gone; then `close` has each driver leave its pins quiet."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(gone.set)

    threading.Thread(target=wait, daemon=True).start()
    running, ending = asyncio.create_task(made.run()), asyncio.create_task(gone.wait())
    await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    ending.cancel()
    await asyncio.wait({running})
    close(made.board.parts)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
