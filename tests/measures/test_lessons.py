"""What teaching has changed is counted from the journal alone: on the golden set, and version by version in use."""

from __future__ import annotations

from datetime import UTC, datetime

from gongzhi.arbiter.recorded import begin, decide
from gongzhi.journal import Journal
from gongzhi.journal.book import open_book
from gongzhi.measures.lessons import taught
from gongzhi.measures.report import write
from gongzhi.measures.together import measure
from gongzhi.stages.resolve import Answered, EvidenceGone, Measured, Online, Proposed, Schooled
from gongzhi.values import Answer, Proposal, Resource

LAMP = Resource("lamp.level", "door", "lamp", "level", "led", 0, 1, 0, "", "H1", "A2", {"en": "lamp"})
OLD, NEW = f"{1:016x}", f"{2:016x}"


def lived(folder, *, teach=True):
    """Three questions of the old version, all refused; a lesson; one question of the new one, agreed to."""
    with Journal.open(folder, wall=datetime(2026, 11, 20, 8, tzinfo=UTC)) as journal:
        arbiter, t = begin(journal, [LAMP], 0.0), 10.0

        def happen(event):
            nonlocal t
            t += 30.0
            return decide(arbiter, journal, event, t)

        def ask(version, verb):
            happen(EvidenceGone("x"))
            happen(Proposed(Proposal("lamp.level", 1, "x", 0.9, {"en": "why"}, t + 30, model=f"moves@{version}")))
            card = next(reversed(arbiter.cases.values())).decision
            decide(arbiter, journal, Answered(Answer(verb, "human:owner#a", card.id, card.digest)), t + 2)

        happen(Online("door", True, "s"))
        happen(Schooled("moves", OLD))
        for _ in range(3):
            ask(OLD, "reject")
        if teach:
            said = {"model": "moves", "label": "wave", "consent": True}
            happen(Answered(Answer("teach", "human:owner#a", sample="a" * 16, **said)))
            happen(Answered(Answer("teach", "human:owner#a", sample="b" * 16, **said | {"consent": False})))
            happen(Measured("moves", NEW, OLD, ("a" * 16,), True, {"wave": (10, 18, 20), "rest": (20, 20, 20)}))
            happen(Answered(Answer("promote", "human:teacher#b", model="moves", sample=NEW)))
            ask(NEW, "confirm")
    return open_book(folder)


def test_the_effect_of_a_lesson_is_counted_on_the_golden_set_and_in_use(tmp_path):
    found = taught(lived(tmp_path), {})
    assert (found.samples, found.rejected, found.measured, found.promoted, found.back) == (1, 1, 1, 1, 0)
    assert (found.before.k, found.after.k, found.after.n) == (30, 38, 40)
    assert (found.old.k, found.old.n) == (3, 3)
    assert (found.new.k, found.new.n) == (0, 1)


def test_the_report_tells_it_in_both_languages_and_claims_nothing_of_too_few(tmp_path):
    book = lived(tmp_path)
    for which, title in (("zh", "六、我们教的改变了什么？"), ("en", "6. What has our teaching changed?")):
        section = write(book, measure(book, {}), which, taught(book, {})).sections[-1]
        assert section.title == title
        assert "38" in section.lines[1].answer
        assert section.lines[3].faint, "one case says nothing"


def test_where_nothing_was_taught_there_is_no_such_section(tmp_path):
    book = lived(tmp_path, teach=False)
    assert len(write(book, measure(book, {}), "en", taught(book, {})).sections) == 5
