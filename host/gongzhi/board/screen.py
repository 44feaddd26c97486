"""Takes the texts for a display, gives them broken into its four lines, the font file of all that a board shows, and
which of them the dots of a display are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from gongzhi.board import font
from gongzhi.errors import BoardError
from gongzhi.project.parts import Part
from gongzhi.text import N_

LINES: Final = 4
DOTS: Final = 128  # in a line
MOST: Final = 16  # texts
_NUMBER: Final = "-000.0"  # what a number may take
_FIELD: Final = re.compile(r"\{([^{}]*)\}")
# What may not begin a line in Chinese, and so goes with the character before it.
_CLOSING: Final = frozenset("，。！？、；：）》”’%℃,.!?;:)")


def laid_out(text: str, inputs: Collection[str]) -> str:
    """The text with its lines broken where they must be; "{name}" stays and counts as a number. Raises BoardError for
    a name that is not among `inputs`, a character that the font lacks, and a text that is longer than the display."""
    for name in _FIELD.findall(text):
        if name not in inputs:
            raise BoardError(
                N_("“{field}” stands for nothing that this board reads."),
                N_("Between braces stands the name of an input on the same board: {known}."),
                field="{" + name + "}", known=", ".join(inputs) or "–",
            )  # fmt: skip
    lines = [line for given in text.split("\n") for line in _broken(given)]
    if len(lines) > LINES:
        raise BoardError(
            N_("“{text}” takes {lines} lines, the display has {most}."),
            N_("Make it shorter, or two texts of it. A line holds 8 Chinese characters."),
            text=text.replace("\n", " "), lines=len(lines), most=LINES,
        )  # fmt: skip
    return "\n".join(lines)


def _broken(text: str) -> list[str]:
    """One line as so many as it takes."""
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        wide = font.width(_NUMBER if piece.startswith("{") else piece)
        if line and used + wide > DOTS:
            lines.append(line.rstrip(" "))
            line, used = "", 0
        if line or piece != " ":
            line, used = line + piece, used + wide
    return [*lines, line.rstrip(" ")]


def _pieces(text: str) -> Iterable[str]:
    """What must not be torn: a field, a word, a Chinese character with what closes it."""
    found = re.findall(r"\{[^{}]*\}|[!-z|~]+| |.", text)
    pieces: list[str] = []
    for piece in found:
        if pieces and piece in _CLOSING and not pieces[-1].startswith("{") and pieces[-1] != " ":
            pieces[-1] += piece
        elif len(piece) > 1 and not piece.startswith("{") and font.width(piece) > DOTS:
            pieces.extend(piece)  # a word that no line holds
        else:
            pieces.append(piece)
    return pieces


def files(parts: Sequence[Part]) -> dict[str, bytes]:
    """The files that the texts on a board's displays need, by their path on the board; none where there are none."""
    texts = [text for part in parts if part.address is not None for text in part.texts]
    if not texts:
        return {}
    return {"font.bin": font.font("".join(_FIELD.sub("", text) for text in texts))}


class Shown:
    """Which of `texts`, laid out, a display shows; they are drawn here from the font, not as the driver does."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._pages = [[_drawn(line) for line in text.split("\n")] for text in texts]

    def page(self, dots: bytes) -> int | None:
        """1, 2 … for the text that the 1024 bytes of `dots` (sim/i2c/panel.py) show, 0 where all is dark, None for what
        is none of them, such as a text that is being drawn. Where a field stands anything goes, to the line's end."""
        if not any(dots):
            return 0
        rows = [dots[at : at + 2 * DOTS] for at in range(0, len(dots), 2 * DOTS)]
        for number, lines in enumerate(self._pages, 1):
            wanted = [*lines, *[(bytes(DOTS), bytes(DOTS))] * (LINES - len(lines))]
            if all(
                row[: len(upper)] == upper and row[DOTS : DOTS + len(lower)] == lower
                for row, (upper, lower) in zip(rows, wanted, strict=True)
            ):
                return number
        return None


def _drawn(line: str) -> tuple[bytes, bytes]:
    """A line's upper and lower strip, 128 bytes each, or as many as there are before its first field."""
    still, field, _ = line.partition("{")
    strips = [b"", b""]
    for wide, shape in map(font.glyph, still):
        strips = [strips[half] + shape[16 * half : 16 * half + wide] for half in range(2)]
    upper, lower = (strip[:DOTS] if field else strip[:DOTS].ljust(DOTS, b"\0") for strip in strips)
    return upper, lower
