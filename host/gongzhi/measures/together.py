"""Takes a journal and its labels, gives the measures of working together; nothing but what was recorded counts.

Words: a decision is *shown* unless it was only noted (shadow) or nobody could be asked (unasked); it is *asked* if a
person could answer before it was done (levels A2 and A3, or deferred); it was *acted* on if it reached "done"; it is
*right* or *wrong* if a label says so (labels.py). What the machine missed stands in no journal: every accuracy here is
over what the machine proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gongzhi.journal.book import Book, Entry, Life, runs
from gongzhi.journal.labels import Label
from gongzhi.measures.intervals import Estimate, Quartiles, Rate, Share, bootstrap, quartiles

Labels = Mapping[tuple[str, str], Label]
_NOT_SHOWN: Final = frozenset({"shadow", "unasked"})


@dataclass(frozen=True, slots=True)
class Case:
    """What the measures need of one decision: see the words above. `answer` is "yes", "edit", "no" or ""; `waited` the
    seconds until the answer; `stopped_by_human`: taken back, undone or broken off by a person after it began;
    `right` and `alone` from its label."""

    shown: bool
    asked: bool
    acted: bool
    unasked: bool
    expired: bool
    answer: str
    waited: float | None
    stopped_by_human: bool
    right: bool | None
    alone: bool | None


def case_of(life: Life, labels: Labels) -> Case:
    """The case of one decision."""
    head, answer = life.head, life.answer
    moves = [one.record for one in life.entries if one.record.from_ != one.record.to]
    why = {record.why for record in moves}
    label = labels.get((life.id, head.digest))
    shown = not (why & _NOT_SHOWN) and any(record.to in ("proposed", "deferred") for record in moves)
    level = head.level.eff if head.level else ""
    given = {"confirmed": "yes", "executing": "yes", "edited": "edit", "rejected": "no"}
    return Case(
        shown=shown,
        asked=shown and (level in ("A2", "A3") or any(record.to == "deferred" for record in moves)),
        acted=any(record.to == "done" for record in moves),
        unasked="unasked" in why,
        expired=shown and "silence" in why,
        answer=given.get(answer.record.to, "") if answer else "",
        waited=answer.record.t - head.t if answer and answer.file == life.entries[0].file else None,
        stopped_by_human=any(_taken_back(one) for one in life.entries),
        right=label.right if label else None,
        alone=label.alone if label else None,
    )


def _taken_back(one: Entry) -> bool:
    record = one.record
    if not record.by.startswith("human:"):
        return False
    return record.to in ("undone", "aborted") or (record.from_ == record.to == "done" and record.why == "late_no")


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of one journal; each says of how many cases."""

    decisions: int
    hours: float
    labelled: int
    ask: Share
    ask_changed: Share
    ask_right: Share
    accept_when_right: Share
    refuse_when_wrong: Share
    waited: Quartiles
    taken_back: Share
    false_alarms: Rate
    takeovers: Rate
    unasked: Share
    expired: Share
    machine: Share
    alone: Share
    team: Share
    gain: Estimate


def measure(book: Book, labels: Labels) -> Measures:
    """The measures of a whole journal."""
    return of_cases([case_of(life, labels) for life in book.lives], hours(book), takeovers(book))


def takeovers(book: Book) -> int:
    """How often a person took a resource by hand: "override" records whose seat did not hold the resource already; a
    holder's further values, and a lease that goes on after a restart, are not counted again."""
    holds: dict[str, str] = {}
    count = 0
    for one in book.entries:
        record = one.record
        if record.dec:
            continue
        if record.to == "override":
            count += holds.get(record.res) != record.by and record.why != "recovered"
            holds[record.res] = record.by
        elif record.to in ("handback", "stop"):
            holds.pop(record.res, None)
    return count


def hours(book: Book) -> float:
    """How long Gongzhi ran: the sum over the runs of last minus first record's time, in hours. A run whose clock goes
    back counts 0, so the sum is a lower bound: what passes after the last record is not known."""
    return sum(max(0.0, run[-1].record.t - run[0].record.t) for run in runs(book)) / 3600


def of_cases(cases: Sequence[Case], hours_: float, taken: int = 0) -> Measures:
    """The formulas, one line each; the order of `cases` does not matter.

    ask: asked / shown. Its rightness twice: ask_changed, without labels, is how many answered questions ended other
    than the machine would have it (no or edit); ask_right, with labels, is how often it asked where it was wrong and
    acted by itself where it was right (the ideal of E. Horvitz, CHI 1999, and of learning to defer, H. Mozannar and
    D. Sontag, ICML 2020). accept_when_right and refuse_when_wrong: the two halves of appropriate reliance, after
    M. Schemmer et al., IUI 2023, without their first answer of the person. taken_back: undone or broken off by a person
    / begun acts. false_alarms: shown proposals that a label calls wrong, or, where there is no label, that a person
    refused or took back, an hour. takeovers: `taken` an hour. unasked: / all. expired: asked, nobody answered / asked.
    """
    # Over 40 lines on purpose: one line a measure, to be read beside the formulas above.
    shown = [c for c in cases if c.shown]
    asked = [c for c in shown if c.asked]
    answered = [c for c in asked if c.answer]
    by_itself = [c for c in shown if not c.asked and c.acted]
    judged = [c for c in (*answered, *by_itself) if c.right is not None]
    right = [c for c in answered if c.right is True]
    wrong = [c for c in answered if c.right is False]
    begun = [c for c in shown if c.acted or c.stopped_by_human]
    labelled = [c for c in cases if c.right is not None]
    triples = [c for c in asked if c.right is not None and c.alone is not None]
    return Measures(
        decisions=len(cases),
        hours=hours_,
        labelled=len(labelled),
        ask=_share(shown, [c for c in shown if c.asked]),
        ask_changed=_share(answered, [c for c in answered if c.answer != "yes"]),
        ask_right=_share(judged, [c for c in judged if c.asked != c.right]),
        accept_when_right=_share(right, [c for c in right if c.answer == "yes"]),
        refuse_when_wrong=_share(wrong, [c for c in wrong if c.answer != "yes"]),
        waited=quartiles([c.waited for c in answered if c.waited is not None]),
        taken_back=_share(begun, [c for c in begun if c.stopped_by_human]),
        false_alarms=Rate(sum(_false_alarm(c) for c in shown), hours_),
        takeovers=Rate(taken, hours_),
        unasked=_share(cases, [c for c in cases if c.unasked]),
        expired=_share(asked, [c for c in asked if c.expired]),
        machine=_share(triples, [c for c in triples if c.right]),
        alone=_share(triples, [c for c in triples if c.alone == c.right]),
        team=_share(triples, [c for c in triples if _team_did(c) == c.right]),
        gain=bootstrap([(bool(c.right), bool(c.alone), _team_did(c)) for c in triples], team_gain, draws=2000),
    )


def _share(of: Sequence[Case], part: Sequence[Case]) -> Share:
    return Share(len(part), len(of))


def _false_alarm(c: Case) -> bool:
    return c.right is False if c.right is not None else c.answer == "no" or c.stopped_by_human


def _team_did(c: Case) -> bool:
    """What person and machine together did in the end: the act, and it was let stand. An edited act is another act."""
    return c.acted and not c.stopped_by_human and c.answer != "edit"


def team_gain(triples: Sequence[tuple[bool, bool, bool]]) -> float:
    """Accuracy of both together minus that of the better one alone, in -1..1, over (right, alone, team) of each case.

    The machine alone would have done each of its proposals, so it is right where the label says right; the person alone
    did what `alone` says; complementary performance as G. Bansal et al., CHI 2021, use the word.
    """
    n = len(triples)
    machine = sum(right for right, _, _ in triples) / n
    alone = sum(alone == right for right, alone, _ in triples) / n
    team = sum(did == right for right, _, did in triples) / n
    return team - max(machine, alone)
