"""Takes the firmware's sources, gives the same sources with each line counted, for MicroPython, which cannot trace; and
afterwards what the counters say as data of `coverage`.

Counting is put into the text so that no line moves: `_C[12]=1;` before a statement, `(_E(12)or(…))` around what a
compound one looks at first. Every process leaves a file of hits at its end.
"""

from __future__ import annotations

import ast
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONTEXT: Final = "micropython"
_LINES: Final = '''"""Counts lines, and writes them down at the end."""
import os, sys
from binascii import hexlify
C = bytearray({count})
def E(n):
    C[n] = 1
def _save():
    with open({folder!r} + "/" + hexlify(os.urandom(8)).decode() + ".hits", "wb") as f:
        f.write(C)
sys.atexit(_save)
'''

Edit = tuple[int, int, int, str]  # line, column, order at the same place, what is put there


@dataclass(frozen=True)
class Counted:
    """A source with its lines counted: which place of the counters is which line. `defined`: a line that defines
    something, whose body's neighbours say whether it ran -> their lines."""

    text: str
    lines: tuple[int, ...]
    defined: dict[int, tuple[int, ...]]

    def executed(self, hit: set[int]) -> set[int]:
        """The lines that ran, out of those that were counted; a body of nothing but definitions ran with the file."""
        return hit | {line for line, beside in self.defined.items() if (hit.intersection(beside) if beside else hit)}


def count(source: str, base: int) -> Counted:
    """`source` with counters whose places begin at `base`: line n has place base + n."""
    edits: list[Edit] = []
    lines: list[int] = []
    defined: dict[int, tuple[int, ...]] = {}

    def look(first: ast.expr, line: int) -> None:
        edits.append((first.lineno, first.col_offset, 1, f"(_E({base + line})or("))
        edits.append((first.end_lineno or 0, first.end_col_offset or 0, -1, "))"))

    def body(statements: list[ast.stmt], *, doc: bool = False) -> None:
        if doc and _is_doc(statements[0]):
            statements = statements[1:]
        beside = tuple(s.lineno for s in statements if not isinstance(s, _DEFINES | ast.Try))
        for one in statements:
            if isinstance(one, _DEFINES):
                defined[min([one.lineno, *(d.lineno for d in one.decorator_list)])] = beside
                body(one.body, doc=True)
                continue
            if not isinstance(one, ast.Try):
                lines.append(one.lineno)
            match one:
                case ast.Try():
                    for handler in one.handlers:
                        body(handler.body)
                case ast.If() | ast.While():
                    look(one.test, one.lineno)
                case ast.For(iter=ast.Call(func=ast.Name("range"), args=[first, *_])):
                    look(first, one.lineno)  # so that it remains the loop that MicroPython makes without allocating
                case ast.For() | ast.AsyncFor():
                    look(one.iter, one.lineno)
                case ast.With() | ast.AsyncWith():
                    look(one.items[0].context_expr, one.lineno)
                case _:
                    edits.append((one.lineno, one.col_offset, 0, f"_C[{base + one.lineno}]=1;"))
            for name in ("body", "orelse", "finalbody"):
                if inner := getattr(one, name, None):
                    body(inner)

    tree = ast.parse(source)
    body(tree.body, doc=True)
    return Counted(_edited(source, tree, edits), tuple(sorted(lines)), defined)


_DEFINES: Final = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _is_doc(one: ast.stmt) -> bool:
    return isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str)


def _edited(source: str, tree: ast.Module, edits: list[Edit]) -> str:
    if not tree.body or not _is_doc(tree.body[0]):
        raise ValueError("a file opens with one sentence")  # behind which the counters come
    edits.append(
        (tree.body[0].end_lineno or 0, tree.body[0].end_col_offset or 0, 0, ";from _lines import C as _C,E as _E")
    )
    rows = [row.encode() for row in source.split("\n")]
    for line, column, _, text in sorted(edits, key=lambda edit: edit[:3], reverse=True):
        row = rows[line - 1]
        rows[line - 1] = row[:column] + text.encode() + row[column:]
    out = b"\n".join(rows).decode()
    ast.parse(out)
    return out


def prepare(firmware: Path, folder: Path) -> None:
    """Copy the firmware to `folder`/micropython with its lines counted; hits will be written into `folder`."""
    target, base, bases = folder / "micropython", 0, {}
    shutil.copytree(firmware, target)
    for path in _files(target):
        counted = count(path.read_text("utf-8"), base)
        path.write_text(counted.text, "utf-8")
        name = path.relative_to(target).as_posix()
        bases[name] = base
        base += counted.text.count("\n") + 2
    (target / "_lines.py").write_text(_LINES.format(count=base, folder=folder.as_posix()), "utf-8")
    (folder / "bases.json").write_text(json.dumps(bases), "utf-8")


def executed(firmware: Path, folder: Path) -> dict[str, set[int]]:
    """Which lines of which file (its path) MicroPython has run, all processes together."""
    found: dict[str, set[int]] = {}
    hits = [path.read_bytes() for path in folder.glob("*.hits")]
    for name, base in json.loads((folder / "bases.json").read_text("utf-8")).items():
        counted = count((firmware / name).read_text("utf-8"), base)
        ran = {line for line in counted.lines if any(each[base + line] for each in hits)}
        if ran:
            found[str(firmware / name)] = counted.executed(ran)
    return found


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if path.parent.name != "__pycache__")


def main(what: str, folder: Path) -> None:
    """ "prepare" before the tests, "collect" after them."""
    firmware = Path(__file__).resolve().parent.parent / "firmware"
    if what == "prepare":
        prepare(firmware, folder)
        return
    import coverage

    data = coverage.CoverageData(f".coverage.{CONTEXT}")  # beside those of CPython, in the folder where we are
    data.set_context(CONTEXT)
    data.add_lines(executed(firmware, folder))
    data.write()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
