"""The whole node: messages in, pins and messages out, in a time that the test moves, without sockets."""

import asyncio
import gc
import json
import os
import sys

import machine
from gongzhi_node import board, config, mqtt, node, stops, voice
from support import Broker, Time, cancelled, settle

BASE = b"v1/local/gate01/door/"
STOP = b"v1/local/_all/down/stop"
HOST = 700000  # the host's clock is so far ahead of the board's
PARTS = [
    {"ch": "gate", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 0, "on_loss": ["hold", 500], "slew": 360},
    {"ch": "lamp", "kind": "led", "pin": 2, "lo": 0, "hi": 1, "safe": 0, "on_loss": ["safe"]},
    {"ch": "button", "kind": "button", "pin": 4, "pull": "up", "stops": 1},
]


class Dog:
    def __init__(self):
        self.fed = 0

    def feed(self):
        self.fed += 1


class World:
    """A node, its broker, its host, its time."""

    def __init__(self, parts=None):
        machine.reset_world()
        self.time = Time((mqtt, node, stops, voice))
        self.broker = Broker(self.time)
        doc = {"v": 1, "space": "local", "team": "gate01", "device": "door", "mqtt": {"host": "10.0.0.1"}}
        doc["parts"] = [dict(spec) for spec in (PARTS if parts is None else parts)]
        config.store(doc, "config.json")
        self.dog = Dog()
        self.board = board.Board(doc, range(6, 12))
        self.node = node.Node(self.board, "240ac4010203", 7, "power", None, self.dog)
        self.n = 0

    async def start(self, clock=True):
        self.task = asyncio.create_task(self.node.run())
        await settle()
        if clock:
            self.answer()
            await settle()
        return self

    async def end(self):
        await cancelled(self.task)
        await settle()

    def answer(self):
        """The host's answer to the last question of the clock."""
        b = self.said("clock")[-1]["b"]
        self.down("clock", {"b": b, "h": b + HOST})

    def down(self, what, message, retain=0):
        message["v"] = 1
        self.broker.send(BASE + b"down/" + what.encode(), json.dumps(message).encode(), 1, retain)

    def said(self, what):
        """All messages published so far under up/`what`."""
        topic = BASE + b"up/" + what.encode()
        return [json.loads(p[3]) for p in self.broker.publishes() if p[1] == topic]

    async def command(self, op="servo.set", ch="gate", **change):
        """Send a command; the acknowledgement's code."""
        self.n += 1
        m = {"id": "c-%d" % self.n, "ep": 1, "op": op, "ch": ch, "a": {}, "t": self.time.now() + HOST, "ttl": 1500}
        m["dec"] = "d-1"
        if op == "servo.set":
            m["a"] = {"angle": 90}
        elif op == "led.set":
            m["a"] = {"level": 1}
        m.update(change)
        self.down("cmd", m)
        await settle()
        ack = self.said("ack")[-1]
        assert ack["id"] == m["id"] and ack["ok"] is (ack["err"] is None), ack
        return ack["err"]


def degrees():
    return (machine.duty[18] * 20000 / 65535 - 500) * 180 / 2000


async def test_says_who_it_is_and_how_it_stands():
    w = await World().start()
    topics = [p[1][len(BASE) :] for p in w.broker.publishes()]
    assert topics[:3] == [b"up/clock", b"up/online", b"up/meta"], topics
    assert set(topics[3:5]) == {b"up/state/gate", b"up/state/lamp"}, topics
    online = w.said("online")[0]
    assert online["on"] == 1 and online["boot"] == 7 and online["chip"] == "240ac4010203" and online["twin"] == 0
    assert online["cause"] == "power" and "cfg" not in online
    will = json.loads(w.broker.got[0][1].split(b"up/online")[1][2:].split(b"}")[0] + b"}")
    assert will == {"v": 1, "on": 0, "boot": 7, "sid": online["sid"]}, will
    gate = w.said("meta")[0]["ch"]["gate"]
    assert gate == {"kind": "servo", "prop": "angle", "unit": "deg", "lo": 0, "hi": 180, "out": 1}, gate
    assert w.said("meta")[0]["ch"]["button"]["out"] == 0
    assert w.said("state/gate")[0] == {"v": 1, "ch": "gate", "d": {"angle": 0}, "by": "boot", "ep": 0, "id": ""}
    w.broker.link.end()
    await w.time.forward(700)
    sids = [m["sid"] for m in w.said("online")]
    assert len(sids) == 2 and sids[0] != sids[1]
    await w.end()


async def test_a_command_moves_the_pin_at_once_and_is_told():
    w = await World().start()
    assert await w.command() is None
    assert degrees() > 0, "before any time has passed"
    state = w.said("state/gate")[-1]
    assert state == {"v": 1, "ch": "gate", "d": {"angle": 90}, "by": "cmd", "ep": 1, "id": "c-1"}, state
    await w.time.forward(400)
    assert abs(degrees() - 90) < 0.1
    assert await w.command("rest") is None
    assert w.said("state/gate")[-1]["by"] == "safe"
    await w.time.forward(400)
    assert abs(degrees()) < 0.1
    await w.end()


async def test_refuses_until_it_knows_the_time_then_asks_again():
    w = await World().start(clock=False)
    assert await w.command() == "clock"
    await w.time.forward(1000)
    assert len(w.said("clock")) >= 3 and 18 in machine.duty and abs(degrees()) < 0.1
    w.answer()
    await settle()
    assert await w.command() is None
    n = len(w.said("clock"))
    assert await w.command(t=w.time.now() + HOST - 5000) == "old"
    await w.time.forward(600)
    assert len(w.said("clock")) == n + 3
    w.down("clock", {"h": 5})  # a host that has just started
    await w.time.forward(600)
    assert len(w.said("clock")) == n + 6
    await w.end()


async def test_what_is_refused_moves_nothing():
    w = await World().start()
    writes = len(machine.writes)
    assert await w.command(a={"angle": 181}) == "range" and await w.command(ch="roof") == "channel"
    assert (
        await w.command("led.set") == "op" and await w.command(ch="button") == "op" and await w.command(ep=-1) == "form"
    )
    m = {
        "id": "r-1",
        "ep": 1,
        "op": "servo.set",
        "ch": "gate",
        "a": {"angle": 90},
        "t": w.time.now() + HOST,
        "ttl": 1500,
    }
    w.down("cmd", dict(m, dec="d"), retain=1)
    await settle()
    assert w.said("ack")[-1]["err"] == "old", "an order that was left lying about"
    for junk in (b"", b"{", b"[]", b'{"v":3}', b'{"v":1}', b'{"v":1,"id":{}}'):
        w.broker.send(BASE + b"down/cmd", junk)
        await settle()
        assert w.said("ack")[-1]["err"] in ("form", "version"), junk
    assert len(machine.writes) == writes and w.node.client.up and w.node.client.errors == 0
    await w.end()


async def test_a_standing_command_is_renewed_and_told_once():
    w = await World().start()
    await w.command()
    told = len(w.said("state/gate"))
    for _ in range(6):
        await w.time.forward(500)
        assert await w.command(renew=1) is None
    assert abs(degrees() - 90) < 0.1 and len(w.said("state/gate")) == told
    await w.time.forward(1990)
    assert abs(degrees() - 90) < 0.1
    await w.time.forward(400)
    assert abs(degrees()) < 0.1, "1500 ms of lease, 500 ms of hold, 250 ms of way"
    assert w.said("state/gate")[-1]["by"] == "lease"
    assert await w.command(renew=1) == "lease"
    await w.end()


async def test_case_13_a_lost_link_ends_the_act_by_its_lease_only():
    w = await World().start()
    await w.command()
    await w.command("led.set", "lamp")
    w.broker.refuse = True
    w.broker.link.end()
    await w.time.forward(1400)
    assert abs(degrees() - 90) < 0.1 and machine.duty[2] == 65535, "the link alone changes nothing"
    await w.time.forward(200)
    assert abs(degrees() - 90) < 0.1 and machine.duty[2] == 0
    await w.time.forward(1000)
    assert abs(degrees()) < 0.1
    w.broker.refuse = False
    w.broker.got = []
    await w.time.forward(2000)
    assert w.said("state/gate")[-1]["by"] == "loss" and w.said("state/lamp")[-1]["d"] == {"level": 0}
    await w.end()


async def test_a_repeated_command_is_answered_and_not_repeated():
    w = await World().start()
    assert await w.command(id="same") is None
    await w.time.forward(300)
    assert await w.command("rest") is None
    await w.time.forward(400)
    assert await w.command(id="same") is None
    await w.time.forward(400)
    assert abs(degrees()) < 0.1
    await w.end()


async def test_stop_is_at_once_latched_and_not_undone_by_repetition():
    w = await World().start()
    await w.command(ep=3)
    await w.command("led.set", "lamp", ep=3)
    await w.time.forward(300)
    assert await w.command("stop", "*", id="s", ep=3, a=None, t=None, ttl=None, dec=None) is None
    assert machine.duty[2] == 0 and degrees() < 90
    assert w.said("state/gate")[-1]["by"] == "stop" and w.said("state/lamp")[-1]["id"] == "s"
    await w.time.forward(400)
    assert abs(degrees()) < 0.1
    assert await w.command(ep=3) == "stopped" and await w.command("led.set", "lamp", ep=3) == "stopped"
    assert await w.command(ep=4) is None
    assert await w.command("stop", "*", id="s") is None
    await w.time.forward(300)
    assert abs(degrees() - 90) < 0.1, "the same stop again"
    await w.end()


async def test_the_teachers_stop_is_obeyed_whatever_it_says():
    for payload in (b'{"v":1,"id":"t-1","ep":9}', b"{}", b"stop", b"\xff", b'{"v":9,"op":"go"}', b'{"v":1,"ch":[]}'):
        w = await World().start()
        await w.command(ep=3)
        await w.time.forward(300)
        w.broker.send(STOP, b"")
        await settle()
        assert degrees() > 89, "an empty message clears a retained one"
        w.broker.send(STOP, payload, 1, 1)
        await w.time.forward(400)
        assert abs(degrees()) < 0.1, payload
        assert await w.command(ep=3) == "stopped" and w.node.client.errors == 0, payload
        w.broker.send(STOP, b'{"v":1,"id":"t-2"}', 1, 1)
        await settle()
        assert w.said("state/gate")[-1]["id"] == "t-2"
        assert await w.command("stop", "*", ep=20, dec="t-2") is None and await w.command(ep=21) is None
        for n in range(40):  # more orders than the guard remembers
            w.n += 1
            w.node.guard.remember("c-%d" % w.n, None)
        w.broker.send(STOP, b'{"v":1,"id":"t-2"}', 1, 1)
        assert await w.command(ep=22) is None, "with each connection it comes again, and is obeyed once"
        await w.end()


async def test_a_held_button_stops_the_board_with_or_without_a_host():
    for there in (True, False):
        w = await World().start()
        await w.command(ep=3, ttl=60000)
        await w.command("led.set", "lamp", ep=3, ttl=60000)
        await w.time.forward(300)
        if not there:
            w.broker.connack = 3
            w.broker.link.end()
            await w.time.forward(100)
        machine.levels[4] = 0
        await w.time.forward(2960)
        assert degrees() > 89 and machine.duty[2] == 65535, "not yet"
        await w.time.forward(90)  # 3 s, and 50 ms
        assert machine.duty[2] == 0 and degrees() < 89, "at safe, or on its ramp to it"
        machine.levels[4] = 1
        await w.time.forward(70000 if not there else 1000)
        assert machine.duty[2] == 0 and abs(degrees()) < 0.1
        w.broker.connack = 0
        await w.time.forward(60000 if not there else 0)
        assert w.node.client.up
        w.answer()
        await settle()
        if there:
            order = [p[1][len(BASE) :] for p in w.broker.publishes() if b"/up/ev/" in p[1] or b"/up/state/" in p[1]]
            assert order[-3] == b"up/ev/button" and w.said("ev/button")[-1]["ev"] == "hold3", order
        state = w.said("state/gate")[-1]
        assert state["by"] == "stop" and state["id"] and w.said("state/lamp")[-1]["id"] == state["id"], state
        assert await w.command(ep=9) == "stopped", "whatever was under way"
        assert await w.command("stop", "*", ep=9) is None and await w.command(ep=10) == "stopped"
        assert w.said("state/gate")[-1]["id"] == state["id"], "whoever comes later can hear of it, too"
        assert await w.command("stop", "*", ep=11, dec=state["id"]) is None
        assert await w.command(ep=11) == "stopped" and await w.command(ep=12) is None
        await w.end()


async def test_a_held_button_that_answers_for_nobody_stops_nothing():
    w = await World(PARTS[:2] + [{"ch": "button", "kind": "button", "pin": 4}]).start()
    await w.command("led.set", "lamp", ttl=60000)
    await w.time.forward(100)
    machine.levels[4] = 0
    await w.time.forward(3100)
    assert machine.duty[2] == 65535 and w.said("ev/button")[-1]["ev"] == "hold3"
    await w.end()


async def test_case_17_after_a_power_dip_it_is_at_safe_and_does_nothing_from_before():
    w = await World().start()
    assert await w.command() is None
    await w.time.forward(300)
    assert abs(degrees() - 90) < 0.1
    await w.end()
    w = await World().start(clock=False)  # no memory of epochs, stops and ids
    assert abs(degrees()) < 0.1 and w.said("state/gate")[-1]["by"] == "boot"
    assert await w.command() == "clock"
    w.down("cmd", {"id": "lies", "ep": 1, "op": "servo.set", "ch": "gate", "a": {"angle": 90}}, 1)
    await settle()
    assert w.said("ack")[-1]["err"] == "old", "nobody may leave an order lying about"
    w.answer()
    await settle()
    assert await w.command(t=w.time.now() + HOST - 1501) == "old"
    assert abs(degrees()) < 0.1 and await w.command(ep=2) is None
    assert await w.command(ep=1) == "epoch"
    await w.end()


async def test_case_19_a_persons_order_ends_the_agents_motion_within_50_ms():
    w = await World().start()
    await w.command(a={"angle": 180})
    await w.time.forward(250)  # 360 degrees a second
    at = degrees()
    assert 80 < at < 100
    assert await w.command(ep=2, dec="", a={"angle": 30}) is None
    assert await w.command(ep=1, renew=1, a={"angle": 180}) == "epoch", "the agent's renewal that was on its way"
    high = at
    for _ in range(10):
        await w.time.forward(5)
        high = max(high, degrees())
    assert high <= at + 360 * 0.02 and degrees() < at, "no further than one tick, and on the way to the person's value"
    await w.time.forward(300)
    assert abs(degrees() - 30) < 0.1
    await w.end()


async def test_case_19_taken_where_it_is_it_stays_there():
    w = await World().start()
    await w.command(a={"angle": 180})
    await w.time.forward(250)
    at = degrees()
    assert await w.command(ep=2, dec="", a={"angle": round(at)}) is None
    await w.time.forward(50)
    assert abs(degrees() - round(at)) < 0.1
    await w.time.forward(400)
    assert abs(degrees() - round(at)) < 0.1
    await w.end()


async def test_a_part_that_raises_is_alone():
    w = await World().start()
    await w.command("led.set", "lamp")
    machine.broken.append(18)
    assert await w.command() == "fault"
    event = w.said("ev/gate")[-1]
    assert event["ev"] == "fault" and "OSError" in event["why"], event
    assert w.said("state/gate")[-1]["by"] == "fault" and w.said("state/gate")[-1]["d"] == {"angle": 0}
    assert machine.duty[2] == 65535 and w.node.restarts == 0
    assert await w.command("led.set", "lamp", a={"level": 0}) is None
    del machine.broken[:]
    assert await w.command() is None
    await w.time.forward(100)
    machine.broken.append(18)  # now on its way
    await w.time.forward(1000)
    assert len(w.said("ev/gate")) == 2, "told once, not at every tick"
    assert await w.command("stop", "*") is None and w.node.restarts == 0
    await w.end()


async def test_telemetry():
    w = await World().start()
    await w.time.forward(100)
    first = w.said("s")
    assert len(first) == 1 and sorted(first[0]["d"]) == ["button", "gate", "lamp"], first
    await w.time.forward(4800)
    assert len(w.said("s")) == 1
    await w.command()
    await w.time.forward(400)
    moved = w.said("s")[1:]
    assert 3 <= len(moved) <= 5 and moved[-1]["d"]["gate"] == 90, moved
    assert [m["s"] for m in w.said("s")] == list(range(1, len(moved) + 2))
    await w.end()


async def test_an_input_that_has_failed_says_nothing_until_it_is_well():
    w = await World().start()
    await w.time.forward(100)
    button = w.node.board.parts["button"]
    well = button.tick

    def broken(t):
        raise OSError(5)

    button.tick = broken
    await w.time.forward(5200)
    assert w.said("ev/button")[-1]["ev"] == "fault"
    assert sorted(w.said("s")[-1]["d"]) == ["gate", "lamp"], w.said("s")[-1]
    button.tick = well
    await w.time.forward(5200)
    assert sorted(w.said("s")[-1]["d"]) == ["button", "gate", "lamp"]
    await w.end()


async def press(w, ms):
    machine.levels[4] = 0
    await w.time.forward(ms)
    machine.levels[4] = 1
    await w.time.forward(100)


async def test_events_also_of_an_outage():
    w = await World().start()
    await w.time.forward(100)
    await press(w, 200)
    await press(w, 1500)
    await press(w, 3500)
    said = w.said("ev/button")
    assert [m["ev"] for m in said] == ["press", "hold1", "hold3"] and [m["q"] for m in said] == ["7:1", "7:2", "7:3"]
    w.broker.refuse = True
    w.broker.link.end()
    await press(w, 200)
    w.broker.refuse = False
    await w.time.forward(2000)
    assert [m["q"] for m in w.said("ev/button")] == ["7:1", "7:2", "7:3", "7:4"]
    await w.end()


NEW = [dict(PARTS[0], pin=19, safe=10), {"ch": "bell", "kind": "buzzer", "pin": 5, "lo": 0, "hi": 5000, "safe": 0}]


async def test_a_new_configuration_is_stored_and_applied():
    w = await World().start()
    await w.command(ep=5)
    w.down("cfg", {"id": "cfg-1", "parts": NEW}, retain=1)
    await settle()
    ack = w.said("ack")[-1]
    assert ack["id"] == "cfg-1" and ack["ok"], ack
    assert 18 not in machine.duty and 2 not in machine.duty and machine.freq[19] == 50
    assert config.load("config.json")["parts"] == NEW
    assert sorted(w.said("meta")[-1]["ch"]) == ["bell", "gate"]
    cleared = [p for p in w.broker.publishes() if p[1] == BASE + b"up/state/lamp"][-1]
    assert cleared[3] == b"" and cleared[0] & 1, "its retained state is gone"
    assert w.said("state/gate")[-1]["d"] == {"angle": 10}
    assert await w.command(ep=4) == "epoch" and await w.command("buzzer.set", "bell", a={"tone": 440}) is None
    metas = len(w.said("meta"))
    w.down("cfg", {"parts": NEW}, retain=1)
    await settle()
    assert w.said("ack")[-1]["id"] == "cfg" and w.said("ack")[-1]["ok"] and len(w.said("meta")) == metas
    assert machine.duty[5] == 32768, "the same again disturbs nothing"
    await w.end()


async def test_a_wrong_configuration_is_refused_and_the_old_one_runs_on():
    w = await World().start()
    table = (
        ({"parts": [dict(PARTS[0], pin=6)]}, "used", "parts[0].pin"),
        ({"parts": [PARTS[1], dict(PARTS[0], pin=34)]}, "device", "parts[1]"),
        ({"parts": "x"}, "parts", "parts"),
        ({}, "parts", "parts"),
    )
    for message, why, at in table:
        await w.command()
        w.down("cfg", dict(message))
        await settle()
        ack = w.said("ack")[-1]
        assert (ack["ok"], ack["err"], ack["why"], ack["at"]) == (False, "cfg", why, at), ack
        assert config.load("config.json")["parts"] == PARTS
        assert await w.command() is None and degrees() > 0
    w.broker.send(BASE + b"down/cfg", b"{")
    await settle()
    assert w.said("ack")[-1]["why"] == "json"
    w.node.board.path = "no/such/folder/config.json"  # a flash that is full or broken
    w.down("cfg", {"parts": NEW})
    await settle()
    assert w.said("ack")[-1]["why"] == "file" and await w.command() is None
    assert sorted(w.node.guard.channels) == ["gate", "lamp"]
    await w.end()


async def test_a_flash_that_takes_no_more_leaves_the_old_configuration_running():
    w = await World().start()
    os.mkdir("config.json.new")  # where the new file is to be written
    try:
        await w.command()
        w.down("cfg", {"parts": NEW})
        await settle()
    finally:
        os.rmdir("config.json.new")
    ack = w.said("ack")[-1]
    assert (ack["ok"], ack["why"]) == (False, "file"), ack
    assert config.load("config.json")["parts"] == PARTS
    assert 19 not in machine.duty and 5 not in machine.duty, "the new parts have given their pins back"
    assert sorted(w.node.guard.channels) == ["gate", "lamp"]
    assert await w.command() is None and degrees() > 0
    await w.end()


async def test_a_board_without_valid_parts_can_be_told_better():
    w = await World(parts=[dict(PARTS[0], pin=6)]).start()
    assert w.said("online")[0]["cfg"] == "used parts[0].pin" and w.said("meta")[0]["ch"] == {}
    w.down("cfg", {"parts": NEW})
    await settle()
    assert w.said("ack")[-1]["ok"] and await w.command() is None
    await w.end()


async def test_a_twin_is_told():
    w = await World().start()
    for _ in range(3):
        w.broker.link.end()
        await w.time.forward(1300)
    await w.time.forward(38000)
    assert w.said("online")[-1]["twin"] == 1
    await w.time.forward(121000)
    assert w.said("online")[-1]["twin"] == 0
    await w.end()


async def test_the_dog_is_fed_while_the_parts_are_looked_after_and_only_then():
    w = await World().start()
    await w.time.forward(5000)
    assert 4 <= w.dog.fed <= 7
    await w.command("led.set", "lamp")
    real = w.node.guard.due

    def broken(t):
        raise MemoryError

    w.node.guard.due = broken
    await w.time.forward(100)
    assert machine.duty[2] == 0, "a node that cannot watch leases rests its parts"
    fed = w.dog.fed
    await w.time.forward(10000)
    assert w.dog.fed <= fed + 1 and w.node.restarts >= 5
    w.node.guard.due = real
    await w.time.forward(3000)
    assert w.dog.fed >= fed + 2 and await w.command() is None
    await w.end()


async def test_idle_ticks_allocate_nothing():
    if sys.implementation.name != "micropython":
        return  # CPython has no such figure
    w = await World().start()
    await w.time.forward(200)
    t = w.time.now()
    w.node.tick(t)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(100):
        w.node.tick(t)
    used = gc.mem_alloc() - before
    gc.enable()
    await w.end()
    assert used < 100, used
