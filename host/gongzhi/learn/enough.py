"""Takes recordings, gives how much of each label is still to be recorded before a model can be learnt and tested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gongzhi.learn.dataset import About
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.learn.windows import LENGTH, PARTS

TAKES: Final = len(PARTS)  # of a label: one to learn from, one to check and one to test by
_WORTH: Final = 1.5  # windows that a take is long at least, to count as one; a longer one counts for several
_POSES: Final = 5  # poses of a still recording that count as one take


def advised(about: About) -> float:
    """Seconds of a good take: two windows."""
    return 2 * LENGTH / about.rate


def worth(recording: AnyRecording, about: About) -> int:
    """How many takes of its label a recording counts for; 0: too short to learn from and to test by."""
    if recording.head.still:
        return len(recording.t) // _POSES
    # One more: a take of six seconds ends a frame earlier.
    return int((recording.seconds + 1 / about.rate) / (_WORTH * LENGTH / about.rate))


def lacking(recordings: Iterable[AnyRecording], about: About) -> dict[str, int]:
    """How many takes each of the data set's labels lacks; 0 where there is enough to begin with."""
    have = dict.fromkeys(about.labels, 0)
    for one in recordings:
        if one.head.label in have:
            have[one.head.label] += worth(one, about)
    return {label: max(0, TAKES - count) for label, count in have.items()}
