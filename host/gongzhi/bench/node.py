"""Takes another client's file, or none; gives the node's speed, memory and recovery on real MicroPython."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

from gongzhi.bench.gate import Gate
from gongzhi.bench.mqtt_load import HOST, LoadClient, find_mosquitto, mosquitto
from gongzhi.board import firmware, romfs
from gongzhi.broker.config import BrokerConfig
from gongzhi.broker.process import BrokerProcess
from gongzhi.errors import BoardError
from gongzhi.sim.board_body import library
from gongzhi.text import N_

HERE: Final = Path(__file__).parent / "on_board"
WIDER: Final = 1.56  # objects on 64 bit against 32 bit, for firmware-like code
OUTAGES: Final = 5
_GONE, _PATIENCE = 3.0, 120.0  # s
_AWAY: Final = 30.0  # s; a client that is not back by then will not come
_APART: Final = 5.5  # s; a connection that lives for less than 5 s looks as if another board had the same id
_COMMANDS: Final = 60
_KINDS: Final = {"servo": (180, 2), "led": (1, 3), "buzzer": (5000, 1), "button": (0, 2)}  # highest value, how many
_PLACE: Final = "v1/local/team/dev/"


def run(peer: Path | None = None) -> dict[str, Any]:
    """Measure on loopback, over mosquitto with TCP_NODELAY where it is installed, else the embedded broker (`broker`).

    `qos1_rtt_ms_p50`: 32 bytes at QoS 1 to its own subscription and back. `qos1_msgs_per_s`: acknowledged messages.
    `recovery_s`: the broker's port refuses for 3 s; from its return to the first acknowledgement, median of 5;
    `lost_qos1`: messages published over all this that never came. `live_heap_bytes`: what the connected node with 8
    parts and Wi-Fi holds, all that main.py has started included, with its code in a ROMFS image
    (`live_heap_delivery`); `live_heap_32bit_estimate` the same / 1.56, `_files` the same with the code in .mpy files.
    `min_heap_bytes`: the smallest heap of this 64-bit machine (to 2 KB, the image, which lies in flash, not counted)
    in which it starts and connects. `idle_garbage_bytes_per_s`: connected, no telemetry; `telemetry_bytes_32bit_
    estimate`: what one message of all 8 parts allocates.
    `command_to_pin_ms_p50`: from writing the command to the line that the pin's change prints.

    `peer` is another client's file as it is: with an `MQTTClient` as umqtt or mqtt_as have it, or with a `Client` that
    is used as `gongzhi_node.mqtt.Client` is (on_board/peers.py). What it imports may lie beside it. What concerns the
    client alone is measured for it, too, under `peer`; `recovery_s` is None where it did not come back within
    30 s. Raises BoardError.
    """
    need_micropython()
    if peer is not None and not peer.is_file():
        raise BoardError(
            N_("There is no file {path}."), N_("Give a MicroPython file with a class MQTTClient or Client."), path=peer
        )
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as name, broker() as (port, served):
        bench = _Bench(Path(name), port)
        return asyncio.run(bench.measure(peer)) | {"broker": served}


def need_micropython() -> None:
    """Raises BoardError where there is none."""
    path, why = library()
    if path is None:
        raise BoardError(
            N_("This bench needs MicroPython: {why}"), N_("Use Linux or macOS on a 64-bit machine."), why=why
        )


@contextlib.contextmanager
def broker() -> Iterator[tuple[int, str]]:
    """(port, name) of a broker on loopback: mosquitto with TCP_NODELAY where it is installed, else the embedded one."""
    program = find_mosquitto()
    if program is None:
        with BrokerProcess.start(BrokerConfig(port=0)) as ours:
            yield ours.port, "gongzhi"
    else:
        # Its defaults drop what a client publishes to itself faster than it reads.
        with mosquitto(program, "max_queued_messages 100000\nmax_inflight_messages 0") as (port, _):
            yield port, "mosquitto"


class _Bench:
    """The firmware staged in `folder`, against the broker on `port`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.beside = ""  # where a peer's own imports lie
        files = {path: data for path, data in firmware.compiled().items() if path.endswith(".mpy")}
        for path, data in files.items():
            target = folder / "mpy" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        (folder / "rom").write_bytes(romfs.image(files))
        numbered = [(kind, high) for kind, (high, count) in _KINDS.items() for _ in range(count)]
        parts = [
            {"ch": f"part{n}", "kind": kind, "pin": 12 + n}
            | ({"lo": 0, "hi": high, "safe": 0, "on_loss": ["hold", 500]} if high else {"pull": "up"})
            for n, (kind, high) in enumerate(numbered)
        ]
        config = {
            "v": 1, "space": "local", "team": "team", "device": "dev", "board": "bench",
            "wifi": [{"ssid": "school", "key": "a-key-of-the-school"}],
            "mqtt": {"host": HOST, "port": port}, "parts": parts,
        }  # fmt: skip
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    async def measure(self, peer: Path | None) -> dict[str, Any]:
        """All figures but the broker's name."""
        figures = await self._client("gongzhi_node.mqtt")
        if peer is not None:
            figures["peer"] = await self._client(self.take(peer))
            self.beside = ""
        async with self._host():
            live = await self.live("romfs")
            files = await self.live("files")
            figures |= {
                "idle_garbage_bytes_per_s": live["idle"],
                "telemetry_bytes_32bit_estimate": round(live["telemetry"] / WIDER),
                "live_heap_delivery": "romfs",
                "live_heap_bytes": live["live"],
                "live_heap_32bit_estimate": round(live["live"] / WIDER),
                "live_heap_32bit_estimate_files": round(files["live"] / WIDER),
                "min_heap_bytes": await self._smallest(live["live"]),
            }
        return figures | {"command_to_pin_ms_p50": await self._pin()}

    async def live(self, delivery: str, heap: int = 0) -> dict[str, Any]:
        """What on_board/heap.py says of the node from a "romfs" image or "files", in a heap of so many bytes."""
        if delivery == "files":
            return await self._say("heap.py", "live", heap=heap)
        # The image lies in the heap here, and in the flash on a board.
        more = (self.folder / "rom").stat().st_size if heap else 0
        return await self._say("heap.py", "live", str(self.folder / "rom"), heap=heap + more, code=False)

    def take(self, peer: Path) -> str:
        """The module's name of a peer's file: one of a package is imported as such, any other under a name that
        nothing else has."""
        if re.search(r"^\s*from \.", peer.read_text(encoding="utf-8", errors="replace"), re.MULTILINE):
            self.beside = f":{peer.resolve().parents[1]}"
            return f"{peer.resolve().parent.name}.{peer.stem}"
        shutil.copy(peer, self.folder / "mpy" / "peer_client.py")
        self.beside = f":{peer.resolve().parent}"
        return "peer_client"

    async def _client(self, module: str) -> dict[str, Any]:
        speed = await self._say("client.py", str(self.port), module, "speed")
        recovery, lost = await self._outages(module)
        return {
            "qos1_rtt_ms_p50": round(speed["rtt_us"] / 1000, 3),
            "qos1_msgs_per_s": speed["rate"],
            "recovery_s": recovery,
            "lost_qos1": lost,
        }

    async def _start(self, script: str, *words: str, heap: int = 0, code: bool = True) -> asyncio.subprocess.Process:
        limit = ["-X", f"heapsize={heap}"] if heap else []
        where = f"{HERE}:{self.folder / 'mpy'}:.frozen{self.beside}" if code else f"{HERE}:.frozen"
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "micropython_unix", *limit, str(HERE / script), *words,
            env={"MICROPYPATH": where}, cwd=self.folder,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def _say(
        self, script: str, *words: str, heap: int = 0, code: bool = True, patience: float = _PATIENCE
    ) -> dict[str, Any]:
        """Run it to its end: what its last line says; raises BoardError."""
        child = await self._start(script, *words, heap=heap, code=code)
        try:
            async with asyncio.timeout(patience):
                out, err = await child.communicate()
        except TimeoutError:
            child.kill()
            out, err = await child.communicate()
        lines = out.decode().splitlines()
        if child.returncode or not lines or not lines[-1].startswith("{"):
            said = "\n".join((out + err).decode(errors="replace").splitlines()[-3:])
            raise BoardError(N_("{program} failed: {said}"), N_("Run it again."), program=script, said=said)
        said_last: dict[str, Any] = json.loads(lines[-1])
        return said_last

    async def _smallest(self, live: int) -> int:
        rom = self.folder / "rom"
        image = rom.stat().st_size
        low, high = live // 2, live * 2
        while high - low > 2048:
            middle = (low + high) // 2
            try:
                # One that is too small does not always die: it tries again and again.
                await self._say("heap.py", "min", str(rom), heap=middle + image, code=False, patience=8)
                high = middle
            except BoardError:
                low = middle
        return high

    @contextlib.asynccontextmanager
    async def _host(self) -> AsyncIterator[LoadClient]:
        """Whoever answers the board's clock."""
        client = await LoadClient.connect(self.port, "bench-host")

        def answer(payload: bytes) -> None:
            asked = json.loads(payload)["b"]
            _publish(client, "down/clock", {"b": asked, "h": _now()})

        client.on_message = answer
        await client.subscribe(_PLACE + "up/clock")
        try:
            yield client
        finally:
            client.close()

    async def _pin(self) -> float:
        async with self._host() as host:
            child = await self._start("heap.py", "pin")
            assert child.stdout is not None
            try:
                async with asyncio.timeout(_PATIENCE):
                    while await child.stdout.readline() != b"ready\n":
                        pass
                    trips = [await self._command(host, child.stdout, n) for n in range(_COMMANDS)]
            finally:
                child.kill()
                await child.communicate()
        return round(statistics.median(trips) * 1e3, 3)

    async def _command(self, host: LoadClient, out: asyncio.StreamReader, n: int) -> float:
        await asyncio.sleep(0.02)  # under the guard's 20 commands a second for each of the three lamps
        order = {
            "id": f"c-{n}", "ep": 1, "op": "led.set", "ch": f"part{2 + n % 3}", "a": {"level": 1 - n // 3 % 2},
            "t": _now(), "ttl": 60000, "dec": "d",
        }  # fmt: skip
        begin = time.perf_counter()
        _publish(host, "down/cmd", order)
        while await out.readline() != b"pin\n":
            pass
        return time.perf_counter() - begin

    async def _outages(self, module: str) -> tuple[float | None, int]:
        """(median recovery in s, None if it did not come back; messages that never came)."""
        came: set[bytes] = set()
        witness = await LoadClient.connect(self.port, "bench-witness")
        witness.on_message = came.add
        await witness.subscribe("bench/n")
        gate = Gate(self.port)
        await gate.open()
        seconds = round(OUTAGES * (_GONE + _APART + 1) + _GONE)
        run = asyncio.create_task(self._say("client.py", str(gate.port), module, "outage", str(seconds)))
        took = []
        async with asyncio.timeout(_PATIENCE * 2):
            await gate.acknowledged.wait()
            for _ in range(OUTAGES):
                await gate.shut()
                await asyncio.sleep(_GONE)
                begin = await gate.open()
                try:
                    async with asyncio.timeout(_AWAY):
                        await gate.acknowledged.wait()
                except TimeoutError:
                    break
                took.append(gate.first - begin)
                await asyncio.sleep(_APART)
            sent = (await run)["sent"]
        await gate.shut()
        witness.close()
        return round(statistics.median(took), 3) if len(took) == OUTAGES else None, sent - len(came)


def _now() -> int:
    return time.monotonic_ns() // 1_000_000 % (1 << 30)


def _publish(client: LoadClient, what: str, message: dict[str, Any]) -> None:
    topic = (_PLACE + what).encode()
    client.publish(len(topic).to_bytes(2, "big") + topic, json.dumps(message | {"v": 1}).encode(), 1)
