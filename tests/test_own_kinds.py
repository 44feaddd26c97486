"""A driver that a project brings along: read without being run, and refused in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gongzhi import project
from gongzhi.board import firmware
from gongzhi.board.manifest import build
from gongzhi.errors import ConfigError
from gongzhi.project.kinds import read

README = Path(__file__).parents[1] / "firmware" / "README.md"
FAN = next(text for text in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL) if "Fan" in text)
TOML = """
[project]
id = "own"
[board.b1]
type = "esp32-devkitc"
[part.breeze]
kind = "fan"
pin = 23
[part.wind]
kind = "vane"
pin = 34
"""
VANE = """
from gongzhi_node.parts.analog import Analog

class Vane(Analog):
    PROP = "wind"
    LABEL = "风向"

PART = Vane
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "fan.py").write_text(FAN, "utf-8")
    (tmp_path / "parts" / "vane.py").write_text(VANE, "utf-8")
    (tmp_path / "project.toml").write_text(TOML, "utf-8")
    return tmp_path


def test_the_readmes_driver_is_a_part_like_any_other(folder):
    manifest = project.load(folder)
    fan, vane = manifest.parts["breeze"], manifest.parts["wind"]
    assert fan.resource is not None
    assert (fan.resource.id, fan.resource.hazard, fan.resource.level) == ("breeze.level", "H2", "A2")
    assert (fan.kind.label["zh"], fan.kind.needs) == ("风扇", "out")
    assert (vane.kind.prop, vane.kind.unit, vane.kind.high, vane.kind.needs) == ("wind", "%", 100, "adc1")
    assert vane.resource is None


@pytest.mark.parametrize("bytecode", [True, False])
def test_its_file_goes_onto_the_board_and_changes_the_builds_name(folder, bytecode):
    kinds = project.load(folder).kinds
    plain, own = firmware.of((), bytecode=bytecode), firmware.of(kinds, bytecode=bytecode)
    more = set(own) - set(plain)
    assert more == {f"gongzhi_node/parts/{name}.{'mpy' if bytecode else 'py'}" for name in ("fan", "vane")}
    assert build(own["manifest"]) != build(plain["manifest"])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("PART = Fan", ""), "PART = TheClass"),
        (("PART = Fan", "PART = Fun"), "PART = TheClass"),
        (("class Fan(Output)", "class Fan"), "Output, Part"),
        (("class Fan(Output)", "class Fan(Output"), "fan.py:"),
        (('NEEDS = "out"', 'NEEDS = "air"'), "pwm"),
        (('PROP = "level"', "PROP = 3"), "PROP"),
        (('PROP = "level"', 'PROP = "level"\n    LO = 2'), "LO, HI"),
        (('PROP = "level"', "HI = max(1, 2)"), "HI is no plain value"),
        (('PROP = "level"', 'PROP = "level"\n    OPTIONS = {"way": ("a", 3)}'), "OPTIONS"),
        (("PART = Fan", "PART = Fan\n#" + "x" * 16_000), "16000"),
        (('PROP = "level"', 'PROP = "level"\n    HI = 1e999'), "LO, HI"),
        (('PROP = "level"', "OPTIONS = {[]: 1}"), "OPTIONS is no plain value"),
        (('PROP = "level"', "HI = " + "-" * 12_000 + "1"), "no Python"),
        (('PROP = "level"', "HI = " + "+1" * 6_000), "no Python"),
    ],
)
def test_a_wrong_driver_is_named_with_what_is_right(folder, change, named):
    assert change[0] in FAN
    (folder / "parts" / "fan.py").write_text(FAN.replace(*change), "utf-8")
    with pytest.raises(ConfigError, match=re.escape(named)) as caught:
        project.load(folder)
    assert "fan.py" in str(caught.value)


@pytest.mark.parametrize("name", ["servo", "base", "Fan", "风扇"])
def test_a_name_that_is_taken_or_none_is_refused(tmp_path, name):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / f"{name}.py").write_text(FAN, "utf-8")
    with pytest.raises(ConfigError, match="Rename the file"):
        read(tmp_path)


def test_reading_a_driver_runs_nothing(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "fan.py").write_text("raise SystemExit('it was run')\n" + FAN, "utf-8")
    assert read(tmp_path)["fan"].prop == "level"
