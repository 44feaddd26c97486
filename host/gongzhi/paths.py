"""Gives the folders where Gongzhi's own data (boards, models, packs, examples) and a user's data lie."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs


def share(kind: str) -> Path:
    """The folder "boards", "models", "packs" or "examples", in the installed package or at the top of a checkout."""
    packed = Path(__file__).parent / "_share" / kind
    return packed if packed.is_dir() else Path(__file__).parents[2] / kind


def data() -> Path:
    """The user's own folder for journals and boards' state; GONGZHI_DATA overrides it."""
    return Path(os.environ.get("GONGZHI_DATA") or platformdirs.user_data_dir("gongzhi", appauthor=False)).expanduser()


def in_command(path: Path) -> str:
    """The path as it is typed on a command line, of Windows too: in quotes where a shell would take it apart."""
    shown = path.as_posix()
    return shown if re.fullmatch(r"[\w./:+-]+", shown) else f'"{shown}"'
