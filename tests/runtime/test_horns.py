"""The horn of a virtual servo is on its way for a while, which the page and the laws of the room are told of."""

from __future__ import annotations

import pytest
from gongzhi import paths, project
from gongzhi.clock import ManualClock
from gongzhi.runtime.boards import VirtualBoards
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.things import thing


def test_a_servo_is_drawn_where_its_horn_is(tmp_path):
    manifest = project.load(paths.share("examples") / "01_hands_up_gate")
    clock, told, drawn = ManualClock(100.0), [], []
    boards = VirtualBoards(
        manifest, "cpython", lambda part, values, changed, t: told.append((part.id, values, changed)),
        lambda _id, _event: None, tmp_path, clock=clock, on_horn=lambda part, values: drawn.append((part.id, values)),
    )  # fmt: skip
    gate = manifest.parts["gate"]
    boards.things["gate"] = thing("servo", gate.pins, {})

    def turn(angle):
        duty = round((500 + angle / 180 * 2000) / 20000 * 65535)
        boards._edge(gate.board, PinEdge(0.0, gate.pin, "pwm", duty, 50))

    turn(0)
    assert told.pop()[1] == pytest.approx({"angle": 0, "horn": 0}, abs=0.1)
    turn(90)
    assert told.pop()[1] == pytest.approx({"angle": 90, "horn": 0}, abs=0.1), "it has not gone yet"
    clock.forward(0.05)
    assert boards.world.step() is True
    assert drawn[-1][1] == pytest.approx({"angle": 90, "horn": 30}, abs=0.1)
    assert boards.world._shares["gate"] == pytest.approx(30 / 180, abs=0.01)
    clock.forward(1)
    assert boards.world.step() is False
    assert drawn[-1][1]["horn"] == drawn[-1][1]["angle"]
    assert told == [], "the pins have said nothing more"
    before = len(drawn)
    assert boards.world.step() is False
    assert len(drawn) == before
