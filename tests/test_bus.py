"""The host's way to a broker: what is refused, silent or absent has its own words; messages and links arrive."""

import queue
import socket

import pytest
from gongzhi.broker import BrokerConfig, BrokerProcess, Users
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
