"""Takes a broker's port, gives light MQTT clients for measuring it, and a mosquitto to measure it against."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, cast

from gongzhi.broker import packets

HOST: Final = "127.0.0.1"
_CONNECT: Final = 30.0


class LoadClient(asyncio.Protocol):
    """One raw client: as little work per message as Python allows, so that the broker is what is measured."""

    def __init__(self, client: str) -> None:
        self.client = client
        self.transport: asyncio.Transport | None = None
        self.ready: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.acknowledged = 0
        self.on_message: Callable[[bytes], None] = lambda _: None
        self._rest = b""

    @classmethod
    async def connect(cls, port: int, client: str) -> LoadClient:
        """A client that has got its CONNACK. Raises TimeoutError or OSError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_CONNECT):
            _, made = await loop.create_connection(lambda: cls(client), HOST, port)
            answer = await made.ready
        if answer != b"\x20\x02\x00\x00":
            raise ConnectionRefusedError(f"CONNACK {answer.hex()}")
        return made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say CONNECT."""
        self.transport = cast(asyncio.Transport, transport)
        name = self.client.encode()
        body = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name
        self.transport.write(b"\x10" + packets.size(len(body)) + body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for the greeting."""
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionResetError("closed before CONNACK"))

    def data_received(self, data: bytes) -> None:
        """Count acknowledgements, acknowledge messages."""
        data, at, out = self._rest + data, 0, []
        while (found := packets.header(data, at, 1 << 28)) is not None:
            first, start, at = found
            kind = first >> 4
            if kind == packets.PUBLISH:
                _, payload, qos, number = packets.decode_publish(first, data[start:at])
                if qos:
                    out.append(packets.short(packets.PUBACK, number))
                self.on_message(payload)
            elif kind == packets.PUBACK:
                self.acknowledged += 1
            elif not self.ready.done():
                self.ready.set_result(data[start - 2 : at])
        self._rest = data[at:]
        if out and self.transport is not None:
            self.transport.write(b"".join(out))

    async def subscribe(self, pattern: str) -> None:
        """Subscribe at QoS 1 and wait for SUBACK."""
        self.ready = asyncio.get_running_loop().create_future()
        body = b"\x00\x01" + len(pattern).to_bytes(2, "big") + pattern.encode() + b"\x01"
        self.write(b"\x82" + packets.size(len(body)) + body)
        answer = await self.ready
        if answer[-1] != 1:
            raise ConnectionRefusedError(f"SUBACK {answer.hex()}")

    def publish(self, topic: bytes, payload: bytes, number: int) -> None:
        """Publish at QoS 1; `topic` with its two bytes of length."""
        self.write(packets.publish(topic, payload, 1, number % 65535 + 1))

    def write(self, data: bytes) -> None:
        """Write at once."""
        if self.transport is None:
            raise ConnectionError("not connected")
        self.transport.write(data)

    def close(self) -> None:
        """Say DISCONNECT and go."""
        if self.transport is not None:
            self.transport.write(b"\xe0\x00")
            self.transport.close()


def find_mosquitto() -> str | None:
    """Where mosquitto is; Debian's /usr/sbin is not on every user's PATH."""
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"))
    return shutil.which("mosquitto", path=places)


@contextlib.contextmanager
def mosquitto(program: str, extra: str = "") -> Iterator[tuple[int, int]]:
    """(port, process id) of a mosquitto on loopback with TCP_NODELAY; `extra` lines of its configuration."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mosquitto.conf"
        lines = [f"listener {port} {HOST}", "allow_anonymous true", "set_tcp_nodelay true", "persistence false"]
        file.write_text("\n".join([*lines, "log_dest none", extra]) + "\n")
        child = subprocess.Popen([program, "-c", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, child)
            yield port, child.pid
        finally:
            child.terminate()
            child.wait(10)


def _wait_for(port: int, child: subprocess.Popen[Any]) -> None:
    end = time.monotonic() + 10
    while child.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.02)
    raise ConnectionError(f"mosquitto did not start (exit status {child.poll()})")


def cpu_seconds(pid: int) -> float:
    """The CPU time that another process has used, user and system, in seconds. Raises OSError where none is told."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        # proc(5): utime and stime are fields 14 and 15; the name in field 2 may hold spaces, but ends with ")".
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    said = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    seconds = 0.0
    for part in said.strip().replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds
