"""Takes a project.toml and a new mat, writes that one line and leaves every other as the pupil wrote it."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Final

from gongzhi.errors import ConfigError
from gongzhi.pose.mat import Mat
from gongzhi.text import N_

_TABLE: Final = re.compile(r"\s*\[")
_CAMERA: Final = re.compile(r"\s*\[\s*camera\s*\]\s*(#.*)?$")
_MAT: Final = re.compile(r"\s*mat\s*=")


def set_mat(path: Path, mat: Mat | None) -> None:
    """Write the mat into the project.toml `path`, or take it out. Raises ConfigError; then the file is as it was."""
    corners = [] if mat is None else [[round(x, 3), round(y, 3)] for x, y in mat.corners]
    try:
        # Bytes, so that line ends stay as they are.
        before = path.read_bytes().decode("utf-8")
        after = _edited(before, f"mat = {corners}" if corners else "")
        # Whatever the file looked like, only this may have changed.
        wanted = tomllib.loads(before)
        camera = {name: value for name, value in wanted.get("camera", {}).items() if name != "mat"}
        wanted["camera"] = camera | ({"mat": corners} if corners else {})
        if {"camera": {}} | tomllib.loads(after) != wanted:
            raise ValueError("the line mat cannot be found")
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            part.write_bytes(after.encode())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise ConfigError(
            N_("The mat cannot be written into {file}: {why}"), N_("Write it yourself, below [camera]: {line}"),
            file=path.name, why=getattr(error, "strerror", None) or error, line=f"mat = {corners}",
        ) from error  # fmt: skip


def _edited(text: str, line: str) -> str:
    """The text with `line` in place of the line mat of the table [camera]; "" takes it out."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    start = next((at for at, one in enumerate(lines) if _CAMERA.match(one.rstrip("\r\n"))), None)
    if start is None:
        if not line:
            return text
        gap = "" if not text or text.endswith("\n") else end
        return f"{text}{gap}{end}[camera]{end}{line}{end}"
    stop = next((at for at in range(start + 1, len(lines)) if _TABLE.match(lines[at])), len(lines))
    there = next((at for at in range(start + 1, stop) if _MAT.match(lines[at])), None)
    if there is not None:
        lines[there : there + 1] = [line + end] if line else []
    elif line:
        if not lines[start].endswith("\n"):
            lines[start] += end
        lines.insert(start + 1, line + end)
    return "".join(lines)
