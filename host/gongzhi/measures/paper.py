"""Takes a report, gives it as one HTML page with drawn bars (to print and hand in), or as Markdown."""

from __future__ import annotations

from html import escape
from typing import Final

from gongzhi.measures.intervals import Quartiles, Share
from gongzhi.measures.report import Line, Report, Section
from gongzhi.text import Language, tr

WIDTH: Final = 240
"""A bar's length in the drawing's units for 100 %."""

STYLE: Final = """
@page { size: A4; margin: 12mm 14mm }
body { font: 15px/1.45 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1b2430;
  background: #fff; max-width: 46rem; margin: 1.2rem auto; padding: 0 1rem }
h1 { font-size: 1.55rem; margin: 0 0 .3rem }
h2 { font-size: 1.08rem; margin: 1rem 0 .1rem; break-after: avoid }
p { margin: .15rem 0 .35rem }
section { break-inside: avoid }
.note { color: #45546a }
.line { display: grid; grid-template-columns: 1fr 260px; gap: .1rem 1rem; align-items: center; padding: .3rem 0;
  border-top: 1px solid #d8dee8 }
.line b { display: block; font-weight: 600 }
.faint b + span { color: #5a6778; font-style: normal }
svg { display: block; width: 260px; height: 34px }
.told { border-left: 4px solid #2563a8; padding: .2rem .8rem; background: #f2f6fb }
.blank { border-bottom: 1px solid #8593a6; height: 2.4rem; margin-top: .7rem; font-weight: 600 }
.small { font-size: .86rem; color: #45546a }
@media (max-width: 40rem) { .line { grid-template-columns: 1fr } }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 11px; line-height: 1.35 }
  h1 { font-size: 18px } h2 { font-size: 13px; margin-top: 6px } p { margin: 0 0 2px } svg { height: 26px }
  .line { padding: 1px 0 }  .blank { height: 26px; margin-top: 4px } .small { font-size: 10px } }
"""


def as_html(report: Report) -> str:
    """The whole page: no script, nothing that is fetched from elsewhere."""
    which = report.which
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if which == "zh" else "en"}">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(report.title)}</h1>",
        *(f'<p class="note">{escape(fact)}</p>' for fact in report.facts),
        f'<p class="small">{escape(_key(which))}</p>',
        *(_section(section) for section in report.sections),
    ]
    if report.example:
        title = tr("One decision in its own words ({id})", which, id=report.example[0])
        parts.append(f'<section><h2>{escape(title)}</h2><p class="told">{escape(report.example[1])}</p></section>')
    parts += [f'<div class="blank">{escape(blank)}</div>' for blank in report.blanks]
    parts += ['<section class="small">', *(f"<p>{escape(limit)}</p>" for limit in report.limits), "</section>"]
    parts.append("</body></html>")
    return "\n".join(parts) + "\n"


def _key(which: Language) -> str:
    return tr("Blue: what we counted; for times, the middle half. Thin black line: what is likely.", which)


def _section(section: Section) -> str:
    lines = "\n".join(_line(line) for line in section.lines)
    return f'<section><h2>{escape(section.title)}</h2><p class="note">{escape(section.note)}</p>\n{lines}</section>'


def _line(line: Line) -> str:
    drawn = ""
    if line.share is not None:
        drawn = _bar(line.share, line.answer)
    elif line.times is not None:
        drawn = _box(line.times, line.answer)
    faint = " faint" if line.faint else ""
    words = f"<div><b>{escape(line.question)}</b><span>{escape(line.answer)}</span></div>"
    return f'<div class="line{faint}">{words}{drawn}</div>'


def _bar(share: Share, label: str) -> str:
    """The share as a bar on a track of 0 to 100 %, its interval as a whisker."""
    low, high = (10 + WIDTH * end for end in share.interval or (0.0, 1.0))
    length = WIDTH * (share.value or 0.0)
    scale = "".join(
        f'<text x="{10 + WIDTH * at}" y="33" text-anchor="{side}" font-size="9" fill="#45546a">{text}</text>'
        for at, text, side in ((0, "0", "start"), (0.5, "50", "middle"), (1, "100 %", "end"))
    )
    return (
        f'<svg viewBox="0 0 260 34" role="img" aria-label="{escape(label)}">'
        f'<rect x="10" y="4" width="{WIDTH}" height="16" rx="3" fill="#e4e9f1"/>'
        f'<rect x="10" y="4" width="{length:.1f}" height="16" rx="3" fill="#4a86c8"/>'
        f'<path d="M{low:.1f} 12H{high:.1f}M{low:.1f} 8v8M{high:.1f} 8v8" stroke="#111" stroke-width="1.6"/>'
        f"{scale}</svg>"
    )


def _box(times: Quartiles, label: str) -> str:
    """The middle half of the times as a box with the median as a line, from 0 s to a third beyond the box."""
    low, median, high = (end or 0.0 for end in (times.low, times.median, times.high))
    most = (high or 1.0) * 4 / 3
    a, b, c = (10 + WIDTH * end / most for end in (low, median, high))
    scale = "".join(
        f'<text x="{10 + WIDTH * at}" y="33" text-anchor="{side}" font-size="9" fill="#45546a">{most * at:.1f} s</text>'
        for at, side in ((0, "start"), (0.5, "middle"), (1, "end"))
    )
    return (
        f'<svg viewBox="0 0 260 34" role="img" aria-label="{escape(label)}">'
        f'<path d="M10 12H{10 + WIDTH}" stroke="#c3ccd9" stroke-width="2"/>'
        f'<rect x="{a:.1f}" y="4" width="{max(c - a, 2):.1f}" height="16" rx="3" fill="#4a86c8"/>'
        f'<path d="M{b:.1f} 2V22" stroke="#111" stroke-width="2.4"/>{scale}</svg>'
    )


def as_markdown(report: Report) -> str:
    """The same in Markdown, with bars of blocks of 5 % each."""
    out = [f"# {report.title}", "", *report.facts]
    for section in report.sections:
        out += ["", f"## {section.title}", section.note, ""]
        for line in section.lines:
            bar = f" `{_blocks(line.share)}`" if line.share is not None else ""
            out.append(f"* **{line.question}** {line.answer}{bar}")
    if report.example:
        out += ["", f"## {tr('One decision in its own words ({id})', report.which, id=report.example[0])}"]
        out.append(f"> {report.example[1]}")
    out += ["", *(f"**{blank}** ____________________\n" for blank in report.blanks)]
    return "\n".join([*out, *(f"* {limit}" for limit in report.limits)]) + "\n"


def _blocks(share: Share) -> str:
    full = round(20 * (share.value or 0.0))
    return "█" * full + "░" * (20 - full)
