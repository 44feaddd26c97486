"""Takes a clock, gives pictures of a drawn person who does a short exercise again and again, with its true joints."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.camera.contract import Shot, Ticks
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.seen import Side
from gongzhi.sim.avatar import Avatar, View, true_hands
from gongzhi.sim.body import solve
from gongzhi.sim.mover import Mover, Posture
from gongzhi.sim.poses import Pose
from gongzhi.sim.props import Props
from gongzhi.sim.script import Script
from gongzhi.text import tr

# Enough that the eye and the pose model see no difference; a picture of 640x480 is then about 50 kB.
_QUALITY: Final = 92
_MOST_BYTES: Final = 48 * 2**20  # of kept pictures; beyond it they are drawn anew each time


Hands = Mapping[Side, tuple[NDArray[np.float32], NDArray[np.float32]]]


class _Kept(NamedTuple):
    jpeg: NDArray[np.uint8]
    joints: NDArray[np.float32] | None
    hands: Hands


class SyntheticCamera:
    """A camera before which somebody exercises. One round of the script has a whole number of pictures, so each is
    drawn once, in the first round, and decoded from memory in all later ones."""

    trouble: CameraError | None = None

    def __init__(
        self,
        clock: Clock,
        fps: float = 15.0,
        size: tuple[int, int] = (640, 480),
        *,
        script: Script | Mover | None = None,
        avatar: Avatar | None = None,
        props: Props | None = None,
    ) -> None:
        self._ticks = Ticks(fps, clock)
        self._script: Script | Mover = script or Script()
        self._avatar = avatar or Avatar()
        self._view = View(*size)
        self.round = max(1, round(self._script.seconds * fps))  # pictures in one round
        self._kept: dict[int, _Kept] = {}
        self._bytes = 0
        self._props, self._besides = props, 0

    @property
    def description(self) -> str:
        """ "synthetic person", in the user's language."""
        return tr("synthetic person")

    def shoot(self, stop: threading.Event) -> Shot | None:
        """The picture of the next moment: prepared before it, given when it has come."""
        if self._props is not None and self._props.besides != self._besides:
            self._besides = self._props.besides
            self._avatar.backdrop = self._props.behind(None, self._view)
            self.close()
        number = self._ticks.upcoming()
        shot = self._told() if self._props is not None and self._props.person else self.picture(number)
        if self._props is not None:
            drawn = (shot.joints is not None) + self._besides
            shot = replace(shot, image=self._props.over(shot.image), drawn=drawn)
        return shot if self._ticks.wait(stop) else None

    def picture(self, number: int) -> Shot:
        """Picture `number` of the exercise, counted from 0 without end."""
        phase = number % self.round
        if (kept := self._kept.get(phase)) is not None:
            # The kept bytes hold RGB as if it were BGR: decoding gives RGB again without a conversion.
            image: Any = cv2.imdecode(kept.jpeg, cv2.IMREAD_COLOR)
            return Shot(image, kept.joints, kept.hands, 1)
        pose = self._script.pose_at(phase * self._script.seconds / self.round)
        shot = self._drawn(pose)
        self._keep(phase, shot)
        return shot

    def _told(self) -> Shot:
        """The picture of this moment, of a person who does what somebody has told them."""
        assert self._props is not None
        pose = self._props.scene.pose() if self._props.scene is not None else None
        if pose is None:
            return Shot(self._avatar.empty(self._view).copy())
        return self._drawn(pose)

    def _drawn(self, pose: Pose | Posture) -> Shot:
        """Somebody in that pose, alone."""
        picture, joints = self._avatar.render(pose, self._view)
        return Shot(picture, joints, true_hands(solve(pose) if isinstance(pose, Pose) else pose.body, self._view), 1)

    def close(self) -> None:
        """Forget the kept pictures."""
        self._kept.clear()
        self._bytes = 0

    def _keep(self, phase: int, shot: Shot) -> None:
        if self._bytes >= _MOST_BYTES:
            return
        ok, jpeg = cv2.imencode(".jpg", shot.image, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
        if ok:
            self._kept[phase] = _Kept(jpeg, shot.joints, shot.hands)
            self._bytes += int(jpeg.nbytes)
