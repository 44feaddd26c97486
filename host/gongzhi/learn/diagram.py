"""Takes what a test has shown of a model or a rule, gives the pictures of it (SVG), one below the other: what was taken
for what, how sure against how often right, what label sets and strangeness are worth, whether more data would help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Final

import numpy as np

from gongzhi.learn.calibrate import MISS, wilson
from gongzhi.learn.evaluation import Report
from gongzhi.learn.gauge import Gauge, Heard
from gongzhi.text import tr

Bins = Sequence[tuple[float, float, int]]
Panel = tuple[int, list[str]]  # its height in pixels, and what is drawn in it

WIDE: Final = 400  # pixels of all pictures
_SIDE: Final = 240  # of the square of a diagram
_LEFT: Final = 104  # of what is left of it, for words
_TOP: Final = 40  # of what is above it: the title
_FOOT: Final = 44
_ROW: Final = 40  # from one bar to the next
_MOST: Final = 14  # characters of a label beside a matrix, of which a Chinese one takes two
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.h{font-weight:bold;font-size:13px}.f{fill:none;stroke:#888}.w{fill:#fff}"
    ".d{stroke:#666;stroke-dasharray:4 4}.m{stroke:#222;stroke-width:2;stroke-dasharray:3 2}"
    ".i{stroke:#1463a5;stroke-width:2}.p{fill:#1463a5}.n{fill:#b3541e}"
    ".l{fill:none;stroke:#1463a5;stroke-width:2}.e{fill:#e8e8e8}.a{fill:#e0a526}"
)


def of_model(report: Report, curve: Sequence[tuple[int, float]] = ()) -> str:
    """All pictures of a test of a model; `curve` as learning_curve gives it. Words in the user's language."""
    bars = [
        _bar(tr("the set of possible labels held the truth"), [("p", report.covered)], 1 - MISS),
        _bar(tr("gave a single label"), [("p", 1 - report.deferred)]),
        _bar(tr("called known movements strange"), [("n", report.strange)], MISS),
    ]
    panels = [_matrix(report), _reliability(report.bins), _bars(tr("Can it be relied on? (dashed: as promised)"), bars)]
    return _stack([*panels, *([_curve(curve)] if curve else [])])


def of_rule(found: Gauge) -> str:
    """The same of a rule that was measured."""
    bars = [
        _bar(tr("the set of possible labels held the truth"), [("p", found.covered)], 1 - MISS),
        _bar(tr("called what it knows strange"), [("n", found.strange)], MISS),
        _heard(tr("recordings that show it: decides, asks"), found.told[0], "p"),
        _heard(tr("other recordings: decides wrongly, asks"), found.told[1], "n"),
    ]
    return _stack([_reliability(found.bins), _bars(tr("Can it be relied on? (dashed: as promised)"), bars)])


def _stack(panels: Iterable[Panel]) -> str:
    lines, y = [], 0
    for height, drawn in panels:
        lines += [f'<g transform="translate(0 {y})">', *drawn, "</g>"]
        y += height
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{y}" viewBox="0 0 {WIDE} {y}">'
    ground = f'<rect class="w" x="0" y="0" width="{WIDE}" height="{y}"/>'
    return "\n".join([head, f"<style>{_STYLE}</style>", ground, *lines, "</svg>", ""])


def _text(x: float, y: float, said: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(said)}</text>'


def _title(said: str) -> str:
    return _text(12, 20, said, more=' class="h"')


def _matrix(report: Report) -> Panel:
    """Rows the truth, columns what was said; the darker a field, the more of its row."""
    count = len(report.labels)
    cell = min(_SIDE / count, 48)
    many = cell < 16  # no room for numbers: the colour says it
    down, side = max(_TOP, 20) + 4, cell * count
    lines = [_title(tr("What it was (rows) and what the model said (columns)"))]
    shares = report.confusion / np.maximum(report.confusion.sum(1, keepdims=True), 1)
    for i, truth in enumerate(report.labels):
        lines.append(_text(_LEFT - 8, down + (i + 0.5) * cell + 4, _short(truth), "end"))
        x, y = _LEFT + (i + 0.5) * cell, down + side + 14
        turned = f' transform="rotate(-35 {x:.1f} {y:.1f})"'
        lines.append(_text(x, y, _short(truth), "end", turned))
        for j, said in enumerate(report.labels):
            n, share = int(report.confusion[i, j]), float(shares[i, j])
            name = escape(f"{truth} → {said}: {n}")
            lines.append(
                f'<rect class="{"p" if i == j else "n"}" fill-opacity="{share:.2f}" x="{_LEFT + j * cell:.1f}" '
                f'y="{down + i * cell:.1f}" width="{cell:.1f}" height="{cell:.1f}"><title>{name}</title></rect>'
            )
            if n and not many:
                white = ' style="fill:#fff"' if share > 0.5 else ""
                lines.append(_text(_LEFT + (j + 0.5) * cell, down + (i + 0.5) * cell + 4, str(n), "middle", white))
    lines.append(f'<rect class="f" x="{_LEFT}" y="{down}" width="{side:.1f}" height="{side:.1f}"/>')
    return round(down + side + 84), lines


def _short(label: str) -> str:
    room, kept = _MOST, ""
    for letter in label:
        room -= 2 if ord(letter) > 0x2E7F else 1
        if room < 0:
            return kept + "…"
        kept += letter
    return kept


def _square(across: str, up: str) -> list[str]:
    """The frame of a diagram and its words; up is a share."""
    lines = [f'<rect class="f" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>']
    lines += [_text(_LEFT - 6, _y(share) + 4, f"{share:.0%}", "end") for share in (0.0, 0.5, 1.0)]
    lines.append(_text(_x(0.5), _TOP + _SIDE + 34, across, "middle"))
    turned = f' transform="translate({_LEFT - 48} {_y(0.5)}) rotate(-90)"'
    return [*lines, _text(0, 0, up, "middle", turned)]


def _reliability(bins: Bins) -> Panel:
    """For each bin (mean probability, share that was right, windows) a point as large as it has windows, and its 95 %
    interval (Wilson); on the dashed line what is said is what happens."""
    most = max((n for *_, n in bins), default=1)
    lines = [_title(tr("How sure it said to be, and how often it was right"))]
    lines += _square(tr("how sure it said to be"), tr("how often it was right"))
    lines.append(f'<line class="d" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>')
    lines += [_text(_x(share), _TOP + _SIDE + 16, f"{share:.0%}", "middle") for share in (0.0, 0.5, 1.0)]
    for p, right, n in bins:
        low, high = wilson(round(right * n), n)
        lines.append(f'<line class="i" x1="{_x(p)}" y1="{_y(low)}" x2="{_x(p)}" y2="{_y(high)}"/>')
        radius = 3 + 6 * (n / most) ** 0.5
        lines.append(f'<circle class="p" cx="{_x(p)}" cy="{_y(right)}" r="{radius:.1f}"><title>{n}</title></circle>')
    return _TOP + _SIDE + _FOOT, lines


def _curve(points: Sequence[tuple[int, float]]) -> Panel:
    """How often it was right with so many windows to learn from; each doubling is as wide as the one before."""
    low, high = np.log2(points[0][0]), np.log2(points[-1][0])
    at = [(_x(float((np.log2(n) - low) / max(high - low, 1e-9))), _y(right), n) for n, right in points]
    lines = [_title(tr("Would more data help?"))]
    lines += _square(tr("windows that were learnt from"), tr("how often it was right"))
    lines += [f'<line class="i" x1="{x}" y1="{y}" x2="{u}" y2="{v}"/>' for (x, y, _), (u, v, _) in pairwise(at)]
    for x, y, n in at:
        lines += [f'<circle class="p" cx="{x}" cy="{y}" r="4"/>', _text(x, _TOP + _SIDE + 16, str(n), "middle")]
    return _TOP + _SIDE + _FOOT, lines


def _bars(title: str, bars: Sequence[list[str]]) -> Panel:
    lines = [_title(title)]
    for row, bar in enumerate(bars):
        lines += [f'<g transform="translate(0 {_TOP + row * _ROW})">', *bar, "</g>"]
    return _TOP + len(bars) * _ROW + 12, lines


def _bar(said: str, shares: Sequence[tuple[str, float]], promised: float | None = None, amount: str = "") -> list[str]:
    """A share as a bar below its words; a dashed line stands where it was promised to be."""
    wide = WIDE - 24
    lines = [_text(12, 10, said), f'<rect class="e" x="12" y="16" width="{wide}" height="12"/>']
    x = 12.0
    for kind, share in shares:
        lines.append(f'<rect class="{kind}" x="{x:.1f}" y="16" width="{wide * share:.1f}" height="12"/>')
        x += wide * share
    if promised is not None:
        line = 12 + wide * promised
        lines.append(f'<line class="m" x1="{line:.1f}" y1="12" x2="{line:.1f}" y2="32"/>')
    return [*lines, _text(12 + wide, 10, amount or f"{shares[0][1]:.1%}", "end")]


def _heard(said: str, told: Heard, kind: str) -> list[str]:
    of = max(told.count, 1)
    shares = [(kind, told.decides / of), ("a", told.asks / of)]
    return _bar(said, shares, amount=f"{told.decides} + {told.asks} / {told.count}")


def _x(share: float) -> float:
    return round(_LEFT + share * _SIDE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1 - share) * _SIDE, 1)
