"""From a person's raised hands to the Chinese text on a board's display, and to what the page is told of it."""

import base64

from gongzhi.board import font
from gongzhi.sim.script import Step
from gongzhi.sim.things import Screen

PROJECT = """
[project]
id = "door"
[board.hand]
type = "handpy-2"
[part.screen]
kind = "oled"
texts = ["请进！"]
[part.imu]
kind = "msa300"
[[rule]]
when = "hands_up"
propose = "screen"
value = 1
because = { zh = "双手举过了头", en = "both hands are up" }
"""


def line(text: str) -> bytes:
    """The upper strip of a line of text."""
    return b"".join(font.glyph(char)[1][: font.glyph(char)[0]] for char in text)


def test_hands_up_shows_the_text(start, tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "data"))
    (tmp_path / "project.toml").write_text(PROJECT, encoding="utf-8")
    run = start(folder=tmp_path)
    told: list[dict[str, object]] = []
    post = run.core.face.post

    def posted(message):
        told.append(message)
        post(message)

    monkeypatch.setattr(run.core.face, "post", posted)
    run.until("done", "screen.page")
    screen = run.core.boards.things["screen"]
    assert isinstance(screen, Screen)
    wanted = line("请进！")
    run.wait_for(lambda: screen.panel.dots().startswith(wanted))
    run.wait_for(lambda: any(one["type"] == "screen" for one in told))
    run.wait_for(lambda: any(one["type"] == "part" and one["d"] == {"page": 1} for one in told))
    shown = [base64.b64decode(str(one["dots"])) for one in told if one["type"] == "screen"]
    assert all(len(dots) == 1024 for dots in shown)
    run.wait_for(lambda: any(one["type"] == "part" and one["ch"] == "imu" for one in told))
    readings = [one["d"] for one in told if one["type"] == "part" and one["ch"] == "imu"]
    assert all(set(one) == {"tilt", "x", "y", "z", "motion"} for one in readings), "one message has all of them"
    world, bus = run.core.boards.world, run.core.boards.boards["hand"].i2c
    world.plug("screen")
    assert screen.panel.lit, "its cable was in: nothing has happened"
    world.unplug("screen")
    assert (screen.address in bus, world.plugged("screen")) == (False, False)
    world.plug("screen")
    assert (bus[screen.address], world.plugged("screen")) == (screen.panel, True)


def test_a_board_that_is_tilted_by_hand(start, tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "data"))
    (tmp_path / "project.toml").write_text(
        PROJECT.replace('"hands_up"', '"imu > 60 and imu.x > 0.5"'), encoding="utf-8"
    )
    run = start(steps=(Step("stand", 0.2, 60.0),), folder=tmp_path)
    run.core.boards.world.set("imu", 20)
    run.core.boards.world.set("imu", 90)
    assert run.until("done", "screen.page").value == 1
