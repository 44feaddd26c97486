"""A project's folder in, its manifest out; every fault names the file, the place and what would be right."""

from pathlib import Path

import pytest
from gongzhi import paths, project, text
from gongzhi.cli import app
from gongzhi.costs import Costs
from gongzhi.errors import ConfigError
from typer.testing import CliRunner

EXAMPLE = paths.share("examples") / "01_hands_up_gate"
GOOD = """
[project]
id = "p1"
[board.b1]
type = "esp32-devkitc"
[part.gate]
kind = "servo"
pin = 18
"""


@pytest.fixture(params=["zh", "en"])
def language(request):
    text.choose(request.param)
    yield request.param
    text.choose(None)


def load(folder: Path, content: str) -> project.Manifest:
    (folder / "project.toml").write_text(content, encoding="utf-8")
    return project.load(folder)


def test_the_example_gives_its_resources():
    made = project.load(EXAMPLE)
    assert sorted(made.resources) == ["bell.tone", "gate.angle", "lamp.level"]
    assert (made.resources["gate.angle"].level, made.resources["lamp.level"].level) == ("A2", "A4")
    assert made.parts["button"].answers == "owner"


def test_what_a_mistake_costs_is_the_projects_to_say(tmp_path):
    costs = "pin = 18\ncosts = { wrong = 10, missed = 2.0, asked = 0.5, human = 0.9 }"
    assert load(tmp_path, GOOD.replace("pin = 18", costs)).resources["gate.angle"].costs == Costs(10.0, 2.0, 0.5, 0.9)
    assert load(tmp_path, GOOD).resources["gate.angle"].costs is None


def test_a_part_becomes_the_boards_configuration(tmp_path):
    (part,) = load(tmp_path, GOOD).on("b1")
    assert part.config() == {
        "ch": "gate", "kind": "servo", "pin": 18, "lo": 0, "hi": 180, "safe": 0, "on_loss": ["hold", 500], "slew": 360,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("pin = 18", "pin = 18 18"), ["8", "pin = 18 18"]),
        (("pin = 18", 'pin = "18"'), ["part.gate", "“18”", "VP"]),
        (("pin = 18", "pin = 1.5"), ["part.gate.pin", " / "]),
        (('"esp32-devkitc"', '"unihiker-m10"'), ["board.b1", "esp32-devkitc"]),
        (("pin = 18", "pim = 18"), ["part.gate", "pim", "“pin”"]),
        (("pin = 18", "pin = 99"), ["part.gate", "99", "4, 13"]),
        (("pin = 18", "pin = 6"), ["part.gate", "6"]),
        (("pin = 18", "pin = 34"), ["part.gate", "34"]),
        (("pin = 18", "pin = 12"), ["part.gate", "12"]),
        (("pin = 18", "pin = 1"), ["part.gate", "1"]),
        (("pin = 18", "pin = 18\nlow = 200"), ["part.gate", "200"]),
        (("pin = 18", "pin = 18\nsafe = 181"), ["part.gate", "181"]),
        (("pin = 18", "pin = 18\nhigh = nan"), ["part.gate", "nan"]),
        (("pin = 18", "pin = 18\nslew = -90"), ["part.gate", "-90", "360"]),
        (("pin = 18", "pin = 18\nslew = inf"), ["part.gate", "inf"]),
        (("pin = 18", "pin = 18\ncosts = { wrong = 1, missed = 1, asked = 1 }"), ["part.gate.costs", "human"]),
        (("pin = 18", "pin = 18\ncosts = { wrong = 1, missed = 1, asked = 1, human = 2 }"), ["part.gate.costs"]),
        (("pin = 18", "pin = 18\ncosts = { wrong = nan, missed = 1, asked = 1, human = 1 }"), ["part.gate.costs"]),
        (("pin = 18", 'pin = 18\nlevel = "A9"'), ["part.gate.level", "A4"]),
        (("pin = 18", 'pin = 18\nboard = "b2"'), ["part.gate", "b1"]),
        (("pin = 18", 'pin = 18\n[part.g2]\nkind = "led"\npin = 18'), ["part.g2", "gate"]),
        (("pin = 18", 'pin = 18\nanswers = "owner"'), ["part.gate", "owner"]),
        (('"servo"', '"sevro"'), ["part.gate", "sevro", "servo"]),
        (('"esp32-devkitc"', '"esp99"'), ["esp99", "esp32-devkitc"]),
        (('"esp32-devkitc"', '"../boards/esp32-devkitc"'), ["esp32-devkitc"]),
        (('id = "p1"', 'id = "举手"'), ["project.id", "举手"]),
        (('[board.b1]\ntype = "esp32-devkitc"', "[board]"), ["board"]),
        (('id = "p1"', ""), ["project", "id"]),
    ],
)
def test_a_fault_names_the_place_and_what_is_right(tmp_path, language, change, names):
    assert change[0] in GOOD
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(*change))
    said = str(caught.value)
    assert "{" not in said
    assert all(name in said for name in names), said


def test_no_file_and_no_text_are_said(tmp_path, language):
    with pytest.raises(ConfigError, match=r"project\.toml"):
        project.load(tmp_path)
    (tmp_path / "project.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"project\.toml"):
        project.load(tmp_path)


def test_a_file_from_windows_is_read(tmp_path):
    (tmp_path / "project.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert project.load(tmp_path).id == "p1"


def test_run_without_a_folder_takes_the_one_it_is_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, ["run"]).exception
    assert isinstance(error, ConfigError)
    assert str(tmp_path) in str(error)
    assert "it is no piece" in error.text("en")


def test_a_file_instead_of_a_folder_is_said(tmp_path):
    file = tmp_path / "main.py"
    file.touch()
    with pytest.raises(ConfigError, match=r"Check the folder’s name"):
        project.load(file)


def test_what_is_no_file_is_not_called_a_text_problem(tmp_path):
    (tmp_path / "project.toml").mkdir()
    with pytest.raises(ConfigError) as caught:
        project.load(tmp_path)
    assert "UTF-8" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("pin = 18\nkind = “servo”", ["9", "“", "write"]),
        ("pin ＝ 18", ["8", "＝", "“=”"]),
        ("pin = １８", ["8", "１", "1"]),
        ('pin = 18\nlabel = { zh = "门"，en = "gate" }', ["9", "，"]),
        ('pin = 18\nlabel = "门，“大”门', ["9", "closing quote"]),
        ("pin = 18\n[part.gate]", ["9", "part.gate", "twice"]),
        ("pin 18", ["8", "=", "pin 18"]),
        ("pin = servo", ["8", "quotes", "pin = servo"]),
        ("pin = 18 18", ["8", "two things"]),
        ("pin = 18\n[part.大门]", ["9", "label", "[part.大门]"]),
        ("pin = 18\n[part.g2", ["9", "]"]),
        ("pin = 18\nreversible = False", ["9", "write “false”", "reversible = False"]),
    ],
)
def test_what_a_pupil_writes_wrong_is_said_in_words(tmp_path, line, says):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace("pin = 18", line))
    said = str(caught.value)
    assert all(word in said for word in [f"line {says[0]}", *says[1:]]), said


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("[part.gate]", "[prat.gate]"), 6, "part"),
        (("[board.b1]", "[bord.b1]"), 4, "board"),
        (('id = "p1"', 'title = "x"\nid = "Plant Care"'), 4, "a–z"),
        (("pin = 18", "pin = 18\nlevle = 3"), 9, "level"),
        (("pin = 18", "pin = 18\nlevel = 4"), 9, "quotes"),
        (('"esp32-devkitc"', '"esp32"'), 5, "esp32-devkitc"),
        (('"esp32-devkitc"', '"掌控板"'), 5, "handpy-2”"),
        (('"servo"', '"舵机"'), 7, "servo”"),
        (
            ("pin = 18", 'pin = 18\n[[rule]]\nwhen = "gate > 1"\npropose = "gate"\nvalue = 1\n[[rule]]\nwen = "a"'),
            14,
            "when",
        ),
    ],
)
def test_a_fault_names_the_line_where_it_stands(tmp_path, change, line, says):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(*change))
    assert f"line {line}" in str(caught.value)
    assert says in str(caught.value)


MOTOR = """
[part.wheel]
kind = "motor"
pins = { in1 = 16, in2 = 17 }
reflex = [["bumper", ">=", 1], ["eye", "<", 20]]
[part.bumper]
kind = "switch"
pin = 4
options = { active = "high" }
[part.eye]
kind = "light"
pin = 34
"""


def test_several_pins_options_and_rules_become_the_boards_configuration(tmp_path):
    made = load(tmp_path, GOOD + MOTOR)
    assert made.parts["wheel"].config() == {
        "ch": "wheel", "kind": "motor", "pins": {"in1": 16, "in2": 17}, "lo": -1, "hi": 1, "safe": 0,
        "on_loss": ["safe"], "slew": 4, "reflex": [["bumper", ">=", 1.0], ["eye", "<", 20.0]],
    }  # fmt: skip
    assert made.parts["bumper"].config() == {
        "ch": "bumper", "kind": "switch", "pin": 4, "active": "high", "pull": "up",
    }  # fmt: skip
    assert made.parts["eye"].config() == {"ch": "eye", "kind": "light", "pin": 34}
    assert sorted(made.resources) == ["gate.angle", "wheel.speed"]


def test_a_pupils_own_tunes_follow_those_that_are_built_in(tmp_path):
    made = load(tmp_path, GOOD + '[part.bell]\nkind = "melody"\npin = 19\ntunes = ["1 5_", "3-"]\n')
    assert made.resources["bell.tune"].high == 6
    assert made.parts["bell"].config()["tunes"] == [[523, 500, 784, 250], [659, 1000]]
    plain = load(tmp_path, GOOD + '[part.bell]\nkind = "melody"\npin = 19\n')
    assert plain.resources["bell.tune"].high == 4


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("pins = { in1 = 16, in2 = 17 }", "pin = 16"), ["part.wheel", "in1, in2", "pins = {"]),
        (("in2 = 17", "in3 = 17"), ["part.wheel", "in1, in2"]),
        (("in2 = 17", "in2 = 16"), ["part.wheel", "16"]),
        (("in2 = 17", "in2 = 34"), ["part.wheel", "34"]),
        (("in2 = 17", "in2 = 4"), ["part.bumper", "4", "wheel"]),
        (("pin = 4", "pins = { a = 4 }"), ["part.bumper", "pin = "]),
        (("pin = 34", "pin = 25"), ["part.eye", "25", "Wi-Fi", "34"]),
        (("pin = 34", "pin = 34\nanswers = 'owner'"), ["part.eye", "owner"]),
        (('"high"', '"left"'), ["part.bumper.options", "left", "high/low"]),
        (('active = "high"', "n = 3"), ["part.bumper.options", "n = 3"]),
        (('"bumper", ">="', '"nose", ">="'), ["part.wheel.reflex", "nose", "bumper 0…1", "eye 0…100"]),
        (('"bumper", ">="', '"gate", ">="'), ["part.wheel.reflex", "gate"]),
        (('">=", 1]', '">=", 2]'), ["part.wheel.reflex", "bumper 0…1"]),
        (('">=", 1]', '"=", 1]'), ["part.wheel.reflex", "="]),
        (('reflex = [', 'reflex = [' + '["eye", "<", 1], ' * 4), ["part.wheel.reflex", "4"]),
        (('pin = 34', 'pin = 34\nreflex = [["bumper", ">", 0]]'), ["part.eye.reflex"]),
        (('kind = "light"\npin = 34', 'kind = "rgb"\npin = 19\nslew = 3'), ["part.eye", "3"]),
        (('pin = 34', 'pin = 34\ntunes = ["1"]'), ["part.eye.tunes"]),
        (('kind = "light"\npin = 34', 'kind = "melody"\npin = 19\ntunes = ["1 9"]'), ["part.eye.tunes", "9", "bpm=30"]),
        (('kind = "light"\npin = 34', 'kind = "melody"\npin = 19\ntunes = ["1"]\nhigh = 6'), ["part.eye.high", "5"]),
    ],
)  # fmt: skip
def test_a_fault_in_pins_options_or_rules_names_the_place(tmp_path, language, change, names):
    assert change[0] in MOTOR
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD + MOTOR.replace(*change))
    said = str(caught.value)
    assert "{in" not in said
    assert all(name in said for name in names), said


def test_how_often_people_are_asked_is_the_projects_word(tmp_path, language):
    asks = GOOD.replace("[project]\n", "[project]\nasks = 12\n")
    assert (load(tmp_path, GOOD).asks, load(tmp_path, asks).asks) == (6, 12)
    with pytest.raises(ConfigError, match=r"project\.asks"):
        load(tmp_path, asks.replace("12", "0"))


def test_which_source_of_the_machine_goes_first_is_the_projects_word(tmp_path, language):
    rank = GOOD.replace("[project]\n", '[project]\nrank = ["sensors", "camera"]\n')
    assert (load(tmp_path, GOOD).rank, load(tmp_path, rank).rank) == ((), ("agent:sensors", "agent:pose"))
    for wrong, names in (("eyes", ["project.rank", "sensors"]), ("sensors", ["project.rank", "rank = "])):
        with pytest.raises(ConfigError) as caught:
            load(tmp_path, rank.replace('"camera"', f'"{wrong}"'))
        assert names[0] in str(caught.value), str(caught.value)


def test_how_much_of_the_journal_stays_is_the_projects_word(tmp_path, language):
    assert load(tmp_path, GOOD).journal.keep_mb == 100
    said = load(tmp_path, GOOD + "[journal]\nkeep_mb = 20\nkeep_days = 30\n").journal
    assert (said.keep_mb, said.keep_days) == (20, 30)
    for wrong, names in (("keep_mb = 0", ["journal.keep_mb", "0.1"]), ("keep_days = 0", ["journal.keep_days", "1"])):
        with pytest.raises(ConfigError) as caught:
            load(tmp_path, f"{GOOD}[journal]\n{wrong}\n")
        assert all(name in str(caught.value) for name in names), str(caught.value)
