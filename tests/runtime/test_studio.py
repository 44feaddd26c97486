"""Recording and training beside a running project: joints only, with consent, taken back by one tap, as is a model."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from gongzhi import paths, project
from gongzhi.actions import Recognisers
from gongzhi.errors import DataError
from gongzhi.learn import dataset, golden
from gongzhi.learn.workflow import build
from gongzhi.loop import Sight
from gongzhi.page import studio_messages as say
from gongzhi.page.seats import OPERATOR
from gongzhi.runtime import studio
from gongzhi.runtime.workshop import Workshop
from gongzhi.samples import Sample
from gongzhi.teach.train_process import against
from gongzhi.teach.versions import Versions, copy
from gongzhi.values import Frame, Keypoints

EXAMPLE = paths.share("examples") / "03_train_my_gestures"
WAIT = 60.0  # only a defect waits so long


class Hub:
    """Keeps the newest message of each type, and lets a test wait for one."""

    def __init__(self):
        self.on_studio, self.newest, self.counts, self._new = None, {}, [], asyncio.Event()

    def post(self, message, key=None):
        self.newest[message["type"]] = message
        if message["type"] == "studio" and message["take"]:
            self.counts.append(message["take"]["left"])
        self._new.set()

    async def until(self, kind, fits=lambda _message: True):
        async with asyncio.timeout(WAIT):
            while kind not in self.newest or not fits(self.newest[kind]):
                self._new.clear()
                await self._new.wait()
        return self.newest[kind]


def sight(t, label="wave", *, seen=True):
    """What is seen at `t` s: a standing person whose left hand waves, or not."""
    image = np.zeros((48, 64, 3), np.uint8)
    if not seen:
        return Sight(Frame(image, t, round(10 * t)), None, ())
    xy = np.full((33, 2), 320, np.float32)
    for row, y in ((11, 150), (13, 200), (15, 250), (23, 250), (25, 330), (27, 400)):
        xy[row], xy[row + 1] = (350, y), (290, y)
    xy[0] = 320, 110
    if label == "wave":
        xy[15] = 380 + 40 * np.sin(6 * t), 90
    points = Keypoints(xy, np.ones(33, np.float32), t, round(10 * t), (640, 480), "blazepose")
    return Sight(Frame(image, t, round(10 * t)), points, ())


@pytest.fixture
def folder(tmp_path):
    """A project of its own, without data that are its own yet."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "project"))


class Shop(Workshop):
    """A workshop at whose page an operator sits, if nobody else is named; `offered` is what went to quarantine."""

    def __init__(self, manifest, hub, see):
        self.offered, self.used = [], []

        async def put(name, work, seat, back, sensor):
            one, version = await asyncio.to_thread(work)
            if sensor:
                self.felts.append((sensor, name, one, version, seat, back))
                return
            see.swap(name, one)
            self.used.append((name, version, seat))

        self.felts = []
        offer = lambda made, seat, name: bool(self.offered.append((made, seat, name)))  # noqa: E731
        super().__init__(manifest, hub, put, offer)

    def take(self, message, seat=OPERATOR):
        super().take(message, seat)


async def opened(folder, hub, see=None):
    manifest = project.load(folder)
    made = Shop(manifest, hub, see or Recognisers(manifest.seen))
    await hub.until("studio")
    return made


def seen(shop, label="wave", person="p01", start=0.0, seconds=6.0, seat=OPERATOR):
    """One take from its press to its end."""
    shop.take(say.Record(label, person, seconds, count=1), seat)
    for n in range(round(10 * (seconds + 1.5))):
        shop.saw(sight(start + n / 10, label))


async def recorded(shop, hub, label="wave", person="p01", start=0.0, seconds=6.0):
    """One take from its press to its being kept."""
    before = len(hub.newest["studio"]["recordings"])
    seen(shop, label, person, start, seconds)
    return await hub.until("studio", lambda now: len(now["recordings"]) > before)


def test_a_take_is_counted_down_kept_shown_and_taken_back(folder):
    async def run():
        hub = Hub()
        shop = await opened(folder, hub)
        shop.take(say.Record("wave", "p01"))
        assert "p01" in hub.newest["studio"]["fault"]["en"]  # nobody agreed yet
        shop.take(say.Agree("p01", "parent"))
        await hub.until("studio", lambda now: now["agreed"])
        now = await recorded(shop, hub)
        assert hub.counts[:3] == [None, 1, 0]
        assert now["take"] is None
        (balance,) = now["balance"]
        assert (balance["label"], balance["recordings"], balance["persons"]) == ("wave", 1, 1)
        assert balance["seconds"] == pytest.approx(6, abs=0.2)
        name = now["recordings"][0]["name"]
        shop.take(say.Look(name))
        shown = await hub.until("skeleton")
        assert shown["name"] == name
        assert len(shown["frames"][0]) == 13
        shop.take(say.Remove(name))
        now = await hub.until("studio", lambda one: one["gone"])
        assert now["recordings"] == []
        assert (folder / "my_data" / "removed" / f"{name}.jsonl").is_file()
        shop.take(say.Restore())
        await hub.until("studio", lambda one: one["recordings"])
        await shop.end()
        data = dataset.load(folder / "my_data")
        assert [each.name for each in data.recordings()] == [name]
        assert data.about.consent[0].by == "parent"
        files = [path.suffix for path in (folder / "my_data").rglob("*") if path.is_file()]
        assert set(files) == {".toml", ".jsonl"}  # no picture

    asyncio.run(run())


def test_what_is_broken_off_or_shows_nobody_leaves_nothing(folder, monkeypatch):
    async def run():
        hub = Hub()
        shop = await opened(folder, hub)
        shop.take(say.Agree("p01", "self"))
        await hub.until("studio", lambda now: now["agreed"])
        shop.take(say.Record("wave", "p01"))
        shop.take(say.Record("rest", "p01"))  # another browser: the first one goes on
        assert hub.newest["studio"]["take"]["label"] == "wave"
        shop.saw(sight(0.0))
        shop.take(say.Break())
        assert hub.newest["studio"]["take"] is None
        shop.take(say.Record("wave", "p01", 2.0, 0))
        for n in range(40):
            shop.saw(sight(n / 10, seen=False))
        now = await hub.until("studio", lambda one: one["fault"]["en"])
        assert "show a person" in now["fault"]["en"]
        monkeypatch.setattr(studio, "_PATIENCE_S", -2.0)  # a camera that gives nothing, without the wait
        shop.take(say.Record("wave", "p01", 2.0, 0))
        await hub.until("studio", lambda one: "no pictures" in one["fault"]["en"])
        shop.take(say.Remove("../../project"))
        await hub.until("studio", lambda one: "no recording" in one["fault"]["en"])
        await shop.end()
        assert dataset.load(folder / "my_data").paths == []

    asyncio.run(run())


def test_a_model_is_trained_beside_the_run_put_to_use_and_taken_back(folder):
    async def run():
        hub = Hub()
        manifest = project.load(folder)
        see = Recognisers(manifest.seen)
        shop = await opened(folder, hub, see)
        for person in ("p01", "p02", "p03"):
            shop.take(say.Agree(person, "teacher"))
        await hub.until("studio", lambda now: len(now["agreed"]) == 3)
        for n, (label, person) in enumerate((a, b) for a in ("wave", "rest") for b in ("p01", "p02", "p03")):
            await recorded(shop, hub, label, person, start=20.0 * n)
        shop.take(say.Train())
        shop.take(say.Halt())
        assert hub.newest["training"]["state"] == "stopped"
        shop.take(say.Use())  # there is nothing to use
        shop.take(say.Train())
        done = await hub.until("training", lambda now: now["state"] in ("done", "failed"))
        assert done["state"] == "done", done["fault"]
        assert done["labels"] == ["wave", "rest"]
        assert [one["round"] for one in done["rounds"]] == list(range(1, len(done["rounds"]) + 1))
        assert len(done["rounds"][0]["by_label"]) == 2
        assert done["card"]["split"] == "person"
        assert done["card"]["text"].startswith("# ")
        assert done["card"]["picture"].startswith("<svg")
        assert done["card"]["accuracy_low"] < done["card"]["accuracy"]
        told = [action.model for action in see(None, 0.0)]
        shop.take(say.Use())
        used = await hub.until("training", lambda now: now["used"] and not now["busy"])
        assert (used["fresh"], used["fault"]) == (False, {})
        data = folder / "my_data"
        assert (data / "model.tflite").is_file()
        assert "(model.svg)" in (data / "model.md").read_text()
        # The project's only model was replaced: its names, one label fewer.
        names = {action.name for action in see(None, 0.0)}
        assert {"wave", "rest"} <= names
        assert "hands_on_hips" not in names
        # What the arbiter takes for the version in force is what the recogniser says of itself.
        ((name, version, seat),) = shop.used
        assert f"{name}@{version}" in {action.model for action in see(None, 0.0)}
        assert seat == OPERATOR
        shop.take(say.Back())
        await hub.until("training", lambda now: not now["used"] and not now["busy"])
        before = Versions(EXAMPLE / "data", None).current()
        assert [action.model for action in see(None, 0.0)] == [one and f"{one}@{before}" for one in told]
        assert shop.used[1][:2] == (name, before)
        assert (data / "new" / "model.tflite").is_file()
        assert not (data / "model.tflite").exists()
        await shop.end()
        see.close()

    asyncio.run(run())


def test_too_little_data_is_said_and_a_label_of_another_action_is_refused(folder):
    async def run():
        hub = Hub()
        shop = await opened(folder, hub)
        shop.take(say.Agree("p01", "self"))
        await hub.until("studio", lambda now: now["agreed"])
        await recorded(shop, hub, "wave")
        await recorded(shop, hub, "hands_up", start=30.0)
        shop.take(say.Train())
        failed = await hub.until("training", lambda now: now["state"] == "failed")
        assert failed["fault"]["zh"]
        note = dataclasses.make_dataclass("Note", ["labels"])
        studio_trainer = shop.trainer
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gongzhi.runtime.trainer.read_note", lambda _path: note(["wave", "hands_up"]))
            with pytest.raises(DataError, match="hands_up"):
                studio_trainer._source()
        await shop.end()

    asyncio.run(run())


@pytest.mark.parametrize(
    "text",
    ['{"type":"studio_record","label":"a/b","person":"p01"}', '{"type":"studio_record","label":"a","person":"Li Hua"}',
     '{"type":"studio_record","label":"a","person":"p01","seconds":1e9}', '{"type":"studio_look","name":"../x"}',
     '{"type":"studio_agree","person":"p01","by":"nobody"}', '{"type":"studio_train","path":"/"}'],
)  # fmt: skip
def test_what_a_browser_may_not_say_is_refused(text):
    from gongzhi.page.messages import decode

    with pytest.raises(ValueError, match=r".+"):
        decode(text)


def test_visitors_neither_record_nor_train_and_the_team_puts_nothing_in_force():
    from gongzhi.page.seats import may

    assert not any(may("human:visitor#v1", one) for one in (say.Train(), say.Use(), say.Record("a", "p01"), say.Back()))
    assert all(may(seat, say.Train()) for seat in (OPERATOR, OWNER, "human:teacher#t1"))
    assert [may(seat, say.Use()) for seat in (OPERATOR, OWNER, "human:teacher#t1")] == [True, False, True]
    assert may(OWNER, say.Back()), "a no is cheap"


OWNER = "human:owner#o1"


@pytest.fixture
def nearest(folder):
    """The project judges by the nearest recording of the very data set in which the studio records."""
    shutil.copytree(folder / "data", folder / "my_data")
    manifest = folder / "project.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('data = "data"', 'data = "my_data"'))
    return folder


def names(folder):
    return sorted(path.name for path in (folder / "my_data" / "recordings").iterdir())


def test_what_would_count_at_once_waits_unless_somebody_in_charge_records(nearest):
    async def run():
        hub, before = Hub(), names(nearest)
        shop = await opened(nearest, hub)
        assert hub.newest["studio"]["judges"] == "gestures"
        shop.take(say.Agree("p77", "self"))
        await hub.until("studio", lambda now: any(one["person"] == "p77" for one in now["agreed"]))
        seen(shop, person="p77", seat=OWNER)
        await shop.studio.settle()
        ((made, seat, name),) = shop.offered
        assert (made.head.label, made.head.person, seat, name) == ("wave", "p77", OWNER, "gestures")
        shop.take(say.Remove(""), OWNER)
        assert "judges by these recordings" in hub.newest["studio"]["fault"]["en"]
        assert names(nearest) == before
        now = await recorded(shop, hub, person="p77", start=40.0)  # whoever runs the piece has the teacher's seat
        assert len(names(nearest)) == len(before) + 1
        shop.take(say.Remove(now["recordings"][-1]["name"]))
        await hub.until("studio", lambda one: one["gone"])
        assert names(nearest) == before
        # Where a golden set is there, it is measured first, whoever records.
        data = dataset.load(nearest / "my_data")
        golden.move(data, golden.choose(data))
        seen(shop, person="p77", start=80.0)
        await shop.studio.settle()
        assert len(shop.offered) == 2
        await shop.end()

    asyncio.run(run())


def test_a_model_that_is_worse_on_the_golden_set_is_not_put_to_use(folder):
    async def run():
        hub = Hub()
        shop = await opened(folder, hub)
        trainer = shop.trainer
        trainer._fresh, trainer._done = True, {"golden": 3, "against": {"ok": False}}
        shop.take(say.Use())
        told = await hub.until("training", lambda now: not now["busy"] and now["fault"])
        assert "golden set" in told["fault"]["en"]
        assert (told["used"], shop.used) == (False, [])
        await shop.end()

    asyncio.run(run())


def test_a_model_of_the_projects_own_is_put_to_use_as_a_version_and_taken_back_byte_for_byte(tmp_path):
    folder = Path(shutil.copytree(paths.share("examples") / "12_gesture_lamp", tmp_path / "lamp"))
    model = folder / "data" / "model.tflite"

    async def run():
        hub, old = Hub(), model.read_bytes()
        shop = await opened(folder, hub)
        new = folder / "data" / "new" / "model.tflite"
        new.parent.mkdir()
        new.write_bytes(old + bytes(64))  # as good as the old one, and another
        shop.trainer._fresh = True
        shop.take(say.Use())
        await hub.until("training", lambda now: now["used"] and not now["busy"])
        kept = Versions(model.parent, model)
        ((_, version, _),) = shop.used
        assert kept.current() == version
        assert [step.version for step in kept.steps()] == [version], "the project's page can take it back, too"
        shop.take(say.Back(), OWNER)
        await hub.until("training", lambda now: not now["used"] and not now["busy"])
        assert model.read_bytes() == old
        assert kept.steps() == ()
        shop.take(say.Use())
        await hub.until("training", lambda now: now["used"] and not now["busy"])
        kept.back()  # somebody has taken it back elsewhere
        shop.take(say.Back())
        told = await hub.until("training", lambda now: not now["busy"] and now["fault"])
        assert "changed since" in told["fault"]["en"]
        assert model.read_bytes() == old
        # On the project's page: then it is known here at once, and nothing is offered that cannot be.
        new.write_bytes(old + bytes(64))
        shop.trainer._fresh = True
        shop.take(say.Use())
        await hub.until("training", lambda now: now["used"] and not now["busy"])
        kept.back()
        shop.changed("other", "x")
        assert hub.newest["training"]["used"]
        shop.changed(shop.used[-1][0], kept.current())
        assert not hub.newest["training"]["used"]
        await shop.end()

    asyncio.run(run())


def test_a_new_model_is_measured_beside_what_judges_now_where_that_says_something(nearest):
    data = dataset.load(nearest / "my_data")
    build(data, nearest / "old.tflite")
    assert against(data, nearest / "old.tflite", data.folder) is None, "no golden set"
    golden.move(data, golden.choose(data))
    assert against(data, nearest / "old.tflite", nearest / "old.tflite") is None, (
        "it has learnt from what is golden now"
    )
    build(data, nearest / "new.tflite")
    found = against(data, nearest / "new.tflite", data.folder)
    assert found is not None
    assert {one.label for one in found.effects} == set(data.about.labels)
    assert found.version == Versions(nearest, nearest / "new.tflite").current()
    assert against(data, nearest / "new.tflite", None) is None


IMU = paths.share("examples") / "05_imu_step_counter"


def test_a_sensor_is_recorded_shown_and_its_model_put_to_use_and_taken_back(tmp_path):
    folder = Path(shutil.copytree(IMU, tmp_path / "project"))
    text = (folder / "project.toml").read_text("utf-8")
    assert 'file = "data/model.tflite"' in text
    shutil.rmtree(folder / "data" / "recordings")  # its own data set, without recordings

    async def run():
        hub = Hub()
        shop = await opened(folder, hub)
        assert [one["name"] for one in hub.newest["subjects"]["all"]] == ["", "imu"]
        shop.take(say.Choose("nothing"))
        assert hub.newest["studio"]["source"] == ""
        shop.take(say.Choose("imu"))
        await hub.until("studio", lambda now: now["source"] == "imu" and now["folder"] == "data")
        assert (hub.newest["subjects"]["channels"], hub.newest["subjects"]["unit"]) == (["x", "y", "z"], "g")
        shop.take(say.Agree("p01", "self"))
        await hub.until("studio", lambda now: now["agreed"])
        shop.take(say.Record("walk", "p01", 3.0, count=1))
        shop.take(say.Choose(""))  # not while somebody records
        for n in range(0, 120, 10):
            batch = [Sample(5 + (n + i) / 25, (0.0, 0.1, 1.0 + 0.3 * np.sin(n + i))) for i in range(10)]
            shop.felt("imu", batch, False)
            shop.felt("ring", batch, False)
        now = await hub.until("studio", lambda now: now["recordings"])
        assert hub.newest["samples"]["part"] == "imu"
        assert len(hub.newest["samples"]["values"]) == 3
        (one,) = now["recordings"]
        assert one["seconds"] == pytest.approx(3, abs=0.1)
        assert not one["short"]
        assert next(each for each in now["balance"] if each["label"] == "walk")["lacks"] == 2
        shop.take(say.Look(one["name"]))
        shown = await hub.until("skeleton")
        assert len(shown["traces"]) == 3
        shop.take(say.Remove(one["name"]))
        await hub.until("studio", lambda now: now["gone"])
        shop.take(say.Restore())
        await hub.until("studio", lambda now: now["recordings"])
        # A model that was trained: what it is called, and that it goes to the sensor.
        copy(folder / "data" / "model.tflite", shop.trainer._new.with_suffix(""))
        shop.trainer._fresh = True
        shop.take(say.Use())
        used = await hub.until("training", lambda now: (now["used"] or now["fault"]) and not now["busy"])
        assert not used["fault"]
        part, name, learner, version, seat, back = shop.felts[0]
        assert (part, learner.sensor, seat) == ("imu", "imu", OPERATOR)
        assert name in project.load(folder).seen.sources
        assert version
        assert not back
        learner.close()
        shop.take(say.Back())
        await hub.until("training", lambda now: not now["used"] and not now["busy"])
        _, _, learner, _, _, back = shop.felts[1]
        assert back
        learner.close()
        await shop.end()
        assert [each.head.unit for each in dataset.load(folder / "data").recordings()] == ["g"]

    asyncio.run(run())


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path):
    folder = Path(shutil.copytree(IMU, tmp_path / "project"))
    shutil.rmtree(folder / "data")
    text = (folder / "project.toml").read_text("utf-8")
    (folder / "project.toml").write_text(re.sub(r"(?s)\[model.*?(?=\n\[|\Z)|\[\[rule.*", "", text), "utf-8")
    dataset.create(folder / "my_imu", dataset.About(name="people"))

    async def run():
        hub = Hub()
        shop = await opened(folder, hub)
        shop.take(say.Choose("imu"))
        now = await hub.until("studio", lambda now: now["source"] == "imu" and now["fault"]["en"])
        assert "something else" in now["fault"]["en"]
        await shop.end()

    asyncio.run(run())
