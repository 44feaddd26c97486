"""Brokers to test: ours with any configuration, and mosquitto, which shows that the tests themselves are right."""

from __future__ import annotations

import contextlib
import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gongzhi.bench.mqtt_load import find_mosquitto, mosquitto
from gongzhi.broker import BrokerConfig, Limits
from mqtt_raw import Client, Running

_names = itertools.count()


@pytest.fixture
def name() -> str:
    """A word that no other test uses, for client ids and topics: the brokers are shared."""
    return f"n{next(_names)}"


@pytest.fixture(scope="session")
def _ours():
    running = Running()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def _mosquitto():
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed")
    with mosquitto(program) as (port, _):
        yield port


@pytest.fixture(params=["gongzhi", "mosquitto"])
def port(request) -> int:
    """Ours, then mosquitto."""
    return (
        request.getfixturevalue("_ours").port if request.param == "gongzhi" else request.getfixturevalue("_mosquitto")
    )


@pytest.fixture
def ours(_ours) -> Running:
    """Our broker with the default configuration, shared."""
    return _ours


@pytest.fixture
def start():
    """start(**BrokerConfig's fields, limits as a dict): a broker of ours for this test alone."""
    with contextlib.ExitStack() as stack:

        def begin(limits=None, **config) -> Running:
            running = Running(BrokerConfig(port=0, limits=Limits(**(limits or {})), **config))
            stack.callback(running.stop)
            return running

        yield begin


@pytest.fixture
def dial():
    """dial(port): a raw client, closed at the end; dial(port, id, …) has said CONNECT and was accepted."""
    with contextlib.ExitStack() as stack:

        def made(port: int, client: str | None = None, **more) -> Client:
            raw = Client(port)
            stack.callback(raw.socket.close)
            if client is not None:
                assert raw.connect(client, **more)[1] == 0
            return raw

        yield made
