"""The bench of the pose model gives each figure, from a person who is followed; no speed is judged here."""

import pytest
from gongzhi.bench import pose
from gongzhi.errors import ModelError
from gongzhi.pose.tracker import BlazePose


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(pose, "_WARM", 1)
    monkeypatch.setattr(pose, "_ROUNDS", 8)


def test_all_figures_are_there_and_fit_each_other():
    figures = pose.run()
    assert list(figures) == ["track_ms_p50", "track_ms_p95", "detect_ms_p50", "invoke_ms_p50", "ratio"]
    assert min(figures.values()) > 0
    assert figures["track_ms_p50"] <= figures["track_ms_p95"]
    assert figures["ratio"] == pytest.approx(figures["track_ms_p50"] / figures["invoke_ms_p50"], abs=2e-3)


def test_times_of_a_lost_person_are_no_figures(monkeypatch):
    monkeypatch.setattr(BlazePose, "__call__", lambda self, image, t: None)
    with pytest.raises(ModelError, match="lost"):
        pose.run()
