"""Takes what a coach has seen of a repetition, gives a recording to teach with; and what a coach says of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.coach.body import ROWS, Array, Mask
from gongzhi.coach.events import Doubt, Event, Over
from gongzhi.coach.moment import Moment
from gongzhi.coach.patterns import RATE
from gongzhi.learn.pack import LEAD
from gongzhi.learn.recording import Recording, head_of
from gongzhi.values import Keypoints

if TYPE_CHECKING:
    from gongzhi.coach.coach import Coach

_SEEN: Final = 0.95
_HIDDEN: Final = 0.1
_LANDMARKS: Final = 33


def recording_of(stand: tuple[Array, Mask], moments: Sequence[Moment], size: tuple[int, int]) -> Recording:
    """A repetition as a pack keeps it: the stand (15, 2) by which the person was measured, for LEAD seconds, then the
    moments at RATE. Its label is "?", until somebody says what it was."""
    before = int(LEAD * RATE)
    joints = np.stack([*[stand[0]] * before, *(each.joints for each in moments)])
    seen = np.stack([*[stand[1]] * before, *(each.seen for each in moments)])
    n = len(joints)
    xy, score = np.zeros((n, _LANDMARKS, 2), np.float32), np.zeros((n, _LANDMARKS), np.float32)
    xy[:, ROWS], score[:, ROWS] = joints, np.where(seen, _SEEN, _HIDDEN)
    return Recording("taught", head_of("?", size, person="p00", session="taught"), np.arange(n) / RATE, xy, score)


def told(
    coach: Coach, t: NDArray[np.float64], xy: NDArray[np.float32], score: NDArray[np.float32], size: tuple[int, int]
) -> list[Over]:
    """What a coach tells of the points (n, 33, 2) and scores (n, 33) of somebody who is gone after the last time of `t`
    (seconds), in a picture of `size`."""
    found: list[Event] = []
    for i, now in enumerate(map(float, t)):
        found += coach.see(Keypoints(xy[i], score[i], now, i, size, "taught"), now)[1]
    return [each for each in (*found, *coach.end()) if isinstance(each, Over)]


def said_of(coach: Coach, recording: Recording) -> str:
    """What a coach takes a recorded repetition for: a form, what somebody has taught, or "" for neither."""
    # After the repetition the person is gone, so that it is settled at once.
    found = told(coach, recording.t, recording.xy, recording.score, recording.head.size)
    longest = max(found, key=lambda each: each.stop - each.start, default=None)
    return "" if longest is None or isinstance(longest, Doubt) else longest.form
