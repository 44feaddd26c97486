"""A take begins after its count-down, by the frames' own times, is kept whole or not at all, and can be taken back."""

import json

import numpy as np
import pytest
from gongzhi.cli import app
from gongzhi.errors import DataError
from gongzhi.learn import changes, dataset
from gongzhi.learn.recorder import Take, record
from gongzhi.stages.estimate import Choice, TruthEstimator
from gongzhi.values import Frame, Keypoints
from typer.testing import CliRunner


class Camera:
    """Ten frames a second, `frames` of them."""

    def __init__(self, frames=1000, gaps=0):
        self.left, self.seq, self.gaps = frames, 0, gaps

    @property
    def ended(self):
        return self.left == 0

    def read(self, _timeout):
        if self.gaps:
            self.gaps -= 1
            return None
        self.left -= 1
        self.seq += 1
        return Frame(np.zeros((48, 64, 3), np.uint8), 100 + self.seq / 10, self.seq)


class Model:
    origin = "blazepose"

    def __init__(self, sees=lambda _seq: True):
        self.sees = sees

    def __call__(self, frame):
        if not self.sees(frame.seq):
            return None
        xy = np.random.default_rng(frame.seq).uniform(0, 40, (33, 2)).astype(np.float32)
        return Keypoints(xy, np.ones(33, np.float32), frame.t, frame.seq, (64, 48), "blazepose")


@pytest.fixture
def target(tmp_path):
    return dataset.create(tmp_path / "d", dataset.About(name="d"))


def test_a_take_begins_after_its_count_down_and_has_its_length(target):
    told = []
    made = record(Camera(gaps=3), Model(), Take("wave", "p01", "s02", seconds=4.0, count=2), target, told.append)
    assert told == [2, 1, 0]
    assert made.seconds == pytest.approx(4.0, abs=0.11)
    (kept,) = target.recordings()
    assert (kept.head.label, kept.head.person, kept.head.session) == ("wave", "p01", "s02")
    assert kept.t[0] == 0
    assert target.about.labels == ["wave"]


def test_a_camera_that_ends_ends_the_take_and_frames_without_a_person_are_left_out(target):
    made = record(Camera(60), Model(lambda seq: seq % 2), Take("a", seconds=600, count=0), target, lambda _: None)
    assert len(made.t) == 30


@pytest.mark.parametrize(
    ("camera", "model", "take"),
    [
        (Camera(200), Model(lambda _seq: False), Take("a", count=0)),
        (Camera(10), Model(), Take("a", count=0)),
        (Camera(gaps=1000), Model(), Take("a", count=0)),
        (Camera(), Model(), Take("a/b", count=0)),
        (Camera(), Model(), Take("a", person="Li Hua", count=0)),
    ],
)
def test_what_is_no_take_leaves_nothing(target, camera, model, take):
    with pytest.raises(DataError):
        record(camera, model, take, target, lambda _: None)
    assert not target.paths
    assert target.about.labels == []


@pytest.mark.parametrize("words", [["wave", "--person", "小明"], ["a/b"], ["wave", "--session", "周 一"]])
def test_words_that_do_not_fit_are_said_before_anybody_moves(tmp_path, words):
    done = CliRunner().invoke(app, ["data", "record", str(tmp_path / "d"), *words, "--camera", "synthetic"])
    assert isinstance(done.exception, DataError)
    assert words[-1] in str(done.exception)
    assert "regex" not in str(done.exception)
    assert not done.output


def test_without_a_camera_a_sensor_is_named(tmp_path):
    done = CliRunner().invoke(app, ["data", "record", str(tmp_path / "d"), "wave", "--camera", "none"])
    assert "--sensor imu" in str(done.exception)
    assert not (tmp_path / "d").exists()


def test_the_last_one_is_taken_out_first_and_stays_at_hand(target):
    for label in ("a", "b"):
        record(Camera(40), Model(), Take(label, count=0), target, lambda _: None)
    newest = max(target.paths, key=lambda path: path.stat().st_mtime_ns).stem
    assert changes.take_out(target)[0] == newest
    assert (target.folder / "removed" / f"{newest}.jsonl").is_file()
    (left,) = target.paths
    assert changes.take_out(target, left.stem)[0] == left.stem
    for name in ("", "none", "../dataset"):
        with pytest.raises(DataError):
            changes.take_out(target, name)


def test_the_command_line_records_takes_back_and_splits(tmp_path, monkeypatch):
    # Without the pose model: on a busy machine it would see too few frames in so short a time.
    monkeypatch.setattr("gongzhi.cli.data_record.choose", lambda **_: Choice(TruthEstimator(), None))
    run, folder = CliRunner().invoke, str(tmp_path / "mine")
    common = ["--camera", "synthetic", "--seconds", "4", "--count", "0", "--json"]
    for label in ("站立", "move"):
        said = run(app, ["data", "record", folder, label, *common])
        assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["balance"]["站立"]["recordings"] == 1
    assert run(app, ["data", "undo", folder]).exit_code == 0
    assert len(dataset.load(tmp_path / "mine").paths) == 1
    assert isinstance(run(app, ["data", "record", folder, "a/b", *common]).exception, DataError)


def test_the_split_is_told(target, tmp_path):
    for person in range(4):
        for label in ("a", "b"):
            record(Camera(80), Model(), Take(label, f"p{person}", count=0), target, lambda _: None)
    said = json.loads(CliRunner().invoke(app, ["data", "split", str(target.folder), "--json"]).stdout)
    assert said["split"] == "person"
    assert all(count > 0 for part in said["windows"].values() for count in part.values())
    assert isinstance(CliRunner().invoke(app, ["data", "split", str(tmp_path)]).exception, DataError)
