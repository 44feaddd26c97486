"""`gongzhi new FOLDER --template NAME`: a project of one's own, begun from a finished one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gongzhi.cli.output import console, say
from gongzhi.text import N_, pick, tr


def new(
    folder: Annotated[Path | None, typer.Argument(help=tr("the new folder"), show_default=False)] = None,
    template: Annotated[str, typer.Option(help=tr("which template to begin with"))] = "hands_up_gate",
    show: Annotated[bool, typer.Option("--list", help=tr("show all templates"))] = False,
) -> None:
    """Begin a project with a template."""
    from gongzhi import paths, templates

    if show or folder is None:
        table = Table(box=None)
        table.add_column(tr(N_("template")))
        table.add_column(tr(N_("the piece")))
        for one in templates.templates().values():
            table.add_row(one.name, pick(one.title))
        console.print(table)
        if not show:
            say(tr(N_("Then: gongzhi new FOLDER --template NAME")))
        return
    made = templates.begin(template, folder)
    say(tr(N_("“{title}” is in {folder}. Its README.md is the lesson."), title=pick(made.title), folder=folder))
    shown = paths.in_command(folder)
    if made.camera == "none":
        say(tr(N_("Look at it: gongzhi run {folder}"), folder=shown))
    else:
        say(tr(N_("Look at it: gongzhi run {folder} --camera synthetic"), folder=shown))
    if (folder / "demo.toml").exists():
        say(tr(N_("See it play itself: gongzhi run {folder} --script demo"), folder=shown))
