"""Takes the folder of a data set, opens it for the commands that change it, shows how much of what there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gongzhi.cli.output import console, say
from gongzhi.learn import dataset
from gongzhi.learn.enough import advised, lacking
from gongzhi.teach.judging import judged, to_add
from gongzhi.text import tr

Folder = Annotated[Path, typer.Argument(help=tr("The folder of the data set."))]
Json = Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))]


def balance(data: dataset.Dataset) -> dict[str, dict[str, float]]:
    """Recordings and frames of each label, for JSON."""
    return {label: {"recordings": count, "frames": frames} for label, (count, frames) in data.balance().items()}


def show_balance(data: dataset.Dataset) -> None:
    """The same as a table."""
    table = Table(tr("Label"), tr("Recordings"), tr("Frames"))
    for label, (count, frames) in data.balance().items():
        table.add_row(label, str(count), str(frames))
    console.print(table)
    missing = ", ".join(f"{label} {lacks}×" for label, lacks in lacking(data.recordings(), data.about).items() if lacks)
    if missing:
        say(tr("Too little to train on yet. Still to be recorded, each take {seconds:g} s: {missing}.",
               seconds=advised(data.about), missing=missing), "yellow")  # fmt: skip


def name_of(folder: Path) -> str:
    """What a new data set in this folder is called."""
    return re.sub(r"[\x00-\x1f/\\]", "", folder.resolve().name)[:40] or "data"


@contextmanager
def target(folder: Path, about: Callable[[], dataset.About]) -> Iterator[dataset.Dataset]:
    """The data set in the folder, to add recordings to it; a new one is as `about` says, and goes again if nothing came
    into it. Says at the end what becomes of them where something judges by them."""
    path = folder / dataset.FILE
    one = judged(folder)
    new = not path.exists()
    data = dataset.create(folder, about()) if new else dataset.load(folder)
    try:
        yield to_add(data, one)
        if one is not None:
            say(one.words(), "yellow")
    finally:
        if new and not data.paths:
            path.unlink(missing_ok=True)
            with suppress(OSError):
                folder.rmdir()
