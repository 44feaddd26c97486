"""Takes a result table (filename,label,score,ms), gives the label of each clip; and writes such a table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from gongzhi.challenge.fault import Fault

HEADER: Final = ("filename", "label", "score", "ms")
_MARK: Final = "\ufeff"  # by which Excel knows UTF-8
_LONGEST: Final = 200  # characters of a cell
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MOST_MS: Final = 3.6e6


def answers(content: bytes, labels: list[str], clips: list[str]) -> list[tuple[int, float, float]]:
    """For each clip the number of its label in `labels` (-1 where the table has no line for it), the score (NaN where
    empty) and the milliseconds that the table states (NaN where empty). Raises Fault that names the line."""
    rows = csv.reader(io.StringIO(_text(content)), strict=True)
    found: dict[str, tuple[int, float, float]] = {}
    known = set(clips)
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        if tuple(header) != HEADER:
            raise Fault("header", ",".join(header))
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(found) > len(clips):
                raise Fault("rows", str(len(clips)))
            name, answer = _row(row, rows.line_num, labels, known)
            if name in found:
                raise Fault("twice", f"{rows.line_num}: {name}")
            found[name] = answer
    except csv.Error as error:
        raise Fault("row", f"{rows.line_num} ({error})") from error
    return [found.get(clip, (-1, math.nan, math.nan)) for clip in clips]


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Fault("encoding", "")


def _row(row: list[str], line: int, labels: list[str], known: set[str]) -> tuple[str, tuple[int, float, float]]:
    if len(row) != len(HEADER) or any(len(cell) > _LONGEST for cell in row):
        raise Fault("row", str(line))
    filename, label, score, ms = (cell.strip() for cell in row)
    # A name and nothing else: no folder is ever looked at. "clip-001.mp4" is the clip "clip-001".
    name = PurePosixPath(filename).stem if "/" not in filename and "\\" not in filename else filename
    if name not in known:
        raise Fault("clip", f"{line}: {filename}")
    label = label[1:] if label[:1] == "'" and label[1:2] in _FORMULA else label
    if label not in labels:
        raise Fault("label", f"{line}: {label}")
    return name, (labels.index(label), _number(score, 1.0, line), _number(ms, _MOST_MS, line))


def _number(text: str, most: float, line: int) -> float:
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        raise Fault("row", str(line)) from None
    if not 0 <= value <= most:  # NaN is not, either
        raise Fault("row", str(line))
    return value


def cell(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets a quote before it (OWASP, "CSV Injection")."""
    return "'" + text if text.startswith(_FORMULA) else text


def write(rows: Sequence[tuple[str, str, float, float]]) -> bytes:
    """The table of (clip, label, score, ms) as UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(HEADER)
    table.writerows([name, cell(label), f"{score:.4f}", f"{ms:.3f}"] for name, label, score, ms in rows)
    return (_MARK + out.getvalue()).encode()
