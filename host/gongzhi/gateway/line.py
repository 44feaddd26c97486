"""Takes the name of a serial port, keeps one session on it in a thread of its own: reads, writes at the line's pace."""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable
from typing import Any, Final

from gongzhi_node import wire

from gongzhi.bus import Address
from gongzhi.clock import Clock
from gongzhi.gateway.ports import Fault, open_port
from gongzhi.gateway.relay import Event, MqttRelay
from gongzhi.gateway.session import Hello, Session
from gongzhi.text import N_, Later

_READ_S: Final = 0.02
_AGAIN_S: Final = 0.5
_ANSWER_S: Final = 8.0  # so long a port that nobody named is asked; a board needs about 3 s from its reset to its node
# The ESP32's console keeps 260 bytes, and a UART has no way to say "wait" (docs/wire.md, Serial line).
_BURST: Final = 192
_RATE: Final = 8000  # bytes a second, of 11,520 that the line could


class Pace:
    """How many bytes may be written now: 192 at once, 8,000 a second."""

    def __init__(self, now: float) -> None:
        self._credit, self._at = float(_BURST), now

    def take(self, wanted: int, now: float) -> int:
        """How many of `wanted` bytes to write at `now` (s); 0: not yet."""
        self._credit = min(_BURST, self._credit + (now - self._at) * _RATE)
        self._at = now
        if self._credit < min(wanted, 64):
            return 0
        given = min(wanted, int(self._credit))
        self._credit -= given
        return given


class Line:
    """The thread of one port. `named`: a person has named this port, so it is kept and tried for ever; another one is
    let go when it disappears, or when no Gongzhi board answers on it. `admit(line, hello)` as in Session."""

    def __init__(
        self, port: str, address: Address, admit: Callable[[Line, Hello], Later | None], clock: Clock,
        *, named: bool, on_text: Callable[[str, str], None], open_: Callable[[str, float], Any] = open_port,
    ) -> None:  # fmt: skip
        self.port, self.named = port, named
        self.open = False
        self.trouble: Later | None = None
        self.foreign = False  # nobody answered who is one of ours
        self._address, self._clock, self._open = address, clock, open_
        self._events: queue.Queue[tuple[Session, Event]] = queue.Queue()
        self._device: Any = None
        self._over = threading.Event()
        self.session = self._session(lambda hello: admit(self, hello), on_text)
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"serial {port}")

    def _session(self, admit: Callable[[Hello], Later | None], on_text: Callable[[str, str], None]) -> Session:
        def connect(hello: Hello) -> MqttRelay:
            return MqttRelay(self._address, hello, self._poster(hello))

        session = Session(connect, admit, lambda: secrets.token_hex(4), self._ms(), ours=self.named)
        session.on_text = lambda text: on_text(self.port, text)
        return session

    def _poster(self, hello: Hello) -> Callable[[Event], None]:
        """For one connection: what it says after its session has ended is nobody's business any more."""

        def only(event: Event) -> Event:
            return lambda session: event(session) if session.hello is hello else None

        def post(event: Event) -> None:
            self._events.put((self.session, only(event)))
            device = self._device
            if device is not None:
                device.cancel_read()

        return post

    def _ms(self) -> int:
        t: int = int(self._clock.now() * 1000) % wire.PERIOD
        return t

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Say good-bye to the board, let go of the port."""
        self._over.set()
        self._thread.join()

    @property
    def alive(self) -> bool:
        """False once the port has been let go for good."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                device = self._open(self.port, _READ_S)
            except Fault as error:
                self.trouble = Later(N_("The port cannot be opened: {why}"), {"why": str(error)})
                if not self.named:
                    return
                self._over.wait(_AGAIN_S)
                continue
            self.trouble, self.open, self._device = None, True, device
            try:
                self._talk(device)
            except Fault as error:
                self.trouble = Later(N_("The port has gone: {why}"), {"why": str(error)})
            finally:
                self.open, self._device = False, None
                self.session.end()
                device.close()
            if not self.named:
                return
            self._over.wait(_AGAIN_S)

    def _talk(self, device: Any) -> None:
        session, pending = self.session, b""
        pace, begun = Pace(self._clock.now()), self._clock.now()
        while not self._over.is_set():
            data = device.read(max(1, min(device.in_waiting, 4096)))
            if data:
                session.feed(data, self._ms())
            while not self._events.empty():
                whose, event = self._events.get()
                event(whose)
            while True:
                pending = pending or session.due(self._ms()) or b""
                count = pace.take(len(pending), self._clock.now()) if pending else 0
                if not count:
                    break
                device.write(pending[:count])
                pending = pending[count:]
            if not (self.named or session.ours) and self._clock.now() - begun > _ANSWER_S:
                self.foreign = True
                return
        device.write(session.leave())
        device.flush()
