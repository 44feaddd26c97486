"""What happens around virtual boards: values, ways, presses and cables, by a clock that the test moves."""

from __future__ import annotations

import threading
from types import MappingProxyType

import pytest
from gongzhi.clock import ManualClock
from gongzhi.errors import WorldError
from gongzhi.parts import KINDS
from gongzhi.project import Part
from gongzhi.sim.senses_wire import sense
from gongzhi.sim.world import World

PINS = {"soil": 34, "door": 4, "eye": 16, "button": 5}
KIND = MappingProxyType({"soil": "soil", "door": "switch", "eye": "ultrasonic", "button": "button", "lamp": "led"})


class Side:
    """The side of a board that the world drives, as the last thing that was put on each pin."""

    def __init__(self) -> None:
        self.on = {}

    def drive(self, pin, level):
        self.on[pin] = level

    def hold(self, kind, payload):
        self.on[payload[0], kind] = payload

    def adc(self, pin, mv, swing=0):
        self.on[pin] = mv


def part(name):
    kind = KINDS[KIND[name]]
    pins = {"trig": 16, "echo": 17} if name == "eye" else {"pin": PINS.get(name, 18)}
    return Part(name, "b1", pins, kind, {"zh": name, "en": name}, "", None)


@pytest.fixture
def world():
    clock, side, told = ManualClock(100.0), Side(), []
    parts = [part(name) for name in KIND]
    senses = {one.id: sense(one.kind.name, side, one.pins, {}) for one in parts if not one.kind.output}
    made = World(parts, senses, clock, lambda name, value, _there: told.append((name, value)))
    made.clock, made.side, made.told = clock, side, told
    return made


def test_what_is_set_is_on_the_pin(world):
    assert world.value("soil") == 50
    world.set("soil", 0)
    assert world.side.on[34] == 2800
    world.set("soil", 100)
    assert world.side.on[34] == 1200
    world.set("door", 1)
    assert world.side.on[4] == 0
    world.set("door", 0)
    assert world.side.on[4] is None
    assert world.told == [("soil", 0), ("soil", 100), ("door", 1), ("door", 0)]


def test_a_way_takes_its_time_and_ends_where_it_should(world):
    world.set("soil", 20)
    world.ramp("soil", 80, 6)
    for seconds, value in ((0, 20), (1, 30), (2, 50), (2.5, 75)):
        world.clock.forward(seconds)
        assert world.step()
        assert world.value("soil") == pytest.approx(value)
    world.clock.forward(60)
    assert not world.step()
    assert world.value("soil") == 80
    world.ramp("soil", 10, 0)
    world.step()
    assert world.value("soil") == 10
    world.ramp("soil", 100, 10)
    world.set("soil", 5)
    world.clock.forward(20)
    assert not world.step(), "a hand ends the way"
    assert world.value("soil") == 5


def test_a_press_lasts_as_long_as_it_says(world):
    world.press("button", 1.5)
    assert world.side.on[5] == 0
    world.clock.forward(1.4)
    assert world.step()
    assert world.side.on[5] == 0
    world.clock.forward(0.2)
    assert not world.step()
    assert world.side.on[5] is None


def test_a_cable_that_is_out_says_nothing_until_it_is_in_again(world):
    world.set("soil", 30)
    world.unplug("soil")
    assert world.side.on[34] is None
    assert not world.plugged("soil")
    world.set("soil", 100)
    assert world.side.on[34] is None, "the soil gets wet all the same"
    world.plug("soil")
    assert world.plugged("soil")
    assert world.side.on[34] == 1200


@pytest.mark.parametrize(
    ("act", "names"),
    [
        (lambda world: world.set("soyl", 1), ("soyl", "soil")),
        (lambda world: world.set("lamp", 1), ("lamp", "button")),
        (lambda world: world.set("soil", 101), ("soil", "101", "0", "100%")),
        (lambda world: world.set("soil", float("nan")), ("soil", "nan")),
        (lambda world: world.set("door", True), ("door", "True")),
        (lambda world: world.ramp("soil", 50, -1), ("soil", "-1")),
        (lambda world: world.ramp("soil", 50, float("inf")), ("soil", "inf")),
        (lambda world: world.press("soil"), ("soil", "100")),
        (lambda world: world.unplug("soil.depth"), ("soil.depth",)),
    ],
)
def test_what_cannot_be_is_refused_by_name(world, act, names):
    with pytest.raises(WorldError) as caught:
        act(world)
    for language in ("en", "zh"):
        assert all(name in caught.value.text(language) for name in names), caught.value.text(language)
    assert world.told == []


def test_its_own_thread_moves_what_takes_time(world):
    there = threading.Event()
    world._on_moved = lambda name, value, _: there.set() if (name, value) == ("soil", 70) else None
    world.start()
    try:
        world.ramp("soil", 70, 3)
        world.clock.forward(4)
        assert there.wait(20)
    finally:
        world.stop()
        world.stop()


def test_a_sense_that_fails_does_not_still_the_world(world, monkeypatch):
    failed, well = threading.Event(), threading.Event()
    put = world._senses["soil"].put

    def once(value, reading=""):
        if not failed.is_set():
            failed.set()
            raise OSError("the cable burns")
        put(value, reading)
        well.set()

    world.start()
    monkeypatch.setattr(world._senses["soil"], "put", once)
    world.ramp("soil", 90, 1.0)
    try:
        world.clock.forward(0.5)
        assert failed.wait(20)
        world.clock.forward(0.25)
        assert well.wait(20)
    finally:
        world.stop()
