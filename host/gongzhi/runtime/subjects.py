"""Takes a project, gives what can be recorded beside its run: the person seen, each sensor that streams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from gongzhi.actions import hands_of
from gongzhi.errors import DataError
from gongzhi.learn import dataset
from gongzhi.learn.look_page import FPS, TRACE_FPS, curves, moving
from gongzhi.learn.recorder import RATE, SENSOR_RATE, SensorTaking, Take, Taking
from gongzhi.learn.sensor_recording import AnyRecording, SensorRecording
from gongzhi.project import Manifest
from gongzhi.project.parts import Part
from gongzhi.teach.judging import judges
from gongzhi.text import N_

OWN: Final = "my_data"  # in the project's folder, where no model of the project lies in a data set; my_imu of a sensor
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """`part` is the sensor, None for the person; `folder` the data set; `judges` the table by which the nearest of its
    recordings judges the running project, "" for none; `hands`: the run looks for them."""

    part: Part | None
    folder: Path
    judges: str = ""
    hands: bool = False

    @property
    def name(self) -> str:
        """The part's name, "" for the person."""
        return self.part.id if self.part is not None else ""

    def about(self, name: str) -> dataset.About:
        """What a new data set of it is."""
        if self.part is None:
            return dataset.About(name=name, rate=RATE, camera="project", hands=self.hands)
        return dataset.About(
            name=name, rate=SENSOR_RATE, camera=self.name, channels=list(self.part.sampled),
            unit=self.part.sampled_unit,
        )  # fmt: skip

    def taking(self, take: Take, told: Told, about: dataset.About) -> Taking | SensorTaking:
        """A take of it, for such a data set."""
        return Taking(take, told, hands=about.hands) if self.part is None else SensorTaking(take, told, self.part)

    def silent(self) -> DataError:
        """What is said when nothing comes of it."""
        if self.part is None:
            return DataError(N_("The camera gives no pictures: nothing was kept."), N_("Look at the camera."))
        return DataError(
            N_("“{sensor}” tells nothing: nothing was kept of this take."),
            N_("Is its board on and in the network? Does it have the settings of project.toml (gongzhi board …)?"),
            sensor=self.name,
        )

    def check(self, data: dataset.Dataset) -> dataset.Dataset:
        """The same. Raises DataError where it is a data set of something else."""
        wanted = self.about("x")
        if (data.about.channels, data.about.unit) != (wanted.channels, wanted.unit):
            raise DataError(
                N_("The data set in {folder} is of something else than “{name}”."),
                N_("Give the folder another name."), folder=str(self.folder), name=self.name or "camera",
            )  # fmt: skip
        if data.about.hands and not self.hands:
            raise DataError(
                N_("The data set in {folder} learns from hands, and this run does not look for any."),
                N_("Write hands = true under [camera] in project.toml and start again."), folder=str(self.folder),
            )  # fmt: skip
        return data


def subjects(manifest: Manifest) -> dict[str, Subject]:
    """By its name: the person first, then each sensor with `stream`."""
    streaming = [part for part in manifest.parts.values() if part.sampled and "stream" in part.options]
    people = _folder(manifest, "")
    return {"": Subject(None, people, judges(manifest.seen, people), hands_of(manifest.seen))} | {
        part.id: Subject(part, folder, judges(manifest.seen, folder, part.id))
        for part in streaming
        for folder in (_folder(manifest, part.id),)
    }


def _folder(manifest: Manifest, sensor: str) -> Path:
    """The data set that the project's own model of it was learnt from, else one beside project.toml."""
    for source in manifest.seen.sources.values():
        if (
            not source.nearest
            and source.sensor == sensor
            and not source.picks
            and (source.path.parent / dataset.FILE).is_file()
        ):
            return source.path.parent
    return manifest.folder / (f"my_{sensor}" if sensor else OWN)


def shown(recording: AnyRecording) -> dict[str, Any]:
    """What a page draws of a recording: a moving skeleton, or a sensor's curves."""
    if isinstance(recording, SensorRecording):
        return {"fps": TRACE_FPS, "frames": [], "traces": curves(recording), "channels": recording.head.channels,
                "unit": recording.head.unit}  # fmt: skip
    return {"fps": FPS, "frames": moving(recording)}


def felt(values: list[tuple[float, ...]]) -> list[list[float]]:
    """What a page draws of the samples that have just come: the numbers of each channel."""
    found: list[list[float]] = np.round(np.array(values, float).T, 3).tolist()
    return found
