"""Takes `gongzhi data record …`, gives recordings of one label from a camera or from a board's sensor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from gongzhi import project as project_file
from gongzhi.cli.output import console, print_json, say
from gongzhi.clock import MonotonicClock
from gongzhi.errors import DataError, GongzhiError
from gongzhi.learn import dataset, golden
from gongzhi.learn.enough import advised, lacking
from gongzhi.learn.recorder import RATE, SENSOR_RATE, Take
from gongzhi.learn.recorder import record as record_one
from gongzhi.stages import capture
from gongzhi.stages.estimate import choose
from gongzhi.teach.quarantine import Waiting
from gongzhi.text import N_, tr

_FEW = 0.5  # of the frames of a take with a hand; with fewer, something stands in the way
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


# Over 40 lines: half of it are the options and their help.
def record(
    folder: Folder,
    label: Annotated[str, typer.Argument(help=tr("What is shown, such as wave."))],
    camera: Annotated[str, typer.Option(help=tr("synthetic | 0, 1 … | a video or pictures"))] = "0",
    project: Annotated[Path | None, typer.Option(help=tr("Of a sensor: the project’s folder."))] = None,
    sensor: Annotated[str, typer.Option(help=tr("Of a sensor: the part’s name, such as imu."))] = "",
    boards: Annotated[
        Literal["virtual", "real", "auto"], typer.Option(help=tr("Of a sensor: on which boards."))
    ] = "auto",
    carry: Annotated[str, typer.Option(help=tr("Of a virtual sensor: what its bearer does, such as walk."))] = "",
    seconds: Annotated[float, typer.Option(min=1, max=600, help=tr("How long one recording is."))] = 6.0,
    times: Annotated[int, typer.Option(min=1, max=100, help=tr("How many recordings."))] = 1,
    count: Annotated[int, typer.Option(min=0, max=10, help=tr("Seconds of count-down before each."))] = 3,
    person: Annotated[str, typer.Option(help=tr("The number of the person, such as p01; no name."))] = "p00",
    session: Annotated[str, typer.Option(help=tr("The room or the day, such as s01."))] = "s00",
    hands: Annotated[bool, typer.Option("--hands", help=tr("Of a new data set: learn from fingers, too."))] = False,
    rate: Annotated[
        float | None, typer.Option(min=0.5, max=60, help=tr("Of a new data set: a window is 30 / rate s."))
    ] = None,
    json: Json = False,
) -> None:
    """Record one label, several times: keypoints, or with --project and --sensor a board's samples. `gongzhi data undo`
    takes the last one out again."""
    if bool(sensor) != bool(project):
        raise DataError(
            N_("A sensor is one of a project: both --project and --sensor are needed."),
            N_("Such as: --project my_project --sensor imu. For a camera leave both out."),
        )
    take = Take(label, person, session, seconds, count)

    def told(number: int, left: int) -> None:
        if json:
            return
        if left == count:
            say(tr("“{label}”, recording {number} of {times}:", label=label, number=number, times=times), "bold")
        say(tr("Go!") if left == 0 else f"{left} …", "green" if left == 0 else "")

    if project is not None:
        from gongzhi.runtime.recording import Source, part_of  # a run imports this package
        from gongzhi.runtime.recording import record as record_samples

        part = part_of(project_file.load(project).parts, sensor)
        channels, unit = list(part.sampled), part.kind.unit_of(part.sampled)
        about = dataset.About(name=name_of(folder), rate=rate or SENSOR_RATE, channels=channels, unit=unit)
        source = Source(project, sensor, boards, carry)
        with _target(folder, about) as target:
            made = len(record_samples(source, take, times, target, told))
    else:
        with _target(folder, dataset.About(name=name_of(folder), rate=rate or RATE, hands=hands)) as target:
            if hands and not target.about.hands:
                raise DataError(
                    N_("The data set in {folder} has no hands."),
                    N_("Record into a new one, or leave --hands out."), folder=str(folder),
                )  # fmt: skip
            made, share = _from_camera(camera, take, times, target, told)
            if target.about.hands and not json:
                say(tr("Hands were seen in {share:.0%} of the frames.", share=share), "" if share > _FEW else "yellow")
    if json:
        print_json({"recorded": made, "balance": balance(target)})
    else:
        show_balance(target)


def judges(folder: Path) -> str:
    """The table of the project around this data set whose nearest recording judges; "" for none."""
    here = folder.resolve()
    if not (here.parent / "project.toml").is_file():
        return ""
    with suppress(GongzhiError):  # whatever is wrong there is said where it is run
        sources = project_file.load(here.parent).seen.sources.items()
        return next((name for name, one in sources if one.nearest and one.path.resolve() == here), "")
    return ""


@contextmanager
def _target(folder: Path, about: dataset.About) -> Iterator[dataset.Dataset]:
    """The data set in the folder; a new one goes again if nothing came into it."""
    path = folder / dataset.FILE
    new = not path.exists()
    target = dataset.create(folder, about) if new else dataset.load(folder)
    judged, measured = "" if new else judges(folder), bool(golden.paths(target))
    if judged and measured:
        target = Waiting(target.folder, target.about)
    try:
        yield target
        if judged:
            text = N_("“{model}” of the project judges by these recordings: the new ones wait in quarantine until "
                      "they are measured and promoted. See: gongzhi teach check {project}")  # fmt: skip
            if not measured:
                text = N_("“{model}” of the project judges by these recordings: the new ones count at once. A golden "
                          "set would measure them first: gongzhi data golden {folder}")  # fmt: skip
            say(tr(text, model=judged, project=str(folder.resolve().parent), folder=str(folder)), "yellow")
    finally:
        if new and not target.paths:
            path.unlink(missing_ok=True)
            with suppress(OSError):
                folder.rmdir()


def _from_camera(
    camera: str, take: Take, times: int, target: dataset.Dataset, told: Callable[[int, int], None]
) -> tuple[int, float]:
    """How many takes were made, and in how many of their frames a hand was seen, 0..1."""
    share = 0.0
    choice = choose(synthetic=camera == capture.SYNTHETIC, hands=target.about.hands)
    eyes = capture.open_camera(camera, MonotonicClock())
    try:
        for number in range(1, times + 1):
            made = record_one(eyes, choice.estimator, take, target, partial(told, number))
            share += (made.hands.share if made.hands is not None else 0.0) / times
    finally:
        eyes.close()
        choice.estimator.close()
    return times, share
