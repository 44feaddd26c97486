"""The teacher's page in a browser: who is away or in trouble, one stop, and its end team by team, in both languages."""

import json

import pytest
from gongzhi.page.messages import Stop
from gongzhi.room.page import Release, _decoder
from gongzhi.room.roll import Roll
from gongzhi_node import VERSION
from playwright.sync_api import expect

PATIENCE = 30  # seconds that only a defect reaches


@pytest.fixture
def served(feeder):
    """The page server with the teacher's page, and 40 boards of ten teams."""
    found = feeder.Served(first="room.html")
    found.runtime.hub._decode = _decoder.decode
    roll = Roll()
    for n in range(40):
        here = {"v": 1, "on": 1, "boot": 1, "sid": f"{n}", "fw": VERSION, "body": "esp32", "heap": 60_000, "rssi": -80}
        top = f"v1/local/t{n // 4}/b{n % 4}/up"
        roll.hear(f"{top}/online", json.dumps(here).encode(), 0)
    roll.hear("v1/local/t3/b1/up/online", json.dumps({"v": 1, "on": 0, "boot": 1, "sid": "13"}).encode(), 0)
    piece = {"v": 1, "on": 1, "title": {"zh": "门", "en": "gate"}, "boards": ["b0"], "parts": 1, "stopped": 0,
             "labels": {"b0": {"zh": "门口的板子", "en": "board at the door"}}}  # fmt: skip
    roll.hear("v1/local/t0/_co/room", json.dumps(piece).encode(), 0)
    found.roll = roll
    tell(found, {"on": False, "free": []})
    yield found
    found.close()


def tell(served, stop):
    served.runtime.hub.post({"type": "room", "stop": stop, "broker": True, **served.roll.rows(120)}, "room")


def test_forty_boards_one_stop_and_one_team_allowed_again(page, served):
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(served.url + "?lang=en")
    expect(page.locator(".tile")).to_have_count(40)
    expect(page.locator("#count")).to_have_text("39 of 40 boards are here")
    away = page.locator("[data-board='t3/b1']")
    expect(away).to_contain_text("away for 2 min")
    expect(page.locator("#banners")).to_contain_text("Away: t3/b1")
    expect(page.locator("[data-board='t0/b0']")).to_contain_text("weak Wi-Fi")
    expect(page.locator("[data-board='t0/b0'] b")).to_have_text("Board at the door")
    page.click("#stop")
    assert served.runtime.received.get(timeout=PATIENCE) == Stop()
    tell(served, {"on": True, "free": ["t1"]})
    expect(page.locator("#banners")).to_contain_text("The whole room is stopped.Allowed again: t1.")
    expect(page.locator("[data-team=t1] .release")).to_have_count(0)
    page.click("section[data-team=t2] .release")
    assert served.runtime.received.get(timeout=PATIENCE) == Release(["t2"])
    page.click("#release-all")
    assert served.runtime.received.get(timeout=PATIENCE) == Release([])
    page.set_viewport_size({"width": 360, "height": 700})
    page.click("#language")
    expect(page.locator("#stop")).to_have_text("全部停止")
    box = page.locator("#stop").bounding_box()
    assert box["width"] > 300
    assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
