"""Takes `gongzhi data …`, gives a data set of what was imported, with a report, and shows what is in one."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from gongzhi.cli.models import fetch_shown
from gongzhi.cli.output import console, print_json, say
from gongzhi.errors import DataError, ModelError
from gongzhi.learn import dataset
from gongzhi.learn.importing import Options, Report, import_
from gongzhi.stages.estimate import BlazePoseEstimator, Estimator
from gongzhi.text import N_, tr

app = typer.Typer(no_args_is_help=True, help="数据集：导入、查看。 Data sets: import, show.")
Folder = Annotated[Path, typer.Argument(help=tr("The folder of the data set."))]
Json = Annotated[bool, typer.Option("--json", help="一行 JSON / one line of JSON")]


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if not found:
        raise DataError(
            N_("“{text}” is no size of a picture."), N_("Write width x height, such as 640x480."), text=text
        )
    return int(found[1]), int(found[2])


# Over 40 lines: half of it are the options and their help.
@app.command("import", help="导入关键点、视频或图片。 Import keypoints, videos or pictures.")
def import_command(
    source: Annotated[Path, typer.Argument(help=tr("A file or a folder."))],
    to: Annotated[Path, typer.Option("--to", help=tr("The data set’s folder; it is made if it is not there."))],
    size: Annotated[str, typer.Option(help=tr("The picture’s size where the files do not say it."))] = "640x480",
    fps: Annotated[float, typer.Option(min=1, max=240, help=tr("Frames a second where files do not say it."))] = 30.0,
    person: Annotated[str, typer.Option(help=tr("The number of the person, such as p01; no name."))] = "p00",
    order: Annotated[
        Literal["auto", "series", "still"], typer.Option(help=tr("Whether single frames are a movement or poses."))
    ] = "auto",
    json: Json = False,
) -> None:
    """Import all that can be read, and say what was not."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", person):
        raise DataError(N_("“{person}” is no number of a person."), N_("Write such as p01."), person=person)
    options = Options(_size(size), fps, person, order)

    @cache
    def weights() -> dict[str, bytes] | ModelError:
        try:
            return fetch_shown()
        except ModelError as error:  # kept: the network is asked once, not for each picture
            return error

    def estimator() -> Estimator:
        found = weights()
        if isinstance(found, ModelError):
            raise found
        return BlazePoseEstimator(found)

    made = not (to / dataset.FILE).exists()
    if not source.exists():
        raise DataError(N_("There is nothing at {path}."), N_("Check the name."), path=str(source))
    name = re.sub(r"[\x00-\x1f/\\]", "", to.resolve().name)[:40] or "data"
    target = dataset.create(to, dataset.About(name=name)) if made else dataset.load(to)
    report = import_(source, target, options, estimator)
    if json:
        print_json(_plain(report))
    else:
        _show(report, options)
    if not report.taken:
        if made:  # nothing came of it: nothing is left behind
            (to / dataset.FILE).unlink(missing_ok=True)
            with suppress(OSError):
                to.rmdir()
        raise DataError(N_("Nothing in {path} could be taken."), N_("See the reasons above."), path=str(source))


def _plain(report: Report) -> dict[str, object]:
    taken = [{"name": n, "label": label, "frames": frames, "kind": kind} for n, label, frames, kind in report.taken]
    left = [{"name": name, "why": str(why)} for name, why in report.left]
    return {"taken": taken, "left": left, "dropped_frames": report.dropped}


def _show(report: Report, options: Options) -> None:
    table = Table(tr("Taken"), tr("Label"), tr("Frames"), tr("Kind"))
    for name, label, frames, kind in report.taken:
        table.add_row(name, label, str(frames), kind)
    console.print(table)
    if report.left:
        table = Table(tr("Not taken"), tr("Why"))
        for name, why in report.left:
            table.add_row(name, str(why))
        console.print(table)
    if report.dropped:
        say(tr("{count} frames without a person or with broken numbers were left out.", count=report.dropped))
    width, height = options.size
    assumed = tr("Assumed where nothing is said: picture {width}×{height}, {fps:g} frames a second, person {person}.",
                 width=width, height=height, fps=options.fps, person=options.person)  # fmt: skip
    say(assumed)


@app.command(help="查看数据集。 Show what is in a data set.")
def show(folder: Folder, json: Json = False) -> None:
    """Labels with their recordings and frames; every file is read and checked."""
    data = dataset.load(folder)
    balance = data.balance()
    if json:
        print_json({label: {"recordings": count, "frames": frames} for label, (count, frames) in balance.items()})
        return
    table = Table(tr("Label"), tr("Recordings"), tr("Frames"))
    for label, (count, frames) in balance.items():
        table.add_row(label, str(count), str(frames))
    console.print(table)
