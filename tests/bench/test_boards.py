"""The bench of many boards in its small form: they are there, connected, and their figures are figures."""

import pytest
from gongzhi.bench import boards
from gongzhi.sim import board_body


@pytest.mark.skipif(board_body.library()[0] is None, reason="no MicroPython wheel for this machine")
def test_three_boards_are_measured(mocker):
    mocker.patch.object(boards, "_QUIET", 0)
    found = boards.run(3, 1.2)
    assert found["boards"] == 3
    assert found["broker"] in ("mosquitto", "gongzhi")
    assert found["spawn_s"] > 0
    assert found["first_spawn_s"] > 0
    assert 0 < found["cpu_cores"] < 2
    assert 0 < found["loop_hz_min"] <= 50.5
    assert found["pss_mb_each"] is None or 1 < found["pss_mb_each"] < 30
