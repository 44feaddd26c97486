"""Takes a request, lets it through only if it was meant for this page, and gives every answer its safety headers."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})


class Guard:
    """ASGI middleware against DNS rebinding and against other sites' scripts.

    `host` is what the server listens on, `hosts` further names under which it is reached. A page that listens
    everywhere also answers to its machine's name and to any literal address: rebinding needs a name.
    """

    def __init__(self, app: ASGIApp, host: str, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._everywhere = host in EVERYWHERE
        self._names = {*LOCAL, host.lower(), *(name.lower() for name in hosts)} - EVERYWHERE
        if self._everywhere:
            name = socket.gethostname().lower()
            self._names |= {name, f"{name}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on one request (HTTP 403; a WebSocket's handshake likewise)."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        meant = len(headers.getlist("host")) == 1 and self.knows(host) and same_origin(headers.get("origin"), host)
        if not meant and scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        elif not meant:
            refusal = PlainTextResponse("This address is not the page's own.\n", 403)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send, host))

    def knows(self, host: str) -> bool:
        """True if the Host header `host` names this machine; its port is free, for it may be forwarded."""
        name = _name(host)
        return name is not None and (name in self._names or (self._everywhere and _is_address(name)))


def same_origin(origin: str | None, host: str) -> bool:
    """True if `origin` is the page's own, or absent: a browser always sends it with a WebSocket, a script need not."""
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _name(host: str) -> str | None:
    """The name or address in a Host header, or None."""
    if any(char in host for char in "/@?#\\ "):
        return None
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    return parts.hostname


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send, host: str) -> Send:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        # 'self' covers ws: only in newer browsers (Safari from 15.4), so it is spelled out.
        f"connect-src 'self' ws://{host} wss://{host}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    safety = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
        "cache-control": "no-cache",
    }

    async def sender(message: MutableMapping[str, Any] | Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(safety)
        await send(message)

    return sender
