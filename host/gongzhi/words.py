"""Takes a decision's state or its author, gives the words that people read: the same as on the page (words.js)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gongzhi.text import N_, Language, pick, tr
from gongzhi.values import DecisionState, Labels

NONE: Final[Mapping[str, Labels]] = {}
"""No names."""

STATES: Final[dict[DecisionState, str]] = {
    "draft": N_("The machine thinks"),
    "proposed": N_("Waits for a person"),
    "deferred": N_("The machine is not sure"),
    "confirmed": N_("Agreed"),
    "edited": N_("Changed"),
    "rejected": N_("Refused"),
    "expired": N_("Nobody decided"),
    "superseded": N_("Replaced"),
    "withdrawn": N_("Taken back"),
    "executing": N_("Being done"),
    "done": N_("Done"),
    "aborted": N_("Broken off"),
    "undone": N_("Undone"),
}


_ROLES: Final = {"visitor": N_("visitor {n}"), "owner": N_("team member {n}"), "teacher": N_("teacher {n}")}
_JOINED: Final = re.compile(r"human:(visitor|owner|teacher)#[vot](\d+)")  # a phone's seat (page/seats.py)


def state(name: str, level: str = "", reason: str = "") -> str:
    """The word for a decision's state, in the current language; at `level` A4 and above nobody is waited for."""
    if name == "withdrawn" and reason == "shadow":
        return tr(N_("Only noted"))
    if name == "proposed" and level in ("A4", "A5"):
        name = "draft"
    found = STATES.get(name)  # type: ignore[call-overload]
    return tr(found) if found else name


def called(id_: str, names: Mapping[str, Labels], which: Language | None, otherwise: str) -> str:
    """What people call `id_` by these names; `otherwise` where they do not tell."""
    return pick(names[id_], which) if id_ in names else otherwise


def who(by: str, which: Language | None = None, names: Mapping[str, Labels] = NONE) -> str:
    """Who "human:operator#page", "human:owner#door", "board:door", "agent:pose", "dial" or "clock" is; `names` are the
    boards' labels by their ids."""
    kind, _, rest = by.partition(":")
    seat = rest.partition("#")[2]
    if by == "human:teacher#all":
        return tr(N_("the teacher"), which)
    if joined := _JOINED.fullmatch(by):
        return tr(_ROLES[joined[1]], which, n=joined[2])
    if kind == "human" and seat:
        if seat == "page":
            return tr(N_("this page"), which)
        if seat == "script":
            return tr(N_("a script"), which)
        return tr(N_("the button on the {board}"), which, board=called(seat, names, which, seat))
    if kind == "human":
        return tr(N_("a person"), which)
    if kind == "board":
        return called(rest, names, which, rest)
    if by == "clock":
        return tr(N_("the clock"), which)
    return tr(N_("the machine by itself"), which) if kind in ("dial", "agent") else by
