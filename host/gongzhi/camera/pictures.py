"""Takes a picture file, gives it as RGB, upright and not too large; a still picture is a source that repeats it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from gongzhi.camera.contract import Image, Shot, Ticks
from gongzhi.clock import Clock
from gongzhi.errors import CameraError
from gongzhi.text import N_, tr

SUFFIXES: Final = frozenset({".bmp", ".jpeg", ".jpg", ".jpe", ".png", ".tif", ".tiff", ".webp"})
# Longest side in pixels. The pose model looks at 224 and 256 pixels, so more only costs time and memory.
LONGEST: Final = 1280


def fit(image: Any) -> Any:
    """The picture itself, or a smaller one where its longest side is over LONGEST pixels."""
    height, width = image.shape[:2]
    share = LONGEST / max(height, width)
    if share >= 1.0:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def to_rgb(image: Any) -> Image:
    """OpenCV's picture (grey, BGR or BGRA, 8 bits) as a new RGB one."""
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB))
    code = cv2.COLOR_BGRA2RGB if image.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(image, code))


def load(path: Path) -> Image:
    """The picture in a file: RGB, turned upright as its EXIF says (OpenCV does that), at most LONGEST pixels.

    Raises CameraError when it cannot be read or is no picture.
    """
    try:
        # Not cv2.imread: on Windows it cannot open a path with Chinese in it.
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise CameraError(
            N_("The picture {file} cannot be read: {reason}."),
            N_("Check the name and whether you may read it."),
            file=path, reason=error.strerror or error,
        ) from error  # fmt: skip
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:
        image = None
    if image is None:
        raise CameraError(
            N_("The file {file} is no picture that can be read; it may be damaged."),
            N_("Open it in a picture viewer. If it opens there, save it as JPEG or PNG."),
            file=path,
        )
    return to_rgb(fit(image))


class Still:
    """One picture, again and again at `fps`, as if a camera looked at a photograph."""

    trouble: CameraError | None = None

    def __init__(self, path: Path, clock: Clock, fps: float = 15.0) -> None:
        self._name = path.name
        self._image = load(path)
        self._ticks = Ticks(fps, clock)

    @property
    def description(self) -> str:
        """ "picture squat.jpg", in the user's language."""
        return tr("picture {name}", name=self._name)

    def shoot(self, stop: threading.Event) -> Shot | None:
        """The picture, when its next moment has come."""
        self._ticks.upcoming()
        return Shot(self._image) if self._ticks.wait(stop) else None

    def close(self) -> None:
        """Nothing to let go of."""
