"""Takes the keypoints of each frame, gives those around a decision or of just now, as a recording to teach with."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np

from gongzhi.learn.dataset import head_of
from gongzhi.learn.recorder import LEAST
from gongzhi.learn.recording import Recording
from gongzhi.learn.windows import LENGTH
from gongzhi.values import Keypoints

_KEPT_S: Final = 20.0  # of frames; the slowest data sets have windows of 6 s
_WINDOWS: Final = 1.5  # windows' times in a sample
_DECISIONS: Final = 24  # as many as a page shows
DRAWN: Final = "drawn"  # the "person" of a drawn scene: nobody


class Memory:
    """Keypoints only, and only in memory until somebody teaches; one thread uses it."""

    def __init__(self) -> None:
        self._frames: deque[tuple[Keypoints, bool]] = deque()
        self._of: dict[str, tuple[tuple[Keypoints, bool], ...]] = {}

    def see(self, keypoints: Keypoints | None, *, drawn: bool) -> None:
        """One frame; `drawn`: nobody real is in it."""
        if keypoints is None:
            return
        if self._frames and keypoints.t <= self._frames[-1][0].t:
            self._frames.clear()  # a video that begins anew
        self._frames.append((keypoints, drawn))
        while keypoints.t - self._frames[0][0].t > _KEPT_S:
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

    def cut(self, decision: str, label: str, person: str, rate: float) -> Recording | None:
        """The last movement before a decision, without one of just now; None where too little was seen. Raises
        ValueError for a label or a person that is none."""
        frames: Sequence[tuple[Keypoints, bool]] = self._of.get(decision, ()) if decision else tuple(self._frames)
        if not frames:
            return None
        end = frames[-1][0].t
        kept = [one for one, _ in frames if end - one.t <= _WINDOWS * LENGTH / rate]
        if len(kept) < LEAST or kept[-1].t - kept[0].t < LENGTH / rate / 2:
            return None
        head = head_of(label, kept[-1].size, person=person, session="taught", source=f"taught: {kept[-1].origin}")
        t = np.array([each.t for each in kept])
        return Recording("taught", head, t - t[0], np.stack([e.xy for e in kept]), np.stack([e.score for e in kept]))
