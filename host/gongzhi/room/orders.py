"""Takes what a teacher says to a whole room over the broker, gives it checked; and makes the messages that say it.

Two topics under v1/{space}/_all/down/ (docs/wire.md), where only a teacher's user may write: `stop`, retained, is how
it stands, so that a board or a piece that comes later obeys, too: {"id", "op": "stop", "free": [teams that may act
again]}, empty when nothing is stopped. `rearm` is the moment in which teams are allowed again: {"id", "teams": [teams,
or "*"]}.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Final, Literal

import msgspec
from gongzhi_node import wire

from gongzhi.heard_shapes import Name, Version

MOST: Final = 64  # teams
Teams = Annotated[list[Name], msgspec.Meta(max_length=MOST)]


class Stop(msgspec.Struct, frozen=True):
    """The room is stopped, but for the teams in `free`."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=wire.MAX_ID)]
    op: Literal["stop"] = "stop"
    free: Teams = []
    v: Version = wire.VERSION


class Rearm(msgspec.Struct, frozen=True):
    """These teams may act again."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=wire.MAX_ID)]
    teams: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST)]
    v: Version = wire.VERSION


UNREADABLE: Final = Stop("unreadable")
_rearms: msgspec.json.Decoder[Rearm] = msgspec.json.Decoder(Rearm)
_stops: msgspec.json.Decoder[Stop] = msgspec.json.Decoder(Stop)


def standing(payload: bytes) -> Stop | None:
    """The room's stop as it stands; None where nothing is stopped. What is ill-formed stops everybody."""
    if not payload:
        return None
    try:
        return _stops.decode(payload)
    except msgspec.DecodeError:
        return UNREADABLE


def allows(payload: bytes, team: str) -> bool:
    """True if this is a teacher's word that `team` may act again; what is ill-formed allows nothing."""
    try:
        teams = _rearms.decode(payload).teams
    except msgspec.DecodeError:
        return False
    return "*" in teams or team in teams


def fresh(kind: str) -> str:
    """An id that no board has seen."""
    return f"{kind}-{secrets.token_hex(6)}"
