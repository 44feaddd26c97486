"""Takes what a pupil writes for a light matrix (a picture's name, a short text, eight rows of letters), gives its
frames as the driver reads them, and which picture the lights of a matrix show.

A picture is a text in hexadecimal digits: nine for three colours (red, green, blue of each, one digit each), then of
each frame 32: two bits for each light, row by row from the top, left first; 0 is dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np

from gongzhi.board import font
from gongzhi.errors import BoardError
from gongzhi.text import N_

MOST: Final = 16  # pictures of one matrix
MOST_FRAMES: Final = 32  # of all of them: 0.5 KB of a board's heap, 1 KB of its config.json
SIDE: Final = 8
_COLOURS: Final = 3  # in one picture, beside dark
# Hexadecimal red, green, blue: what the letters of a picture mean.
LETTERS: Final[Mapping[str, str]] = {
    "r": "f00", "o": "f60", "y": "fd0", "g": "0c2", "c": "0cc", "b": "03f", "p": "f2a", "w": "fff",
}  # fmt: skip
DARK: Final = ".-_"
_PICTURES: Final[Mapping[str, tuple[str, str]]] = {  # name -> (its Chinese name, the rows)
    "heart": ("爱心", ".rr..rr. rrrrrrrr rrrrrrrr rrrrrrrr .rrrrrr. ..rrrr.. ...rr... ........"),
    "smile": ("笑脸", "..yyyy.. .y....y. y.y..y.y y......y y.y..y.y y..yy..y .y....y. ..yyyy.."),
    "sad": ("哭脸", "..bbbb.. .b....b. b.b..b.b b......b b..bb..b b.b..b.b .b....b. ..bbbb.."),
    "sun": ("太阳", "y..yy..y .y.yy.y. ..oooo.. yyooooyy yyooooyy ..oooo.. .y.yy.y. y..yy..y"),
    "moon": ("月亮", "..yyyy.. .yyyy... yyyy.... yyy..... yyy..... yyyy.... .yyyy... ..yyyy.."),
    "star": ("星星", "...yy... ...yy... yyyyyyyy .yyyyyy. ..yyyy.. .yyyyyy. .yy..yy. y......y"),
    "lantern": ("灯笼", "...oo... ..yyyy.. .rrrrrr. rryrryrr rryrryrr .rrrrrr. ..yyyy.. ...yy..."),
    "fish": ("鱼", "........ ..oooo.o .oooooo. owoooooo oooooooo .oooooo. ..oooo.o ........"),
    "flower": ("花", "..pp.... .ppppp.. ppyypp.. ppyypp.. .pppp... ..gg..g. ..ggggg. ..ggg..."),
    "yes": ("对", "........ .......g ......gg g....gg. gg..gg.. .gggg... ..gg.... ........"),
    "no": ("错", "r......r rr....rr .rr..rr. ..rrrr.. ..rrrr.. .rr..rr. rr....rr r......r"),
    "wave": ("水波", "c......c cc....cc .cc..cc. ..cccc.. b..cc..b bb....bb .bb..bb. ..bbbb.."),
}  # fmt: skip
_NAMES: Final = {zh: name for name, (zh, _) in _PICTURES.items()}
_TEXT: Final = "o"  # the colour of a text


def drawn(text: str) -> str:
    """The picture that `text` asks for; raises BoardError for what is neither a name, nor eight rows, nor a text whose
    characters fit into eight lights."""
    name = _NAMES.get(text.strip(), text.strip())
    if name in _PICTURES:
        return _packed([_PICTURES[name][1].split()], text)
    rows = text.split()
    if len(rows) == SIDE:
        return _packed([rows], text)
    if len(rows) > 1 and "\n" in text.strip():
        raise _wrong(text)
    return _packed([_letter(char) for char in text.strip()], text)


def drawn_all(texts: Sequence[str]) -> list[str]:
    """All pictures of a matrix; raises BoardError where they are too many."""
    made = [drawn(text) for text in texts]
    frames = sum((len(one) - 3 * _COLOURS) // 32 for one in made)
    if not 1 <= len(made) <= MOST or frames > MOST_FRAMES:
        raise BoardError(
            N_("{count} pictures with {frames} frames do not fit a matrix."),
            N_("1 to {most} pictures, with {frames_most} frames together; each letter of a text is a frame."),
            count=len(made), frames=frames, most=MOST, frames_most=MOST_FRAMES,
        )  # fmt: skip
    return made


def _wrong(text: str) -> BoardError:
    return BoardError(
        N_("“{text}” is no picture of {side} × {side} lights."),
        N_("Write a name ({names}), letters and digits, or eight rows of eight: colours {letters}, a dot for dark."),
        text=text.strip().replace("\n", " ")[:24], side=SIDE, letters=" ".join(LETTERS),
        names=", ".join(f"{name} {zh}" for name, (zh, _) in _PICTURES.items()),
    )  # fmt: skip


def _packed(frames: Sequence[Sequence[str]], text: str) -> str:
    """Frames of eight rows of letters as the driver reads them."""
    used = sorted({char for rows in frames for row in rows for char in row} - set(DARK))
    if not frames or len(used) > _COLOURS or any(char not in LETTERS for char in used):
        raise _wrong(text)
    if any(len(rows) != SIDE or any(len(row) != SIDE for row in rows) for rows in frames):
        raise _wrong(text)
    palette = "".join(LETTERS[char] for char in used).ljust(3 * _COLOURS, "0")
    number = {char: used.index(char) + 1 for char in used}
    lights = [[number.get(char, 0) for row in rows for char in row] for rows in frames]
    digits = (f"{4 * left + right:x}" for one in lights for left, right in zip(one[::2], one[1::2], strict=True))
    return palette + "".join(digits)


@cache
def _letter(char: str) -> tuple[str, ...]:
    """A letter, digit or sign in eight rows; raises BoardError for what eight lights cannot show, as Chinese."""
    if char == " ":
        return ("." * SIDE,) * SIDE
    dots = font.small(char.upper(), SIDE) if char.isascii() else np.zeros((SIDE, 0), np.bool_)
    wide = dots.shape[1]
    if not 1 <= wide <= SIDE:
        raise _wrong(char)
    square = np.zeros((SIDE, SIDE), np.bool_)
    left = (SIDE - wide) // 2
    square[:, left : left + wide] = dots
    return tuple("".join(_TEXT if lit else "." for lit in row) for row in square)


def frames(picture: str, percent: int = 100) -> list[bytes]:
    """Its frames as the driver sends them at this brightness: 64 times red, green, blue, row by row."""
    colours = [bytes(3), *(bytes(17 * int(digit, 16) * percent // 100 for digit in picture[at : at + 3])
                           for at in range(0, 3 * _COLOURS, 3))]  # fmt: skip
    found = []
    for at in range(3 * _COLOURS, len(picture), 32):
        pairs = (int(digit, 16) for digit in picture[at : at + 32])
        found.append(b"".join(colours[pair >> 2] + colours[pair & 3] for pair in pairs))
    return found
