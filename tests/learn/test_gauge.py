"""A rule is held against recordings: how often it is right where it says so, and what its p is worth from then on."""

import json
import shutil

import pytest
from gongzhi import paths, project
from gongzhi.cli import app
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn import dataset
from gongzhi.learn.gauge import gauge
from gongzhi.learn.recogniser import Rules
from gongzhi.pose_rule import PoseRule
from gongzhi.stages.identify import gauged
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

EXAMPLES = paths.share("examples")
# So wide that a hanging arm is on its hip, too.
WIDE = "left_wrist near left_hip by 0.5 and right_wrist near right_hip by 0.5"
HIPS = "hands on hips"


@pytest.fixture(scope="module")
def people():
    return dataset.load(EXAMPLES / "03_train_my_gestures" / "data").people()


@pytest.fixture(scope="module")
def found(people):
    return gauge(PoseRule(WIDE), 0.5, people, HIPS)


def test_a_rule_that_is_sure_and_often_wrong_is_found_out(found):
    assert (found.split, found.shows, found.others) == ("person", 2, 4)
    assert found.hits == 2
    assert found.false >= 1
    raw, measured = found.brier
    assert measured < raw - 0.1, "its own p says 0.9 where half is right"
    assert all(abs(p - share) < 0.45 for p, share, n in found.bins if n >= 10)
    assert found.right[0] < 0.5 < found.right[1] + 0.35


def test_what_never_errs_is_not_called_certain_after_a_few_recordings(people):
    never = gauge(PoseRule("right_wrist above right_hip by 0.5"), 0.5, people, "wave")
    assert (never.hits, never.false) == (2, 0)
    assert all(0.8 < p < 0.99 for p, _, _ in never.bins)


def test_what_says_nothing_is_said(people):
    with pytest.raises(DataError, match="something else"):
        gauge(PoseRule(WIDE), 0.5, [one for one in people if one.head.label == HIPS], HIPS)
    with pytest.raises(DataError, match="at least three"):
        gauge(PoseRule(WIDE), 0.5, people[:1] + people[-1:], people[0].head.label)
    with pytest.raises(DataError, match="none of the recordings"):
        gauge(PoseRule("left_wrist above head by 3"), 0.5, people, HIPS)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 100), st.floats(-100, 100))
def test_a_clearer_pose_is_never_less_probable(one, other, a, b):
    low, high = sorted((one, other))
    assert 0 <= gauged(low, (a, b)) <= gauged(high, (a, b)) <= 1


def test_from_the_command_line_into_the_decision_and_its_explanation(tmp_path, people, found):
    folder = shutil.copytree(EXAMPLES / "02_raise_hand_rule", tmp_path / "project")
    data = shutil.copytree(EXAMPLES / "03_train_my_gestures" / "data", tmp_path / "data")
    toml, pose = folder / "project.toml", f'\n[pose.hips]\nrule = "{WIDE}"\n'
    text = toml.read_text("utf-8")
    toml.write_text(text + pose, "utf-8")
    words = ["evaluate", str(folder), str(data), "--rule", "hips"]
    said = json.loads(CliRunner().invoke(app, [*words, "--label", HIPS, "--json"]).output)
    assert (tuple(said["sure"]), said["false"]) == (found.curve, found.false)
    assert (data / "rule_hips.svg").read_text("utf-8").startswith("<svg")
    with pytest.raises(DataError, match="no label"):
        CliRunner().invoke(app, words, catch_exceptions=False)
    toml.write_text(f"{text}{pose}sure = [-1, 0]\n", "utf-8")
    with pytest.raises(ConfigError, match="sure"):
        project.load(folder)
    toml.write_text(f"{text}{pose}sure = {said['sure']}\n", "utf-8")
    seen = project.load(folder).seen
    frames = next(one for one in people if one.head.label == HIPS).frames()
    plain, measured = Rules(seen.poses, seen.dwells), Rules(seen.poses, seen.dwells, seen.curves)
    for one in frames[:40]:
        before, after = ({each.name: each for each in rules(one, one.t)}["hips"] for rules in (plain, measured))
    assert (before.held, before.since) == (after.held, after.since), "what it holds is the same"
    assert not before.calibrated
    assert after.calibrated
    assert after.p == pytest.approx(gauged(before.p, found.curve))
