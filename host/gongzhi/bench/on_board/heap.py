"""Takes config.json here and what to do; runs the node. `live`: prints what it holds and wastes, in bytes, as JSON;
`min`: ends well when it has been connected for 2 s; `pin`: runs until it is killed."""

import asyncio
import gc
import json
import sys

import machine  # noqa: F401  (its own bytes are not the node's)

# What the ESP32 has frozen in its flash is loaded before the counting begins.
_ = asyncio.Event, asyncio.StreamWriter, asyncio.wait_for_ms
WHAT = sys.argv[1]
if len(sys.argv) > 2:
    import vfs

    with open(sys.argv[2], "rb") as f:  # as the flash of a board, this image is no part of its heap
        vfs.mount(vfs.VfsRom(f.read()), "/rom")
    sys.path.insert(0, "/rom")


def used():
    gc.collect()
    return gc.mem_alloc()


BEGIN = used()
IDLE_S = 6
from gongzhi_node import board  # noqa: E402

found = board.start()
from gongzhi_node import node  # noqa: E402


async def main():
    made = node.Node(found, "240ac4010203", 1)
    task = asyncio.create_task(made.run())
    while made.clock._left or made.clock.offset is None or made.client.waiting():
        await asyncio.sleep(0.1)
    if WHAT == "pin":
        print("ready")
        await task
    if WHAT == "min":
        await asyncio.sleep(2)
        assert (made.client.up, made.restarts, made.client.attempt) == (True, 0, 1)
        print("{}")
        return
    live = used() - BEGIN
    made.voice.report = lambda t: None
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    await asyncio.sleep(IDLE_S)
    print(json.dumps({"live": live, "idle": (gc.mem_alloc() - before) // IDLE_S}))


asyncio.run(main())
