"""MQTT 3.1.1, sections 3.3 to 3.11 and 4: messages, subscriptions, sessions, topics; tests are named by statement."""

from __future__ import annotations

import pytest
from mqtt_raw import (
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    Packet,
    packet,
    publish_packet,
    short,
    subscribe_packet,
    text,
)

# 3.3 PUBLISH --------------------------------------------------------------------------------------------------


def test_3_3_1_1_redelivery_has_dup_and_the_first_delivery_has_not(port, dial, name):
    reader = dial(port, name, clean=False)
    reader.subscribe((f"{name}/t", 1))
    sender = dial(port, f"{name}s")
    sender.publish(f"{name}/t", b"x", 1)
    first = reader.message(answer=False)
    assert not first.dup
    reader.vanish()
    again = dial(port)
    assert again.connect(name, clean=False) == (True, 0)
    second = again.message()
    assert second == first._replace(dup=True)
    again.quiet()


def test_3_3_1_2_dup_with_qos_0_closes(ours, dial, name):
    # Ours alone: mosquitto 2.0.11 does not look.
    raw = dial(ours.port, name)
    raw.send(publish_packet(f"{name}/t", b"x", 0, dup=True))
    raw.closed()


def test_3_3_1_3_dup_is_not_passed_on(port, dial, name):
    reader = dial(port, name)
    reader.subscribe((f"{name}/t", 1))
    sender = dial(port, f"{name}s")
    sender.send(publish_packet(f"{name}/t", b"x", 1, 5, dup=True))
    assert sender.read() == Packet(PUBACK, 0, b"\x00\x05")
    assert not reader.message().dup


def test_3_3_1_4_qos_3_closes(port, dial, name):
    raw = dial(port, name)
    raw.send(publish_packet(f"{name}/t", b"x", 3))
    raw.closed()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_3_3_1_5_6_8_a_retained_message_comes_with_a_new_subscription(port, dial, name, qos):
    raw = dial(port, name)
    raw.publish(f"{name}/a/b", b"first", qos, retain=True)
    raw.publish(f"{name}/a/b", b"last", qos, retain=True)
    for pattern in (f"{name}/a/b", f"{name}/+/b", f"{name}/a/b/#", f"{name}/#"):
        fresh = dial(port, f"{name}f")
        fresh.subscribe((pattern, 2))
        got = fresh.message()
        assert (got.topic, got.payload, got.qos, got.retain) == (f"{name}/a/b", b"last", qos, True)
        fresh.quiet()
    raw.quiet()


def test_3_3_1_6_every_topic_that_matches_has_its_own(port, dial, name):
    raw = dial(port, name)
    for topic in ("a", "a/b", "a/b/c", "a//c", "d"):
        raw.publish(f"{name}/{topic}", topic.encode(), 1, retain=True)
    raw.subscribe((f"{name}/a/#", 0))
    assert {got.payload for got in raw.messages(4)} == {b"a", b"a/b", b"a/b/c", b"a//c"}
    raw.quiet()
    raw.subscribe((f"{name}/a/+", 0))
    assert {got.payload for got in raw.messages(1)} == {b"a/b"}
    raw.quiet()
    raw.subscribe((f"{name}/+/+/c", 0))
    assert {got.payload for got in raw.messages(2)} == {b"a/b/c", b"a//c"}
    raw.quiet()


def test_3_3_1_9_a_message_for_an_existing_subscription_is_not_marked_retained(port, dial, name):
    raw = dial(port, name)
    raw.subscribe((f"{name}/t", 0))
    raw.send(publish_packet(f"{name}/t", b"x", retain=True))
    assert not raw.message().retain


def test_3_3_1_10_11_an_empty_retained_message_removes_and_is_not_kept(port, dial, name):
    raw = dial(port, name)
    raw.subscribe((f"{name}/t", 0))
    raw.send(publish_packet(f"{name}/t", b"x", retain=True), publish_packet(f"{name}/t", b"", retain=True))
    assert [got.payload for got in raw.messages(2)] == [b"x", b""]
    fresh = dial(port, f"{name}f")
    fresh.subscribe((f"{name}/t", 0))
    fresh.quiet()


def test_3_3_1_12_a_message_that_is_not_retained_leaves_the_retained_one(port, dial, name):
    raw = dial(port, name)
    raw.publish(f"{name}/t", b"kept", 1, retain=True)
    raw.publish(f"{name}/t", b"passing", 1)
    raw.publish(f"{name}/t", b"", 1)
    raw.subscribe((f"{name}/t", 0))
    assert raw.message().payload == b"kept"
    raw.quiet()


@pytest.mark.parametrize("topic", ["a/+", "#", "a/#", "a+b", ""])
def test_3_3_2_2_4_7_3_1_a_topic_with_a_wildcard_or_none_closes(port, dial, name, topic):
    raw = dial(port, name)
    raw.send(publish_packet(topic, b"x"))
    raw.closed()


def test_3_3_4_1_4_3_answers_by_qos(port, dial, name):
    raw = dial(port, name)
    raw.send(publish_packet(f"{name}/t", b"x", 0), publish_packet(f"{name}/t", b"x", 1, 65535))
    assert raw.read() == Packet(PUBACK, 0, b"\xff\xff")
    raw.send(publish_packet(f"{name}/t", b"x", 2, 258))
    assert raw.read() == Packet(PUBREC, 0, b"\x01\x02")
    raw.send(short(PUBREL, 258))
    assert raw.read() == Packet(PUBCOMP, 0, b"\x01\x02")


def test_3_3_5_1_overlapping_filters_give_one_copy_at_the_greatest_qos(ours, dial, name):
    # Ours alone: the standard allows several copies as well, which mosquitto's default may send.
    raw = dial(ours.port, name)
    raw.subscribe((f"{name}/#", 0), (f"{name}/+", 2), (f"{name}/t", 1))
    dial(ours.port, f"{name}s").publish(f"{name}/t", b"x", 2)
    assert raw.message().qos == 2
    raw.quiet()


# 3.8 to 3.11 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [0, 1, 3, 10])
def test_3_8_1_1_3_10_1_1_wrong_flags_close(port, dial, name, flags):
    for kind, body in ((SUBSCRIBE, b"\0\1" + text("t") + b"\0"), (UNSUBSCRIBE, b"\0\1" + text("t"))):
        raw = dial(port, name)
        raw.send(packet(kind, body, flags))
        raw.closed()


def test_3_8_3_3_3_10_3_2_no_filter_closes(port, dial, name):
    for kind in (SUBSCRIBE, UNSUBSCRIBE):
        raw = dial(port, name)
        raw.send(packet(kind, b"\0\1"))
        raw.closed()


@pytest.mark.parametrize("qos", [3, 4, 0x80, 0xFF])
def test_3_8_3_4_a_wanted_qos_above_2_closes(port, dial, name, qos):
    raw = dial(port, name)
    raw.send(subscribe_packet((f"{name}/t", qos)))
    raw.closed()


def test_3_8_4_1_2_5_3_9_3_1_one_suback_with_a_code_for_each_filter(port, dial, name):
    raw = dial(port, name)
    raw.send(subscribe_packet((f"{name}/a", 2), (f"{name}/b", 0), (f"{name}/c", 1), number=0x1234))
    assert raw.read() == Packet(SUBACK, 0, b"\x12\x34\x02\x00\x01")


def test_3_8_4_3_the_same_filter_again_replaces_and_sends_retained_again(port, dial, name):
    raw = dial(port, name)
    raw.publish(f"{name}/t", b"kept", 1, retain=True)
    assert raw.subscribe((f"{name}/t", 0)) == [0]
    assert (raw.message().qos) == 0
    assert raw.subscribe((f"{name}/t", 1)) == [1]
    assert (raw.message().qos) == 1
    sender = dial(port, f"{name}s")
    sender.publish(f"{name}/t", b"once", 1)
    got = raw.message()
    assert (got.payload, got.qos) == (b"once", 1)
    raw.quiet()


@pytest.mark.parametrize("published", [0, 1, 2])
@pytest.mark.parametrize("granted", [0, 1, 2])
def test_3_8_4_6_the_lesser_qos_counts(port, dial, name, published, granted):
    raw = dial(port, name)
    raw.subscribe((f"{name}/t", granted))
    dial(port, f"{name}s").publish(f"{name}/t", b"x", published)
    assert raw.message().qos == min(published, granted)
    raw.quiet()


def test_3_10_4_1_2_only_the_very_same_filter_is_removed(port, dial, name):
    raw, sender = dial(port, name), dial(port, f"{name}s")
    raw.subscribe((f"{name}/+", 1), (f"{name}/t", 1))
    raw.unsubscribe(f"{name}/#", f"{name}/t", f"{name}/T")
    sender.publish(f"{name}/t", b"still", 1)
    assert raw.message().payload == b"still"
    raw.unsubscribe(f"{name}/+")
    sender.publish(f"{name}/t", b"x", 1)
    raw.quiet()


def test_3_10_4_4_5_6_one_unsuback_even_for_nothing(port, dial, name):
    raw = dial(port, name)
    raw.send(packet(UNSUBSCRIBE, b"\x02\x03" + text(f"{name}/a") + text(f"{name}/b")))
    assert raw.read() == Packet(UNSUBACK, 0, b"\x02\x03")
    raw.quiet()


def test_3_10_4_3_what_is_on_its_way_is_completed(port, dial, name):
    raw = dial(port, name)
    raw.subscribe((f"{name}/t", 2))
    dial(port, f"{name}s").publish(f"{name}/t", b"x", 2)
    got = raw.message(answer=False)
    raw.unsubscribe(f"{name}/t")
    raw.send(short(PUBREC, got.number))
    assert raw.read() == Packet(PUBREL, 2, got.number.to_bytes(2, "big"))
    raw.send(short(PUBCOMP, got.number))
    raw.quiet()


# 4.1 to 4.6: sessions, redelivery, order ----------------------------------------------------------------------


@pytest.mark.parametrize("qos", [1, 2])
def test_3_1_2_5_4_5_0_1_messages_wait_for_an_absent_session(port, dial, name, qos):
    reader = dial(port, name, clean=False)
    reader.subscribe((f"{name}/t", qos))
    reader.leave()
    sender = dial(port, f"{name}s")
    for index in range(50):
        sender.publish(f"{name}/t", b"%d" % index, qos)
    again = dial(port)
    assert again.connect(name, clean=False) == (True, 0)
    assert [got.payload for got in again.messages(50)] == [b"%d" % index for index in range(50)]
    again.quiet()


def test_4_3_3_1_a_message_that_was_received_is_not_sent_again_only_its_release(port, dial, name):
    reader = dial(port, name, clean=False)
    reader.subscribe((f"{name}/t", 2))
    dial(port, f"{name}s").publish(f"{name}/t", b"x", 2)
    number = reader.message(answer=False).number
    reader.send(short(PUBREC, number))
    assert reader.expect(PUBREL).flags == 2
    reader.vanish()
    again = dial(port)
    assert again.connect(name, clean=False) == (True, 0)
    assert again.read() == Packet(PUBREL, 2, number.to_bytes(2, "big"))
    again.send(short(PUBCOMP, number))
    again.quiet()


def test_4_3_3_2_a_qos_2_message_that_comes_twice_is_delivered_once(port, dial, name):
    reader = dial(port, f"{name}r")
    reader.subscribe((f"{name}/t", 2))
    raw = dial(port, name, clean=False)
    raw.send(publish_packet(f"{name}/t", b"x", 2, 9))
    assert raw.expect(PUBREC).body == b"\0\x09"
    raw.send(publish_packet(f"{name}/t", b"x", 2, 9, dup=True))
    assert raw.expect(PUBREC).body == b"\0\x09"
    raw.vanish()
    again = dial(port)
    assert again.connect(name, clean=False) == (True, 0)
    again.send(publish_packet(f"{name}/t", b"x", 2, 9, dup=True))
    assert again.expect(PUBREC).body == b"\0\x09"
    again.send(short(PUBREL, 9))
    assert again.expect(PUBCOMP).body == b"\0\x09"
    assert reader.message().payload == b"x"
    reader.quiet()
    # After PUBCOMP the same id is a new message.
    again.send(publish_packet(f"{name}/t", b"y", 2, 9))
    assert again.expect(PUBREC).body == b"\0\x09"
    again.send(short(PUBREL, 9))
    assert again.expect(PUBCOMP).body == b"\0\x09"
    assert reader.message().payload == b"y"


def test_4_3_2_2_a_qos_1_message_that_comes_twice_is_two_messages(port, dial, name):
    raw = dial(port, name)
    raw.subscribe((f"{name}/t", 0))
    raw.send(publish_packet(f"{name}/t", b"x", 1, 9) * 2)
    assert sorted(raw.read().kind for _ in range(4)) == [PUBLISH, PUBLISH, PUBACK, PUBACK]


def test_4_4_0_1_4_6_0_1_unacknowledged_messages_come_again_in_order_with_their_ids(port, dial, name):
    reader = dial(port, name, clean=False)
    reader.subscribe((f"{name}/t", 1))
    sender = dial(port, f"{name}s")
    for index in range(5):
        sender.publish(f"{name}/t", b"%d" % index, 1)
    first = [reader.message(answer=False) for _ in range(5)]
    reader.send(short(PUBACK, first[1].number))
    reader.quiet()
    reader.vanish()
    again = dial(port)
    assert again.connect(name, clean=False) == (True, 0)
    left = [first[0], *first[2:]]
    assert [again.message() for _ in left] == [got._replace(dup=True) for got in left]
    again.quiet()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_4_6_0_6_order_is_kept(port, dial, name, qos):
    raw, sender = dial(port, name), dial(port, f"{name}s")
    raw.subscribe((f"{name}/#", qos))
    count = 150
    if qos == 2:  # mosquitto passes a message on when it is released, ours when it comes: both may
        for index in range(count):
            sender.publish(f"{name}/t", b"%d" % index, qos)
    else:
        sender.send(*(publish_packet(f"{name}/t", b"%d" % index, qos, index + 1) for index in range(count)))
    assert [raw.message().payload for _ in range(count)] == [b"%d" % index for index in range(count)]


def test_4_6_0_2_3_acknowledgements_come_in_order(port, dial, name):
    raw = dial(port, name)
    raw.send(*(publish_packet(f"{name}/t", b"x", 1 + index % 2, index + 1) for index in range(20)))
    got = [raw.read() for _ in range(20)]
    assert [each.body for each in got if each.kind == PUBACK] == [n.to_bytes(2, "big") for n in range(1, 21, 2)]
    assert [each.body for each in got if each.kind == PUBREC] == [n.to_bytes(2, "big") for n in range(2, 21, 2)]


def test_acknowledgements_of_nothing_do_no_harm(ours, dial, name):
    raw = dial(ours.port, name)
    raw.send(short(PUBACK, 7), short(PUBCOMP, 7), short(PUBREL, 7), short(PUBREC, 8), packet(PINGREQ))
    assert raw.read() == Packet(PUBCOMP, 0, b"\0\7")
    assert raw.read() == Packet(PUBREL, 2, b"\0\x08")  # or the client would wait for it for ever
    assert raw.read().kind == PINGRESP


def test_more_than_the_window_of_unacknowledged_messages_goes_on_as_they_are_acknowledged(ours, dial, name):
    raw, sender = dial(ours.port, name), dial(ours.port, f"{name}s")
    raw.subscribe((f"{name}/t", 1))
    window = ours.broker.limits.inflight
    for index in range(window + 10):
        sender.publish(f"{name}/t", b"%d" % index, 1)
    first = [raw.message(answer=False) for _ in range(window)]
    raw.quiet()
    assert len({got.number for got in first}) == window
    raw.send(*(short(PUBACK, got.number) for got in first))
    assert [got.payload for got in raw.messages(10)] == [b"%d" % index for index in range(window, window + 10)]


# 4.7 topics ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["a#", "a/#/b", "#/a", "a+", "+a/b", "a/b+/c", ""])
def test_4_7_1_2_3_4_7_3_1_a_wildcard_in_the_wrong_place_or_no_filter_closes(port, dial, name, pattern):
    raw = dial(port, name)
    raw.send(subscribe_packet((pattern, 0)))
    raw.closed()


# From the standard's own examples in 4.7.1 to 4.7.3, below a first level of the test's own.
MATCHES = [
    ("sport/tennis/player1/#", "sport/tennis/player1", True),
    ("sport/tennis/player1/#", "sport/tennis/player1/ranking", True),
    ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
    ("sport/#", "sport", True),
    ("sport/tennis/+", "sport/tennis/player1", True),
    ("sport/tennis/+", "sport/tennis/player1/ranking", False),
    ("sport/+", "sport", False),
    ("sport/+", "sport/", True),
    ("+/+", "/finance", True),
    ("/+", "/finance", True),
    ("+", "/finance", False),
    ("ACCOUNTS", "Accounts", False),
    ("Accounts payable", "Accounts payable", True),
    ("/finance", "finance", False),
    ("a//b", "a/b", False),
    ("a/+/b", "a//b", True),
    ("a/b/c", "a/b", False),
    ("a/b", "a/b/c", False),
    ("+/b/#", "x/b", True),
    ("体温/+", "体温/甲", True),
]


@pytest.mark.parametrize(("pattern", "topic", "expected"), MATCHES)
def test_4_7_1_3_4_filters_match_as_the_standard_says(port, dial, name, pattern, topic, expected):
    raw = dial(port, name)
    raw.subscribe((f"{name}/{pattern}", 0))
    raw.send(publish_packet(f"{name}/{topic}", b"x"))
    if expected:
        assert raw.message().topic == f"{name}/{topic}"
    raw.quiet()


@pytest.mark.parametrize("retain", [False, True])
def test_4_7_2_1_a_leading_wildcard_does_not_match_a_dollar_topic(ours, dial, name, retain):
    raw, exact = dial(ours.port, name), dial(ours.port, f"{name}e")
    topic = f"${name}/monitor/clients"
    if retain:
        raw.publish(topic, b"x", 1, retain=True)
    raw.subscribe(("+/monitor/clients", 0))
    raw.subscribe(("+/monitor/#", 0))
    exact.send(subscribe_packet((f"${name}/#", 0), (f"${name}/monitor/+", 0)))
    exact.expect(SUBACK)
    if not retain:
        exact.send(publish_packet(topic, b"x"))
    assert exact.message().topic == topic
    if retain:
        assert exact.message().topic == topic
    raw.quiet()
    exact.quiet()
    raw.publish(topic, b"", 1, retain=True)


def test_4_7_2_1_the_lone_hash_does_not_match_a_dollar_topic(start, dial):
    running = start()
    raw = dial(running.port, "a")
    raw.publish("$x/t", b"kept", 1, retain=True)
    raw.publish("x/t", b"kept", 1, retain=True)
    raw.subscribe(("#", 0))
    assert raw.message().topic == "x/t"
    raw.send(publish_packet("$x/t", b"x"))
    raw.quiet()


def test_nobody_may_write_below_sys(start, dial):
    running = start()
    raw = dial(running.port, "a")
    raw.subscribe(("$SYS/#", 0))
    raw.publish("$SYS/broker/version", b"mine", 1, retain=True)
    raw.quiet()
    assert running.stats()["denied_publish"] == 1
