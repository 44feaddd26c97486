"""The surroundings of a simulated input, moved by hand on the page: sliders, switches and cables."""

from __future__ import annotations

import copy

import msgspec
import pytest
from gongzhi.page.messages import Cable, Carry, Move, decode
from playwright.sync_api import expect

PATIENCE = 30  # seconds that only a defect reaches


def room(feeder):
    """The boards of the feeder, with a climate sensor and a mat more."""
    boards = copy.deepcopy(feeder.HELLO["boards"])
    label = {"zh": "房间", "en": "room"}
    boards[0]["parts"] += [
        feeder.part("room", "dht22", 5, label, 80, "°C"),
        feeder.part("mat", "mat", 13, {"zh": "脚踏垫", "en": "mat"}, 1, ""),
    ]
    return boards


def world(served, ch, value, **more):
    about = {"prop": ch.rpartition(".")[2], "lo": 0, "hi": 1, "unit": "", "there": True, **more}
    served.runtime.post("world", board="door", ch=ch, value=value, **about)


@pytest.fixture
def moved(shown, served, feeder):
    served.runtime.begin(boards=room(feeder))
    world(served, "room", 20, lo=-40, hi=80, unit="°C")
    world(served, "room.humidity", 50, lo=0, hi=100, unit="%")
    world(served, "mat", 0)
    expect(shown.locator('input[data-ch="room"]')).to_be_visible()
    return shown


def heard(served):
    return served.runtime.received.get(timeout=PATIENCE)


def test_a_slider_moves_each_reading_and_follows_the_world(moved, served):
    warm, wet = moved.locator('input[data-ch="room"]'), moved.locator('input[data-ch="room.humidity"]')
    expect(warm).to_have_value("20")
    expect(moved.locator('[data-ch="room"] output').first).to_have_text("20 °C")
    warm.fill("31.5")
    assert heard(served) == Move("room", 31.5)
    wet.fill("80")
    assert heard(served) == Move("room.humidity", 80)
    world(served, "room.humidity", 12.5, lo=0, hi=100, unit="%")
    expect(wet).to_have_value("12.5")
    warm.focus()
    moved.keyboard.press("ArrowRight")
    assert heard(served).ch == "room"


def test_a_switch_is_held_and_let_go(moved, served):
    mat = moved.locator('button.toggle[data-ch="mat"]')
    expect(mat).to_have_text("Step on it")
    mat.click()
    assert heard(served) == Move("mat", 1)
    world(served, "mat", 1)
    expect(mat).to_have_attribute("aria-pressed", "true")
    expect(mat).to_have_text("Step off")
    mat.click()
    assert heard(served) == Move("mat", 0)
    served.runtime.part("mat", stepped=1)
    expect(moved.locator('.part[data-ch="mat"] .value')).to_have_text("somebody on it")
    served.runtime.part("room", temperature=21.5)
    expect(moved.locator('.part[data-ch="room"] > svg')).to_have_text("21.5°C")


def test_a_cable_is_pulled_and_put_in(moved, served):
    cable = moved.locator('.part[data-ch="room"] .cable')
    expect(cable).to_have_text("Pull the cable")
    cable.click()
    assert heard(served) == Cable("room", False)
    world(served, "room", 20, lo=-40, hi=80, unit="°C", there=False)
    expect(cable).to_have_text("Put the cable in")
    cable.click()
    assert heard(served) == Cable("room", True)


def test_parts_of_a_real_board_have_no_hands(moved):
    for ch in ("gate", "lamp", "button"):
        expect(moved.locator(f'.part[data-ch="{ch}"] .world')).to_be_hidden()


def test_whoever_carries_a_motion_sensor_walks(shown, served, feeder):
    boards = room(feeder)
    boards[0]["parts"].append(feeder.part("imu", "mpu6050", 21, {"zh": "腰间", "en": "belt"}, 180, "°"))
    served.runtime.begin(boards=boards)
    world(served, "imu", 0, lo=0, hi=180, unit="°")
    for axis in ("motion", "x", "y", "z"):
        world(served, f"imu.{axis}", 0, lo=0, hi=6, unit="g")
    expect(shown.locator('input[data-ch="imu"]')).to_be_visible()
    expect(shown.locator('input[data-ch="imu.z"]')).to_be_hidden()
    shown.locator('.part[data-ch="imu"] summary').click()
    expect(shown.locator('input[data-ch="imu.z"]')).to_be_visible()
    walk = shown.locator('.part[data-ch="imu"] .carried button[data-does="walk"]')
    expect(walk).to_have_text("Walk")
    walk.click()
    assert heard(served) == Carry("imu", "walk")
    felt = shown.locator('.part[data-ch="imu"] .felt')
    expect(felt).to_be_hidden()
    served.runtime.post("felt", board="door", ch="imu", actions=[{"name": "walk", "held": True, "p": 0.9}])
    expect(felt.locator('[data-held="true"]')).to_have_text("walk 90%")
    served.runtime.post("felt", board="door", ch="imu", actions=[])
    expect(felt).to_be_hidden()
    expect(shown.locator('.part[data-ch="room"] .carried')).to_have_count(0)


def test_what_a_browser_may_say():
    assert decode(b'{"type":"carry","ch":"imu","what":"walk"}') == Carry("imu", "walk")
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"type":"carry","ch":"imu","what":"walk:99"}')
    assert decode(b'{"type":"move","ch":"room.humidity","value":3}') == Move("room.humidity", 3.0)
    for wrong in (b'{"type":"move","ch":"","value":3}', b'{"type":"move","ch":"a","value":"3"}', b'{"type":"cable"}'):
        with pytest.raises(msgspec.ValidationError):
            decode(wrong)
