"""What the hub's tests share: a hub in a loop of its own, and what waits in it."""

import asyncio
import json
import struct

from gongzhi.clock import ManualClock
from gongzhi.page import Hub


def drain(client):
    """All that waits for a client, decoded."""
    found = []
    while (item := client.take()) is not None:
        found.append(json.loads(item) if isinstance(item, str) else item)
    return found


async def until(condition):
    """Let the loop run until the condition holds; a defect ends it."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  (what is waited for has no event of its own)
            await asyncio.sleep(0.002)


def in_loop(function):
    """Run a coroutine function whose first argument is a hub bound to the loop."""

    async def main():
        hub = Hub(clock=ManualClock())
        hub.bind()
        await function(hub)
        await hub.close()

    asyncio.run(main())


def split(data):
    (length,) = struct.unpack_from("<H", data)
    return json.loads(data[2 : 2 + length]), data[2 + length :]
