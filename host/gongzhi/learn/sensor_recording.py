"""Takes one recording of a sensor's channels, gives it checked, as the samples that run in a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.channels import Channels
from gongzhi.learn.recording import MOST_FRAMES, TAUGHT, Recording, Slug, Word
from gongzhi.learn.view import View
from gongzhi.samples import Sample

_FAR: Final = 1e6  # in any unit
Channel = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,15}\Z")]
ChannelNames = Annotated[list[Channel], msgspec.Meta(min_length=1, max_length=16)]
Unit = Annotated[str, msgspec.Meta(max_length=16)]


class SensorHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first line of a sensor's recording: as recording.Head, with the `channels` and their `unit` in place of a
    picture's size."""

    format: int = 1
    label: Word
    person: Slug = "p00"
    session: Slug = "s00"
    channels: ChannelNames
    unit: Unit = ""
    source: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def still(self) -> bool:
        """A sensor's recording is always a course in time."""
        return False


@dataclass(frozen=True, slots=True, eq=False)
class SensorRecording:
    """One recording: `t` (n,) float64 seconds, strictly rising; `values` (n, channels) float32 in the head's unit.
    Raises ValueError for anything else."""

    name: str
    head: SensorHead
    t: NDArray[np.float64]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        n, wide = len(self.t), len(self.head.channels)
        if not 1 <= n <= MOST_FRAMES or self.values.shape != (n, wide) or len(set(self.head.channels)) != wide:
            raise ValueError(f"{n} samples, values {self.values.shape} of {wide} channels")
        if not (np.isfinite(self.t).all() and np.isfinite(self.values).all()):
            raise ValueError("a number is not finite")
        if np.abs(self.values).max() > _FAR:
            raise ValueError("a number is out of reach")
        if n > 1 and not (np.diff(self.t) > 0).all():
            raise ValueError("the times do not rise")

    @property
    def taught(self) -> bool:
        """Whether it was taught in a run."""
        return self.name.startswith(TAUGHT)

    @property
    def seconds(self) -> float:
        """From the first sample to the last."""
        return float(self.t[-1] - self.t[0])

    @property
    def view(self) -> View:
        """How learning looks at it."""
        return Channels(tuple(self.head.channels))

    def frames(self) -> list[Sample]:
        """As they run in a project."""
        return [Sample(float(t), tuple(map(float, row))) for t, row in zip(self.t, self.values, strict=True)]


AnyRecording = Recording | SensorRecording


def sensor_head(label: str, channels: list[str], unit: str, **rest: object) -> SensorHead:
    """A recording's head from words that come from outside. Raises ValueError when one is not valid."""
    try:
        return msgspec.convert({"label": label, "channels": channels, "unit": unit, **rest}, SensorHead)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
