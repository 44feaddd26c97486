"""The node's client finds a real broker through a real mDNS responder. Asked directly at this computer's own port 5353,
since not every machine that runs tests has a network with multicast; all else is as in a room."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from gongzhi.broker import BrokerConfig, BrokerProcess
from gongzhi.broker.advertise import addresses, advertised, wanted

HERE = Path(__file__).parent


def test_a_broker_is_found_by_its_service(command: tuple[list[str], dict[str, str]]) -> None:
    broker = BrokerProcess.start(BrokerConfig(port=0))

    async def look() -> str:
        async with advertised("0.0.0.0", broker.port, ["127.0.0.1"]) as told:
            assert told == ["127.0.0.1"]
            args = [*command[0], str(HERE / "live" / "finder.py"), "127.0.0.1", "5353"]
            child = await asyncio.create_subprocess_exec(*args, env=command[1], stdout=-1, stderr=-1)
            out, error = await child.communicate()
            return out.decode() + error.decode()

    try:
        assert asyncio.run(look()).strip() == f"up ('127.0.0.1', {broker.port})"
    finally:
        broker.stop()


@pytest.mark.parametrize(
    ("host", "reached"),
    [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True), ("", True), ("192.168.1.7", True)],
)
def test_only_a_broker_that_others_reach_is_told(host: str, reached: bool) -> None:
    assert wanted(host) is reached


def test_nothing_is_told_where_there_is_no_address() -> None:
    async def tell() -> list[str]:
        async with advertised("0.0.0.0", 1883, []) as told:
            return told

    assert asyncio.run(tell()) == []
    assert "127.0.0.1" not in addresses("0.0.0.0")
