"""The board's own drivers on a Raspberry Pi's pins: gpiozero's mock holds the rules of the real ones."""

from __future__ import annotations

import importlib
import sys

import pytest
from gongzhi import pi
from gongzhi.parts import KINDS
from gpiozero import Device, PinSetInput
from gpiozero.pins.mock import MockFactory, MockPWMPin


@pytest.fixture
def pins(monkeypatch):
    """The mock's pins; the drivers are loaded anew over them."""
    factory = MockFactory(pin_class=MockPWMPin)
    monkeypatch.setattr(Device, "pin_factory", factory)
    machine = importlib.import_module("gongzhi.pi.machine")
    monkeypatch.setitem(sys.modules, "machine", machine)
    for name in [name for name in sys.modules if name.startswith("gongzhi_node.parts")]:
        monkeypatch.delitem(sys.modules, name)
    yield factory
    for device in machine._open.values():
        device.close()
    machine._open.clear()
    factory.reset()


def made(kind, **spec):
    """The part as the node builds it from its configuration."""
    about = KINDS[kind]
    entry = {"ch": kind, "kind": kind, "lo": about.low, "hi": about.high, "safe": about.safe, **spec}
    if about.pull:
        entry.setdefault("pull", about.pull)
    return importlib.import_module("gongzhi_node.parts").find(kind)(entry)


def numbers(kind):
    names = KINDS[kind].pins
    return {"pins": dict(zip(names, range(5, 9), strict=False))} if names else {"pin": 5}


@pytest.mark.parametrize("kind", sorted(pi.KINDS))
def test_each_kind_opens_its_pins_and_gives_them_back(pins, kind):
    part = made(kind, **numbers(kind))
    part.tick(20)
    part.close()
    again = made(kind, **numbers(kind))  # as after another configuration
    again.close()


def test_a_servo_gets_its_pulse(pins):
    part = made("servo", pin=18)
    assert pins.pin(18).frequency == 50
    part.set(90, 1000)
    assert pins.pin(18).state == pytest.approx(1500 / 20000, abs=1e-4)  # 1.5 ms of 20
    part.close()
    assert pins.pin(18).frequency is None


def test_a_lamp_a_relay_and_a_tone(pins):
    lamp, relay, bell = made("led", pin=5), made("relay", pin=6), made("buzzer", pin=13)
    lamp.set(0.25, 0)
    relay.set(1, 0)
    bell.set(440, 0)
    assert pins.pin(5).state == pytest.approx(0.25, abs=1e-3)
    assert pins.pin(6).state == 1
    assert (pins.pin(13).frequency, pins.pin(13).state) == (440, pytest.approx(0.5, abs=1e-3))
    for part in (lamp, relay, bell):
        part.rest(20)
    assert [pins.pin(n).state for n in (5, 6, 13)] == [0, 0, 0]


def test_a_button_is_read_and_its_pull_is_the_chips(pins):
    part = made("button", pin=4)
    assert pins.pin(4).pull == "up"
    t, said = 0, []

    def wait(ms):
        nonlocal t
        for _ in range(ms // 20):
            t += 20
            said.append(part.tick(t))

    wait(100)
    pins.pin(4).drive_low()
    wait(200)
    pins.pin(4).drive_high()
    wait(100)
    assert [one for one in said if one] == ["press"]


def test_a_knob_counts_the_edges_of_both_contacts(pins):
    part = made("rotary", pins={"a": 5, "b": 6}, steps=4)
    a, b = pins.pin(5), pins.pin(6)
    for _ in range(3):
        for move in (a.drive_low, b.drive_low, a.drive_high, b.drive_high):
            move()
    part.tick(20)
    assert part.raw == 3
    part.close()
    a.drive_low()  # nobody listens any more
    b.drive_low()
    part.tick(40)
    assert part.raw == 3


def test_a_pin_that_is_an_input_cannot_be_driven(pins):
    """The mock holds the real rules: what fails on the bench fails here."""
    machine = sys.modules["machine"]
    pin = machine.Pin(5, machine.Pin.IN)
    with pytest.raises(PinSetInput):
        pin.value(1)
