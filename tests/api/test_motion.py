"""A motion sensor in a pupil's program: its readings, and what is called when it is shaken or falls."""

import pytest
from gongzhi import Project
from gongzhi.api.dispatch import Dispatch
from gongzhi.errors import ConfigError
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


def test_samples_come_each_once_with_their_times(tmp_path, monkeypatch):
    monkeypatch.delenv("GONGZHI_ACTIONS", raising=False)
    (tmp_path / "project.toml").write_text(TOML, "utf-8")
    with pytest.raises(ConfigError, match="stream = 25"):
        Project(tmp_path)["imu"].when_sampled = print
    (tmp_path / "project.toml").write_text(TOML + "options = { stream = 25 }", "utf-8")
    project = Project(tmp_path)
    dispatch, log = Dispatch(project, 0.0), []
    project["imu"].when_sampled = log.extend

    def say(t, w):
        return dispatch.hear("v1/local/p1/b1/up/s", wire.pack({"t": t, "s": 1, "d": {}, "w": {"imu": w}}))

    calls = [*say(1000, [80, 0, 0, 1000, 40, 500, 0, 1000]), *say(1400, [0, 0, -250, 990])]
    assert [key for key, _ in calls] == [None, None], "no batch stands for another"
    for _, call in calls:
        call()
    assert [(one.x, one.y, one.z) for one in log] == [(0, 0, 1), (0.5, 0, 1), (0, -0.25, 0.99)]
    assert [round(one.t - log[0].t, 3) for one in log] == [0, 0.04, 0.48]
    assert say(1800, [0, 1]) == [], "no batch of this part"
