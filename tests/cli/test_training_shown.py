"""A training is drawn as it goes where there is a terminal, and told line by line where there is none."""

import io

from gongzhi.cli.training_shown import Shown, sparks
from gongzhi.learn.training import Progress
from rich.console import Console

ROUNDS = [Progress(n, 13, 1 / n, 1.1 / n, 0.5 + n / 12, (0.4 + n / 10, float("nan"), 0.9)) for n in range(1, 6)]


def shown(**how):
    out = io.StringIO()
    with Shown(["walk", "stand", "shake"], Console(file=out, width=80, **how)) as picture:
        for each in ROUNDS:
            picture(each)
    return out.getvalue()


def test_each_round_draws_the_loss_and_every_label():
    last = shown(force_terminal=True).split("5 / 13")[-1]
    assert "█▅▃▃▂" in last
    assert "0.220" in last
    assert all(word in last for word in ("walk", "stand", "shake", "90%", "–", "91.7%"))


def test_without_a_terminal_each_round_is_a_line():
    lines = shown().splitlines()
    assert len(lines) == 5
    assert lines[0] == "Round 1: loss 1.000, right 58.3%, least “walk” 50%"


def test_a_row_of_blocks():
    assert sparks([]) == ""
    assert sparks([0.0, 0.0]) == "▁▁"
    assert sparks([8.0, 4.0, 0.1]) == "█▅▁"
    assert len(sparks([1.0] * 100)) == 24
