"""从头到尾：出题，五份作品，榜单。 The whole contest: the task, five submissions, the board."""

import datetime
import importlib
import sys
from pathlib import Path

import make_task
from gongzhi.challenge import board, board_page, entries
from gongzhi.text import language

STEPS = ["step0_baseline", "step1_better_data", "step2_better_features", "step3_better_model", "step4_together"]


def percent(score):
    """A score in words."""
    return f"{score.value:.1%} ({score.low:.1%} – {score.high:.1%})"


def _gain(task, number):
    if number == 0:
        return ""
    gain = entries.compare(task, "t0", f"t{number}", "hidden")
    low, high = gain.interval
    return f", {100 * gain.value:+.1f} ({100 * low:+.1f} – {100 * high:+.1f}) against t0"


def play(folder, people):
    """Team t0 hands in the baseline, t1 to t4 the improvements; gives their entries."""
    task = make_task.make(folder, people)
    found = []
    for number, name in enumerate(STEPS):
        file = importlib.import_module(name).run(task.folder, folder / name)
        now = datetime.datetime.now().astimezone()
        found.append(entries.submit(task, f"t{number}", file, now, task.about.group[0].id))
        print(f"t{number} {name}: {percent(found[-1].final)}{_gain(task, number)}")
    page = board_page.as_html(board.board(task, found, "hidden"), language())
    (folder / "board.html").write_text(page, encoding="utf-8")
    return found


if __name__ == "__main__":
    play(Path(sys.argv[1] if len(sys.argv) > 1 else "contest"), int(sys.argv[2]) if len(sys.argv) > 2 else 50)
