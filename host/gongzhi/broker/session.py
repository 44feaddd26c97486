"""Takes messages for one client, gives them to its connection in order, and keeps what it has not yet acknowledged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from gongzhi.broker import packets
from gongzhi.broker.access import Permissions
from gongzhi.broker.config import Limits
from gongzhi.broker.topics import Message

# What a held message costs beyond its bytes: the tuple, the list and the message object, measured on CPython 3.11.
ENTRY_BYTES = 250


class Link(Protocol):
    """The connection as a session sees it."""

    writable: bool

    def send(self, data: bytes) -> None:
        """Write; `writable` turns False when no more should be written for now."""


@dataclass(slots=True)
class Counters:
    """What the broker counts over its life; `Broker.stats()` gives it with the sizes of the moment."""

    received: int = 0
    sent: int = 0
    connected: int = 0
    refused: int = 0
    takeovers: int = 0
    protocol_errors: int = 0
    denied_publish: int = 0
    denied_subscribe: int = 0
    dropped: int = 0
    dropped_retained: int = 0
    held_up: int = 0
    too_slow: int = 0
    timeouts: int = 0
    throttled: int = 0
    wills: int = 0


@dataclass(slots=True)
class Outgoing:
    """A message on its way to the client; `released` after PUBREC, when only PUBREL and PUBCOMP are left."""

    message: Message
    qos: int
    retain: bool
    released: bool = False


@dataclass(slots=True, eq=False)
class Session:
    """What the broker knows of one client id, with or without a connection.

    `waiters` are called once when there is room again; whoever delivers at QoS 1 or 2 to a connected client asks
    `full` first and waits, so that nothing that was acknowledged is lost and what is held stays bounded.
    """

    client: str
    user: str
    clean: bool
    limits: Limits
    counters: Counters
    permissions: Permissions | None = None
    link: Link | None = None
    subscriptions: dict[str, int] = field(default_factory=dict)
    inflight: dict[int, Outgoing] = field(default_factory=dict)
    queue: deque[Outgoing] = field(default_factory=deque)
    queue0: deque[tuple[Message, bool]] = field(default_factory=deque)
    incoming: set[int] = field(default_factory=set)
    retained: dict[str, int] = field(default_factory=dict)
    find_retained: Callable[[str], Message | None] = lambda _: None
    held_bytes: int = 0
    full: bool = False
    full_since: float = 0.0
    waiters: list[Callable[[], None]] = field(default_factory=list)
    number: int = 0

    @property
    def held(self) -> int:
        """How many messages are held for this client."""
        return len(self.inflight) + len(self.queue) + len(self.queue0)

    def deliver(self, message: Message, qos: int, retain: bool = False) -> None:
        """Send the message at `qos` (already the lesser of message and subscription), or hold it until it can be."""
        link = self.link
        if qos == 0:
            if link is None:
                return
            if link.writable and not self.queue0:
                link.send(packets.publish(message.topic, message.payload, 0, 0, retain=retain))
                self.counters.sent += 1
            elif self.full:
                self.counters.dropped += 1  # QoS 0 is never worth waiting for: the next value comes soon
            else:
                self.queue0.append((message, retain))
                self._hold(message)
            return
        if self.full and not (link is None and self._make_room(message)):
            self.counters.dropped += 1  # an absent client's, or a will: every other publisher has waited for room
            return
        self._hold(message)
        entry = Outgoing(message, qos, retain)
        if link is not None and link.writable and not self.queue and len(self.inflight) < self.limits.inflight:
            self._transmit(link, entry)
        else:
            self.queue.append(entry)

    def offer_retained(self, topics: Iterable[str], qos: int) -> None:
        """Send the retained message of each topic at up to `qos`, as room comes; the newest at that time counts."""
        for topic in topics:
            self.retained[topic] = max(qos, self.retained.get(topic, 0))
        self.pump()

    def acknowledged(self, kind: int, number: int) -> None:
        """Take the client's PUBACK, PUBREC or PUBCOMP; one that nothing waits for is ignored (PUBREC is answered)."""
        entry = self.inflight.get(number)
        if kind == packets.PUBREC:
            if entry is not None and entry.qos == 2 and not entry.released:
                entry.released = True
                self._let_go(entry.message)
                entry.message = _NOTHING
                self._hold(_NOTHING)
            if self.link is not None and (entry is None or entry.qos == 2):
                self.link.send(packets.short(packets.PUBREL, number))
            return
        done = entry is not None and (
            (kind == packets.PUBACK and entry.qos == 1) or (kind == packets.PUBCOMP and entry.released)
        )
        if entry is not None and done:
            del self.inflight[number]
            self._let_go(entry.message)
            if self.queue or self.retained:
                self.pump()
            self._check_room()

    def resume(self, link: Link) -> None:
        """Take a connection; send again, in the old order, what was not acknowledged (4.4.0-1, 4.6.0-1)."""
        self.link = link
        for number, entry in self.inflight.items():
            if entry.released:
                link.send(packets.short(packets.PUBREL, number))
            else:
                link.send(self._packet(number, entry, dup=True))
        self.pump()

    def leave(self) -> None:
        """The connection is gone; what is at QoS 0 goes with it."""
        self.link = None
        self.retained.clear()
        for message, _ in self.queue0:
            self._let_go(message)
        self.queue0.clear()
        self._check_room()
        self.release()

    def pump(self) -> None:
        """Send what is held as far as the connection and the window of unacknowledged messages allow."""
        link = self.link
        if link is None:
            return
        while self.queue0 and link.writable:
            message, retain = self.queue0.popleft()
            self._let_go(message)
            self.counters.sent += 1
            link.send(packets.publish(message.topic, message.payload, 0, 0, retain=retain))
        window = self.limits.inflight
        while self.queue and link.writable and len(self.inflight) < window:
            self._transmit(link, self.queue.popleft())
        while self.retained and link.writable and not self.full and not self.queue and len(self.inflight) < window:
            topic, qos = self.retained.popitem()
            found = self.find_retained(topic)
            if found is not None:
                self.deliver(found, min(qos, found.qos), retain=True)
        self._check_room()

    def release(self) -> None:
        """Let everybody go on who waits for room here."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter()

    def _transmit(self, link: Link, entry: Outgoing) -> None:
        number = self.number
        while True:
            number = number % 65535 + 1
            if number not in self.inflight:
                break
        self.number = number
        self.inflight[number] = entry
        self.counters.sent += 1
        link.send(self._packet(number, entry))

    @staticmethod
    def _packet(number: int, entry: Outgoing, dup: bool = False) -> bytes:
        message = entry.message
        return packets.publish(message.topic, message.payload, entry.qos, number, retain=entry.retain, dup=dup)

    def _hold(self, message: Message) -> None:
        self.held_bytes += len(message.payload) + len(message.topic) + ENTRY_BYTES
        if self.held_bytes >= self.limits.queue_bytes or self.held + 1 >= self.limits.queue:
            self.full = True

    def _let_go(self, message: Message) -> None:
        self.held_bytes -= len(message.payload) + len(message.topic) + ENTRY_BYTES

    def _check_room(self) -> None:
        # Half empty before it counts as free again, so that publishers are not stopped and started per message.
        if self.full and self.held_bytes * 2 <= self.limits.queue_bytes and self.held * 2 <= self.limits.queue:
            self.full = False
            self.release()

    def _make_room(self, message: Message) -> bool:
        """Drop the oldest in an absent client's queue until the message fits; False if it never does."""
        room = self.limits.queue_bytes - len(message.payload) - len(message.topic) - ENTRY_BYTES
        while self.queue and (self.held_bytes > room or self.held >= self.limits.queue):
            self._let_go(self.queue.popleft().message)
            self.counters.dropped += 1
        return self.held_bytes <= room and self.held < self.limits.queue


_NOTHING = Message(b"", b"", 2)
