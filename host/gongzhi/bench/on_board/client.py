"""Takes a port, the name of a client's module and what to do, gives JSON. `speed`: round trips and acknowledged
messages a second; `outage`: a numbered message every 200 ms for so many seconds, and how many there were to be."""

import asyncio
import json
import sys
import time

import peers

PORT, MODULE, WHAT = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ROUNDS, MESSAGES = 300, 6000
LIMIT_MS = 15000  # for either: a client that is slow shows it sooner
PAYLOAD = b"x" * 32


async def speed():
    client = await peers.started(MODULE, PORT, b"bench/echo")
    trips, end = [], time.ticks_ms() + LIMIT_MS
    while len(trips) < ROUNDS and time.ticks_ms() < end:
        begin = time.ticks_us()
        await client.publish(b"bench/echo", PAYLOAD)
        await client.heard()
        trips.append(time.ticks_diff(time.ticks_us(), begin))
    await client.settled()
    sent, end, begin = 0, time.ticks_ms() + LIMIT_MS, time.ticks_us()
    while sent < MESSAGES and time.ticks_ms() < end:
        await client.publish(b"bench/n", PAYLOAD)
        sent += 1
    await client.settled()
    took = time.ticks_diff(time.ticks_us(), begin)
    trips.sort()
    print(json.dumps({"rtt_us": trips[len(trips) // 2], "rate": sent * 1000000 // took}))


async def numbered(count):
    client = await peers.started(MODULE, PORT, b"bench/echo")
    for number in range(count):
        await client.publish(b"bench/n", b"%d" % number)
        await asyncio.sleep_ms(200)
    await client.settled()


async def outage(seconds):
    count = seconds * 5
    try:
        await asyncio.wait_for(numbered(count), seconds + 40)
    except Exception as error:  # it has given up: what it was still to send is lost
        sys.print_exception(error)
    print(json.dumps({"sent": count}))


asyncio.run(speed() if WHAT == "speed" else outage(int(sys.argv[4])))
