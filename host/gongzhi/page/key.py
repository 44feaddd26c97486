"""Takes requests to a page, finds out whose they are: whoever knows its key, somebody who has joined, or nobody.

The address that is shown (and its QR code) carries the key once; the browser keeps it in a cookie that no script can
read. Phones and tablets join with a code instead and keep the token of their seat in the same way.
"""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from gongzhi.page.seats import OPERATOR, Seats
from gongzhi.text import N_, tr

COOKIE: Final = "gongzhi_key"
SEAT: Final = "gongzhi_seat"
# What the page to join at consists of; it says nothing of the piece.
OPEN: Final = frozenset(
    {"/join", "/api/join", "/api/catalogue"}
    | {f"/static/{name}" for name in ("join.js", "join.css", "style.css", "dom.js", "text.js", "icon.svg")}
)


class Key:
    """ASGI middleware: puts the seat into the request's scope ("seat"), or refuses. Without a `key` (a page that only
    this machine reaches) everybody who has no seat runs the piece."""

    def __init__(self, app: ASGIApp, key: str, seats: Seats | None = None) -> None:
        self._app, self._key, self._seats = app, key, seats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, exchange a key in the address for the cookie, or refuse (HTTP 403; WebSocket 1008)."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        seat = self._seat(scope)
        if seat or (self._seats is not None and scope["path"] in OPEN):
            scope["seat"] = seat
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        elif self._fits(_asked(scope)):
            welcome = RedirectResponse("/", 303)
            welcome.set_cookie(COOKIE, self._key, httponly=True, samesite="strict")
            if SEAT in _cookies(scope):  # this browser had joined before
                welcome.delete_cookie(SEAT)
            await welcome(scope, receive, send)
        elif scope["path"] == "/" and self._seats is not None and not _asked(scope):
            await RedirectResponse("/join", 303)(scope, receive, send)
        else:
            message = N_("Open the whole address that the program shows: it ends with a key.")
            said = "\n".join(tr(message, language) for language in ("zh", "en"))
            await PlainTextResponse(said + "\n", 403)(scope, receive, send)

    def _seat(self, scope: Scope) -> str:
        cookies = _cookies(scope)
        token = cookies.get(SEAT, "")
        if token and self._seats is not None and (seat := self._seats.seat(token)):
            return seat
        return OPERATOR if not self._key or self._fits(cookies.get(COOKIE, "")) else ""

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._key.encode())


def _cookies(scope: Scope) -> dict[str, str]:
    try:
        found = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in found.items()}


def _asked(scope: Scope) -> str:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return str(query.get("key", [""])[0])
