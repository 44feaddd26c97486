"""Takes `gongzhi models …`, gives the pose weights' state on the terminal, or fetches them with a progress bar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Column, Table

from gongzhi import models
from gongzhi.cli.output import console, print_json, say
from gongzhi.text import pick, tr

app = typer.Typer(no_args_is_help=True, help=tr("Fetch and check the weights of the models."))


def fetch_shown(name: str = "blazepose", wheel: Path | None = None) -> dict[str, bytes]:
    """The model's verified weights by role, fetched where needed with a progress bar on standard error.

    For every command that needs the weights; pass it to `gongzhi.stages.estimate.choose` as `obtain`. Raises
    ModelError as `gongzhi.models.fetch` does.
    """
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console
    )
    title = tr("Fetching the weights: {title}", title=pick(models.card(name).title))

    def show(done: int, total: int) -> None:
        if not bar.tasks:  # the bar appears with the first call, and never when nothing is to be done
            bar.start()
            bar.add_task(title, total=total)
        bar.update(bar.task_ids[0], completed=done)

    try:
        models.fetch(name, wheel=wheel, progress=show)
    finally:
        if bar.tasks:
            bar.stop()
    return models.load(name)


@app.command(help=tr("Fetch the weights of the models and check them."))
def fetch(
    name: Annotated[str | None, typer.Argument(help=tr("The model's name; without it all of them."))] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help=tr("A wheel file that was brought along, where there is no network."))
    ] = None,
) -> None:
    """Fetch and verify one model, or all."""
    for one in [name] if name else [card.name for card in models.cards()]:
        fetch_shown(one, source)
        folder = next(found.folder for found in models.inventory() if found.card.name == one)
        say(tr("The weights of {name} are here and verified: {path}", name=one, path=str(folder)), "green")


@app.command(help=tr("Take another pose model, such as MoveNet, into a project."))
def add(
    file: Annotated[Path, typer.Argument(help=tr("The TFLite file: one person, 17 points, y x score."))],
    to: Annotated[Path, typer.Option("--to", help=tr("The project’s folder."))] = Path(),
) -> None:
    """Copy the file into the project, describe it, and say what to write into project.toml."""
    from gongzhi.models import own

    folder, note = own.add(file, to)
    found = f"{note.input.width}×{note.input.height} {note.input.type} → {note.output.shape} {note.keypoints}"
    say(tr("The model is in {folder}: {found}", folder=str(folder), found=found), "green")
    say(tr("Now write into project.toml:"))
    say(f'[camera]\nmodel = "{folder.name}"')


@app.command("list", help=tr("What weights are here, from where, and whether they are right."))
def list_(
    as_json: Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))] = False,
) -> None:
    """Show what is in the cache, hashed again."""
    found = models.inventory()
    if as_json:
        print_json([_plain(each) for each in found])
        return
    table = Table(tr("Model"), tr("State"), tr("From"), tr("Licence"), Column(tr("Folder"), overflow="fold"))
    for each in found:
        shown = (each.card.name, _state(each), each.origin, each.card.licence, str(each.folder))
        table.add_row(*shown, style=None if each.verified else "yellow")
    console.print(table)


def _plain(found: models.Found) -> dict[str, object]:
    return {
        "name": found.card.name,
        "verified": found.verified,
        "missing": found.missing,
        "altered": found.altered,
        "origin": found.origin,
        "licence": found.card.licence,
        "folder": str(found.folder),
        "files": {role: {"file": each.file, "sha256": each.sha256} for role, each in found.card.members.items()},
    }


def _state(found: models.Found) -> str:
    if found.verified:
        return tr("✓ verified")
    if found.altered:
        return tr("✗ altered: {files}", files=", ".join(found.altered))
    return tr("– not here")
