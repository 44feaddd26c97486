"""Takes a hub, gives the page's web server inside the running asyncio loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from gongzhi.errors import PageError
from gongzhi.page.client import Client
from gongzhi.page.guard import EVERYWHERE, LOCAL, Guard
from gongzhi.page.hub import Hub
from gongzhi.page.joining import Joining
from gongzhi.page.key import Key
from gongzhi.page.messages import MAX_MESSAGE
from gongzhi.page.seats import OPERATOR, Seats
from gongzhi.text import N_, catalogue

STATIC: Final = Path(__file__).parent / "static"
# Named here: Windows takes types from its registry, where ".js" is often text/plain, which no browser runs.
TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
MAX_BROWSERS: Final = 40  # a class, each with one
_TRY_AGAIN_LATER, _TOO_FAST = 1013, 1008  # RFC 6455 and its registry of close codes


def application(
    hub: Hub, host: str = "127.0.0.1", hosts: Iterable[str] = (), key: str = "", first: str = "index.html",
    joining: Joining | None = None, seats: Seats | None = None,
) -> Starlette:  # fmt: skip
    """The ASGI application: the page (the file `first`), its files, its texts and its WebSocket; `key` "" lets
    everybody in; with `joining` phones join at `seats`."""
    # 70 KB in all, so they are held: one read at the start, and no path of a request's ever reaches the disk.
    files = {path.name: (_whole(path), TYPES[path.suffix]) for path in STATIC.iterdir() if path.suffix in TYPES}

    async def file(request: Request) -> Response:
        content, type_ = files.get(request.path_params.get("name", first), (b"", ""))
        return Response(content, media_type=type_) if type_ else Response(status_code=404)

    async def join(request: Request) -> Response:
        if joining is None:
            return Response(status_code=404)
        content, type_ = files["join.html"]
        return await joining.join_by_address(request) or Response(content, media_type=type_)

    async def studio(_: Request) -> Response:
        return Response(files["studio.html"][0], media_type="text/html")

    async def texts(request: Request) -> Response:
        return JSONResponse(catalogue("en" if request.query_params.get("lang") == "en" else "zh"))

    async def talk(socket_: WebSocket) -> None:
        await socket_.accept()
        if hub.clients >= MAX_BROWSERS:
            await socket_.close(_TRY_AGAIN_LATER)
            return
        seat = str(socket_.scope.get("seat", OPERATOR))
        if seats is not None:
            seats.spoke(seat)
        await _serve(hub, socket_, seat)

    return Starlette(
        routes=[
            Route("/", file),
            Route("/join", join),
            *(joining.routes if joining else []),
            Route("/studio", studio),
            Route("/api/catalogue", texts),
            WebSocketRoute("/ws", talk),
            Route("/static/{name}", file),
        ],
        middleware=[
            Middleware(Guard, host=host, hosts=tuple(hosts)),
            *([Middleware(Key, key=key, seats=seats)] if key or seats else []),
        ],
    )


def _whole(path: Path) -> bytes:
    """A file's content; what every page begins with stands in one file."""
    return path.read_bytes().replace(b"<!-- head -->", (STATIC / "head.html").read_bytes())


async def _serve(hub: Hub, websocket: WebSocket, seat: str) -> None:
    """One browser, from its coming to its going."""
    client = hub.join(seat)
    listener = asyncio.create_task(_listen(hub, client, websocket))
    try:
        while not listener.done():
            found = await hub.next(client)
            if found is None:
                break
            # Waits while the browser is slow; what comes meanwhile replaces what waits.
            await (websocket.send_text(found) if isinstance(found, str) else websocket.send_bytes(found))
            # A send that need not wait does not let others run, and would not learn that the line is dead.
            await asyncio.sleep(0)
    except (WebSocketDisconnect, RuntimeError):  # uvicorn's two ways to say that it has gone
        # What was said before it went counts: somebody presses Stop and closes the window.
        await asyncio.wait({listener}, timeout=1)
    finally:
        hub.leave(client)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it has gone already
        await websocket.close(_TOO_FAST if client.flooded else 1001)


async def _listen(hub: Hub, client: Client, websocket: WebSocket) -> None:
    try:
        while True:
            event = await websocket.receive()
            if event["type"] != "websocket.receive" or not hub.receive(client, event.get("text") or event["bytes"]):
                break
    finally:
        client.closed = True
        client.wake()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: Ctrl-C belongs to the runtime."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class PageServer:
    """The page on http://host:port, port 0 for a free one; `hosts` are further names under which it is reached."""

    def __init__(
        self, hub: Hub, host: str = "127.0.0.1", port: int = 0, hosts: Iterable[str] = (), key: str = "",
        first: str = "index.html", seats: Seats | None = None,
    ) -> None:  # fmt: skip
        self._hub, self._host, self._port, self._key = hub, host, port, key
        joining = Joining(seats, hub.dismiss, self._reached) if seats else None
        self._app = application(hub, host, hosts, key, first, joining, seats)
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use; 0 before `start` when any was asked for."""
        return self._port

    @property
    def url(self) -> str:
        """The page's address, with its key if it has one: from outside where it listens everywhere."""
        return self._address(f"?key={self._key}" if self._key else "")

    def _reached(self) -> str:
        """The address without its key, as another machine opens it; "" where none can."""
        return "" if self._host in LOCAL else self._address("")

    def _address(self, key: str) -> str:
        host = _outside() if self._host in EVERYWHERE else self._host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}/{key}"

    async def start(self) -> None:
        """Listen, and return when the page can be opened; raises PageError if the address cannot be had."""
        listener = _listener(self._host, self._port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app, http="h11", ws="websockets-sansio", lifespan="off", log_config=None, log_level="warning",
            access_log=False, proxy_headers=False, server_header=False, ws_max_size=MAX_MESSAGE,
            ws_per_message_deflate=False, ws_ping_interval=10, ws_ping_timeout=10,
            limit_concurrency=4 * MAX_BROWSERS,
        )  # fmt: skip
        self._hub.bind()
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started and not self._task.done():  # noqa: ASYNC110  (uvicorn has no event for it)
            await asyncio.sleep(0.002)
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Send the browsers away and close; returns within half a second even if one does not answer."""
        if self._server is None or self._task is None:
            return
        server, task = self._server, self._task
        await _refuse(server)
        await self._hub.close()
        # A moment for browsers to answer the close; one that hangs is cut off, else uvicorn would wait for it.
        await _until_gone(server, 0.1)
        _cut(server)
        server.should_exit = server.force_exit = True
        await task
        # Who came in the meantime: uvicorn, told to hurry, leaves them open.
        _cut(server)
        await _until_gone(server, 0.1)
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
        self._server = self._task = None


async def _refuse(server: _Server) -> None:
    """Accept nobody any more."""
    loop = asyncio.get_running_loop()
    for listener in server.servers:
        for sock in listener.sockets:
            # First only look away, and let those come in whose accept has begun: closing under them leaves their
            # sockets open (CPython issue 109564). Windows' loop has no readers, and accepts in another way.
            with contextlib.suppress(NotImplementedError):
                loop.remove_reader(sock.fileno())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for listener in server.servers:
        listener.close()


async def _until_gone(server: _Server, seconds: float) -> None:
    """Wait until no connection is left, but not longer than that."""
    end = asyncio.get_running_loop().time() + seconds
    while server.server_state.connections and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  (no event)
        await asyncio.sleep(0.005)


def _cut(server: _Server) -> None:
    """End every connection now, and what still runs for it."""
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    if server.should_exit:
        for task in list(server.server_state.tasks):
            task.cancel()


def _outside() -> str:
    """This machine's address in its network; the loopback address where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: it only asks which address would be used (192.0.2.0/24 is for documentation, RFC 5737).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _listener(host: str, port: int) -> socket.socket:
    """A listening socket; made here because uvicorn ends the process when it cannot have one."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PageError(
                N_("Port {port} on {host} is already in use, so the page cannot be shown there."),
                N_("Is another demo still running? End it, or choose another port with --port."),
                port=port, host=host,
            ) from error  # fmt: skip
        raise PageError(
            N_("The page cannot be shown on {host}, port {port}: {reason}."),
            N_("Choose another address with --host (127.0.0.1 is this machine) or another port with --port."),
            port=port, host=host, reason=error.strerror or str(error),
        ) from error  # fmt: skip
