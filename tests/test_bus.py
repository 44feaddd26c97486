"""The host's way to a broker: what is refused, silent or absent has its own words; messages and links arrive."""

import queue
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from gongzhi.broker import AccessRule, BrokerConfig, BrokerProcess, Users
from gongzhi.bus import Address, Bus
from gongzhi.errors import BrokerError

WAIT = 30


@pytest.fixture(scope="module")
def port():
    users = Users()
    users.add("me", "secret")
    with BrokerProcess.start(BrokerConfig(port=0, users=users)) as broker:
        yield broker.port


def test_a_message_goes_round(port):
    links, heard = queue.Queue(), queue.Queue()
    bus = Bus(f"mqtt://me:secret@127.0.0.1:{port}", "round", links.put)
    bus.subscribe("a/+", lambda topic, payload: heard.put((topic, payload)))
    bus.connect()
    assert links.get(timeout=WAIT) is True
    assert bus.publish("a/b", b"hello", 1)
    assert heard.get(timeout=WAIT) == ("a/b", b"hello")
    bus.close()
    assert links.get(timeout=WAIT) is False
    assert bus.publish("a/b", b"late", 1) is False


def test_tcp_does_not_wait_for_more_to_send(port):
    bus = Bus(f"mqtt://me:secret@127.0.0.1:{port}", "nodelay")
    bus.connect()
    assert bus._client.socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    bus.close()


def test_a_wrong_password_is_said(port):
    with pytest.raises(BrokerError, match="refuses us"):
        Bus(f"mqtt://me:wrong@127.0.0.1:{port}", "wrong").connect()


def test_an_account_of_another_team_is_said():
    users = Users()
    users.add("gate01", "secret")
    access = (AccessRule("gate01", "readwrite", "v1/local/gate01/#"),)
    with BrokerProcess.start(BrokerConfig(port=0, users=users, access=access)) as broker:
        bus = Bus(f"mqtt://gate01:secret@127.0.0.1:{broker.port}", "team")
        bus.connect()
        try:
            bus.admitted("v1/local/gate01/+/up/online", "gate01")
            with pytest.raises(BrokerError, match="“gate01” out of the piece “plant-7f21”"):
                bus.admitted("v1/local/plant-7f21/+/up/online", "plant-7f21")
        finally:
            bus.close()


def test_what_is_said_between_the_brokers_word_and_the_dropping_is_not_taken(port):
    bus = Bus(f"mqtt://me:secret@127.0.0.1:{port}", "between")
    drop, taken = bus._client.drop_out_messages, []

    def dropping():
        taken.append(bus.publish("a/b", b"now", 1))  # as another thread may
        return drop()

    bus._client.drop_out_messages = dropping
    bus.connect()
    assert taken == [False], "it would be dropped"
    assert bus.publish("a/b", b"now", 1)
    bus.close()


def test_nobody_there_is_said():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(BrokerError, match="No broker answers"):
            Bus(f"mqtt://127.0.0.1:{unused.getsockname()[1]}", "nobody").connect()


def test_something_else_on_the_port_is_said():
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(BrokerError, match="does not answer"):
        Bus(f"mqtt://127.0.0.1:{mute.getsockname()[1]}", "mute").connect(timeout=0.3)


@pytest.mark.parametrize("url", ["http://a", "a:1883", "mqtt://", ""])
def test_what_is_no_address_is_said(url):
    with pytest.raises(BrokerError, match="address"):
        Bus(url, "x")


@pytest.mark.parametrize("url", ["mqtt://h:99999", "mqtt://h:x", "mqtt://h:0", "mqtt://[::1", "mqtts://:8883"])
def test_a_wrong_port_or_host_is_said(url):
    with pytest.raises(BrokerError, match="address"):
        Address.of(url)


def test_an_address_has_its_parts():
    assert Address.of("mqtt://a%40b:p%3A@[::1]:1884") == Address("::1", 1884, "a@b", "p:", tls=False)
    assert Address.of("mqtts://school.example") == Address("school.example", 8883, tls=True)


def test_a_password_is_not_shown():
    with pytest.raises(BrokerError) as caught:
        Address.of("mqt://me:secret@h")
    assert "secret" not in str(caught.value)


def test_a_name_that_cannot_be_one_is_said():
    with pytest.raises(BrokerError, match="No broker answers"):
        Bus(f"mqtt://{'a' * 64}.example", "x").connect()


def packet(conn):
    """The next MQTT packet on `conn`: (its first byte, its body)."""
    first, size = conn.recv(1)[0], conn.recv(1)[0]
    assert size < 128
    body = b""
    while len(body) < size:
        body += conn.recv(size - len(body))
    return first, body


def accepted(server):
    """A connection that the server has let in."""
    conn = server.accept()[0]
    conn.settimeout(WAIT)
    assert packet(conn)[0] == 0x10
    conn.sendall(b"\x20\x02\0\0")
    return conn


def test_who_has_no_account_is_told_so_and_no_answer_is_kept():
    def kept_out(server):
        conn = accepted(server)
        for word in (b"\1", b"\x80"):  # to what was subscribed, to what is asked
            conn.sendall(b"\x90\3" + packet(conn)[1][:2] + word)
        return conn

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        bus = Bus(f"mqtt://127.0.0.1:{server.getsockname()[1]}", "nobody")
        bus.subscribe("hear", lambda *_: None)
        talk = pool.submit(kept_out, server)
        bus.connect()
        with pytest.raises(BrokerError, match="no account out of the piece “gate01”") as caught:
            bus.admitted("v1/local/gate01/+/up/#", "gate01")
        assert "mqtt://gate01:" in str(caught.value)
        assert not bus._asked
        bus.close()
        talk.result().close()


def test_case_13_an_order_that_was_under_way_is_not_sent_again_with_the_next_connection():
    heard = queue.Queue()
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        bus = Bus(f"mqtt://127.0.0.1:{server.getsockname()[1]}", "again", lambda up: up and bus.publish("up", b""))
        bus._client.reconnect_delay_set(0.001, 0.001)
        bus.subscribe("hear", lambda *_: bus.publish("heard", b""))
        first = pool.submit(accepted, server)
        bus.connect()
        conn = first.result()
        assert packet(conn)[0] == 0x82, "it subscribes"
        assert b"up" in packet(conn)[1]
        assert bus.publish("v1/a/b/door/down/cmd", b"open", 1)
        assert bus.publish("v1/a/_all/down/stop", b"stop", 1)
        assert [b"open" in packet(conn)[1], b"stop" in packet(conn)[1]] == [True, True]
        conn.close()  # neither was acknowledged
        conn = accepted(server)
        assert packet(conn)[0] == 0x82
        conn.sendall(b"\x30\x06\0\x04hear")
        while not heard.qsize() or b"heard" not in heard.queue[-1]:
            heard.put(packet(conn)[1])
        bus.close()
        conn.close()
    said = b" ".join(heard.queue)
    assert b"open" not in said
    assert b"stop" in said, "a stop is worth it at any time"
