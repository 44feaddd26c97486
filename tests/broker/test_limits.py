"""What a broker does when a client is too fast, too slow, too big or too silent: bounded memory, nobody else harmed."""

from __future__ import annotations

import contextlib
import itertools
import socket

import pytest
from gongzhi.broker import BrokerConfig, Limits, router
from gongzhi.broker.connection import WRITE
from mqtt_raw import (
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBREC,
    PUBREL,
    SUBACK,
    Client,
    connect_packet,
    packet,
    publish_packet,
    short,
    subscribe_packet,
)

BLOCK = b"x" * 8000


def flood(raw: Client, running, topic: str, qos: int, until) -> int:
    """Publish blocks until `until(stats)`; gives how many were sent. Never waits for an answer."""
    raw.socket.settimeout(0.2)
    pending = b""
    for count in itertools.count(1):
        pending += publish_packet(topic, b"%d " % count + BLOCK, qos, count)
        try:
            pending = pending[raw.socket.send(pending) :]
        except TimeoutError:
            assert until(running.stats()), "the broker stopped reading too early"
        if until(running.stats()):
            raw.socket.settimeout(10)
            raw.rest = pending
            return count
        assert count < 20_000, running.stats()
    raise AssertionError


def test_a_publisher_waits_for_a_slow_subscriber_and_nothing_is_lost(start, dial):
    running = start(limits={"queue": 100, "queue_bytes": 200_000, "inflight": 4})
    slow, fast = dial(running.port, "slow"), dial(running.port, "fast")
    slow.subscribe(("t", 1))
    # Not one acknowledgement: four messages are sent, the rest is held, then the publisher is.
    count = flood(fast, running, "t", 1, lambda stats: stats["held_up"] > 0)
    stats = running.stats()
    assert stats["held_bytes"] < 200_000 + 2 * len(BLOCK)
    assert stats["dropped"] == 0
    fast.send(fast.rest)
    got = [slow.message().payload.split()[0] for _ in range(count)]
    assert got == [b"%d" % (index + 1) for index in range(count)]
    for index in range(count):
        assert fast.expect(PUBACK).body == (index + 1).to_bytes(2, "big")
    slow.quiet()
    fast.quiet()
    assert running.stats()["held"] == 0


def test_while_it_waits_the_publisher_is_not_read_without_bound(start, dial):
    running = start(limits={"queue": 10, "inflight": 4})
    slow, fast = dial(running.port, "slow"), dial(running.port, "fast")
    slow.subscribe(("t", 1))
    # Until the system's own buffers are full, which shows that the broker has stopped reading.
    fast.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        fast.socket.sendall(publish_packet("t", BLOCK, 1) * 5000)
    assert running.stats()["buffered_bytes"] < 64 * 1024 * 3 + 256 * 1024


def test_a_subscriber_that_stays_slow_is_disconnected_after_the_patience_and_the_publisher_goes_on(start, dial):
    running = start(limits={"queue": 10, "inflight": 4, "patience": 2.0})
    slow, other, fast = dial(running.port, "slow"), dial(running.port, "other"), dial(running.port, "fast")
    slow.subscribe(("t", 1))
    other.subscribe(("t", 0))
    count = flood(fast, running, "t", 1, lambda stats: stats["held_up"] > 0)
    fast.send(fast.rest)
    running.forward(1.9)
    assert running.stats()["too_slow"] == 0
    running.forward(0.2)
    assert running.stats()["too_slow"] == 1
    assert [kind for kind, *_ in running.notices] == ["slow"]
    for index in range(count):
        assert fast.expect(PUBACK).body == (index + 1).to_bytes(2, "big")
    assert [got.payload.split()[0] for got in other.messages(count)] == [b"%d" % (n + 1) for n in range(count)]
    slow.read_to_the_end()


def test_two_clients_that_wait_for_each_other_do_not_stop(start, dial):
    running = start(limits={"queue": 10, "inflight": 4})
    left, right = dial(running.port, "left"), dial(running.port, "right")
    left.subscribe(("to-left", 1))
    right.subscribe(("to-right", 1))
    count = 30
    # Both have far more under way than the other's queue holds before either reads.
    left.send(*(publish_packet("to-right", b"%d" % n, 1, n + 1) for n in range(count)))
    right.send(*(publish_packet("to-left", b"%d" % n, 1, n + 1) for n in range(count)))
    seen = {left: [0, 0], right: [0, 0]}
    for _ in range(count * 2):
        for raw, counts in seen.items():
            got = raw.read()
            if got.kind == PUBACK:
                counts[0] += 1
            else:
                counts[1] += 1
                number = got.body[2 + len("to-left") + (raw is right) :][:2]
                raw.send(packet(PUBACK, number))
    assert list(seen.values()) == [[count, count], [count, count]]


def test_a_client_may_fill_its_own_queue(start, dial):
    running = start(limits={"queue": 10, "inflight": 4})
    raw = dial(running.port, "self")
    raw.subscribe(("t", 1))
    count = 40
    raw.send(*(publish_packet("t", b"%d" % n, 1, n + 1) for n in range(count)))
    acknowledged = came = 0
    while acknowledged < count or came < count:
        got = raw.read()
        if got.kind == PUBACK:
            acknowledged += 1
        else:
            came += 1
            raw.send(packet(PUBACK, got.body[3:5]))
    raw.quiet()


def test_a_client_that_does_not_read_its_answers_is_not_read_either(start, dial):
    running = start()
    raw = dial(running.port, "c")
    connection = next(iter(running.broker._connections))
    # Small buffers of the system: it would swallow megabytes of answers.
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    there = connection.transport.get_extra_info("socket")
    running.call(there.setsockopt, socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    raw.socket.settimeout(0.1)
    while not running.call(lambda: connection.paused & WRITE):
        with contextlib.suppress(TimeoutError):
            raw.socket.send(packet(PINGREQ) * 10_000)
    assert running.stats()["buffered_bytes"] < 64 * 1024 * 4
    dial(running.port, "other").quiet()
    running.forward(59)
    assert running.stats()["clients"] == 2
    running.forward(2)
    dial(running.port, "barrier")
    assert (running.stats()["clients"], running.stats()["timeouts"]) == (2, 1)


def test_one_that_ends_its_side_and_reads_nothing_is_let_go(start, dial):
    running = start()
    raw, other = dial(running.port, "c"), dial(running.port, "other")
    raw.subscribe(("t", 0))
    while running.stats()["dropped"] == 0:
        other.send(publish_packet("t", BLOCK * 8))
    raw.socket.shutdown(1)
    raw.read_to_the_end()
    dial(running.port, "barrier")
    assert running.stats()["clients"] == 2


def test_what_is_known_of_topics_is_bounded(start, dial, monkeypatch):
    monkeypatch.setattr(router, "_ROUTES", 10)
    running = start()
    raw = dial(running.port, "c")
    for index in range(50):
        raw.send(publish_packet(f"t{index}", b"x"))
    raw.quiet()
    raw.send(publish_packet("x" * 5000, b"x"))
    raw.quiet()
    known = running.call(lambda: list(running.broker.router._routes))
    assert 0 < len(known) <= 10
    assert max(map(len, known)) < 100


def test_qos_0_for_a_client_that_does_not_read_is_dropped_and_counted(start, dial):
    running = start(limits={"queue": 50, "queue_bytes": 100_000})
    slow, fast = dial(running.port, "slow"), dial(running.port, "fast")
    slow.subscribe(("t", 0))
    flood(fast, running, "t", 0, lambda stats: stats["dropped"] > 5)
    stats = running.stats()
    assert stats["held_up"] == 0
    assert stats["held_bytes"] < 120_000


def test_a_goodbye_behind_a_waiting_message_is_still_a_goodbye(start, dial):
    running = start(limits={"queue": 10, "inflight": 4})
    slow = dial(running.port, "slow")
    slow.subscribe(("t", 1), ("will", 0))
    fast = dial(running.port, "fast", will=("will", b"gone", 0, False))
    fast.send(*(publish_packet("t", b"%d" % n, 1, n + 1) for n in range(20)), packet(14))
    for _ in range(10):
        fast.expect(PUBACK)
    fast.socket.shutdown(1)
    fast.read_to_the_end()
    assert all(slow.message().topic == "t" for _ in range(10))
    slow.quiet()
    assert running.stats()["wills"] == 0


def test_an_absent_clients_queue_drops_the_oldest_and_counts(start, dial):
    running = start(limits={"queue": 10})
    reader, sender = dial(running.port, "reader", clean=False), dial(running.port, "sender")
    reader.subscribe(("t", 1))
    reader.leave()
    for index in range(25):
        sender.publish("t", b"%d" % index, 1)
    assert running.stats()["dropped"] == 25 - running.stats()["held"]
    again = dial(running.port, "reader", clean=False)
    held = running.stats()["held"]
    assert [got.payload for got in again.messages(held)] == [b"%d" % n for n in range(25 - held, 25)]
    again.quiet()


def test_an_absent_clients_queue_is_bounded_in_bytes(start, dial):
    running = start(limits={"queue_bytes": 50_000})
    reader, sender = dial(running.port, "reader", clean=False), dial(running.port, "sender")
    reader.subscribe(("t", 1))
    reader.leave()
    for _ in range(30):
        sender.publish("t", b"x" * 100, 1)
    for _ in range(30):
        sender.publish("t", BLOCK, 1)
    sender.publish("t", b"x" * 60_000, 1)
    assert running.stats()["held_bytes"] <= 50_000


def test_connect_must_come_in_time(start, dial):
    running = start(limits={"connect": 10.0})
    silent, begun = dial(running.port), dial(running.port)
    begun.send(connect_packet("c")[:5])
    dial(running.port, "later")  # they are accepted in their order: this one shows that the others have been
    running.forward(9.9)
    assert running.stats()["connections"] == 3
    running.forward(0.2)
    silent.closed()
    begun.closed()
    assert running.stats()["timeouts"] == 2


def test_a_client_above_its_rate_is_slowed_and_not_cut(start, dial):
    running = start(limits={"rate": 10.0})
    raw = dial(running.port, "c")
    raw.send(*(publish_packet("t", b"", 1, n + 1) for n in range(40)))
    for _ in range(21):
        raw.expect(PUBACK)
    stats = running.stats()
    assert (stats["received"], stats["throttled"]) == (21, 1)
    running.forward(1.0)
    for _ in range(9):
        raw.expect(PUBACK)
    running.forward(10.0)
    for _ in range(10):
        raw.expect(PUBACK)
    raw.quiet()


def test_a_packet_above_the_limit_ends_the_connection_before_it_is_read(start, dial):
    running = start(limits={"packet": 1000})
    raw = dial(running.port, "c")
    raw.send(publish_packet("t", b"x" * 997))
    raw.quiet()
    raw.send(publish_packet("t", b"x" * 998)[:5])
    raw.closed()


def test_clients_above_the_limit_are_told_so_and_a_takeover_is_not_one_more(start, dial):
    running = start(limits={"clients": 2})
    dial(running.port, "a")
    second = dial(running.port, "b")
    raw = dial(running.port)
    assert raw.connect("c") == (False, 3)
    raw.closed()
    dial(running.port, "b")
    second.closed()


def test_connections_that_say_nothing_are_bounded_too(start, dial):
    running = start(limits={"clients": 1})
    for _ in range(257):
        dial(running.port)
    one_more = dial(running.port)
    one_more.closed()
    assert running.stats()["connections"] == 257


def test_too_many_subscriptions_get_0x80(start, dial):
    running = start(limits={"subscriptions": 2})
    raw = dial(running.port, "c")
    assert raw.subscribe(("a", 0), ("b", 1), ("c", 0), ("a", 2)) == [0, 1, 0x80, 2]
    raw.unsubscribe("a")
    assert raw.subscribe(("c", 0)) == [0]


def test_a_client_id_that_is_too_long_gets_code_2(start, dial):
    running = start(limits={"topic": 30})
    dial(running.port, "a" * 30)
    raw = dial(running.port)
    assert raw.connect("a" * 31) == (False, 2)
    raw.closed()


def test_a_flood_of_one_client_is_taken_in_turns(start, dial):
    running = start()
    raw = dial(running.port, "flooder")
    flood = publish_packet("t", b"") * 1000 + packet(PINGREQ)

    def one_read() -> int:
        connection = next(iter(running.broker._connections))
        running.broker.buffer[: len(flood)] = flood
        connection.buffer_updated(len(flood))
        return running.broker.counters.received

    assert running.call(one_read) == 100
    assert raw.read().kind == PINGRESP
    assert running.stats()["received"] == 1000


def test_topics_and_filters_that_are_too_long_or_deep(start, dial):
    running = start(limits={"topic": 20, "levels": 4})
    raw = dial(running.port, "c")
    assert raw.subscribe(("a" * 21, 0), ("a/b/c/d/e", 0), ("#", 0)) == [0x80, 0x80, 0]
    raw.publish("a" * 21, b"x", 1, retain=True)
    raw.publish("a/b/c/d/e", b"x", 1, retain=True)
    raw.quiet()
    assert (running.stats()["denied_publish"], running.stats()["retained"]) == (2, 0)


def test_retained_messages_are_bounded_and_never_stale(start, dial):
    running = start(limits={"retained": 3, "retained_bytes": 5000})
    raw = dial(running.port, "c")
    for index in range(5):
        raw.publish(f"t{index}", b"x", 1, retain=True)
    assert (running.stats()["retained"], running.stats()["dropped_retained"]) == (3, 2)
    raw.publish("t0", b"y" * 6000, 1, retain=True)
    assert running.stats()["retained"] == 2
    for index in range(5):
        raw.publish(f"t{index}", b"", 1, retain=True)
    stats = running.stats()
    assert (stats["retained"], stats["retained_bytes"]) == (0, 0)


def test_unfinished_qos_2_messages_are_bounded(start, dial):
    running = start(limits={"incoming": 3})
    raw = dial(running.port, "c")
    for number in (1, 2, 3):
        raw.send(publish_packet("t", b"x", 2, number))
        raw.expect(PUBREC)
    raw.send(short(PUBREL, 1))
    raw.expect(PUBCOMP)
    raw.send(publish_packet("t", b"x", 2, 4))
    raw.expect(PUBREC)
    raw.send(publish_packet("t", b"x", 2, 5))
    raw.closed()


def test_sessions_of_absent_clients_are_bounded_the_oldest_goes(start, dial):
    running = start(limits={"sessions": 2})
    for client in ("a", "b", "c"):
        raw = dial(running.port, client, clean=False)
        raw.subscribe(("t", 1))
        raw.leave()
    assert running.stats()["sessions"] == 2
    assert running.stats()["subscriptions"] == 2
    assert dial(running.port).connect("a", clean=False) == (False, 0)
    assert dial(running.port).connect("c", clean=False) == (True, 0)


def test_many_retained_messages_reach_a_subscriber_with_a_small_queue(start, dial):
    running = start(limits={"queue": 10, "inflight": 4})
    raw = dial(running.port, "c")
    for index in range(100):
        raw.publish(f"t/{index}", b"%d" % index, 1, retain=True)
    reader = dial(running.port, "r")
    reader.send(subscribe_packet(("t/#", 1)), subscribe_packet(("t/+", 1), number=2))
    reader.expect(SUBACK)
    seen = set()
    while len(seen) < 100:
        got = reader.read()
        if got.kind == SUBACK:
            continue
        end = 2 + got.body[1]
        seen.add(got.body[2:end])
        assert got.flags & 1
        reader.send(packet(PUBACK, got.body[end : end + 2]))
        assert running.stats()["held"] <= 10


def test_limits_below_one_are_refused():
    with pytest.raises(ValueError, match=r"above 0: packet, rate"):
        Limits(packet=0, rate=-1)
    with pytest.raises(ValueError, match="65535"):
        BrokerConfig(port=70000)
