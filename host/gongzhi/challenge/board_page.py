"""Takes a board, gives it as one HTML page to look at and to print, or as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import Final

from gongzhi.challenge.board import Board, Row
from gongzhi.challenge.table import cell
from gongzhi.measures.paper import STYLE
from gongzhi.text import Language, pick, tr

_WIDTH: Final = 200  # of the drawing, for 100 %
_STYLE: Final = """
body { max-width: 76rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
th { text-align: left; font-weight: 600; font-size: .82rem; color: #45546a; vertical-align: bottom }
th, td { padding: .3rem .45rem; border-top: 1px solid #d8dee8; white-space: nowrap }
td.place { font-size: 1.15rem; font-weight: 650 }
td.label { text-align: center; font-variant-numeric: tabular-nums; min-width: 2.6rem }
td small { color: #5a6778 }
.label small { color: inherit }
svg { width: 170px; height: 26px }
.small { overflow-wrap: anywhere }
th { white-space: normal }
th.label { text-align: center }
@media print { body { max-width: none } th, td { padding: 2px 4px } .wide { overflow: visible } svg { width: 150px } }
"""


def as_html(board: Board, which: Language) -> str:
    """The whole page in one language: no script, nothing that is fetched from elsewhere."""
    about = board.task.about
    title = pick(about.title, which)
    parts = [
        "<!doctype html>", f'<html lang="{"zh-CN" if which == "zh" else "en"}">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}{_STYLE}</style></head><body>", f"<h1>{escape(title)}</h1>",
        *(f'<p class="note">{escape(line)}</p>' for line in _head(board, which)),
    ]  # fmt: skip
    titles = {each.id: pick(each.title, which) for each in about.group}
    for group, rows in board.groups:
        name = titles.get(group, group)
        parts.append(f"<h2>{escape(name)}</h2>" if name else "")
        empty = tr("Nothing was handed in here yet.", which)
        parts.append(_table(board, rows, which) if rows else f'<p class="note">{escape(empty)}</p>')
    parts += ['<section class="small">', *(f"<p>{escape(line)}</p>" for line in _rules(board, which)), "</section>"]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _head(board: Board, which: Language) -> list[str]:
    about = board.task.about
    said = {
        "visible": tr("Practice: scored on the visible part, whose answers everybody has. It decides nothing.", which),
        "hidden": tr("The result: scored on the hidden part, which nobody has learnt from.", which),
    }[board.part]
    words = [pick(about.about, which)] if about.about else []
    return [*words, said]


def _rules(board: Board, which: Language) -> list[str]:
    metric = {
        "accuracy": tr("The share of clips that were named rightly.", which),
        "balanced": tr("The mean of the labels’ shares: each label counts the same.", which),
    }[board.task.about.metric]
    alike = {
        "person": tr("Clips of one person are alike; the interval counts that in (Rao and Scott, 1992).", which),
        "recording": tr("Clips of one recording are alike; the interval counts that in (Rao and Scott, 1992).", which),
        "block": tr("The test holds later parts of the recordings that were learnt from: it is easier than new people.",
                    which),
    }[board.task.about.split]  # fmt: skip
    return [
        tr("What counts: {metric}", which, metric=metric),
        tr("Places: after all whose whole interval (black line) lies above, before all whose whole interval lies "
           "below. “1–3” means: somewhere from first to third, and chance may have decided where.", which),
        tr("Order of the rows: what counts; then the label that is known least; then who was earlier. Of each team the "
           "submission counts that was best in practice.", which),
        alike,
        tr("ms a clip: measured here for a model (one core); for a table the team says it itself.", which),
        tr("The hidden part’s hash: {hash}", which, hash=board.task.about.hidden),
    ]  # fmt: skip


def _table(board: Board, rows: list[Row], which: Language) -> str:
    about = board.task.about
    heads = [tr("Place", which), tr("Team", which), tr("Right, with what is likely (95 %)", which)]
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    head += "".join(f'<th class="label">{escape(about.called(label, which))}</th>' for label in about.labels)
    last = [tr("ms a clip", which), tr("Submission", which)]
    head += "".join(f"<th>{escape(each)}</th>" for each in last)
    body = "\n".join(_row(row, which) for row in rows)
    note = tr("{persons} groups of like clips stand behind it, {clips} clips in all.", which,
              persons=rows[0].score.groups, clips=rows[0].score.clips)  # fmt: skip
    return f'<div class="wide"><table><tr>{head}</tr>\n{body}</table></div><p class="small">{escape(note)}</p>'


def _row(row: Row, which: Language) -> str:
    score = row.score
    place = str(row.first) if row.first == row.last else f"{row.first}–{row.last}"
    likely = f"{score.value:.1%}"
    missing = tr("{count} unanswered", which, count=score.unanswered) if score.unanswered else ""
    extra = f"<br><small>{escape(missing)}</small>" if missing else ""
    cells = [
        f'<td class="place">{place}</td>',
        f"<td>{escape(row.entry.team)}</td>",
        f"<td>{_bar(row)}{likely} <small>{score.low:.1%} – {score.high:.1%}</small>{extra}</td>",
    ]
    for each in score.by_label:
        share = each.right / max(each.clips, 1)
        tint = f"rgba(37, 99, 168, {0.42 * share:.2f})"
        cells.append(
            f'<td class="label" style="background:{tint}">{share:.0%}<br><small>{each.right}/{each.clips}</small></td>'
        )
    ms = "–" if score.ms is None else f"{score.ms:.2f}"
    kind = tr("model", which) if row.entry.kind == "model" else tr("table", which)
    cells.append(f"<td>{ms}</td><td>{row.entry.number} · {escape(kind)}<br><small>{row.entry.sha256[:8]}</small></td>")
    return f"<tr>{''.join(cells)}</tr>"


def _bar(row: Row) -> str:
    """The value as a bar, what is likely as a whisker."""
    low, high, length = (_WIDTH * each for each in (row.score.low, row.score.high, row.score.value))
    return (
        f'<svg viewBox="-1 0 {_WIDTH + 4} 26" aria-hidden="true">'
        f'<rect y="5" width="{_WIDTH}" height="14" fill="#e4e9f1"/>'
        f'<rect y="5" width="{length:.1f}" height="14" fill="#8fb6df"/>'
        f'<path d="M{low:.1f} 12H{high:.1f}M{low:.1f} 7v10M{high:.1f} 7v10" stroke="#111" stroke-width="1.8"/></svg>'
    )


def as_csv(board: Board) -> bytes:
    """One row a team, for a spreadsheet: UTF-8 with its mark; a text that looks like a formula gets a quote."""
    out = io.StringIO()
    table = csv.writer(out)
    labels = board.task.about.labels
    table.writerow(["group", "first", "last", "team", "value", "low", "high", "clips", "unanswered", "ms", "number",
                    "sha256", *map(cell, labels)])  # fmt: skip
    for group, rows in board.groups:
        for row in rows:
            score = row.score
            table.writerow(
                [cell(group), row.first, row.last, cell(row.entry.team), f"{score.value:.4f}", f"{score.low:.4f}",
                 f"{score.high:.4f}", score.clips, score.unanswered, "" if score.ms is None else f"{score.ms:.3f}",
                 row.entry.number, row.entry.sha256, *(f"{each.right}/{each.clips}" for each in score.by_label)]
            )  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode()
