"""What a script does to the world, by a clock of ours."""

from __future__ import annotations

import asyncio

from gongzhi import paths, project
from gongzhi.clock import ManualClock
from gongzhi.runtime.pacing import BOARD
from gongzhi.script import file
from gongzhi.script.player import Player
from gongzhi.script.stage import Stage


def test_a_finger_stays_so_long_that_a_board_that_is_late_reads_it_twice(tmp_path):
    manifest = project.load(paths.share("examples") / "01_hands_up_gate")
    path = tmp_path / "demo.toml"
    path.write_text('[[branch]]\nname = "one"\nsteps = [{ press = "button" }]\n', "utf-8")
    clock, moved = ManualClock(), []

    async def play():
        stage = Stage(manifest, clock, *(lambda *_: None,) * 2, None, lambda _, down: moved.append((down, clock.now())),
                      *(lambda *_: None,) * 6)  # fmt: skip
        playing = asyncio.create_task(Player(file.load(path, manifest)).play(stage))
        while not playing.done():
            clock.forward(0.01)
            await asyncio.sleep(0.005)
        return await playing

    assert asyncio.run(play()).fault is None
    (down, begun), (up, ended) = moved
    assert (down, up) == (True, False)
    assert ended - begun > 2.5 * BOARD
