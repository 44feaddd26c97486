"""Takes a camera and a pose estimator, gives recordings of one label, one after another: count down, move, keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from gongzhi.camera.contract import Capture
from gongzhi.errors import DataError
from gongzhi.learn.dataset import Dataset, head_of
from gongzhi.learn.recording import Recording
from gongzhi.stages.estimate import Estimator
from gongzhi.text import N_
from gongzhi.values import Keypoints

LEAST: Final = 15  # frames with a person; fewer make no window
_WAIT_S: Final = 0.25
_PATIENCE: Final = 40  # waits of that length without a frame before the camera is given up


@dataclass(frozen=True, slots=True)
class Take:
    """What is to be recorded: `label`, whose number (`person`) on which day or in which room (`session`), for `seconds`
    after a count-down of `count` seconds."""

    label: str
    person: str = "p00"
    session: str = "s00"
    seconds: float = 6.0
    count: int = 3


class Taking:
    """A take in the making: it is given each frame's time and joints, and says when it is over."""

    def __init__(self, take: Take, told: Callable[[int], None]) -> None:
        """`told(3)`, `told(2)`, `told(1)` and `told(0)`, which is the beginning, are called as the frames' own times
        pass."""
        self.take, self._told = take, told
        self._found: list[Keypoints] = []
        self._begin: float | None = None
        self._last = take.count + 1

    def see(self, t: float, keypoints: Keypoints | None) -> bool:
        """Take one frame of time `t` (s); True once the take is over."""
        self._begin = t if self._begin is None else self._begin
        left = self._begin + self.take.count - t
        now = max(0, int(np.ceil(left)))
        if now < self._last:
            self._last = now
            self._told(now)
        if left < -self.take.seconds:
            return True
        if left <= 0 and keypoints is not None and (not self._found or keypoints.t > self._found[-1].t):
            self._found.append(keypoints)
        return False

    def keep(self, target: Dataset) -> Recording:
        """Add what was seen to the data set. Raises DataError as `made`; then nothing was added."""
        made = self.made()
        return replace(made, name=target.add(made).stem)

    def made(self) -> Recording:
        """What was seen. Raises DataError when nobody was seen for long enough, or the words do not fit."""
        if len(self._found) < LEAST:
            raise DataError(
                N_("Only {count} frames show a person, {least} are needed: nothing was kept."),
                N_("Stand so that the camera sees you whole, in good light, and try again."),
                count=len(self._found), least=LEAST,
            )  # fmt: skip
        return _kept(self._found, self.take)


def record(
    camera: Capture, estimator: Estimator, take: Take, target: Dataset, told: Callable[[int], None]
) -> Recording:
    """Record one take and add it to the data set; only keypoints are kept, no picture.

    `told` as for `Taking`. A camera that comes to its end (a video) ends the take. Raises DataError as `Taking.keep`.
    """
    taking, waited = Taking(take, told), 0
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


def unfit(error: ValueError) -> DataError:
    """What is said of words that do not fit."""
    return DataError(
        N_("This cannot be recorded: {error}"),
        N_("A label has 1 to 40 characters without / and \\; a person is a number such as p01, no name."),
        error=str(error),
    )


def _kept(found: list[Keypoints], take: Take) -> Recording:
    t = np.array([each.t for each in found])
    try:
        head = head_of(
            take.label, found[-1].size, person=take.person, session=take.session, source=f"camera: {found[0].origin}"
        )
    except ValueError as error:
        raise unfit(error) from error
    word = take.label if take.label.isascii() else "recording"
    name = f"{word}-{take.person}-{take.session}"
    return Recording(name, head, t - t[0], np.stack([one.xy for one in found]), np.stack([one.score for one in found]))
