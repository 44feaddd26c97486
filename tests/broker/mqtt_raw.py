"""Takes a broker's port, gives a small MQTT 3.1.1 client that says exactly what a test wants, right or wrong.

Written from the standard and not from the broker's own codec, so that one mistake cannot hide another.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import NamedTuple

from gongzhi.broker import Broker, BrokerConfig
from gongzhi.clock import ManualClock

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(8, 15)
# Only a defect reaches this.
PATIENCE = 30.0


class ClosedError(Exception):
    """The broker has closed the connection."""


class Packet(NamedTuple):
    kind: int
    flags: int
    body: bytes


class Message(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    number: int


def text(value: str | bytes) -> bytes:
    """A string or binary field with its two bytes of length."""
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(2, "big") + data


def packet(kind: int, body: bytes = b"", flags: int | None = None) -> bytes:
    """A whole control packet; its flags are those of the standard if not given."""
    if flags is None:
        flags = 2 if kind in (PUBREL, SUBSCRIBE, UNSUBSCRIBE) else 0
    length, out = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes((kind << 4 | flags,)) + bytes(out) + body


def connect_packet(
    client="c", clean=True, keepalive=0, will=None, user=None, password=None, *, name="MQTT", level=4, flags=None
) -> bytes:
    """CONNECT; `will` is (topic, payload, qos, retain); `flags` replaces the connect flags."""
    bits, payload = clean << 1, text(client)
    if will is not None:
        topic, message, qos, retain = will
        bits |= 4 | qos << 3 | retain << 5
        payload += text(topic) + text(message)
    for value, bit in ((user, 0x80), (password, 0x40)):
        if value is not None:
            bits |= bit
            payload += text(value)
    bits = bits if flags is None else flags
    return packet(CONNECT, text(name) + bytes((level, bits)) + keepalive.to_bytes(2, "big") + payload)


def publish_packet(topic, payload=b"", qos=0, number=1, retain=False, dup=False) -> bytes:
    """PUBLISH."""
    body = text(topic) + (number.to_bytes(2, "big") if qos else b"") + payload
    return packet(PUBLISH, body, dup << 3 | qos << 1 | retain)


def subscribe_packet(*wanted: tuple[str, int], number=1) -> bytes:
    """SUBSCRIBE to each (filter, QoS)."""
    return packet(SUBSCRIBE, number.to_bytes(2, "big") + b"".join(text(name) + bytes((qos,)) for name, qos in wanted))


def short(kind: int, number: int, flags: int | None = None) -> bytes:
    """A packet with nothing but an id."""
    return packet(kind, number.to_bytes(2, "big"), flags)


class Client:
    """One connection; every wait ends after PATIENCE seconds with an error."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._have = bytearray()
        self._kept: list[Packet] = []
        self._numbers = 0

    def send(self, *data: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # the broker may have closed; the next read shows it
            self.socket.sendall(b"".join(data))

    def read(self) -> Packet:
        """The next packet. Raises ClosedError."""
        return self._kept.pop(0) if self._kept else self._receive()

    def _receive(self) -> Packet:
        first, length, shift = self._take(1)[0], 0, 0
        while True:
            digit = self._take(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                break
        return Packet(first >> 4, first & 15, bytes(self._take(length)))

    def _take(self, count: int) -> bytes:
        while len(self._have) < count:
            try:
                got = self.socket.recv(65536)
            except ConnectionError as error:
                raise ClosedError from error
            if not got:
                raise ClosedError
            self._have += got
        taken = bytes(self._have[:count])
        del self._have[:count]
        return taken

    def expect(self, kind: int) -> Packet:
        got = self.read()
        assert got.kind == kind, f"got {got}, expected type {kind}"
        return got

    def connect(self, client="c", **more) -> tuple[bool, int]:
        """Say CONNECT; gives (session present, return code)."""
        self.send(connect_packet(client, **more))
        return self.connack()

    def connack(self) -> tuple[bool, int]:
        got = self.expect(CONNACK)
        assert got.flags == 0
        assert len(got.body) == 2
        assert got.body[0] in (0, 1)
        return bool(got.body[0]), got.body[1]

    def next(self) -> int:
        self._numbers += 1
        return self._numbers

    def subscribe(self, *wanted: tuple[str, int]) -> list[int]:
        """Subscribe, return SUBACK's codes; no retained message may be expected before it."""
        number = self.next()
        self.send(subscribe_packet(*wanted, number=number))
        got = self.expect(SUBACK)
        assert got.flags == 0
        assert got.body[:2] == number.to_bytes(2, "big")
        return list(got.body[2:])

    def unsubscribe(self, *names: str) -> None:
        number = self.next()
        self.send(packet(UNSUBSCRIBE, number.to_bytes(2, "big") + b"".join(map(text, names))))
        assert self.expect(UNSUBACK).body == number.to_bytes(2, "big")

    def publish(self, topic, payload=b"", qos=0, retain=False) -> None:
        """Publish with the whole exchange; at QoS 0 with a ping, so that the broker has taken it when this returns."""
        number = self.next()
        self.send(publish_packet(topic, payload, qos, number, retain))
        if qos == 0:
            self.quiet()
        elif qos == 1:
            assert self.expect(PUBACK).body == number.to_bytes(2, "big")
        else:
            assert self.expect(PUBREC).body == number.to_bytes(2, "big")
            self.send(short(PUBREL, number))
            assert self.expect(PUBCOMP).body == number.to_bytes(2, "big")

    def message(self, answer=True) -> Message:
        """The next packet, which must be a PUBLISH; answered with the whole exchange if wanted."""
        got = self.expect(PUBLISH)
        qos = got.flags >> 1 & 3
        end = 2 + int.from_bytes(got.body[:2], "big")
        topic, rest = got.body[2:end].decode(), got.body[end:]
        number = 0
        if qos:
            number, rest = int.from_bytes(rest[:2], "big"), rest[2:]
            assert number
        if answer and qos == 1:
            self.send(short(PUBACK, number))
        elif answer and qos == 2:
            self.send(short(PUBREC, number))
            # Further messages may come before the release of this one.
            while (other := self._receive()).kind != PUBREL:
                self._kept.append(other)
            assert other == Packet(PUBREL, 2, number.to_bytes(2, "big"))
            self.send(short(PUBCOMP, number))
        return Message(topic, rest, qos, bool(got.flags & 1), bool(got.flags & 8), number)

    def messages(self, count: int) -> list[Message]:
        return [self.message() for _ in range(count)]

    def quiet(self) -> None:
        """Nothing has come, and the connection is alive: the answer to a ping is the next packet."""
        self.send(packet(PINGREQ))
        assert self.read() == Packet(PINGRESP, 0, b"")

    def closed(self) -> None:
        """The broker closes without a word more."""
        try:
            got = self.read()
        except ClosedError:
            self.socket.close()
            return
        raise AssertionError(f"got {got}, expected the end")

    def leave(self) -> None:
        """Say DISCONNECT and wait until the broker has closed, that is, has put the session away."""
        self.send(packet(DISCONNECT))
        self.closed()

    def vanish(self) -> None:
        """End without DISCONNECT and wait until the broker has noticed."""
        self.socket.shutdown(socket.SHUT_WR)
        self.read_to_the_end()

    def read_to_the_end(self) -> None:
        """Read until the broker has closed."""
        with contextlib.suppress(ClosedError):
            while True:
                self.read()
        self.socket.close()


class Running:
    """A broker of ours in a thread of its own, on a clock that stands still."""

    def __init__(self, config: BrokerConfig | None = None) -> None:
        self.clock = ManualClock(1000.0)
        self.notices: list[tuple[str, str, str]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.broker = Broker(config or BrokerConfig(port=0), self.clock, lambda *told: self.notices.append(told))
        self.wait(self.broker.start())
        self.port = self.broker.port

    def wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def call(self, function, *arguments):
        """The function's result, from the broker's own loop."""

        async def inside():
            return function(*arguments)

        return self.wait(inside())

    def forward(self, seconds: float) -> None:
        """Let time pass."""

        def pass_time():
            self.clock.forward(seconds)
            self.broker.tick()

        self.call(pass_time)

    def stats(self) -> dict:
        return self.call(self.broker.stats)

    def stop(self) -> None:
        self.wait(self.broker.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
