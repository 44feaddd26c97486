"""Takes a pose and a view, gives a picture of a person in a room and the person's true 33 joints in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.seen import SIDES, Side
from gongzhi.sim import body as measures
from gongzhi.sim.body import Body, Hand, Vector, solve
from gongzhi.sim.drawing import Colour, Picture, capsule, smooth, sprite, trunk
from gongzhi.sim.hand import bones
from gongzhi.sim.hand import points as hand_points
from gongzhi.sim.head import SCALE, SIDE, draw_head, landmark
from gongzhi.sim.mover import Posture
from gongzhi.sim.poses import Pose
from gongzhi.sim.room import draw_room
from gongzhi.values import LANDMARK, LANDMARKS

DISTANCE: Final = 4.5  # of the camera from the person, in body heights
# Outlines as (share of the way from hips to chest, half width in body heights).
_SHIRT: Final = smooth(
    [(-0.12, 0.119), (0.02, 0.116), (0.35, 0.101), (0.62, 0.108), (0.82, 0.117), (0.93, 0.114), (1.00, 0.098),
     (1.06, 0.066), (1.12, 0.034)]
)  # fmt: skip
_TROUSERS: Final = smooth([(-0.19, 0.004), (-0.16, 0.030), (-0.12, 0.090), (-0.02, 0.105), (0.12, 0.103)])


@dataclass(frozen=True, slots=True)
class Look:
    """What the person wears, as RGB 0..255."""

    skin: Colour = (232, 186, 154)
    hair: Colour = (44, 34, 32)
    shirt: Colour = (38, 132, 150)
    stripe: Colour = (244, 246, 242)
    trousers: Colour = (48, 58, 84)
    shoes: Colour = (240, 240, 236)


@dataclass(frozen=True, slots=True)
class View:
    """How the person is seen: picture `width` and `height` in pixels, the person's `tall` as a share of the height,
    `middle` and `ground` where the middle and the floor under the feet are, as shares of width and height; `light`
    multiplies all colours (the pose model wants 0.25 or more)."""

    width: int = 640
    height: int = 480
    tall: float = 0.745
    middle: float = 0.5
    ground: float = 0.955
    light: float = 1.0

    def scale(self, depth: float = 0.0) -> float:
        """Pixels in one body height at `depth` (body heights towards the viewer)."""
        return self.tall * self.height * DISTANCE / (DISTANCE - depth)

    def project(self, point: Vector) -> tuple[float, float]:
        """Pixel of a point in body heights (weak perspective about the floor under the person)."""
        k = self.scale(float(point[2]))
        return self.middle * self.width + float(point[0]) * k, self.ground * self.height - float(point[1]) * k


@lru_cache(maxsize=4)
def _room(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    return draw_room(width, height, seed)


@lru_cache(maxsize=24)
def _head(step: int, skin: Colour, hair: Colour) -> NDArray[np.float32]:
    return draw_head(step / 8.0, skin, hair)


def _face_point(matrix: NDArray[np.float64], x: float, y: float) -> tuple[float, float]:
    """A point of the face (half face heights, y down, before the head leans) in pixels, by _head_matrix."""
    at = matrix @ np.array([SIDE / 2 + x * SCALE, SIDE / 2 + y * SCALE, 1.0])
    return float(at[0]), float(at[1])


def _head_matrix(body: Body, view: View) -> NDArray[np.float64]:
    """From pixels of the head's patch to pixels of the picture: size, lean, place."""
    centre = view.project(body.head)
    k = view.scale(float(body.head[2])) * measures.HEAD / SCALE
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), -body.head_angle, k)
    turn[:, 2] += np.array(centre) - SIDE / 2
    return np.asarray(turn, np.float64)


def truth(body: Body, view: View, look: float = 0.0) -> NDArray[np.float32]:
    """Where BlazePose's 33 landmarks are in the picture, (33, 2) float32 pixels."""
    points, head = np.zeros((len(LANDMARKS), 2), np.float32), _head_matrix(body, view)
    for name, index in LANDMARK.items():
        if index <= LANDMARK["mouth_right"]:
            points[index] = _face_point(head, *landmark(name, look))
        elif name in body.joints:
            points[index] = view.project(body.joints[name])
    for name, hand in body.hands.items():
        along = hand.tip - hand.wrist
        points[LANDMARK[f"{name}_pinky"]] = view.project(hand.wrist + along * 0.72 - hand.across * 0.020)
        points[LANDMARK[f"{name}_index"]] = view.project(hand.wrist + along * 0.84 + hand.across * 0.014)
        points[LANDMARK[f"{name}_thumb"]] = view.project(hand.wrist + along * 0.50 + hand.across * 0.034)
    return points


def true_hands(body: Body, view: View) -> dict[Side, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Of each hand its 21 points in the picture (21, 2) and in space (21, 3), float32."""
    found = {}
    for side in SIDES:
        shape = hand_points(body.hands[side], side)
        found[side] = np.array([view.project(one) for one in shape], np.float32), shape.astype(np.float32)
    return found


@dataclass
class Avatar:
    """A drawn person whom a pose model takes for a real one.

    `seed` is that of the picture's grain. `room=False` leaves a plain wall; a `backdrop` (h, w, 3) uint8 RGB of the
    view's size is what stands behind in place of the room. Drawing is pure: the same pose, view and seed give the same
    picture.
    """

    look: Look = field(default_factory=Look)
    seed: int = 0
    room: bool = True
    backdrop: NDArray[np.uint8] | None = None

    def render(self, pose: Pose | Posture, view: View | None = None) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """The picture (height, width, 3) uint8 RGB and the true joints (33, 2) float32 in pixels."""
        view = view or View()
        body = pose.body if isinstance(pose, Posture) else solve(pose)
        look = round(min(max(pose.look, -1.0), 1.0) * 8)
        joints = truth(body, view, look / 8.0)
        picture = self.empty(view).copy()
        x0, y0, x1, y1 = self._bounds(joints, view)
        if x1 > x0 and y1 > y0:
            part = picture[y0:y1, x0:x1].astype(np.float32)
            shifted = _Shifted(view, x0, y0)
            self._draw(part, body, shifted, look)
            picture[y0:y1, x0:x1] = np.clip(part, 0.0, 255.0).astype(np.uint8)
        if view.light != 1.0:
            picture = cv2.convertScaleAbs(picture, alpha=view.light)
        return picture, joints

    def empty(self, view: View) -> NDArray[np.uint8]:
        """What is seen while nobody is there; not to be drawn into."""
        if self.backdrop is not None:
            return self.backdrop
        if self.room:
            return _room(view.width, view.height, self.seed)
        return np.full((view.height, view.width, 3), (206, 208, 204), np.uint8)

    @staticmethod
    def _bounds(joints: NDArray[np.float32], view: View) -> tuple[int, int, int, int]:
        margin = 0.13 * view.scale()
        low, high = joints.min(0) - margin, joints.max(0) + margin
        x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
        return x0, y0, min(int(high[0]) + 1, view.width), min(int(high[1]) + 1, view.height)

    def _draw(self, picture: Picture, body: Body, view: _Shifted, look: int) -> None:
        """All parts, the farthest first."""
        pen = _Pen(picture, view)
        pen.floor_shadow(body)
        parts: list[tuple[float, Callable[[], None]]] = [
            (-1.0, lambda: self._pelvis(pen, body)),
            (-0.01, lambda: self._sleeves(pen, body)),
            (0.0, lambda: self._trunk(pen, body)),
        ]
        for name in SIDES:
            hip, knee = body.joints[f"{name}_hip"], body.joints[f"{name}_knee"]
            parts.append((float(hip[2] + knee[2]) / 2 - 0.05, lambda name=name: self._leg(pen, body, name)))  # type: ignore[misc]
            wrist = body.joints[f"{name}_wrist"]
            parts.append((float(wrist[2]) + 0.02, lambda name=name: self._arm(pen, body, name)))  # type: ignore[misc]
        parts.append((0.012, lambda: self._head(pen, body, look)))
        for _, paint in sorted(parts, key=lambda part: part[0]):
            paint()

    def _leg(self, pen: _Pen, body: Body, name: str) -> None:
        look, joint = self.look, body.joints
        hip, knee, ankle = (joint[f"{name}_{part}"] for part in ("hip", "knee", "ankle"))
        heel, toe = joint[f"{name}_heel"], joint[f"{name}_foot_index"]
        pen.limb(ankle, knee * 0.06 + ankle * 0.94, 0.025, 0.025, look.stripe)
        sole = np.array([0.0, -0.010, 0.0])
        dark: Colour = (look.shirt[0], look.shirt[1], look.shirt[2])
        pen.limb(heel + sole, toe + sole, 0.026, 0.022, dark)
        pen.limb(heel, toe, 0.027, 0.023, look.shoes)
        pen.limb(heel, ankle - np.array([0, 0.004, 0]), 0.026, 0.027, look.shoes)
        pen.limb(knee, knee * 0.10 + ankle * 0.90, 0.043, 0.034, look.trousers)
        pen.limb(hip, knee, 0.058, 0.044, look.trousers)

    def _pelvis(self, pen: _Pen, body: Body) -> None:
        pelvis = (body.joints["left_hip"] + body.joints["right_hip"]) / 2
        pen.trunk(pelvis, body.chest, _TROUSERS * (1.0, pen.view.scale()), ((-9.0, self.look.trousers),))

    def _trunk(self, pen: _Pen, body: Body) -> None:
        look = self.look
        pelvis = (body.joints["left_hip"] + body.joints["right_hip"]) / 2
        shoulders = (body.joints["left_shoulder"] + body.joints["right_shoulder"]) / 2
        lifted = float((shoulders - body.chest) @ body.axes[:, 1])
        narrow = abs(float(body.axes[0, 0]))
        skin_dark: Colour = (int(look.skin[0] * 0.86), int(look.skin[1] * 0.84), int(look.skin[2] * 0.82))
        pen.limb(body.chest, body.head - body.axes[:, 1] * 0.03, 0.037, 0.036, skin_dark)
        wide = _SHIRT * (1.0, pen.view.scale() * (0.35 + 0.65 * narrow))
        wide[:, 0] += np.clip(wide[:, 0] - 0.8, 0.0, 0.2) * (lifted / measures.TRUNK * 3.0)
        pen.trunk(pelvis, body.chest, wide, ((-9.0, look.shirt), (0.60, look.stripe), (0.74, look.shirt)))
        collar = body.chest + body.axes[:, 1] * 0.030
        pen.limb(collar - body.axes[:, 0] * 0.022, collar + body.axes[:, 0] * 0.022, 0.022, 0.022, look.stripe)
        pen.limb(collar + body.axes[:, 1] * 0.008, collar + body.axes[:, 1] * 0.02, 0.028, 0.030, skin_dark)

    @staticmethod
    def _sleeve(body: Body, name: str) -> tuple[Vector, Vector]:
        """Both ends of a sleeve's middle line."""
        shoulder, elbow = body.joints[f"{name}_shoulder"], body.joints[f"{name}_elbow"]
        return shoulder + (body.chest - shoulder) * 0.10 - body.axes[:, 1] * 0.010, shoulder * 0.36 + elbow * 0.64

    def _sleeves(self, pen: _Pen, body: Body) -> None:
        """What of the sleeves is seen beside the shirt, and the slope from the neck to the shoulders."""
        for name in ("left", "right"):
            inner, cuff = self._sleeve(body, name)
            pen.limb(body.chest + body.axes[:, 1] * 0.004, inner, 0.034, 0.042, self.look.shirt)
            pen.limb(inner, cuff, 0.043, 0.0405, self.look.shirt)

    def _arm(self, pen: _Pen, body: Body, name: Side) -> None:
        look = self.look
        shoulder, elbow, wrist = (body.joints[f"{name}_{part}"] for part in ("shoulder", "elbow", "wrist"))
        inner, cuff = self._sleeve(body, name)
        pen.limb(cuff, elbow, 0.0335, 0.029, look.skin)
        pen.limb(elbow, wrist, 0.029, 0.020, look.skin)
        self._hand(pen, body.hands[name], name)
        pen.limb(cuff, cuff + (elbow - shoulder) * 0.05, 0.0405, 0.0400, look.stripe)
        pen.limb(inner, cuff, 0.043, 0.0405, look.shirt, fade=0.55)

    def _hand(self, pen: _Pen, hand: Hand, side: Side) -> None:
        for a, b, radius_a, radius_b in bones(hand, side):
            pen.limb(a, b, radius_a, radius_b, self.look.skin)

    def _head(self, pen: _Pen, body: Body, look: int) -> None:
        matrix = _head_matrix(body, pen.view.view)
        matrix[:, 2] -= (pen.view.x, pen.view.y)
        sprite(pen.picture, _head(look, self.look.skin, self.look.hair), matrix)


@dataclass(frozen=True, slots=True)
class _Shifted:
    """A view whose picture is cut to begin at pixel (x, y)."""

    view: View
    x: int
    y: int

    def project(self, point: Vector) -> tuple[float, float]:
        x, y = self.view.project(point)
        return x - self.x, y - self.y

    def scale(self, depth: float = 0.0) -> float:
        return self.view.scale(depth)


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws what is given in body heights."""

    picture: Picture
    view: _Shifted

    def limb(
        self, a: Vector, b: Vector, radius_a: float, radius_b: float, colour: Colour, *, fade: float = 0.0
    ) -> None:
        ka, kb = self.view.scale(float(a[2])), self.view.scale(float(b[2]))
        capsule(
            self.picture, self.view.project(a), self.view.project(b), radius_a * ka, radius_b * kb, colour, fade=fade
        )

    def trunk(
        self, bottom: Vector, top: Vector, widths: NDArray[np.float64], bands: tuple[tuple[float, Colour], ...]
    ) -> None:
        trunk(self.picture, self.view.project(bottom), self.view.project(top), widths, bands)

    def floor_shadow(self, body: Body) -> None:
        """A soft dark oval on the floor that follows the hips a little."""
        hips = (body.joints["left_hip"] + body.joints["right_hip"]) / 2
        x, y = self.view.project(np.array([float(hips[0]) * 0.5 + 0.01, 0.004, 0.0]))
        k = self.view.scale()
        rows, columns = np.ogrid[: self.picture.shape[0], : self.picture.shape[1]]
        far = ((columns - x) / (0.21 * k)) ** 2 + ((rows - y) / (0.040 * k)) ** 2
        near = slice(max(0, int(y - 0.12 * k)), None)
        self.picture[near] *= (1.0 - 0.34 * np.exp(-1.6 * far[near])).astype(np.float32)[..., None]
