"""A board's button is held while nobody hears it: the board has stopped, and the host is told when it is back."""

import asyncio

from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime

PROJECT = """
[project]
id = "alone"
[board.b1]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 23
level = "A4"
[part.soil]
kind = "soil"
pin = 34
[part.button]
kind = "button"
pin = 4
answers = "owner"
[[rule]]
when = "soil < 30"
propose = "lamp"
value = 1
hold = 60
"""
SCRIPT = """
speed = 20
[[branch]]
name = "alone"
steps = [
  { set = { soil = 10 } },
  { expect = { lamp = 1 } },
  { set = { soil = 60 } },
  { wifi = { b1 = "off" } },
  { press = "button", for = 3.4 },
  { expect = { lamp = 0 } },
  { pause = 62 },                       # longer than an event is worth telling
  { wifi = { b1 = "on" } },
  { wait = "stopped", within = 60 },
  { set = { soil = 10 } },
  { stays = { lamp = 0 }, for = 3 },
  { set = { soil = 60 } },
  { rearm = "all", by = "teacher" },
  { pause = 2 },
  { set = { soil = 10 } },
  { expect = { lamp = 1 }, within = 10 },
]
"""


def test_a_held_button_without_wifi_stops_the_board_and_then_everything_until_it_is_allowed(tmp_path):
    (tmp_path / "project.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "demo.toml").write_text(SCRIPT, "utf-8")
    runtime = Runtime(Options(tmp_path, headless=True, script="demo"))
    asyncio.run(asyncio.wait_for(runtime.run(), 100))
    assert runtime.rehearsal.outcome.fault is None, str(runtime.rehearsal.outcome.fault)
