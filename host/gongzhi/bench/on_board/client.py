"""Takes a port, the name of a client's module and what to do, gives JSON. `speed`: round trips and acknowledged
messages a second; `outage`: a numbered message every 200 ms for so many seconds, and how many they were."""

import asyncio
import json
import sys
import time

PORT, MODULE, WHAT = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ROUNDS, MESSAGES, WINDOW = 300, 6000, 24
PAYLOAD = b"x" * 32
Client = __import__(MODULE, None, None, ("Client",)).Client


async def up():
    client = Client("bench-node", "127.0.0.1", PORT, subs=(b"bench/echo",))
    asyncio.create_task(client.run())
    while not client.up:
        await asyncio.sleep_ms(5)
    return client


async def speed():
    client = await up()
    back, trips = asyncio.Event(), []
    client.on_message = lambda topic, payload, retained: back.set()
    for _ in range(ROUNDS):
        back.clear()
        begin = time.ticks_us()
        client.publish(b"bench/echo", PAYLOAD, 1)
        await back.wait()
        trips.append(time.ticks_diff(time.ticks_us(), begin))
    while client.waiting():
        await asyncio.sleep_ms(1)
    begin = time.ticks_us()
    for _ in range(MESSAGES):
        while client.waiting() >= WINDOW:
            await asyncio.sleep_ms(0)
        client.publish(b"bench/n", PAYLOAD, 1)
    while client.waiting():
        await asyncio.sleep_ms(0)
    took = time.ticks_diff(time.ticks_us(), begin)
    trips.sort()
    print(json.dumps({"rtt_us": trips[ROUNDS // 2], "rate": MESSAGES * 1000000 // took}))


async def outage(seconds):
    client = await up()
    for number in range(seconds * 5):
        client.publish(b"bench/n", b"%d" % number, 1)
        await asyncio.sleep_ms(200)
    end = time.ticks_ms()
    while client.waiting() and time.ticks_diff(time.ticks_ms(), end) < 10000:
        await asyncio.sleep_ms(20)
    print(json.dumps({"sent": seconds * 5}))


asyncio.run(speed() if WHAT == "speed" else outage(int(sys.argv[4])))
