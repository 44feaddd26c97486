"""Takes `gongzhi evaluate MODEL DATASET`, gives how often a model is right on data, label by label, with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gongzhi.cli.output import console, print_json, say
from gongzhi.errors import DataError
from gongzhi.learn import dataset
from gongzhi.learn.evaluation import evaluate as measure
from gongzhi.learn.model import load
from gongzhi.learn.windows import Piece, windows_of
from gongzhi.text import N_, tr


def evaluate(
    model_file: Annotated[Path, typer.Argument(metavar="MODEL", help=tr("A model that was trained here."))],
    folder: Annotated[Path, typer.Argument(metavar="DATASET", help=tr("The folder of the data set."))],
    json: Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))] = False,
) -> None:
    """Judge all windows of a data set; use one that the model has not learnt from."""
    data, model = dataset.load(folder), load(model_file)
    if model.note.hands != data.about.hands and not data.about.channels:
        model.close()
        raise DataError(
            N_("The model has learnt from hands, and the data set in {folder} has none.")
            if model.note.hands
            else N_("The model has not learnt from hands, and the data set in {folder} looks at them."),
            N_("Hands are a line of dataset.toml: hands = true. Take another model, or another data set."),
            folder=str(folder),
        )
    unknown = sorted(set(data.about.labels) - set(model.labels))
    recordings = [each for each in data.recordings() if each.head.label in model.labels]
    pieces = [Piece(i) for i in range(len(recordings))]
    windows = windows_of(recordings, pieces, model.labels, model.note.rate)
    if not len(windows):
        raise DataError(
            N_("There is no window in {folder} that the model could judge."),
            N_("The labels must be those of the model: {labels}."),
            folder=str(folder),
            labels=", ".join(model.labels),
        )
    report = measure(model, windows)
    model.close()
    plain = report.plain() | {"labels_not_in_model": unknown}
    if json:
        print_json(plain)
        return
    table = Table(tr("Label"), tr("Windows"), tr("Right"), tr("Interval (95 %)"))
    for label, each in plain["by_label"].items():
        table.add_row(label, str(each["windows"]), str(each["right"]), f"{each['low']:.0%} – {each['high']:.0%}")
    low, high = report.interval
    table.add_row(tr("All"), str(report.windows), f"{report.accuracy:.1%}", f"{low:.1%} – {high:.1%}")
    console.print(table)
    for truth, said, count in report.confusions():
        say(tr("“{truth}” was taken for “{said}” {count} times.", truth=truth, said=said, count=count))
    if unknown:
        say(tr("Labels that the model does not know were left out: {labels}.", labels=", ".join(unknown)), "yellow")
    say(tr("If the model has learnt from these recordings, this says nothing of how good it is."), "yellow")
