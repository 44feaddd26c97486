"""Takes a project's manifest, gives the picture of its wires as SVG: from which contact to which leg of each part."""

from __future__ import annotations

from typing import Final

from gongzhi.board.drawing import BLACK, BLUE, ORANGE, VERMILION, WIDTH, Sheet, width
from gongzhi.board.recipes import FIRST, Wire, line, recipe
from gongzhi.board.types import BoardType
from gongzhi.project import Board, Manifest, Part

_MARGIN: Final = 16
_ROW: Final = 40
_SUPPLIES: Final = ("GND", "3V3", "5V")
# Each told apart without its colour, too.
_SIGNAL: Final = (BLUE, "12 5")
_LOOK: Final = {"GND": (BLACK, ""), "3V3": (ORANGE, "3 4"), "5V": (VERMILION, "20 4 4 4")}


def wiring(manifest: Manifest) -> str:
    """The picture of all the project's wires, 800 units wide, in both languages; the same for the same manifest."""
    sheet = Sheet()
    title = manifest.title["zh"]
    sheet.text(_MARGIN, 36, title, 24, bold=True)
    if manifest.title["en"] != title:
        sheet.text(_MARGIN + width(title, 24, bold=True) + 14, 36, manifest.title["en"], 18)
    y = sheet.lines(_MARGIN, 62, " ".join(FIRST), WIDTH - 2 * _MARGIN, 14)
    for board in manifest.boards.values():
        y = _board(sheet, board, manifest.on(board.id), y + 8)
    return sheet.svg(round(y + 4), f"{title} {manifest.title['en']}")


def _board(sheet: Sheet, board: Board, parts: list[Part], y: float) -> float:
    sheet.rect(_MARGIN, y, WIDTH - 2 * _MARGIN, 34, "#1F3A4D", ' rx="6"')
    words = f"{board.label['zh']}（{board.id}） · {board.about.name['zh']}"
    if board.about.name["en"] not in words:
        words += f" {board.about.name['en']}"
    sheet.text(_MARGIN + 12, y + 23, words, 16, "#FFFFFF", bold=True)
    y += 46
    for part in parts:
        y = _part(sheet, board.about, part, y)
    return y


def _part(sheet: Sheet, about: BoardType, part: Part, y: float) -> float:
    """The card of one part."""
    top = len(sheet.parts)
    kind = part.kind.label
    names = " ".join(dict.fromkeys((part.label["zh"], part.label["en"])))
    words = f"{names}（{kind['zh']} {kind['en']}）"
    sheet.text(_MARGIN + 14, y + 26, words, 16, bold=True)
    made = recipe(part, about)
    row = y + 62
    if made is None:
        words = f"已经在板上（{about.called(part.pin)}），不用接线。 On the board already, no wires."
        row = sheet.lines(_MARGIN + 14, row - 8, words, WIDTH - 4 * _MARGIN, 14)
    else:
        for wire in made.wires:
            _wire(sheet, about, part, wire, row)
            row += _ROW
        for words in made.hint:
            row = sheet.lines(_MARGIN + 14, row, words, WIDTH - 4 * _MARGIN, 14)
    frame = f'<rect x="{_MARGIN}" y="{y:g}" width="{WIDTH - 2 * _MARGIN}" height="{row - y:g}" '
    sheet.parts.insert(top, frame + 'fill="#F7F9FA" stroke="#9AA5AD" rx="6"/>')
    return row + 12


def _wire(sheet: Sheet, about: BoardType, part: Part, wire: Wire, y: float) -> None:
    """One wire: the board's contact on the left, the part's leg on the right."""
    contact: int | str = wire.contact if wire.contact in _SUPPLIES else line(part, wire)
    there = [*about.header.left, *about.header.right]
    colour, dashes = _LOOK.get(wire.contact, _SIGNAL)
    name = about.called(contact) if isinstance(contact, int) else contact
    if isinstance(contact, str) and contact not in there:
        name, where = f"{contact}", "外接电源 own supply"
    else:
        where = _where(about, contact)
    if where:
        sheet.text(_MARGIN + 14, y + 5, where, 13)
    sheet.rect(250, y - 14, 84, 28, "#FFFFFF", f' rx="5" stroke="{colour}" stroke-width="3"')
    sheet.text(292, y + 6, name, 17, anchor="middle", bold=True)
    sheet.line(336, y, 518, colour, dashes)
    if wire.through:
        sheet.rect(386, y - 13, 82, 26, "#FFFFFF", f' stroke="{BLACK}" stroke-width="2"')
        sheet.text(427, y + 5, wire.through, 14, anchor="middle", bold=True)
    sheet.rect(520, y - 14, 258, 28, "#FFFFFF", f' rx="14" stroke="{colour}" stroke-width="3"')
    sheet.text(649, y + 5, " ".join(wire.leg), 15, anchor="middle")


def _where(about: BoardType, contact: int | str) -> str:
    """The contact's place on the board in words, or nothing where it is not known."""
    place = about.place(contact)
    if place is None:
        return ""
    side = {"left": ("左边", "left"), "right": ("右边", "right")}[place[0]]
    return f"{side[0]}从上数第 {place[1]} 个 {side[1]}, no. {place[1]}"
