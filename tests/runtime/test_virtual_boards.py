"""The virtual boards of a run: what hangs on their pins answers the real firmware."""

import base64
import json
import threading

from gongzhi import project
from gongzhi.board import room_key
from gongzhi.bus import Address
from gongzhi.runtime.boards import VirtualBoards
from gongzhi.sim.board import VirtualBoard
from gongzhi.sim.device import _layout as lay

CAR = """
[project]
id = "car"
[board.b1]
type = "esp32-devkitc"
[part.eye]
kind = "ultrasonic"
pins = { trig = 16, echo = 17 }
[part.wheel]
kind = "motor"
pins = { in1 = 18, in2 = 19 }
reflex = [["eye", "<", 20]]
[part.fan]
kind = "relay"
pin = 23
"""


def test_an_ultrasonic_has_its_echo_and_a_motor_both_its_lines(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path))
    (tmp_path / "project.toml").write_text(CAR, encoding="utf-8")
    (tmp_path / "world.toml").write_text('[wifi]\nb1 = "off"\n', encoding="utf-8")
    deaf, seen = threading.Event(), {}
    frame = VirtualBoard.frame

    def framed(board, kind, payload, t):
        frame(board, kind, payload, t)
        if any("no echo pulse" in line for line in board.console):
            deaf.set()

    monkeypatch.setattr(VirtualBoard, "frame", framed)
    told = threading.Event()

    def on_part(part, values, changed, t):
        seen[part.id] = values
        if len(seen) == 2:
            told.set()

    boards = VirtualBoards(project.load(tmp_path), "auto", on_part, lambda *_: None)
    try:
        boards.start(Address("127.0.0.1", 1, "u", "p"))  # nobody listens there: the board needs no host for this
        assert told.wait(20), "no word of the motor, or of the relay, whose pin has no edge"
        assert not deaf.is_set()
        assert boards.boards["b1"].inputs()[0] == (lay.RADIO, bytes([1, 55, 0, 0, 0, 0])), "as its world says"
        boards.world.unplug("eye")
        assert deaf.wait(20), "its echo is missed once it is gone"
    finally:
        boards.stop()
    assert seen == {"wheel": {"speed": 0.0}, "fan": {"level": 0.0}}
    state = tmp_path / "boards" / "car" / "b1"
    key = base64.b64decode(json.loads((state / "nvs.json").read_text())["b/gongzhi/key"])
    assert key == room_key.board_key(room_key.room_key(), (state / "identity").read_text()), (
        "it takes an update at once"
    )
