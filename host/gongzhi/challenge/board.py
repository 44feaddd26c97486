"""Takes the entries of a task, gives its board: one row a team, in an order with stated rules, and places that name
chance where it is chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gongzhi.challenge.entries import Entry, best, best_part, order
from gongzhi.challenge.score import Score
from gongzhi.challenge.task import Part, Task


@dataclass(frozen=True, slots=True)
class Row:
    """A team: the entry that counts, its score on the board's part, and between which places (1 is the best) it could
    stand if the test were done again with others."""

    entry: Entry
    score: Score
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Board:
    """The rows of each group, best first; `part` is what was scored."""

    task: Task
    part: Part
    groups: list[tuple[str, list[Row]]]


def board(task: Task, entries: Sequence[Entry], part: Part) -> Board:
    """The board of a task.

    Of each team that entry counts which is best on the visible part, so that nobody gains by trying often on the hidden
    one. Order: the metric; then the label that is known least; then who was earlier. A team's places: after all whose
    whole interval lies above its own, before all whose whole interval lies below.
    """
    named = [each.id for each in task.about.group] or [""]
    known = [*named, *sorted({each.group for each in entries} - set(named))]
    groups = []
    for group in known:
        some = [each for each in entries if each.group == group]
        counting = [best([each for each in some if each.team == team]) for team in {each.team for each in some}]
        rows = sorted(counting, key=lambda each: order(each, part))
        scores = [best_part(each, part) for each in rows]
        groups.append(
            (group, [Row(each, mine, *_places(mine, scores)) for each, mine in zip(rows, scores, strict=True)])
        )
    return Board(task, part, groups)


def _places(mine: Score, everybody: Sequence[Score]) -> tuple[int, int]:
    above = sum(each.low > mine.high for each in everybody)
    below = sum(each.high < mine.low for each in everybody)
    return above + 1, len(everybody) - below


def plain(found: Board) -> dict[str, Any]:
    """For JSON."""
    return {
        "task": found.task.about.id,
        "part": found.part,
        "metric": found.task.about.metric,
        "hidden": found.task.about.hidden,
        "groups": [{"group": group, "rows": [_plain(row) for row in rows]} for group, rows in found.groups],
    }


def _plain(row: Row) -> dict[str, Any]:
    score = row.score
    return {
        "team": row.entry.team, "number": row.entry.number, "kind": row.entry.kind, "places": [row.first, row.last],
        "value": round(score.value, 4), "low": round(score.low, 4), "high": round(score.high, 4),
        "clips": score.clips, "groups": score.groups, "unanswered": score.unanswered, "ms": score.ms,
        "by_label": {each.label: [each.right, each.clips] for each in score.by_label},
        "sha256": row.entry.sha256, "answers": score.digest, "at": row.entry.at.isoformat(),
    }  # fmt: skip
