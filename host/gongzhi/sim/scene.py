"""Takes what the drawn person is told to do, gives pictures of it: the camera of a scripted demonstration."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np

from gongzhi.camera.contract import Shot, Ticks
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.sim.avatar import Avatar, View, truth
from gongzhi.sim.body import solve
from gongzhi.sim.poses import POSES, Pose, blend
from gongzhi.sim.room import draw_room
from gongzhi.sim.script import ease
from gongzhi.text import tr

NOBODY: Final = "nobody"
DOES: Final = (NOBODY, *POSES)


class Scene:
    """Somebody, or nobody, before a camera. `go` is for any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._from, self._to = POSES["stand"], POSES["stand"]
        self._begun, self._move = clock.now(), 0.0
        self._somebody = False
        self._lock = threading.Lock()

    def go(self, what: str, move: float = 0.6) -> None:
        """Take the pose `what` (one of DOES) within `move` seconds, or leave; who comes is there at once."""
        with self._lock:
            now = self._clock.now()
            self._from = self._at(now) if self._somebody else POSES["stand"]
            self._begun, self._move, self._somebody = now, move, what != NOBODY
            if self._somebody:
                self._to = POSES[what]

    def pose(self) -> Pose | None:
        """How the person stands now; None while nobody is there."""
        with self._lock:
            return self._at(self._clock.now()) if self._somebody else None

    def _at(self, now: float) -> Pose:
        share = (now - self._begun) / self._move if self._move > 0 else 1.0
        return self._to if share >= 1 else blend(self._from, self._to, ease(max(share, 0.0)))


class SceneCamera:
    """The camera before a scene. Where nobody looks at the pictures (`blank`) they stay grey, and only the joints are
    worked out: those of a picture of this size."""

    trouble: CameraError | None = None

    def __init__(
        self, clock: Clock, scene: Scene, fps: float = 15.0, size: tuple[int, int] = (640, 480), *, blank: bool = False
    ) -> None:
        self._ticks, self._scene = Ticks(fps, clock), scene
        self._avatar, self._view = Avatar(), View(*size)
        self._empty = np.full((size[1], size[0], 3), 128, np.uint8) if blank else draw_room(*size)
        self._blank = blank

    @property
    def description(self) -> str:
        """ "synthetic person", in the user's language."""
        return tr("synthetic person")

    def shoot(self, stop: threading.Event) -> Shot | None:
        """The scene as it is at the next moment."""
        self._ticks.upcoming()
        if not self._ticks.wait(stop):
            return None
        pose = self._scene.pose()
        if pose is None:
            return Shot(self._empty.copy())
        if self._blank:
            return Shot(self._empty.copy(), truth(solve(pose), self._view, pose.look))
        return Shot(*self._avatar.render(pose, self._view))

    def close(self) -> None:
        """Nothing to let go of."""
