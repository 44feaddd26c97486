"""Takes the bytes of one client's connection, gives its packets to the broker, and writes what is for the client."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

from gongzhi.broker import packets
from gongzhi.broker.packets import Connect, ProtocolError, Will
from gongzhi.broker.session import Session

if TYPE_CHECKING:
    from gongzhi.broker.server import Broker

# Why a connection is not being read (bits of `Connection.paused`).
AUTH, RATE, HELD, WRITE, TURN, CLOSED = 1, 2, 4, 8, 16, 32
_ACKS = (packets.PUBACK, packets.PUBREC, packets.PUBCOMP)
_WRITE_HIGH, _WRITE_LOW = 64 * 1024, 16 * 1024
_HELD_MOST = 64 * 1024
# So many packets of one client are handled before others have their turn: a flood must not delay a stop.
_AT_ONCE = 100


class Connection(asyncio.BufferedProtocol):
    """One client. All connections of a broker read into one buffer: a callback takes what it got before it returns."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.transport: asyncio.Transport | None = None
        self.session: Session | None = None
        self.will: Will | None = None
        self.writable = False
        self.paused = 0
        self.opened = self.last = broker.clock.now()
        self.keepalive = 0.0
        self.tokens, self.filled = broker.limits.rate * 2, self.opened
        self.held: deque[tuple[int, bytes]] = deque()
        self.held_bytes = 0
        self._rest = b""
        self._out: list[bytes] = []
        self._out_bytes = 0

    # asyncio's side -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; asyncio has set TCP_NODELAY, without which a QoS 1 round trip takes 40 ms and more."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(_WRITE_HIGH, _WRITE_LOW)
        self.writable = True
        if not self.broker.opened(self):
            self.abort()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  (asyncio's signature)
        """The broker's one buffer."""
        return self.broker.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take `nbytes` out of the buffer and handle the packets in them."""
        data = bytes(self.broker.buffer[:nbytes])
        self._rest = self._rest + data if self._rest else data
        self.broker.reading = True
        try:
            self.parse()
        finally:
            self.broker.reading = False
            self.broker.flush()

    def eof_received(self) -> bool:
        """The client has ended its side; so do we, even if it left unread what we wrote."""
        self.close()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        """The end, whoever wanted it."""
        self.paused |= CLOSED
        self.writable = False
        self._out.clear()
        if any(first >> 4 == packets.DISCONNECT for first, _ in self.held):
            self.will = None  # it did say goodbye, behind a message that had to wait
        self.held.clear()
        self._rest = b""
        self.broker.lost(self)

    def pause_writing(self) -> None:
        """The client reads too slowly: hold its messages, and read nothing that we would have to answer."""
        self.writable = False
        self.pause(WRITE)

    def resume_writing(self) -> None:
        """There is room again."""
        self.writable = not self.paused & CLOSED
        self.resume(WRITE)
        if self.session is not None and self.session.link is self:
            self.session.pump()

    # the broker's side ----------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Write soon: what one turn of the loop has for a client goes out in one piece."""
        if self.paused & CLOSED:
            return
        if not self._out:
            self.broker.to_flush(self)
        self._out.append(data)
        self._out_bytes += len(data)
        if self._out_bytes > _WRITE_HIGH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._out and self.transport is not None:
            out = self._out
            data = out[0] if len(out) == 1 else b"".join(out)
            out.clear()
            self._out_bytes = 0
            self.transport.write(data)

    def pause(self, why: int) -> None:
        """Stop reading for one more reason."""
        if not self.paused and self.transport is not None:
            self.transport.pause_reading()
        self.paused |= why

    def resume(self, why: int) -> None:
        """One reason less; the last one starts the reading again, first of what is here already."""
        if not self.paused & why:
            return
        self.paused &= ~why
        if not self.paused and self.transport is not None:
            self.last = self.broker.clock.now()
            self.transport.resume_reading()
            if self._rest:
                asyncio.get_running_loop().call_soon(self.parse)

    def close(self) -> None:
        """Write what waits, then close."""
        if self.paused & CLOSED or self.transport is None:
            return
        self.flush()
        self.pause(CLOSED)
        self.writable = False
        # A client that does not read would keep the connection open for ever.
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def abort(self) -> None:
        """Close at once; what was not written is lost."""
        self._out.clear()
        self.paused |= CLOSED
        self.writable = False
        if self.transport is not None:
            self.transport.abort()

    @property
    def buffered(self) -> int:
        """Bytes that are held for this connection, both ways."""
        waiting = self.transport.get_write_buffer_size() if self.transport is not None else 0
        return len(self._rest) + self.held_bytes + self._out_bytes + waiting

    # packets --------------------------------------------------------------------------------------------------

    def parse(self) -> None:
        """Handle all whole packets that have arrived, until there is a reason to pause."""
        data, at = self._rest, 0
        self.last = self.broker.clock.now()
        limit, left = self.broker.limits.packet, _AT_ONCE
        try:
            while not self.paused:
                found = packets.header(data, at, limit)
                if found is None:
                    break
                first, start, at = found
                self.handle(first, data[start:at])
                left -= 1
                if not left and at < len(data):
                    self.pause(TURN)
                    asyncio.get_running_loop().call_soon(self.resume, TURN)
        except ProtocolError as error:
            self.fail(error)
            return
        if not self.paused & CLOSED:
            self._rest = data[at:] if at else data

    def fail(self, error: ProtocolError) -> None:
        """Close because of the client's mistake (4.8.0-1); its will is published."""
        self.broker.counters.protocol_errors += 1
        self.broker.notice("protocol", self, str(error))
        self._rest = b""
        self.close()

    def handle(self, first: int, body: bytes) -> None:
        """One packet. While a publisher waits for a slow subscriber only its acknowledgements are handled, or two
        clients that wait for each other would wait for ever; the other packets are held in their order."""
        kind = first >> 4
        if kind == packets.PUBLISH:
            self._spend()
        if (self.held and kind not in _ACKS) or not self._handle(kind, first, body):
            self._hold(first, body)

    def go_on(self) -> None:
        """Handle what was held; stops where the next one has to wait again."""
        try:
            while self.held and not self.paused & (CLOSED | RATE):
                first, body = self.held[0]
                if not self._handle(first >> 4, first, body):
                    return
                # A handler may have closed the connection, which clears what was held.
                if self.held:
                    self.held.popleft()
                    self.held_bytes -= len(body) + 100
        except ProtocolError as error:
            self.fail(error)
            return
        if not self.held:
            self.held_bytes = 0
            self.resume(HELD)

    def _hold(self, first: int, body: bytes) -> None:
        self.held.append((first, body))
        self.held_bytes += len(body) + 100
        if self.held_bytes > _HELD_MOST:
            self.pause(HELD)

    def _handle(self, kind: int, first: int, body: bytes) -> bool:
        """False: not taken, try again when the broker calls `go_on`."""
        session = self.session
        if session is None:
            if kind != packets.CONNECT:
                raise ProtocolError("3.1.0-1: the first packet is not CONNECT")
            self._connect(first, body)
            return True
        if kind == packets.PUBLISH:
            return self.broker.received(self, session, first, body)
        if first & 15 != (2 if kind in (packets.PUBREL, packets.SUBSCRIBE, packets.UNSUBSCRIBE) else 0):
            raise ProtocolError("2.2.2-2: the header's flags")
        if kind in _ACKS:
            session.acknowledged(kind, packets.decode_id(body))
        elif kind == packets.PUBREL:
            number = packets.decode_id(body)
            session.incoming.discard(number)
            self.send(packets.short(packets.PUBCOMP, number))
        elif kind == packets.SUBSCRIBE:
            self._subscribe(session, *packets.decode_subscribe(body))
        elif kind == packets.UNSUBSCRIBE:
            number, patterns = packets.decode_unsubscribe(body)
            self.broker.router.unsubscribe(session, patterns)
            self.send(packets.short(packets.UNSUBACK, number))  # even where there was none of them (3.10.4-5)
        elif kind in (packets.PINGREQ, packets.DISCONNECT) and not body:
            if kind == packets.PINGREQ:
                self.send(packets.PING_ANSWER)
            else:
                self.will = None  # 3.14.4-3
                self.close()
        else:
            raise ProtocolError(f"3.1.0-2, 2.2.1: a packet of type {kind} from a client")
        return True

    def _subscribe(self, session: Session, number: int, wanted: list[tuple[str, int]]) -> None:
        codes = self.broker.router.subscribe(session, wanted)
        self.send(packets.suback(number, codes))
        for (pattern, qos), code in zip(wanted, codes, strict=True):
            if code != packets.REFUSED:
                self.broker.router.send_retained(session, pattern, qos)

    def _connect(self, first: int, body: bytes) -> None:
        if first & 15:
            raise ProtocolError("2.2.2-2: the header's flags")
        hello: Connect = packets.decode_connect(body)
        self.keepalive = hello.keepalive * 1.5
        self.broker.connect(self, hello)

    def _spend(self) -> None:
        """Count a message against the client's rate; a client that is faster is not read until the broker's tick."""
        self.tokens -= 1
        if self.tokens < 0:
            rate, now = self.broker.limits.rate, self.broker.clock.now()
            self.tokens = min(rate * 2, self.tokens + (now - self.filled) * rate)
            self.filled = now
            if self.tokens < 0:
                self.broker.counters.throttled += 1
                self.pause(RATE)
