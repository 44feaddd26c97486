"""A journal that is bounded while it runs: further parts, the oldest go, the chain holds and says what went."""

import gc
import math
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from gongzhi.arbiter.events import Acked, EvidenceGone, Online, Proposed, StopAll
from gongzhi.arbiter.recorded import begin, decide
from gongzhi.bench.resolve import RESOURCE
from gongzhi.journal import Journal, Keep
from gongzhi.journal.book import open_book
from gongzhi.stages.resolve import Answered, Send
from gongzhi.values import Answer, Proposal

WALL = datetime(2026, 11, 23, 8, tzinfo=UTC)
LABEL = {"zh": "开灯", "en": "light"}


class Day:
    """A run that decides once every ten seconds of its own clock."""

    def __init__(self, folder, keep, wall=WALL, *, exhibition=True, more=()):
        self.folder, self.now = folder, 0.0
        self.journal = Journal.open(folder, wall=wall)
        self.journal.keep = keep
        self.arbiter = begin(
            self.journal, [RESOURCE, *more], self.now, exhibition=exhibition, names={"lamp.level": LABEL}
        )
        self.do(Online("door", True, "s1"))

    def do(self, event):
        effects = decide(self.arbiter, self.journal, event, self.now)
        for one in effects:
            if isinstance(one, Send):
                decide(self.arbiter, self.journal, Acked(one.command.id, True, "", "door"), self.now)
        return effects

    def go(self, seconds):
        for _ in range(seconds // 10):
            self.now += 10.0
            trigger = f"pose{int(self.now) % 7}"
            self.do(Proposed(Proposal("lamp.level", 1.0, trigger, 0.9, LABEL, self.now, what=LABEL)))
            self.do(EvidenceGone(trigger))

    @property
    def bytes(self):
        return sum(file.stat().st_size for file in self.folder.glob("*.jsonl"))


def objects(day):
    """How much the arbiter remembers, in things."""
    a = day.arbiter
    desks = sum(len(desk.asked) + len(desk.sure) + len(desk.changes) for desk in a.desks.values())
    return len(a.cases) + len(a.sent) + len(a.asks) + len(a.stopping) + len(a.counts) + desks


def test_eight_hours_stay_within_their_bounds(tmp_path):
    keep = Keep(100_000)
    day = Day(tmp_path, keep)
    day.go(3600)
    gc.collect()
    early = objects(day), len(gc.get_objects())
    for _ in range(7):
        day.go(3600)
        assert day.bytes <= keep.size + 2000, "at each hour, not only at the end"
    gc.collect()
    assert objects(day) <= early[0] + 8
    assert len(gc.get_objects()) <= early[1] + 2000, "the process holds no more than after an hour"
    assert len(list(tmp_path.iterdir())) <= 8 + 3, "an eighth each, a lock and a note"
    assert day.arbiter.next > 8 * 3600 / 10 - 100
    day.journal.close()
    book = open_book(tmp_path)
    assert book.faults == []
    assert book.erased is not None
    trimmed = [one.record for one in book.entries if one.record.to == "trim"]
    assert trimmed
    assert book.erased.records + len(book.entries) == day.journal.chain.seq, "nothing else is missing"


def test_what_stands_outlives_the_parts_that_are_gone(tmp_path):
    day = Day(tmp_path, Keep(60_000), exhibition=False)
    day.do(Answered(Answer("dial", "human:operator#page", resource="lamp.level", level="A2")))
    day.do(StopAll("human:teacher#all", "all-1"))
    day.go(20_000)  # only noted: it is stopped
    assert len(list(tmp_path.glob("*_*.jsonl"))) > 3
    epoch = day.arbiter.desks["lamp.level"].epoch
    number = day.arbiter.next
    book = open_book(tmp_path)
    assert not any(one.record.to in ("stop", "names") for one in book.entries), "those records have gone"
    assert book.lives[-1].names == {"lamp.level": LABEL}
    day.journal.close()
    again = Day(tmp_path, None)
    desk = again.arbiter.desks["lamp.level"]
    assert (desk.stopped, desk.room, desk.asked_level) == (True, True, "A2")
    assert desk.epoch > epoch
    assert again.arbiter.heeded == "all-1"
    assert again.arbiter.next >= number
    again.journal.close()


def test_who_holds_what_moves_holds_it_in_the_next_part_too(tmp_path):
    gate = replace(RESOURCE, id="gate.level", channel="gate", hazard="H2")
    day = Day(tmp_path, Keep(20_000), exhibition=False, more=[gate])
    day.do(Answered(Answer("override", "human:owner#a", resource="gate.level", value=1.0)))
    day.go(3000)  # the hand has long let go; nobody has given it back
    assert not any(one.record.to == "override" for one in open_book(tmp_path).entries), "that record has gone"
    day.journal.close()
    again = Day(tmp_path, None, more=[gate])
    lease = again.arbiter.desks["gate.level"].lease
    assert lease is not None
    assert (lease.seat, lease.until) == ("human:owner#a", math.inf)
    again.journal.close()


def test_a_decision_that_is_under_way_goes_on_in_the_next_part(tmp_path):
    day = Day(tmp_path, Keep(40_000), exhibition=False)
    day.go(4000)
    day.journal.close()
    book = open_book(tmp_path)
    assert book.faults == []
    assert len(book.files) > 1
    day = Day(tmp_path, Keep(40_000), exhibition=False)
    assert not day.journal.past.illegal
    day.journal.close()


def test_days_that_are_too_old_go(tmp_path):
    Day(tmp_path, None, datetime(2026, 11, 1, tzinfo=UTC)).journal.close()
    Day(tmp_path, None, datetime(2026, 11, 20, tzinfo=UTC)).journal.close()
    day = Day(tmp_path, Keep(400_000, days=7))
    day.go(1500)
    day.journal.close()
    assert min(file.stem[:10] for file in tmp_path.glob("*.jsonl")) == date(2026, 11, 20).isoformat()
    assert open_book(tmp_path).faults == []


def test_a_disk_without_room_for_another_part_writes_on(tmp_path, monkeypatch):
    day = Day(tmp_path, Keep(40_000))

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(day.journal, "_opener", full)
    day.go(2000)
    assert day.journal.writable
    day.journal.close()
    assert len(open_book(tmp_path).files) == 1


@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_a_part_is_an_eighth(size):
    assert Keep(size).part == size // 8
