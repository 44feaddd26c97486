"""Takes config.json, starts the node as main.py does; prints each second how often it has looked after its parts, the
board's clock (us) and the state of its link."""

import asyncio
import time

from gongzhi_node import app, node

run = node.Node.run


async def tell(one):
    beats, before = 0, one.beat
    while True:
        await asyncio.sleep_ms(1000)
        beats += (one.beat - before) & 0xFFFF
        before = one.beat
        print("beats", beats, time.ticks_us(), one.link.state)


async def told(self):
    asyncio.create_task(tell(self))
    await run(self)


node.Node.run = told
app.run()
