"""The report says what was counted in both languages, claims nothing of too few cases, and holds nobody's seat."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime

import pytest
from gongzhi.arbiter.record import occurrence
from gongzhi.arbiter.recorded import begin, decide
from gongzhi.cli import app
from gongzhi.journal import Journal
from gongzhi.journal.book import open_book
from gongzhi.journal.labels import add_label, read_labels
from gongzhi.measures import paper
from gongzhi.measures.report import write
from gongzhi.measures.together import measure, takeovers
from gongzhi.stages.resolve import Acked, Answered, Online, Proposed, Tick
from gongzhi.values import Answer, Proposal, Resource
from typer.testing import CliRunner

GATE = Resource("gate.angle", "door", "gate", "angle", "servo", 0, 180, 0, "°", "H2", "A2", {"en": "gate"}, False)


def lived(folder, n, *, label=True):
    """`n` questions, 60 s apart: yes to the even ones, no to the odd ones, each after 2 s; the machine was right in all
    of them but the odd ones below 6, a person alone would have done them all."""
    with Journal.open(folder, wall=datetime(2026, 11, 20, 8, tzinfo=UTC)) as journal:
        arbiter = begin(journal, [GATE], 0.0)
        decide(arbiter, journal, Online("door", True, "s"), 0.0)
        for k in range(n):
            t = 60.0 * (k + 1)
            because = {"en": "<b>hands</b>", "zh": "举手"}
            decide(arbiter, journal, Proposed(Proposal("gate.angle", 90, f"x{k}", 0.9, because, t)), t)
            card = next(reversed(arbiter.cases.values())).decision
            verb = "reject" if k % 2 else "confirm"
            decide(arbiter, journal, Answered(Answer(verb, "human:owner#secret", card.id, card.digest)), t + 2)
            if arbiter.sent:
                decide(arbiter, journal, Acked(list(arbiter.sent)[-1], True), t + 2.1)
            decide(arbiter, journal, Tick(), t + 30)
    book = open_book(folder)
    if label:
        for k, life in enumerate(book.lives):
            add_label(folder, life, right=not (k % 2 and k < 6), alone=True)
    return book


def html_of(folder, which):
    book = open_book(folder)
    return paper.as_html(write(book, measure(book, read_labels(folder)), which))


def test_a_journal_gives_its_measures(tmp_path):
    book = lived(tmp_path, 12)
    found = measure(book, read_labels(tmp_path))
    assert (found.ask.k, found.ask.n, found.ask_changed.k) == (12, 12, 6)
    assert (found.accept_when_right.k, found.accept_when_right.n) == (6, 9)
    assert (found.refuse_when_wrong.k, found.refuse_when_wrong.n) == (3, 3)
    assert (found.waited.low, found.waited.median, found.waited.high) == (2.0, 2.0, 2.0)
    assert (found.machine.k, found.alone.k, found.team.k, found.team.n) == (9, 9, 9, 12)
    assert found.gain.value == 0
    assert found.false_alarms.k == 3
    assert found.hours == pytest.approx((12 * 60 + 2) / 3600)  # until the last record


def test_taking_over_is_counted_once_a_lease(tmp_path):
    def by(journal, to, seat, **more):
        journal.append(occurrence(to, 1.0, seat, res="gate.angle", **more), 1.0)

    with Journal.open(tmp_path, wall=datetime(2026, 11, 20, 8, tzinfo=UTC)) as journal:
        for to, seat in (("override", "human:owner#a"), ("override", "human:owner#a"), ("handback", "human:owner#a"),
                         ("override", "human:owner#a"), ("override", "human:teacher#b")):  # fmt: skip
            by(journal, to, seat)
        by(journal, "override", "human:teacher#b", why="recovered")
    assert takeovers(open_book(tmp_path)) == 3


@pytest.mark.parametrize("which", ["zh", "en"])
def test_the_page_is_whole_and_fetches_nothing(tmp_path, which):
    lived(tmp_path, 12)
    page = html_of(tmp_path, which)
    body = page[page.index("<body>") : page.index("</html>")]
    root = ElementTree.fromstring(body)
    assert len(root.findall(".//h2")) == 6
    assert len(root.findall(".//svg")) >= 7
    assert "http" not in page
    assert "<script" not in page
    assert "secret" not in page
    assert "&lt;b&gt;" in page or which == "zh"


def test_no_bar_and_no_percentage_of_too_few(tmp_path):
    lived(tmp_path, 9)
    page = html_of(tmp_path, "en")
    assert "<svg" not in page
    assert "%;" not in page
    assert "too few to say more" in page
    assert "so far: 9" in page


def test_without_labels_it_says_how_to_judge(tmp_path):
    lived(tmp_path, 12, label=False)
    assert html_of(tmp_path, "en").count("nobody has judged that yet") == 6


def test_a_damaged_journal_is_said(tmp_path):
    book = lived(tmp_path, 2)
    book.files[0].write_bytes(book.files[0].read_bytes()[:-3])
    assert "the journal is damaged, 1 records are lost" in html_of(tmp_path, "en")


def test_the_same_journal_gives_the_same_page(tmp_path):
    lived(tmp_path, 12)
    assert html_of(tmp_path, "zh") == html_of(tmp_path, "zh")


@pytest.mark.parametrize("name", ["r.html", "r.md"])
def test_the_verb_writes_it(tmp_path, name):
    lived(tmp_path / "j", 12)
    words = ["journal", "report", "--journal", str(tmp_path / "j"), "--out", str(tmp_path / name), "--lang", "zh"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    text = (tmp_path / name).read_text("utf-8")
    assert "12 次里有 12 次，100%" in text
    assert "secret" not in text
