"""The journal survives power cuts, full disks and second processes, and any change in it is found."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from gongzhi.arbiter.record import GENESIS, Chain, Past, Record, encode, occurrence, replay, seal_of
from gongzhi.arbiter.recorded import begin, decide
from gongzhi.errors import JournalError
from gongzhi.journal import Journal, read, verify
from gongzhi.journal.files import set_aside
from gongzhi.stages.resolve import (
    Acked,
    Answered,
    Arbiter,
    Changed,
    Online,
    Proposed,
    Reported,
    Resumed,
    Send,
    StopAll,
    Tick,
)
from gongzhi.values import Answer, Effective, Proposal, Resource, canonical
from hypothesis import given
from hypothesis import strategies as st

DAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
GATE = Resource("gate.angle", "door", "gate", "angle", "servo", 0, 180, 0, "°", "H2", "A2", {"en": "gate"})
LAMP = Resource("lamp.level", "door", "lamp", "level", "led", 0, 1, 0, "", "H1", "A4", {"en": "lamp"})


def opened(folder, **more):
    return Journal.open(folder, wall=more.pop("wall", DAY), **more)


def lines(path):
    return path.read_bytes().splitlines()


def run_of(journal, arbiter, *, to=3):
    """`to` whole lives of the lamp, one second each."""
    decide(arbiter, journal, Online("door", True, "s"), 0.0)
    for n in range(to):
        decide(arbiter, journal, Proposed(Proposal("lamp.level", n / 100, "x", 0.9, {"en": "x"}, float(n))), float(n))
        decide(arbiter, journal, Acked(list(arbiter.sent)[-1], True), n + 0.1)


def of_human(zh, value=1.0, t=1.0, **more):
    return occurrence("note", t, zh, value=value, **more)


class TestForm:
    def test_the_fields_of_the_specification_are_always_there(self, tmp_path):
        with opened(tmp_path) as journal:
            run_of(journal, Arbiter([LAMP]))
        for line in lines(journal.path):
            assert set(msgspec.json.decode(line)) >= {
                "seq", "t", "dec", "res", "epoch", "from", "to", "by", "saw", "level", "p", "set", "ev", "model",
                "prev",
            }  # fmt: skip

    def test_the_first_record_of_a_decision_carries_its_card(self, tmp_path):
        with opened(tmp_path) as journal:
            run_of(journal, Arbiter([LAMP]), to=1)
        card = next(r for _, r in read(journal.path) if r.from_ == "draft")
        assert (card.value, card.because, card.trigger, card.agent, card.deadline, card.hold) == (
            0.0, {"en": "x"}, "x", "agent:pose", 8.0, 5.0,
        )  # fmt: skip

    @given(
        st.builds(
            of_human,
            st.text(max_size=8),
            st.floats(allow_nan=False, allow_infinity=False),
            st.floats(0, 1e9),
            level=st.none() | st.builds(Effective, st.just("A2"), st.text(max_size=3), st.just("A4")),
            epochs=st.none() | st.dictionaries(st.text(max_size=3), st.integers(0, 1 << 30), max_size=3),
            because=st.none() | st.dictionaries(st.sampled_from(["zh", "en"]), st.text(max_size=9)),
            deadline=st.none() | st.floats(0, 600),
            why=st.text(max_size=3),
        )
    )
    def test_the_quick_encoder_writes_canonical_json(self, record):
        try:
            expected = canonical(msgspec.to_builtins(record))
        except UnicodeEncodeError:  # a lone surrogate is no text; msgspec refuses it as well
            with pytest.raises(UnicodeEncodeError):
                encode(record)
            return
        assert encode(record) == expected

    @given(
        st.lists(st.sampled_from([1e-7, 1e-5, 9.9e-5, 1e-4, 0.1 + 0.2, 1e15, 1e16, 1e22, -1e-9, 0.0, -0.0]), min_size=2)
    )
    def test_canonical_at_the_ends_of_the_range_of_floats(self, values):
        for value in values:
            record = of_human("x", value)
            assert encode(record) == canonical(msgspec.to_builtins(record))

    def test_no_record_of_a_life_is_longer_than_it_must_be(self, tmp_path):
        with opened(tmp_path) as journal:
            arbiter = Arbiter([GATE, LAMP], nonce=journal.nonce)
            decide(arbiter, journal, Online("door", True, "s"), 0.0)
            words = {"zh": "因为双手举过头顶", "en": "both hands are up"}
            for n in range(5):
                t = 20.0 * n
                decide(arbiter, journal, Proposed(Proposal("gate.angle", 90.0 + n, "hands_up", 0.93, words, t)), t)
                d = arbiter.question()
                decide(arbiter, journal, Answered(Answer("confirm", "human:owner#door", d.id, d.digest)), t + 1)
                decide(arbiter, journal, Acked(list(arbiter.sent)[-1], True), t + 2)
        sizes = [len(line) + 1 for line in lines(journal.path)]
        assert sum(sizes) / len(sizes) <= 400

    def test_no_name_and_no_picture_can_get_in(self):
        # Every field is a number, a code or a seat; the only free texts are the project's own words.
        texts = {f.name for f in msgspec.structs.fields(Record) if f.type in (str, "str")}
        assert texts == {
            "dec", "res", "from_", "to", "by", "saw", "model", "prev", "why", "cmd", "trigger", "agent", "digest",
            "wall", "of",
        }  # fmt: skip


class TestChain:
    def test_a_journal_goes_on_where_it_ended(self, tmp_path):
        with opened(tmp_path) as journal:
            run_of(journal, Arbiter([LAMP]))
        with opened(tmp_path) as second:
            assert second.path == journal.path
            assert second.past.next == 4
            run_of(second, begin(second, [LAMP], 0.0), to=1)
        assert second.nonce != journal.nonce
        report = verify(second.path)
        assert (report.ok, report.begins) == (True, GENESIS)
        assert sorted(report.past.states) == ["d-1", "d-2", "d-3", "d-4"]

    def test_the_chain_goes_on_from_day_to_day(self, tmp_path):
        with opened(tmp_path) as monday:
            arbiter = Arbiter([LAMP])
            run_of(monday, arbiter)
            decide(arbiter, monday, StopAll("human:visitor#1"), 3.0)
        with opened(tmp_path, wall=DAY.replace(day=24)) as tuesday:
            assert tuesday.past.next == 4
        first, second = verify(monday.path), verify(tuesday.path)
        assert (second.begins, second.path.name) == (first.seal, "2026-11-24.jsonl")
        assert second.past.epochs == first.past.epochs
        assert second.past.stopped == {"lamp.level"}
        with opened(tmp_path, wall=DAY.replace(day=25)) as wednesday:
            assert (wednesday.past.next, wednesday.past.stopped) == (4, {"lamp.level"})

    def test_what_was_open_yesterday_is_closed_in_todays_file(self, tmp_path):
        with opened(tmp_path) as monday:
            arbiter = Arbiter([LAMP])
            decide(arbiter, monday, Online("door", True), 0.0)
            decide(arbiter, monday, Proposed(Proposal("lamp.level", 1.0, "x", 0.9, {}, 0.0)), 0.0)
        with opened(tmp_path, wall=DAY.replace(day=24)) as tuesday:
            again = Arbiter([LAMP])
            decide(again, tuesday, Resumed(tuesday.past), 0.0)
            decide(again, tuesday, Online("door", True), 1.0)
            decide(again, tuesday, Reported("door", "lamp", "boot", values={"level": 0.0}), 1.0)
        report = verify(tuesday.path)
        assert (report.ok, report.past.states) == (True, {"d-1": "aborted"})

    def test_a_clock_that_went_back_a_day_does_not_break_the_chain(self, tmp_path):
        with opened(tmp_path, wall=DAY.replace(day=24)) as first:
            pass
        with opened(tmp_path) as second:
            assert second.path == first.path

    @pytest.mark.parametrize("change", ["value", "drop", "swap", "spaces", "forge", "step", "half"])
    def test_every_change_is_found(self, tmp_path, change):
        with opened(tmp_path) as journal:
            run_of(journal, Arbiter([LAMP]))
        path, good = journal.path, lines(journal.path)
        bad = list(good)
        match change:
            case "value":
                bad[2] = bad[2].replace(b'"by":"dial"', b'"by":"agent"') if b"dial" in bad[2] else bad[2][:-1] + b" }"
            case "drop":
                del bad[3]
            case "swap":
                bad[2], bad[3] = bad[3], bad[2]
            case "spaces":
                bad[2] = bad[2].replace(b":", b": ", 1)
            case "forge":
                record = Record(**{**_fields(good[-1]), "epoch": 77})
                record.seq = 999
                bad[-1] = encode(record)
            case "step":
                record = Record(**{**_fields(good[-1]), "from_": "expired"})
                bad[-1] = encode(record)
            case "half":
                bad[-1] = bad[-1][:-5]
        path.write_bytes(b"\n".join(bad) + (b"" if change == "half" else b"\n"))
        assert verify(path.with_name(path.name)).ok is False

    @given(st.binary(max_size=200))
    def test_no_content_makes_verify_raise(self, content):
        path = Path(os.environ["GONGZHI_DATA"])
        path.mkdir(parents=True, exist_ok=True)
        (path / "x.jsonl").write_bytes(content)
        assert verify(path / "x.jsonl").ok is (content == b"")

    def test_a_damaged_journal_is_refused_with_the_line(self, tmp_path):
        with opened(tmp_path) as journal:
            run_of(journal, Arbiter([LAMP]))
        bad = lines(journal.path)
        bad[2] = b"{}"
        journal.path.write_bytes(b"\n".join(bad) + b"\n")
        with pytest.raises(JournalError) as error:
            opened(tmp_path)
        assert "line 3" in error.value.text("en")
        assert "第 3 行" in error.value.text("zh")
        opened(tmp_path / "other").close()  # the refused folder is not held

    def test_replay_gives_the_same_ends_bit_for_bit(self, tmp_path):
        with opened(tmp_path) as journal:
            run_of(journal, Arbiter([LAMP]))
        records = [record for _, record in read(journal.path)]
        assert replay(records) == replay(records) == verify(journal.path).past
        chain = Chain()
        assert [chain.seal(record) for record in records] == lines(journal.path)

    def test_an_illegal_step_is_named(self):
        past = Past()
        past.add(occurrence("run", 0.0, "runtime"))
        for to in ("proposed", "done"):
            record = occurrence(to, 0.0, "x")
            record.dec, record.from_ = "d-1", "draft" if to == "proposed" else "proposed"
            past.add(record)
        assert past.illegal == ["0: d-1 is proposed, record says proposed to done"]


def _fields(line):
    return msgspec.structs.asdict(msgspec.json.decode(line, type=Record))


class TestPowerCut:
    def test_a_cut_at_any_byte_loses_at_most_the_last_record(self, tmp_path):
        with opened(tmp_path / "whole") as journal:
            run_of(journal, Arbiter([LAMP]), to=2)
        whole = journal.path.read_bytes()
        folder = tmp_path / "cut"
        folder.mkdir()
        path = folder / journal.path.name
        begin_of_last = whole.rstrip(b"\n").rfind(b"\n") + 1
        for cut in range(whole.rfind(b"\n", 0, begin_of_last - 1) + 1, len(whole) + 1):
            path.write_bytes(whole[:cut])
            torn = set_aside(path)
            kept = path.read_bytes()
            assert whole.startswith(kept)
            assert kept.count(b"\n") == whole[:cut].count(b"\n")
            assert (torn is None) == whole[:cut].endswith(b"\n")
            assert verify(path).fault == ""
            if torn:
                assert kept + torn.read_bytes() == whole[:cut]
                torn.unlink()

    def test_it_says_so_and_goes_on(self, tmp_path):
        with opened(tmp_path) as journal:
            run_of(journal, Arbiter([LAMP]))
        with journal.path.open("r+b") as file:
            file.truncate(journal.path.stat().st_size - 7)
        with opened(tmp_path) as second:
            assert second.torn is not None
            assert second.torn.exists()
        records = [record for _, record in read(second.path)]
        assert [(r.to, r.why) for r in records[-2:]] == [("torn", second.torn.name), ("run", "")]
        assert verify(second.path).ok

    def test_a_first_line_that_was_never_finished(self, tmp_path):
        (tmp_path / "2026-11-23.jsonl").write_bytes(b'{"by":"run')
        with opened(tmp_path) as journal:
            assert journal.torn
        assert verify(journal.path).ok


class Disk:
    """A file with room for so many bytes, as an opener for Journal: writes take what fits, as a full disk does."""

    def __init__(self, monkeypatch, room):
        self.room, self._write = room, os.write
        monkeypatch.setattr("gongzhi.journal.journal.os.write", self.write)

    def write(self, fd, data):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(fd, data[: self.room])
        self.room -= written
        return written


class TestFullDisk:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
    def test_dev_full(self, tmp_path):
        journal = opened(tmp_path, opener=lambda _path: os.open("/dev/full", os.O_WRONLY))
        assert not journal.writable
        assert "space" in journal.fault.lower()
        assert journal.retry(100.0) is False
        journal.close()

    def test_the_run_goes_on_and_the_records_come_later(self, tmp_path, monkeypatch):
        changes = []
        journal = opened(tmp_path)
        journal.on_change = changes.append
        arbiter = Arbiter([GATE, LAMP], nonce=journal.nonce)
        disk = Disk(monkeypatch, 500)
        run_of(journal, arbiter, to=2)
        assert (journal.writable, changes, arbiter.recorded) == (False, [False], False)
        assert verify(journal.path).ok  # no half line, whatever fitted
        disk.room = 1 << 20
        decide(arbiter, journal, Tick(), 10.0)
        assert (journal.writable, changes, arbiter.recorded) == (True, [False, True], True)
        journal.close()
        report = verify(journal.path)
        assert report.ok
        assert report.past.states == {f"d-{n}": arbiter.decision(f"d-{n}").state for n in (1, 2)}

    def test_what_moves_is_not_ordered_without_its_record(self, tmp_path, monkeypatch):
        journal = opened(tmp_path)
        arbiter = Arbiter([GATE, LAMP], nonce=journal.nonce)
        decide(arbiter, journal, Online("door", True), 0.0)
        decide(arbiter, journal, Proposed(Proposal("gate.angle", 90.0, "x", 0.9, {}, 0.0)), 0.0)
        Disk(monkeypatch, 0)
        d = arbiter.question()
        effects = decide(arbiter, journal, Answered(Answer("confirm", "human:owner#1", d.id, d.digest)), 1.0)
        assert [one.command.op for one in effects if isinstance(one, Send)] == ["rest"]
        assert [one.decision.state for one in effects if isinstance(one, Changed)][-1] == "aborted"
        assert arbiter.decision(d.id).reason == "journal"
        effects = decide(arbiter, journal, Proposed(Proposal("lamp.level", 1.0, "x", 0.9, {}, 1.0)), 1.0)
        assert [one.command.op for one in effects if isinstance(one, Send)] == ["led.set"]
        effects = decide(arbiter, journal, StopAll("human:visitor#1"), 1.5)
        assert [one.command.op for one in effects if isinstance(one, Send)] == ["stop"]
        journal.close()

    def test_it_tries_once_a_second(self, tmp_path, monkeypatch):
        journal = opened(tmp_path)
        disk = Disk(monkeypatch, 0)
        journal.append(of_human("x"), 10.0)
        disk.room = 1 << 20
        assert journal.retry(10.9) is False
        assert journal.retry(11.0) is True
        journal.close()

    def test_memory_is_bounded_and_the_gap_is_said(self, tmp_path, monkeypatch):
        monkeypatch.setattr("gongzhi.journal.journal.KEPT", 10)
        journal = opened(tmp_path)
        disk = Disk(monkeypatch, 0)
        for n in range(25):
            assert journal.append(of_human("x", float(n)), 0.0) is False
        disk.room = 700  # enough for some of them only
        assert journal.retry(2.0) is False
        disk.room = 1 << 20
        assert journal.retry(4.0) is True
        journal.close()
        records = [record for _, record in read(journal.path)]
        assert [(r.to, r.lost) for r in records if r.to == "gap"] == [("gap", 15)]
        assert [r.value for r in records if r.to == "note"] == [float(n) for n in range(15, 25)]
        assert verify(journal.path).ok

    def test_a_card_that_fails_in_its_sleep_is_noticed(self, tmp_path):
        journal = opened(tmp_path)
        journal._syncer.fault = OSError(errno.EIO, "Input/output error")
        assert journal.retry(1.0) is False
        assert "Input/output" in journal.fault
        journal.close()

    def test_a_folder_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(JournalError):
            opened(tmp_path / "file" / "journal")


class TestLock:
    def test_a_second_one_in_the_same_folder_is_told_who_has_it(self, tmp_path):
        with opened(tmp_path):
            with pytest.raises(JournalError) as error:
                opened(tmp_path)
            assert str(os.getpid()) in error.value.text("en")
        opened(tmp_path).close()

    def test_a_process_that_was_killed_lets_go(self, tmp_path):
        code = (
            "import os, pathlib, sys, time\n"
            "from gongzhi.journal import Journal\n"
            "j = Journal.open(pathlib.Path(sys.argv[1]))\n"
            "print('open', flush=True)\n"
            "sys.stdin.read()\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "open\n"
        with pytest.raises(JournalError) as error:
            opened(tmp_path)
        assert str(child.pid) in error.value.text("zh")
        child.kill()
        child.communicate()
        opened(tmp_path).close()

    def test_closing_twice_is_no_error(self, tmp_path):
        journal = opened(tmp_path)
        journal.close()
        journal.close()


def test_seals_are_the_specifications_digest():
    line = encode(of_human("x"))
    assert seal_of(line) == "sha:" + __import__("hashlib").sha256(line).hexdigest()[:16]


def test_the_disk_has_everything_when_it_is_closed(tmp_path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr("gongzhi.journal.files.os.fsync", lambda fd: (synced.append(os.fstat(fd).st_size), real(fd)))
    for n in range(20):
        with opened(tmp_path / str(n)) as journal:
            for _ in range(5):
                journal.append(of_human("x"), 0.0)
        assert synced[-1] == journal.path.stat().st_size
