"""Gives the tests of outages a node with Wi-Fi and a broker whose way can be cut, in a time that only they move."""

import asyncio

import machine
import network
from gongzhi_node import board, config, node
from gongzhi_node.ports import esp32
from support import settle
from test_node import World as Bare
from test_node import degrees

WIFI = [{"ssid": "hall", "key": "other123"}, {"ssid": "class", "key": "secret12"}]
LEASED_MS = 2000  # 1.5 s of lease, 0.5 s of hold
HOME_MS = 270  # from 90 degrees at 360 a second, and a tick


class World(Bare):
    """A node with Wi-Fi, its broker, its host, its time."""

    def __init__(self, parts=None, host="10.0.0.1", safe=False):
        network.air.clear()
        network.air.update({"class": "secret12"})
        del network.asked[:], network.power[:]
        super().__init__(parts)
        node.TICK_MS = 20
        for name in ("now", "sleep_ms"):
            setattr(esp32, name, getattr(self.time, name))
        doc = config.load("config.json")
        doc["mqtt"]["host"] = host
        self.board = board.Board(doc, range(6, 12), safe=safe)
        self.node = node.Node(self.board, "240ac4010203", 7, "power", esp32.Wifi(WIFI), self.dog, safe)
        self.restarts = []
        self.node.restart = lambda: self.restarts.append(self.time.t)

    async def start(self, clock=True):
        self.task = asyncio.create_task(self.node.run())
        await self.until(lambda: self.node.client.up, 16000)
        if clock:
            self.answer()
        await self.time.forward(1000)
        return self

    async def until(self, true, limit):
        """Let time pass until `true()`; how many ms it was (to 20)."""
        begun = self.time.t
        while not true():
            assert self.time.t - begun <= limit, "not within %d ms: %s" % (limit, self.node.client.why)
            await self.time.forward(20)
        return self.time.t - begun

    def slowly(self, ms=1000):
        """Look after the parts less often, for a test of many minutes."""
        node.TICK_MS = ms

    async def press(self, times=1):
        for _ in range(times):
            machine.levels[4] = 0
            await self.time.forward(60)
            machine.levels[4] = 1
            await self.time.forward(60)

    def cut(self):
        """The way to the broker takes everything and gives nothing: neither side is told."""
        self.broker.hole = True
        self.broker.link.stuck = 1
        self.broker.acks = self.broker.pongs = False

    def mend(self):
        self.broker.hole = False
        self.broker.acks = self.broker.pongs = True

    async def back(self, limit):
        """Until connected again; ms."""
        await settle()
        return await self.until(lambda: self.node.client.up, limit)

    def events(self):
        """The numbers of the events that have arrived, in their order."""
        return [int(m["q"].split(":")[1]) for m in self.said("ev/button")]

    async def ends_at_safe(self):
        """The act goes on for its lease and then ends, whatever has happened."""
        await self.time.forward(LEASED_MS - 100)
        assert abs(degrees() - 90) < 0.1, "the outage alone moves nothing"
        await self.time.forward(100 + HOME_MS)
        assert abs(degrees()) < 0.1


async def acting():
    """A world in which the gate stands open by a command given just now."""
    w = await World().start()
    assert w.node.link.state == "run"
    assert await w.command() is None
    await w.time.forward(400)
    assert await w.command(renew=1) is None
    return w
