"""Takes where to ask (address, port) on its command line, connects to the broker of that network's _gongzhi._tcp."""

import asyncio
import sys

from gongzhi_node import mdns, mqtt

mdns.GROUP = (sys.argv[1], int(sys.argv[2]))


async def main():
    up = asyncio.Event()
    client = mqtt.Client("finder", "_gongzhi._tcp")
    client.on_up = up.set
    task = asyncio.create_task(client.run())
    await asyncio.wait_for(up.wait(), 20)
    print("up", mqtt.Link.found["_gongzhi._tcp"])
    task.cancel()


asyncio.run(main())
