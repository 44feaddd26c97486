"""Takes where a face looks, gives its picture (skin, hair, eyes, smile) and where in it the eleven landmarks are."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.sim.drawing import Colour, capsule

SIDE: Final = 144  # pixels of the finished patch
SCALE: Final = 48.0  # patch pixels in one half height of the face; on a 640x480 picture it is shown at 0.6 of that
_FINE: Final = 3  # it is drawn that much larger and then made smaller, for smooth edges
# x to the picture's right (the person's left), y down, depth to the viewer, in half face heights.
FACE: Final[dict[str, tuple[float, float, float]]] = {
    "nose": (0.0, 0.24, 0.98),
    "left_eye_inner": (0.17, -0.02, 0.84), "left_eye": (0.31, -0.03, 0.80), "left_eye_outer": (0.45, -0.02, 0.70),
    "right_eye_inner": (-0.17, -0.02, 0.84), "right_eye": (-0.31, -0.03, 0.80), "right_eye_outer": (-0.45, -0.02, 0.70),
    "left_ear": (0.79, 0.08, 0.0), "right_ear": (-0.79, 0.08, 0.0),
    "mouth_left": (0.23, 0.55, 0.78), "mouth_right": (-0.23, 0.55, 0.78),
}  # fmt: skip
_TURN: Final = 0.42  # radians that a full look to one side turns the head


def landmark(name: str, look: float) -> tuple[float, float]:
    """Where a landmark of the face is for a head that looks to `look` (-1..1): x right, y down, in half faces."""
    x, y, depth = FACE[name]
    angle = look * _TURN
    return float(x * np.cos(angle) + depth * np.sin(angle)), y


class _Sketch:
    """Draws in half face heights on a large patch, colour and cover together."""

    def __init__(self) -> None:
        self.size = SIDE * _FINE
        self.unit = SCALE * _FINE
        self.colour = np.zeros((self.size, self.size, 3), np.float32)
        self.cover = np.zeros((self.size, self.size), np.uint8)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        return self.size / 2 + x * self.unit, self.size / 2 + y * self.unit

    def fixed(self, x: float, y: float) -> tuple[int, int]:
        px, py = self.pixel(x, y)
        return round(px * 16), round(py * 16)

    def ellipse(self, at: tuple[float, float], rx: float, ry: float, colour: Colour, arc: tuple[float, float, float] =
                (0.0, 0.0, 360.0), thick: float = 0.0) -> None:  # fmt: skip
        axes = (round(rx * self.unit * 16), round(ry * self.unit * 16))
        line = -1 if thick == 0.0 else max(1, round(thick * self.unit))
        for target, paint in ((self.colour, colour), (self.cover, 255)):
            cv2.ellipse(target, self.fixed(*at), axes, arc[0], arc[1], arc[2], paint, line, cv2.LINE_AA, 4)

    def polygon(self, points: NDArray[np.float64], colour: Colour) -> None:
        fixed = np.array([self.fixed(float(x), float(y)) for x, y in points], np.int32)
        for target, paint in ((self.colour, colour), (self.cover, 255)):
            cv2.fillPoly(target, [fixed], paint, cv2.LINE_AA, 4)

    def ball(
        self, a: tuple[float, float], b: tuple[float, float], ra: float, rb: float, colour: Colour, relief: float = 1.0
    ) -> None:
        ra, rb = ra * self.unit, rb * self.unit
        capsule(self.colour, self.pixel(*a), self.pixel(*b), ra, rb, colour, ends=1.0, relief=relief)
        solid = np.zeros((self.size, self.size, 3), np.float32)
        capsule(solid, self.pixel(*a), self.pixel(*b), ra, rb, (255, 255, 255), relief=0.0)
        np.maximum(self.cover, (solid[..., 0] > 127) * np.uint8(255), out=self.cover)

    def glow(self, at: tuple[float, float], radius: float, colour: Colour, strength: float) -> None:
        """A soft stain (a cheek), only on what is there already."""
        x, y = self.pixel(*at)
        size = radius * self.unit
        x0, y0, x1, y1 = (int(v) for v in (x - 1.6 * size, y - 1.6 * size, x + 1.6 * size, y + 1.6 * size))
        rows, columns = np.ogrid[y0:y1, x0:x1]
        far = ((columns - x) ** 2 + (rows - y) ** 2) / size**2
        roi = self.colour[y0:y1, x0:x1]
        roi += (np.asarray(colour, np.float32) - roi) * (strength * np.exp(-2.0 * far))[..., None].astype(np.float32)

    def finish(self) -> NDArray[np.float32]:
        cover = self.cover.astype(np.float32)[..., None] / 255.0
        whole = np.concatenate([self.colour * cover, cover], axis=2)
        return np.asarray(cv2.resize(whole, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)


def _darker(colour: Colour, share: float) -> Colour:
    return (int(colour[0] * share), int(colour[1] * share), int(colour[2] * share))


def _hair(sketch: _Sketch, shift: float, hair: Colour) -> None:
    """A fringe whose lower edge follows the forehead, with a parting, and a lighter sheen on the crown."""
    outer = np.radians(np.linspace(188, 352, 40))
    crown = np.stack([0.80 * np.cos(outer), 0.06 + 1.02 * np.sin(outer)], 1)
    fringe = np.array(
        [(0.79, -0.02), (0.70, -0.14), (0.60, -0.36), (0.36, -0.44), (0.16, -0.58), (0.06, -0.46), (-0.14, -0.40),
         (-0.36, -0.36), (-0.58, -0.33), (-0.70, -0.14), (-0.79, -0.02)]
    )  # fmt: skip
    fringe[1:-1, 0] += shift * 0.35
    sketch.polygon(np.concatenate([crown, fringe]), hair)
    sheen = (min(hair[0] + 44, 255), min(hair[1] + 38, 255), min(hair[2] + 34, 255))
    sketch.ellipse((-0.14, -0.16), 0.52, 0.62, sheen, (0.0, 222.0, 268.0), thick=0.055)


def _eyes(sketch: _Sketch, look: float, hair: Colour, skin: Colour) -> None:
    for side in ("left", "right"):
        x, y = landmark(f"{side}_eye", look)
        sketch.ellipse((x, y), 0.148, 0.120, (252, 252, 250))
        gaze = x + look * 0.03
        sketch.ellipse((gaze, y + 0.005), 0.092, 0.106, (82, 50, 34))
        sketch.ellipse((gaze, y + 0.01), 0.050, 0.060, (22, 14, 12))
        sketch.ellipse((gaze - 0.03, y - 0.035), 0.030, 0.030, (255, 255, 255))
        sketch.ellipse((x, y + 0.01), 0.158, 0.138, _darker(hair, 0.9), (0.0, 198.0, 342.0), thick=0.036)
        sketch.ellipse((x, y + 0.02), 0.20, 0.29, hair, (0.0, 230.0, 312.0), thick=0.05)
        sketch.ellipse((x, y - 0.01), 0.150, 0.130, _darker(skin, 0.80), (0.0, 35.0, 145.0), thick=0.016)


def draw_head(look: float, skin: Colour, hair: Colour) -> NDArray[np.float32]:
    """The head, upright, as a patch (SIDE, SIDE, 4) for `drawing.sprite`; its middle is the middle of the face."""
    sketch = _Sketch()
    shift = landmark("nose", look)[0]
    sketch.ball((0.0, -0.20), (-shift * 0.1, 0.02), 0.86, 0.80, _darker(hair, 0.94))
    for side in ("left", "right"):
        ear = landmark(f"{side}_ear", look)
        sketch.ball((ear[0] * 0.95, ear[1] - 0.07), (ear[0] * 0.92, ear[1] + 0.09), 0.145, 0.105, _darker(skin, 0.96))
    sketch.ball((shift * 0.06, -0.12), (shift * 0.16, 0.40), 0.755, 0.56, skin, relief=0.5)
    for cheek in (-0.41, 0.41):
        sketch.glow((shift * 0.7 + cheek, 0.32), 0.26, (236, 128, 116), 0.42)
    _eyes(sketch, look, hair, skin)
    nose = landmark("nose", look)
    sketch.ellipse((nose[0], nose[1] + 0.005), 0.085, 0.055, _darker(skin, 0.84), (0.0, 15.0, 165.0), thick=0.034)
    sketch.glow((nose[0] - 0.03, nose[1] - 0.05), 0.09, (255, 236, 220), 0.5)
    mouth = ((landmark("mouth_left", look)[0] + landmark("mouth_right", look)[0]) / 2, FACE["mouth_left"][1])
    # The corners lie higher than the middle of the upper lip: a smile, not a gasp.
    sketch.ellipse((mouth[0], mouth[1] - 0.06), 0.245, 0.165, (170, 66, 66), (0.0, 8.0, 172.0))
    sketch.ellipse((mouth[0], mouth[1] - 0.06), 0.215, 0.105, (252, 250, 246), (0.0, 12.0, 168.0))
    sketch.ellipse((mouth[0], mouth[1] - 0.06), 0.252, 0.170, _darker(skin, 0.66), (0.0, 2.0, 178.0), thick=0.022)
    _hair(sketch, shift, hair)
    return sketch.finish()
