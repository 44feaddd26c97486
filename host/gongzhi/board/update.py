"""Takes a bus and the boards of a room, gives each another program, a few at a time, and says what became of it.

The messages are in docs/update.md. One thread drives one board, so that a board that is slow, or gone, delays no other.
"""

from __future__ import annotations

import hashlib
import json
import queue
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import gongzhi_node

from gongzhi.board import room_key
from gongzhi.board.program import Program
from gongzhi.clock import Clock, MonotonicClock
from gongzhi.text import N_, Later

Stage = Literal["waiting", "sending", "trial", "done", "failed"]
Tell = Callable[[str, Stage, int, int], None]

_PIECE: Final = 1024  # bytes at most, whatever a board asks for
_ASK_S: Final = 3.0
_SAID: Final = {
    "form": N_("It does not understand the offer: its program is too old or too new for this host."),
    "key": N_("It has no key of this room. Give it one by cable."),
    "mac": N_("Its key is not that of this room."),
    "sid": N_("Its connection changed meanwhile."),
    "board": N_("It is another type of board: {at}."),
    "mpy": N_("Its MicroPython takes other bytecode (version {at})."),
    "chip": N_("The image is not for its chip ({at})."),
    "older": N_("It has a newer version ({at}). Add --older to go back to an older one."),
    "trial": N_("Its last update is still on trial. Try again in a few minutes."),
    "full": N_("Its flash is full (bytes needed, bytes free: {at}). Remove files of your own from it."),
    "hash": N_("A file arrived damaged twice: {at}."),
    "flash": N_("Its flash cannot be written: {at}."),
    "silent": N_("It did not hear from the host for 10 minutes."),
    "image": N_("Its MicroPython cannot take another image over the network. Flash it by cable."),
    "fault": N_("Its program failed: {at}."),
}


class Wire(Protocol):
    """What is needed of a `bus.Bus`."""

    def subscribe(self, pattern: str, handler: Callable[[str, bytes], None], qos: int = 1) -> None:
        """Call `handler(topic, payload)`."""

    def publish(self, topic: str, payload: bytes, qos: int = 0, *, retain: bool = False) -> bool:
        """False if there is no broker."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one board: `ok` if it runs what it was to run; `text` says so, or why not. `sent` bytes, `seconds`
    from the first question to the end."""

    board: str
    ok: bool
    text: Later
    build: str
    sent: int
    seconds: float


@dataclass(slots=True)
class _Board:
    name: str
    kind: str
    heard: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    chip: str = ""
    here: threading.Event = field(default_factory=threading.Event)


class _EndedError(Exception):
    """It ends here, with this text."""

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text)
        self.text = Later(text, values)


class Updater:
    """Updates boards of `team` over `bus`. `choose(answer)` gives the Program for a board that has answered so, or None
    where there is none for it. At most `at_once` boards are sent to at the same time; `patience` seconds without a
    word are the end; `trial_s` is how long a trial may take; without `wait` it is not waited for."""

    def __init__(
        self,
        bus: Wire,
        space: str,
        team: str,
        room: bytes,
        choose: Callable[[Mapping[str, Any]], Program | None],
        *,
        older: bool = False,
        again: bool = False,
        wait: bool = True,
        at_once: int = 8,
        patience: float = 30.0,
        trial_s: float = 720.0,
        tell: Tell = lambda *_: None,
        clock: Clock | None = None,
    ) -> None:
        self._bus, self._top, self._room, self._choose = bus, f"v1/{space}/{team}", room, choose
        self._older, self._again, self._wait = older, again, wait
        self._turn = threading.BoundedSemaphore(at_once)
        self._patience, self._trial_s, self._tell = patience, trial_s, tell
        self._clock = clock or MonotonicClock()
        self._boards: dict[str, _Board] = {}

    def run(self, boards: Iterable[tuple[str, str]]) -> list[Outcome]:
        """Update these boards (name, type); returns when each has come to an end. Ctrl-C ends it; boards that are under
        way then wait for 10 minutes and go on where they were if asked again."""
        self._boards = {name: _Board(name, kind) for name, kind in boards}
        self._bus.subscribe(f"{self._top}/+/up/online", self._online)
        self._bus.subscribe(f"{self._top}/+/up/fw", self._heard)
        with ThreadPoolExecutor(max(len(self._boards), 1)) as pool:
            return list(pool.map(self._one, self._boards.values()))

    def _of(self, topic: str) -> _Board | None:
        return self._boards.get(topic.split("/")[3])

    def _online(self, topic: str, payload: bytes) -> None:
        board, message = self._of(topic), _message(payload)
        if board is not None and message.get("on") == 1 and isinstance(message.get("chip"), str):
            board.chip = message["chip"]
            board.here.set()
            board.heard.put({"op": "online"})

    def _heard(self, topic: str, payload: bytes) -> None:
        board, message = self._of(topic), _message(payload)
        if board is not None and message:
            board.heard.put(message)

    def _one(self, board: _Board) -> Outcome:
        begun = self._clock.now()
        sender = _Sender(self, board)
        try:
            text, ok = Later(sender.whole(), {}), True
        except _EndedError as end:
            text, ok = end.text, False
        self._tell(board.name, "done" if ok else "failed", 1, 1)
        return Outcome(board.name, ok, text, sender.build, sender.sent, self._clock.now() - begun)


class _Sender:
    """One board's update, from the first question to the end of the trial."""

    def __init__(self, owner: Updater, board: _Board) -> None:
        self._of, self._board = owner, board
        self.build, self.sent = "", 0

    def whole(self) -> str:
        """Do it; the text of its good end. Raises _EndedError."""
        of, board = self._of, self._board
        of._tell(board.name, "waiting", 0, 1)
        if not board.here.wait(of._patience):
            raise _EndedError(N_("It is not there. Is it switched on and in the same network?"))
        known = self._ask()
        self.build = known["build"]
        program = of._choose(known)
        if program is None:
            raise _EndedError(_SAID["mpy"], at=known.get("mpy"))
        if program.kind == "app" and program.build == known["build"] and known["state"] != "try" and not of._again:
            return N_("It has this program already.")
        with of._turn:
            self._send(program, known)
        if not of._wait:
            return N_("It has restarted into the new program, which is on trial.")
        self._trial(program, known)
        return N_("It runs the new program.")

    def _ask(self) -> dict[str, Any]:
        of, board = self._of, self._board
        end = of._clock.now() + of._patience
        while of._clock.now() < end:
            self._say({"op": "ask", "id": "ask"})
            while (m := self._next(_ASK_S)) is not None:
                if m.get("op") == "is" and {"sid", "build", "state", "mpy"} <= m.keys():
                    return m
        raise _EndedError(
            N_("It is there but says nothing about updates: take the team’s own account, or flash it by cable once."),
            board=board.name,
        )

    def _send(self, program: Program, known: Mapping[str, Any]) -> None:
        of, board = self._of, self._board
        silent, best = 0.0, 0
        starts = [sum(map(len, program.order[:n])) for n in range(len(program.order))]
        self._offer(program, known)
        while True:
            m = self._next(_ASK_S)
            if m is None or m.get("op") == "online":
                silent += _ASK_S if m is None else 0.0
                if silent > of._patience:
                    raise _EndedError(N_("It fell silent. Run the same command again: it goes on from there."))
                self._say({"op": "ask", "id": "ask"})
            elif m.get("op") == "is" and m.get("state") == "try":
                return  # it has restarted into it, and its last word was lost
            elif m.get("op") == "is" and "sid" in m:
                self._offer(program, m)  # it has come back with another connection, or has restarted
            elif m.get("op") == "done":
                return
            elif m.get("op") == "no" and m.get("err") != "sid":
                raise _EndedError(_SAID.get(str(m.get("err")), _SAID["fault"]), at=m.get("at", ""))
            elif m.get("op") == "get":
                silent = 0.0
                best = max(best, self._pieces(program, m, starts))
                of._tell(board.name, "sending", best, program.size)

    def _pieces(self, program: Program, m: Mapping[str, Any], starts: list[int]) -> int:
        """Send what is asked for; how far that is in the whole."""
        asked = [m.get(name) for name in ("f", "at", "n", "p")]
        number, at, count, piece = (one if isinstance(one, int) and one >= 0 else -1 for one in asked)
        if min(number, at, count, piece) < 0:
            return 0
        if number >= len(program.order) or not 0 < piece <= _PIECE or count > 64 * _PIECE:
            return 0
        data = program.order[number]
        end = min(at + count, len(data))
        topic = f"{self._of._top}/{self._board.name}/down/fw"
        for begin in range(at, end, piece):
            part = data[begin : min(begin + piece, end)]
            self._of._bus.publish(topic, struct.pack(">BHI", 1, number, begin) + part)
            self.sent += len(part)
        return starts[number] + end

    def _trial(self, program: Program, before: Mapping[str, Any]) -> None:
        of, board = self._of, self._board
        of._tell(board.name, "trial", 0, 1)
        end = of._clock.now() + of._trial_s
        while of._clock.now() < end:
            m = self._next(_ASK_S)
            if m is None or m.get("op") == "online":
                self._say({"op": "ask", "id": "ask"})
            elif m.get("op") == "is" and m.get("sid") != before["sid"]:
                self.build = m.get("build", "")
                if m.get("state") == "try":
                    continue
                if program.kind == "image":
                    good = m.get("part") != before.get("part")
                else:
                    good = m.get("build") == program.build
                if good and m.get("state") != "back":
                    return
                raise _EndedError(N_("The new program did not work there: it has gone back to the one before."))
        raise _EndedError(N_("It did not come back in time. It goes back by itself; look at it in a few minutes."))

    def _offer(self, program: Program, known: Mapping[str, Any]) -> None:
        first = program.order[0]
        words = [
            program.kind, str(known["sid"]), program.build, gongzhi_node.VERSION, self._board.kind, program.fits,
            str(len(first)), hashlib.sha256(first).hexdigest(), "1" if self._of._older else "0",
        ]  # fmt: skip
        key = room_key.board_key(self._of._room, self._board.chip)
        self._say({"op": "offer", "id": program.build, "h": words, "mac": room_key.sign(key, words)})

    def _say(self, message: dict[str, Any]) -> None:
        payload = json.dumps({"v": 1, **message}, separators=(",", ":")).encode()
        self._of._bus.publish(f"{self._of._top}/{self._board.name}/down/fw", payload, 1)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        try:
            return self._board.heard.get(timeout=seconds)
        except queue.Empty:
            return None


def _message(payload: bytes) -> dict[str, Any]:
    """The JSON object, or an empty one for what is none."""
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}
