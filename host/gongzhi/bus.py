"""Takes topics and payloads to and from an MQTT broker for the host's own programs; paho stays behind this border."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gongzhi.errors import BrokerError
from gongzhi.room import trust
from gongzhi.text import N_

Handler = Callable[[str, bytes], None]
ORDERS: Final = "/down/cmd"  # topics of what is worth nothing later (docs/wire.md)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is and as whom one comes to it; `user` "" where it asks for none."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False

    @classmethod
    def of(cls, url: str) -> Address:
        """The parts of mqtt://user:password@host:port (mqtts:// for TLS); raises BrokerError for another text."""
        try:
            parts = urlsplit(url)
            tls = {"mqtt": False, "mqtts": True}[parts.scheme]
            port = (8883 if tls else 1883) if parts.port is None else parts.port
            if not parts.hostname or not port:
                raise ValueError
        except (ValueError, KeyError):
            # What stands before the @ may be a password, which belongs on no screen.
            raise BrokerError(
                N_("“{url}” is not the address of a broker."),
                N_("Write it as mqtt://name-or-address:1883."),
                url=url.rpartition("@")[2],
            ) from None
        return cls(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), tls)


class Bus:
    """One connection to a broker, kept up by paho's own thread, which also calls the handlers.

    `url` as in `Address.of`; `will` is published, retained, should we go without a word. Subscriptions are made anew
    after each reconnect (a broker with a clean session forgets them). TCP_NODELAY is set: without it a QoS 1 round trip
    takes 86 ms.
    """

    def __init__(
        self, url: str, client_id: str, on_link: Callable[[bool], None] | None = None,
        will: tuple[str, bytes] | None = None,
    ) -> None:  # fmt: skip
        address = Address.of(url)
        self.host, self.port = address.host, address.port
        self._tls: ssl.SSLContext | None = None
        self._handlers: dict[str, tuple[Handler, int]] = {}
        self._on_link = on_link
        self._answered = threading.Event()
        self._refusal: str | None = None
        self._user = address.user
        self._up = False  # the broker is there, and nothing is to be dropped any more
        self._asked: dict[int, bool | None] = {}  # subscriptions of `admitted`, by number: what the broker has said
        self._news = threading.Condition()
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=True)
        if address.tls:
            self._tls = trust.context()
            client.tls_set_context(self._tls)
        if will is not None:
            client.will_set(*will, qos=1, retain=True)
        if address.user:
            client.username_pw_set(address.user, address.password)
        client.reconnect_delay_set(1, 3)  # a room's broker, not a region's: be back soon after it
        client.max_queued_messages_set(1000)
        client.on_socket_open = self._opened
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected

    def connect(self, timeout: float = 5.0) -> None:
        """Connect and wait for the broker's word; raises BrokerError when there is none, or when it refuses."""
        where = f"{self.host}:{self.port}"
        try:
            if self._tls is not None:
                trust.look(self.host, self.port, self._tls, timeout)
            self._client.connect(self.host, self.port, keepalive=15)
        except (OSError, ValueError) as error:  # ValueError: a name that cannot be one
            if (said := trust.fault(error, where)) is not None:
                raise said from error
            raise BrokerError(
                N_("No broker answers at {where} ({why})."),
                N_("Is it running, and are both in the same network?"),
                where=where,
                why=error,
            ) from error
        self._client.loop_start()
        if self._answered.wait(timeout) and self._refusal is None:
            return
        refusal = self._refusal
        self.close()
        if refusal is None:
            raise BrokerError(
                N_("The broker at {where} took the call but does not answer."),
                N_("Is something else listening on that port?"),
                where=where,
            )
        raise BrokerError(
            N_("The broker at {where} refuses us: {why}."),
            N_("Check user name and password."),
            where=where,
            why=refusal,
        )

    def admitted(self, pattern: str, team: str, timeout: float = 5.0) -> None:
        """While connected: raises BrokerError if the broker keeps us out of `pattern`, where `team` is."""
        with self._news:  # its answer may come at once
            _, number = self._client.subscribe(pattern, 1)
            if number is None:
                return
            self._asked[number] = None
            self._news.wait_for(lambda: self._asked[number] is not None, timeout)
            if self._asked.pop(number) is not False:
                return
        if self._user:
            raise BrokerError(
                N_("The broker keeps the account “{user}” out of the piece “{team}”."),
                N_("A team’s account is called as its piece: id = \"{user}\" in project.toml, or an account “{team}”."),
                user=self._user, team=team,
            )  # fmt: skip
        raise BrokerError(
            N_("The broker keeps whoever has no account out of the piece “{team}”."),
            N_("Come with the team’s account: mqtt://{team}:PASSWORD@{where}."),
            team=team, where=f"{self.host}:{self.port}",
        )  # fmt: skip

    @property
    def connected(self) -> bool:
        """True while the broker is there."""
        return self._up and bool(self._client.is_connected())

    def subscribe(self, pattern: str, handler: Handler, qos: int = 1) -> None:
        """Call `handler(topic, payload)` on paho's thread for each message that matches `pattern`."""
        self._handlers[pattern] = (handler, qos)
        self._client.message_callback_add(
            pattern, lambda _c, _u, message: handler(message.topic, bytes(message.payload))
        )
        if self.connected:
            self._client.subscribe(pattern, qos)

    def publish(self, topic: str, payload: bytes, qos: int = 0, *, retain: bool = False) -> bool:
        """Hand a message over; False if the broker is not there. Nothing is kept for later: a command that waits
        until a link returns would act on a world that has changed."""
        if not self.connected:
            return False
        return self._client.publish(topic, payload, qos, retain).rc == paho.MQTT_ERR_SUCCESS

    def close(self) -> None:
        """Say good-bye and end the thread."""
        with contextlib.suppress(OSError, ValueError):
            self._client.disconnect()
        self._client.loop_stop()

    def _opened(self, _client: Any, _userdata: Any, sock: Any) -> None:
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _connected(self, client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._refusal = str(reason) if reason.is_failure else None
        if not reason.is_failure:
            # What was not acknowledged paho would send again with the new connection. An order is not to be carried out
            # then: to the arbiter it was lost, and the world is another one by now.
            under_way = client.drop_out_messages()
            self._up = True  # only now: what is handed over before is dropped with the rest
            for pattern, (_, qos) in list(self._handlers.items()):  # another thread may be adding one
                client.subscribe(pattern, qos)
            for one in under_way:
                if not one.topic.endswith(ORDERS):
                    client.publish(one.topic, one.payload, one.qos, one.retain)
        self._answered.set()
        if self._on_link and not reason.is_failure:
            self._on_link(True)

    def _subscribed(self, _client: Any, _userdata: Any, number: int, codes: Any, _properties: Any) -> None:
        with self._news:
            if number in self._asked:
                self._asked[number] = not any(one.is_failure for one in codes)
                self._news.notify_all()

    def _disconnected(self, _client: Any, _userdata: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        self._up = False
        if self._on_link:
            self._on_link(False)
