"""Takes the bins of a report, gives the reliability diagram (SVG): how sure it was against how often it was right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from gongzhi.learn.calibrate import wilson
from gongzhi.text import tr

_SIDE: Final = 240  # pixels of the square
_LEFT: Final = 48
_TOP: Final = 16
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.f{fill:none;stroke:#888}.d{stroke:#bbb;stroke-dasharray:4 4}"
    ".i{stroke:#1463a5;stroke-width:2}.p{fill:#1463a5}"
)


def reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """The picture: for each bin (mean probability, share that was right, windows) a point as large as it has windows,
    and its 95 % interval (Wilson); on the dashed line what is said is what happens. Words in the user's language."""
    width, height = _LEFT + _SIDE + 24, _TOP + _SIDE + 48
    most = max((n for *_, n in bins), default=1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{_STYLE}</style>",
        f'<rect x="0" y="0" width="{width}" height="{height}" fill="#fff"/>',
        f'<rect class="f" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>',
        f'<line class="d" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>',
    ]
    for share in (0.0, 0.5, 1.0):
        lines.append(f'<text x="{_x(share)}" y="{_TOP + _SIDE + 16}" text-anchor="middle">{share:.0%}</text>')
        lines.append(f'<text x="{_LEFT - 6}" y="{_y(share) + 4}" text-anchor="end">{share:.0%}</text>')
    for p, right, n in bins:
        low, high = wilson(round(right * n), n)
        lines.append(f'<line class="i" x1="{_x(p)}" y1="{_y(low)}" x2="{_x(p)}" y2="{_y(high)}"/>')
        radius = 3 + 6 * (n / most) ** 0.5
        lines.append(f'<circle class="p" cx="{_x(p)}" cy="{_y(right)}" r="{radius:.1f}"><title>{n}</title></circle>')
    below, beside = escape(tr("how sure it said to be")), escape(tr("how often it was right"))
    lines.append(f'<text x="{_x(0.5)}" y="{height - 12}" text-anchor="middle">{below}</text>')
    lines.append(f'<text transform="translate(14 {_y(0.5)}) rotate(-90)" text-anchor="middle">{beside}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _x(share: float) -> float:
    return round(_LEFT + share * _SIDE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1 - share) * _SIDE, 1)
