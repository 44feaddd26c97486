"""Takes the texts for a display, gives them broken into its four lines, and the font file of all that a board shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from gongzhi.board import font
from gongzhi.errors import BoardError
from gongzhi.project_parts import Part
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
    texts = [text for part in parts for text in part.texts]
    if not texts:
        return {}
    return {"font.bin": font.font("".join(_FIELD.sub("", text) for text in texts))}
