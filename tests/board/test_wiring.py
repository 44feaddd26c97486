"""The wires of a project come out of its manifest: the right contact, supply and resistor, and a legible picture."""

import itertools
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from gongzhi import paths, project
from gongzhi.board.recipes import RECIPES, recipe
from gongzhi.board.types import board_type, known
from gongzhi.board.wiring import wiring
from gongzhi.parts import KINDS

EXAMPLE = paths.share("examples") / "01_hands_up_gate"
TWO = """
[project]
id = "p1"
[board.b1]
type = "handpy-2"
[board.b2]
type = "esp32-devkitc"
[part.bell]
kind = "buzzer"
board = "b1"
pin = "P6"
[part.gate]
kind = "servo"
board = "b1"
pin = "P13"
[part.knob]
kind = "button"
board = "b2"
pin = "VP"
[part.lamp]
kind = "led"
board = "b2"
pin = 18
"""


@pytest.fixture
def two(tmp_path):
    (tmp_path / "project.toml").write_text(TWO, encoding="utf-8")
    return project.load(tmp_path)


def texts(svg):
    return list(ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def wires(manifest, part):
    made = recipe(manifest.parts[part], manifest.boards[manifest.parts[part].board].about)
    return made and [(one.contact, one.through) for one in made.wires]


def test_each_part_gets_its_wires(two):
    assert wires(two, "lamp") == [("pin", "220 Ω"), ("GND", "")]
    assert wires(two, "gate") == [("pin", ""), ("5V", ""), ("GND", "")]
    assert wires(two, "bell") is None  # the board's own
    # GPIO 36 has no pull-up inside; GPIO 4 has one.
    assert wires(two, "knob") == [("pin", ""), ("GND", ""), ("3V3", "10 kΩ")]
    assert wires(project.load(EXAMPLE), "button") == [("pin", ""), ("GND", "")]


def test_every_recipe_has_a_signal_and_a_ground():
    for name, one in RECIPES.items():
        contacts = [wire.contact for wire in one.wires]
        assert len(set(contacts)) == len(contacts)
        assert set(contacts) - {"GND", "3V3", "5V"}
        assert "GND" in contacts or name == "touchpad"  # a finger closes its circuit


@pytest.mark.parametrize("kind", [one for one in KINDS.values() if getattr(one, "pins", ())])
def test_every_line_of_a_part_has_its_wire(kind):
    wired = {wire.contact for wire in RECIPES[kind.name].wires} if kind.name in RECIPES else {"scl", "sda"}
    assert set(kind.pins) <= wired


@pytest.mark.parametrize("kind", [one for one in KINDS.values() if one.needs == "adc1"])
def test_what_measures_a_voltage_never_gets_5_volts(kind):
    assert "5V" not in [wire.contact for wire in RECIPES[kind.name].wires]


def test_the_picture_says_where(two):
    words = [one.text for one in texts(wiring(two))]
    assert "右边从上数第 9 个 right, no. 9" in words  # GPIO 18 of an ESP32-DevKitC
    assert {"P13", "VP", "18", "220 Ω", "10 kΩ"} <= set(words)
    assert "外接电源 own supply" in words  # 掌控板 has no 5 V contact


def able(type_, kind):
    """Whether the board has the pins for such a part."""
    return len(board_type(type_).can(KINDS[kind].needs)) >= max(1, len(KINDS[kind].pins))


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        (type_, kind)
        for type_ in known()
        if board_type(type_).node
        for kind in sorted(set(RECIPES) & set(KINDS))
        if able(type_, kind)
    ],
)
def test_no_word_lies_on_another_on_any_board(tmp_path, type_, kind):
    pins, lines = board_type(type_).can(KINDS[kind].needs), KINDS[kind].pins
    wired = ", ".join(f"{name} = {pin}" for name, pin in zip(lines, pins, strict=False))
    pin = f"pins = {{ {wired} }}" if lines else f"pin = {pins[0]}"
    pin += '\ntexts = ["1"]' if KINDS[kind].shows else ""
    (tmp_path / "project.toml").write_text(
        f'[project]\nid = "p1"\n[board.b1]\ntype = "{type_}"\n[part.it]\nkind = "{kind}"\n{pin}\n'
        'label = { zh = "零件", en = "the part" }\n',
        encoding="utf-8",
    )
    svg = wiring(project.load(tmp_path))
    found = []
    for one in texts(svg):
        size, x, y = (float(one.get(key)) for key in ("font-size", "x", "y"))
        wide = size * sum(1 if unicodedata.east_asian_width(c) in "WF" else 0.55 for c in one.text)
        left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[one.get("text-anchor")]
        found.append((one.text, left, y - 0.75 * size, left + wide, y + 0.15 * size))
    height = float(ET.fromstring(svg).get("height"))
    assert all(left >= 0 and right <= 800 and bottom <= height for _, left, _, right, bottom in found)
    for (a, l1, t1, r1, b1), (b, l2, t2, r2, b2) in itertools.combinations(found, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1, (a, b)


def test_the_picture_is_the_same_each_time(two):
    assert wiring(two) == wiring(two)


def test_a_name_cannot_break_the_picture(tmp_path):
    (tmp_path / "project.toml").write_text(TWO.replace('id = "p1"', 'id = "p1"\ntitle = "<b>&\\"x"'), encoding="utf-8")
    assert any(one.text == '<b>&"x' for one in texts(wiring(project.load(tmp_path))))
