"""Takes the seats of a page, gives the routes by which phones join, and by which whoever runs the piece sees them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gongzhi.page.key import SEAT
from gongzhi.page.seats import Seats, TooManyError, WrongError

T = TypeVar("T")
_MOST: Final = 256  # bytes of a body
_RUNS: Final = ("human:operator#", "human:teacher#")


class _Join(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=24)]


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    remove: Annotated[str, msgspec.Meta(max_length=64)] = ""
    renew: bool = False


class Joining:
    """`seats` of the page; `dismiss(seat)` sends away the browsers that sit there; `url()` is the page's address as a
    phone can open it, "" where none can."""

    def __init__(self, seats: Seats, dismiss: Callable[[str], None], url: Callable[[], str]) -> None:
        self._seats, self._dismiss, self._url = seats, dismiss, url

    @property
    def routes(self) -> list[Route]:
        """To be added to the page's own."""
        return [
            Route("/api/join", self._join, methods=["POST"]),
            Route("/api/seats", self._look),
            Route("/api/seats", self._change, methods=["POST"]),
            Route("/api/join.svg", self._qr),
        ]

    async def join_by_address(self, request: Request) -> Response | None:
        """A scanned code (/join?code=…) takes its seat at once; None for a request without one."""
        code = request.query_params.get("code", "")[:24]
        if not code:
            return None
        token, _ = await self._token(code, request)
        return _seated(RedirectResponse("/", 303), token) if token else RedirectResponse("/join?wrong=1", 303)

    async def _token(self, code: str, request: Request) -> tuple[str, int]:
        address = request.client.host if request.client else ""
        try:
            return await asyncio.to_thread(self._seats.join, code, address), 200
        except WrongError:
            return "", 403
        except TooManyError:
            return "", 429

    async def _join(self, request: Request) -> Response:
        asked = await _body(request, _Join)
        if asked is None:
            return Response(status_code=400)
        token, status = await self._token(asked.code, request)
        return _seated(JSONResponse({}), token) if token else Response(status_code=status)

    async def _look(self, request: Request) -> Response:
        return self._told() if _runs(request) else Response(status_code=403)

    async def _change(self, request: Request) -> Response:
        asked = await _body(request, _Change)
        if not _runs(request):
            return Response(status_code=403)
        if asked is None:
            return Response(status_code=400)
        if asked.renew:
            self._seats.renew()
        if asked.remove and self._seats.remove(asked.remove):
            self._dismiss(asked.remove)
        return self._told()

    def _told(self) -> Response:
        return JSONResponse(
            {
                "codes": self._seats.codes,
                "seats": self._seats.rows(),
                "url": self._url(),
                "teacher": self._seats.has_pin,
            }
        )

    async def _qr(self, request: Request) -> Response:
        code = self._seats.codes.get(request.query_params.get("role", ""))  # type: ignore[call-overload]
        if not _runs(request) or code is None or not self._url():
            return Response(status_code=403)
        out = io.BytesIO()
        segno.make(f"{self._url()}join?code={code}", micro=False).save(out, kind="svg", scale=4, border=2)
        return Response(out.getvalue(), media_type="image/svg+xml", headers={"cache-control": "no-store"})


def _runs(request: Request) -> bool:
    return str(request.scope.get("seat", "")).startswith(_RUNS)


def _seated(answer: Response, token: str) -> Response:
    answer.set_cookie(SEAT, token, httponly=True, samesite="strict")
    return answer


async def _body(request: Request, shape: type[T]) -> T | None:
    """The body as `shape`, or None for what is none; read no further than a message may be long."""
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > _MOST:
            return None
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.DecodeError:
        return None
