"""Takes `gongzhi data record …`, gives recordings of one label from a camera or from a board's sensor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from gongzhi import project as project_file
from gongzhi.cli.data_folder import Folder, Json, balance, name_of, show_balance, target
from gongzhi.cli.output import print_json, say
from gongzhi.clock import MonotonicClock
from gongzhi.errors import DataError
from gongzhi.learn import dataset
from gongzhi.learn.recorder import RATE, SENSOR_RATE, Take, check
from gongzhi.learn.recorder import record as record_one
from gongzhi.stages import capture
from gongzhi.stages.estimate import choose
from gongzhi.text import N_, tr

_FEW = 0.5  # of the frames of a take with a hand; with fewer, something stands in the way


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
    check(take)

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
        channels, unit = list(part.sampled), part.sampled_unit
        about = dataset.About(name=name_of(folder), rate=rate or SENSOR_RATE, channels=channels, unit=unit)
        source = Source(project, sensor, boards, carry)
        with target(folder, lambda: about) as data:
            made = len(record_samples(source, take, times, data, told))
    else:
        with target(folder, lambda: dataset.About(name=name_of(folder), rate=rate or RATE, hands=hands)) as data:
            if hands and not data.about.hands:
                raise DataError(
                    N_("The data set in {folder} has no hands."),
                    N_("Record into a new one, or leave --hands out."), folder=str(folder),
                )  # fmt: skip
            made, share = _from_camera(camera, take, times, data, told)
            if data.about.hands and not json:
                say(tr("Hands were seen in {share:.0%} of the frames.", share=share), "" if share > _FEW else "yellow")
    if json:
        print_json({"recorded": made, "balance": balance(data)})
    else:
        show_balance(data)


def _from_camera(
    camera: str, take: Take, times: int, data: dataset.Dataset, told: Callable[[int, int], None]
) -> tuple[int, float]:
    """How many takes were made, and in how many of their frames a hand was seen, 0..1."""
    if camera == capture.NONE:
        raise DataError(
            N_("Without a camera only a board’s sensor can be recorded."),
            N_("Such as: --project my_project --sensor imu. A drawn person is --camera synthetic."),
        )
    share = 0.0
    choice = choose(synthetic=camera == capture.SYNTHETIC, hands=data.about.hands)
    eyes = capture.open_camera(camera, MonotonicClock())
    try:
        for number in range(1, times + 1):
            made = record_one(eyes, choice.estimator, take, data, partial(told, number))
            share += (made.hands.share if made.hands is not None else 0.0) / times
    finally:
        eyes.close()
        choice.estimator.close()
    return times, share
