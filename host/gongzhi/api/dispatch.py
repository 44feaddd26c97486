"""Takes what the runtime and the boards say, gives the program's functions that are to be called, in their order."""

from __future__ import annotations

import inspect
import math
import threading
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from gongzhi import heard_shapes as shapes
from gongzhi.api.decided import Decided, Proposal
from gongzhi.api.parts import Sensor
from gongzhi.project.rules import ASK
from gongzhi.rules import said
from gongzhi.samples import BoardTime

if TYPE_CHECKING:
    from gongzhi.api.project import Project

Function = Callable[..., Any]
_MOST = 256  # proposals that are remembered
Call = tuple[Hashable, Callable[[], Any]]  # what makes two calls equal (None: nothing), and the call


@dataclass(slots=True)
class _Timer:
    at: float
    period: float
    function: Function


class Dispatch:
    """Keeps the parts' values, proposals and timers. `hear` belongs to the bus's thread, `due` to the main one."""

    def __init__(self, project: Project, now: float) -> None:
        self._project = project
        self._proposals: dict[str, tuple[Proposal, Function | None]] = {}
        self._lock = threading.Lock()  # of the proposals, which both threads take out
        self._asked: set[str] = set()
        self._clocks: dict[str, BoardTime] = {}
        self._events: deque[tuple[str, str]] = deque(maxlen=64)
        self._seen: dict[str, Any] = {}
        self._timers = [_Timer(now + period, period, function) for period, function in project.timers]

    def hear(self, topic: str, payload: bytes) -> list[Call]:
        """What a message calls; nothing for one that is not valid. `topic` as docs/wire.md has it."""
        levels = topic.split("/")
        try:
            if levels[-2] == "_co":
                message = msgspec.json.decode(payload, type=dict[str, Any])
                return self._co(levels[-1], message)
            if levels[-1] == "s":
                told = shapes.SHAPES["s"].decode(payload)
                return self._sampled(levels[-3], told) + self._readings(levels[-3], told.d)
            if levels[-2] == "ev":
                return self._event(levels[-4], levels[-1], shapes.SHAPES["ev"].decode(payload))
        except (msgspec.DecodeError, ValueError, KeyError, IndexError, TypeError):
            pass  # another version's, or nobody's: a program goes on
        return []

    def expect(self, proposal: Proposal, then: Function | None) -> None:
        """What becomes of this proposal is of interest; `then` is called once it is over."""
        with self._lock:
            self._proposals[proposal.ref] = (proposal, then)
            while len(self._proposals) > _MOST:
                del self._proposals[next(iter(self._proposals))]

    def add_timer(self, period: float, function: Function, now: float) -> None:
        """One more function that is called every `period` seconds."""
        self._timers.append(_Timer(now + period, period, function))

    def due(self, now: float) -> tuple[list[Call], float]:
        """The timers whose time has come, and the seconds until the next one. One that is late is called once, not
        for each time that was missed."""
        calls: list[Call] = []
        for timer in self._timers:
            if now >= timer.at:
                timer.at += timer.period * (1 + (now - timer.at) // timer.period)
                calls.append((None, timer.function))
        return calls, min((timer.at - now for timer in self._timers), default=math.inf)

    def _co(self, kind: str, message: dict[str, Any]) -> list[Call]:
        if kind == "met":
            which = 0 if message["on"] else 1
            # A copy: a function that runs meanwhile may add one (When.do).
            found = [pair for watch, pairs in list(self._project.watches.items()) for pair in pairs
                     if watch.trigger == message["trigger"]]  # fmt: skip
            return [_called(pair[which], message["trigger"]) for pair in found if pair[which] is not None]
        if kind == "seen":
            self._seen = message  # a slow function judges the newest frame, not each one on the way
            return [("seen", self._judge)] if self._project.recognisers else []
        if kind == "looks":
            return self._readings("", message["d"])
        if kind == "dropped":
            with self._lock:
                proposal, _ = self._proposals.pop(str(message["ref"]))
            proposal.hear(None)
            return []
        return self._decided(message) if kind == "decision" else []

    def _judge(self) -> None:
        self._project.judge(self._seen["t"], self._seen["p"], self._seen.get("h"))

    def _decided(self, message: dict[str, Any]) -> list[Call]:
        decided = Decided(message)
        calls: list[Call] = []
        proposal, then = self._proposals.get(str(message.get("ref", "")), (None, None))
        if proposal is not None:
            proposal.hear(decided)
        elif decided.resource == ASK.id:  # an act by the same condition is no answer
            then = self._project.answers.get((str(message.get("trigger", "")), said(message["what"])))
        if decided.asked and decided.id not in self._asked:
            self._asked.add(decided.id)
            calls += [_called(self._project.when_asked, decided)] if self._project.when_asked else []
        if decided.over:
            self._asked.discard(decided.id)
            calls += [_called(then, decided)] if then else []
        if self._project.when_decided is not None:
            calls.append(_called(self._project.when_decided, decided))
        return calls

    def _readings(self, board: str, values: Mapping[str, float | None]) -> list[Call]:
        calls: list[Call] = []
        for key, value in values.items():
            name, _, prop = key.partition(".")
            part = self._project.parts.get(name)
            if part is None or part.board != board:
                continue
            if value is None:  # what is measured in a picture may be unknown
                part.forget()
                continue
            # A slow function is called with what is then, not once for each step on the way.
            calls += [((id(function), name), _called(function, part)[1]) for function in part.hear(prop, value)]
        return calls

    def _sampled(self, board: str, told: shapes.Telemetry) -> list[Call]:
        """Each batch is a call of its own: none may be lost while a function is slow."""
        t = self._clocks.setdefault(board, BoardTime()).seconds(told.t)
        calls: list[Call] = []
        for name, batch in told.w.items():
            part = self._project.parts.get(name)
            function = part.functions.get("when_sampled") if part is not None and part.board == board else None
            if function is not None and isinstance(part, Sensor):
                calls.append(_called(function, part.sampled(batch, t)))
        return calls

    def _event(self, board: str, name: str, said: shapes.Event) -> list[Call]:
        part = self._project.parts.get(name)
        # QoS 1 may say a thing twice; a press must not count double.
        if part is None or part.board != board or (board, said.q) in self._events:
            return []
        self._events.append((board, said.q))
        if said.ev == "fault":
            part.forget()
        return [_called(function, part) for function in part.happen(said.ev)]


def _called(function: Function | None, argument: Any) -> Call:
    """The call of a pupil's function, with `argument` if it takes one."""
    assert function is not None
    try:
        takes = any(
            one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD, one.VAR_POSITIONAL)
            for one in inspect.signature(function).parameters.values()
        )
    except (TypeError, ValueError):  # something built in that does not say
        takes = True
    return None, (lambda: function(argument)) if takes else function
