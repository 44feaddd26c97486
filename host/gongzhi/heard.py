"""Takes topics and payloads from the broker, gives typed values; what is not valid is dropped and counted.

docs/wire.md defines the messages. Everything a board, a tablet or a program sends is hostile until it has passed here.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec
from gongzhi_node import wire

from gongzhi import heard_shapes as shapes
from gongzhi.arbiter.events import Acked, Answered, Online, Proposed, Reported
from gongzhi.condition_text import MAX_CONDITION
from gongzhi.project.rules import MAX_RULES as MAX_RULES
from gongzhi.project.rules import MAX_TEXT as MAX_TEXT
from gongzhi.values import Answer, Labels, Proposal, Rule, State, Watch

MAX_PAYLOAD: Final = 16_384
_DEVICES: Final = 64  # boards that are remembered; one classroom has fewer
_VIRTUAL: Final = ("vm", "cpython")  # bodies that are programs: evidence from a simulation may move these
_EVENTS: Final = 64  # button events per board in which a repetition is recognised


@dataclass(frozen=True, slots=True)
class Felt:
    """A board's part reports an event: `event` such as "press", "hold1", "hold3", "fault"; `t` board ms."""

    device: str
    channel: str
    event: str
    t: int


@dataclass(frozen=True, slots=True)
class OutputState:
    """What a board says of its outputs: the `state` of one channel, and the arbiter's event that goes with it."""

    state: State
    event: Reported


@dataclass(frozen=True, slots=True)
class Telemetry:
    """A board's readings: channel -> value, `seq` counts per boot; `samples` of parts as they came (samples.py)."""

    device: str
    values: dict[str, float]
    seq: int
    t: int
    samples: dict[str, list[int]] = field(default_factory=dict)


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
    """A program's rules, and the conditions of its own functions, in place of those it declared before."""

    rules: tuple[Rule, ...]
    watches: tuple[Watch, ...] = ()
    own: tuple[str, ...] = ()  # the actions that its functions recognise


@dataclass(frozen=True, slots=True)
class Judged:
    """How sure (0..1) a program's own functions are of each action, in the frame that was captured at `t` (s)."""

    t: float
    p: dict[str, float]


@dataclass(frozen=True, slots=True)
class Said:
    """What a program tells the people before the page; empty: no more."""

    text: Labels


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong in one of a program's own functions, for its author."""

    text: str


Heard = (
    Acked
    | Online
    | OutputState
    | Felt
    | Telemetry
    | ClockAsked
    | About
    | Declared
    | Answered
    | Proposed
    | Said
    | Failed
    | Judged
)


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
        if kind not in ("answer", "declare", "propose", "say", "fault", "own"):
            return self._drop("topic")
        match shapes.SHAPES[kind].decode(payload):
            case shapes.Answer() as m:
                return [Answered(Answer(m.verb, m.seat, m.id, m.digest, m.value, m.resource, m.level))]
            case shapes.Declare() as m if all(_readable(rule) for rule in m.rules):
                return [Declared(tuple(m.rules), tuple(m.watches), tuple(m.own))]
            case shapes.Own() as m:
                return [Judged(m.t, m.p)]
            case shapes.Say() as m:
                return [Said(_labels(m.text))]
            case shapes.Fault() as m:
                return [Failed(m.text)]
            case shapes.Propose() as m:
                proposal = Proposal(
                    m.resource, m.value, m.trigger, m.p, _labels(m.because), now, what=_labels(m.what),
                    deadline=m.deadline, hold=m.hold, agent="agent:program", veto=m.veto, snooze=m.snooze,
                    choices=tuple(m.choices), level=m.level, ref=m.ref, evidence=(f"program@{now:.3f}",),
                )  # fmt: skip
                return [Proposed(proposal)]
        return self._drop("form")

    def _board(self, device: str, kind: str, rest: list[str], payload: bytes, now: float) -> list[Heard]:
        # state and ev name their channel in the topic as well.
        if kind == "meta":
            return [About(device, "meta", shapes.ANY.decode(payload))]
        if kind not in ("online", "state", "ev", "ack", "s", "clock") or len(rest) != (kind in ("state", "ev")):
            return self._drop("topic")
        if not payload:
            return []  # a retained message was cleared
        match shapes.SHAPES[kind].decode(payload):
            case shapes.Ack() as m:
                return [Acked(m.id, m.ok, m.err or "", device)]
            case shapes.Online() as m:
                return self._link(device, m, payload)
            case shapes.State() as m if m.ch == rest[0]:
                return [OutputState(State(device, m.ch, m.d, now), Reported(device, m.ch, m.by, m.ep, m.id, m.d))]
            case shapes.Event() as m if m.ch == rest[0]:
                return self._event(device, m)
            case shapes.Telemetry() as m:
                return [Telemetry(device, m.d, m.s, m.t, m.w)]
            case shapes.Clock() as m:
                return [ClockAsked(device, m.b)]
        return self._drop("form")

    def _known(self, device: str) -> _Board:
        board = self._boards.pop(device, None) or _Board()
        while len(self._boards) >= _DEVICES:
            self._boards.pop(next(iter(self._boards)))
        self._boards[device] = board
        return board

    def _link(self, device: str, m: shapes.Online, payload: bytes) -> list[Heard]:
        board = self._known(device)
        if m.on:
            board.boot, board.sid = m.boot, m.sid
            return [
                Online(device, True, m.sid, m.body in _VIRTUAL),
                About(device, "online", shapes.ANY.decode(payload)),
            ]
        # The will of a connection that has been replaced: the board is there, by another one.
        if m.boot < board.boot or (board.sid and m.sid and m.sid != board.sid):
            return self._drop("late will")
        return [Online(device, False, m.sid)]

    def _event(self, device: str, m: shapes.Event) -> list[Heard]:
        board = self._known(device)
        if m.q in board.events:
            return self._drop("repeat")  # QoS 1 may say a thing twice; a press must not answer two cards
        board.events.append(m.q)
        return [Felt(device, m.ch, m.ev, m.t)]


def _labels(words: dict[Any, str]) -> Labels:
    return {str(language): text for language, text in words.items()}


def _readable(rule: Rule) -> bool:
    """Whether a rule's texts are such as people can read, and its condition such as can be read at once."""
    texts = [rule.because, rule.what, *(one.label for one in rule.choices)]
    said = all(one in ("zh", "en") and len(text) <= MAX_TEXT for words in texts for one, text in words.items())
    return said and len(rule.when) <= MAX_CONDITION
