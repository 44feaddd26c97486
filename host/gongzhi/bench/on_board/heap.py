"""Takes config.json here and what to do; starts the node as main.py does. `live`: prints what it holds and wastes, in
bytes, as JSON; `min`: ends well when it has been connected for 2 s; `pin`: runs until it is killed."""

import asyncio
import gc
import json
import sys

import machine  # noqa: F401  (its own bytes are not the node's)
import network  # noqa: F401

# What the ESP32 has frozen in its flash is loaded before the counting begins.
_ = asyncio.Event, asyncio.StreamWriter, asyncio.wait_for_ms
WHAT = sys.argv[1]
if len(sys.argv) > 2:
    import vfs

    with open(sys.argv[2], "rb") as f:  # as the flash of a board, this image is no part of its heap
        vfs.mount(vfs.VfsRom(f.read()), "/rom")
    sys.path.insert(0, "/rom")
IDLE_S = 6
TELEMETRY = 10000  # ms; a moment at which all of it is due
# What has been measured, and the node; its places are made before the counting begins.
seen = {"node": None, "birth": None, "beat": -1, "begin": 0, "live": 0, "report": None, "before": 0}


def used():
    for _ in range(3):  # what one collection sets free may have held something else
        gc.collect()
    return gc.mem_alloc()


def begun():
    """The chip's watchdog is asked for just before there is a node: from then on we know it."""
    from gongzhi_node.node import Node

    seen["birth"] = Node.__init__
    Node.__init__ = init


def init(self, *words):
    seen["node"] = self
    seen["birth"](self, *words)


def fed():
    """The node feeds its watchdog once a second: no task of ours is among what is measured."""
    node = seen["node"]
    if node.clock._left or node.clock.offset is None or node.client.waiting():
        return
    seen["beat"] += 1
    if WHAT == "pin":
        print("ready" if not seen["beat"] else "")
    elif WHAT == "min" and seen["beat"] == 2:
        assert (node.client.up, node.restarts, node.client.attempt) == (True, 0, 1)
        print("{}")
        sys.exit()
    elif WHAT == "live":
        measure(node, seen["beat"])


def measure(node, beat):
    if beat == 0:
        seen["live"] = used() - seen["begin"]
        seen["report"] = node.voice.report
        node.voice.report = lambda t: None
        gc.collect()
        gc.disable()
        seen["before"] = gc.mem_alloc()
    elif beat == IDLE_S:
        idle = (gc.mem_alloc() - seen["before"]) // IDLE_S
        sent = []
        node.client.publish = lambda *words: sent.append(0)
        for _ in range(2):  # the first one makes what stays
            node.voice._told_all = node.voice._told = 0
            gc.collect()
            before = gc.mem_alloc()
            seen["report"](TELEMETRY)
            message = gc.mem_alloc() - before
        gc.collect()
        print(
            json.dumps({
                "live": seen["live"], "idle": idle, "telemetry": message, "told": len(sent), "free": gc.mem_free(),
                "parts": len(node.board.all), "modules": list(sys.modules),
            })
        )  # fmt: skip
        sys.exit()


machine.begun, machine.fed = begun, fed
seen["begin"] = used()
import slots  # noqa: E402

where, trial = slots.choose()
assert (where, trial) == ("", 0)
del slots, sys.modules["slots"]
from gongzhi_node import app  # noqa: E402

app.run(trial)
