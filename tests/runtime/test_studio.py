"""Recording and training beside a running project: joints only, with consent, taken back by one tap, as is a model."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from gongzhi import paths, project
from gongzhi.actions import Recognisers
from gongzhi.errors import DataError
from gongzhi.learn import dataset
from gongzhi.loop import Sight
from gongzhi.page import studio_messages as say
from gongzhi.runtime import studio
from gongzhi.runtime.workshop import Workshop
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


async def opened(folder, hub, see=None, used=lambda *_: None):
    manifest = project.load(folder)
    made = Workshop(manifest, hub, see or Recognisers(manifest.seen), used)
    await hub.until("studio")
    return made


async def recorded(shop, hub, label="wave", person="p01", start=0.0, seconds=6.0):
    """One take from its press to its being kept."""
    before = len(hub.newest["studio"]["recordings"])
    shop.take(say.Record(label, person, seconds, count=1))
    for n in range(round(10 * (seconds + 1.5))):
        shop.saw(sight(start + n / 10, label))
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
        told_of = []
        shop = await opened(folder, hub, see, lambda *told: told_of.append(told))
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
        await asyncio.sleep(0)
        # What the arbiter takes for the version in force is what the recogniser says of itself.
        ((name, version, _),) = told_of
        assert f"{name}@{version}" in {action.model for action in see(None, 0.0)}
        shop.take(say.Back())
        await hub.until("training", lambda now: not now["used"] and not now["busy"])
        assert [action.model for action in see(None, 0.0)] == told
        await asyncio.sleep(0)
        assert told_of[1][:2] == (name, "")
        assert (data / "model-new.tflite").is_file()
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
                studio_trainer._source(Path("x.tflite"))
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


def test_visitors_neither_record_nor_train():
    from gongzhi.page.seats import OPERATOR, may

    assert not any(may("human:visitor#v1", one) for one in (say.Train(), say.Use(), say.Record("a", "p01")))
    assert all(may(seat, say.Train()) for seat in (OPERATOR, "human:owner#o1", "human:teacher#t1"))
