"""Takes Typer's way to show help, gives it the user's language and lines that are broken where Chinese has no space."""

from __future__ import annotations

from typing import Any

from rich.columns import Columns
from rich.table import Table
from rich.text import Text
from typer import rich_utils

from gongzhi.text import tr


class _Folding(Table):
    """A table whose cells go on in the next line instead of being cut."""

    def add_row(self, *cells: Any, **more: Any) -> None:
        """As ever."""
        super().add_row(*map(_joined, cells), **more)
        for column in self.columns:
            column.overflow = "fold"


def _joined(cell: Any) -> Any:
    """What Typer lays out side by side, as one text that can be broken anywhere."""
    if isinstance(cell, Columns) and all(isinstance(one, Text) for one in cell.renderables):
        return Text(" ").join(one for one in cell.renderables if isinstance(one, Text))
    return cell


def speak_our_language() -> None:
    """From now on help is shown so. Typer has no other place for its own words, which are English."""
    words = {
        "ARGUMENTS_PANEL_TITLE": tr("What to give it"),
        "OPTIONS_PANEL_TITLE": tr("Options"),
        "COMMANDS_PANEL_TITLE": tr("Commands"),
        "ERRORS_PANEL_TITLE": tr("Error"),
        "DEFAULT_STRING": tr("[without it: {}]"),
        "REQUIRED_LONG_STRING": tr("[needed]"),
        "Table": _Folding,
    }
    for name, value in words.items():
        setattr(rich_utils, name, value)
