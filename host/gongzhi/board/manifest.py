"""Takes the files that belong on a board, gives their manifest: the build's name, each file's size and sha-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

NAME: Final = "manifest"
PACKAGE: Final = "gongzhi_node/"


def manifest(files: Mapping[str, bytes]) -> bytes:
    """The manifest (docs/update.md) of those `files` (path -> content) that an update replaces: the package's. Its
    first line names the build, 16 hex digits of the sha-256 of the other lines: the same files, the same name."""
    lines = "".join(
        f"{len(content)} {hashlib.sha256(content).hexdigest()} {path}\n"
        for path, content in sorted(files.items())
        if path.startswith(PACKAGE)
    )
    return f"{hashlib.sha256(lines.encode()).hexdigest()[:16]}\n{lines}".encode()


def build(listed: bytes) -> str:
    """The build that a manifest names."""
    return listed.split(b"\n", 1)[0].decode()


def stamped(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with their manifest among them, last, as it is to be written."""
    return {**files, NAME: manifest(files)}
