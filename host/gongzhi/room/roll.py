"""Takes what boards and pieces of a room say over the broker, gives one row for each: who is there, and how it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from gongzhi_node import VERSION
from msgspec import Meta

from gongzhi import heard_shapes as shapes

MOST: Final = 256  # boards, and as many pieces; what is beyond belongs to no room
WEAK_DBM: Final = -75  # below, packets are lost in a room full of boards
LOW_HEAP: Final = 12_000  # bytes of a real board's heap
LABEL: Final = 80


_Labels = Annotated[dict[str, Annotated[str, Meta(max_length=LABEL)]], Meta(max_length=4)]


class About(msgspec.Struct):
    """What `up/online` tells, as far as a teacher wants to know it."""

    v: shapes.Version
    on: Annotated[int, Meta(ge=0, le=1)]
    boot: shapes.Count = 0
    sid: shapes.Word = ""
    fw: shapes.Word = ""
    body: shapes.Word = ""
    heap: shapes.Count = 0
    rssi: Annotated[int, Meta(ge=-128, le=20)] | None = None
    twin: Annotated[int, Meta(ge=0, le=1)] = 0
    cfg: Annotated[str, Meta(max_length=96)] = ""


class Piece(msgspec.Struct):
    """What `_co/room` tells of a running piece."""

    v: shapes.Version
    on: Annotated[int, Meta(ge=0, le=1)]
    title: _Labels = {}
    boards: Annotated[list[shapes.Name], Meta(max_length=64)] = []
    labels: Annotated[dict[shapes.Name, _Labels], Meta(max_length=64)] = {}  # of its boards
    parts: shapes.Count = 0
    stopped: shapes.Count = 0
    room: Annotated[int, Meta(ge=0, le=1)] = 0


class _Meta(msgspec.Struct):
    v: shapes.Version
    board: shapes.Word = ""


@dataclass(slots=True)
class _Board:
    about: About | None = None
    since: float | None = None  # when it came or went, as far as we have seen it
    type: str = ""
    stopped: dict[str, bool] = field(default_factory=dict)  # output: at rest because of a stop


@dataclass(slots=True)
class _Team:
    piece: Piece | None = None
    since: float | None = None


class Roll:
    """The room as it is known. `refused` counts what could not be understood."""

    def __init__(self) -> None:
        self.refused = 0
        self._boards: dict[tuple[str, str], _Board] = {}
        self._teams: dict[str, _Team] = {}

    def hear(self, topic: str, payload: bytes, now: float) -> bool:
        """Take one message of v1/{space}/#; True if a row may be another than before. Never raises."""
        levels = topic.split("/")
        if len(levels) < 5 or levels[2].startswith("_"):
            return False
        _, _, team, device, what, *rest = levels
        try:
            if (device, what) == ("_co", "room"):
                return self._piece(team, payload, now)
            if what == "up" and rest and not device.startswith("_"):
                return self._board(team, device, rest, payload, now)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.refused += 1
        return False

    def _piece(self, team: str, payload: bytes, now: float) -> bool:
        piece = msgspec.json.decode(payload, type=Piece) if payload else None
        if team not in self._teams and len(self._teams) >= MOST:
            return False
        row = self._teams.setdefault(team, _Team())
        if (row.piece is not None and row.piece.on) != (piece is not None and piece.on):
            row.since = now if row.piece is not None else None
        if piece is not None and not piece.on and row.piece is not None:
            row.piece.on = 0  # its will knows no more; the rest is as it was last
        else:
            row.piece = piece
        return True

    def _board(self, team: str, device: str, rest: list[str], payload: bytes, now: float) -> bool:
        if rest[0] not in ("online", "meta", "state"):
            return False
        if (team, device) not in self._boards and len(self._boards) >= MOST:
            return False
        if rest == ["online"] and not payload:
            return self._boards.pop((team, device), None) is not None
        if rest[0] == "state" and not payload:
            return self._boards.get((team, device), _Board()).stopped.pop(rest[-1], None) is not None
        # Checked before there is a row: nonsense makes none.
        match rest:
            case ["online"]:
                about = msgspec.json.decode(payload, type=About)
                return self._online(self._boards.setdefault((team, device), _Board()), about, now)
            case ["meta"]:
                kind = msgspec.json.decode(payload, type=_Meta).board
                self._boards.setdefault((team, device), _Board()).type = kind
            case ["state", channel]:
                said = msgspec.json.decode(payload, type=shapes.State)
                if said.ch == channel:
                    self._boards.setdefault((team, device), _Board()).stopped[channel] = said.by == "stop"
        return True

    def _online(self, row: _Board, about: About, now: float) -> bool:
        before = row.about
        if before is not None and not about.on:
            if about.boot < before.boot or (about.sid and before.sid and about.sid != before.sid):
                return False  # the will of a connection that has been replaced
            if before.on:
                before.on, row.since = 0, now
            return True
        if before is None or not before.on:
            row.since = now if before is not None else None
        row.about = about
        return True

    def rows(self, now: float) -> dict[str, Any]:
        """{"teams": [...], "boards": [...]}, sorted by name, for the page: `since` is in seconds up to now, None where
        it was so before we came; `warn` has "weak", "low", "old", "twin", "cfg"."""
        teams = sorted({*self._teams, *(team for team, _ in self._boards)})
        return {
            "teams": [self._team_row(team, now) for team in teams],
            "boards": [self._board_row(*key, self._boards[key], now) for key in sorted(self._boards)],
        }

    def _team_row(self, team: str, now: float) -> dict[str, Any]:
        row = self._teams.get(team, _Team())
        piece = row.piece
        return {
            "team": team, "on": bool(piece and piece.on), "title": piece.title if piece else {},
            "since": None if row.since is None else round(now - row.since),
            "stopped": piece.stopped if piece else 0, "parts": piece.parts if piece else 0,
            "room": bool(piece and piece.room),
        }  # fmt: skip

    def _board_row(self, team: str, device: str, row: _Board, now: float) -> dict[str, Any]:
        about = row.about or About(v=1, on=0)
        piece = self._teams.get(team, _Team()).piece
        return {
            "team": team, "device": device, "label": piece.labels.get(device, {}) if piece else {},
            "type": row.type, "on": bool(about.on),
            "since": None if row.since is None else round(now - row.since),
            "rssi": about.rssi, "heap": about.heap, "fw": about.fw, "body": about.body, "cfg": about.cfg,
            "stopped": bool(row.stopped) and all(row.stopped.values()), "outputs": len(row.stopped),
            "warn": _warnings(about),
        }  # fmt: skip


def _warnings(about: About) -> list[str]:
    real = about.body == "esp32"
    found = {
        "weak": about.rssi is not None and about.rssi <= WEAK_DBM,
        "low": real and 0 < about.heap < LOW_HEAP,
        "old": bool(about.fw) and about.fw != VERSION,
        "twin": bool(about.twin),
        "cfg": bool(about.cfg),
    }
    return [name for name, is_so in found.items() if is_so]
