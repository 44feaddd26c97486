"""Takes frames or samples as they come, gives recordings of one label, one after another: count down, move, keep."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

import numpy as np

from gongzhi.camera.contract import Capture
from gongzhi.errors import DataError
from gongzhi.learn import hand_track
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.recording import Recording, head_of
from gongzhi.learn.sensor_recording import SensorRecording, sensor_head
from gongzhi.project.parts import Part
from gongzhi.samples import Sample
from gongzhi.stages.estimate import Estimator
from gongzhi.text import N_
from gongzhi.values import Keypoints

LEAST: Final = 15  # frames with a person; fewer make no window
LEAST_SAMPLES: Final = 20
RATE: Final = 10.0  # frames a second of a new data set: a window of 3 s
SENSOR_RATE: Final = 20.0  # of a sensor's: a window of 1.5 s
_WAIT_S: Final = 0.25
_PATIENCE: Final = 40  # waits of that length without a frame before the camera is given up


Found = TypeVar("Found", Keypoints, Sample)
Made = TypeVar("Made", Recording, SensorRecording)


@dataclass(frozen=True, slots=True)
class Take:
    """What is to be recorded: `label`, whose number (`person`) on which day or in which room (`session`), for `seconds`
    after a count-down of `count` seconds."""

    label: str
    person: str = "p00"
    session: str = "s00"
    seconds: float = 6.0
    count: int = 3


class _Taking(Generic[Found, Made]):
    """A take in the making: it is given what is found at each moment, and says when it is over."""

    def __init__(self, take: Take, told: Callable[[int], None]) -> None:
        """`told(3)`, `told(2)`, `told(1)` and `told(0)`, which is the beginning, are called as the times of what is
        found pass."""
        self.take, self._told = take, told
        self.found: list[Found] = []
        self._begin: float | None = None
        self._last = take.count + 1

    def see(self, t: float, found: Found | None) -> bool:
        """Take what was found at time `t` (s); True once the take is over."""
        self._begin = t if self._begin is None else self._begin
        left = self._begin + self.take.count - t
        now = max(0, int(np.ceil(left)))
        if now < self._last:
            self._last = now
            self._told(now)
        if left <= -self.take.seconds:
            return True
        if left <= 0 and found is not None and (not self.found or found.t > self.found[-1].t):
            self.found.append(found)
        return False

    def keep(self, target: Dataset) -> Made:
        """Add what was found to the data set. Raises DataError as `made`; then nothing was added."""
        made = self.made()
        return replace(made, name=target.add(made).stem)

    def made(self) -> Made:
        """What was found. Raises DataError when that is too little, or the words do not fit."""
        raise NotImplementedError


class Taking(_Taking[Keypoints, Recording]):
    """A take of a person: each frame's joints, None where nobody is seen; and the hands, where they are looked for."""

    def __init__(self, take: Take, told: Callable[[int], None], *, hands: bool = False) -> None:
        super().__init__(take, told)
        self._hands = hands

    def made(self) -> Recording:
        """What was seen. Raises DataError when nobody was seen for long enough, or the words do not fit."""
        if len(self.found) < LEAST:
            raise DataError(
                N_("Only {count} frames show a person, {least} are needed: nothing was kept."),
                N_("Stand so that the camera sees you whole, in good light, and record for six seconds."),
                count=len(self.found), least=LEAST,
            )  # fmt: skip
        return _kept(self.found, self.take, hands=self._hands)


class SensorTaking(_Taking[Sample, SensorRecording]):
    """A take of this sensor."""

    def __init__(self, take: Take, told: Callable[[int], None], part: Part) -> None:
        super().__init__(take, told)
        self._part = part

    def made(self) -> SensorRecording:
        """What was felt. Raises DataError when too few samples came, or the words do not fit."""
        if len(self.found) < LEAST_SAMPLES:
            raise DataError(
                N_("Only {count} samples came, {least} are needed: nothing was kept."),
                N_("Record for some seconds, and look whether the board is in the network all the time."),
                count=len(self.found), least=LEAST_SAMPLES,
            )  # fmt: skip
        take, part = self.take, self._part
        try:
            head = sensor_head(
                take.label, list(part.sampled), part.sampled_unit, person=take.person,
                session=take.session, source=f"board: {part.kind.name}",
            )  # fmt: skip
        except ValueError as error:
            raise unfit(error, take) from error
        t = np.array([one.t for one in self.found])
        return SensorRecording(_name(take), head, t - t[0], np.array([one.values for one in self.found], np.float32))


def record(
    camera: Capture, estimator: Estimator, take: Take, target: Dataset, told: Callable[[int], None]
) -> Recording:
    """Record one take and add it to the data set; only keypoints are kept, no picture.

    `told` as for `Taking`. A camera that comes to its end (a video) ends the take. Raises DataError as `Taking.keep`.
    """
    taking, waited = Taking(take, told, hands=target.about.hands), 0
    while not camera.ended and waited < _PATIENCE:
        frame = camera.read(_WAIT_S)
        if frame is None:
            waited += 1
            continue
        waited = 0
        # During the count-down, too: the tracker has found the person by then.
        if taking.see(frame.t, estimator(frame)):
            break
    return taking.keep(target)


def check(take: Take) -> None:
    """Before a camera is opened and somebody moves: its words must fit. Raises DataError."""
    try:
        head_of(take.label, (1, 1), person=take.person, session=take.session)
    except ValueError as error:
        raise unfit(error, take) from error


def unfit(error: ValueError, take: Take) -> DataError:
    """What is said of words that do not fit."""
    field = re.search(r"\$\.(label|person|session)", str(error))
    return DataError(
        N_("This cannot be recorded: {error}"),
        N_("A label has 1 to 40 characters without / and \\; a person is a number such as p01, no name."),
        error=getattr(take, field[1]) if field else str(error),
    )


def _kept(found: list[Keypoints], take: Take, *, hands: bool) -> Recording:
    t = np.array([each.t for each in found])
    try:
        head = head_of(
            take.label, found[-1].size, person=take.person, session=take.session, source=f"camera: {found[0].origin}",
            hands=hands,
        )  # fmt: skip
    except ValueError as error:
        raise unfit(error, take) from error
    return Recording(
        _name(take), head, t - t[0], np.stack([one.xy for one in found]), np.stack([one.score for one in found]),
        hand_track.of(found) if hands else None,
    )  # fmt: skip


def _name(take: Take) -> str:
    word = take.label if take.label.isascii() else "recording"
    return f"{word}-{take.person}-{take.session}"
