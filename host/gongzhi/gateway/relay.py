"""Takes who a board is, gives its connection to the broker, as it would have one of its own; paho stays behind this."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gongzhi.bus import Address
from gongzhi.gateway.session import Hello, Session
from gongzhi.room import trust

Event = Callable[[Session], None]


class MqttRelay:
    """One connection with the board's client id, will and subscriptions. `post(event)` is called on paho's thread with
    what the session is to be told."""

    def __init__(self, address: Address, hello: Hello, post: Callable[[Event], None]) -> None:
        self._will, self._subs, self._post = hello.will, hello.subs, post
        self._granted = 0
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, hello.id, clean_session=True)
        client.will_set(hello.will[0], hello.will[1].encode(), 1, True)
        if address.tls:
            client.tls_set_context(trust.context())
        if address.user:
            client.username_pw_set(address.user, address.password)
        client.reconnect_delay_set(1, 3)
        client.on_socket_open = self._opened
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_publish = lambda _c, _u, number, _r, _p: post(lambda session: session.relay_said(number))
        client.on_message = self._message
        client.connect_async(address.host, address.port, keepalive=15)
        client.loop_start()

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> int:
        """Hand a message over; its number."""
        return self._client.publish(topic, payload, qos, retain).mid

    def close(self) -> None:
        """Publish the board's will and end."""
        client = self._client
        client.on_disconnect = None
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            if client.is_connected():
                # In one connection the broker takes it before the good-bye, which makes it forget the will.
                client.publish(self._will[0], self._will[1].encode(), 1, True)
            client.disconnect()
        client.loop_stop()

    def _opened(self, _client: Any, _userdata: Any, sock: Any) -> None:
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _connected(self, client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            why = str(reason)
            self._post(lambda session: session.relay_refused(why))
            return
        self._granted = 0
        for pattern in self._subs:
            client.subscribe(pattern, 1)

    def _subscribed(self, _client: Any, _userdata: Any, _number: Any, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._post(lambda session: session.relay_refused("subscribe"))
            return
        self._granted += 1
        if self._granted == len(self._subs):
            self._post(lambda session: session.relay_up())

    def _disconnected(self, _client: Any, _userdata: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        if self._granted:
            self._granted = 0
            self._post(lambda session: session.relay_down())

    def _message(self, _client: Any, _userdata: Any, said: Any) -> None:
        topic, payload, qos, retained = said.topic, bytes(said.payload), said.qos, said.retain
        self._post(lambda session: session.message(topic, payload, qos, retained=retained))
