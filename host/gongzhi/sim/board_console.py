"""Takes the bytes that a board prints, in any pieces, gives the last lines of its console."""

from __future__ import annotations

import codecs
from collections import deque
from typing import Final

from gongzhi.board.slim import traced

_MOST: Final = 1000


class Console:
    """The last 1000 lines; those of a traceback name the source, not the joined file of the board."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._whole: deque[str] = deque(maxlen=_MOST)
        self._line = ""

    def take(self, data: bytes) -> None:
        """What the board has printed next."""
        *whole, self._line = (self._line + self._decoder.decode(data).replace("\r", "")).split("\n")
        self._whole.extend(map(traced, whole))

    def end_line(self) -> None:
        """The board has gone in the middle of a line."""
        if self._line:
            self._whole.append(self._line)
            self._line = ""

    @property
    def lines(self) -> list[str]:
        """The lines, and what there is of an unfinished one."""
        return [*self.whole, *([self._line] if self._line else [])]

    @property
    def whole(self) -> list[str]:
        """The finished lines."""
        return list(self._whole.copy())
