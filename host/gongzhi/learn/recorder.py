"""Takes a camera and a pose estimator, gives recordings of one label, one after another: count down, move, keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


def record(
    camera: Capture, estimator: Estimator, take: Take, target: Dataset, told: Callable[[int], None]
) -> Recording:
    """Record one take and add it to the data set; only keypoints are kept, no picture.

    `told(3)`, `told(2)`, `told(1)` and `told(0)`, which is the beginning, are called as the frames' own times pass. A
    camera that comes to its end (a video) ends the take. Raises DataError when nobody was seen for long enough, or
    the words do not fit; then nothing was added.
    """
    found: list[Keypoints] = []
    begin: float | None = None
    last, waited = take.count + 1, 0
    while not camera.ended and waited < _PATIENCE:
        frame = camera.read(_WAIT_S)
        if frame is None:
            waited += 1
            continue
        waited = 0
        keypoints = estimator(frame)  # during the count-down, too: the tracker has found the person by then
        begin = frame.t if begin is None else begin
        left = begin + take.count - frame.t
        now = max(0, int(np.ceil(left)))
        if now < last:
            last = now
            told(now)
        if left > 0:
            continue
        if left < -take.seconds:
            break
        if keypoints is not None and (not found or keypoints.t > found[-1].t):
            found.append(keypoints)
    if len(found) < LEAST:
        raise DataError(
            N_("Only {count} frames show a person, {least} are needed: nothing was kept."),
            N_("Stand so that the camera sees you whole, in good light, and try again."),
            count=len(found), least=LEAST,
        )  # fmt: skip
    return _kept(found, take, target)


def unfit(error: ValueError) -> DataError:
    """What is said of words that do not fit."""
    return DataError(
        N_("This cannot be recorded: {error}"),
        N_("A label has 1 to 40 characters without / and \\; a person is a number such as p01, no name."),
        error=str(error),
    )


def _kept(found: list[Keypoints], take: Take, target: Dataset) -> Recording:
    t = np.array([each.t for each in found])
    try:
        head = head_of(
            take.label, found[-1].size, person=take.person, session=take.session, source=f"camera: {found[0].origin}"
        )
    except ValueError as error:
        raise unfit(error) from error
    word = take.label if take.label.isascii() else "recording"
    name = f"{word}-{take.person}-{take.session}"
    made = Recording(name, head, t - t[0], np.stack([one.xy for one in found]), np.stack([one.score for one in found]))
    target.add(made)
    return made
