"""Takes what somebody puts before the drawn camera (a thing on the tray, more people, darkness), draws it in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.project.looks import MOST_PEOPLE, Area, Look
from gongzhi.seen import LANDMARK

from gongzhi.sim.avatar import Avatar, Look as Clothes, View, truth  # isort: skip
from gongzhi.sim.body import Body, solve
from gongzhi.sim.mover import Posture
from gongzhi.sim.poses import POSES, Pose
from gongzhi.sim.scene import Scene

NOTHING: Final = "nothing"
_Rgb = tuple[int, int, int]
# A thing: its outline in shares of the tray, and its colours as RGB: sides and middle. Cardboard and paper as they are
# in daylight; a clear bottle is little else than what lies behind it.
THINGS: Final[dict[str, tuple[Area, tuple[_Rgb, _Rgb]]]] = {
    "paper": ((0.10, 0.12, 0.90, 0.88), ((222, 222, 216), (246, 246, 242))),
    "carton": ((0.08, 0.16, 0.92, 0.84), ((170, 128, 84), (188, 146, 100))),
    "can": ((0.34, 0.10, 0.66, 0.92), ((150, 154, 160), (208, 30, 38))),
    "bottle": ((0.38, 0.06, 0.62, 0.94), ((52, 74, 84), (62, 86, 96))),
}  # fmt: skip
DOES: Final = (NOTHING, *THINGS)
# What a sensor beside the tray tells of it, by the kind of part: grams, and whether it is metal.
FEELS: Final = {
    NOTHING: {"scale": 0, "metal": 0}, "paper": {"scale": 25, "metal": 0}, "carton": {"scale": 40, "metal": 0},
    "can": {"scale": 35, "metal": 1}, "bottle": {"scale": 30, "metal": 0},
}  # fmt: skip
MOST_BESIDES: Final = MOST_PEOPLE - 1
_TRAY: Final = (40, 44, 50)
_DIM: Final = 0.06  # of the light that there was
_PLACES: Final = ((0.64, 0.17, 0.89), (0.64, 0.83, 0.89))  # of those besides: how tall, where, on which ground (View)
_CLOTHES: Final = (
    Clothes(shirt=(196, 92, 60), trousers=(70, 74, 78)), Clothes(shirt=(118, 96, 168), hair=(70, 50, 40)),
)  # fmt: skip
# What of a person is drawn where nobody looks on, as pairs of joints, and how thick: shares of a trunk's length.
_LINES: Final = tuple(
    (LANDMARK[a], LANDMARK[b], thick)
    for a, b, thick in (
        ("left_shoulder", "right_hip", 0.5), ("right_shoulder", "left_hip", 0.5), ("left_shoulder", "left_elbow", 0.2),
        ("left_elbow", "left_wrist", 0.2), ("right_shoulder", "right_elbow", 0.2), ("right_elbow", "right_wrist", 0.2),
        ("left_hip", "left_ankle", 0.25), ("right_hip", "right_ankle", 0.25), ("left_ear", "right_ear", 0.5),
    )
)  # fmt: skip


@dataclass(slots=True)
class Props:
    """What stands before a drawn camera beside the person. The fields are for any thread to set.

    `trays` are the places in which a project looks for a colour (shares of the picture): a dark tray is drawn there,
    with the `thing` on it. `besides` so many more people stand there, and do as the one in front; `dim`: the light is
    off.
    """

    trays: tuple[Area, ...] = ()
    thing: str = NOTHING
    besides: int = 0
    dim: bool = False
    person: str = ""  # what the one in front has been told to do; "" the exercise
    scene: Scene | None = None  # who does it
    _avatars: tuple[Avatar, ...] = field(default_factory=lambda: tuple(Avatar(look) for look in _CLOTHES))

    def show(self, thing: str | None, besides: int | None, dim: bool | None, person: str | None = None) -> None:
        """Change what is not None."""
        if person is not None and self.scene is not None:
            if person:
                self.scene.go(person)
            self.person = person
        self.thing = self.thing if thing is None else thing
        self.besides = self.besides if besides is None else besides
        self.dim = self.dim if dim is None else dim

    def views(self, view: View) -> list[View]:
        """How those besides are seen, where the person in front is seen so."""
        return [View(view.width, view.height, *at, view.light) for at in reversed(_PLACES[: self.besides])]

    def behind(self, pose: Pose | Posture | None, view: View) -> NDArray[np.uint8] | None:
        """The room with those besides in it, in this pose (standing where there is none); None for an empty room."""
        picture = None
        for avatar, at in zip(self._avatars, self.views(view), strict=False):
            avatar.backdrop = picture
            picture, _ = avatar.render(pose or POSES["stand"], at)
        return picture

    def sketched(self, picture: NDArray[np.uint8], body: Body | None, view: View) -> None:
        """Draw everybody into `picture` as lines only: as quick as it must be where nobody looks on."""
        people = [view] if body is not None else []
        for at in [*self.views(view), *people]:
            points = truth(body or solve(POSES["stand"]), at)
            trunk = float(np.linalg.norm(points[LANDMARK["left_shoulder"]] - points[LANDMARK["left_hip"]]))
            for a, b, thick in _LINES:
                ends = [tuple(map(int, points[one])) for one in (a, b)]
                cv2.line(picture, ends[0], ends[1], (60, 120, 140), max(1, round(thick * trunk)))

    def over(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture (h, w, 3) uint8 RGB with the trays and what lies on them, in the light that there is. It is
        drawn into."""
        for tray in self.trays:
            _box(picture, tray, (0.0, 0.0, 1.0, 1.0), _TRAY)
            if self.thing in THINGS:
                outline, (sides, middle) = THINGS[self.thing]
                left, top, right, bottom = outline
                _box(picture, tray, outline, sides)
                inset = 0.22 * (right - left)
                _box(picture, tray, (left + inset, top + 0.08, right - inset, bottom - 0.08), middle)
        return cv2.convertScaleAbs(picture, alpha=_DIM).astype(np.uint8) if self.dim else picture


def props(looks: Iterable[Look]) -> Props:
    """Those for a project that measures this in its picture."""
    return Props(tuple(dict.fromkeys(look.area for look in looks if look.measures == "colour")))


def _box(picture: NDArray[np.uint8], tray: Area, at: Area, colour: tuple[int, int, int]) -> None:
    height, width = picture.shape[:2]
    left, top, right, bottom = tray
    x = [round(width * (left + share * (right - left))) for share in at[::2]]
    y = [round(height * (top + share * (bottom - top))) for share in at[1::2]]
    picture[y[0] : y[1], x[0] : x[1]] = colour
