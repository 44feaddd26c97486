"""What a camera sees and what a learnt model feels on a belt join in one rule, disagree before people, and are unknown
when the board has gone: the fall alarm with a model of its own, on real boards' firmware."""

import asyncio
import shutil

from gongzhi import paths
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime

EXAMPLES = paths.share("examples")
MODEL = """
[model.moves]
file = "model.tflite"
sensor = "imu"
"""
SCRIPT = """
speed = 10
[[branch]]
name = "disagree"
steps = [
  { carry = { imu = "walk" } },
  { person = "stand" },
  { stays = { alarm = 0 }, for = 4 },
  { person = "lying" },
  { wait = "deferred", of = "alarm", within = 12 },
  { stays = { alarm = 0 }, for = 1 },
]
[[branch]]
name = "gone"
steps = [
  { power = { belt = false } },
  { wait = "withdrawn", of = "alarm", within = 8 },
]
"""


def test_picture_and_a_learnt_belt(tmp_path):
    folder = tmp_path / "fall"
    shutil.copytree(EXAMPLES / "15_fall_alarm", folder)
    shutil.copy(EXAMPLES / "05_imu_step_counter" / "data" / "model.tflite", folder)
    toml = (folder / "project.toml").read_text("utf-8")
    for old, new in (
        ("pins = { scl = 22, sda = 21 }", "pins = { scl = 22, sda = 21 }\noptions = { stream = 25 }"),
        ("lying and imu.tilt < 30", "lying and walk"),
    ):
        assert old in toml
        toml = toml.replace(old, new)
    (folder / "project.toml").write_text(toml + MODEL, "utf-8")
    (folder / "demo.toml").write_text(SCRIPT, "utf-8")
    runtime = Runtime(Options(folder, headless=True, script="demo"))
    asyncio.run(asyncio.wait_for(runtime.run(), 100))
    assert runtime.rehearsal.outcome.fault is None, str(runtime.rehearsal.outcome.fault)
