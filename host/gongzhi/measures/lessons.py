"""Takes a journal, gives what teaching has changed: each lesson on the golden set, and each version in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from gongzhi.arbiter.record import Record
from gongzhi.journal.book import Book
from gongzhi.journal.labels import Label
from gongzhi.measures.intervals import Share
from gongzhi.measures.together import case_of


@dataclass(frozen=True, slots=True)
class Taught:
    """`samples` people gave, of which `rejected` were not taken; how many lessons were `measured`, were `promoted` and
    were taken `back`; of the last lesson that came into force, or else was measured, the golden windows right `before`
    and `after`; of decisions judged by the version `old` before the last promotion and by the `new` one how many a
    person refused, changed or took back."""

    samples: int = 0
    rejected: int = 0
    measured: int = 0
    promoted: int = 0
    back: int = 0
    before: Share = field(default_factory=lambda: Share(0, 0))
    after: Share = field(default_factory=lambda: Share(0, 0))
    old: Share = field(default_factory=lambda: Share(0, 0))
    new: Share = field(default_factory=lambda: Share(0, 0))

    @property
    def any(self) -> bool:
        """Whether anything was taught at all."""
        return bool(self.samples or self.rejected or self.measured)


def taught(book: Book, labels: Mapping[tuple[str, str], Label]) -> Taught:
    """What teaching has changed in this journal. Windows of one recording are like each other, so the truth is less
    certain than the intervals of the shares; and who knows that a version is new may judge it otherwise."""
    records = [one.record for one in book.entries if not one.record.dec]
    kinds = Counter((record.to, record.why if record.to == "model" else "") for record in records)
    lessons = [record for record in records if record.to == "lesson" and record.effect]
    promoted = [record for record in records if record.to == "model" and record.why == "promoted"]
    versions = {record.model for record in promoted}
    last = next((one for one in reversed(lessons) if one.model in versions), lessons[-1] if lessons else None)
    rows = list((last.effect or {}).values()) if last else []
    windows = sum(row[2] for row in rows)
    used = {model: _contradicted(book, labels, model) for model in _last_two(promoted[-1:])}
    old, new = list(used.values()) or [Share(0, 0), Share(0, 0)]
    return Taught(
        samples=kinds["teach", ""],
        rejected=kinds["teach_rejected", ""],
        measured=kinds["lesson", ""],
        promoted=kinds["model", "promoted"],
        back=kinds["model", "rollback"],
        before=Share(sum(row[0] for row in rows), windows),
        after=Share(sum(row[1] for row in rows), windows),
        old=old,
        new=new,
    )


def _last_two(promoted: list[Record]) -> list[str]:
    """The version before a promotion and the one that it brought, as decisions name them."""
    return [name for one in promoted for name in (f"{one.model.partition('@')[0]}@{one.of}", one.model)]


def _contradicted(book: Book, labels: Mapping[tuple[str, str], Label], model: str) -> Share:
    cases = [case_of(life, labels) for life in book.lives if life.head.model == model]
    shown = [case for case in cases if case.shown]
    return Share(sum(case.answer in ("no", "edit") or case.stopped_by_human for case in shown), len(shown))
