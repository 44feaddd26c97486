"""Takes the files staged for a board and what was installed before, gives the list of what to write and to remove, so
that an update changes the firmware and keeps the configuration and the user's own files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

CONFIG = "config.json"


def digests(folder: Path) -> dict[str, str]:
    """The sha-256 of each file below `folder` by its path with slashes; caches of CPython do not belong on a board."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


class Installer:
    """Compares the staging folder with the record of the last installation, kept beside the flash.

    `config.json` counts as changed only when the host's copy is another one than it gave last time: what the board
    has written into it since is the board's.
    """

    def __init__(self, state: Path, options: dict[str, Any]) -> None:
        self.stage = Path(options["stage"])
        self._record = state / f"installed-{options['body']}.json"
        self._now = digests(self.stage)

    def changes(self, fresh: bool) -> tuple[list[str], list[str]]:
        """(paths to write, paths to remove); `fresh` if the board's file system is empty."""
        before: dict[str, str] = {}
        if not fresh and self._record.exists():
            before = json.loads(self._record.read_text())
        write = [path for path, digest in self._now.items() if before.get(path) != digest]
        remove = [path for path in before if path not in self._now and path != CONFIG]
        return write, remove

    def plan(self, fresh: bool) -> str:
        """The changes as text for the board: the staging folder, then "w path" and "d path"; empty if none."""
        write, remove = self.changes(fresh)
        if not write and not remove:
            return ""
        return "\n".join([self.stage.as_posix(), *(f"w {path}" for path in write), *(f"d {path}" for path in remove)])

    def done(self) -> None:
        """Remember what is on the board now."""
        kept = json.loads(self._record.read_text()) if self._record.exists() and CONFIG not in self._now else {}
        given = {CONFIG: kept[CONFIG]} if CONFIG in kept else {}
        fresh = self._record.with_suffix(".new")
        fresh.write_text(json.dumps({**given, **self._now}))
        fresh.replace(self._record)
