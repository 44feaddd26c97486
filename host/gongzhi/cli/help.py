"""Takes Typer's help and errors, gives them the user's language, and lines that break where Chinese has no space."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from rich.columns import Columns
from rich.table import Table
from rich.text import Text
from typer import rich_utils
from typer._click import core, decorators, formatting

from gongzhi.text import N_, tr

# Typer's own sentences, as its core.py and _click make them, and pydantic's about values; the first that fits counts.
_SENTENCES: Final = (
    N_("No such command '{name}'. Did you mean {near}?"),
    N_("No such command '{name}'."),
    N_("No such option: {name} (Possible options: {near})"),
    N_("No such option: {name}"),
    N_("Missing argument '{name}'."),
    N_("Missing option '{name}' (env var: '{variable}')."),
    N_("Missing option '{name}'."),
    N_("Missing command."),
    N_("Got unexpected extra argument(s) ({words})"),
    N_("Option '{name}' requires an argument."),
    N_("Option '{name}' does not take a value."),
    N_("Invalid value for '{name}': {why}"),
    N_("Input should be a valid integer, unable to parse string as an integer"),
    N_("Input should be a valid number, unable to parse string as a number"),
    N_("Input should be greater than or equal to {limit}"),
    N_("Input should be less than or equal to {limit}"),
)


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


def in_our_words(said: str) -> str:
    """A sentence of Typer's in the user's language; one that is not known as it is."""
    for sentence in _SENTENCES:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence))
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return tr(sentence, **{name: in_our_words(value.strip("'")) for name, value in found.groupdict().items()})
    return said


class _Formatter(formatting.HelpFormatter):
    """Writes the line that says how a command is used."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """As ever."""
        words = {"[OPTIONS]": tr("[options]"), "COMMAND [ARGS]...": tr("command …")}
        for english, ours in words.items():
            args = args.replace(english, ours)
        super().write_usage(prog, args, prefix or tr("Usage: "))


def _help_option(param_decls: list[str]) -> Callable[[core.Command], core.Command]:
    add = _typers_help_option(param_decls)

    def named(command: core.Command) -> core.Command:
        made = add(command)
        vars(made.params[-1])["help"] = tr("Show this help.")
        return made

    return named


def _format_error(error: Any) -> None:
    said = error.format_message()
    error.format_message = lambda: in_our_words(said)
    _typers_format_error(error)


_typers_help_option, _typers_format_error = decorators.help_option, rich_utils.rich_format_error


def speak_our_language() -> None:
    """From now on help and errors are shown so. Typer has no other place for its own words, which are English."""
    decorators.help_option = _help_option
    core.Context.formatter_class = _Formatter
    words = {
        "ARGUMENTS_PANEL_TITLE": tr("What to give it"),
        "OPTIONS_PANEL_TITLE": tr("Options"),
        "COMMANDS_PANEL_TITLE": tr("Commands"),
        "ERRORS_PANEL_TITLE": tr("Error"),
        "DEFAULT_STRING": tr("[without it: {}]"),
        "REQUIRED_LONG_STRING": tr("[needed]"),
        "ENVVAR_STRING": tr("[or the variable {}]"),
        "ABORTED_TEXT": tr("Broken off; nothing more was done."),
        "RICH_HELP": tr("Help: [blue]{command_path} {help_option}[/]"),
        "rich_format_error": _format_error,
        "Table": _Folding,
    }
    for name, value in words.items():
        setattr(rich_utils, name, value)
