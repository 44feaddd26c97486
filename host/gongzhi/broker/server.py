"""Takes a BrokerConfig, gives a running MQTT 3.1.1 broker: sessions, routes, retained messages, wills, time-outs."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from gongzhi.broker import packets
from gongzhi.broker.access import Permissions, checked_rule
from gongzhi.broker.auth import Authenticator, BusyError
from gongzhi.broker.config import BrokerConfig
from gongzhi.broker.connection import AUTH, CLOSED, RATE, WRITE, Connection
from gongzhi.broker.door import MOST, Door, server_context
from gongzhi.broker.listen import listen, only_here, raise_file_limit
from gongzhi.broker.notices import NOTICE, Said
from gongzhi.broker.packets import Connect, ProtocolError
from gongzhi.broker.router import Router
from gongzhi.broker.session import Counters, Session
from gongzhi.broker.waiting import Waiting
from gongzhi.clock import Clock, MonotonicClock

TICK: Final = 0.25
# Connections that have not yet said CONNECT may exceed the limit of clients by this many.
_GREETING: Final = 256
# Seconds after which a client without keepalive is lost if it has read next to nothing of what waits for it.
_UNREAD: Final = 60.0
# kind ("takeover", "protocol", "slow", "login"), client id, what happened
Notice = Callable[[str, str, str], None]


class Broker:
    """The broker on the running asyncio loop: `await start()`, then `port`; `await stop()`.

    `clock` tells the time for keepalive and limits, which `tick` looks after four times a second (a test calls it
    itself). `notice` is called with (kind, client id, text) when something happens that a person may want to know.
    """

    def __init__(self, config: BrokerConfig, clock: Clock | None = None, notice: Notice | None = None) -> None:
        self.config, self.limits = config, config.limits
        self.clock: Clock = clock or MonotonicClock()
        self.counters = Counters()
        self.buffer = memoryview(bytearray(64 * 1024))
        self.port = self.tls_port = 0
        self.reading = False
        self._rules = tuple(checked_rule(rule) for rule in config.access)
        self._tell = notice
        self._auth = Authenticator(config.users) if config.users is not None else None
        self._servers: list[asyncio.Server] = []
        self._doors: set[asyncio.Task[None]] = set()
        self._ticker: asyncio.TimerHandle | None = None
        self._connections: dict[Connection, None] = {}
        self._sessions: dict[str, Session] = {}
        self.router = Router(self.limits, self.counters)
        self._clients = 0
        self._absent: dict[Session, None] = {}
        self._dirty: list[Connection] = []
        self._waiting = Waiting()
        self._logins: set[asyncio.Task[None]] = set()

    # life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Raises BrokerError where the port cannot be had, or where anybody in the network could come in."""
        # "localhost" may be two addresses, which with port 0 would be two ports.
        host, port = self.config.host.replace("localhost", "127.0.0.1"), self.config.port
        tls = self.config.tls
        if self.config.users is None:
            only_here(host, *([tls.host] if tls else []))
        raise_file_limit(self.limits.clients + _GREETING + MOST + 128)
        loop = asyncio.get_running_loop()
        secure = server_context(tls) if tls is not None else None
        self._servers.append(await listen(lambda: Connection(self), host, port))
        self.port = self._servers[0].sockets[0].getsockname()[1]
        if tls is not None and secure is not None:
            door = partial(Door, secure, lambda: Connection(self), self._no_tls, self._doors)
            self._servers.append(await listen(door, tls.host.replace("localhost", "127.0.0.1"), tls.port))
            self.tls_port = self._servers[1].sockets[0].getsockname()[1]
        self._ticker = loop.call_later(TICK, self._tick_again)

    def _no_tls(self, kind: str, address: str) -> None:
        self.counters.refused += 1
        # Those before a page are to know, too: a board that stays away cannot say why.
        self.router.tell(NOTICE, msgspec.json.encode(Said(kind, address)))
        if self._tell is not None:
            self._tell(kind, "", address)

    async def stop(self) -> None:
        """Close everything; wills are not published, since nobody is left to read them."""
        if self._ticker is not None:
            self._ticker.cancel()
        for server in self._servers:
            server.close()
        for task in (*self._logins, *self._doors):
            task.cancel()
        await asyncio.gather(*self._doors, return_exceptions=True)
        for connection in list(self._connections):
            connection.will = None
            connection.flush()
            connection.abort()
        if self._auth is not None:
            self._auth.close()
        for server in self._servers:
            await server.wait_closed()
        # An aborted transport says connection_lost in the loop's next turn.
        await asyncio.sleep(0)

    def stats(self) -> dict[str, Any]:
        """Counters since the start and the sizes of the moment, as `$SYS` topics tell them elsewhere."""
        sessions = self._sessions.values()
        return {
            **dataclasses.asdict(self.counters),
            "connections": len(self._connections),
            "clients": self._clients,
            "sessions": len(self._sessions),
            "subscriptions": sum(len(session.subscriptions) for session in sessions),
            "retained": self.router.retained.count,
            "retained_bytes": self.router.retained.bytes,
            "held": sum(session.held for session in sessions),
            "held_bytes": sum(session.held_bytes for session in sessions),
            "buffered_bytes": sum(connection.buffered for connection in self._connections),
        }

    def tick(self) -> None:
        """Look after everything that depends on time."""
        now = self.clock.now()
        for connection in list(self._connections):
            if connection.paused & RATE:
                connection.resume(RATE)
                connection.go_on()
            if connection.session is None:
                late = now - connection.opened > self.limits.connect
            else:  # 3.1.2-24; a client that we do not read cannot be late
                patience = connection.keepalive or (_UNREAD if connection.paused & WRITE else 0)
                late = 0 < patience < now - connection.last and not connection.held
            if late:
                self.counters.timeouts += 1
                connection.abort()
        for session in self._waiting.too_slow(now, self.limits.patience):
            if isinstance(session.link, Connection):
                self.counters.too_slow += 1
                self.notice("slow", session.link, f"held {session.held} messages")
                session.link.abort()

    def _tick_again(self) -> None:
        self._ticker = asyncio.get_running_loop().call_later(TICK, self._tick_again)
        self.tick()

    # connections ----------------------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> bool:
        """Take note of a new connection; False if there are too many."""
        self._connections[connection] = None
        return len(self._connections) <= self.limits.clients + _GREETING

    def to_flush(self, connection: Connection) -> None:
        """Write this connection's waiting bytes when what is being read is done, or in the loop's next turn."""
        if not self._dirty and not self.reading:
            asyncio.get_running_loop().call_soon(self.flush)
        self._dirty.append(connection)

    def flush(self) -> None:
        """Write what waits for all connections."""
        dirty, self._dirty = self._dirty, []
        for connection in dirty:
            connection.flush()

    def notice(self, kind: str, connection: Connection, text: str) -> None:
        """Tell a person, if one wants to know."""
        if self._tell is not None:
            self._tell(kind, connection.session.client if connection.session else "", text)

    def connect(self, connection: Connection, hello: Connect) -> None:
        """Answer CONNECT, at once or after the password has been checked."""
        if hello.level != 4:
            self._refuse(connection, packets.BAD_PROTOCOL)  # 3.1.2-2
        elif (not hello.client and not hello.clean) or len(hello.client) > self.limits.topic:
            self._refuse(connection, packets.BAD_ID)  # 3.1.3-8
        elif self._auth is None:
            self._welcome(connection, hello)
        elif hello.user is None or hello.password is None:
            self._refuse(connection, packets.NOT_AUTHORISED)
        elif self._auth.known(hello.user, hello.password):
            self._welcome(connection, hello)
        else:
            connection.pause(AUTH)
            task = asyncio.get_running_loop().create_task(self._log_in(self._auth, connection, hello))
            self._logins.add(task)
            task.add_done_callback(self._logins.discard)

    async def _log_in(self, auth: Authenticator, connection: Connection, hello: Connect) -> None:
        code = packets.BAD_LOGIN
        try:
            if await auth.check(hello.user or "", hello.password or b""):
                code = packets.ACCEPTED
        except BusyError:
            code = packets.UNAVAILABLE
        if connection.paused & CLOSED:
            return
        if code == packets.ACCEPTED:
            self._welcome(connection, hello)
            connection.resume(AUTH)
        else:
            self.notice("login", connection, f"{hello.user!r} as {hello.client!r}")
            self._refuse(connection, code)

    def _refuse(self, connection: Connection, code: int) -> None:
        self.counters.refused += 1
        connection.send(packets.connack(code))
        connection.close()

    def _welcome(self, connection: Connection, hello: Connect) -> None:
        client = hello.client or f"auto-{secrets.token_hex(8)}"  # 3.1.3-6
        user = hello.user or "" if self._auth is not None else ""
        old = self._sessions.get(client)
        if old is not None and old.user != user:
            # Another user's session and messages: the id alone must not open it, nor end it.
            self._refuse(connection, packets.BAD_ID)
            return
        if self._clients >= self.limits.clients and (old is None or old.link is None):
            self._refuse(connection, packets.UNAVAILABLE)
            return
        if old is not None and isinstance(old.link, Connection):
            self.counters.takeovers += 1  # 3.1.4-2
            self.notice("takeover", old.link, "connected again elsewhere")
            self._part(old.link)
        old = self._sessions.get(client)
        if old is not None and hello.clean:
            self._forget(old)  # 3.1.2-6
            old = None
        session = old
        if session is None:
            allowed = Permissions(self._rules, user, client) if self._rules else None
            session = Session(client, user, hello.clean, self.limits, self.counters, allowed)
            session.find_retained = self.router.retained.get
            self._sessions[client] = session
        session.clean = hello.clean
        connection.session, connection.will = session, hello.will
        self._clients += 1
        self._absent.pop(session, None)
        self.counters.connected += 1
        connection.send(packets.connack(packets.ACCEPTED, old is not None))
        session.resume(connection)

    def lost(self, connection: Connection) -> None:
        """A connection has ended: its will is published, its session is kept or forgotten."""
        self._connections.pop(connection, None)
        self._part(connection)

    def _part(self, connection: Connection) -> None:
        session, will = connection.session, connection.will
        connection.session = connection.will = None
        if session is not None:
            self._clients -= 1
            session.leave()
            if session.clean:
                self._forget(session)
            else:
                self._absent[session] = None
                if len(self._absent) > self.limits.sessions:
                    self._forget(next(iter(self._absent)))  # the one that has been absent longest
            connection.close()
            if will is not None:
                self.counters.wills += 1
                topic = len(will.topic).to_bytes(2, "big") + will.topic
                self.router.publish(session, topic, will.payload, will.qos, will.retain)

    def _forget(self, session: Session) -> None:
        self.router.unsubscribe(session, list(session.subscriptions))
        self._absent.pop(session, None)
        self._sessions.pop(session.client, None)

    # messages -------------------------------------------------------------------------------------------------

    def received(self, connection: Connection, session: Session, first: int, body: bytes) -> bool:
        """Take a PUBLISH; False if a subscriber has no room, and the connection's `go_on` is called when it has."""
        topic, payload, qos, number = packets.decode_publish(first, body)
        if not (qos == 2 and number in session.incoming):  # 4.3.3-2: one that we have is only acknowledged again
            if qos:
                full = self.router.without_room(topic)
                if full is not None:
                    self.counters.held_up += 1
                    self._waiting.wait_for(full, connection.go_on, self.clock.now())
                    return False
            if qos == 2:
                if len(session.incoming) >= self.limits.incoming:
                    raise ProtocolError(f"more than {self.limits.incoming} unfinished QoS 2 messages")
                session.incoming.add(number)
            self.counters.received += 1
            self.router.publish(session, topic, payload, qos, bool(first & 1))
        if qos:
            connection.send(packets.short(packets.PUBACK if qos == 1 else packets.PUBREC, number))
        return True
