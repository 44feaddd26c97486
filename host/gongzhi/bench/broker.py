"""Takes nothing, gives the embedded broker's speed beside mosquitto's in the same run: `gongzhi bench broker`."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

from gongzhi.bench.mqtt_load import LoadClient, cpu_seconds, find_mosquitto, mosquitto
from gongzhi.broker.config import BrokerConfig
from gongzhi.broker.listen import raise_file_limit
from gongzhi.broker.process import BrokerProcess
from gongzhi.cli.output import say
from gongzhi.text import tr

BOARDS: Final = 50
RATE: Final = 20
CLIENTS: Final = 3000
_ROUNDS, _BLOCKS = 100, 6
_PAYLOAD: Final = b"x" * 32
# Seconds that the last messages may take before they count as lost.
_DRAIN = 10.0


class _Peer:
    """One broker under test: its port, how to ask for its CPU time, what was found."""

    def __init__(self, port: int, cpu: Callable[[], float]) -> None:
        self.port, self.cpu = port, cpu
        self.trips: list[float] = []
        self.share: list[float] = []
        self.lost = 0
        self.storm: float | None = None

    def result(self) -> dict[str, float | int | None]:
        """The figures; `storm_s` None where a client could not connect."""
        return {
            "rtt_ms_p50": round(statistics.median(self.trips) * 1e3, 3),
            "fanin_cpu": round(statistics.median(self.share), 3),
            "storm_s": None if self.storm is None else round(self.storm, 2),
            "lost": self.lost,
        }


def run(seconds: float = 6.0, clients: int = CLIENTS) -> dict[str, Any]:
    """Measure both brokers in turns, on loopback.

    `rtt_ms_p50`: from writing a QoS 1 message of 32 bytes until it comes back to its own sender, which subscribed to
    it at QoS 1, in ms. `fanin_cpu`: the broker's CPU time while 50 boards send 20 messages a second each at QoS 1 to
    one QoS 1 subscriber, as a share of one core, over `seconds`. `lost`: messages of those that never came.
    `storm_s`: seconds until `clients` clients that come at once have their CONNACK. `peer`: the same for mosquitto
    with TCP_NODELAY, None where it is not installed.
    """
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(BrokerProcess.start(BrokerConfig(port=0)))
        peers = [_Peer(ours.port, lambda: float(ours.stats()["cpu_s"]))]
        program = find_mosquitto()
        if program is None:
            say(tr("mosquitto is not installed: there is nothing to compare the broker with."))
        else:
            port, pid = stack.enter_context(mosquitto(program))
            peers.append(_Peer(port, lambda: cpu_seconds(pid)))
        asyncio.run(_measure(peers, seconds, clients))
        return {**peers[0].result(), "peer": peers[1].result() if len(peers) > 1 else None}


async def _measure(peers: list[_Peer], seconds: float, clients: int) -> None:
    # In turns, so that what else this machine does falls on both alike.
    for _ in range(_BLOCKS):
        for peer in peers:
            peer.trips += await _round_trips(peer.port)
    for _ in range(2):
        for peer in peers:
            await _fan_in(peer, seconds / 2)
    for peer in peers:
        await _storm(peer, clients)


async def _round_trips(port: int) -> list[float]:
    client = await LoadClient.connect(port, "bench-rtt")
    await client.subscribe("bench/rtt")
    back = asyncio.Event()
    client.on_message = lambda _: back.set()
    trips = []
    for number in range(_ROUNDS):
        back.clear()
        begin = time.perf_counter()
        client.publish(b"\x00\x09bench/rtt", _PAYLOAD, number)
        async with asyncio.timeout(10):
            await back.wait()
        trips.append(time.perf_counter() - begin)
    client.close()
    return trips[_ROUNDS // 10 :]


async def _fan_in(peer: _Peer, seconds: float) -> None:
    each = max(1, round(RATE * seconds))
    missing = {(board, turn) for board in range(BOARDS) for turn in range(each)}
    done = asyncio.Event()

    def took(payload: bytes) -> None:
        board, turn = payload.split()[:2]
        missing.discard((int(board), int(turn)))
        if not missing:
            done.set()

    reader = await LoadClient.connect(peer.port, "bench-all")
    reader.on_message = took
    await reader.subscribe("bench/#")
    boards = [await LoadClient.connect(peer.port, f"bench-board-{index}") for index in range(BOARDS)]
    topics = [len(name).to_bytes(2, "big") + name for name in (f"bench/{n:02}/up/s".encode() for n in range(BOARDS))]
    begin, used = time.monotonic(), peer.cpu()
    for turn in range(each):
        for index, board in enumerate(boards):
            due = begin + (turn + index / BOARDS) / RATE
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            board.publish(topics[index], b"%d %d " % (index, turn) + _PAYLOAD, turn)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN):
            await done.wait()
    peer.share.append((peer.cpu() - used) / (time.monotonic() - begin))
    peer.lost += len(missing)
    for client in (reader, *boards):
        client.close()


async def _storm(peer: _Peer, clients: int) -> None:
    room = raise_file_limit(clients + 256) - 256
    if room < clients:
        say(
            tr(
                "This system allows {room} connections, not {clients}: the storm is smaller.",
                room=room,
                clients=clients,
            )
        )
        clients = room
    begin = time.monotonic()
    came = await asyncio.gather(
        *(LoadClient.connect(peer.port, f"bench-storm-{index}") for index in range(clients)), return_exceptions=True
    )
    took = time.monotonic() - begin
    failed = [result for result in came if isinstance(result, BaseException)]
    for result in came:
        if isinstance(result, LoadClient):
            result.close()
    if failed:
        say(
            tr(
                "{count} of {clients} clients could not connect: {why}",
                count=len(failed),
                clients=clients,
                why=failed[0],
            )
        )
    else:
        peer.storm = took
