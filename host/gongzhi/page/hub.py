"""Takes messages and frames from any thread, gives each connected browser the newest of each, and never waits."""

from __future__ import annotations

import asyncio
import itertools
import logging
import struct
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.clock import Clock, MonotonicClock
from gongzhi.page.client import Client
from gongzhi.page.messages import Message, Press, Stop, Watch, decode
from gongzhi.page.picture import jpeg
from gongzhi.page.press import Presses
from gongzhi.page.seats import OPERATOR, may
from gongzhi.page.studio_messages import StudioMessage
from gongzhi.values import LIVE_STATES

log = logging.getLogger(__name__)

QUEUE_LIMIT: Final = 512  # texts that wait for one browser; 50 boards with 4 parts each and everything else fit
DECISIONS_KEPT: Final = 24  # what a browser that joins gets to see of the past
VIDEO_VIEWERS: Final = 3  # browsers at full rate; the others get the joints only (a Pi's uplink is the limit)
BEAT: Final = 2.0  # seconds without a word after which a browser gets a sign of life

_AnyMessage = Mapping[str, Any]


class Hub:
    """Between the runtime and the browsers.

    `on_message` is called in the loop with each validated message; it may be set later. `on_said`, if it is set, is
    called in its place, with the seat of whoever said it.
    `post`, `forget` and `frame` may be called from any thread and return at once.
    """

    def __init__(
        self,
        on_message: Callable[[Message], None] | None = None,
        *,
        clock: Clock | None = None,
        video_viewers: int = VIDEO_VIEWERS,
        queue_limit: int = QUEUE_LIMIT,
        jpeg_quality: int = 80,
        decode: Callable[[str | bytes], Message | StudioMessage | Watch] = decode,
    ) -> None:
        self.on_message = on_message
        self.on_said: Callable[[Message, str], None] | None = None
        self.on_studio: Callable[[StudioMessage, str], None] | None = None  # likewise, of recording and training
        self.answers: Mapping[str, str] = {}  # for which role each drawn button answers
        self.refused = 0
        self._decode = decode
        self._clock = clock or MonotonicClock()
        self._viewers, self._limit, self._quality = video_viewers, queue_limit, jpeg_quality
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: dict[int, Client] = {}
        self._numbers = itertools.count(1)
        self._kept: dict[str, tuple[dict[str, Any], float]] = {}
        self._gone_dropped = 0
        self._waiting: tuple[bytes, NDArray[np.uint8]] | None = None
        self._encoding = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._presses = Presses(self._deliver, self._clock)

    @property
    def clients(self) -> int:
        """How many browsers are connected."""
        return len(self._clients)

    @property
    def dropped(self) -> int:
        """Texts and frames that were replaced or dropped before a browser took them, since the start."""
        with self._lock:
            return self._gone_dropped + sum(client.dropped for client in self._clients.values())

    # -- the runtime's side, any thread ---------------------------------------------------------------------------

    def post(self, message: _AnyMessage, key: str | None = None) -> None:
        """Send a JSON-able message with a `type` to every browser; with a key it is kept, and a browser that joins
        later gets the latest of each key, with `age_ms` added."""
        text = msgspec.json.encode(message).decode()
        with self._lock:
            if key is not None:
                self._kept.pop(key, None)
                self._kept[key] = (dict(message), self._clock.now())
                if message.get("type") == "decision":
                    self._forget_old_decisions()
            clients = list(self._clients.values())
            for client in clients:
                client.put(key, text)
        self._wake(clients)

    def forget(self, key: str) -> None:
        """Keep the message under `key` no longer; browsers that have it are not told."""
        with self._lock:
            self._kept.pop(key, None)

    @property
    def watched(self) -> bool:
        """Whether there is a browser; from any thread."""
        return bool(self._clients)

    def frame(self, meta: _AnyMessage, image: NDArray[np.uint8]) -> None:
        """Show `image` (h, w, 3) uint8 RGB with its `meta`; only the newest is encoded, and only if somebody looks.
        The array is read later: it must not change. Raises ValueError for a meta over 64 KiB."""
        if not self._clients:
            return
        head = msgspec.json.encode(meta)
        if len(head) > 0xFFFF:
            raise ValueError(f"a frame's meta of {len(head)} bytes, 65535 at most")
        with self._lock:
            self._waiting = (struct.pack("<H", len(head)) + head, image)
            if self._encoding:
                return
            self._encoding = True
        self._call(self._start_encoding)

    # -- the server's side, in the loop ---------------------------------------------------------------------------

    def bind(self) -> None:
        """Say that browsers are served by the running loop."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Send every browser away and end what runs here."""
        with self._lock:
            clients = list(self._clients.values())
            for client in clients:
                client.closed = True
        self._wake(clients)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._encoding = False

    def join(self, seat: str = OPERATOR) -> Client:
        """A new browser at `seat`, with all that is kept already waiting for it."""
        now = self._clock.now()
        with self._lock:
            client = Client(next(self._numbers), self._limit, now, seat)
            joined = {} if seat == OPERATOR else {"role": seat.removeprefix("human:").partition("#")[0], "seat": seat}
            client.put(None, msgspec.json.encode({"type": "begin", **joined}).decode())
            for key, (message, t) in self._kept.items():
                aged = {**message, "age_ms": round(1000 * (now - t))}
                client.put(key, msgspec.json.encode(aged).decode())
            self._clients[client.number] = client
        client.wake()
        return client

    def dismiss(self, seat: str) -> None:
        """Send away the browsers at `seat`; in the loop."""
        with self._lock:
            gone = [client for client in self._clients.values() if client.seat == seat]
            for client in gone:
                client.closed = True
        self._wake(gone)

    def leave(self, client: Client) -> None:
        """The browser has gone; what it held down is let go."""
        with self._lock:
            self._clients.pop(client.number, None)
            self._gone_dropped += client.dropped
        self._presses.leave(client.number)

    def receive(self, client: Client, text: str | bytes) -> bool:
        """Take what a browser said; False when it shall be sent away, because it floods."""
        # Letting go is never refused: a lost one would hold the button for good. Nor is Stop.
        in_time = client.may_speak(self._clock.now())
        try:
            message = self._decode(text)
        except ValueError as error:
            # The first tells what is wrong; a flood of them must not flood the log.
            log.log(logging.DEBUG if client.refused else logging.WARNING, "browser %d: %s", client.number, error)
            client.refused += 1
            self.refused += 1
            return not client.flooded
        free = isinstance(message, Stop) or (isinstance(message, Press) and not message.down)
        if not in_time and not free:
            self.refused += 1
        elif isinstance(message, Watch):
            client.wants_video = message.video
        elif not may(client.seat, message, self.answers):
            self.refused += 1
            told = {"type": "told", "seat": client.seat, "verb": "", "id": "", "code": "outranked"}
            client.put(None, msgspec.json.encode(told).decode())
            client.wake()
        elif isinstance(message, Press):
            self._presses.press(client.number, message)
        elif isinstance(message, StudioMessage):
            if self.on_studio is not None:
                asyncio.get_running_loop().call_soon(self.on_studio, message, client.seat)
        else:
            self._deliver(message, client.seat)
        return not client.flooded

    async def next(self, client: Client) -> str | bytes | None:
        """What to send to this browser next, waiting for it; a sign of life when there is nothing; None at the end."""
        while not client.closed:
            with self._lock:
                found = client.take()
            if found is not None:
                return found
            if not await client.wait(BEAT):
                return '{"type":"beat"}'
        return None

    # -- inside ---------------------------------------------------------------------------------------------------

    def _deliver(self, message: Message, seat: str = OPERATOR) -> None:
        # Through the loop, so that an error in the runtime ends there and not this browser's connection.
        if self.on_said is not None:
            asyncio.get_running_loop().call_soon(self.on_said, message, seat)
        elif self.on_message is not None:
            asyncio.get_running_loop().call_soon(self.on_message, message)

    def _forget_old_decisions(self) -> None:
        ended = [
            key
            for key, (message, _) in self._kept.items()
            if message.get("type") == "decision" and message.get("state") not in LIVE_STATES
        ]
        for key in ended[:-DECISIONS_KEPT]:
            del self._kept[key]

    def _call(self, callback: Callable[..., object], *args: Any) -> None:
        """Run `callback` in the loop, soon, from whichever thread this is."""
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:  # the loop has ended between the look and the call: nobody is left to tell
            log.debug("the page's loop has ended")

    def _wake(self, clients: list[Client]) -> None:
        for client in clients:
            self._call(client.wake)

    def _start_encoding(self) -> None:
        task = asyncio.get_running_loop().create_task(self._encode())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _encode(self) -> None:
        """Encode the newest frame, and again while a newer one has come meanwhile."""
        try:
            while True:
                with self._lock:
                    waiting, self._waiting = self._waiting, None
                    viewers, others = self._audience()
                    if waiting is None:
                        self._encoding = False
                        return
                head, image = waiting
                picture = await asyncio.to_thread(jpeg, image, self._quality) if viewers else b""
                with self._lock:
                    for client in viewers:
                        client.put_frame(head + picture)
                    for client in others:
                        client.put_frame(head)
                for client in viewers + others:
                    client.wake()
        except BaseException:
            # Else no later frame would start it again. asyncio reports the error itself.
            self._encoding = False
            raise

    def _audience(self) -> tuple[list[Client], list[Client]]:
        """Who gets pictures (the first that joined and look), and who gets the joints only."""
        looking = [client for client in self._clients.values() if client.wants_video]
        return looking[: self._viewers], looking[self._viewers :]
