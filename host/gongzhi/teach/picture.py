"""Takes a measured lesson, gives a picture (SVG): of each label how many golden windows were and are right."""

from __future__ import annotations

from html import escape
from typing import Final

from gongzhi.teach.lesson import Effect, Outcome
from gongzhi.text import tr

_ROW: Final = 46  # pixels of a label
_LEFT: Final = 130
_WIDE: Final = 260
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.b{fill:#b9c4cf}.a{fill:#1463a5}.w{fill:#c0392b}"
    ".i{stroke:#222;stroke-width:1.5}.f{stroke:#ddd}"
)


def picture(outcome: Outcome) -> str:
    """Two bars a label, before (grey) and after (blue; red where it has become worse than is allowed), each with its
    95 % interval (Wilson). Words in the user's language."""
    height = 30 + _ROW * len(outcome.effects) + 24
    width = _LEFT + _WIDE + 70
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<style>{_STYLE}</style><rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for share in (0.0, 0.5, 1.0):
        x = _LEFT + share * _WIDE
        lines.append(f'<line class="f" x1="{x}" y1="22" x2="{x}" y2="{height - 26}"/>')
        lines.append(f'<text x="{x}" y="{height - 10}" text-anchor="middle">{share:.0%}</text>')
    said = escape(tr("grey: before, blue: after the lesson"))
    lines.append(f'<text x="{_LEFT}" y="14">{said}</text>')
    for number, one in enumerate(outcome.effects):
        lines += _row(one, 28 + _ROW * number)
    return "\n".join([*lines, "</svg>", ""])


def _row(one: Effect, top: int) -> list[str]:
    lines = [f'<text x="{_LEFT - 8}" y="{top + 20}" text-anchor="end">{escape(one.label)}</text>']
    bars = [("b", one.before, one.intervals[0]), ("w" if one.worse else "a", one.after, one.intervals[1])]
    for number, (kind, right, (low, high)) in enumerate(bars):
        y = top + 16 * number
        share = right / one.windows if one.windows else 0.0
        middle = y + 7
        lines.append(f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{share * _WIDE:.1f}" height="14"/>')
        ends = f'x1="{_LEFT + low * _WIDE:.1f}" x2="{_LEFT + high * _WIDE:.1f}"'
        lines.append(f'<line class="i" {ends} y1="{middle}" y2="{middle}"/>')
        lines.append(f'<text x="{_LEFT + _WIDE + 8}" y="{y + 11}">{right}/{one.windows}</text>')
    return lines
