"""The whole node over a serial line: a gateway that does as the test tells it, in a time that the test moves."""

import asyncio
import json

import machine
from gongzhi_node import board, config, line, node, stops, usb, voice, way
from support import Time, cancelled, settle

PARTS = [{"ch": "gate", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 0, "on_loss": ["hold", 500]}]
BASE = "v1/local/gate01/door"


class Console:
    """The line as a gateway sees it."""

    def __init__(self, time):
        self.time = time
        self.typed, self.frames = b"", []
        self._in = line.Splitter(b"u", lambda *found: self.frames.append(found))
        self.deaf = False

    def read(self, most=64):
        data, self.typed = self.typed[:most], self.typed[most:]
        return data

    def write(self, data):
        if not self.deaf:
            self._in.feed(bytes(data))


class World:
    def __init__(self):
        machine.reset_world()
        self.time = Time((usb, node, stops, voice))
        self.console = Console(self.time)
        doc = {"v": 1, "space": "local", "team": "gate01", "device": "door", "link": "serial", "parts": PARTS}
        config.check_net(doc)
        old, way.client = way.client, self._client
        self.node = node.Node(board.Board(dict(doc)), "240ac4010203", 7, "power")
        way.client = old
        self.seq = 0

    def _client(self, doc, cid, base, chip, subs):
        assert doc["link"] == "serial"
        return usb.Client({"id": cid, "base": base, "chip": chip}, subs, self.console)

    async def start(self):
        self.task = asyncio.create_task(self.node.run())
        await self.time.forward(50)
        return self

    def gateway(self, kind, body=b"", seq=0):
        self.console.typed += line.frame("d", kind, seq, body)

    async def greet(self, session=b"s1"):
        self.seq = 0
        self.gateway("H", session)
        await self.time.forward(200)
        self.send(b"")
        await self.time.forward(100)

    def send(self, body):
        self.gateway("D", body, self.seq)
        self.seq += 1

    async def listen(self, ms):
        """Let time pass, and acknowledge as a gateway does."""
        for _ in range(ms // 50):
            numbers = [seq for kind, seq, _ in self.console.frames if kind == "D"]
            self.gateway("A", b"", max(numbers) if numbers else 0xFFFF)
            await self.time.forward(50)

    def said(self, what):
        out = []
        for kind, _, body in self.console.frames:
            if kind in ("D", "N"):
                topic, flag, payload = body.split(b" ", 2)
                if topic == ("%s/up/%s" % (BASE, what)).encode():
                    out.append((flag, json.loads(payload)))
        return out

    async def end(self):
        await cancelled(self.task)


async def test_it_says_who_it_is_then_everything_once_the_broker_is_there():
    world = await World().start()
    assert world.console.frames == [], "a line without a gateway stays quiet"
    world.gateway("H", b"s1")
    await world.time.forward(200)
    hello = json.loads([body for kind, _, body in world.console.frames if kind == "H"][0])
    assert (hello["id"], hello["base"], hello["s"]) == ("local-gate01-door", BASE, "s1")
    assert hello["will"][0] == BASE + "/up/online"
    assert json.loads(hello["will"][1])["on"] == 0
    assert "v1/local/_all/down/stop" in hello["subs"]
    assert world.said("online") == [] and not world.node.client.up
    world.send(b"")
    await world.listen(2000)
    assert world.node.client.up
    flag, online = world.said("online")[0]
    assert (flag, online["on"], online["sid"]) == (b"r", 1, json.loads(hello["will"][1])["sid"])
    assert world.said("meta") and world.said("state/gate")
    await world.end()


async def test_a_command_is_obeyed_once_though_it_comes_twice():
    world = await World().start()
    await world.greet()
    b = world.said("clock")[-1][1]["b"]
    world.send(b'%s/down/clock - {"v":1,"b":%d,"h":%d}' % (BASE.encode(), b, world.time.t))
    await world.listen(200)
    order = {"v": 1, "id": "c-1", "ep": 1, "op": "servo.set", "ch": "gate", "a": {"angle": 90}, "t": world.time.t}
    order.update(ttl=1500, dec="d")
    body = ("%s/down/cmd - %s" % (BASE, json.dumps(order))).encode()
    world.gateway("D", body, world.seq)
    world.gateway("D", body, world.seq)
    world.seq += 1
    await world.listen(500)
    assert [ack["err"] for _, ack in world.said("ack")] == [None]
    assert world.said("state/gate")[-1][1]["d"] == {"angle": 90}
    world.send(b"v1/local/_all/down/stop - x")
    await world.listen(500)
    assert world.said("state/gate")[-1][1]["by"] == "stop"
    await world.end()


async def test_a_gateway_that_falls_silent_is_a_broker_that_is_lost():
    world = await World().start()
    await world.greet()
    await world.listen(500)
    assert world.node.client.up
    await world.time.forward(line.SILENT_MS + 200)
    assert not world.node.client.up
    assert world.node.client.why == "silent"
    world.console.frames.clear()
    world.gateway("A")
    await world.time.forward(100)
    assert [kind for kind, _, _ in world.console.frames] == ["R"], "it asks to be greeted anew"
    await world.greet(b"s2")
    await world.listen(1000)
    assert world.said("online")[-1][1]["sid"].endswith("-2")
    assert world.said("online")[-1][1]["why"] == "silent"
    await world.end()


async def test_a_gateway_that_leaves_in_order_is_missed_at_once():
    world = await World().start()
    await world.greet()
    world.gateway("B")
    await world.time.forward(50)
    assert (world.node.client.up, world.node.client.why) == (False, "closed")
    await world.end()


async def test_an_event_outlives_the_loss_of_the_line():
    world = await World().start()
    await world.greet()
    await world.listen(1000)
    world.console.deaf = True
    world.node.voice.event("gate", "fault")
    await world.time.forward(line.SILENT_MS + 500)
    world.console.deaf = False
    world.console.frames.clear()
    await world.greet(b"s2")
    await world.listen(1000)
    assert len(world.said("ev/gate")) == 1
    await world.end()


async def test_noise_and_a_hello_heard_twice_change_nothing():
    world = await World().start()
    await world.greet()
    await world.listen(500)
    attempt = world.node.client.attempt
    world.console.typed += bytes(n for n in range(256) if n != 3) * 20 + b"\n"
    world.gateway("H", b"s1")
    await world.listen(1000)
    assert (world.node.client.up, world.node.client.attempt) == (True, attempt)
    await settle()
    await world.end()


async def test_a_message_that_breaks_something_does_not_end_the_line():
    world = await World().start()
    await world.greet()
    client = world.node.client
    heed, client.on_message = client.on_message, lambda *said: 1 // 0
    world.send(b"v1/x - y")
    await world.time.forward(100)
    assert (client.errors, client.up) == (1, True)
    client.on_message = heed
    world.send(b"v1/local/gate01/door/down/cmd - {")
    await world.listen(500)
    assert world.said("ack")[-1][1]["err"] == "form", "it is heard again"
    await world.end()


async def test_without_a_gateway_nothing_is_kept_that_is_for_the_moment():
    world = World()
    client = world.node.client
    assert client.publish(b"a/s", b"1") is False and client.skipped == 1
    assert client.publish(b"a/state", b"1", 1, True, False) == 0 and client.waiting() == 0
    assert client.publish(b"a/ev", b"1", 1) and client.waiting() == 1
    client.stop()
    await client.run()  # ends at once


def test_a_link_that_is_none_is_refused():
    doc = {"v": 1, "space": "local", "team": "t", "device": "d", "link": "radio"}
    try:
        config.check_net(doc)
    except config.Bad as bad:
        assert (bad.code, bad.at) == ("link", "link")
    else:
        raise AssertionError("taken")
