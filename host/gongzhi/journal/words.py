"""Takes the codes of a journal's records, gives the words that people read for them: levels, causes, events, authors.

Words that this version does not know (a later version's states or causes) are in no table here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gongzhi.text import N_, Language, tr
from gongzhi.values import Labels
from gongzhi.words import NONE, called

DID: Final[dict[str, str]] = {
    "A0": N_("I only watched"),
    "A1": N_("I only gave a hint"),
    "A2": N_("I only asked"),
    "A3": N_("I said what I would do and waited for a no"),
    "A4": N_("I did it at once and told you"),
    "A5": N_("I did it at once"),
}
"""What the machine did, by the level in force."""

BOUND: Final[dict[str, str]] = {
    "dial": N_("because the dial stands at {eff}"),
    "stop": N_("because everything is stopped"),
    "link": N_("because the connection is weak"),
    "journal": N_("because it could not be recorded"),
    "hazard": N_("because this could hurt somebody"),
    "confidence": N_("because the machine is not sure"),
    "freshness": N_("because the picture is old"),
    "late": N_("because the answer came late"),
    "conflict": N_("because two people disagreed"),
    "holder": N_("because a person holds it"),
    "handback": N_("because a person has only just given it back"),
    "cost": N_("because a mistake would cost too much"),
    "rule": N_("because the rule says so"),
    "gone": N_("because what it saw was over"),
    "waited": N_("because it had to wait its turn"),
    "sim": N_("because what I saw was only simulated"),
}
"""Why not more: what bound the level. The words are those of the page's card."""

STATES: Final[dict[str, str]] = {
    "draft": N_("idea"),
    "proposed": N_("proposed"),
    "deferred": N_("handed to a person"),
    "confirmed": N_("a person said yes"),
    "edited": N_("a person changed it"),
    "rejected": N_("a person said no"),
    "expired": N_("time ran out"),
    "superseded": N_("replaced by a newer one"),
    "withdrawn": N_("withdrawn"),
    "executing": N_("being done"),
    "done": N_("it was done"),
    "aborted": N_("broken off"),
    "undone": N_("it was undone"),
}

CAUSES: Final[dict[str, str]] = {
    "silence": N_("nobody answered"),
    "no": N_("a no"),
    "newer": N_("the machine saw something newer"),
    "rank": N_("another source of the machine goes first"),
    "shadow": N_("only noted, not shown"),
    "unasked": N_("it could not be asked: nobody was there, or there were too many questions"),
    "stop": N_("somebody pressed stop"),
    "lwt": N_("the board was gone"),
    "silent": N_("the board did not answer"),
    "journal": N_("it could not be recorded"),
    "recovered": N_("the program was started again"),
    "lapsed": N_("a raised dial ends with its run"),
    "rest": N_("back to the safe position"),
    "taken": N_("the next decision took over"),
    "undo": N_("taken back"),
    "late_yes": N_("a yes that came too late"),
    "late_no": N_("a no after it was done"),
    "conflict": N_("two people disagreed"),
    "changed": N_("an answer to another card"),
    "outranked": N_("the answer did not count"),
    "dup": N_("the same answer twice"),
    "already": N_("somebody had already said yes"),
    "locked": N_("pressed too soon after the card changed"),
    "hint": N_("a yes to what was only a hint"),
    "range": N_("a value that the part cannot take"),
    "override": N_("a person took over by hand"),
    "dial": N_("the dial was turned down"),
    "takeover": N_("what the machine went by fell silent, or its program ended"),
    "model": N_("another version of the model took its place"),
    "promoted": N_("a lesson came into force"),
    "rollback": N_("back to the version before"),
    "found": N_("as it lay on the disk"),
    "used": N_("a person put a newly trained model to use, or the one before"),
    "worse": N_("it made something worse"),
    "consent": N_("whoever is in it had not agreed"),
    "exhibition": N_("it was shown to visitors"),
    "cap": N_("too many samples of one seat"),
    "full": N_("the quarantine is full"),
    "short": N_("too little was seen"),
    "label": N_("the label was none"),
    "gone": N_("what the machine saw was over"),
    "escalated": N_("the teacher was asked, too"),
    "confidence": N_("the machine was not sure"),
    "unseen": N_("the machine has not learnt this"),
    "disagree": N_("two sensors contradicted each other"),
    "sim_block": N_("a drawn person moves no real board"),
    "session": N_("the visitor had left"),
    "lease": N_("the order ran out"),
    "loss": N_("the connection was lost"),
    "link": N_("the board could not be reached"),
    "fault": N_("the part reported a fault"),
    "limit": N_("a limit on the board itself"),
    "old": N_("the order came too late"),
    "epoch": N_("the board had a later order"),
    "stopped": N_("the board was stopped"),
    "form": N_("the board did not understand the order"),
    "channel": N_("the board has no such part"),
    "op": N_("the part cannot do that"),
    "clock": N_("the board’s clock was not set"),
    "cfg": N_("the board had no valid configuration"),
    "rate": N_("too many orders at once"),
    "version": N_("the board speaks another version"),
}
"""The codes of docs/decisions.md in words."""

EVENTS: Final[dict[str, str]] = {
    "stop": N_("stopped"),
    "rearm": N_("allowed again"),
    "override": N_("taken into the hand"),
    "handback": N_("given back to the machine"),
    "dial": N_("the dial was turned to {level}"),
    "loss": N_("the board was lost"),
    "loss lwt": N_("the board was lost"),
    "loss link": N_("the broker was lost, and every board with it"),
    "teach": N_("taught: {label}"),
    "teach_rejected": N_("not taught: {label}"),
    "forget": N_("a sample was taken out"),
    "lesson": N_("a lesson was measured"),
    "model": N_("the model {model} is in force"),
}
"""What happened that is no decision, by the record's `to`."""

_ROLES: Final[dict[str, str]] = {
    "visitor": N_("a visitor"),
    "owner": N_("somebody of the team"),
    "teacher": N_("the teacher"),
    "operator": N_("the operator"),
    "safety": N_("the safety person"),
}


def who(by: str, which: Language | None = None, *, seats: bool = True, names: Mapping[str, Labels] = NONE) -> str:
    """Who made a step, in words; `seats` False leaves out the seat; `names` as in record.Record."""
    kind, _, rest = by.partition(":")
    role, _, seat = rest.partition("#")
    if kind == "human":
        name = tr(_ROLES[role], which) if role in _ROLES else role
        seat = called(f"board:{seat}", names, which, seat)
        return tr("{who} (seat {seat})", which, who=name, seat=seat) if seats and seat else name
    if kind == "agent":
        return tr("the machine ({part})", which, part=rest)
    if kind == "board":
        return tr("the board {name}", which, name=called(by, names, which, rest))
    known = {"clock": N_("the clock"), "runtime": N_("the runtime"), "dial": N_("the machine itself")}
    return tr(known[by], which) if by in known else by
