"""Takes what is seen in each frame or felt in each sample, gives that around a decision or of just now, as a recording
to teach with."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn import hand_track
from gongzhi.learn.dataset import About
from gongzhi.learn.recorder import LEAST, LEAST_SAMPLES
from gongzhi.learn.recording import Recording, head_of
from gongzhi.learn.sensor_recording import AnyRecording, SensorRecording, sensor_head
from gongzhi.learn.windows import LENGTH
from gongzhi.samples import Sample
from gongzhi.values import Keypoints

_KEPT_S: Final = 20.0  # of frames; the slowest data sets have windows of 6 s
_WINDOWS: Final = 1.5  # windows' times in a sample
_DECISIONS: Final = 24  # as many as a page shows
DRAWN: Final = "drawn"  # the "person" of a drawn scene: nobody

Times = NDArray[np.float64]
Found = TypeVar("Found", Keypoints, Sample)


class Memory(Generic[Found]):
    """Keypoints or samples only, and only in memory until somebody teaches; one thread uses it. A hole longer than
    `_hole` seconds forgets what was before; a sample of fewer than `_least` is none."""

    _hole = math.inf
    _least = LEAST

    def __init__(self) -> None:
        self._frames: deque[tuple[Found, bool]] = deque()
        self._of: dict[str, tuple[tuple[Found, bool], ...]] = {}

    def see(self, found: Found | None, *, drawn: bool) -> None:
        """One frame, or one sample; `drawn`: nobody real is in it."""
        if found is None:
            return
        if self._frames and not 0 < found.t - self._frames[-1][0].t <= self._hole:
            self._frames.clear()  # a video that begins anew, a board that was away
        self._frames.append((found, drawn))
        while found.t - self._frames[0][0].t > _KEPT_S:
            self._frames.popleft()

    def remember(self, decision: str) -> None:
        """What is seen now led to this decision."""
        if decision not in self._of:
            self._of[decision] = tuple(self._frames)
            while len(self._of) > _DECISIONS:
                del self._of[next(iter(self._of))]

    def knows(self, decision: str) -> bool:
        """Whether there is something to teach about it."""
        return bool(self._of.get(decision))

    def drawn(self, decision: str = "") -> bool:
        """Whether nobody real is to be seen in it."""
        frames = self._of.get(decision, ()) if decision else self._frames
        return bool(frames) and all(drawn for _, drawn in frames)

    def cut(self, decision: str, label: str, person: str, rate: float) -> AnyRecording | None:
        """The last movement before a decision, without one of just now; None where too little was seen. Raises
        ValueError for a label or a person that is none."""
        frames: Sequence[tuple[Found, bool]] = self._of.get(decision, ()) if decision else tuple(self._frames)
        if not frames:
            return None
        end = frames[-1][0].t
        kept = [one for one, _ in frames if end - one.t <= _WINDOWS * LENGTH / rate]
        if len(kept) < self._least or kept[-1].t - kept[0].t < LENGTH / rate / 2:
            return None
        t = np.array([each.t for each in kept])
        return self._made(kept, t - t[0], label, person)

    def _made(self, kept: list[Found], t: Times, label: str, person: str) -> AnyRecording:
        raise NotImplementedError


class Seen(Memory[Keypoints]):
    """Of the person before the camera, with their `hands` where the data set learns from them."""

    def __init__(self, *, hands: bool = False) -> None:
        super().__init__()
        self._hands = hands

    def _made(self, kept: list[Keypoints], t: Times, label: str, person: str) -> Recording:
        source = f"taught: {kept[-1].origin}"
        head = head_of(label, kept[-1].size, person=person, session="taught", source=source, hands=self._hands)
        hands = hand_track.of(kept) if self._hands else None
        return Recording("taught", head, t, np.stack([e.xy for e in kept]), np.stack([e.score for e in kept]), hands)


@dataclass(frozen=True, slots=True)
class _Repetition:
    """`shown`, what the coach `said` it is, and whether it was `drawn`."""

    shown: Recording
    said: str
    drawn: bool


class Told:
    """Of a coach: the repetitions that it has told of."""

    def __init__(self) -> None:
        self._last = ""
        self._of: dict[str, _Repetition] = {}

    def tell(self, name: str, shown: Recording, said: str, *, drawn: bool) -> None:
        """A repetition, by the name `name`, that the coach has `said` to be something ("" where it was not sure)."""
        self._last = name
        self._keep(name, _Repetition(shown, said, drawn))

    def remember(self, decision: str) -> None:
        """The last repetition led to this decision."""
        told = self._told("")
        if decision not in self._of and told is not None:
            self._keep(decision, told)

    def _told(self, decision: str) -> _Repetition | None:
        """What led to a decision, without one the last."""
        return self._of.get(decision or self._last)

    def _keep(self, name: str, told: _Repetition) -> None:
        self._of[name] = told
        while len(self._of) > _DECISIONS:
            del self._of[next(iter(self._of))]

    def knows(self, decision: str) -> bool:
        """Whether there is something to teach about it."""
        return decision in self._of

    def said(self, decision: str) -> str:
        """What the coach took it for."""
        told = self._told(decision)
        return told.said if told is not None else ""

    def drawn(self, decision: str = "") -> bool:
        """Whether nobody real is to be seen in it."""
        told = self._told(decision)
        return told is not None and told.drawn

    def cut(self, decision: str, label: str, person: str, rate: float) -> Recording | None:  # noqa: ARG002  (as Memory)
        """The repetition that led to a decision, without one the last; None where there is none. Raises ValueError for
        a label or a person that is none."""
        told = self._told(decision)
        if told is None:
            return None
        shown = told.shown
        head = head_of(label, shown.head.size, person=person, session="taught", source="taught: coach")
        return replace(shown, head=head)


class Felt(Memory[Sample]):
    """Of a sensor, whose data set is `about`."""

    _hole = 0.25  # as learn/channels.py: what was before it says nothing of what comes after
    _least = LEAST_SAMPLES

    def __init__(self, about: About) -> None:
        super().__init__()
        self._about = about

    def _made(self, kept: list[Sample], t: Times, label: str, person: str) -> SensorRecording:
        channels, unit = self._about.channels, self._about.unit
        head = sensor_head(label, channels, unit, person=person, session="taught", source="taught: board")
        return SensorRecording("taught", head, t, np.array([one.values for one in kept], np.float32))
