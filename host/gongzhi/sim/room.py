"""Takes a size, gives the picture of a calm room with nobody in it: wall, window, plant, shelf, wooden floor."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

FLOOR: Final = 0.76  # where the floor begins, share of the height
_FINE: Final = 2


def _gradient(height: int, width: int, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> NDArray[np.float32]:
    share = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    row = np.asarray(top, np.float32) * (1 - share) + np.asarray(bottom, np.float32) * share
    return np.ascontiguousarray(np.broadcast_to(row, (height, width, 3)), np.float32)


class _Painter:
    """Draws on a picture with coordinates that are shares of its width and height."""

    def __init__(self, picture: NDArray[np.float32]) -> None:
        self.picture = picture
        self.height, self.width = picture.shape[:2]

    def at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self.width), round(y * self.height)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: tuple[int, int, int]) -> None:
        cv2.rectangle(self.picture, self.at(x0, y0), self.at(x1, y1), colour, -1)

    def ellipse(self, x: float, y: float, rx: float, ry: float, angle: float, colour: tuple[int, int, int]) -> None:
        axes = (max(1, round(rx * self.height)), max(1, round(ry * self.height)))
        cv2.ellipse(self.picture, self.at(x, y), axes, angle, 0, 360, colour, -1, cv2.LINE_AA)

    def shadow(self, x0: float, y0: float, x1: float, y1: float, strength: float, blur: float) -> None:
        mask = np.zeros((self.height, self.width), np.float32)
        cv2.rectangle(mask, self.at(x0, y0), self.at(x1, y1), strength, -1)
        mask = cv2.GaussianBlur(mask, (0, 0), blur * self.height)
        self.picture *= 1.0 - mask[..., None]


def _floor(painter: _Painter) -> None:
    horizon = round(FLOOR * painter.height)
    floor = _gradient(painter.height - horizon, painter.width, (186, 150, 112), (214, 180, 140))
    painter.picture[horizon:] = floor
    vanish = (0.5, FLOOR - 0.42)
    for x in np.linspace(-1.6, 2.6, 29):
        share = (FLOOR - vanish[1]) / (1.0 - vanish[1])
        start = painter.at(vanish[0] + (float(x) - vanish[0]) * share, FLOOR)
        cv2.line(painter.picture, start, painter.at(float(x), 1.0), (172, 136, 100), 1, cv2.LINE_AA)
    painter.shadow(0.0, FLOOR, 1.0, FLOOR + 0.012, 0.18, 0.012)
    painter.box(0.0, FLOOR - 0.030, 1.0, FLOOR, (246, 243, 236))
    painter.box(0.0, FLOOR - 0.004, 1.0, FLOOR, (206, 196, 182))


def _window(painter: _Painter) -> None:
    painter.shadow(0.065, 0.115, 0.275, 0.505, 0.16, 0.014)
    painter.box(0.055, 0.09, 0.265, 0.48, (250, 249, 245))
    x0, y0 = painter.at(0.067, 0.106)
    x1, y1 = painter.at(0.253, 0.464)
    painter.picture[y0:y1, x0:x1] = _gradient(y1 - y0, x1 - x0, (150, 200, 236), (222, 240, 246))
    view = _Painter(painter.picture[y0:y1, x0:x1])
    for x, y, r in ((0.30, 0.30, 0.060), (0.40, 0.27, 0.075), (0.52, 0.31, 0.055)):
        view.ellipse(x, y, r * 1.5, r, 0, (250, 252, 253))
    view.ellipse(0.20, 1.10, 0.55, 0.34, 0, (150, 192, 142))
    view.ellipse(0.85, 1.16, 0.60, 0.40, 0, (128, 178, 128))
    painter.box(0.156, 0.10, 0.164, 0.47, (250, 249, 245))
    painter.box(0.06, 0.275, 0.26, 0.284, (250, 249, 245))
    painter.box(0.045, 0.476, 0.275, 0.494, (244, 240, 232))


def _shelf_and_plant(painter: _Painter) -> None:
    painter.shadow(0.765, 0.285, 0.965, 0.300, 0.22, 0.012)
    colours = ((222, 120, 96), (240, 186, 92), (92, 150, 176), (132, 176, 130), (214, 196, 168), (110, 124, 168))
    x = 0.785
    for index, colour in enumerate(colours):
        wide, tall = 0.014 + 0.004 * (index % 3), 0.095 + 0.018 * ((index * 2) % 3)
        painter.box(x, 0.275 - tall, x + wide, 0.275, colour)
        painter.box(x, 0.275 - tall * 0.78, x + wide, 0.275 - tall * 0.72, (250, 244, 232))
        x += wide + 0.0025
    painter.box(0.76, 0.275, 0.955, 0.292, (196, 154, 112))
    painter.box(0.76, 0.288, 0.955, 0.292, (166, 126, 90))
    painter.shadow(0.850, 0.765, 0.955, 0.800, 0.25, 0.014)
    for angle, length, colour in (
        (-62, 0.150, (92, 150, 98)), (-30, 0.185, (110, 168, 110)), (-4, 0.205, (98, 158, 104)),
        (24, 0.180, (120, 176, 116)), (56, 0.150, (96, 152, 100)), (-84, 0.095, (112, 164, 108)),
        (80, 0.100, (108, 162, 106)),
    ):  # fmt: skip
        lean = np.radians(angle)
        x, y = 0.902 + np.sin(lean) * length * 0.36, 0.655 - np.cos(lean) * length * 0.5
        painter.ellipse(float(x), float(y), 0.034, length * 0.55, angle, colour)
    pot = np.array([painter.at(*p) for p in ((0.868, 0.655), (0.936, 0.655), (0.926, 0.785), (0.878, 0.785))])
    cv2.fillPoly(painter.picture, [pot], (224, 214, 200), cv2.LINE_AA)
    painter.box(0.865, 0.648, 0.939, 0.668, (236, 228, 216))


def draw_room(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """The empty room as (height, width, 3) uint8 RGB; `seed` is that of the fine grain a camera would add."""
    wall = _gradient(height * _FINE, width * _FINE, (222, 226, 222), (236, 232, 222))
    painter = _Painter(wall)
    grid_y, grid_x = np.mgrid[: painter.height, : painter.width].astype(np.float32)
    far = ((grid_x / painter.width - 0.36) ** 2 * 1.6 + (grid_y / painter.height - 0.32) ** 2) / 0.32
    wall *= (1.035 - 0.12 * np.clip(far, 0.0, 1.0))[..., None]  # daylight from the window's side
    _floor(painter)
    _window(painter)
    _shelf_and_plant(painter)
    painter.ellipse(0.5, 0.945, 0.46, 0.062, 0, (120, 160, 168))
    painter.ellipse(0.5, 0.943, 0.435, 0.055, 0, (142, 182, 188))
    painter.ellipse(0.5, 0.943, 0.385, 0.046, 0, (132, 172, 179))
    small = cv2.resize(wall, (width, height), interpolation=cv2.INTER_AREA)
    small += np.random.default_rng(seed).normal(0.0, 1.3, small.shape[:2]).astype(np.float32)[..., None]
    return np.asarray(np.clip(small, 0, 255), np.uint8)
