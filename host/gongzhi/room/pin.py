"""Takes a teacher's PIN, keeps its hash in Gongzhi's data folder, gives what knows it again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gongzhi import paths
from gongzhi.broker.access import Users
from gongzhi.errors import ConfigError
from gongzhi.page.seats import TEACHER
from gongzhi.text import N_

LEAST: Final = 4  # digits
MOST: Final = 12


def _file() -> Path:
    return paths.data() / "keys" / "teacher.txt"


def known() -> Users | None:
    """Who knows the teacher's PIN; None where none is set. Raises ConfigError for a damaged file."""
    return Users.load(_file()) if _file().exists() else None


def choose(pin: str) -> None:
    """Set the teacher's PIN of this computer; raises ConfigError."""
    if not (LEAST <= len(pin) <= MOST and pin.isascii() and pin.isdigit()):
        raise ConfigError(N_("A PIN has {least} to {most} digits."), N_("Try again."), least=LEAST, most=MOST)
    users = Users()
    users.add(TEACHER, pin)
    _file().parent.mkdir(parents=True, exist_ok=True)
    users.save(_file())
