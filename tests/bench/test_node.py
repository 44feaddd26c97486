"""The bench of the node: its parts give figures that fit each other, for our client and for a file beside it."""

import asyncio

import pytest
from gongzhi.bench import node
from gongzhi.errors import BoardError

# Two clients of the kind that blocks, as umqtt.simple and umqtt.robust are, in one package as theirs.
SIMPLE = """
import socket
from gongzhi_node.packets import connect_packet, publish_packet, subscribe_packet

class MQTTClient:
    def __init__(self, client_id, server, port):
        self.client_id, self.server, self.port, self.pid = client_id, server, port, 0

    def set_callback(self, f):
        self.cb = f

    def connect(self):
        self.sock = socket.socket()
        self.sock.connect(socket.getaddrinfo(self.server, self.port)[0][-1])
        self.sock.setsockopt(6, 1, 1)
        self.sock.write(connect_packet(self.client_id, 60, None, None, None))
        assert self.sock.read(4)[3] == 0

    def subscribe(self, topic, qos=0):
        self.topic = topic
        self.sock.write(subscribe_packet((topic,)))
        while self.wait_msg() != 0x90:
            pass

    def publish(self, topic, msg, retain=False, qos=0):
        self.pid += 1
        self.sock.write(publish_packet(topic, msg, qos, retain, self.pid))
        while self.wait_msg() != 0x40:
            pass

    def wait_msg(self):
        head = self.sock.read(2)
        if not head:
            raise OSError(-1)
        body = self.sock.read(head[1])
        if head[0] & 0xF0 == 0x30:
            n = 2 + (body[0] << 8 | body[1])
            self.cb(body[2:n], body[n + 2:])
            self.sock.write(b"\\x40\\x02" + body[n : n + 2])
        return head[0]

    check_msg = wait_msg
"""
ROBUST = """
import time
from . import simple

class MQTTClient(simple.MQTTClient):
    def publish(self, *args):
        while True:
            try:
                return super().publish(*args)
            except OSError:
                self.again()

    def again(self):
        while True:
            try:
                self.connect()
                return self.subscribe(self.topic, 1)
            except OSError:
                time.sleep_ms(20)
"""


@pytest.fixture
def bench(tmp_path, monkeypatch):
    pytest.importorskip("micropython_run", reason="no MicroPython wheel for this machine")
    monkeypatch.setattr(node, "OUTAGES", 1)
    monkeypatch.setattr(node, "_GONE", 0.2)
    monkeypatch.setattr(node, "_APART", 0.8)
    monkeypatch.setattr(node, "_COMMANDS", 3)
    with node.broker() as (port, broker):
        assert broker in ("mosquitto", "gongzhi")
        yield node._Bench(tmp_path, port)


@pytest.fixture
def package(tmp_path):
    """The folder of the package."""
    folder = tmp_path / "umqtt"
    folder.mkdir()
    (folder / "simple.py").write_text(SIMPLE)
    (folder / "robust.py").write_text(ROBUST)
    return folder


def test_a_client_and_its_peer_as_it_is(bench, package):
    assert bench.take(package / "simple.py") == "peer_client"
    for module in ("gongzhi_node.mqtt", bench.take(package / "robust.py")):
        figures = asyncio.run(bench._client(module))
        assert figures["qos1_rtt_ms_p50"] > 0
        assert figures["qos1_msgs_per_s"] > 0
        assert figures["recovery_s"] > 0
        assert figures["lost_qos1"] == 0


def test_a_peer_that_does_not_come_back_is_said_to_have_lost_the_rest(bench, package, monkeypatch):
    monkeypatch.setattr(node, "_AWAY", 0.5)
    recovery, lost = asyncio.run(bench._outages(bench.take(package / "simple.py")))
    assert recovery is None
    assert 0 < lost <= 10


def test_from_a_command_to_the_pin(bench):
    assert asyncio.run(bench._pin()) > 0


def test_what_fails_is_told(bench):
    with pytest.raises(BoardError, match=r"client\.py"):
        asyncio.run(bench._say("client.py", str(bench.port), "no_such_module", "speed"))


def test_a_peer_that_is_not_there():
    pytest.importorskip("micropython_run", reason="no MicroPython wheel for this machine")
    with pytest.raises(BoardError, match="no file"):
        node.run(node.Path("no/such/client.py"))
