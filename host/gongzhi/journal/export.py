"""Takes a journal, gives it as JSON lines or a table for a teacher, without what tells one seat from another.

A seat ("human:owner#tablet3") becomes its role ("human:owner"): a teacher sees that the team answered, not who of it.
The export is no journal any more (its chain does not hold, on purpose); the journal itself stays as it is.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any, Final

import msgspec

from gongzhi.journal.book import Book, Entry

COLUMNS: Final = ("time", "seq", "t", "dec", "res", "from", "to", "by", "why", "level", "bound_by", "asked_level", "p",
                  "value", "what_zh", "what_en", "because_zh", "because_en", "deadline", "hold", "epoch")  # fmt: skip
_LEFT_OUT: Final = frozenset({"prev", "saw", "digest", "cmd"})
"""Only of use to the chain and the boards, or a way to put two exports together again."""


def role(by: str) -> str:
    """The actor without its seat."""
    return by.partition("#")[0] if by.startswith("human:") else by


def _row(one: Entry) -> dict[str, Any]:
    """All that the line says, also what this version does not know, with seats taken out wherever they stand."""
    said = {key: value for key, value in json.loads(one.line).items() if key not in _LEFT_OUT}
    return {"time": one.wall.isoformat(timespec="seconds") if one.wall else "", **_stripped(said)}


def _stripped(value: Any) -> Any:
    match value:
        case str():
            return role(value)
        case dict():
            return {key: _stripped(each) for key, each in value.items()}
        case list():
            return [_stripped(each) for each in value]
    return value


def as_jsonl(book: Book) -> bytes:
    """One JSON object a line, UTF-8."""
    return b"".join(msgspec.json.encode(_row(one)) + b"\n" for one in book.entries)


def as_csv(book: Book) -> bytes:
    """A table with one row a record, UTF-8 with the mark by which Excel knows it (RFC 4180's form)."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for one in book.entries:
        row = _row(one)
        level = row.get("level") or {}
        row |= {"level": level.get("eff"), "bound_by": level.get("by"), "asked_level": level.get("req")}
        for name in ("what", "because"):
            said = row.get(name) or {}
            row |= {f"{name}_zh": said.get("zh"), f"{name}_en": said.get("en")}
        table.writerow([_cell(row.get(name)) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote before it (OWASP, "CSV Injection")."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
