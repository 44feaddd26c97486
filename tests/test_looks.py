"""The tables [look.NAME]: a number from the picture is a sensor of its own, and a mistake names place and cure."""

from __future__ import annotations

import pytest
from gongzhi import project
from gongzhi.conditions import SIGHT_TTL, Reading, Scene
from gongzhi.errors import ConfigError

GOOD = """[project]
id = "looks"
[board.b]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 18
[look.crowd]
measures = "motion"
label = { zh = "动静", en = "movement" }
[look.tray]
measures = "colour"
colour = "white"
area = [0.3, 0.6, 0.7, 0.9]
[[rule]]
when = "动静 > 5 and (not tray.clear or tray < 25)"
propose = "lamp"
value = 1
"""


def load(folder, text):
    (folder / "project.toml").write_text(text, "utf-8")
    return project.load(folder)


def test_a_look_is_named_in_conditions_and_is_no_part_of_a_board(tmp_path):
    made = load(tmp_path, GOOD)
    assert made.rules[0].when == "crowd > 5 and (not tray.clear or tray < 25)"
    assert (list(made.parts), list(made.looks), list(made.sensed)) == (
        ["lamp"],
        ["crowd", "tray"],
        ["lamp", "crowd", "tray"],
    )
    assert made.looks["tray"].area == (0.3, 0.6, 0.7, 0.9)


@pytest.mark.parametrize(
    ("tray", "clear", "age", "truth"),
    [(60, 1, 0, False), (10, 1, 0, True), (None, 0, 0, True), (10, 1, SIGHT_TTL + 0.1, None), (None, None, 0, None)],
)
def test_a_camera_that_abstains_neither_stops_nor_starts_what_the_others_agree_on(tmp_path, tray, clear, age, truth):
    made = load(tmp_path, GOOD)
    told = {"tray": tray, "tray.clear": clear}
    readings = {name: Reading(value, 100 - age, ttl=SIGHT_TTL) for name, value in told.items() if value is not None}
    scene = Scene(100.0, {}, 100.0, {**readings, "crowd": Reading(9, 100, ttl=SIGHT_TTL)})
    assert made.condition(made.rules[0]).find(scene, {}).truth is truth


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (('"motion"', '"movement"'), ["look.crowd", "motion"]),
        (("[look.crowd]", "[look.lamp]"), ["look.lamp"]),
        (("[look.crowd]", '[look."A b"]'), ["A b"]),
        (('"white"', '"whit"'), ["look.tray", "whit", "white"]),
        (('colour = "white"\n', ""), ["look.tray", "colour"]),
        (('measures = "motion"', 'measures = "motion"\ncolour = "red"'), ["look.crowd", "colour"]),
        (("0.7, 0.9]", "0.2, 0.9]"), ["look.tray", "area", "[0.3, 0.6, 0.2, 0.9]"]),
        (("0.9]", "1.2]"), ["look.tray", "1.2"]),
        (('measures = "motion"', 'measures = "people"\narea = [0.0, 0.0, 0.5, 0.5]'), ["look.crowd", "area"]),
        (("tray < 25", "tray"), ["tray"]),
    ],
)
def test_a_fault_names_the_table_and_what_is_right(tmp_path, change, names, monkeypatch):
    monkeypatch.setenv("GONGZHI_LANG", "en")
    assert change[0] in GOOD
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(*change))
    said = str(caught.value)
    assert all(name in said for name in names), said
