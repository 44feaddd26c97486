"""`gongzhi board test`: the board's own drivers move and read its parts, a person says what she saw; a virtual board's
pins show that it was so."""

import json
import sys
import threading

import pytest
from gongzhi import cli, project
from gongzhi.board import room_key, setup
from gongzhi.board.check import Check
from gongzhi.board.prompt import Prompt
from gongzhi.board.room_net import RoomNet
from gongzhi.errors import BoardError
from gongzhi.gateway.ports import open_port
from gongzhi.sim import board_body
from typer.testing import CliRunner

from tests.board.images import micropython

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or board_body.library()[0] is None, reason="no MicroPython with a pseudo-terminal here"
)
TOML = """
[project]
id = "try"
[board.b1]
type = "esp32-devkitc"
link = "serial"
[part.lamp]
kind = "led"
pin = 23
[part.gate]
kind = "servo"
pin = 18
high = 90
slew = 0
[part.button]
kind = "button"
pin = 4
[part.knob]
kind = "potentiometer"
pin = 34
"""


@pytest.fixture
def ready(tmp_path, monkeypatch):
    """A board that has been set up; what its pins do."""
    from gongzhi.sim.board_serial import SerialBoard

    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "data"))
    (tmp_path / "project.toml").write_text(TOML, encoding="utf-8")
    edges = []
    board = SerialBoard("esp32-devkitc", state_dir=tmp_path / "b", back_off=0.01, on_edge=edges.append)
    data = micropython()
    board.flash[0x1000 : 0x1000 + len(data)] = data
    board.start()
    board.plug(tmp_path / "tty")
    manifest = project.load(tmp_path)
    made = setup.Setup(manifest, RoomNet(), room_key.room_key(), lambda *_: None)
    made.one("b1", str(tmp_path / "tty"))
    yield board, manifest, edges
    board.stop()


def test_each_part_is_moved_or_read_and_a_person_says_what_she_saw(ready, tmp_path):
    board, manifest, edges = ready
    asked = []

    def may(question):
        asked.append(question.text("en"))
        return "gate" in asked[-1]

    def saw(question):
        asked.append(question.text("en"))
        return "lamp" not in asked[-1]

    def hand(what):
        if "press" in what.text("en"):
            board.play([(300_000, 4, 0), (300_000, 4, 1)])
        else:
            turning.start()

    def turned():
        mv = 100
        while not over.wait(0.3):
            mv = 3100 - mv
            board.adc(34, mv)

    over = threading.Event()
    turning = threading.Thread(target=turned)
    with open_port(str(tmp_path / "tty"), 3.0) as line, Prompt(line) as prompt:
        trial = Check(prompt, manifest.parts, may, saw, hand, hand_s=20.0)
        before = len(edges)
        found = {name: trial.one(name) for name in manifest.parts}
        with pytest.raises(BoardError, match="does not know fan"):
            Check(prompt, {"fan": manifest.parts["lamp"]}, may, saw, hand)
    over.set()
    turning.join()
    assert (found["lamp"].ok, found["lamp"].seen) == (True, False)
    assert (found["gate"].ok, found["gate"].seen) == (True, True)
    assert found["gate"].text.text("en") == "0 → 90 → 0 °"
    assert "read" in found["knob"].text.text("en")
    assert found["button"].text.text("en") == "said: press"
    assert any("out of its way" in one for one in asked), "what moves is asked for first"
    moved = [edge for edge in edges[before:] if edge.pin == 18 and edge.kind == "pwm"]
    assert max(edge.value for edge in moved) == 4915, "to 90 degrees (1.5 ms of 20), as far as it may go"
    assert moved[-1].value == 1638, "and back to safe (0.5 ms)"


def test_the_command_tells_what_nobody_touched(ready, tmp_path):
    which = ["--part", "knob", "--part", "button", "--seconds", "0.3"]
    words = ["board", "test", str(tmp_path), "--port", str(tmp_path / "tty"), *which, "--json"]
    end = CliRunner().invoke(cli.app, ["--lang", "en", *words])
    assert end.exit_code == 0, (end.exception, end.output)
    button, knob = json.loads(end.stdout.splitlines()[-1])
    assert (button["ok"], button["seen"], knob["seen"]) == (True, None, None)
    assert "nothing was done to it" in knob["text"]
