"""Takes what a command has to say, gives messages on standard error and one JSON line on standard output."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Final

import msgspec
from rich.console import Console

console = Console(stderr=True, highlight=False)
CALLED: Final = "GONGZHI_CALLED"
"""The variable in which tools/dev.py says what the user has written in place of `gongzhi`."""


def say(text: str, style: str | None = None) -> None:
    """Print a message to the user on standard error; `style` is a rich style such as "bold red"."""
    # The terminal breaks long lines itself: a path or address must stay in one piece, to be copied.
    console.print(as_called(text), style=style, markup=False, soft_wrap=True)


def as_called(text: str) -> str:
    """The text with its commands (`gongzhi run …`) in the way in which this one was called, to be copied."""
    called = os.environ.get(CALLED)
    return re.sub(r"(?<![\w./\\-])gongzhi (?=[a-z])", lambda _: f"{called} ", text) if called else text


def print_json(result: Any) -> None:
    """Print `result` as JSON, alone on one line of standard output."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    sys.stdout.flush()
