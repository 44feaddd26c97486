"""A board’s tile shows a display and a light matrix dot for dot, a motion sensor as it lies, lights in their colour."""

import base64
import copy

from gongzhi.page import key_of
from playwright.sync_api import expect

LIT = """(canvas, points) => {
  const dots = canvas.getContext("2d").getImageData(0, 0, 128, 64).data;
  return points.map(([x, y]) => dots[4 * (y * 128 + x)] > 100);
}"""


def test_a_display_is_drawn_dot_for_dot(page, served, opened, feeder):
    hello = copy.deepcopy(feeder.HELLO)
    label = {"zh": "屏", "en": "screen"}
    hello["boards"][0]["parts"].append(feeder.part("screen", "oled", 22, label, 2, ""))
    served.runtime.hub.post(hello, "hello")
    opened("?lang=en")
    glass = page.locator('[data-ch="screen"] canvas')
    expect(glass).to_have_attribute("data-lit", "0")
    dots = bytearray(1024)
    dots[0], dots[128 + 127], dots[7 * 128 + 5] = 0b11, 0b1000, 0x80
    told = {"type": "screen", "board": "door", "ch": "screen", "dots": base64.b64encode(bytes(dots)).decode()}
    served.runtime.hub.post(told, key_of(told))
    served.runtime.part("screen", page=2)
    expect(glass).to_have_attribute("data-lit", "4")
    points = [[0, 0], [0, 1], [0, 2], [127, 11], [5, 63], [64, 32]]
    assert glass.evaluate(LIT, points) == [True, True, False, True, True, False]
    expect(page.locator('[data-ch="screen"] .value')).to_have_text("page 2")
    served.runtime.hub.post({**told, "dots": base64.b64encode(bytes(1024)).decode()}, key_of(told))
    served.runtime.part("screen", page=0)
    expect(glass).to_have_attribute("data-lit", "0")
    expect(page.locator('[data-ch="screen"] .value')).to_have_text("dark")


def test_a_light_matrix_is_drawn_light_for_light(page, served, opened, feeder):
    hello = copy.deepcopy(feeder.HELLO)
    hello["boards"][0]["parts"].append(feeder.part("lights", "matrix", 16, {"zh": "点阵灯", "en": "matrix"}, 2, ""))
    served.runtime.hub.post(hello, "hello")
    opened("?lang=en")
    dots = bytearray(192)
    dots[3:6], dots[189:192] = bytes((51, 0, 0)), bytes((0, 0, 25))  # dimmed, as they must be
    told = {"type": "screen", "board": "door", "ch": "lights", "dots": base64.b64encode(bytes(dots)).decode()}
    served.runtime.hub.post(told, key_of(told))
    served.runtime.part("lights", page=2)
    drawn = page.locator('[data-ch="lights"] svg').first
    expect(drawn).to_have_attribute("data-lit", "2")
    expect(drawn.locator("rect").nth(2)).to_have_attribute("fill", "rgb(255 0 0)")
    expect(drawn.locator("rect").nth(64)).to_have_attribute("fill", "rgb(0 0 125)")
    expect(page.locator('[data-ch="lights"] .value')).to_have_text("picture 2")


def test_who_comes_later_sees_it_too(page, served, opened, feeder):
    hello = copy.deepcopy(feeder.HELLO)
    hello["boards"][0]["parts"].append(feeder.part("screen", "oled", 22, {"zh": "屏", "en": "screen"}, 2, ""))
    served.runtime.hub.post(hello, "hello")
    told = {"type": "screen", "board": "door", "ch": "screen", "dots": base64.b64encode(b"\xff" * 1024).decode()}
    served.runtime.hub.post(told, key_of(told))
    opened()
    expect(page.locator('[data-ch="screen"] canvas')).to_have_attribute("data-lit", "8192")


def test_a_motion_sensor_lies_as_it_is(page, served, opened, feeder):
    hello = copy.deepcopy(feeder.HELLO)
    hello["boards"][0]["parts"].append(feeder.part("imu", "msa300", 22, {"zh": "体感", "en": "motion"}, 180, "°"))
    served.runtime.hub.post(hello, "hello")
    opened("?lang=en")
    served.runtime.part("imu", tilt=90)
    expect(page.locator('[data-ch="imu"] .plate')).to_have_attribute("transform", "rotate(90 60 60)")
    expect(page.locator('[data-ch="imu"] .value')).to_have_text("90°")


def test_coloured_lights_have_their_colour_and_not_its_number(page, served, opened, feeder):
    hello = copy.deepcopy(feeder.HELLO)
    hello["boards"][0]["parts"].append(feeder.part("ring", "rgb", 16, {"zh": "灯环", "en": "ring"}, 4, ""))
    served.runtime.hub.post(hello, "hello")
    opened("?lang=en")
    served.runtime.part("ring", rgb=0x103000)
    expect(page.locator('[data-ch="ring"] .value')).to_have_text("#103000")
    expect(page.locator('[data-ch="ring"] circle').nth(1)).to_have_css("fill", "rgb(16, 48, 0)")
    served.runtime.part("ring", rgb=0x300000)
    expect(page.locator('[data-ch="ring"] .value')).to_have_text("red")
    served.runtime.part("ring", rgb=0)
    expect(page.locator('[data-ch="ring"] .value')).to_have_text("off")
