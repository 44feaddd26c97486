"""Takes `gongzhi data …`, gives a data set of what was recorded or imported, and shows what is in one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gongzhi.cli.data_folder import Folder, Json, balance, name_of, show_balance, target
from gongzhi.cli.data_golden import golden_command
from gongzhi.cli.data_record import record
from gongzhi.cli.models import fetch_shown
from gongzhi.cli.output import console, print_json, say
from gongzhi.errors import DataError, ModelError
from gongzhi.learn import changes, dataset
from gongzhi.learn.card import apart
from gongzhi.learn.importing import have_hands, import_, new_kind
from gongzhi.learn.importing_report import Options, Report
from gongzhi.learn.look import look
from gongzhi.learn.look_page import page
from gongzhi.learn.recorder import RATE, SENSOR_RATE
from gongzhi.learn.recording import write_file
from gongzhi.learn.workflow import prepare
from gongzhi.runtime.welcome import show_page
from gongzhi.stages.estimate import BlazePoseEstimator, Estimator
from gongzhi.teach import judging
from gongzhi.teach.judging import judged
from gongzhi.text import N_, tr

app = typer.Typer(no_args_is_help=True, help=tr("Data sets: record, import, show."))


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if not found:
        raise DataError(
            N_("“{text}” is no size of a picture."), N_("Write width x height, such as 640x480."), text=text
        )
    return int(found[1]), int(found[2])


# Over 40 lines: half of it are the options and their help.
@app.command("import", help=tr("Import keypoints, videos or pictures."))
def import_command(
    source: Annotated[Path, typer.Argument(help=tr("A file or a folder."))],
    to: Annotated[Path, typer.Option("--to", help=tr("The data set’s folder; it is made if it is not there."))],
    size: Annotated[str, typer.Option(help=tr("The picture’s size where the files do not say it."))] = "640x480",
    fps: Annotated[float, typer.Option(min=1, max=240, help=tr("Frames a second where files do not say it."))] = 30.0,
    person: Annotated[str, typer.Option(help=tr("The number of the person, such as p01; no name."))] = "p00",
    order: Annotated[
        Literal["auto", "series", "still"], typer.Option(help=tr("Whether single frames are a movement or poses."))
    ] = "auto",
    unit: Annotated[
        Literal["", "g", "mg", "m/s2"], typer.Option(help=tr("Of an accelerometer’s table that does not say it."))
    ] = "",
    rotation: Annotated[
        Literal["", "deg/s", "rad/s"], typer.Option(help=tr("Of a gyroscope’s columns that do not say their unit."))
    ] = "",
    hands: Annotated[bool, typer.Option("--hands", help=tr("Of a new data set: learn from fingers, too."))] = False,
    json: Json = False,
) -> None:
    """Import all that can be read, and say what was not."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", person):
        raise DataError(N_("“{person}” is no number of a person."), N_("Write such as p01."), person=person)
    options = Options(_size(size), fps, person, order, unit, rotation)

    if not source.exists():
        raise DataError(N_("There is nothing at {path}."), N_("Check the name."), path=str(source))
    if source.resolve() == to.resolve():
        raise DataError(N_("{path} is the data set itself."), N_("Give another name with --to."), path=str(source))
    bar = Progress(
        BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False),
        console=console, transient=True, disable=json or not console.is_terminal,
    )  # fmt: skip
    task, eyes = bar.add_task("", total=1.0), _eyes(bar)
    with target(to, lambda: _about(source, to, hands=hands)) as data:
        marks, labels = data.marks, list(data.about.labels)
        try:
            with bar:
                report = import_(source, data, options, lambda: eyes(hands=data.about.hands),
                                 lambda name, share: bar.update(task, description=name, completed=share))  # fmt: skip
        finally:  # what an interrupted one brought is the last import, too
            if brought := dict(data.marks.items() - marks.items()):
                new = [label for label in data.about.labels if label not in labels]
                changes.imported(to, changes.Import(brought, new))
        if json:
            print_json(_plain(report))
        else:
            _show(report, options)
        if not report.taken:
            raise DataError(N_("Nothing in {path} could be taken."), N_("See the reasons above."), path=str(source))
        if not json:
            say(tr("All of it is taken out again with: gongzhi data undo {folder} --import", folder=str(to)))


def _eyes(bar: Progress) -> Callable[..., Estimator]:
    """Makes estimators; the weights are fetched once, not for each picture, in the place of the bar."""

    @cache
    def weights(name: str) -> dict[str, bytes] | ModelError:
        bar.stop()
        try:
            return fetch_shown(name)
        except ModelError as error:  # kept, too
            return error
        finally:
            bar.start()

    def known(name: str) -> dict[str, bytes]:
        found = weights(name)
        if isinstance(found, ModelError):
            raise found
        return found

    return lambda *, hands: BlazePoseEstimator(known("blazepose"), known("hands") if hands else None)


def _about(source: Path, to: Path, *, hands: bool) -> dataset.About:
    """What a new data set for these files is; `hands` are wanted, or they are there."""
    channels, unit = new_kind(source)
    hands = not channels and (hands or have_hands(source))
    rate = SENSOR_RATE if channels else RATE
    return dataset.About(name=name_of(to), rate=rate, channels=channels, unit=unit, hands=hands)


def _plain(report: Report) -> dict[str, object]:
    taken = [{"name": n, "label": label, "frames": frames, "kind": kind} for n, label, frames, kind in report.taken]
    left = [{"name": name, "why": str(why)} for name, why in report.left]
    return {"taken": taken, "left": left, "dropped_frames": report.dropped}


def _show(report: Report, options: Options) -> None:
    if report.taken:
        table = Table(tr("Taken"), tr("Label"), tr("Frames"), tr("Kind"))
        for name, label, frames, kind in report.taken:
            table.add_row(name, label, str(frames), tr(kind))
        console.print(table)
    if report.left:
        table = Table(tr("Not taken"), tr("Why"))
        for name, why in report.left:
            table.add_row(name, str(why))
        console.print(table)
    if report.dropped:
        say(tr("{count} frames without a person or with broken numbers were left out.", count=report.dropped))
    if report.guessed:
        say(tr("{count} tables do not say the unit of their rotation. Taken as °/s: no sensor tells so many rad/s.",
               count=report.guessed), "yellow")  # fmt: skip
    width, height = options.size
    assumed = {
        "size": tr("picture {width}×{height}", width=width, height=height),
        "fps": tr("{fps:g} frames a second", fps=options.fps),
        "person": tr("person {person}", person=options.person),
    }
    if told := ", ".join(words for name, words in assumed.items() if name in report.assumed):
        say(tr("Assumed, for the files do not say it: {what}.", what=told))


@app.command(help=tr("Show what is in a data set."))
def show(folder: Folder, json: Json = False) -> None:
    """Labels with their recordings and frames; every file is read and checked."""
    data = dataset.load(folder)
    if json:
        print_json(balance(data))
        return
    show_balance(data)
    known = {each.person for each in data.about.consent}
    missing = sorted({each.head.person for each in data.recordings()} - known)
    if missing:
        say(tr("No consent is noted in dataset.toml for: {persons}.", persons=", ".join(missing)), "yellow")


app.command(help=tr("Record with a camera, or a board’s sensor."))(record)


@app.command(help=tr("Undo: take the last recording, or a named one, out."))
def undo(
    folder: Folder,
    name: Annotated[str, typer.Argument(help=tr("The recording’s name."))] = "",
    whole: Annotated[bool, typer.Option("--import", help=tr("All that the last import brought."))] = False,
) -> None:
    """The file goes to the folder `removed`; put it back by hand."""
    one = judged(folder)
    data = dataset.load(folder)
    if whole:
        gone = judging.undo_import(data, one)
        say(tr("{count} recordings were taken out; their files lie in {folder}.", count=len(gone),
               folder=str(gone[0].parent)))  # fmt: skip
    else:
        out, path = judging.undo(data, one, name)
        say(tr("“{name}” was taken out; its file lies in {folder}.", name=out, folder=str(path.parent)))
    if one is not None and not one.waits:
        say(one.words(), "yellow")


@app.command(help=tr("How the data are split: never at random."))
def split(
    folder: Folder,
    by: Annotated[
        Literal["auto", "person", "recording", "block"], typer.Option(help=tr("By what the test is kept apart."))
    ] = "auto",
    json: Json = False,
) -> None:
    """Which recordings, and how many windows of each label, are in each part."""
    data = dataset.load(folder)
    kind, parts = prepare(data, None if by == "auto" else by)
    labels = data.about.labels
    counts = {part: {each: int((one.y == i).sum()) for i, each in enumerate(labels)} for part, one in parts.items()}
    if json:
        print_json({"split": kind, "windows": counts})
        return
    table = Table(tr("Label"), tr("to learn"), tr("to check"), tr("to test"))
    for label in labels:
        table.add_row(label, *(str(counts[part][label]) for part in ("train", "check", "test")))
    console.print(table)
    say(tr("Learning and test data were kept apart {kind}; never at random.", kind=apart(kind)))


@app.command(help=tr("Write the recordings as Parquet or as JSON lines."))
def convert(
    folder: Folder,
    to: Annotated[Literal["parquet", "jsonl"], typer.Option("--to", help=tr("The format of the files."))],
    json: Json = False,
) -> None:
    """Both hold the same; Parquet needs pyarrow and is smaller, JSON lines can be read by people."""
    judging.no_contest(folder)
    changed = changes.convert(dataset.load(folder), f".{to}")
    if json:
        print_json({"converted": changed})
    else:
        say(tr("{count} recordings were written as {format}.", count=changed, format=to))


@app.command("look", help=tr("Look at every recording, what is in doubt first."))
def look_command(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help=tr("The page’s file (default: look.html in it)."))] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help=tr("open a browser"))] = True,
    json: Json = False,
) -> None:
    """Write a page with each recording as a moving skeleton, and say what may be wrong; nothing is changed."""
    data = dataset.load(folder)
    if json:
        print_json([asdict(one) for one in look(data.recordings())])
        return
    path = (out or folder / "look.html").resolve()
    write_file(path, page(data).encode())
    say(tr("Open this page: {path}", path=str(path)), "green")
    if browser:
        show_page(path.as_uri())


app.command("golden", help=tr("Set a golden set apart: to measure by, never to learn."))(golden_command)


@app.command(help=tr("Give a recording another label."))
def relabel(
    folder: Folder,
    name: Annotated[str, typer.Argument(help=tr("The recording’s name."))],
    label: Annotated[str, typer.Argument(help=tr("One of the data set’s labels."))],
) -> None:
    """Change it back in the same way."""
    if (one := judged(folder)) is not None and one.waits:
        raise one.refusal()
    old = changes.relabel(dataset.load(folder), name, label)
    say(tr("“{name}” was “{old}”, and is “{label}” now.", name=name, old=old, label=label))
    if one is not None:
        say(one.words(), "yellow")
