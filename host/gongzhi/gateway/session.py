"""Takes the bytes of one serial line and what the broker says, gives lines to write and messages to publish: the
gateway's half of docs/wire.md, Serial line, without ports, threads or sockets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import msgspec
from gongzhi_node import wire
from gongzhi_node.line import MARK, Splitter, Talk, frame

from gongzhi.text import N_, Later

_CALL_MS: Final = 1000
_REFUSED_MS: Final = 5000
_WAKE_MS: Final = 5000
# What a prompt makes of it: away with a half-typed line, out of the raw prompt, soft reset. A program does not mind.
_WAKE: Final = b"\x15\x02\x04"
_CLEAR: Final = b"\x15\x02"  # the same without the reset: before each hello, should a prompt be there
# In JSON these can only stand between tokens; every other control character is no JSON, and 0x03 would be a Ctrl-C.
_CLEAN: Final = bytes(n if n >= 32 and n != 127 else 32 if n in b"\t\r\n" else 63 for n in range(256))
_LONGEST: Final = 2000  # bytes of a message; the board takes lines of 2,048

State = Literal["asking", "prompt", "refused", "connecting", "up"]


class Hello(msgspec.Struct, frozen=True):
    """Who a board says it is: client id, topic, number of its chip, the session's word, what it wants, its will."""

    id: str
    base: str
    chip: str
    s: str
    subs: list[str]
    will: tuple[str, str]

    def sound(self) -> bool:
        """True if all of it concerns this board alone, as the broker's rules have it for a board of a team."""
        levels = self.base.split("/")
        if len(levels) != 4 or levels[0] != "v1" or not all(map(wire.segment, levels[1:])):
            return False
        everybody = f"v1/{levels[1]}/_all/down/stop"
        return (
            self.id == "-".join(levels[1:])
            and self.will[0] == f"{self.base}/up/online"
            and all(one == everybody or one.startswith(f"{self.base}/down/") for one in self.subs)
            and not any(sign in "".join(self.subs) for sign in "+#")
        )


class Relay(Protocol):
    """A board's connection to the broker; it says `relay_up` and so on to the session, through its owner."""

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> int:
        """Hand a message over; its number."""

    def close(self) -> None:
        """Say what the board's will says, and end."""


@dataclass(slots=True)
class Counts:
    """Messages from the board and to it, and what went wrong."""

    up: int = 0
    down: int = 0
    refused: int = 0  # topics that are not the board's
    large: int = 0  # messages too long for a board
    sessions: int = 0


@dataclass
class Session:
    """One line. `connect(hello)` begins a board's connection to the broker, `admit(hello)` says why it may not (None:
    it may); `word()` gives a new random word; `ours`: a prompt at the other end may be reset (the port was named, or
    one of our boards has been seen on it). `t` are ms modulo 2^30."""

    connect: Callable[[Hello], Relay]
    admit: Callable[[Hello], Later | None]
    word: Callable[[], str]
    t: int
    ours: bool = False
    state: State = "asking"
    why: Later | None = None
    hello: Hello | None = None
    counts: Counts = field(default_factory=Counts)
    on_text: Callable[[str], None] = lambda _text: None

    def __post_init__(self) -> None:
        self.talk = Talk("d", self._deliver, self.t)
        self.splitter = Splitter(b"u", self._frame)
        self.splitter.on_text = self._text
        self._relay: Relay | None = None
        self._word = ""
        self._called = wire.add(self.t, -_CALL_MS)
        self._woken = wire.add(self.t, -_WAKE_MS)
        self._early: list[tuple[str, bytes, bool]] | None = []  # what the broker says before all is subscribed
        self._unsaid: deque[list[int]] = deque()  # [seq, number at the broker, 1 once it has it]

    # The line.

    def feed(self, data: bytes, t: int) -> None:
        """Bytes from the line."""
        self.t = t
        self.splitter.feed(data)

    def due(self, t: int) -> bytes | None:
        """The next bytes to write, or None."""
        self.t = t
        if self.hello is not None and self.talk.silent(t):
            self.end()
        if self.hello is not None:
            self.talk.expire(t)
            line: bytes | None = self.talk.due(t)
            return line
        if self.state == "prompt" and self.ours and wire.diff(t, self._woken) >= _WAKE_MS:
            self._woken = t
            return _WAKE
        if wire.diff(t, self._called) < (_CALL_MS if self.state != "refused" else _REFUSED_MS):
            return None
        self._called = t
        self._word = self.word()
        greeting: bytes = _CLEAR + frame("d", "H", 0, self._word.encode())
        return greeting

    def leave(self, why: str = "") -> bytes:
        """The gateway ends: the last line to write."""
        self.end()
        last: bytes = frame("d", "B", 0, why.encode())
        return last

    def end(self) -> None:
        """The board is not to be heard any more: its will is said for it."""
        self.hello = None
        self.state, self.why = "asking", None
        if self._relay is not None:
            self._relay.close()
            self._relay = None

    def _frame(self, kind: str, seq: int, body: bytes) -> None:
        if kind == "H":
            self._greeted(body)
        elif kind == "R":
            self.end()  # it has restarted
            self._called = wire.add(self.t, -_CALL_MS)
        elif self.hello is not None:
            self.talk.received(kind, seq, body, self.t)

    def _text(self, line: bytes) -> None:
        # Our own words come back: nobody but a prompt repeats them.
        if MARK + b"dH" in line and self.hello is None:
            self.state = "prompt"
        elif MARK not in line:
            self.on_text(line.decode(errors="replace"))

    def _greeted(self, body: bytes) -> None:
        try:
            hello = msgspec.json.decode(body, type=Hello)
        except msgspec.DecodeError:
            return
        if hello.s != self._word or (self.hello is not None and self.hello.s == hello.s):
            return  # an answer to an older question, or the same once more
        self.ours = True
        if not hello.sound():
            self.state, self.why = "refused", Later(N_("It claims topics that are not a board’s own."), {})
            return
        self.why = self.admit(hello)
        if self.why is not None:
            self.state = "refused"
            return
        self.hello, self.state = hello, "connecting"
        self.talk = Talk("d", self._deliver, self.t)
        self._early, self._unsaid = [], deque()
        self.counts.sessions += 1
        self._relay = self.connect(hello)

    def _deliver(self, body: bytes, seq: int | None) -> bool:
        """A message of the board's, on to the broker; it is acknowledged when the broker has it."""
        self.counts.up += 1
        topic, _, rest = body.partition(b" ")
        flag, _, payload = rest.partition(b" ")
        name = topic.decode(errors="replace")
        assert self.hello is not None
        if not name.startswith(f"{self.hello.base}/up/") or self._relay is None:
            self.counts.refused += 1
            number, done = 0, 1
        else:
            number = self._relay.publish(name, payload, 0 if seq is None else 1, retain=flag == b"r")
            done = 0
        if seq is not None:
            self._unsaid.append([seq, number, done])
            self._said()
        return False

    def _said(self) -> None:
        while self._unsaid and self._unsaid[0][2]:
            self.talk.took(self._unsaid.popleft()[0])

    # The broker.

    def relay_up(self) -> None:
        """Connected, and every subscription granted."""
        if self.hello is None:
            return
        self.state, self.why = "up", None
        self.talk.put(b"", self.t)
        early, self._early = self._early or [], None
        for topic, payload, retained in early:
            self.message(topic, payload, 1, retained=retained)

    def relay_down(self) -> None:
        """The broker has gone: the board is greeted anew, and says then how it stands."""
        self.end()
        self._called = wire.add(self.t, -_CALL_MS)

    def relay_refused(self, why: str) -> None:
        """The broker does not take us."""
        self.why = Later(N_("The broker refuses it: {why}"), {"why": why})

    def relay_said(self, number: int) -> None:
        """The broker has the message `number`."""
        for one in self._unsaid:
            if one[1] == number:
                one[2] = 1
        self._said()

    def message(self, topic: str, payload: bytes, qos: int, *, retained: bool) -> None:
        """A message for the board."""
        if self._early is not None:
            self._early.append((topic, payload, retained))
            return
        body = topic.encode() + (b" r " if retained else b" - ") + payload.translate(_CLEAN)
        if len(body) > _LONGEST:
            self.counts.large += 1
        elif qos:
            self.counts.down += 1
            self.talk.put(body, self.t)
        else:
            self.counts.down += bool(self.talk.loose(body))
