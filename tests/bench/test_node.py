"""The bench of the node: its parts give figures that fit each other, for our client and for a file beside it."""

import asyncio

import pytest
from gongzhi.bench import node
from gongzhi.errors import BoardError

PEER = "from gongzhi_node.mqtt import Client  # noqa: F401\n"


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


def test_a_client_and_its_peer(bench, tmp_path):
    (tmp_path / "mpy" / "peer_client.py").write_text(PEER)
    for module in ("gongzhi_node.mqtt", "peer_client"):
        figures = asyncio.run(bench._client(module))
        assert figures["qos1_rtt_ms_p50"] > 0
        assert figures["qos1_msgs_per_s"] > 0
        assert figures["recovery_s"] > 0
        assert figures["lost_qos1"] == 0


def test_from_a_command_to_the_pin(bench):
    assert asyncio.run(bench._pin()) > 0


def test_what_fails_is_told(bench):
    with pytest.raises(BoardError, match=r"client\.py"):
        asyncio.run(bench._say("client.py", str(bench.port), "no_such_module", "speed"))


def test_a_peer_that_is_not_there():
    pytest.importorskip("micropython_run", reason="no MicroPython wheel for this machine")
    with pytest.raises(BoardError, match="no file"):
        node.run(node.Path("no/such/client.py"))
