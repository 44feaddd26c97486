"""A motion sensor in a pupil's program: its readings, and what is called when it is shaken or falls."""

from gongzhi import Project
from gongzhi.api.dispatch import Dispatch
from gongzhi_node import wire

TOML = """
[project]
id = "p1"
[board.b1]
type = "handpy-2"
[part.imu]
kind = "msa300"
"""


def test_readings_and_events(tmp_path, monkeypatch):
    monkeypatch.delenv("GONGZHI_ACTIONS", raising=False)
    (tmp_path / "project.toml").write_text(TOML, "utf-8")
    project = Project(tmp_path)
    dispatch, log, imu = Dispatch(project, 0.0), [], project["imu"]
    imu.when_shaken, imu.when_fallen = lambda: log.append("shaken"), lambda: log.append("fallen")

    def say(topic, **message):
        for _, call in dispatch.hear(f"v1/local/p1/b1/up/{topic}", wire.pack(message)):
            call()

    say("s", t=1, s=1, d={"imu": 30, "imu.x": 0.5, "imu.motion": 0.1})
    assert (imu.tilt, imu.value, imu["x"].value, imu["motion"].value) == (30, 30, 0.5, 0.1)
    say("ev/imu", ch="imu", ev="shake", q="1:1", t=1)
    say("ev/imu", ch="imu", ev="fall", q="1:2", t=2)
    say("ev/imu", ch="imu", ev="double", q="1:3", t=3)
    assert log == ["shaken", "fallen"]
