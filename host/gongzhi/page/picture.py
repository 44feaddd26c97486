"""Takes a picture, gives it as JPEG for a browser."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

WIDEST: Final = 960  # pixels; a wider picture is made smaller before it is sent


def jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """`image` (h, w, 3) uint8 RGB as JPEG, at most WIDEST pixels wide; `quality` 1..100."""
    height, width = image.shape[:2]
    if width > WIDEST:
        image = cv2.resize(image, (WIDEST, round(height * WIDEST / width)), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of {width} x {height} cannot be encoded")
    return bytes(data)
