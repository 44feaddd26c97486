"""The outage matrix: for each fault what the outputs did, what was lost (counted, never silent) and how long it took.

In a time that only the test moves and without sockets: minutes of it pass in milliseconds.
"""

import asyncio
import json

import machine
import network
from gongzhi_node import boots, mdns, mqtt, node
from outages import LEASED_MS, World, acting
from support import cancelled, settle
from test_node import BASE, NEW, PARTS, degrees


async def test_broker_killed():
    w = await acting()
    w.broker.refuse = True
    w.broker.link.end()
    await w.press(3)
    await w.time.forward(LEASED_MS - 360 - 100)
    assert abs(degrees() - 90) < 0.1
    await w.time.forward(1100)
    assert abs(degrees()) < 0.1 and w.node.link.state == "degraded"
    w.broker.refuse = False
    assert await w.back(2000) <= 1270, "one pause of the back-off"
    await w.time.forward(200)
    assert w.events() == [1, 2, 3] and w.node.client.dropped == 0
    online = w.said("online")[-1]
    assert (online["why"], online["at"], online["lost"]) == ("closed", "mqtt", 0) and 3000 <= online["off"] <= 4400
    assert w.said("state/gate")[-1]["by"] == "loss"
    assert network.asked == ["hall", "class"] and network.power == [True], "Wi-Fi was not touched"
    await w.end()


async def test_broker_hung():
    w = await acting()
    w.broker.acks = w.broker.pongs = False
    await w.ends_at_safe()
    await w.press()
    noticed = await w.until(lambda: not w.node.client.up, 10500)
    assert noticed <= 10300 - LEASED_MS
    w.mend()
    assert await w.back(1000) <= 640
    await w.time.forward(200)
    assert w.events()[-1] == 1 and w.node.client.dropped == 0
    assert w.said("online")[-1]["why"] == "silent"
    await w.end()


async def test_broker_is_a_black_hole():
    w = await acting()
    w.cut()
    await w.ends_at_safe()
    await w.until(lambda: not w.node.client.up, 10500)
    await w.press(40)
    await w.time.forward(20000)
    assert w.node.client.waiting() == 32, "as many as the outbox holds"
    w.mend()
    assert await w.back(36000)
    await w.time.forward(200)
    assert w.said("online")[-1]["lost"] == 8 and w.events() == list(range(9, 41)), "lost and told, and no other"
    await w.end()


async def test_what_is_older_than_a_minute_is_lost_and_counted():
    w = await acting()
    w.cut()
    await w.press(5)
    w.slowly(500)
    await w.time.forward(65000)
    w.slowly(20)
    await w.time.forward(500)
    await w.press()
    w.mend()
    await w.back(38000)
    await w.time.forward(200)
    assert w.events() == [6] and w.said("online")[-1]["lost"] == 5
    await w.end()


async def test_session_present():
    w = await acting()
    w.broker.session = 1
    w.broker.link.end()
    w.broker.got = []
    assert await w.back(1000) <= 640
    assert w.broker.kinds()[:2] == [0x10, 0x82], "it subscribes whatever the broker says that it remembers"
    w.answer()
    await settle()
    assert await w.command(renew=1) is None and abs(degrees() - 90) < 0.1, "shorter than the lease: nothing happened"
    assert w.node.client.dropped == 0
    await w.end()


async def test_suback_refused():
    w = World()
    w.broker.suback = 0x80
    w.slowly(500)
    task = w.task = asyncio.create_task(w.node.run())
    await w.time.forward(60000)
    assert not w.node.client.up and w.node.client.why.startswith("suback") and abs(degrees()) < 0.1
    assert 8 <= len(w.broker.opened) <= 20 and w.node.link.state == "mqtt"
    w.broker.suback = 1
    assert await w.back(38000) and not task.done()
    assert w.said("online")[-1]["off"] >= 60000
    await w.end()


async def test_dns_gone():
    w = World(host="gongzhi.local")
    w.broker.names = {"gongzhi.local": "10.0.0.1"}
    await w.start()
    await w.command()
    w.broker.names.clear()
    w.broker.link.end()
    await w.time.forward(500)
    opened = len(w.broker.opened)
    await w.time.forward(LEASED_MS - 600)
    assert abs(degrees() - 90) < 0.1 and len(w.broker.opened) == opened, "no look-up under a lease: it would block"
    await w.time.forward(20000)
    assert abs(degrees()) < 0.1 and len(w.broker.opened) > opened and w.node.restarts == 0
    w.broker.names["gongzhi.local"] = "10.0.0.7"
    await w.back(38000)
    assert w.node.client.dropped == 0
    await w.end()


async def test_wifi_gone_and_back():
    w = await acting()
    network.air.clear()
    w.cut()
    await w.ends_at_safe()
    await w.press(2)
    await w.until(lambda: not w.node.client.up, 10500)
    await w.time.forward(5000)
    assert w.node.link.state == "degraded" and w.node.link.at == "wifi"
    tried = len(w.broker.opened)
    await w.time.forward(10000)
    assert len(w.broker.opened) == tried, "no network, no attempt"
    network.air["class"] = "secret12"
    w.mend()
    # At worst the other network's turn (15 s), then ours; the broker's back-off has not grown meanwhile.
    assert await w.back(17000)
    await w.time.forward(200)
    online = w.said("online")[-1]
    assert online["at"] == "wifi" and online["lost"] == 0 and w.events()[-2:] == [1, 2]
    await w.end()


async def test_wifi_wrong_password():
    w = World()
    network.air["class"] = "changed!"
    w.slowly(500)
    w.task = asyncio.create_task(w.node.run())
    await w.time.forward(100000)
    assert network.asked[:4] == ["hall", "class", "hall", "class"], "in their order, and none given up"
    assert network.power == [True, False, True], "after 5 failures and the rest of that round"
    assert not w.broker.opened and w.node.link.state == "wifi" and w.dog.fed > 90
    network.air["class"] = "secret12"
    await w.back(32000)
    assert w.said("online")[-1]["at"] == "wifi" and w.said("online")[-1]["why"] == "boot"
    await w.end()


async def test_host_gone():
    w = await acting()
    # The broker is there and nobody renews or answers the clock.
    await w.ends_at_safe()
    assert w.said("state/gate")[-1]["by"] == "lease" and w.node.client.up
    await w.press()
    assert w.events() == [1], "the broker has it for whoever comes"
    w.broker.link.end()
    await w.back(1000)
    await w.time.forward(5000)
    assert w.node.link.state == "degraded", "no clock: no command could be taken"
    assert await w.command() == "clock" and abs(degrees()) < 0.1
    begun = w.time.t
    w.down("clock", {"h": 5})  # it is back and says so
    await w.time.forward(50)
    w.answer()
    await w.time.forward(1050)
    assert w.node.link.state == "run" and await w.command() is None and w.time.t - begun < 1200
    await w.end()


async def test_the_hosts_clock_jumps():
    for jump in (3600000, -3600000):
        w = await acting()
        t = w.time.now() + 700000 + jump
        code = await w.command(ep=2, t=t & 0x3FFFFFFF)
        assert code == ("clock" if jump > 0 else "old")
        await w.ends_at_safe()
        asked = w.said("clock")[-1]["b"]
        w.down("clock", {"b": w.time.now(), "h": (w.time.now() + 700000 + jump) & 0x3FFFFFFF})
        await settle()
        assert asked > 0 and await w.command(ep=2, t=(w.time.now() + 700000 + jump) & 0x3FFFFFFF) is None
        assert w.node.client.attempt == 1 and w.node.client.dropped == 0, "the link had no part in it"
        await w.end()


async def test_two_boards_with_one_id():
    w = await World().start()
    w.broker.jealous = True
    w.slowly(500)
    other = mqtt.Client(w.node.client.cid, "10.0.0.1", seed=9)
    task = asyncio.create_task(other.run())
    await w.time.forward(60000)
    attempts = w.node.client.attempt + other.attempt
    assert attempts <= 14, "they do not fight without end: %d" % attempts
    assert w.node.client.twin or other.twin
    assert w.node.client.up or other.up, "one of them works"
    other.stop()
    task.cancel()
    await w.back(45000)
    assert w.node.client.dropped == 0
    await w.end()


async def test_broker_moved_to_another_address():
    w = World(host=["10.0.0.1", "10.0.0.2", "gongzhi.local"])
    w.broker.at = "10.0.0.1"
    await w.start()
    assert w.node.client.host == "10.0.0.1"
    await w.press()
    for where in ("10.0.0.2", "10.0.0.9"):
        w.broker.names = {"gongzhi.local": "10.0.0.9"}
        w.broker.at = where
        w.broker.link.end()
        await w.press()
        assert await w.back(5000) <= 4000, "each address is tried in its turn"
        await w.time.forward(6000)
    assert w.node.client.host == "gongzhi.local" and w.events() == [1, 2, 3] and w.node.client.dropped == 0
    w.broker.link.end()
    assert await w.back(1000) <= 640 and w.node.client.host == "gongzhi.local", "the one that worked is tried first"
    await w.end()


async def test_power_cut_where_nobody_answers_for_the_service():
    found, told, before = mdns.find, [], ""

    async def find(service, ms):
        if not told:
            raise OSError("nobody offers " + service)
        return told[0]

    mdns.find = find
    try:
        for where in ("10.0.0.1", "", "10.0.0.2", ""):  # "": asked after a power cut, and nobody answers
            told[:] = [(where, 1883)] if where else []
            node.Plain.found.clear()
            w = World(host="_gongzhi._tcp")
            before = w.broker.at = where or before
            await w.start()
            assert node.Plain.found == {"_gongzhi._tcp": (before, 1883)} and w.node.link.state == "run"
            await w.end()
        w = World(host="_gongzhi._tcp")
        told[:], w.broker.at = [("10.0.0.6", 1883)], "10.0.0.2"  # somebody answers who is no broker, and then nobody
        task = asyncio.create_task(w.node.run())
        await w.time.forward(16000)
        assert not w.node.client.up
        told.clear()
        await w.back(38000)
        await cancelled(task)
    finally:
        mdns.find = found
        node.Plain.found.clear()


async def test_offline_for_15_minutes_it_restarts_unless_it_has_something_to_do():
    w = await World().start()
    w.slowly()
    w.broker.refuse = True
    w.broker.link.end()
    await w.time.forward(899000)
    assert not w.restarts and w.dog.fed > 890
    await w.time.forward(3000)
    assert w.restarts
    await w.end()
    ruled = [dict(PARTS[1], reflex=[["button", ">=", 1]]), PARTS[2]]
    for parts, own in ((ruled, ""), (None, "t1")):  # a rule of its own; a stop of its own, which it would forget
        w = await World(parts).start()
        w.slowly()
        w.node.guard.own = own
        w.broker.refuse = True
        w.broker.link.end()
        await w.time.forward(1000000)
        assert not w.restarts and w.node.link.long
        await w.end()


async def test_a_safe_board_drives_nothing_and_takes_a_configuration():
    w = await World(safe=True).start()
    assert not machine.duty.get(19) and w.node.link.state == "safe" and w.said("meta")[-1]["ch"] == {}
    assert w.said("online")[-1]["cfg"] == "boots boots"
    assert await w.command() == "channel"
    w.down("cfg", {"id": "cfg-1", "parts": NEW})
    await settle()
    assert w.said("ack")[-1]["ok"] and await w.command("buzzer.set", "bell", a={"tone": 440}) is None
    await w.end()


async def test_a_start_that_lasts_for_a_minute_is_a_good_one():
    for _ in range(4):
        boots.count("watchdog")
    w = await World().start()
    w.slowly(500)
    await w.time.forward(40000)
    assert boots._read("boots")[1] == 4
    await w.time.forward(15000)
    assert boots._read("boots")[1] == 0
    await w.end()


async def test_the_will_is_of_its_own_connection():
    w = await acting()
    for _ in range(2):
        w.broker.link.end()
        await w.back(1300)
    wills = [json.loads(body.split(b"up/online")[1][2:].split(b"}")[0] + b"}") for k, body in w.broker.got if k == 0x10]
    assert [m["sid"] for m in wills] == [m["sid"] for m in w.said("online")] and len(wills) == 3
    assert BASE + b"up/online" in w.broker.got[0][1]
    await w.end()
