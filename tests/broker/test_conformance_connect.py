"""MQTT 3.1.1, sections 1.5, 2, 3.1, 3.2, 3.12, 3.14: connecting, pings and goodbyes; tests are named by statement."""

from __future__ import annotations

import socket

import pytest
from mqtt_raw import (
    CONNACK,
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    connect_packet,
    packet,
    publish_packet,
    short,
    subscribe_packet,
    text,
)

HEAD = text("MQTT") + b"\x04"


def refused_silently(raw, data: bytes) -> None:
    """The broker closes without CONNACK (3.1.4-1)."""
    raw.send(data)
    raw.closed()


# 1.5.3 UTF-8 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"abc\xed\xbf\xbf"])
def test_1_5_3_1_ill_formed_utf8_or_a_surrogate_closes(port, dial, name, bad):
    refused_silently(dial(port), connect_packet(bad))
    raw = dial(port, name)
    raw.send(publish_packet(bad, b"x"))
    raw.closed()
    raw = dial(port, name)
    raw.send(packet(SUBSCRIBE, b"\x00\x01" + text(bad) + b"\x00"))
    raw.closed()


def test_1_5_3_2_the_null_character_closes(port, dial, name):
    raw = dial(port, name)
    raw.send(publish_packet("a\0b", b"x"))
    raw.closed()
    raw = dial(port, name)
    raw.send(subscribe_packet(("a\0b", 0)))
    raw.closed()


def test_1_5_3_3_a_byte_order_mark_is_a_letter_of_the_topic(ours, dial, name):
    # Ours alone: mosquitto 2.0 refuses non-characters more widely than the standard asks.
    raw = dial(ours.port, name)
    raw.subscribe((f"{name}/\ufeffx", 0), (f"{name}/x", 0))
    raw.send(publish_packet(f"{name}/\ufeffx", b"1"))
    assert raw.message().topic == f"{name}/\ufeffx"
    raw.quiet()


# 2 packets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "flags", "body"),
    [(PUBACK, 1, b"\0\1"), (PUBREC, 2, b"\0\1"), (PINGREQ, 1, b""), (DISCONNECT, 1, b"")],
)
def test_2_2_2_2_wrong_flags_close(ours, dial, name, kind, flags, body):
    raw = dial(ours.port, name)
    raw.send(packet(kind, body, flags))
    raw.closed()


@pytest.mark.parametrize("kind", [0, 15, CONNACK, SUBACK])
def test_2_2_1_types_that_no_client_sends_close(port, dial, name, kind):
    raw = dial(port, name)
    raw.send(packet(kind, b"\x00\x01" if kind not in (0, 15) else b""))
    raw.closed()


@pytest.mark.parametrize("kind", [UNSUBACK, PINGRESP])
def test_2_2_1_more_types_that_no_client_sends_close(ours, dial, name, kind):
    # Ours alone: mosquitto takes these from a client, which may be a bridge.
    raw = dial(ours.port, name)
    raw.send(packet(kind, b"\x00\x01" if kind == UNSUBACK else b""))
    raw.closed()


@pytest.mark.parametrize("last", [0, 1])
def test_2_2_3_the_remaining_length_has_four_bytes_at_most(port, dial, name, last):
    raw = dial(port, name)
    raw.send(b"\xc0\x80\x80\x80\x80" + bytes((last,)))
    raw.closed()


@pytest.mark.parametrize("length", [0, 1, 119, 120, 121, 127, 128, 16370, 16375, 16376, 16384])
def test_2_2_3_lengths_around_each_further_byte(port, dial, name, length):
    raw = dial(port, name)
    raw.subscribe((f"{name}/t", 0))
    raw.send(publish_packet(f"{name}/t", b"x" * length))
    assert raw.message().payload == b"x" * length


def test_2_2_3_an_overlong_form_of_the_length_is_read(ours, dial, name):
    raw = dial(ours.port, name)
    raw.send(bytes((PINGREQ << 4, 0x80, 0x80, 0x00)))
    assert raw.read().kind == PINGRESP


@pytest.mark.parametrize(
    "data",
    [
        publish_packet("t", b"x", 1, 0),
        publish_packet("t", b"x", 2, 0),
        subscribe_packet(("t", 0), number=0),
        packet(UNSUBSCRIBE, b"\0\0" + text("t")),
    ],
)
def test_2_3_1_1_packet_id_zero_closes(port, dial, name, data):
    raw = dial(port, name)
    raw.send(data)
    raw.closed()


def test_2_3_1_a_packet_that_comes_byte_by_byte_and_many_in_one_piece(port, dial, name):
    raw = dial(port)
    for byte in connect_packet(name) + subscribe_packet((f"{name}/t", 1)):
        raw.send(bytes((byte,)))
    assert raw.connack() == (False, 0)
    assert raw.read().kind == SUBACK
    raw.send(*(publish_packet(f"{name}/t", b"%d" % n) for n in range(200)), packet(PINGREQ))
    assert [raw.message().payload for _ in range(200)] == [b"%d" % n for n in range(200)]
    assert raw.read().kind == PINGRESP


# 3.1 CONNECT --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [packet(PINGREQ), publish_packet("a", b"b"), subscribe_packet(("a", 0)), packet(DISCONNECT), short(PUBACK, 1)],
)
def test_3_1_0_1_anything_before_connect_closes(port, dial, data):
    refused_silently(dial(port), data)


def test_3_1_0_2_a_second_connect_closes(port, dial, name):
    raw = dial(port, name)
    raw.send(connect_packet(name))
    raw.closed()


def test_3_1_0_2_a_second_connect_is_not_obeyed(ours, dial, name):
    # Ours alone: mosquitto 2.0.11 loses the first will.
    watcher = dial(ours.port, f"{name}w")
    watcher.subscribe((f"{name}/#", 0))
    raw = dial(ours.port, name, will=(f"{name}/will", b"first", 0, False))
    raw.send(connect_packet(name, will=(f"{name}/will", b"second", 0, False)))
    raw.closed()
    assert watcher.message().payload == b"first"
    watcher.quiet()


@pytest.mark.parametrize("protocol", ["MQTX", "mqtt", "", "HTTP"])
def test_3_1_2_1_another_protocol_closes(port, dial, protocol):
    refused_silently(dial(port), connect_packet(name=protocol))


@pytest.mark.parametrize("level", [0, 2, 6, 127])
def test_3_1_2_2_another_level_gets_code_1_and_the_end(port, dial, level):
    raw = dial(port)
    assert raw.connect(level=level) == (False, 1)
    raw.closed()


def test_3_1_2_3_the_reserved_connect_flag_closes(port, dial):
    refused_silently(dial(port), connect_packet(flags=0x03))


def test_3_1_2_6_a_clean_session_forgets_the_old_one(port, dial, name):
    first = dial(port, name, clean=False)
    first.subscribe((f"{name}/t", 1))
    first.leave()
    second = dial(port)
    assert second.connect(name, clean=True) == (False, 0)
    second.send(publish_packet(f"{name}/t", b"x"))
    second.quiet()
    second.leave()
    third = dial(port)
    assert third.connect(name, clean=False) == (False, 0)
    third.send(publish_packet(f"{name}/t", b"x"))
    third.quiet()


def test_3_1_2_7_retained_messages_outlive_the_session(port, dial, name):
    first = dial(port, name)
    first.publish(f"{name}/t", b"stays", 1, retain=True)
    first.leave()
    second = dial(port, name)
    second.subscribe((f"{name}/t", 1))
    assert second.message().payload == b"stays"


def test_3_1_2_8_the_will_is_published_when_the_connection_is_lost(port, dial, name):
    watcher = dial(port, f"{name}w")
    watcher.subscribe((f"{name}/#", 2))
    for qos in (0, 1, 2):
        dial(port, name, will=(f"{name}/will", b"gone", qos, False)).vanish()
        got = watcher.message()
        assert (got.topic, got.payload, got.qos, got.retain) == (f"{name}/will", b"gone", qos, False)
    watcher.quiet()


def test_3_1_2_8_the_will_is_published_after_a_mistake_of_the_client(port, dial, name):
    watcher = dial(port, f"{name}w")
    watcher.subscribe((f"{name}/#", 0))
    raw = dial(port, name, will=(f"{name}/will", b"gone", 0, False))
    raw.send(packet(15))
    raw.closed()
    assert watcher.message().payload == b"gone"


def test_3_1_2_10_no_will_after_disconnect(port, dial, name):
    watcher = dial(port, f"{name}w")
    watcher.subscribe((f"{name}/#", 0))
    dial(port, name, will=(f"{name}/will", b"gone", 0, False)).leave()
    watcher.quiet()


@pytest.mark.parametrize("flags", [0x0A, 0x12, 0x22])
def test_3_1_2_11_13_15_will_qos_or_retain_without_a_will_closes(port, dial, flags):
    refused_silently(dial(port), connect_packet(flags=flags))


def test_3_1_2_12_no_will_if_none_was_given(port, dial, name):
    watcher = dial(port, f"{name}w")
    watcher.subscribe((f"{name}/#", 0))
    dial(port, name).vanish()
    watcher.quiet()


def test_3_1_2_14_will_qos_3_closes(port, dial):
    refused_silently(dial(port), connect_packet(will=("t", "x", 3, False)))


def test_3_1_2_16_17_a_will_is_retained_only_if_it_says_so(port, dial, name):
    dial(port, name, will=(f"{name}/kept", b"gone", 1, True)).vanish()
    dial(port, name, will=(f"{name}/passing", b"gone", 1, False)).vanish()
    raw = dial(port, name)
    raw.subscribe((f"{name}/#", 1))
    got = raw.message()
    assert (got.topic, got.payload, got.retain) == (f"{name}/kept", b"gone", True)
    raw.quiet()


def test_3_1_2_22_a_password_without_a_user_closes(port, dial):
    refused_silently(dial(port), packet(CONNECT, HEAD + b"\x42\0\0" + text("c") + text("secret")))


@pytest.mark.parametrize("missing", [0x80, 0x04, 0xC0])
def test_3_1_2_9_19_21_a_field_that_the_flags_promise_must_be_there(port, dial, missing):
    refused_silently(dial(port), packet(CONNECT, HEAD + bytes((2 | missing, 0, 0)) + text("c")))


def test_3_1_2_18_20_a_field_that_the_flags_deny_must_not_be_there(ours, dial):
    # Ours alone: mosquitto 2.0.11 takes bytes after the end.
    refused_silently(dial(ours.port), packet(CONNECT, HEAD + b"\x02\0\0" + text("c") + text("user")))


def test_3_1_2_24_silence_for_one_and_a_half_keepalives_ends_it(start, dial):
    running = start()
    watcher = dial(running.port, "watcher")
    watcher.subscribe(("will", 0))
    raw = dial(running.port, "c", keepalive=10, will=("will", b"gone", 0, False))
    running.forward(14.9)
    raw.quiet()
    running.forward(14.9)
    raw.quiet()
    running.forward(15.1)
    raw.closed()
    assert watcher.message().payload == b"gone"
    assert running.stats()["timeouts"] == 1


def test_3_1_2_24_keepalive_zero_is_no_keepalive(start, dial):
    running = start()
    raw = dial(running.port, "c", keepalive=0)
    running.forward(1e6)
    raw.quiet()


def test_3_1_3_5_ids_of_23_letters_and_more(port, dial):
    for client in ("x", "0123456789abcdefghijklm", "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 2):
        dial(port, client).leave()


def test_3_1_3_6_an_empty_id_gets_one_of_its_own(port, dial, name):
    first, second = dial(port, ""), dial(port, "")
    for raw in (first, second):
        raw.subscribe((f"{name}/t", 0))
    first.send(publish_packet(f"{name}/t", b"x"))
    assert first.message().payload == second.message().payload == b"x"


def test_3_1_3_8_an_empty_id_with_a_session_gets_code_2_and_the_end(port, dial):
    raw = dial(port)
    assert raw.connect("", clean=False) == (False, 2)
    raw.closed()


def test_3_1_4_1_a_connect_that_ends_too_early_closes(port, dial):
    whole = connect_packet("client", will=("t", "m", 1, False), user="u", password="p")[2:]
    for cut in range(len(whole)):
        refused_silently(dial(port), packet(CONNECT, whole[:cut]))


def test_3_1_4_2_the_same_id_again_ends_the_first(port, dial, name):
    watcher = dial(port, f"{name}w")
    watcher.subscribe((f"{name}/#", 0))
    first = dial(port, name, will=(f"{name}/will", b"pushed out", 0, False))
    second = dial(port, name)
    first.closed()
    assert watcher.message().payload == b"pushed out"
    second.quiet()


def test_3_1_4_5_nothing_after_a_refused_connect_is_obeyed(port, dial, name):
    watcher = dial(port, f"{name}w")
    watcher.subscribe((f"{name}/#", 0))
    raw = dial(port)
    raw.send(connect_packet(name, level=9), publish_packet(f"{name}/t", b"x"))
    assert raw.connack() == (False, 1)
    raw.closed()
    watcher.quiet()


def test_3_1_4_packets_may_follow_connect_at_once(port, dial, name):
    raw = dial(port)
    raw.send(connect_packet(name), subscribe_packet((f"{name}/t", 1)), publish_packet(f"{name}/t", b"x", 1, 7))
    assert raw.connack() == (False, 0)
    assert raw.read().kind == SUBACK
    assert {raw.read().kind, raw.read().kind} == {PUBLISH, PUBACK}


# 3.2 CONNACK --------------------------------------------------------------------------------------------------


def test_3_2_2_1_2_3_session_present_says_whether_there_is_one(port, dial, name):
    first = dial(port)
    assert first.connect(name, clean=False) == (False, 0)
    first.leave()
    second = dial(port)
    assert second.connect(name, clean=False) == (True, 0)
    second.leave()
    third = dial(port)
    assert third.connect(name, clean=True) == (False, 0)
    third.leave()
    fourth = dial(port)
    assert fourth.connect(name, clean=False) == (False, 0)


# 3.12, 3.14 ---------------------------------------------------------------------------------------------------


def test_3_12_4_1_a_ping_is_answered(port, dial, name):
    raw = dial(port, name)
    for _ in range(3):
        raw.quiet()


def test_3_14_4_3_and_the_end_after_disconnect(port, dial, name):
    raw = dial(port, name)
    raw.send(packet(DISCONNECT), publish_packet(f"{name}/t", b"x"))
    raw.closed()


def test_pubrel_flags_3_6_1_1(port, dial, name):
    raw = dial(port, name)
    raw.send(short(PUBREL, 1, flags=0))
    raw.closed()


# The transport ------------------------------------------------------------------------------------------------


def test_tcp_nodelay_is_set_on_both_ends(ours, dial, name):
    dial(ours.port, name)

    def delays():
        found = []
        for connection in ours.broker._connections:
            sock = connection.transport.get_extra_info("socket")
            found.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return found

    found = ours.call(delays)
    assert found
    assert all(found)
