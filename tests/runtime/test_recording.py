"""A board's sensor is recorded from a run of the boards alone, by its own times; what is no take leaves nothing."""

import json
import shutil

import pytest
from gongzhi import paths
from gongzhi.cli import app
from gongzhi.learn import dataset
from gongzhi.learn.recorder import SensorTaking, Take
from gongzhi.parts import KINDS
from gongzhi.project import Part
from gongzhi.samples import Sample
from typer.testing import CliRunner

IMU = Part("imu", "b", {}, KINDS["mpu6050"], {}, "", None)
EXAMPLE = paths.share("examples") / "05_imu_step_counter"


def test_a_take_begins_after_its_count_down_and_has_its_length():
    told = []
    taking = SensorTaking(Take("walk", seconds=2.0, count=2), told.append, IMU)
    over = [taking.see(one.t, one) for one in (Sample(50 + n * 0.04, (0.0, 0.0, 1.0)) for n in range(200))]
    assert told == [2, 1, 0]
    assert over.index(True) == 100
    assert taking.found[0].t == pytest.approx(52.0)
    assert taking.found[-1].t < 54.0


def invoke(*words):
    return CliRunner().invoke(app, ["data", "record", *map(str, words)], catch_exceptions=False)


def test_a_virtual_board_is_recorded_and_nothing_acts_meanwhile(tmp_path):
    folder, project = tmp_path / "mine", tmp_path / "project"
    shutil.copytree(EXAMPLE, project)
    (project / "main.py").write_text("raise SystemExit('the program runs')")
    toml = (project / "project.toml").read_text("utf-8")
    (project / "project.toml").write_text(toml.replace("stream = 25 }", 'stream = 25, rotation = "yes" }'), "utf-8")
    done = invoke(
        folder, "walk", "--project", project, "--sensor", "imu", "--boards", "virtual", "--carry", "walk",
        "--seconds", 1.5, "--count", 0, "--times", 2, "--person", "p07", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.output.splitlines()[-1])["recorded"] == 2
    assert "the program runs" not in done.output
    data = dataset.load(folder)
    one, other = data.recordings()
    assert data.about.channels == ["x", "y", "z", "rx", "ry", "rz"]
    assert (data.about.unit, data.about.rate) == ("g, °/s", 20.0)
    assert (one.head.label, one.head.person, one.head.source) == ("walk", "p07", "board: mpu6050")
    assert 1.3 < one.seconds <= 1.5
    assert 0.1 < one.values[:, 2].std() < 0.6, "somebody walks"
    assert abs(one.values[:, 2].mean() - 1) < 0.15
    assert 8 < one.values[:, 3].std() < 40, "and their pelvis with them"
    assert len(other.t) >= 20


@pytest.mark.parametrize(
    ("sensor", "says"),
    [("ring", "There is no sensor"), ("none", "There is no sensor"), ("mine", "tells too seldom")],
)
def test_what_cannot_be_recorded_is_said_and_leaves_nothing(tmp_path, sensor, says, capsys):
    with pytest.raises(Exception, match=says):
        invoke(tmp_path / "mine", "walk", "--project", EXAMPLE, "--sensor", sensor)
    with pytest.raises(Exception, match="both --project and --sensor"):
        invoke(tmp_path / "mine", "walk", "--sensor", "imu")
    assert not (tmp_path / "mine").exists()
