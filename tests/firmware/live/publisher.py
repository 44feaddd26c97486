"""Takes a port, a number of messages and the ms between them; publishes them at QoS 1 to what it subscribes itself."""

import asyncio
import json
import sys

from gongzhi_node import mqtt
from gongzhi_node.ports import now, sleep_ms
from gongzhi_node.wire import diff


async def main(port, count, pause):
    got = []
    client = mqtt.Client("publisher", "127.0.0.1", port, seed=7, subs=(b"echo/#",))
    client.on_message = lambda topic, payload, retained: got.append(int(payload))
    task = asyncio.create_task(client.run())
    begun = now()
    while not client.up:
        assert diff(now(), begun) < 20000, client.why
        await sleep_ms(5)
    print("up")
    for i in range(count):
        while client.waiting() >= 32:
            await sleep_ms(1)
        client.publish(b"echo/n", b"%d" % i, 1)
        await sleep_ms(pause)
    begun = now()
    while client.waiting() and diff(now(), begun) < 20000:
        await sleep_ms(5)
    delivered = not client.waiting()
    while count - 1 not in got and diff(now(), begun) < 5000:
        await sleep_ms(5)
    client.stop()
    await task
    print(json.dumps({"delivered": delivered, "got": got, "dropped": client.dropped, "attempts": client.attempt}))


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
