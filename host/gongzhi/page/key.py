"""Takes requests to a page that the network can reach, lets through only those that know the page's key."""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from gongzhi.text import N_, tr

COOKIE: Final = "gongzhi_key"


class Key:
    """ASGI middleware. The address that is shown (and its QR code) carries the key once; the browser keeps it in a
    cookie that no script can read. Without it nobody in the room sees the picture or says yes."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app, self._key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, exchange a key in the address for the cookie, or refuse (HTTP 403; WebSocket 1008)."""
        if scope["type"] not in ("http", "websocket") or self._fits(_cookie(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        elif self._fits(_asked(scope)):
            welcome = RedirectResponse("/", 303)
            welcome.set_cookie(COOKIE, self._key, httponly=True, samesite="strict")
            await welcome(scope, receive, send)
        else:
            message = N_("Open the whole address that the program shows: it ends with a key.")
            said = "\n".join(tr(message, language) for language in ("zh", "en"))
            await PlainTextResponse(said + "\n", 403)(scope, receive, send)

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._key.encode())


def _cookie(scope: Scope) -> str:
    try:
        found = SimpleCookie(Headers(scope=scope).get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return str(found.value) if found else ""


def _asked(scope: Scope) -> str:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return str(query.get("key", [""])[0])
