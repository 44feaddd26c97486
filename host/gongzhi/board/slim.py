"""Takes the firmware's sources, gives the fewer files that go onto a board with MicroPython: what only helps a reader
costs no heap there.

Names and behaviour stay as they are written:

* Files that are always loaded together become one (`GROUPS`). A module costs some 270 bytes of heap on 32 bit before it
  holds anything: its object, its tables, its entries in other tables, its path. Line L of the n-th file of a group
  (from 0) is line 1000 n + L of the joined one, which is what a traceback on the board says; `traced` turns it back.
  In place of a file that has moved stands one that takes what it held from the joined one; the node's own files go
  there by themselves, so that only a part that somebody has written loads it.
* MicroPython's port takes the place of the file that chooses a port.
* The node's own imports of `const` go: the compiler has folded it already. So do the two entries that a class has for
  inspection only; they stand where its docstring stood.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from gongzhi.errors import BoardError
from gongzhi.text import N_

PACKAGE: Final = "gongzhi_node"
# Where they lie on the board -> the files in the order in which they need each other.
GROUPS: Final = {
    "app": ("ports/upy", "wire", "parts/base", "parts/__init__", "board", "ports/esp32", "app"),
    "node": ("link", "clock", "guard", "backoff", "packets", "mqtt", "voice", "way", "stops", "node"),
}
# In whose place MicroPython's port stands.
_CHOICE, _PORT, _OTHER = "ports/__init__", "ports/upy", "ports/cpython"
# What nobody on a board asks for: what a star imports, the list of all codes.
_NOT_THERE: Final = ("__all__", "ERRORS")
_APART: Final = 1000

Edit = tuple[int, int, bytes]  # from, to (offsets in bytes), what stands there instead


def slim(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files (path -> source) for MicroPython; raises BoardError where two joined files define the same name."""
    moved = {_module(name): _module(target) for target, members in GROUPS.items() for name in members}
    moved[_module(_CHOICE)] = moved[_module(_PORT)]
    # MicroPython's port takes the place of the file that chooses one.
    gone = [_path(name) for group in GROUPS.values() for name in group] + [_path(_CHOICE), _path(_OTHER)]
    out = {
        path: _edited(data, _imports(data, moved) + _classes(data)) if path.endswith(".py") else data
        for path, data in files.items()
        if path not in gone
    }
    for target, group in GROUPS.items():
        owners: dict[str, tuple[str, str]] = {}
        joined = b""
        for n, name in enumerate(group):
            text = files[_path(name)]
            edits = _imports(text, moved, _module(target)) + _classes(text) + _again(owners, name, text)
            joined += b"\n" * (_APART * n - joined.count(b"\n")) + _edited(text, edits)
            if name != target:
                out[_path(_CHOICE if name == _PORT else name)] = _elsewhere(text, _module(target))
        out[_path(target)] = joined
    return out


def module_name(path: str) -> str:
    """The name under which the file is imported. It serves as the source's name in the bytecode, too: MicroPython keeps
    it anyway, a second one would be kept beside it."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def traced(text: str) -> str:
    """A line of a traceback from a board, as it names the source."""
    return re.sub(rf'File "({PACKAGE}[a-z0-9_.]*)", line (\d+)', _source, text)


def _source(found: re.Match[str]) -> str:
    for target, group in GROUPS.items():
        if _module(target) == found[1]:
            n = min(int(found[2]) // _APART, len(group) - 1)
            return f'File "{_path(group[n])}", line {int(found[2]) - _APART * n}'
    return f'File "{found[1].replace(".", "/")}.py", line {found[2]}'


def _path(name: str) -> str:
    return f"{PACKAGE}/{name}.py"


def _module(name: str) -> str:
    return module_name(_path(name))


def _elsewhere(text: bytes, module: str) -> bytes:
    """A file that takes what `text` defines, and is nobody's own business, from `module`."""
    tree = ast.parse(text)
    names = [name for node in tree.body for name in _defined(node)]
    if "__all__" in names:
        lists = [node.value for node in tree.body if isinstance(node, ast.Assign) and "__all__" in _defined(node)]
        names = list(ast.literal_eval(lists[0]))
    names = [name for name in names if not name.startswith("_") and name not in _NOT_THERE]
    return f"from {module} import {', '.join(names)}\n".encode()


def _again(owners: dict[str, tuple[str, str]], name: str, text: bytes) -> list[Edit]:
    """Note who defines which name, and as what. What another file has defined in the same words is left out; raises
    BoardError if it is something else there."""
    edits = []
    for node in ast.parse(text).body:
        for defined in _defined(node):
            other, before = owners.setdefault(defined, (name, ast.unparse(node)))
            if other != name and before != ast.unparse(node):
                raise BoardError(
                    N_("{one} and {other} both define {what}, and become one file on the board."),
                    N_("Give one of the two another name."),
                    one=f"{PACKAGE}/{other}.py",
                    other=f"{PACKAGE}/{name}.py",
                    what=defined,
                )
            if other != name or defined in _NOT_THERE:
                edits.append((*_span(text, node), b""))
    return edits


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name))


def _edited(text: bytes, edits: list[Edit]) -> bytes:
    for begin, end, new in sorted(edits, reverse=True):
        lines = text[begin:end].count(b"\n") - new.count(b"\n")  # what follows keeps its line
        text = text[:begin] + new + b"\n" * lines + text[end:]
    return text


def _span(text: bytes, node: ast.stmt) -> tuple[int, int]:
    lines = text.splitlines(keepends=True)
    begin = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    return begin, sum(map(len, lines[: (node.end_lineno or 0) - 1])) + (node.end_col_offset or 0)


def _imports(text: bytes, moved: Mapping[str, str], home: str = "") -> list[Edit]:
    """The imports of `text` as they have to be where modules have `moved`; `home` is where it will lie itself."""
    edits = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            edits.append((*_span(text, node), _import(node, moved, home).encode()))
    return edits


def _import(node: ast.ImportFrom, moved: Mapping[str, str], home: str) -> str:
    written = node.module or ""
    module = moved.get(written, written)
    lines, names = [], []
    for alias in node.names:
        there = moved.get(f"{written}.{alias.name}")
        if there is not None and there != f"{written}.{alias.name}":  # the whole of a module
            package, _, name = there.rpartition(".")
            lines.append(f"from {package} import {name} as {alias.asname or alias.name}")
        elif module != home and alias.name != "const":
            names.append(ast.unparse(alias))
    if names:
        lines.append(f"from {module} import {', '.join(names)}")
    return "; ".join(lines) or "pass"


def _classes(text: bytes) -> list[Edit]:
    edits = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and ast.get_docstring(node) is not None:
            edits.append((*_span(text, node.body[0]), b"del __module__, __qualname__"))
    return edits
