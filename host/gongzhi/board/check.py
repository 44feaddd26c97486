"""Takes a board on a cable that has been set up, gives what each of its parts does when it is moved or read.

The board's own drivers do it, from its own config.json, with the node stopped: each output goes from safe to its ends
and back within one command, so that a cable that is pulled out leaves nothing moving. What only a person can see is
asked of one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gongzhi.board.prompt import Prompt
from gongzhi.errors import BoardError
from gongzhi.project.parts import Part
from gongzhi.text import N_, Later, pick

_STAY_MS: Final = 700  # at each end
_LOOK_MS: Final = 400  # of an input, at once
HAND_S: Final = 12.0  # for somebody to do something to it
_LONGEST_S: Final = 40.0  # a slow part's way
_BEGIN: Final = """
import sys, json, time, slots
w = slots.folder(slots.read()[0])
if w and w not in sys.path:
    sys.path.insert(0, w)
from gongzhi_node import board
from gongzhi_node.ports import now
from gongzhi_node.ports.esp32 import flash_pins
gz = board.start(forbidden=flash_pins())
def gz_tick(ms, said):
    e = time.ticks_add(time.ticks_ms(), ms)
    while time.ticks_diff(e, time.ticks_ms()) > 0:
        for p in gz.all:
            s = gz.tick(p, now())
            if s:
                said.append([p.name, s])
        time.sleep_ms(20)
def gz_move(name, values, ms):
    p = gz.parts[name]
    at = []
    try:
        for v in values:
            gz.set(name, v, now())
            e = time.ticks_add(time.ticks_ms(), 15000)
            gz_tick(ms, [])
            near = (p.HI - p.LO) / 100
            while abs(p.value() - v) > near and not p.failed and time.ticks_diff(e, time.ticks_ms()) > 0:
                gz_tick(100, [])
            at.append(p.value())
    finally:
        gz.rest(name, now())
        gz_tick(ms, [])
    print(json.dumps([p.failed, at]))
def gz_look(name, ms):
    said = []
    gz_tick(ms, said)
    p = gz.parts[name]
    print(json.dumps([p.failed, None if p.failed else p.value(), [s for n, s in said if n == name]]))
print(bool(gz and not gz.error))
"""
Answer = Callable[[Later], bool | None]  # a question: yes, no, or nobody is there


@dataclass(frozen=True, slots=True)
class Found:
    """One part: `ok` is the board's word, `seen` a person's (None: nobody was asked), `text` what happened."""

    part: str
    ok: bool
    seen: bool | None
    text: Later


class Check:
    """The parts (by id) of the board at the prompt. `may` is asked before one moves, `saw` whether it did; `tell` hears
    what a hand is to do now, for `hand_s` seconds. Raises BoardError where the board was not set up with them."""

    def __init__(
        self, prompt: Prompt, parts: Mapping[str, Part], may: Answer, saw: Answer, tell: Callable[[Later], None],
        hand_s: float = HAND_S,
    ) -> None:  # fmt: skip
        self._prompt, self._parts, self._may, self._saw, self._tell = prompt, parts, may, saw, tell
        self._hand = hand_s
        prompt.fresh()
        if not prompt.run(_BEGIN, _LONGEST_S).endswith("True"):
            raise BoardError(
                N_("The board’s own configuration cannot be used."), N_("Set it up anew: gongzhi board setup")
            )
        there = set(json.loads(prompt.run("print(json.dumps(list(gz.parts)))")))
        if missing := set(parts) - there:
            raise BoardError(
                N_("The board does not know {parts}."), N_("Set it up anew: gongzhi board setup"),
                parts=", ".join(sorted(missing)),
            )  # fmt: skip

    def one(self, name: str) -> Found:
        """Try one part."""
        part = self._parts[name]
        return self._moved(part) if part.resource is not None else self._read(part)

    def _moved(self, part: Part) -> Found:
        made = part.resource
        assert made is not None
        if made.hazard >= "H2" and self._may(Later(_MAY, {"part": pick(part.label)})) is not True:
            return Found(part.id, True, None, Later(N_("not moved"), {}))
        values = list(dict.fromkeys([made.low, made.high]))
        words = f"gz_move({part.id!r}, {[*values, made.safe]}, {_STAY_MS})"
        failed, reached = json.loads(self._prompt.run(words, _LONGEST_S))
        text = Later(
            _WENT, {"low": f"{made.low:g}", "high": f"{made.high:g}", "safe": f"{made.safe:g}", "unit": part.kind.unit}
        )
        if failed or len(reached) <= len(values):
            return Found(part.id, False, None, Later(_FAILED, {}))
        return Found(part.id, True, self._saw(Later(_DID, {"part": pick(part.label), "did": text})), text)

    def _read(self, part: Part) -> Found:
        self._tell(
            Later(_PRESS if part.kind.name == "button" else _CHANGE, {"part": pick(part.label), "s": int(self._hand)})
        )
        seen: list[float] = []
        events: list[str] = []
        end = time.monotonic() + self._hand
        while time.monotonic() < end and not events and not _differ(part, seen):
            failed, value, said = self._look(part)
            if failed:
                return Found(part.id, False, None, Later(_FAILED, {}))
            if isinstance(value, int | float):
                seen.append(value)
            events += said
        low, high = (min(seen), max(seen)) if seen else (0, 0)
        values: dict[str, Any] = {
            "low": f"{low:g}",
            "high": f"{high:g}",
            "unit": part.kind.unit,
            "events": ", ".join(events),
        }
        if events:
            return Found(part.id, True, True, Later(N_("said: {events}"), values))
        if _differ(part, seen):
            return Found(part.id, True, True, Later(N_("read {low} to {high} {unit}"), values))
        return Found(
            part.id, True, None, Later(N_("always {high} {unit}: nothing was done to it, or a wire is loose"), values)
        )

    def _look(self, part: Part) -> tuple[bool, Any, list[str]]:
        failed, value, said = json.loads(self._prompt.run(f"gz_look({part.id!r}, {_LOOK_MS})", _LONGEST_S))
        return bool(failed), value, list(said)


def _differ(part: Part, seen: list[float]) -> bool:
    """True if the readings are further apart than noise is: a twentieth of the range."""
    return bool(seen) and max(seen) - min(seen) >= (part.kind.high - part.kind.low) / 20


_MAY: Final = N_("“{part}” is going to move. Is everything out of its way?")
_WENT: Final = N_("{low} → {high} → {safe} {unit}")
_DID: Final = N_("“{part}” went {did}. Did it?")
_FAILED: Final = N_("it does not answer: is it plugged in, and are its wires where the drawing has them?")
_PRESS: Final = N_("Now press “{part}” (within {s} s).")
_CHANGE: Final = N_("Now do something to “{part}”: touch it, cover it, move it (within {s} s).")
