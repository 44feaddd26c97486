"""A driver that a project brings along, on a virtual board: it moves by the loop, and what it senses is heard."""

from __future__ import annotations

from gongzhi.arbiter.events import Answered
from gongzhi.values import Answer

from tests.runtime.conftest import HANDS_UP
from tests.test_own_kinds import FAN, TOML, VANE

RULE = """
[[rule]]
when = "wind > 80"
propose = "breeze"
value = 1
"""


def test_it_acts_and_senses_on_a_virtual_board(start, tmp_path):
    folder = tmp_path / "piece"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "fan.py").write_text(FAN, "utf-8")
    (folder / "parts" / "vane.py").write_text(VANE, "utf-8")
    (folder / "project.toml").write_text(TOML + RULE, "utf-8")
    run = start(HANDS_UP, folder=folder)
    run.core.boards.world.set("wind", 90)
    asked = run.until("proposed", "breeze.level")
    run.call(run.core.happen, Answered(Answer("confirm", "human:owner#test", asked.id, asked.digest)))
    assert run.until("done", "breeze.level").by == "board:b1"
    assert run.signal("breeze") == {"level": 1}
