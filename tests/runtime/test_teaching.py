"""What is taught in a run when something goes wrong: what sees and what is in force stay the same version."""

from __future__ import annotations

import asyncio
import shutil
import threading
from types import SimpleNamespace

import pytest
from gongzhi import paths, project
from gongzhi.actions import feelers_of, learner
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
from gongzhi.samples import Sample
from gongzhi.stages.resolve import Arbiter, resolve
from gongzhi.teach.quarantine import Quarantine
from gongzhi.teach.versions import Versions
from gongzhi.values import Answer, Proposal

from tests.learn.sensors import recording

TEACHER = "human:teacher#1"
SAMPLE = "0123456789abcdef"


class Room:
    """A classroom of which a test says what its disk does."""

    name, model, source, data = "moves", None, SimpleNamespace(names={}, sensor=""), None
    pack = None

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
    made.lessons.see = SimpleNamespace(
        hands=False, swap=lambda _name, one: sees.append(one.version), call=lambda *_: None
    )
    made.lessons.refresh = lambda _pupil: asyncio.sleep(0)
    made.lessons.post = lambda _pupil: None
    monkeypatch.setattr(lessons, "stamp_of", lambda _room: None)
    monkeypatch.setattr(
        lessons, "learner", lambda _name, _source, version, **_: SimpleNamespace(version=version, names={})
    )
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


def test_what_a_sensor_feels_is_taught_promoted_and_taken_back(taught, tmp_path):
    folder = shutil.copytree(paths.share("examples") / "05_imu_step_counter", tmp_path / "project")
    manifest, model = project.load(folder), folder / "data" / "model.tflite"
    before = model.read_bytes()
    made = taught.teaching
    made._face.manifest = manifest
    made.lessons.feel = feel = feelers_of(manifest.seen)

    def judges():
        return {action.model for action in feel("imu", recording("walk", 41).frames()[:60])}

    async def run():
        await made.begin(made.lessons.see)
        old = taught.arbiter.schools["moves"].version
        assert judges() == {f"moves@{old}"}
        feel.forget("imu")
        for at, sample in enumerate(recording("hop", 41).frames()):
            made.felt("imu", [Sample(100 + sample.t, sample.values)], at > 30)
            made.felt("ring", [sample], sim=True)
        made.teach("hop", "", "p77", TEACHER)
        assert taught.records[-1].why == "consent", "somebody real is among what was felt, and nobody agreed"
        for sample in recording("hop", 41).frames():  # the board was away for a while: what was before is forgotten
            made.felt("imu", [Sample(200 + sample.t, sample.values)], sim=True)
        made.teach("hop", "", "", TEACHER)
        await over(taught)
        (note,) = Quarantine(model.parent).notes()
        kept = Quarantine(model.parent).recording(note)
        assert (kept.head.label, kept.head.person, kept.head.channels) == ("hop", "drawn", ["x", "y", "z"])
        assert kept.seconds == pytest.approx(2.25, abs=0.1)

        lesson = model.parent / "lesson" / "model.tflite"
        lesson.parent.mkdir()
        lesson.write_bytes(before + b"\0")  # the same judge by another name
        new = Versions(model.parent, lesson).current()
        taught.happen(Measured("moves", new, old, (note.sample,), True))
        say(taught, "promote", new)
        await over(taught)
        assert taught.arbiter.schools["moves"].version == new
        assert judges() == {f"moves@{new}"}
        assert not Quarantine(model.parent).notes()
        say(taught, "rollback")
        await over(taught)
        assert model.read_bytes() == before
        assert judges() == {f"moves@{old}"}
        assert [one.sample for one in Quarantine(model.parent).notes()] == [note.sample]
        feel.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons, "learner", learner)
        asyncio.run(run())
    assert not taught.faults


def test_what_is_taught_while_another_version_is_read_waits_all_the_same(taught, monkeypatch):
    async def run():
        room = entered(taught)
        room.schooled = lambda: Schooled("moves", "v3")  # somebody has trained beside the run; nothing waited then
        more = "f" * 16

        def slow(*_, **__):
            taught.happen(Answered(Answer("teach", TEACHER, model="moves", sample=more, label="wave", consent=True)))
            return SimpleNamespace(version="v3", names={})

        monkeypatch.setattr(taught.teaching, "_keep", lambda _effect: None)
        monkeypatch.setattr(lessons, "learner", slow)
        monkeypatch.setattr(lessons, "stamp_of", lambda _room: (1, 1))
        await taught.teaching.look()
        assert (taught.sees, set(taught.arbiter.schools["moves"].waiting)) == (["v3"], {SAMPLE, more})

    asyncio.run(run())


def test_who_does_not_know_what_is_done_says_so_once(taught):
    posts = []
    taught.teaching._face = SimpleNamespace(post=lambda message: posts.append(message["models"]))
    for name, sensor in (("moves", ""), ("steps", "imu")):
        taught.teaching._pupils[name] = Pupil(SimpleNamespace(name=name, source=SimpleNamespace(sensor=sensor)), None)
    for t in range(6):
        taught.teaching._wonder("", float(t), strange=True)
        taught.teaching._wonder("imu", float(t), strange=True)
    taught.teaching._wonder("imu", 6.0, strange=False)
    assert posts == [["moves"], ["moves", "steps"], ["moves"]]
