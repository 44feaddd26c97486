"""Takes topics and payloads from the broker, gives typed values; what is not valid is dropped and counted.

docs/wire.md defines the messages. Everything a board, a tablet or a program sends is hostile until it has passed here.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec
from gongzhi_node import wire
from msgspec import Meta

from gongzhi.arbiter.events import Acked, Answered, Online, Proposed, Reported
from gongzhi.values import Answer, Labels, Level, Proposal, Rule, State, Verb

MAX_PAYLOAD: Final = 16_384
MAX_TEXT: Final = 120  # characters of a reason or of what would be done
MAX_RULES: Final = 64
_DEVICES: Final = 64  # boards that are remembered; one classroom has fewer
_VIRTUAL: Final = ("vm", "cpython")  # bodies that are programs: evidence from a simulation may move these
_EVENTS: Final = 64  # button events per board in which a repetition is recognised

Ident = Annotated[str, Meta(max_length=wire.MAX_ID)]
Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,15}$")]
Word = Annotated[str, Meta(max_length=48)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Words = dict[Literal["zh", "en"], Text]
Time = Annotated[int, Meta(ge=0, lt=wire.PERIOD)]
Epoch = Annotated[int, Meta(ge=0, lt=wire.PERIOD)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Readings = Annotated[dict[Name, float], Meta(max_length=32)]
Version = Annotated[int, Meta(ge=wire.VERSION, le=wire.VERSION)]


@dataclass(frozen=True, slots=True)
class Felt:
    """A board's part reports an event: `event` such as "press", "hold1", "hold3", "fault"; `t` board ms."""

    device: str
    channel: str
    event: str
    t: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a board says of its outputs: the `state` of one channel, and the arbiter's event that goes with it."""

    state: State
    event: Reported


@dataclass(frozen=True, slots=True)
class Telemetry:
    """A board's readings: channel -> value, `seq` counts per boot."""

    device: str
    values: dict[str, float]
    seq: int
    t: int


@dataclass(frozen=True, slots=True)
class ClockAsked:
    """A board asks for the time; answer with Sender.clock at once."""

    device: str
    board_ms: int


@dataclass(frozen=True, slots=True)
class About:
    """What a board says of itself: `kind` "online" or "meta", everything in it; for showing only."""

    device: str
    kind: Literal["online", "meta"]
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """A program's rules, in place of those it declared before."""

    rules: tuple[Rule, ...]


Heard = Acked | Online | Told | Felt | Telemetry | ClockAsked | About | Declared | Answered | Proposed


class _Online(msgspec.Struct):
    v: Version
    on: Literal[0, 1]
    boot: Count = 0
    sid: Word = ""
    body: Word = ""


class _State(msgspec.Struct):
    v: Version
    ch: Name
    d: Readings
    by: Word = ""
    ep: Epoch = 0
    id: Ident = ""


class _Event(msgspec.Struct):
    v: Version
    ch: Name
    ev: Name
    q: Word
    t: Time = 0


class _Ack(msgspec.Struct):
    v: Version
    id: Ident
    ok: bool
    err: Word | None = None


class _Telemetry(msgspec.Struct):
    v: Version
    t: Time
    s: Count
    d: Readings


class _Clock(msgspec.Struct):
    v: Version
    b: Time


class _Answer(msgspec.Struct):
    v: Version
    verb: Verb
    seat: Word
    id: Ident = ""
    digest: Word = ""
    value: float | None = None
    resource: Word = ""
    level: Level | None = None


class _Rule(msgspec.Struct):
    when: Word
    resource: Word
    value: float
    because: Words
    what: Words = {}  # msgspec copies it for each value
    deadline: float = 8.0
    hold: float = 5.0


class _Declare(msgspec.Struct):
    v: Version
    rules: Annotated[list[_Rule], Meta(max_length=MAX_RULES)]


class _Propose(msgspec.Struct):
    v: Version
    resource: Word
    value: float
    because: Words
    what: Words = {}
    p: Annotated[float, Meta(ge=0, le=1)] = 1.0
    trigger: Word = "program"
    deadline: Annotated[float, Meta(gt=0, le=600)] = 8.0
    hold: Annotated[float, Meta(gt=0, le=3600)] = 5.0


_SHAPES: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "online": msgspec.json.Decoder(_Online),
    "state": msgspec.json.Decoder(_State),
    "ev": msgspec.json.Decoder(_Event),
    "ack": msgspec.json.Decoder(_Ack),
    "s": msgspec.json.Decoder(_Telemetry),
    "clock": msgspec.json.Decoder(_Clock),
    "answer": msgspec.json.Decoder(_Answer),
    "declare": msgspec.json.Decoder(_Declare),
    "propose": msgspec.json.Decoder(_Propose),
}
_ANY: Final = msgspec.json.Decoder(dict[str, Any])


@dataclass(slots=True)
class _Board:
    boot: int = -1
    sid: str = ""
    events: deque[str] = field(default_factory=lambda: deque(maxlen=_EVENTS))


class Ears:
    """Hears the boards and programs of one team. `dropped` counts what was refused, by reason."""

    def __init__(self, space: str, team: str) -> None:
        self._top = wire.topic(space, team, "_co").rsplit("/", 1)[0] + "/"
        self._boards: dict[str, _Board] = {}
        self.dropped: Counter[str] = Counter()

    def hear(self, topic: str, payload: bytes, now: float) -> list[Heard]:
        """What a message means, most often one value; nothing for what is not valid, repeated or too late.

        `now` is the arbiter's clock: what a program proposes counts as seen at this moment.
        """
        if not topic.startswith(self._top) or len(payload) > MAX_PAYLOAD:
            return self._drop("topic" if len(payload) <= MAX_PAYLOAD else "size")
        levels = topic[len(self._top) :].split("/")
        try:
            if levels[0] == "_co" and len(levels) == 2:
                return self._program(levels[1], payload, now)
            if len(levels) >= 3 and levels[1] == "up" and wire.segment(levels[0]):
                return self._board(levels[0], levels[2], levels[3:], payload, now)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return self._drop("form")
        return self._drop("topic")

    def _drop(self, why: str) -> list[Heard]:
        self.dropped[why] += 1
        return []

    def _program(self, kind: str, payload: bytes, now: float) -> list[Heard]:
        if kind not in ("answer", "declare", "propose"):
            return self._drop("topic")
        match _SHAPES[kind].decode(payload):
            case _Answer() as m:
                return [Answered(Answer(m.verb, m.seat, m.id, m.digest, m.value, m.resource, m.level))]
            case _Declare() as m:
                return [
                    Declared(
                        tuple(
                            Rule(r.when, r.resource, r.value, _labels(r.because), _labels(r.what), r.deadline, r.hold)
                            for r in m.rules
                        )
                    )
                ]
            case _Propose() as m:
                proposal = Proposal(
                    m.resource, m.value, m.trigger, m.p, _labels(m.because), now, what=_labels(m.what),
                    deadline=m.deadline, hold=m.hold, agent="agent:program",
                )  # fmt: skip
                return [Proposed(proposal)]
        return self._drop("form")

    def _board(self, device: str, kind: str, rest: list[str], payload: bytes, now: float) -> list[Heard]:
        # state and ev name their channel in the topic as well.
        if kind == "meta":
            return [About(device, "meta", _ANY.decode(payload))]
        if kind not in ("online", "state", "ev", "ack", "s", "clock") or len(rest) != (kind in ("state", "ev")):
            return self._drop("topic")
        if not payload:
            return []  # a retained message was cleared
        match _SHAPES[kind].decode(payload):
            case _Ack() as m:
                return [Acked(m.id, m.ok, m.err or "", device)]
            case _Online() as m:
                return self._link(device, m, payload)
            case _State() as m if m.ch == rest[0]:
                return [Told(State(device, m.ch, m.d, now), Reported(device, m.ch, m.by, m.ep, m.id))]
            case _Event() as m if m.ch == rest[0]:
                return self._event(device, m)
            case _Telemetry() as m:
                return [Telemetry(device, m.d, m.s, m.t)]
            case _Clock() as m:
                return [ClockAsked(device, m.b)]
        return self._drop("form")

    def _known(self, device: str) -> _Board:
        board = self._boards.pop(device, None) or _Board()
        while len(self._boards) >= _DEVICES:
            self._boards.pop(next(iter(self._boards)))
        self._boards[device] = board
        return board

    def _link(self, device: str, m: _Online, payload: bytes) -> list[Heard]:
        board = self._known(device)
        if m.on:
            board.boot, board.sid = m.boot, m.sid
            return [Online(device, True, m.sid, m.body in _VIRTUAL), About(device, "online", _ANY.decode(payload))]
        # The will of a connection that has been replaced: the board is there, by another one.
        if m.boot < board.boot or (board.sid and m.sid and m.sid != board.sid):
            return self._drop("late will")
        return [Online(device, False, m.sid)]

    def _event(self, device: str, m: _Event) -> list[Heard]:
        board = self._known(device)
        if m.q in board.events:
            return self._drop("repeat")  # QoS 1 may say a thing twice; a press must not answer two cards
        board.events.append(m.q)
        return [Felt(device, m.ch, m.ev, m.t)]


def _labels(words: dict[Any, str]) -> Labels:
    return {str(language): text for language, text in words.items()}
