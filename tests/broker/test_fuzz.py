"""Bytes that no client should send: they never stop the broker, never harm another client, never grow its memory."""

from __future__ import annotations

import asyncio
import gc
import itertools
import tracemalloc

import pytest
from gongzhi.broker import Broker, BrokerConfig, Limits
from gongzhi.broker.connection import Connection
from gongzhi.clock import ManualClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mqtt_raw import (
    PINGREQ,
    PUBREC,
    PUBREL,
    SUBSCRIBE,
    UNSUBSCRIBE,
    connect_packet,
    packet,
    publish_packet,
    short,
    subscribe_packet,
    text,
)

SMALL = Limits(
    packet=4096, queue=20, queue_bytes=20_000, inflight=4, incoming=8, retained=20, retained_bytes=20_000,
    subscriptions=10, sessions=10, clients=50,
)  # fmt: skip
# What a connection may hold: a packet that is not yet whole, what waits for a slow subscriber, both ways of writing.
HELD_BY_ONE = SMALL.packet + 2 * 64 * 1024 + 2 * 64 * 1024 + SMALL.packet

WHOLE = [
    connect_packet("fuzz", clean=False, keepalive=5, will=("w/t", b"gone", 1, True), user="u", password="p"),
    publish_packet("a/b", b"payload"),
    publish_packet("a/b", b"payload", 1, 7, retain=True),
    publish_packet("a/b", b"payload", 2, 8),
    short(PUBREL, 8),
    short(PUBREC, 1),
    subscribe_packet(("a/+", 1), ("#", 2)),
    packet(UNSUBSCRIBE, b"\0\3" + text("a/+") + text("b")),
    packet(PINGREQ),
    packet(14),
]


class Wire(asyncio.Transport):
    """A transport that goes nowhere; a client that `reads` takes all at once, one that does not lets it pile up."""

    def __init__(self, reads: bool = True) -> None:
        super().__init__()
        self.reads, self.written, self.waiting, self.ended = reads, b"", 0, False
        self.protocol: Connection | None = None

    def write(self, data):
        self.written = (self.written + data)[-100_000:]
        if not self.reads:
            self.waiting += len(data)
            if self.waiting > 64 * 1024 and self.protocol.writable:
                self.protocol.pause_writing()

    def get_write_buffer_size(self):
        return self.waiting

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def close(self):
        if not self.ended:
            self.ended = True
            self.protocol.connection_lost(None)

    abort = close


class Bench:
    """A broker without sockets: its connections are handed bytes directly."""

    def __init__(self) -> None:
        self.broker = Broker(BrokerConfig(port=0, limits=SMALL), ManualClock(100.0))

    def open(self, reads: bool = True) -> tuple[Connection, Wire]:
        connection, wire = Connection(self.broker), Wire(reads)
        wire.protocol = connection
        connection.connection_made(wire)
        return connection, wire

    async def feed(self, connection: Connection, data: bytes) -> None:
        for start in range(0, len(data), 65536):
            # As asyncio does: nothing is read from a connection that is paused or has ended.
            if connection.paused:
                return
            piece = data[start : start + 65536]
            connection.broker.buffer[: len(piece)] = piece
            connection.buffer_updated(len(piece))
            await asyncio.sleep(0)

    async def alive(self) -> None:
        """Another client is served, and all that is held is within its bounds."""
        connection, wire = self.open()
        await self.feed(connection, connect_packet("good") + subscribe_packet(("good/t", 1)))
        await self.feed(connection, publish_packet("good/t", b"hello") + packet(PINGREQ))
        assert wire.written.startswith(b"\x20\x02\x00\x00\x90\x03\x00\x01\x01")
        assert wire.written.endswith(publish_packet("good/t", b"hello") + b"\xd0\x00")
        await self.feed(connection, packet(14))
        assert wire.ended
        stats = self.broker.stats()
        assert stats["buffered_bytes"] <= HELD_BY_ONE * max(1, stats["connections"])
        assert stats["held_bytes"] <= (SMALL.queue_bytes + SMALL.packet + 300) * max(1, stats["sessions"])
        assert stats["retained_bytes"] <= SMALL.retained_bytes
        assert stats["sessions"] <= SMALL.sessions + stats["connections"]
        assert stats["subscriptions"] <= SMALL.subscriptions * max(1, stats["sessions"])
        assert len(self.broker.router._routes) <= 4096


def run(scene) -> None:
    """Run the scene; an exception anywhere in the loop is a failure."""

    async def whole():
        loop, failures = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _, context: failures.append(context))
        bench = Bench()
        await scene(bench)
        await bench.alive()
        for _ in range(3):
            bench.broker.clock.forward(1000)
            bench.broker.tick()
            await asyncio.sleep(0)
        await bench.alive()
        assert not failures

    asyncio.run(whole())


MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(pieces=st.lists(st.binary(max_size=300), max_size=6), greeted=st.booleans())
def test_random_bytes(pieces, greeted):
    async def scene(bench):
        connection, _ = bench.open()
        if greeted:
            await bench.feed(connection, connect_packet("fuzz"))
        for piece in pieces:
            await bench.feed(connection, piece)

    run(scene)


@MANY
@given(
    order=st.lists(st.integers(0, len(WHOLE) - 1), min_size=1, max_size=12),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255), st.sampled_from(["set", "cut", "add"]))),
    cuts=st.lists(st.integers(0, 2000), max_size=5),
    reads=st.booleans(),
)
def test_valid_packets_in_any_order_with_bytes_changed_cut_or_added(order, changes, cuts, reads):
    data = bytearray(WHOLE[0] + b"".join(WHOLE[index] for index in order))
    for at, value, how in changes:
        at = len(WHOLE[0]) + at % max(1, len(data) - len(WHOLE[0]))
        if how == "set" and at < len(data):
            data[at] = value
        elif how == "cut":
            del data[at : at + 1]
        else:
            data.insert(at, value)

    async def scene(bench):
        connection, _ = bench.open(reads)
        edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
        for start, end in itertools.pairwise(edges):
            await bench.feed(connection, bytes(data[start:end]))

    run(scene)


@pytest.mark.parametrize("number", range(len(WHOLE)))
def test_every_packet_cut_and_changed_at_every_byte(number):
    """One broker takes them all, each on a new connection: a cut one, and eight changed ones for every byte."""
    whole = WHOLE[number]

    async def scene(bench):
        for at in range(len(whole)):
            made = [whole[:at], whole[:at] + whole[at + 1 :]]
            made += [whole[:at] + bytes((whole[at] ^ 1 << bit,)) + whole[at + 1 :] for bit in range(8)]
            for data in made:
                connection, wire = bench.open()
                if number:
                    await bench.feed(connection, connect_packet("fuzz", clean=False))
                await bench.feed(connection, data + packet(PINGREQ))
                connection.eof_received()
                wire.close()

    run(scene)


@MANY
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("publish"), st.integers(0, 2), st.integers(0, 3000), st.booleans()),
            st.tuples(st.just("subscribe"), st.sampled_from(["#", "+/+", "a/#", "a/0"]), st.integers(0, 2)),
            st.tuples(st.just("reconnect"), st.booleans()),
            st.tuples(st.just("ack"), st.integers(1, 40), st.sampled_from([4, 5, 6, 7])),
            st.tuples(st.just("time"), st.floats(0, 5)),
        ),
        max_size=60,
    ),
    reads=st.tuples(st.booleans(), st.booleans()),
)
def test_two_clients_in_any_course_stay_within_bounds(steps, reads):
    async def scene(bench):
        wires = [None, None]
        for index, step in enumerate(steps):
            side = index % 2
            if wires[side] is None or step[0] == "reconnect":
                if wires[side] is not None:
                    wires[side][1].close()
                clean = step[1] if step[0] == "reconnect" else False
                wires[side] = bench.open(reads[side])
                await bench.feed(wires[side][0], connect_packet(f"c{side}", clean=clean, keepalive=20))
            connection = wires[side][0]
            if step[0] == "publish":
                topic = f"a/{index % 5}"
                await bench.feed(connection, publish_packet(topic, b"x" * step[2], step[1], index + 1, step[3]))
            elif step[0] == "subscribe":
                await bench.feed(connection, subscribe_packet((step[1], step[2])))
            elif step[0] == "ack":
                await bench.feed(connection, short(step[2], step[1]))
            elif step[0] == "time":
                bench.broker.clock.forward(step[1])
                bench.broker.tick()

    run(scene)


def test_memory_does_not_grow_with_what_is_thrown_at_it():
    """The same abuse again and again: after the first rounds nothing more is allocated for good."""

    async def abuse(bench, turn):
        for index in range(10):
            connection, wire = bench.open()
            await bench.feed(connection, connect_packet(f"c{turn}-{index}", clean=False, will=("w", b"x", 2, True)))
            await bench.feed(connection, subscribe_packet(*((f"{turn}/{n}/+", 2) for n in range(20))))
            for n in range(20):
                await bench.feed(connection, publish_packet(f"{turn}/{n}/{index}", b"x" * 500, 1, n + 1, retain=True))
            await bench.feed(connection, packet(SUBSCRIBE, b"\0"))
            wire.close()

    async def scene(bench):
        for turn in range(10):
            await abuse(bench, turn)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for turn in range(10, 20):
            await abuse(bench, turn)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        # One round alone holds more than 200 kB while it lasts.
        assert grown < 100_000, grown

    tracemalloc.start()
    try:
        run(scene)
    finally:
        tracemalloc.stop()


def test_random_bytes_over_a_real_socket(ours, dial, name):
    good = dial(ours.port, name)
    for seed in range(40):
        raw = dial(ours.port)
        if seed % 2:
            assert raw.connect(f"{name}x")[1] == 0
        raw.send(bytes((seed * 37 + n * n * 7) % 256 for n in range(500)))
        raw.socket.close()
        good.quiet()
