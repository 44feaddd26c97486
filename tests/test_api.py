"""What a pupil writes: the words that a mistake gets, and what a right program declares."""

import subprocess
import sys

import pytest
from gongzhi import Project, api, paths
from gongzhi.errors import ConfigError

EXAMPLE = paths.share("examples") / "01_hands_up_gate"


@pytest.fixture
def project(monkeypatch):
    monkeypatch.setenv(api.ENV_ACTIONS, "hands_up,arms_level")
    return Project(EXAMPLE)


def test_a_rule_says_when_what_and_why(project):
    project.when("hands_up", zh="举手", en="hands up").propose(project["gate"], 90, en="open", hold=3)
    (rule,) = project.rules
    assert (rule.when, rule.resource, rule.value, rule.hold) == ("hands_up", "gate.angle", 90, 3)
    assert rule.because == {"zh": "举手", "en": "hands up"}
    assert rule.what == {"zh": "open", "en": "open"}


@pytest.mark.parametrize(
    ("mistake", "names"),
    [
        (lambda p: p["gaet"], ["gaet", "gate"]),
        (lambda p: p.when("hand_up"), ["hand_up", "hands_up"]),
        (lambda p: p.when("hands_up").propose(p["gate"], 270), ["gate", "0 to 180°", "270°"]),
        (lambda p: p.when("hands_up").propose(p["button"], 1), ["button", "led"]),
        (lambda p: p.when("hands_up").propose(p["gate"], float("nan")), ["gate"]),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(project, mistake, names):
    with pytest.raises(ConfigError) as caught:
        mistake(project)
    assert all(name in str(caught.value) for name in names)


def test_a_mistake_shows_the_pupils_own_line(tmp_path):
    (tmp_path / "project.toml").write_bytes((EXAMPLE / "project.toml").read_bytes())
    program = tmp_path / "main.py"
    program.write_text('from gongzhi import Project\nproject = Project()\nproject["gaet"]\n', "utf-8")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert 'main.py, line 3: project["gaet"]' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_decision_reads_as_a_sentence():
    heard = {"id": "d-1", "state": "done", "what": {"en": "open"}, "because": {"en": "up"}, "p": 0.9, "by": "dial"}
    assert str(api.Decided(heard)) == "d-1 open: done (dial)"


def test_the_example_is_short_enough_to_read():
    assert len((EXAMPLE / "main.py").read_text("utf-8").splitlines()) <= 15
