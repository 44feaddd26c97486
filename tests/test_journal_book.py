"""A journal is read again the same way each time; a cut at any byte loses the last record only, and says so."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from gongzhi.arbiter.record import Chain, Record, occurrence, seal_of
from gongzhi.arbiter.recorded import begin, decide
from gongzhi.errors import JournalError
from gongzhi.journal import Journal, verify
from gongzhi.journal import explain as journal_explain
from gongzhi.journal import export as journal_export
from gongzhi.journal import keep as journal_keep
from gongzhi.journal import words as journal_words
from gongzhi.journal.book import open_book, runs
from gongzhi.journal.labels import add_label, read_labels
from gongzhi.measures.paper import as_html
from gongzhi.measures.report import write
from gongzhi.measures.together import measure
from gongzhi.stages.resolve import Acked, Answered, Online, Proposed, Reported, StopAll, Tick
from gongzhi.values import LIVE_STATES, Answer, Effective, Proposal, Resource, canonical
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
GATE = Resource("gate.angle", "door", "gate", "angle", "servo", 0, 180, 0, "°", "H2", "A4", {"en": "gate"}, False)
LAMP = Resource("lamp.level", "door", "lamp", "level", "led", 0, 1, 0, "", "H1", "A4", {"en": "lamp"})
OPEN = {"zh": "打开大门", "en": "open the gate"}
HANDS = {"zh": "双手举过了头", "en": "both hands are up"}
SEAT = "human:owner#tablet3"


def day(folder, n=0, *, answer="confirm", also=(), calibrated=False, **more):
    """A run on day `n`: the gate is asked about and answered after 2 s; then `also` events."""
    with Journal.open(folder, wall=DAY + timedelta(days=n), now=100.0) as journal:
        arbiter = begin(journal, [GATE, LAMP], 100.0, **more)
        decide(arbiter, journal, Online("door", True, "s"), 100.0)
        asked = Proposal("gate.angle", 90, "hands_up", 0.93, HANDS, 101.0, what=OPEN, calibrated=calibrated)
        decide(arbiter, journal, Proposed(asked), 101.5)
        card = next(reversed(arbiter.cases.values())).decision
        if answer:
            decide(arbiter, journal, Answered(Answer(answer, SEAT, card.id, card.digest)), 103.5)
            if arbiter.sent:
                decide(arbiter, journal, Acked(list(arbiter.sent)[-1], True), 103.6)
        else:
            decide(arbiter, journal, Tick(), 120.0)
        for event in also:
            decide(arbiter, journal, event, 104.0)
        return journal.path


def files(folder):
    return sorted(folder.glob("????-??-??.jsonl"))


class TestReading:
    def test_two_readings_are_the_same_and_the_times_of_day_are_told(self, tmp_path):
        for n in range(3):
            day(tmp_path, n)
        one, two = open_book(tmp_path), open_book(tmp_path)
        assert (one.entries, one.lives, one.seal, one.past) == (two.entries, two.lives, two.seal, two.past)
        assert not one.faults
        assert [life.id for life in one.lives] == ["d-1", "d-2", "d-3"]
        assert one.lives[1].entries[0].wall == DAY + timedelta(days=1, seconds=1.5)
        assert len(list(runs(one))) == 3

    def test_one_days_file_is_sound_by_itself(self, tmp_path):
        day(tmp_path, 0)
        book = open_book(day(tmp_path, 1))
        assert not book.faults
        assert [life.id for life in book.lives] == ["d-2"]

    def test_a_question_that_a_restart_closed_is_one_life_over_two_files(self, tmp_path):
        with Journal.open(tmp_path, wall=DAY) as journal:
            arbiter = begin(journal, [GATE], 0.0)
            decide(arbiter, journal, Online("door", True, "s"), 0.0)
            decide(arbiter, journal, Proposed(Proposal("gate.angle", 9, "x", 0.9, HANDS, 1.0)), 1.0)
        with Journal.open(tmp_path, wall=DAY + timedelta(days=1)) as journal:
            begin(journal, [GATE], 0.0)
        book = open_book(tmp_path)
        assert not book.faults
        assert (len(book.lives), book.lives[0].end, len({one.file for one in book.lives[0].entries})) == (
            1,
            "expired",
            2,
        )

    def test_no_journal_is_said(self, tmp_path):
        with pytest.raises(JournalError, match="There is no journal"):
            open_book(tmp_path)
        with pytest.raises(JournalError, match="There is no journal"):
            open_book(tmp_path / "nowhere")

    def test_fields_and_states_of_a_later_version_are_no_fault(self, tmp_path):
        path = day(tmp_path)
        last = path.read_bytes().splitlines()[-1]
        record = json.loads(last) | {"prev": seal_of(last), "dec": "", "from": "", "res": "gate.angle", "to": "lease",
                                     "lease": 60.0, "by": SEAT}  # fmt: skip
        record["seq"] += 1
        path.write_bytes(path.read_bytes() + canonical(record) + b"\n")
        book = open_book(tmp_path)
        assert not book.faults
        assert "lease" in journal_explain.step(book.entries[-1], 0.0)


class TestDamage:
    def test_a_cut_at_any_byte_loses_the_last_record_only_and_says_so(self, tmp_path):
        whole = day(tmp_path / "whole").read_bytes()
        ends = [n + 1 for n, byte in enumerate(whole) if byte == ord("\n")]
        place = tmp_path / "cut" / "2026-11-20.jsonl"
        place.parent.mkdir()
        for cut in range(len(whole) + 1):
            place.write_bytes(whole[:cut])
            book = open_book(place.parent)
            kept = sum(end <= cut for end in ends)
            half = cut not in (0, *ends)
            assert len(book.entries) == kept
            assert [(fault.kind, fault.lost) for fault in book.faults] == ([("torn", 1)] if half else [])
            assert b"".join(one.line + b"\n" for one in book.entries) == whole[: ends[kept - 1] if kept else 0]

    def test_a_run_goes_on_after_a_cut_at_any_byte(self, tmp_path):
        whole = day(tmp_path / "whole", answer="").read_bytes()
        ends = [n + 1 for n, byte in enumerate(whole) if byte == ord("\n")]
        for cut in range(len(whole) + 1):
            place = tmp_path / str(cut)
            place.mkdir()
            (place / "2026-11-20.jsonl").write_bytes(whole[:cut])
            half = cut not in (0, *ends)
            with Journal.open(place, wall=DAY, now=200.0) as journal:
                begin(journal, [GATE, LAMP], 200.0)
                assert (journal.torn is not None) == half
            book = open_book(place)
            assert not book.faults
            assert not [life for life in book.lives if life.end in LIVE_STATES]
            assert any(one.record.to == "torn" for one in book.entries) == half
            shutil.rmtree(place)

    @pytest.mark.parametrize("at", range(1, 4))
    def test_a_line_that_was_taken_out_is_found_with_its_number(self, tmp_path, at):
        path = day(tmp_path)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:at] + lines[at + 1 :]))
        book = open_book(tmp_path)
        first = book.faults[0]
        assert (first.kind, first.number, first.lost) == ("chain", at + 1, 1)
        assert len(book.entries) == len(lines) - 1

    def test_a_changed_value_is_found(self, tmp_path):
        path = day(tmp_path)
        path.write_bytes(path.read_bytes().replace(b'"value":90.0', b'"value":91.0'))
        assert [fault.kind for fault in open_book(tmp_path).faults] == ["chain"]

    def test_a_line_that_is_no_record_hides_only_itself(self, tmp_path):
        path = day(tmp_path)
        lines = path.read_bytes().splitlines(keepends=True)
        lines[2] = b"\xff\xfe\n"
        path.write_bytes(b"".join(lines))
        book = open_book(tmp_path)
        assert (book.faults[0].kind, book.faults[0].number, book.lost) == ("line", 3, 1)
        assert len(book.entries) == len(lines) - 1

    def test_a_missing_day_is_found(self, tmp_path):
        for n in range(3):
            day(tmp_path, n)
        files(tmp_path)[1].unlink()
        (fault,) = [one for one in open_book(tmp_path).faults if one.kind == "order"]
        assert fault.lost > 1
        files(tmp_path)[0].unlink()
        assert open_book(tmp_path).faults[0].kind == "order"


@settings(max_examples=60)
@given(data=st.data())
def test_what_the_journal_itself_would_refuse_is_a_fault_here_and_the_other_way_round(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("one")
    path = day(folder)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    book, report = open_book(path), verify(path)
    assert bool(book.faults) == (not report.ok)
    assert len(book.entries) >= report.records


class TestExplain:
    @pytest.mark.parametrize(("answer", "end"), [("confirm", "done"), ("reject", "rejected"), ("", "expired")])
    def test_the_binding_ceiling_comes_first(self, tmp_path, answer, end):
        day(tmp_path, answer=answer)
        (life,) = open_book(tmp_path).lives
        assert life.end == end
        said = journal_explain.sentence(life, "en")
        assert life.head.level is not None
        assert said.startswith(journal_words.DID[life.head.level.eff] + ", because this could hurt somebody.")
        assert "open the gate, because both hands are up" in said
        assert ("after 2.0 s" in said) == bool(answer)

    def test_in_chinese_there_is_no_english(self, tmp_path):
        day(tmp_path)
        (life,) = open_book(tmp_path).lives
        said = journal_explain.sentence(life, "zh")
        assert "打开大门，因为双手举过了头" in said
        assert not [word for word in said.replace("tablet3", "").split() if word.isascii() and word.isalpha()]

    def test_values_and_course(self, tmp_path):
        day(tmp_path)
        (life,) = open_book(tmp_path).lives
        values = dict(journal_explain.values(life, "en"))
        assert values["How sure"] == "0.93 of 1, uncalibrated: how clear it was, not how often right"
        day(tmp_path, 1, calibrated=True)
        assert dict(journal_explain.values(open_book(tmp_path).lives[1], "en"))["How sure"] == "0.93 of 1"
        assert values["Age of what was seen"] == "0.50 s"
        assert values["Answer"].startswith("after 2.0 s of at most")
        course = journal_explain.course(life, "en")
        assert len(course) == len(life.entries)
        assert "somebody of the team (seat tablet3)" in "\n".join(course)

    @pytest.mark.parametrize(("told", "said"), [(90.0, "90"), (None, "nothing")])
    def test_what_was_read_back_after_a_restart_is_no_persons_value(self, tmp_path, told, said):
        for n in range(2):
            with Journal.open(tmp_path, wall=DAY + timedelta(days=n)) as journal:
                arbiter = begin(journal, [LAMP], 0.0)
                decide(arbiter, journal, Online("door", True, f"s{n}"), 0.0)
                if not n:
                    decide(arbiter, journal, Proposed(Proposal("lamp.level", 1.0, "x", 0.9, HANDS, 0.0)), 0.0)
                elif told is not None:
                    decide(arbiter, journal, Reported("door", "lamp", "lease", values={"level": told}), 1.0)
                decide(arbiter, journal, Tick(), 2.0 * n)
        book = open_book(tmp_path)
        (life,) = book.lives
        values = dict(journal_explain.values(life, "en"))
        assert (not book.faults, life.end, values["Value"], values["Read back from the board"]) == (
            True, "aborted", "1", said,
        )  # fmt: skip

    def test_parts_boards_and_buttons_are_called_as_people_call_them(self, tmp_path):
        names = {"gate.angle": {"zh": "大门", "en": "the gate"}, "board:tablet3": {"zh": "前台", "en": "front desk"},
                 "board:door": {"zh": "门口", "en": "at the entrance"}}  # fmt: skip
        day(tmp_path, names=names)
        day(tmp_path, 1, names={"gate.angle": {"zh": "小门", "en": "the small gate"}})  # called otherwise since
        first, second = open_book(tmp_path).lives
        said = " ".join([
            journal_explain.sentence(first, "zh"), *(value for _, value in journal_explain.values(first, "zh")),
            *journal_explain.course(first, "zh"),
        ])  # fmt: skip
        assert "大门 (gate.angle)" in said
        assert "前台" in said
        assert "门口" in said
        assert "tablet3" not in said
        assert ("Part", "the small gate (gate.angle)") in journal_explain.values(second, "en")

    def test_the_records_say_whether_they_are_sound(self, tmp_path):
        path = day(tmp_path)
        path.write_bytes(path.read_bytes().replace(b'"value":90.0', b'"value":91.0'))
        book = open_book(tmp_path)
        said = journal_explain.records(book.lives[0], book, "en")
        assert "(sound)" in said[0]
        assert "the record before it was changed" in said[2]

    def test_a_record_without_what_limited_it_is_explained_all_the_same(self, tmp_path):
        with Journal.open(tmp_path, wall=DAY) as journal:
            record = occurrence("proposed", 1.0, "agent:x")
            record.dec, record.from_ = "d-1", "draft"
            journal.append(record, 1.0)
        assert "was not recorded" in journal_explain.sentence(open_book(tmp_path).lives[0], "en")


WORDS = st.sampled_from(
    ["", "proposed", "deferred", "done", "lease", "human:owner#a", "human:guard#", "pose@x", "@", ":#"]
)
EFFECTIVE = st.builds(Effective, st.sampled_from(["A0", "A3", "A5"]), WORDS, st.just("A4"))
NUMBERS = st.none() | st.floats(-1e9, 1e9)
RECORDS = st.lists(
    st.builds(
        Record, seq=st.just(0), t=st.floats(0, 1e6), dec=st.sampled_from(["", "d-1", "x"]), res=WORDS, epoch=st.just(1),
        from_=WORDS, to=WORDS | st.just("run"), by=WORDS, saw=WORDS, level=st.none() | EFFECTIVE, p=NUMBERS,
        set=st.just(("a",)), ev=st.lists(WORDS, max_size=1).map(tuple), model=WORDS, prev=st.just(""), why=WORDS,
        value=NUMBERS, deadline=NUMBERS, hold=NUMBERS, what=st.none() | st.just({}),
        because=st.none() | st.just({"en": ""}),
        wall=st.sampled_from(["", "2026-11-23", "2026-11-23T22:00:00+00:00", "soon"]), cmd=WORDS,
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=60)
@given(records=RECORDS)
def test_whatever_a_later_version_writes_can_be_explained_exported_and_measured(tmp_path_factory, records):
    folder, chain = tmp_path_factory.mktemp("odd"), Chain()
    (folder / "2026-11-23.jsonl").write_bytes(b"".join(chain.seal(record) + b"\n" for record in records))
    book = open_book(folder)
    assert len(book.entries) == len(records)
    assert {fault.kind for fault in book.faults} <= {"step"}
    for which in ("zh", "en"):
        for life in book.lives:
            assert journal_explain.sentence(life, which)
            assert len(journal_explain.course(life, which)) == len(life.entries)
            assert journal_explain.values(life, which)
            assert len(journal_explain.records(life, book, which)) == 2 * len(life.entries)
        assert as_html(write(book, measure(book, {}), which)).endswith("</html>\n")
    assert journal_export.as_jsonl(book).count(b"\n") == len(records)
    assert journal_export.as_csv(book)


class TestExport:
    def test_no_seat_is_left(self, tmp_path):
        day(tmp_path, also=[StopAll("human:visitor#phone9")])
        book = open_book(tmp_path)
        for content in (journal_export.as_csv(book), journal_export.as_jsonl(book)):
            assert b"tablet3" not in content
            assert b"phone9" not in content
            assert b"human:owner" in content

    def test_a_table_that_excel_reads(self, tmp_path):
        day(tmp_path)
        book = open_book(tmp_path)
        content = journal_export.as_csv(book)
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        assert len(rows) == len(book.entries)
        assert rows[1]["what_zh"] == "打开大门"
        assert rows[1]["bound_by"] == "hazard"

    def test_a_text_is_never_a_formula(self):
        assert journal_export._cell('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
        assert journal_export._cell(-1.5) == -1.5

    def test_every_line_is_an_object_with_its_time(self, tmp_path):
        day(tmp_path)
        rows = [json.loads(line) for line in journal_export.as_jsonl(open_book(tmp_path)).splitlines()]
        assert rows[0]["time"].startswith("2026-11-20T")
        assert "prev" not in rows[0]


class TestErase:
    def test_the_chain_can_be_followed_from_what_is_left(self, tmp_path):
        for n in range(4):
            day(tmp_path, n)
            life = open_book(tmp_path).lives[-1]
            add_label(tmp_path, life, right=True)
        before = open_book(tmp_path)
        gone = journal_keep.erase(tmp_path, before=date(2026, 11, 22))
        after = open_book(tmp_path)
        assert (gone.days, len(after.files)) == (2, 2)
        assert not after.faults
        assert after.erased == msgspec.structs.replace(after.erased, records=gone.records, days=2)
        assert after.entries == before.entries[gone.records :]
        assert {key[0] for key in read_labels(tmp_path)} == {"d-3", "d-4"}
        day(tmp_path, 4)
        assert [life.id for life in open_book(tmp_path).lives] == ["d-3", "d-4", "d-5"]
        journal_keep.erase(tmp_path, before=date(2027, 1, 1))
        last = open_book(tmp_path)
        assert (len(last.files), last.erased.days) == (1, 4)
        assert not last.faults

    def test_a_file_that_goes_by_other_hands_is_found(self, tmp_path):
        for n in range(3):
            day(tmp_path, n)
        journal_keep.erase(tmp_path, before=date(2026, 11, 21))
        files(tmp_path)[0].unlink()
        assert [fault.kind for fault in open_book(tmp_path).faults] == ["order"]

    def test_a_stop_survives(self, tmp_path):
        day(tmp_path, 0, also=[StopAll("human:owner#a")])
        with Journal.open(tmp_path, wall=DAY + timedelta(days=1)) as journal:
            begin(journal, [GATE, LAMP], 0.0)
        journal_keep.erase(tmp_path, before=date(2027, 1, 1))
        assert open_book(tmp_path).past.stopped == {"gate.angle", "lamp.level"}

    def test_by_size_the_oldest_days_go(self, tmp_path):
        for n in range(4):
            day(tmp_path, n)
        size = sum(path.stat().st_size for path in files(tmp_path))
        journal_keep.erase(tmp_path, at_most=size - 1)
        assert len(files(tmp_path)) == 3
        journal_keep.erase(tmp_path, at_most=0)
        assert len(files(tmp_path)) == 1

    def test_not_while_a_run_writes(self, tmp_path):
        day(tmp_path, 0)
        with Journal.open(tmp_path, wall=DAY + timedelta(days=1)), pytest.raises(JournalError, match="already writes"):
            journal_keep.erase(tmp_path, before=date(2027, 1, 1))


def test_labels_the_last_one_counts_and_a_broken_line_is_named(tmp_path):
    day(tmp_path)
    (life,) = open_book(tmp_path).lives
    add_label(tmp_path, life, right=True, alone=False)
    add_label(tmp_path, life, right=False)
    (label,) = read_labels(tmp_path).values()
    assert (label.right, label.alone) == (False, False)
    (tmp_path / "labels.jsonl").write_bytes(b'{"dec":"\xff"}\n')
    with pytest.raises(JournalError, match="line 1"):
        read_labels(tmp_path)
