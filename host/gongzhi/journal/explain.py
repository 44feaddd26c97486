"""Takes one decision's records, gives its explanation in words: a sentence, the values and the course, the records.

Everything comes from the records alone, never from what is in memory or in the project's files: an explanation says
what was known then. Words that this version does not know (a later version's states or causes) are shown as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gongzhi.arbiter.record import Record
from gongzhi.journal.book import Book, Entry, Life
from gongzhi.journal.words import BOUND, CAUSES, DID, EVENTS, STATES, who
from gongzhi.text import N_, Language, language, pick, tr
from gongzhi.values import Labels
from gongzhi.words import NONE, called

_RESTS: Final = frozenset({"rest", "taken", "undo", "stop"})
"""The causes that end a hold."""
_ENDS: Final = "?？!！.。"


def sentence(life: Life, which: Language | None = None, *, seats: bool = True) -> str:
    """Depth 1: what the machine did and what bound it first; then what, why, and how it ended; `seats` as in `who`."""
    head = life.head
    deferred = any(one.record.to == "deferred" for one in life.entries)
    parts = [_bound(head, which, deferred=deferred)]
    # In the middle of our sentence theirs has no end.
    what = pick(head.what, which).rstrip(_ENDS) if head.what else _order(life, which)
    because = pick(head.because, which).removeprefix("因为") if head.because else ""
    if because:
        parts.append(tr("I thought: {what}, because {because}.", which, what=what, because=because))
    else:
        parts.append(tr("I thought: {what}.", which, what=what))
    parts.append(_ended(life, which, seats=seats))
    return ("" if (which or language()) == "zh" else " ").join(parts)


def _bound(head: Record, which: Language | None, *, deferred: bool = False) -> str:
    level = head.level
    if level is None:
        return tr("What limited me was not recorded.", which)
    why = (
        tr(BOUND[level.by], which, eff=level.eff) if level.by in BOUND else tr("because of “{by}”", which, by=level.by)
    )
    did = "A2" if deferred else level.eff  # what was put to a person is no mere hint
    return tr("{did}, {because}.", which, did=tr(DID.get(did, did), which), because=why)


def _order(life: Life, which: Language | None) -> str:
    value = life.head.value
    if value is None:
        return life.head.res or life.id
    res = called(life.head.res, life.names, which, life.head.res)
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
    part = called(head.res, life.names, which, "")
    rows = [
        (tr("Part", which), f"{part} ({head.res})" if part else head.res),
        (tr("When", which), clock(life.entries[0].wall)),
    ]
    if head.value is not None:
        value = f"{head.value:g}"
        for one in life.entries[1:]:
            if one.record.to == "edited" and one.record.value is not None:
                value = tr("{value}, changed by a person to {new}", which, value=value, new=f"{one.record.value:g}")
        rows.append((tr("Value", which), value))
    last = life.entries[-1].record
    if (last.from_, last.to, last.why) == ("executing", "aborted", "recovered"):
        said = tr("nothing", which) if last.value is None else f"{last.value:g}"
        rows.append((tr("Read back from the board", which), said))
    if head.p is not None:
        sure = (
            N_("{p} of 1") if head.calibrated else N_("{p} of 1, uncalibrated: how clear it was, not how often right")
        )
        rows.append((tr("How sure", which), tr(sure, which, p=f"{head.p:.2f}")))
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
    holds = [one.record.hold for one in life.entries if one.record.hold is not None]  # chosen beside the card: its own
    if done and stood is not None and holds:
        words = tr("{s} s of at most {most} s", which, s=f"{stood - done.record.t:.1f}", most=f"{holds[-1]:g}")
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


def step(one: Entry, since: float, which: Language | None = None, names: Mapping[str, Labels] = NONE) -> str:
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


def event(one: Entry, which: Language | None = None, names: Mapping[str, Labels] = NONE) -> str:
    """What happened that is no decision, and by whom (`names` of boards as in `who`); "" for what is no news to people
    (a run, an epoch)."""
    record = one.record
    if record.dec or record.to not in EVENTS:
        return ""
    level = record.level.eff if record.level else ""
    own = EVENTS.get(f"{record.to} {record.why}")  # the cause is in these words
    text = tr(own or EVENTS[record.to], which, level=level, label=" ".join(record.set) or "–", model=record.model)
    why = tr(CAUSES[record.why], which) if record.why in CAUSES and not own else ""
    return f"{text}{f' ({why})' if why else ''} – {who(record.by, which, names=names)}"


def clock(wall: datetime | None) -> str:
    """The time of day in this machine's zone; "?" where the journal does not tell it."""
    return wall.astimezone().strftime("%Y-%m-%d %H:%M:%S") if wall else "?"
