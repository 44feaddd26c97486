"""What a script may say, and how a wrong one is refused."""

from __future__ import annotations

import pytest
from gongzhi import paths, project
from gongzhi.errors import ConfigError
from gongzhi.script import file

EXAMPLE = paths.share("examples") / "01_hands_up_gate"


@pytest.fixture(scope="module")
def manifest():
    return project.load(EXAMPLE)


def load(tmp_path, manifest, steps, head=""):
    path = tmp_path / "demo.toml"
    path.write_text(f'{head}\n[[branch]]\nname = "one"\nsteps = [{steps}]\n', encoding="utf-8")
    return file.load(path, manifest)


def test_the_examples_script_is_read(manifest):
    script = file.load(EXAMPLE / "demo.toml", manifest)
    assert script.speed == 20
    assert [branch.name for branch in script.branches][:4] == ["yes", "no", "silence", "late"]
    first = script.branches[0].steps[0]
    assert (first.verb, first.what) == ("person", "hands_up")


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        ('{ person = "hands_upp" }', "hands_up"),
        ("{ set = { gate = 3 } }", "button"),
        ("{ set = { button = 3 } }", "from 0 to 1"),
        ("{ ramp = { button = -1 } }", "from 0 to 1"),
        ('{ set = { "button.tilt" = 1 } }', "button"),
        ("{ expect = { button = 1 } }", "gate"),
        ('{ wait = "askd" }', "asked"),
        ('{ answer = "maybe" }', "yes"),
        ('{ answer = "edit" }', "value"),
        ('{ answer = "yes", of = "gat" }', "gate"),
        ('{ answer = "yes", by = "boss" }', "owner"),
        ("{ power = { window = true } }", "door"),
        ('{ wifi = { window = "off" } }', "door"),
        ('{ wifi = { door = "slow" } }', "slow"),
        ("{ cut = { door = 0 } }", "1 is the next"),
        ('{ rearm = "bel" }', "bell"),
        ('{ press = "button", stop = "owner" }', "one"),
        ("{ within = 3 }", "person"),
        ('{ dial = { gate = "A9" } }', "A9"),
        ("{ jump = 3 }", "jump"),
    ],
)
def test_a_wrong_step_is_refused_by_place_and_with_what_would_be_right(tmp_path, manifest, steps, named):
    with pytest.raises(ConfigError) as error:
        load(tmp_path, manifest, steps)
    text = str(error.value)
    assert "demo.toml" in text
    assert "branch one, step 1" in text
    assert named in text


def test_a_script_that_is_not_there_names_those_that_are(manifest):
    with pytest.raises(ConfigError, match="demo"):
        file.load(EXAMPLE / "party.toml", manifest)


@pytest.mark.parametrize("speed", [0.5, 41])
def test_a_speed_has_limits(tmp_path, manifest, speed):
    with pytest.raises(ConfigError, match="40"):
        load(tmp_path, manifest, "", f"speed = {speed}")
