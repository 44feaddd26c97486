"""What boards do changes what they sense: pumps, lamps, heaters, drying, by a clock that the test moves."""

from __future__ import annotations

import math

import pytest
from gongzhi import project
from gongzhi.clock import ManualClock
from gongzhi.errors import ConfigError
from gongzhi.sim import laws
from gongzhi.sim.senses import Sense
from gongzhi.sim.world import World

PROJECT = """
[project]
id = "plant"
[board.b1]
type = "esp32-devkitc"
[part.pump]
kind = "relay"
pin = 18
[part.lamp]
kind = "led"
pin = 19
[part.soil]
kind = "soil"
pin = 34
[part.light]
kind = "light"
pin = 35
[part.room]
kind = "dht22"
pin = 21
"""
LAWS = """
[soil]
per_second = { pump = 4 }
drift = -0.5
[light]
adds = { lamp = 30 }
[room]
adds = { lamp = 10 }
lag = 20
["room.humidity"]
per_second = { pump = 1 }
"""


class Silent(Sense):
    """An input whose pins nobody looks at."""

    FIRST = {"": 50.0, "humidity": 50.0}  # noqa: RUF012  (as its base has it)

    def _show(self):
        pass

    _cut = _show


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def world(folder):
    (folder / laws.FILE).write_text(LAWS, encoding="utf-8")
    manifest = project.load(folder)
    clock = ManualClock(5.0)
    senses = {one.id: Silent(None, one.pins, {}) for one in manifest.parts.values() if not one.kind.output}
    made = World(manifest.parts.values(), senses, clock)
    made.obey(laws.load(manifest))
    made.senses, made.clock = senses, clock
    return made


def later(world, seconds):
    world.clock.forward(seconds)
    return world.step()


def test_an_output_whose_cable_is_out_does_nothing_to_the_room(world):
    world.set("soil", 20)
    world.acted("pump", 1.0)
    later(world, 2)
    assert world.value("soil") == pytest.approx(27), "4 a second, and it dries by 0.5"
    world.unplug("pump")
    later(world, 2)
    assert world.value("soil") == pytest.approx(26)
    world.acted("pump", 1.0)
    later(world, 2)
    assert world.value("soil") == pytest.approx(25), "its pin moves, and that is all"
    assert not world.plugged("pump")
    world.plug("pump")
    later(world, 2)
    assert world.value("soil") == pytest.approx(32)


def test_a_pump_wets_and_the_sun_dries(world):
    world.set("soil", 20)
    assert later(world, 10)
    assert world.value("soil") == pytest.approx(15)
    world.acted("pump", 1.0)
    later(world, 10)
    assert world.value("soil") == pytest.approx(50)
    assert world.senses["soil"].values[""] == pytest.approx(50)
    world.clock.forward(4)
    world.acted("pump", 0.0)  # what passed until now was with the pump on
    assert world.value("soil") == pytest.approx(64)
    later(world, 1000)
    assert world.value("soil") == 0, "no drier than dry"
    world.acted("pump", 1.0)
    later(world, 1000)
    assert world.value("soil") == 100
    assert world.value("room.humidity") == 100


def test_a_lamp_is_seen_at_once_and_warms_slowly(world):
    world.set("light", 20)
    world.set("room", 18)
    world.acted("lamp", 0.5)
    later(world, 0.02)
    assert world.value("light") == pytest.approx(35)
    later(world, 20)
    assert world.value("room") == pytest.approx(18 + 5 * (1 - math.exp(-1.001)), abs=0.01)
    world.set("light", 60)
    assert world.value("light") == 60, "a hand says what is read now"
    world.acted("lamp", 0.0)
    later(world, 300)
    assert world.value("light") == pytest.approx(45)
    assert world.value("room") == pytest.approx(18, abs=0.01)


def test_a_way_is_stronger_than_a_law(world):
    world.set("soil", 20)
    world.ramp("soil", 40, 10)
    later(world, 5)
    assert world.value("soil") == pytest.approx(30)
    later(world, 5)
    assert world.value("soil") == pytest.approx(40)


def test_nothing_is_under_way_where_nothing_flows(folder):
    (folder / laws.FILE).write_text("[light]\nadds = { lamp = 30 }\n", encoding="utf-8")
    manifest = project.load(folder)
    law = laws.load(manifest)["light"]
    assert not law.busy({})
    assert law.busy({"lamp": 1.0})
    law.step({"lamp": 1.0}, 0.1)
    assert not law.busy({"lamp": 1.0})


def test_a_project_without_the_file_has_no_laws(folder):
    assert laws.load(project.load(folder)) == {}


def test_the_wifi_of_a_board_stands_beside_the_laws(folder):
    (folder / laws.FILE).write_text('[wifi]\nb1 = "weak"\n[soil]\ndrift = 1\n', encoding="utf-8")
    manifest = project.load(folder)
    assert laws.airs(manifest) == {"b1": "weak"}
    assert set(laws.load(manifest)) == {"soil"}
    for text, named in (('[wifi]\nb2 = "weak"\n', "b1"), ('[wifi]\nb1 = "slow"\n', "slow")):
        (folder / laws.FILE).write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=named):
            laws.airs(manifest)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[soyl]\ndrift = 1\n", ("soyl", "soil")),
        ("[soil]\nadds = { light = 3 }\n", ("light", "lamp")),
        ("[soil]\ndraft = 1\n", ("draft", "drift")),
        ("[room]\nlag = -1\n", ("room",)),
        ("soil = 3\n", ("world.toml",)),
    ],
)
def test_a_wrong_file_is_refused_by_name(folder, text, names):
    (folder / laws.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        laws.load(project.load(folder))
    assert all(name in caught.value.text("en") for name in names), caught.value.text("en")


@pytest.mark.parametrize(
    ("kind", "values", "low", "high", "share"),
    [
        ("led", {"level": 0.25}, 0, 1, 0.25),
        ("rgb", {"rgb": 0x008000}, 0, 0xFFFFFF, 128 / 255),
        ("motor", {"speed": -0.5}, -1, 1, 0.5),
        ("servo", {"angle": 90}, 0, 180, 0.5),
    ],
)
def test_how_fully_an_output_is_on(kind, values, low, high, share):
    assert laws.share(kind, values, low, high) == pytest.approx(share)
