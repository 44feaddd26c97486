"""Takes endure.json, starts the node as main.py does; prints each minute how much of the heap is held, after all that
nobody holds has been collected.

`alone`: without sockets, in time that jumps; a host in the board's own memory gives a command a second, presses the
button and goes away for 20 s in every five minutes. `leak`: bytes that each tenth command leaves behind.
"""

import asyncio
import gc
import json

import _board
import _layout as lay
import gongzhi_node.ports  # noqa: F401
from gongzhi_node import app

with open("endure.json") as f:
    ask = json.load(f)
if ask["alone"]:
    import jump
from gongzhi_node import node, wire  # noqa: E402
from gongzhi_node.packets import publish_packet  # noqa: E402

GOALS = (
    ("arm", "servo", "angle", 180),
    ("lamp", "led", "level", 1),
    ("stripe", "rgb", "rgb", 255),
    ("horn", "buzzer", "tone", 900),
)
KEY = 4
kept, heard = [], [0]
run, heed = node.Node.run, node.Node._command


def command(self, payload, retained):
    heard[0] += 1
    if ask["leak"] and heard[0] % 10 == 0:
        kept.append(bytearray(ask["leak"]))
    heed(self, payload, retained)


async def watch(one):
    """A line a minute: which minute, bytes held, bytes free, exceptions caught, commands heard."""
    minute = 0
    while True:
        await app.sleep_ms(60000)
        minute += 1
        while not one.client.up or one.client.waiting():
            await app.sleep_ms(100)
        gc.collect()
        wrong = one.restarts + one.client.errors
        print("level", minute, gc.mem_alloc(), gc.mem_free(), wrong, heard[0])
        if minute >= ask["minutes"]:
            print("over")


class Room:
    """A broker and a host in memory: both answer at once."""

    def __init__(self):
        self.there, self.link = True, None
        self.commands = 0

    def packet(self, link, buf):
        kind = buf[0]
        if kind == 0x10:
            link.feed(b"\x20\x02\0\0")
        elif kind == 0x82:
            link.feed(b"\x90\x07" + bytes(buf[2:4]) + b"\1\1\1\1\1")
        elif kind == 0xC0:
            link.feed(b"\xd0\0")
        elif kind & 0xF0 == 0x30:
            at = 2 if buf[1] < 128 else 3
            body = at + 2 + (buf[at] << 8 | buf[at + 1])
            if kind & 6:
                link.feed(b"\x40\x02" + bytes(buf[body : body + 2]))
            elif bytes(buf[body - 5 : body]) == b"clock":
                asked = wire.unpack(bytes(buf[body:]))["b"]
                link.feed(self.message("clock", {"b": asked, "h": jump.now()}))

    def message(self, what, m):
        return bytes(
            publish_packet(("v1/local/team/dev/down/" + what).encode(), wire.pack(m), 0 if what == "clock" else 1, 0, 7)
        )

    async def teach(self):
        """A command a second, the button now and then, an outage in every five minutes."""
        key = lay.PINS + 16 * KEY
        while True:
            await jump.sleep_ms(1000)
            n = self.commands = self.commands + 1
            _board.regs[key + lay.LEVEL], _board.regs[key + lay.DRIVEN] = n & 1, 1
            if n % 300 > 280:
                self.there = False
                if self.link:
                    self.link.end()
                continue
            self.there = True
            name, kind, prop, high = GOALS[n & 3]
            m = {
                "id": "c-%07d" % n, "ep": 1, "op": kind + ".set", "ch": name, "a": {prop: n // 4 % 2 * high},
                "t": jump.now(), "ttl": 1500, "dec": "d",
            }  # fmt: skip
            if self.link and not self.link.ended:
                self.link.feed(self.message("cmd", m))


async def started(self):
    tasks = [asyncio.create_task(watch(self))]
    if ask["alone"]:
        tasks.append(asyncio.create_task(jump.Link.broker.teach()))
    await run(self)


if ask["alone"]:
    jump.Link.broker = Room()
node.Node.run, node.Node._command = started, command
app.run()
