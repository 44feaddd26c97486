"""A sensor's windows go the way that keypoints go: recorded, split, learnt, calibrated, exported, judged."""

import dataclasses
import json

import msgspec
import numpy as np
import pytest
from gongzhi.cli import app
from gongzhi.errors import DataError
from gongzhi.learn import changes, dataset, files, parquet
from gongzhi.learn import model as models
from gongzhi.learn.channels import Channels
from gongzhi.learn.evaluation import evaluate
from gongzhi.learn.look import look
from gongzhi.learn.look_page import page
from gongzhi.learn.model import Model
from gongzhi.learn.recogniser import Learnt
from gongzhi.learn.recording import Recording, head_of
from gongzhi.learn.templates import Templates
from gongzhi.learn.windows import LENGTH, divide, resample, windows_of
from gongzhi.learn.workflow import build
from gongzhi.samples import Sample
from gongzhi.sim.worn import Bearer
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.learn.sensors import CHANNELS, LABELS, RATE, parts, recording, taught, windows

ABOUT = dataset.About(name="steps", rate=RATE, channels=CHANNELS, unit="g", camera="on the belt")


@pytest.fixture(scope="module")
def found():
    return parts()


@pytest.fixture(scope="module")
def learnt(found):
    return taught(found)


@pytest.fixture
def data(tmp_path):
    return dataset.create(tmp_path / "d", msgspec.structs.replace(ABOUT, labels=[]))


def person(name="a"):
    head = head_of("wave", (640, 480))
    xy = np.random.default_rng(1).uniform(0, 400, (40, 33, 2)).astype(np.float32)
    return Recording(name, head, np.arange(40) / 10, xy, np.ones((40, 33), np.float32))


def test_what_is_written_is_read_back_and_other_kinds_are_refused(data):
    original = recording("walk", 3)
    data.add(original)
    again = dataset.load(data.folder)
    (kept,) = again.recordings()
    assert (again.about.channels, again.about.unit, kept.head) == (CHANNELS, "g", original.head)
    np.testing.assert_allclose(kept.values, original.values, atol=1e-5)
    other = dataclasses.replace(original, head=msgspec.structs.replace(original.head, unit="m/s²"))
    for wrong in (person(), other):
        with pytest.raises(DataError, match="a data set of their own"):
            data.add(wrong)
    assert len(data.paths) == 1
    with pytest.raises(DataError, match="recordings of people"):
        data.people()
    with pytest.raises(DataError, match="of a sensor"):
        files.read_keypoints(data.paths[0])


@pytest.mark.parametrize(
    ("line", "change"),
    [(0, {"channels": []}), (0, {"channels": ["x", "x", "z"]}), (0, {"label": "a/b"}), (0, {"format": 2}),
     (3, {"v": [1, 2]}), (3, {"v": [1, 2, 1e30]}), (3, {"t": 0}), (3, {"v": [1, 2, None]}), (3, {"w": 1})],
)  # fmt: skip
def test_a_broken_recording_is_named_with_its_line(data, line, change):
    path = data.add(recording("walk", 3))
    lines = path.read_text().splitlines()
    lines[line] = json.dumps(json.loads(lines[line]) | change)
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match="is no recording"):
        data.recordings()


@pytest.mark.parametrize("make", [lambda: recording("walk", 3), person])
def test_parquet_holds_the_same(tmp_path, make):
    original = make()
    path = tmp_path / "one.parquet"
    path.write_bytes(parquet.encode(original))
    again = files.read(path)
    assert type(again) is type(original)
    assert again.head == original.head
    for field in ("t", "values") if hasattr(original, "values") else ("t", "xy", "score"):
        np.testing.assert_array_equal(getattr(again, field), getattr(original, field))


def test_a_data_set_may_hold_both_and_is_changed_in_place(data):
    data.add(recording("walk", 3))
    path = data.add(recording("walk", 4))
    path.with_suffix(".parquet").write_bytes(files.encode(files.read(path), ".parquet"))
    path.unlink()
    data.about.labels.append("stand")
    name = path.stem
    assert changes.relabel(data, name, "stand") == "walk"
    assert [one.head.label for one in data.recordings()] == ["walk", "stand"]
    assert changes.take_out(data, name)[0] == name
    assert (data.folder / "removed" / f"{name}.parquet").exists()


def test_it_is_converted_there_and_back(data):
    for seed in (3, 4):
        data.add(recording("walk", seed))
    before = [one.values for one in data.recordings()]
    for ending in ("parquet", "jsonl"):
        done = CliRunner().invoke(app, ["data", "convert", str(data.folder), "--to", ending, "--json"])
        assert json.loads(done.output) == {"converted": 2}
        assert [path.suffix for path in data.paths] == [f".{ending}"] * 2
    for one, other in zip(before, data.recordings(), strict=True):
        np.testing.assert_allclose(one, other.values, atol=1e-5)


def test_without_pyarrow_it_is_said_what_to_do(data, monkeypatch):
    path = data.add(recording("walk", 3))
    path.with_suffix(".parquet").write_bytes(files.encode(files.read(path), ".parquet"))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(DataError, match="pip install pyarrow"):
        data.recordings()


@given(st.integers(0, 2**32 - 1), st.floats(0, 2 * np.pi))
@example(1930, 2.75)  # a sample along gravity
def test_how_a_board_is_worn_changes_neither_along_nor_across(seed, angle):
    view, rng = Channels(tuple(CHANNELS)), np.random.default_rng(seed)
    points = (np.array([0, 0, 1])[:, None] + 0.2 * rng.standard_normal((LENGTH, 3, 1))).astype(np.float32)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    seen = np.ones((LENGTH, 3), bool)
    one, _ = view.describe(points, seen)
    other, _ = view.describe(np.einsum("ij,tjk->tik", turn, points).astype(np.float32), seen)
    np.testing.assert_allclose(one[:, 3:], other[:, 3:], atol=1e-4)


@given(st.integers(0, 2**32 - 1))
def test_nor_does_it_change_the_rotation_about_gravity_and_across_it(seed):
    view, rng = Channels((*CHANNELS, "rx", "ry", "rz")), np.random.default_rng(seed)
    points = rng.standard_normal((LENGTH, 6, 1)).astype(np.float32) + np.array([0, 0, 3, 0, 0, 40])[:, None]
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    seen = np.ones((LENGTH, 6), bool)
    one, known = view.describe(points, seen)
    worn = np.concatenate([np.einsum("ij,tjk->tik", turn, points[:, at : at + 3]) for at in (0, 3)], 1)
    other, _ = view.describe(worn.astype(np.float32), seen)
    assert one.shape == known.shape == (LENGTH, view.numbers) == (LENGTH, 10)
    np.testing.assert_allclose(one[:, 6:], other[:, 6:], atol=2e-3)
    seen[3, 4] = False  # a hole in one axis of rotation says nothing against the acceleration
    assert view.describe(points, seen)[1][3].tolist() == [*seen[3], True, True, False, False]


def test_only_rotation_tells_a_turn_to_the_left_from_one_to_the_right():
    sides = {seed: "left" if Bearer.of(seed).spin > 0 else "right" for seed in range(1, 25)}
    right = {}
    for turning in (False, True):
        made = [recording("turn", seed, label=side, turning=turning) for seed, side in sides.items()]
        split = divide(made)
        found = {part: windows_of(made, split.pieces[part], ("left", "right"), RATE) for part in split.pieces}
        few = found["test"].take(np.arange(0, len(found["test"]), 4))
        right[turning] = evaluate(Templates(found["train"], found["check"], ("left", "right")), few).accuracy
    assert right[False] < 0.75
    assert right[True] > 0.9


def test_channels_without_axes_are_numbers_of_their_own():
    view = Channels(("loudness",))
    values, known = view.describe(np.full((4, LENGTH, 1, 1), 7.0, np.float32), np.ones((4, LENGTH, 1), bool))
    assert view.numbers == 1
    assert (values == 7).all()
    assert known.all()


def test_a_hole_is_unseen_and_not_guessed():
    frames = recording("walk", 3, 4.0).frames()
    _, seen = resample([*frames[:40], *frames[52:]], RATE, Channels(tuple(CHANNELS)))
    holes = np.flatnonzero(~seen.all(1)) / RATE
    assert 1.55 < holes.min() < holes.max() < 2.1


def test_people_who_were_never_heard_of_are_recognised_and_what_was_not_taught_is_deferred(found, learnt):
    trained, content = learnt
    model = Model(content)
    report = evaluate(model, found["test"])
    assert report.accuracy >= 0.95
    assert models.check(trained, model, found["test"]) <= models.EXACT
    assert (model.labels, model.view.channels, model.note.unit) == (LABELS, tuple(CHANNELS), "g")
    new = windows("hop", range(40, 46))
    verdicts = [model.judge(points, seen) for points, seen in zip(new.points, new.seen, strict=True)]
    assert np.mean([one.label is None for one in verdicts]) >= 0.9
    templates = Templates(found["train"], found["check"], LABELS)
    assert evaluate(templates, found["test"].take(np.arange(0, len(found["test"]), 5))).accuracy >= 0.8


def test_in_the_loop_it_is_held_ends_with_a_hole_and_begins_anew(learnt):
    recogniser = Learnt(Model(learnt[1]), RATE, names={"walk": "walking"})
    frames = recording("walk", 41, 8.0).frames()

    def held(samples):
        actions = ()
        for sample in samples:
            actions = recogniser(sample, sample.t)
        return {one.name for one in actions if one.held}

    assert held(frames[:30]) == set(), "no whole window yet"
    assert recogniser.verdict is None
    assert held(frames[30:80]) == {"walking"}
    later = [Sample(one.t + 1.0, one.values) for one in frames[80:]]
    assert held(later[:5]) == set(), "after a second of silence nobody knows"
    assert recogniser.verdict is None
    assert held(later[5:80]) == {"walking"}


def test_a_data_set_of_a_sensor_is_trained_shown_and_looked_at(data):
    for seed in range(1, 13):
        for what in ("walk", "shake"):
            data.add(recording(what, seed, 4.0))
    result = build(data, data.folder / "model.tflite")
    assert result.plain["split"] == "person"
    card = result.path.with_suffix(".md").read_text()
    assert "x, y, z in g, worn: on the belt" in card
    assert "flat picture" not in card
    data.add(dataclasses.replace(recording("walk", 3, 4.0), name="copy"))
    found = {one.name: one.double for one in look(data.recordings())}
    assert (len(found), found["copy"], found["walk-4"], found["shake-3"]) == (25, "walk-3", "", "")
    shown = page(data)
    assert '"traces": [[' in shown
    assert '"unit": "g"' in shown
