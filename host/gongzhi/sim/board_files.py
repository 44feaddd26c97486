"""Takes a board's state folder, gives its identity and its staged files, and keeps a second board out of it."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from gongzhi.errors import BoardError
from gongzhi.text import N_


@contextmanager
def kept_on_disk(state: Path) -> Iterator[None]:
    """What is written meanwhile is the board's; a disk that will not have it is a BoardError."""
    try:
        yield
    except OSError as error:
        raise BoardError(
            N_("The virtual board in {folder} cannot be kept on disk: {why}"),
            N_("Look whether the disk is full or write-protected."),
            folder=state, why=error.strerror or error,
        ) from error  # fmt: skip


def identity(state: Path) -> str:
    """The board's six bytes in hex (Espressif's first three, then random ones), made once and then kept."""
    path = state / "identity"
    if not path.exists():
        path.write_text("240ac4" + secrets.token_hex(3))
    return path.read_text().strip()


def stage(files: Mapping[str, bytes] | Path, config: Mapping[str, Any] | None, state: Path) -> None:
    """Lay the files that the board shall have into `state`/stage, config.json with them if there is a configuration.

    Raises ValueError for a path that leaves the board.
    """
    folder = state / "stage"
    wanted = _read(files) if isinstance(files, Path) else dict(files)
    if config is not None:
        wanted["config.json"] = json.dumps(config, ensure_ascii=False, separators=(",", ":")).encode()
    for name in wanted:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\n" in name or not path.parts:
            raise ValueError(f"{name!r} is not a path on a board")
    # Most starts change nothing, and to read is far quicker than to write.
    have = _read(folder, "")
    if have.keys() - wanted.keys():
        shutil.rmtree(folder)
        have = {}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in wanted.items():
        if have.get(name) != content:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def _read(folder: Path, leave: str = r"__pycache__$|.*\.pyc$|\.") -> dict[str, bytes]:
    """The files below a folder by their path with slashes, without those of which a name matches `leave`."""
    found = {}
    for where, folders, names in os.walk(folder):
        kept = [name for name in folders + names if not (leave and re.match(leave, name))]
        folders[:] = [name for name in folders if name in kept]
        for name in names:
            if name in kept:
                path = Path(where, name)
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


class Lock:
    """Held by the one running board of a state folder; the system frees it if we die."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    @property
    def held(self) -> bool:
        """True if it is ours."""
        return self._file is not None

    def take(self) -> None:
        """Raises BoardError if another board, of this program or another, has it."""
        file = self._path.open("ab")
        try:
            if sys.platform == "win32":
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise BoardError(
                N_("The virtual board in {folder} runs already."),
                N_("End the other program, or give this board another name."),
                folder=self._path.parent,
            ) from None
        self._file = file

    def give_back(self) -> None:
        """Free it."""
        if self._file is not None:
            if sys.platform == "win32":
                import msvcrt

                self._file.seek(0)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_UNLCK, 1)
            self._file.close()
            self._file = None
