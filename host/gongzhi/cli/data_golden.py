"""Takes `gongzhi data golden DATASET [NAME…]`, sets recordings apart to measure by, or puts them back."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
from rich.table import Table

from gongzhi.cli.data_folder import Folder, Json
from gongzhi.cli.output import console, print_json, say
from gongzhi.learn import dataset, golden
from gongzhi.teach.judging import judged
from gongzhi.text import N_, tr


def golden_command(
    folder: Folder,
    names: Annotated[
        list[str] | None, typer.Argument(help=tr("Recordings; without any, a good choice is made."))
    ] = None,
    back: Annotated[bool, typer.Option("--back", help=tr("Let them be learnt from again."))] = False,
    json: Json = False,
) -> None:
    """A model that was trained before has seen them: train anew, or a lesson is compared with one that has not."""
    one = judged(folder)
    data = dataset.load(folder)
    here = [path.stem for path in golden.paths(data)]
    if one is not None and one.waits and names and not (back and set(names) == set(here)):
        raise one.refusal()  # to list it, or to dissolve the whole of it
    wanted = names or (here if back else [] if here else golden.choose(data))
    moved = golden.move(data, wanted, back=back)
    apart = golden.recordings(data)
    if json:
        print_json({"moved": moved, "golden": [each.name for each in apart]})
        return
    table = Table(tr("Golden"), tr("Label"), tr("Person"))
    for each in apart:
        table.add_row(each.name, each.head.label, each.head.person)
    console.print(table)
    if moved and one is None:
        say(tr("Train anew now: gongzhi train {folder}", folder=str(folder)), "yellow")
    elif moved and one is not None:  # where the nearest recording judges, nothing is trained
        text = N_("“{model}” of the project judges by these {count} recordings no more: they only measure now.")
        if back:
            text = N_("“{model}” of the project judges by these {count} recordings, too, from now on.")
        say(tr(text, model=one.model, count=len(moved)), "yellow")
        if not back:
            say(replace(one, waits=True).words(), "yellow")
