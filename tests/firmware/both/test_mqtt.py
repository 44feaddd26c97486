"""The MQTT client against a broker that does as it is told, in a time that the test moves."""

import asyncio

from gongzhi_node import mqtt
from support import Broker, Time, cancelled, settle

FILTERS = (b"v1/a/b/c/down/cmd", b"v1/a/_all/down/stop")


class World:
    """A client, its broker, its time."""

    def __init__(self, **options):
        self.time = Time((mqtt,))
        self.broker = Broker(self.time)
        self.client = mqtt.Client("id", "10.0.0.1", subs=FILTERS, **options)
        self.told = []
        self.client.on_message = lambda *m: self.told.append(m)
        self.client.on_down = lambda why: self.told.append(why)

    async def start(self):
        self.task = asyncio.create_task(self.client.run())
        await settle()
        return self

    async def end(self):
        await cancelled(self.task)


async def test_connects_subscribes_and_says_so():
    w = World(user="team", password="secret")
    ups = []
    w.client.on_up = lambda: ups.append(w.client.up)
    w.client.will = lambda: (b"t/online", b"{}")
    await w.start()
    kind, body = w.broker.got[0]
    assert kind == 0x10 and body[:10] == b"\0\x04MQTT\x04\xee\0\x0f", body
    assert body[10:] == b"\0\x02id\0\x08t/online\0\x02{}\0\x04team\0\x06secret", body
    kind, body = w.broker.got[1]
    assert kind == 0x82 and body == b"\0\x01\0\x11" + FILTERS[0] + b"\x01\0\x13" + FILTERS[1] + b"\x01", body
    assert ups == [True] and w.client.up
    await w.end()
    assert w.broker.link.closed


async def test_a_refused_connection_or_subscription_is_no_connection():
    for name in ("connack", "suback"):
        w = World()
        setattr(w.broker, name, 5 if name == "connack" else 0x80)
        await w.start()
        assert not w.client.up and w.broker.link.closed and w.client.why.startswith(name), w.client.why
        setattr(w.broker, name, 0)
        await w.time.forward(700)
        assert w.client.up
        await w.end()


async def test_receives_acknowledges_and_outlives_a_handler_that_raises():
    w = World()
    await w.start()
    w.broker.send(FILTERS[0], b"one", 1, 1, 0x1234)
    w.broker.send(FILTERS[0], b"two", 0)
    await settle()
    assert w.told == [(FILTERS[0], b"one", 1), (FILTERS[0], b"two", 0)]
    assert w.broker.got[2:] == [(0x40, b"\x12\x34")]

    def fail(*message):
        raise KeyError("defect")

    w.client.on_message = fail
    w.broker.send(FILTERS[0], b"three", 1, 0, 9)
    await settle()
    assert w.client.errors == 1 and w.client.up and w.broker.got[-1] == (0x40, b"\0\x09")
    await w.end()


async def test_packets_in_pieces_and_too_large():
    for piece in (1, 7, 500):
        w = World()
        w.broker.piece = piece
        await w.start()
        await settle()
        w.broker.send(FILTERS[0], b"x" * 5000, 1, 0, 5)
        w.broker.send(FILTERS[0], b"y" * 1900, 1, 0, 6)
        for _ in range(300):
            await settle()
        assert w.told == [(FILTERS[0], b"y" * 1900, 0)], (piece, len(w.told))
        assert w.client.oversize == 1 and w.broker.got[-2:] == [(0x40, b"\0\5"), (0x40, b"\0\6")]
        await w.end()


async def test_nonsense_ends_the_connection():
    for junk in (b"\x30\xff\xff\xff\xff\x7f", b"\x34\x05\0\x01a\0\1", b"\x30\x02\0\x09", b"\0\0", b"\x90\2\0\1"):
        w = World()
        await w.start()
        w.broker.link.feed(junk)
        await settle()
        assert not w.client.up and w.told[0].startswith("protocol"), (junk, w.told)
        await w.time.forward(700)
        assert w.client.up
        await w.end()


async def test_a_publish_never_waits_and_is_sent_again_in_order():
    w = World()
    await w.start()
    w.broker.acks = False
    for i in range(3):
        assert w.client.publish(b"t", b"%d" % i, 1) == i + 1
    w.client.publish(b"old", b"state", 1, True, keep=False)
    w.broker.link.end()
    await settle()
    assert not w.client.up and w.told == ["closed"]
    w.client.publish(b"t", b"3", 1)  # while there is no link
    assert w.client.publish(b"gone", b"", 1, keep=False) == 0
    w.broker.got = []
    await w.time.forward(700)
    sent = [(kind, pid, payload) for kind, _, pid, payload in w.broker.publishes()]
    assert sent == [(0x3A, 1, b"0"), (0x3A, 2, b"1"), (0x3A, 3, b"2"), (0x32, 5, b"3")], sent
    assert w.client.waiting() == 4
    w.broker.link.feed(b"\x40\x02\0\x01\x40\x02\0\x05\x40\x02\0\x07")
    await settle()
    assert w.client.waiting() == 2 and w.client.dropped == 0
    await w.end()


async def test_the_outbox_is_bounded_and_counts():
    w = World()
    w.broker.refuse = True
    await w.start()
    for i in range(40):
        w.client.publish(b"t", b"%d" % i, 1)
    assert w.client.waiting() == 32 and w.client.dropped == 8
    assert w.client.publish(b"t", b"x") is False and w.client.skipped == 1
    w.broker.refuse = False
    await w.time.forward(700)
    assert [p[3] for p in w.broker.publishes()] == [b"%d" % i for i in range(8, 40)]
    assert w.client.waiting() == 0
    await w.end()


async def test_what_is_older_than_a_minute_is_dropped_and_counted():
    w = World()
    w.broker.refuse = True
    await w.start()
    w.client.publish(b"t", b"late", 1)
    await w.time.forward(61000)
    w.broker.refuse = False
    w.broker.got = []
    await w.time.forward(40000)
    assert w.client.up and w.broker.publishes() == [] and w.client.dropped == 1
    await w.end()


async def test_silence_is_asked_and_then_believed():
    w = World()
    await w.start()
    await w.time.forward(60000)
    pings = w.broker.kinds().count(0xC0)
    assert w.client.up and 10 <= pings <= 12, pings
    w.broker.pongs = False
    await w.time.forward(4000)
    assert w.client.up
    await w.time.forward(10000)
    assert "silent" in w.told and w.broker.links[0].closed
    await w.end()


async def test_a_client_that_only_listens_still_speaks_within_its_keepalive():
    w = World()
    await w.start()
    for _ in range(20):
        await w.time.forward(1000)
        w.broker.send(FILTERS[0], b"", 0)
    assert w.broker.kinds().count(0xC0) >= 3
    await w.end()


async def test_a_broker_that_acknowledges_nothing_is_left():
    w = World()
    await w.start()
    w.broker.acks = False
    w.client.publish(b"t", b"", 1)
    await w.time.forward(9000)
    assert w.client.up
    await w.time.forward(2000)
    assert "silent" in w.told
    await w.end()


async def test_a_stuck_socket_takes_no_telemetry_and_bounded_events():
    w = World()
    await w.start()
    w.broker.link.stuck = 1
    assert w.client.publish(b"t", b"x") is False
    for _ in range(50):
        w.client.publish(b"t", b"x" * 500, 1)
    assert w.broker.link.stuck < 5000 and w.client.waiting() == 32 and w.client.dropped == 18
    await w.time.forward(12000)
    assert w.client.up and w.client.waiting() == 0, "sent after the reconnection"
    await w.end()


async def test_a_socket_that_breaks_while_writing_ends_the_connection():
    w = World()
    await w.start()
    w.broker.link.ended = True  # without waking the reader
    assert w.client.publish(b"t", b"x") is False
    await settle()
    assert not w.client.up and w.told == ["closed"]
    await w.time.forward(700)
    # The same inside the handling of a message, where the reader itself writes.
    w.client.on_message = lambda *m: setattr(w.broker.link, "ended", True)
    w.broker.send(FILTERS[0], b"", 1)
    await settle()
    assert not w.client.up
    await w.end()


async def test_back_off_doubles_with_jitter_of_the_board():
    gaps = []
    for seed in (1, 2):
        w = World(seed=seed)
        w.broker.refuse = True
        await w.start()
        await w.time.forward(200000)
        at = w.broker.opened
        gap = [b - a for a, b in zip(at, at[1:])]
        assert 500 <= gap[0] <= 625, gap
        early = [g for a, g in zip(at[1:], gap[1:]) if a < at[0] + 9000]
        assert early and all([1000 <= g <= 1250 for g in early]), gap
        assert all([g <= 37500 for g in gap]) and gap[-1] >= 30000, gap
        gaps.append(gap)
        await w.end()
    assert gaps[0] != gaps[1]


async def test_a_black_hole_is_bounded():
    w = World()
    w.broker.hole = True
    await w.start()
    await w.time.forward(5000)
    assert not w.client.up and len(w.broker.opened) == 1 and w.broker.link.closed
    w.broker.hole = False
    await w.time.forward(1300)
    assert w.client.up
    await w.end()


async def test_a_twin_is_noticed_and_waited_for():
    w = World()
    await w.start()
    for _ in range(3):
        assert w.client.up and not w.client.twin
        w.broker.link.end()
        await w.time.forward(1300)
    assert w.client.twin and not w.client.up
    await w.time.forward(26000)
    assert not w.client.up
    await w.time.forward(12000)
    assert w.client.up and w.client.twin
    await w.time.forward(130000)
    w.broker.link.end()
    await w.time.forward(700)
    assert w.client.up and not w.client.twin
    await w.end()


async def test_waits_for_the_network_and_for_a_moment_to_look_up_a_name():
    w = World()
    net, idle = [False], [False]
    w.client.ready, w.client.idle = lambda: net[0], lambda: idle[0]
    await w.start()
    await w.time.forward(5000)
    assert not w.broker.opened
    net[0] = True
    await w.time.forward(200)
    assert w.client.up, "an address needs no look-up"
    w.client.host = "pi.local"
    w.broker.link.end()
    await w.time.forward(5000)
    assert not w.client.up
    idle[0] = True
    await w.time.forward(200)
    assert w.client.up
    await w.end()


async def test_stop_says_goodbye():
    w = World()
    await w.start()
    w.client.stop()
    await settle()
    assert w.broker.got[-1] == (0xE0, b"") and w.broker.link.closed and w.task.done()
    w = World()
    w.broker.refuse = True
    await w.start()
    w.client.stop()
    await w.time.forward(700)
    assert w.task.done() and len(w.broker.opened) == 1
