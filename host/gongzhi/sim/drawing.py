"""Takes shapes in pixels and a float picture, gives the picture with the shape on it, shaded as if it were round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]  # (h, w, 3), RGB in 0..255
Point = Sequence[float]
Colour = tuple[int, int, int]

_LIGHT = np.array([-0.42, -0.58, 0.70]) / np.linalg.norm([-0.42, -0.58, 0.70])  # from above, the picture's left
LIGHT: Final[tuple[float, float, float]] = (float(_LIGHT[0]), float(_LIGHT[1]), float(_LIGHT[2]))
AMBIENT: Final = 0.56
DIFFUSE: Final = 0.52
RIM: Final = 0.30  # how much darker the very edge is: it keeps an arm readable before a shirt of the same colour


def _shade(nx: Picture, ny: Picture) -> Picture:
    """Brightness (h, w) of a round surface whose normal has the picture components nx, ny (-1..1)."""
    flat = nx * nx + ny * ny
    nz = np.sqrt(np.maximum(1.0 - flat, 0.0))
    light = nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2]
    np.maximum(light, 0.0, out=light)
    rim = flat * flat
    return np.asarray((AMBIENT + DIFFUSE * light) * (1.0 - RIM * rim * rim), np.float32)


def _paint(roi: Picture, alpha: Picture, shade: Picture, colour: Colour) -> None:
    alpha = alpha[..., None]
    new = shade[..., None] * np.asarray(colour, np.float32)
    new -= roi
    new *= alpha
    roi += new


def _window(picture: Picture, low: tuple[float, float], high: tuple[float, float]) -> tuple[int, int, int, int] | None:
    x0, y0 = max(int(low[0]) - 1, 0), max(int(low[1]) - 1, 0)
    x1, y1 = min(int(high[0]) + 3, picture.shape[1]), min(int(high[1]) + 3, picture.shape[0])
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def capsule(
    picture: Picture,
    a: Point,
    b: Point,
    radius_a: float,
    radius_b: float,
    colour: Colour,
    *,
    ends: float = 0.25,
    relief: float = 1.0,
    fade: float = 0.0,
) -> None:
    """Draw a tapered limb from `a` to `b` (pixels) with its radius at both ends; what lies outside is cut off.

    `ends` (0..1) is how round the ends are shaded: 1 a ball, 0 a tube that goes on, so that two limbs join unseen.
    `relief` is how strong light and shade are, 0 none. Over the first `fade` (a share of its length) the limb grows
    out of what is there already, as a sleeve does out of a shirt.
    """
    window = _window(
        picture,
        (min(a[0] - radius_a, b[0] - radius_b), min(a[1] - radius_a, b[1] - radius_b)),
        (max(a[0] + radius_a, b[0] + radius_b), max(a[1] + radius_a, b[1] + radius_b)),
    )
    if window is None:
        return
    x0, y0, x1, y1 = window
    x = (np.arange(x0, x1, dtype=np.float32) - np.float32(a[0]))[None, :]
    y = (np.arange(y0, y1, dtype=np.float32) - np.float32(a[1]))[:, None]
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy + 1e-6
    along = x * np.float32(dx / length2) + y * np.float32(dy / length2)
    alpha, nx, ny = _round(x, y, along, (dx, dy), (radius_a, radius_b), ends)
    if fade > 0.0:
        share = np.clip(along / np.float32(fade) + np.float32(0.3), 0.0, 1.0)
        alpha *= share * share * (3.0 - 2.0 * share)
    shade = 1.0 + (_shade(nx, ny) - 1.0) * np.float32(relief)
    _paint(picture[y0:y1, x0:x1], alpha, shade, colour)


def _round(
    x: Picture,
    y: Picture,
    along: Picture,
    line: tuple[float, float],
    radii: tuple[float, float],
    ends: float,
) -> tuple[Picture, Picture, Picture]:
    """Cover (0..1) and normal (x, y) of a limb at pixels that are (x, y) from its beginning and `along` (0 at the
    beginning, 1 at the end) its middle `line`."""
    dx, dy = np.float32(line[0]), np.float32(line[1])
    near = np.clip(along, 0.0, 1.0)
    radius = np.float32(radii[0]) + np.float32(radii[1] - radii[0]) * near
    ex, ey = x - dx * near, y - dy * near
    alpha = np.clip(radius - np.sqrt(ex * ex + ey * ey) + 0.5, 0.0, 1.0)
    # Take away (a part of) what of the normal points along the limb: none is left between the ends anyway.
    beyond = (along - near) * np.float32(1.0 - ends)
    return alpha, (ex - beyond * dx) / radius, (ey - beyond * dy) / radius


def trunk(
    picture: Picture, bottom: Point, top: Point, widths: NDArray[np.float64], bands: Sequence[tuple[float, Colour]]
) -> None:
    """Draw a body from `bottom` to `top` (pixels): `widths` (n, 2) are (share of the way up, half width in pixels),
    `bands` (share from which, colour) from below to above."""
    dx, dy = top[0] - bottom[0], top[1] - bottom[1]
    length = float(np.hypot(dx, dy)) + 1e-6
    reach = float(widths[:, 1].max())
    under, over = float(widths[0, 0]), float(widths[-1, 0])
    ends = np.array([[bottom[0] + dx * s, bottom[1] + dy * s] for s in (under, over)])
    window = _window(picture, tuple(ends.min(0) - reach), tuple(ends.max(0) + reach))
    if window is None:
        return
    x0, y0, x1, y1 = window
    x = (np.arange(x0, x1, dtype=np.float32) - np.float32(bottom[0]))[None, :]
    y = (np.arange(y0, y1, dtype=np.float32) - np.float32(bottom[1]))[:, None]
    ux, uy = np.float32(dx / length), np.float32(dy / length)
    up = (x * ux + y * uy) / np.float32(length)  # 0 at the bottom, 1 at the top
    aside = x * -uy + y * ux
    half = np.interp(up, widths[:, 0], widths[:, 1]).astype(np.float32)
    inside = np.minimum((up - under) * length, (over - up) * length)
    alpha = np.clip(np.minimum(half - np.abs(aside), inside) + 0.5, 0.0, 1.0)
    across = np.clip(aside / np.maximum(half, 1.0), -1.0, 1.0)
    across = np.asarray(across * np.abs(across), np.float32)  # flatter than a cylinder, as a chest is
    shade = _shade(np.asarray(across * -uy, np.float32), np.asarray(across * ux, np.float32))
    roi = picture[y0:y1, x0:x1]
    for index, (start, colour) in enumerate(bands):
        stop = bands[index + 1][0] if index + 1 < len(bands) else 9.0
        part = np.clip(np.minimum(up - start, stop - up) * length + 0.5, 0.0, 1.0) if len(bands) > 1 else 1.0
        _paint(roi, np.asarray(alpha * part, np.float32), shade, colour)


def smooth(corners: Sequence[tuple[float, float]], count: int = 64) -> NDArray[np.float64]:
    """A profile through about these (share, width) corners as `count` points without edges; its ends stay."""
    given = np.asarray(corners, np.float64)
    shares = np.linspace(given[0, 0], given[-1, 0], count)
    widths = np.interp(shares, given[:, 0], given[:, 1])
    for _ in range(3):
        widths[2:-2] = np.convolve(widths, np.full(5, 0.2), "valid")
    return np.stack([shares, widths], 1)


def sprite(picture: Picture, patch: NDArray[np.float32], matrix: NDArray[np.float64]) -> None:
    """Lay `patch` (h, w, 4: RGB 0..255 and cover 0..1, colours already multiplied by it) on the picture with the
    2x3 `matrix` from patch pixels to picture pixels."""
    height, width = patch.shape[:2]
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], np.float64)
    window = _window(picture, tuple(corners.min(1)), tuple(corners.max(1)))
    if window is None:
        return
    x0, y0, x1, y1 = window
    moved = matrix.copy()
    moved[:, 2] -= (x0, y0)
    warped = cv2.warpAffine(patch, moved, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    roi = picture[y0:y1, x0:x1]
    roi *= 1.0 - warped[..., 3:]
    roi += warped[..., :3]
