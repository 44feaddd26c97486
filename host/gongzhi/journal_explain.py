"""Takes one decision's records, gives its explanation in words: a sentence, the values and the course, the records.

Everything comes from the records alone, never from what is in memory or in the project's files: an explanation says
what was known then. Words that this version does not know (a later version's states or causes) are shown as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gongzhi.arbiter.record import Record
from gongzhi.journal_book import Book, Entry, Life
from gongzhi.text import N_, Language, language, pick, tr
from gongzhi.values import Labels

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
    "shadow": N_("only noted, not shown"),
    "unasked": N_("nobody could be asked then"),
    "stop": N_("somebody pressed stop"),
    "lwt": N_("the board was gone"),
    "silent": N_("the board did not answer"),
    "journal": N_("it could not be recorded"),
    "recovered": N_("the program was started again"),
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
    "takeover": N_("a person had to take over"),
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
    "teach": N_("taught: {label}"),
    "teach_rejected": N_("not taught: {label}"),
    "forget": N_("a sample was taken out"),
    "lesson": N_("a lesson was measured"),
    "model": N_("the model {model} is in force"),
}
"""What happened that is no decision, by the record's `to`."""

_NONE: Final[Mapping[str, Labels]] = {}
_RESTS: Final = frozenset({"rest", "taken", "undo", "stop"})
"""The causes that end a hold."""

_ROLES: Final[dict[str, str]] = {
    "visitor": N_("a visitor"),
    "owner": N_("somebody of the team"),
    "teacher": N_("the teacher"),
    "operator": N_("the operator"),
    "safety": N_("the safety person"),
}


def who(by: str, which: Language | None = None, *, seats: bool = True, names: Mapping[str, Labels] = _NONE) -> str:
    """Who made a step, in words; `seats` False leaves out the seat; `names` as in record.Record."""
    kind, _, rest = by.partition(":")
    role, _, seat = rest.partition("#")
    if kind == "human":
        name = tr(_ROLES[role], which) if role in _ROLES else role
        seat = _name(f"board:{seat}", names, which, seat)
        return tr("{who} (seat {seat})", which, who=name, seat=seat) if seats and seat else name
    if kind == "agent":
        return tr("the machine ({part})", which, part=rest)
    if kind == "board":
        return tr("the board {name}", which, name=_name(by, names, which, rest))
    known = {"clock": N_("the clock"), "runtime": N_("the runtime"), "dial": N_("the machine itself")}
    return tr(known[by], which) if by in known else by


def _name(id_: str, names: Mapping[str, Labels], which: Language | None, otherwise: str) -> str:
    return pick(names[id_], which) if id_ in names else otherwise


def sentence(life: Life, which: Language | None = None, *, seats: bool = True) -> str:
    """Depth 1: what the machine did and what bound it first; then what, why, and how it ended; `seats` as in `who`."""
    head = life.head
    parts = [_bound(head, which)]
    what = pick(head.what, which) if head.what else _order(life, which)
    because = pick(head.because, which).removeprefix("因为") if head.because else ""
    if because:
        parts.append(tr("I thought: {what}, because {because}.", which, what=what, because=because))
    else:
        parts.append(tr("I thought: {what}.", which, what=what))
    parts.append(_ended(life, which, seats=seats))
    return ("" if (which or language()) == "zh" else " ").join(parts)


def _bound(head: Record, which: Language | None) -> str:
    level = head.level
    if level is None:
        return tr("What limited me was not recorded.", which)
    why = (
        tr(BOUND[level.by], which, eff=level.eff) if level.by in BOUND else tr("because of “{by}”", which, by=level.by)
    )
    return tr("{did}, {because}.", which, did=tr(DID.get(level.eff, level.eff), which), because=why)


def _order(life: Life, which: Language | None) -> str:
    value = life.head.value
    if value is None:
        return life.head.res or life.id
    res = _name(life.head.res, life.names, which, life.head.res)
    return tr("set {res} to {value}", which, res=res, value=f"{value:g}")


def _ended(life: Life, which: Language | None, *, seats: bool) -> str:
    """How it ended, with who answered and after how long."""
    moves = [one.record for one in life.entries if one.record.from_ != one.record.to]
    last = moves[-1] if moves else life.head
    end = tr(STATES.get(last.to, last.to), which)
    if last.why in CAUSES and last.why != "no":
        end = tr("{state} ({why})", which, state=end, why=tr(CAUSES[last.why], which))
    answer = life.answer
    if answer is None:
        return tr("In the end: {end}.", which, end=end)
    given = tr(STATES.get(answer.record.to, answer.record.to), which)
    after = f"{answer.record.t - life.head.t:.1f}"
    by = who(answer.record.by, which, seats=seats, names=life.names)
    if answer.record is last:
        return tr("In the end, after {s} s: {end} – {who}.", which, end=end, who=by, s=after)
    return tr(
        "The answer after {s} s: {given} – {who}. In the end: {end}.", which, given=given, who=by, s=after, end=end
    )


def values(life: Life, which: Language | None = None) -> list[tuple[str, str]]:
    """Depth 2, first half: each value with what it was held against, as (name, words)."""
    head = life.head
    part = _name(head.res, life.names, which, "")
    rows = [
        (tr("Part", which), f"{part} ({head.res})" if part else head.res),
        (tr("When", which), clock(life.entries[0].wall)),
    ]
    if head.value is not None:
        value = f"{head.value:g}"
        for one in life.entries[1:]:
            if one.record.value is not None:
                value = tr("{value}, changed by a person to {new}", which, value=value, new=f"{one.record.value:g}")
        rows.append((tr("Value", which), value))
    if head.p is not None:
        rows.append((tr("How sure", which), tr("{p} of 1", which, p=f"{head.p:.2f}")))
    if head.model:
        rows.append((tr("Judged by", which), head.model))
    if head.set:
        rows.append((tr("It could have been", which), " / ".join(head.set)))
    if head.level:
        by = tr(BOUND[head.level.by], which, eff=head.level.eff) if head.level.by in BOUND else head.level.by
        level = tr("{eff}; asked for: {req}; {by}", which, eff=head.level.eff, req=head.level.req, by=by)
        rows.append((tr("Level", which), level))
    if (old := _age(head)) is not None:
        rows.append((tr("Age of what was seen", which), f"{old:.2f} s"))
    return rows + _times(life, which)


def _times(life: Life, which: Language | None) -> list[tuple[str, str]]:
    """How long the answer took and how long the act stood, each with its limit."""
    head, answer, done, rows = life.head, life.answer, life.at("done"), []
    if head.deadline is not None:
        said = tr("none; at most {most} s", which, most=f"{head.deadline:g}")
        if answer:
            s = f"{answer.record.t - head.t:.1f}"
            said = tr("after {s} s of at most {most} s", which, s=s, most=f"{head.deadline:g}")
        rows.append((tr("Answer", which), said))
    ends = (one.record.t for one in life.entries if one.record.from_ == "done" and one.record.why in _RESTS)
    stood = next(ends, None)
    if done and stood is not None and head.hold is not None:
        words = tr("{s} s of at most {most} s", which, s=f"{stood - done.record.t:.1f}", most=f"{head.hold:g}")
        rows.append((tr("Stood for", which), words))
    return rows


def _age(head: Record) -> float | None:
    """Seconds between the evidence's capture ("pose@93310.900") and the decision."""
    try:
        return head.t - float(head.ev[0].rpartition("@")[2])
    except (IndexError, ValueError):
        return None


def course(life: Life, which: Language | None = None) -> list[str]:
    """Depth 2, second half: one line for each record, with the seconds since the first."""
    return [step(one, life.head.t, which, life.names) for one in life.entries]


def step(one: Entry, since: float, which: Language | None = None, names: Mapping[str, Labels] = _NONE) -> str:
    """One record as one line."""
    record = one.record
    why = tr(CAUSES[record.why], which) if record.why in CAUSES else record.why
    now = tr(STATES.get(record.to, record.to), which)
    if record.from_ == record.to:
        text = tr("note: {why}", which, why=why or now)
    else:
        text = f"{tr(STATES.get(record.from_, record.from_), which)} → {now}" + (f" ({why})" if why else "")
    return f"{record.t - since:+7.2f} s  {text}  · {who(record.by, which, names=names)}"


def records(life: Life, book: Book, which: Language | None = None) -> list[str]:
    """Depth 3: the records as they stand in the file, each with its place, and whether its place is sound."""
    bad = {(fault.file, fault.number): fault for fault in book.faults}
    lines = []
    for one in life.entries:
        fault = bad.get((one.file, one.number))
        mark = tr("sound", which) if fault is None else fault.what.text(which)
        lines += [f"{one.file}:{one.number}  ({mark})", one.line.decode("utf-8", "replace")]
    return lines


def event(one: Entry, which: Language | None = None) -> str:
    """What happened that is no decision, and by whom; "" for what is no news to people (a run, an epoch)."""
    record = one.record
    if record.dec or record.to not in EVENTS:
        return ""
    level = record.level.eff if record.level else ""
    text = tr(EVENTS[record.to], which, level=level, label=" ".join(record.set) or "–", model=record.model)
    why = tr(CAUSES[record.why], which) if record.why in CAUSES else ""
    return f"{text}{f' ({why})' if why else ''} – {who(record.by, which)}"


def clock(wall: datetime | None) -> str:
    """The time of day in this machine's zone; "?" where the journal does not tell it."""
    return wall.astimezone().strftime("%Y-%m-%d %H:%M:%S") if wall else "?"
