"""What is taught in a run when something goes wrong: what sees and what is in force stay the same version."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest
from gongzhi import paths, project
from gongzhi.arbiter.events import Answered, Measured, Schooled
from gongzhi.arbiter.record import Record
from gongzhi.arbiter.teach import in_force
from gongzhi.errors import DataError
from gongzhi.page import messages
from gongzhi.runtime import lessons, teaching
from gongzhi.runtime.face import Face
from gongzhi.runtime.pupil import Pupil
from gongzhi.runtime.stats import Stats
from gongzhi.runtime.teaching import Teaching
from gongzhi.stages.resolve import Arbiter, resolve
from gongzhi.values import Answer, Proposal

TEACHER = "human:teacher#1"
SAMPLE = "0123456789abcdef"


class Room:
    """A classroom of which a test says what its disk does."""

    name, model, source, data = "moves", None, SimpleNamespace(names={}), None

    def __init__(self):
        self.installs, self.hold, self.fault = [], threading.Event(), None
        self.begun = threading.Event()
        self.hold.set()

    def installed(self, version, samples, *, back):
        self.installs.append(f"begin {version}")
        self.begun.set()
        self.hold.wait(20)
        if self.fault:
            raise self.fault
        self.installs.append(f"end {version}")

    def schooled(self):
        raise DataError("the disk is away")


@pytest.fixture
def taught(monkeypatch):
    hub = SimpleNamespace(post=lambda *_: None)
    arbiter = Arbiter([])
    faults, sees, records, t = [], [], [], [0.0]

    def happen(event):
        t[0] += 1
        for effect in resolve(arbiter, event, t[0]):
            made.carry(effect)
            if isinstance(effect, Record):
                records.append(effect)

    made = Teaching(
        arbiter,
        Face(project.load(paths.share("examples") / "01_hands_up_gate"), hub, Stats()),
        happen,
        lambda *_: None,
        faults.append,
    )
    made.lessons.see = SimpleNamespace(swap=lambda _name, one: sees.append(one.version), call=lambda *_: None)
    made.lessons.refresh = lambda _pupil: asyncio.sleep(0)
    made.lessons.post = lambda _pupil: None
    monkeypatch.setattr(lessons, "stamp_of", lambda _room: None)
    monkeypatch.setattr(lessons, "learner", lambda _name, _source, version: SimpleNamespace(version=version, names={}))
    return SimpleNamespace(teaching=made, arbiter=arbiter, happen=happen, faults=faults, sees=sees, records=records)


def say(taught, verb, sample=""):
    taught.happen(Answered(Answer(verb, TEACHER, model="moves", sample=sample)))


def entered(taught):
    room = Room()
    taught.teaching._pupils["moves"] = Pupil(room, None)
    taught.happen(Schooled("moves", "v1", (), {SAMPLE: TEACHER}))
    taught.happen(Measured("moves", "v2", "v1", (SAMPLE,), True))
    return room


async def over(taught):
    while taught.teaching.lessons.tasks:
        await asyncio.wait(taught.teaching.lessons.tasks)


def test_a_lesson_that_cannot_be_put_in_force_leaves_what_sees_in_force(taught):
    async def run():
        room = entered(taught)
        room.fault = DataError("full")
        say(taught, "promote", "v2")
        assert taught.arbiter.schools["moves"].version == "v2"
        await over(taught)
        assert taught.arbiter.schools["moves"].version == "v1", "else nothing that is seen would ever be asked again"
        assert not taught.teaching._pupils["moves"].installing
        assert (taught.sees, taught.faults) == ([], [])

    asyncio.run(run())


def test_a_no_to_what_is_being_put_in_force_comes_after_it(taught):
    async def run():
        room = entered(taught)
        room.hold.clear()
        say(taught, "promote", "v2")
        assert await asyncio.to_thread(room.begun.wait, 20)
        say(taught, "rollback")
        for _ in range(5):
            await asyncio.sleep(0)
        room.hold.set()
        await over(taught)
        assert room.installs == ["begin v2", "end v2", "begin v1", "end v1"]
        assert taught.sees == ["v2", "v1"]
        assert taught.arbiter.schools["moves"].version == "v1"

    asyncio.run(run())


def test_what_nobody_expected_is_not_swallowed(taught):
    async def run():
        entered(taught).fault = RuntimeError("a defect")
        say(taught, "promote", "v2")
        await over(taught)
        await asyncio.sleep(0)
        assert [str(one) for one in taught.faults] == ["a defect"]

    asyncio.run(run())


def judged(arbiter, model):
    return in_force(arbiter, Proposal("lamp.level", 1.0, "wave", 0.9, {"en": "why"}, 0.0, model=model))


def test_a_model_that_can_be_taught_no_longer_goes_on_deciding(taught):
    async def run():
        taught.happen(Schooled("moves", "v1"))  # as the journal of an earlier run says
        assert not judged(taught.arbiter, "moves")
        await taught.teaching.begin(taught.teaching.lessons.see)
        assert judged(taught.arbiter, "moves")

    asyncio.run(run())


def test_a_model_of_the_studio_is_in_force_as_soon_as_it_sees(taught):
    async def run():
        entered(taught)
        one = SimpleNamespace(version="trained", names={"wave": "wave"})
        await taught.teaching.put_to_use("moves", lambda: (one, "trained"), TEACHER, False)
        assert taught.sees == ["trained"]
        assert judged(taught.arbiter, "moves@trained")
        assert not judged(taught.arbiter, "moves@v1")
        assert taught.arbiter.schools["moves"].waiting == {SAMPLE: TEACHER}
        # A model that nobody teaches: seen, in force and recorded, too.
        await taught.teaching.put_to_use("other", lambda: (one, "x"), TEACHER, False)
        assert judged(taught.arbiter, "other@x")
        used = [record for record in taught.records if record.why == "used"]
        assert [(record.model, record.by) for record in used] == [("moves@trained", TEACHER), ("other@x", TEACHER)]

    asyncio.run(run())


def test_a_model_that_cannot_be_put_to_use_changes_nothing(taught):
    async def run():
        entered(taught)

        def broken():
            raise DataError("full")

        with pytest.raises(DataError, match="full"):
            await taught.teaching.put_to_use("moves", broken, TEACHER, False)
        assert taught.sees == []
        assert judged(taught.arbiter, "moves@v1")
        assert not taught.teaching._pupils["moves"].installing

    asyncio.run(run())


def test_what_the_studio_records_for_a_model_that_judges_by_recordings_goes_to_quarantine(taught, monkeypatch):
    async def run():
        room = entered(taught)
        kept = []
        room.quarantine = SimpleNamespace(add=lambda made, note: kept.append(note))
        made = SimpleNamespace(head=SimpleNamespace(label="wave"))
        monkeypatch.setattr(teaching, "sample_of", lambda _made: "f" * 16)
        assert taught.teaching.offer(made, "human:owner#o1", "moves")
        await over(taught)
        assert [(note.label, note.seat) for note in kept] == [("wave", "human:owner#o1")]
        assert not taught.teaching.offer(made, "human:owner#o1", "moves"), "the same again"

    asyncio.run(run())


@pytest.mark.parametrize(
    "said", [messages.Measure("moves"), messages.Golden("moves"), messages.Agreed("moves", "p01", "self")],
)  # fmt: skip
def test_among_visitors_nobody_sets_anything_up_to_teach(taught, monkeypatch, said):
    async def run():
        entered(taught)
        taught.arbiter.exhibition = True
        posted = []
        monkeypatch.setattr(taught.teaching._face, "post", posted.append)
        taught.teaching.on_page(said, "human:owner#o1")
        assert not taught.teaching.lessons.tasks
        assert [(one["seat"], one["code"]) for one in posted] == [("human:owner#o1", "exhibition")]

    asyncio.run(run())
