"""The lesson's scripts run on a small task, and a step that says that it gains does so by more than chance."""

import datetime
import sys

import pytest
from gongzhi import paths
from gongzhi.challenge import entries

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def lesson(monkeypatch):
    """The folder of the scripts, from which they import each other; nothing of it stays."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(paths.share("examples") / "06_challenge"))
    yield
    for name in set(sys.modules) - before:
        if name in ("make_task", "methods", "network") or name.startswith("step"):
            del sys.modules[name]


def test_better_features_gain_and_the_network_hands_in_a_model(lesson, tmp_path):
    import make_task
    import step0_baseline
    import step2_better_features
    import step3_better_model

    task = make_task.make(tmp_path, 8)
    for team, step in (("t0", step0_baseline), ("t2", step2_better_features), ("t3", step3_better_model)):
        entries.submit(task, team, step.run(task.folder, tmp_path / team), NOW, "primary")
    gain = entries.compare(task, "t0", "t2", "hidden")
    assert gain.interval[0] > 0
    assert entries.counting(task, "t3").final.value > 0.5  # of eight labels
