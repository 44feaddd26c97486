"""Takes characters, gives their dots as the display's driver reads them from font.bin: the subset that a project uses.

The shapes are those of OpenCV's own font "uni" (WenQuanYi Micro Hei, which has the Chinese characters of GB 18030's
first plane), drawn 15 dots high and cut to black and white, so that no font lies in this repository and none has to be
installed. The file's form is described in firmware/gongzhi_node/parts/oled.py.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import BoardError
from gongzhi.text import N_

ALWAYS: Final = "0123456789-. "  # what a number needs
MAGIC: Final = b"GZF1"
_SIZE: Final = 15
_BASE: Final = 12  # the row on which letters stand, of 16
_EDGE: Final = 16  # around the drawing, for what reaches beyond
_LIT: Final = 110  # of 255: from here a dot is lit
_SPACE: Final = 5  # dots
_SMALL: Final = 9  # the size in which a capital letter takes seven rows


class NoGlyphError(BoardError):
    """The font has no such character."""


@cache
def _face() -> Any:
    if not hasattr(cv2, "FontFace"):
        raise BoardError(
            N_("A text on a display needs OpenCV 5; here is {version}."),
            N_("Install the packages of this project’s lock, or take the display out of project.toml."),
            version=cv2.__version__,
        )
    return cv2.FontFace("uni")


@cache
def glyph(char: str) -> tuple[int, bytes]:
    """The character's width in dots with the gap behind it, 1 to 16, and its 32 bytes; raises NoGlyphError."""
    if char == " ":
        return _SPACE, bytes(32)
    canvas = np.zeros((16 + 2 * _EDGE, 16 + 2 * _EDGE, 3), np.uint8)
    if ord(char) < 0x10000:
        cv2.putText(canvas, char, (_EDGE, _EDGE + _BASE), (255, 255, 255), _face(), _SIZE)
    lit = canvas[:, :, 0] >= _LIT
    columns = np.flatnonzero(lit.any(axis=0))
    if not columns.size:
        raise NoGlyphError(
            N_("The display’s font has no “{char}”."), N_("Write it with other characters."), char=char
        )  # fmt: skip
    # Chinese characters stand in a square, whatever they fill of it; letters take their own width.
    wide = ord(char) >= 0x2E80
    left = _EDGE if wide else int(columns[0])
    width = 16 if wide else min(int(columns[-1]) - left + 2, 16)
    dots = lit[_EDGE : _EDGE + 16, left : left + width]
    packed = np.zeros((2, 16), np.uint8)
    for half in range(2):
        rows = dots[8 * half : 8 * half + 8]
        packed[half, :width] = (rows << np.arange(8, dtype=np.uint8)[:, None]).sum(axis=0)
    return width, packed.tobytes()


def small(char: str, side: int) -> NDArray[np.bool_]:
    """The character's dots in so many rows, as wide as it is; no column where the font has nothing for it. Seven rows
    are what a capital letter or a digit takes; Chinese characters are too fine for that."""
    canvas = np.zeros((16 + 2 * _EDGE, 16 + 2 * _EDGE, 3), np.uint8)
    cv2.putText(canvas, char, (_EDGE, _EDGE + _BASE), (255, 255, 255), _face(), _SMALL)
    lit = canvas[_EDGE + _BASE + 1 - side : _EDGE + _BASE + 1, :, 0] >= _LIT
    columns = np.flatnonzero(lit.any(axis=0))
    return lit[:, columns[0] : columns[-1] + 1] if columns.size else lit[:, :0]


def width(text: str) -> int:
    """The text's width in dots; raises NoGlyphError."""
    return sum(glyph(char)[0] for char in text)


def font(chars: Iterable[str]) -> bytes:
    """font.bin with these characters and those of numbers; raises NoGlyphError."""
    wanted = sorted({*chars, *ALWAYS} - {"\n"})
    made = [glyph(char) for char in wanted]
    head = MAGIC + struct.pack("<H", len(wanted)) + struct.pack(f"<{len(wanted)}H", *map(ord, wanted))
    return head + bytes(width for width, _ in made) + b"".join(dots for _, dots in made)
