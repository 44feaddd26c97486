"""Takes config.json in the current folder, gives one JSON line: what the connected node holds and wastes, in bytes."""

import asyncio
import gc
import json
import sys

import machine  # noqa: F401  (the stand-ins' own bytes are not the node's)
import network  # noqa: F401

# What the ESP32 has frozen in its flash is loaded before the counting begins.
_ = asyncio.Event, asyncio.StreamWriter, asyncio.wait_for_ms  # type: ignore[attr-defined]


def used():
    gc.collect()
    return gc.mem_alloc()


if len(sys.argv) > 1:
    import vfs

    with open(sys.argv[1], "rb") as f:  # as the flash of a board, this image is no part of its heap
        vfs.mount(vfs.VfsRom(f.read()), "/rom")
    sys.path.insert(0, "/rom")

IDLE_S = 6
begin = used()
from gongzhi_node import board  # noqa: E402

found = board.start()
parts = used() - begin
from gongzhi_node import node  # noqa: E402

code = used() - begin


async def idle():
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    await asyncio.sleep(IDLE_S)
    wasted = gc.mem_alloc() - before
    gc.enable()
    return wasted // IDLE_S


async def main():
    made = node.Node(found, "240ac4010203", 1)
    task = asyncio.create_task(made.run())
    # Connected, everything told, the round of three questions of the clock over.
    while made.clock._left or made.clock.offset is None or made.client.waiting():  # noqa: ASYNC110
        await asyncio.sleep(0.3)
    live = used() - begin
    made.voice.report = lambda t: None
    quiet = await idle()
    sent = []
    send = made.client.publish
    made.client.publish = lambda *m, **o: sent.append(0)
    del made.voice.report
    message = 0
    for _ in range(2):  # the first one makes what stays
        made.voice._told_all = made.voice._told = 0
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        made.voice.report(10000)
        message = gc.mem_alloc() - before
        gc.enable()
    made.client.publish = send
    task.cancel()
    print(json.dumps({
        "parts": parts, "code": code, "live": live, "idle_per_s": quiet, "telemetry": message, "told": len(sent),
        "heap": gc.mem_alloc() + gc.mem_free(), "free": (gc.collect(), gc.mem_free())[1],
    }))  # fmt: skip


asyncio.run(main())
