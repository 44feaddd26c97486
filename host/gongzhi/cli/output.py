"""Takes what a command has to say, gives messages on standard error and one JSON line on standard output."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console

console = Console(stderr=True, highlight=False)


def say(text: str, style: str | None = None) -> None:
    """Print a message to the user on standard error; `style` is a rich style such as "bold red"."""
    # The terminal breaks long lines itself: a path or address must stay in one piece, to be copied.
    console.print(text, style=style, markup=False, soft_wrap=True)


def print_json(result: Any) -> None:
    """Print `result` as JSON, alone on one line of standard output."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    sys.stdout.flush()
