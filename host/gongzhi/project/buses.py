"""Takes a project's parts on I2C buses, gives their pins, addresses and texts checked, and says what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NoReturn

from gongzhi.errors import BoardError
from gongzhi.parts import Kind
from gongzhi.project.parts import Board, Part
from gongzhi.text import N_, Later, pick

Fail = Callable[..., NoReturn]  # (where, what, hint, **values)


class Buses:
    """What is on which line and at which address, over all boards of a project."""

    def __init__(self, fail: Fail) -> None:
        self._fail = fail
        self._lines: dict[tuple[str, int], str] = {}  # (board, pin) -> the bus's line on it
        self._addresses: dict[tuple[str, int], str] = {}  # (board, address) -> the part there

    def usual(self, kind: Kind, board: Board) -> dict[str, int | str]:
        """The pins of a part that names none: those of the bus that the board has, if it has one."""
        bus = board.about.i2c
        return {"scl": bus.scl, "sda": bus.sda} if kind.address and bus is not None else {}

    def own(self, kind: Kind, board: Board, line: str, pin: int) -> bool:
        """True if the pin is that line of the board's own bus, which other parts may join."""
        return bool(kind.address) and board.about.i2c is not None and pin == getattr(board.about.i2c, line)

    def joins(self, kind: Kind, board: Board, line: str, pin: int) -> bool:
        """True if another part on a bus has this pin for the same line already."""
        if not kind.address:
            return False
        there = (board.id, pin) in self._lines
        return self._lines.setdefault((board.id, pin), line) == line and there

    def address(self, where: str, part: Part, board: Board) -> None:
        """Refuse two parts at one address of a board: a virtual one has one bus, and so do most real ones."""
        if part.address is None:
            return
        other = self._addresses.setdefault((board.id, part.address), part.id)
        if part.pins == self.usual(part.kind, board):
            there = next((one for one in board.about.onboard if one.address == part.address), None)
            if there is not None and there.kind != part.kind.name:
                other = pick(there.label)
        if other != part.id:
            self._fail(
                where,
                N_("the address 0x{address} on the bus is that of “{other}”"),
                N_("Give one of them another one, if it can have one. Possible: {known}."),
                address=f"{part.address:02X}", other=other, known=part.kind.choices(),
            )  # fmt: skip


def shown(part: Part, parts: Mapping[str, Part], fail: Fail) -> Part:
    """The part with its texts laid out as its display shows them; refuses those that it cannot show."""
    where = f"part.{part.id}.texts"
    if not part.kind.shows:
        if part.texts:
            fail(where, N_("a {kind} shows no texts"), N_("Take texts out."), kind=pick(part.kind.label))
        return part
    from gongzhi.board import pictures, screen  # loads OpenCV: only for who has a display

    if part.kind.name == "matrix":
        try:
            return replace(part, texts=tuple(pictures.drawn_all(part.texts)))
        except BoardError as error:
            fail(where, "{why}", "{todo}", why=Later(error.message, error.values), todo=Later(error.hint, error.values))
    if not 1 <= len(part.texts) <= screen.MOST:
        fail(
            where, N_("a display needs 1 to {most} texts"),
            N_("Write them as texts = [\"…\", \"…\"]: page 1 is the first one, 0 is dark."), most=screen.MOST,
        )  # fmt: skip
    near = [one.id for one in parts.values() if one.board == part.board and not one.kind.output]
    try:
        return replace(part, texts=tuple(screen.laid_out(text, near) for text in part.texts))
    except BoardError as error:
        fail(where, "{why}", "{todo}", why=Later(error.message, error.values), todo=Later(error.hint, error.values))
