"""Takes a teacher at a broker, gives the teacher's page: every board and piece of the room, one stop for all."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec

from gongzhi.broker.notices import NOTICE, NOTICES, Said
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.errors import BrokerError
from gongzhi.heard_shapes import Name
from gongzhi.page.app import PageServer
from gongzhi.page.guard import LOCAL
from gongzhi.page.hub import Hub
from gongzhi.page.messages import Stop, Watch
from gongzhi.room.orders import MOST
from gongzhi.room.roll import Roll
from gongzhi.room.teacher import Teacher
from gongzhi.runtime import view

_TELL_S: Final = 0.5  # a class that comes at once is told in one message
_ANEW_S: Final = 5.0  # … and how long who has been away


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="release"):
    """These teams may act again; none named: all."""

    teams: Annotated[list[Name], msgspec.Meta(max_length=MOST)] = []


_decoder: msgspec.json.Decoder[Stop | Release | Watch] = msgspec.json.Decoder(Stop | Release | Watch)


class RoomPage:
    """The page while `run()` runs: `url` of the broker with a teacher's login, `host` and `port` of the page."""

    def __init__(
        self, url: str, space: str, host: str = "127.0.0.1", port: int = 8017, *, clock: Clock | None = None
    ) -> None:
        self._clock: Clock = clock or MonotonicClock()
        self.roll = Roll()
        self.hub = Hub(self._asked, clock=self._clock, decode=_decoder.decode)  # type: ignore[arg-type]
        self._aio = asyncio.get_running_loop()
        self._due = asyncio.Event()
        self._space = space
        self.teacher = Teacher(url, space, lambda: self._soon(self._due.set))
        key = "" if host in LOCAL else secrets.token_urlsafe(9)
        self.server = PageServer(self.hub, host, port, key=key, first="room.html")
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, started: Callable[[str], None] = lambda _url: None) -> None:
        """Connect, serve, until cancelled; `started(address)` is called when the page can be opened. Raises
        BrokerError, PageError."""
        async with contextlib.AsyncExitStack() as stack:
            await asyncio.to_thread(self.teacher.connect)
            stack.push_async_callback(asyncio.to_thread, self.teacher.close)
            bus = self.teacher.bus
            for pattern in ("+/up/online", "+/up/meta", "+/up/state/+", "_co/room"):
                bus.subscribe(f"v1/{self._space}/+/{pattern}", self._hear)
            bus.subscribe(NOTICE, lambda _t, payload: self._soon(self._notice, payload), 0)
            await self.server.start()
            stack.push_async_callback(self.server.stop)
            started(self.server.url)
            while True:
                self._tell()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_ANEW_S):
                        await self._due.wait()
                self._due.clear()
                await asyncio.sleep(_TELL_S)

    def _soon(self, call: Callable[..., object], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._aio.call_soon_threadsafe(call, *arguments)

    def _hear(self, topic: str, payload: bytes) -> None:
        self._soon(self._heard, topic, payload)

    def _heard(self, topic: str, payload: bytes) -> None:
        if self.roll.hear(topic, payload, self._clock.now()):
            self._due.set()

    def _tell(self) -> None:
        order = self.teacher.standing
        stop = {"on": order is not None, "free": order.free if order else []}
        linked = self.teacher.bus.connected
        message = {"type": "room", "stop": stop, "broker": linked, **self.roll.rows(self._clock.now())}
        self.hub.post(message, "room")

    def _notice(self, payload: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError, KeyError):
            said = msgspec.json.decode(payload, type=Said)
            self._say(f"broker/{said.kind}", view.both(NOTICES[said.kind], client="", text=said.text))

    def _say(self, id_: str, text: Any, *, on: bool = True) -> None:
        self.hub.post(view.notice(id_, "warn", text, on=on), f"notice/{id_}")

    def _asked(self, message: Any) -> None:
        call = self.teacher.stop if isinstance(message, Stop) else lambda: self.teacher.release(message.teams or None)
        task = self._aio.create_task(self._done(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _done(self, call: Callable[[], object]) -> None:
        try:
            await asyncio.to_thread(call)
        except BrokerError as error:
            self._say("order", {language: error.text(language) for language in ("zh", "en")})
        else:
            self._say("order", {}, on=False)
        self._due.set()
