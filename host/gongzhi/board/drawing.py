"""Takes a board type, gives its picture as SVG: every contact with its name, its GPIO and what it can do."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import Final

from gongzhi.board.types import SUPPLIES, BoardType, OnBoard
from gongzhi.text import Language, pick

WIDTH: Final = 800  # of the view box; everything below is in its units
_ROW: Final = 27
_TOP: Final = 122
_LEFT, _RIGHT = 270, 530  # the board's edges
_MARGIN: Final = 16

# Okabe and Ito's palette for people with and without colour blindness (Okabe, Ito 2008, "Color Universal Design").
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
_BOARD, _PALE, _INK = "#1F3A4D", "#F4F6F8", "#1A1A1A"

# Ability: letter, fill, letter's colour, shape. No two share a letter, nor a shape and a colour.
_BADGES: Final = {
    "pwm": ("~", GREEN, "#FFFFFF", "square"),
    "only in": ("入", BLUE, "#FFFFFF", "square"),
    "adc1": ("A", ORANGE, BLACK, "circle"),
    "adc2": ("a", YELLOW, BLACK, "circle"),
    "touch": ("T", PURPLE, BLACK, "diamond"),
    "dac": ("D", SKY, BLACK, "diamond"),
    "strap": ("!", VERMILION, "#FFFFFF", "triangle"),
    "uart": ("U", BLACK, "#FFFFFF", "triangle"),
    "usb": ("U", BLACK, "#FFFFFF", "triangle"),
}
_MEANING: Final = {
    "pwm": ("输出，可调亮度和转角", "output, PWM"),
    "only in": ("只能输入", "input only"),
    "adc1": ("读模拟量（0–3.3 V）", "analog input (0–3.3 V)"),
    "adc2": ("模拟量，Wi-Fi 时不行", "analog, no Wi-Fi"),
    "touch": ("触摸", "touch"),
    "dac": ("模拟输出", "analog output"),
    "strap": ("决定怎样启动，不要接", "start mode, keep free"),
    "uart": ("连电脑的线，不要接", "computer, keep free"),
    "usb": ("连电脑的线，不要接", "computer, keep free"),
}


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide the text is in a sans-serif font of `size`: 1 em a Chinese character, 0.56 a Latin one (0.62
    bold), which is what the widest of the usual fonts need."""
    latin = 0.62 if bold else 0.56
    return size * sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else latin for one in text)


class Sheet:
    """An SVG being written, top to bottom."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def rect(self, x: float, y: float, w: float, h: float, fill: str, rest: str = "") -> None:
        """A filled rectangle; `rest` is further attributes."""
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" fill="{fill}"{rest}/>')

    def line(self, x: float, y: float, to: float, colour: str, dashes: str = "") -> None:
        """A level line from x to `to`; `dashes` tells it apart without its colour."""
        self.parts.append(
            f'<line x1="{x:g}" y1="{y:g}" x2="{to:g}" y2="{y:g}" stroke="{colour}" stroke-width="4"'
            + (f' stroke-dasharray="{dashes}"/>' if dashes else "/>")
        )

    def text(
        self, x: float, y: float, words: str, size: float = 13, fill: str = _INK, *, anchor: str = "start",
        bold: bool = False,
    ) -> None:  # fmt: skip
        """Words whose baseline is at y."""
        weight = ' font-weight="700"' if bold else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escape(words)}</text>"
        )

    def lines(self, x: float, y: float, words: str, most: float, size: float = 13) -> float:
        """Words broken to fit `most`; gives the y after them."""
        for line in broken(words, most, size):
            self.text(x, y, line, size)
            y += size * 1.45
        return y

    def badge(self, x: float, y: float, letter: str, fill: str, ink: str, shape: str) -> None:
        """A letter in a shape of 22 units around (x, y)."""
        points = {
            "diamond": f"{x:g},{y - 13:g} {x + 13:g},{y:g} {x:g},{y + 13:g} {x - 13:g},{y:g}",
            "triangle": f"{x:g},{y - 13:g} {x + 13:g},{y + 10:g} {x - 13:g},{y + 10:g}",
        }
        edge = f' stroke="{BLACK}" stroke-width="1"'
        if shape == "circle":
            self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="11" fill="{fill}"{edge}/>')
        elif shape == "square":
            self.rect(x - 11, y - 11, 22, 22, fill, f' rx="3"{edge}')
        else:
            self.parts.append(f'<polygon points="{points[shape]}" fill="{fill}"{edge}/>')
        self.text(x, y + (7 if shape == "triangle" else 5), letter, 13, ink, anchor="middle", bold=True)

    def svg(self, height: float, title: str) -> str:
        """The whole file."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
            f"height=\"{height:g}\" role=\"img\" font-family=\"'Noto Sans CJK SC','Noto Sans SC','PingFang SC',"
            f"'Microsoft YaHei',sans-serif\">\n<title>{escape(title)}</title>\n"
            f'<rect width="{WIDTH}" height="{height:g}" fill="#FFFFFF"/>\n'
        )
        return head + "\n".join(self.parts) + "\n</svg>\n"


def broken(words: str, most: float, size: float) -> list[str]:
    """The words in lines that fit `most`: Chinese breaks anywhere, Latin between words."""
    lines, line = [], ""
    tokens: list[str] = []
    for one in words:
        if tokens and _latin(one) and _latin(tokens[-1][-1]):
            tokens[-1] += one
        else:
            tokens.append(one)
    for token in tokens:
        if line and width(line + token, size) > most and token not in "，。；：）":
            lines.append(line.rstrip())
            line = ""
        line += token if line or token != " " else ""
    return [*lines, line.rstrip()] if line.strip() else lines


def _latin(one: str) -> bool:
    return one != " " and unicodedata.east_asian_width(one) not in "WF"


def drawing(board: BoardType, language: Language = "zh") -> str:
    """The picture of the board as an SVG of 800 units' width, the same for the same data. `language` comes first
    where there is no room for both."""
    sheet = Sheet()
    sheet.text(_MARGIN, 36, board.name["zh"], 26, bold=True)
    if board.name["en"] != board.name["zh"]:
        sheet.text(_MARGIN + width(board.name["zh"], 26, bold=True) + 14, 36, board.name["en"], 18)
    sheet.text(_MARGIN, 60, _memory(board), 14)
    sheet.text(_MARGIN, 84, _how(board), 14)
    rows = max(len(board.header.left), len(board.header.right))
    _body(sheet, board, rows)
    numbered = [one for one in board.onboard if one.pin is not None]
    for side, contacts in (("left", board.header.left), ("right", board.header.right)):
        for row, contact in enumerate(contacts):
            _contact(sheet, board, numbered, contact, side, _TOP + row * _ROW + _ROW / 2)
    y = _parts(sheet, board, numbered, _TOP + rows * _ROW + 62, language)
    y = _legend(sheet, board, y)
    for tongue in ("zh", "en"):
        y = sheet.lines(_MARGIN, y + 4, board.note[tongue], WIDTH - 2 * _MARGIN, 14)
    if board.unverified:
        count = len(board.unverified)
        sheet.badge(_MARGIN + 12, y + 8, *_BADGES["strap"])
        words = f"有 {count} 处还没有核实，请看 README 和板子上的字。 Not verified yet, see README: {count}."
        y = sheet.lines(_MARGIN + 34, y + 14, words, WIDTH - 3 * _MARGIN, 14)
    return sheet.svg(round(y + 4), f"{board.name['zh']} {board.name['en']}")


def _memory(board: BoardType) -> str:
    words = [board.chip.upper()]
    if board.flash_mb:
        words.append(f"flash {board.flash_mb:g} MB")
    if board.psram_mb:
        words.append(f"PSRAM {board.psram_mb:g} MB")
    return " · ".join(words)


def _how(board: BoardType) -> str:
    """One line that says what the two columns are."""
    if board.header.order == "number":
        return "按编号排列，不是板上的位置。 Sorted by number, not as on the board."
    return "从正面看，和板上的顺序一样。 Seen from above, in the order of the board."


def _body(sheet: Sheet, board: BoardType, rows: int) -> None:
    top, height = _TOP - 8, rows * _ROW + 16
    if board.header.usb:
        y = top - 12 if board.header.usb == "top" else top + height - 8
        sheet.rect(375, y, 50, 20, "#B8BEC4", ' rx="3" stroke="#555555"')
    sheet.rect(_LEFT, top, _RIGHT - _LEFT, height, _BOARD, ' rx="10"')
    if board.header.usb:
        y = top + 22 if board.header.usb == "top" else top + height - 12
        sheet.text(400, y, "USB", 13, "#FFFFFF", anchor="middle", bold=True)
    sheet.rect(358, _TOP + rows * _ROW / 2 - 26, 84, 52, "#B8BEC4", ' rx="4" stroke="#555555"')
    sheet.text(400, _TOP + rows * _ROW / 2 + 5, board.chip.upper(), 13, anchor="middle", bold=True)


def _contact(sheet: Sheet, board: BoardType, parts: list[OnBoard], contact: int | str, side: str, y: float) -> None:
    """One row: inside the board what is printed, outside the GPIO's number and its badges."""
    out = -1 if side == "left" else 1
    edge = _LEFT if side == "left" else _RIGHT
    inward, outward = ("start", "end") if side == "left" else ("end", "start")
    sheet.parts.append(f'<circle cx="{edge - out * 10:g}" cy="{y:g}" r="6" fill="#D4A72C" stroke="#FFFFFF"/>')
    sheet.text(edge - out * 22, y + 5.5, str(contact).strip('"'), 16, "#FFFFFF", anchor=inward, bold=True)
    pin = board.gpio(contact)
    if pin is None or str(pin) not in board.pins:
        _no_gpio(sheet, board, str(contact), edge + out * 8, y, outward)
        return
    abilities = board.pins[str(pin)]
    free = pin in board.can("in") or pin in board.can("out")
    x = edge + out * 30
    look = ' rx="4"' if free else f' rx="4" stroke="{VERMILION}" stroke-width="2" stroke-dasharray="4 3"'
    sheet.rect(x - 20, y - 12, 40, 24, "#D9F2E8" if free else "#FFFFFF", look)
    sheet.text(x, y + 6, str(pin), 17, _INK if free else "#555555", anchor="middle", bold=True)
    shown: list[str] = [one for one in abilities if one in _BADGES]
    if not {"out", "uart", "usb"} & set(abilities):
        shown.insert(0, "only in")
    at = x + out * 40
    for one in shown:
        sheet.badge(at, y, *_BADGES[one])
        at += out * 29
    for number, part in enumerate(parts, 1):
        if part.pin == pin:
            _number(sheet, at, y, number)
    if board.i2c and pin in (board.i2c.scl, board.i2c.sda):
        sheet.text(at - out * 10, y + 5, "I2C SCL" if pin == board.i2c.scl else "I2C SDA", 13, anchor=outward)


def _number(sheet: Sheet, x: float, y: float, number: int) -> None:
    sheet.rect(x - 12, y - 11, 24, 22, "#FFFFFF", f' rx="11" stroke="{BLACK}" stroke-width="2"')
    sheet.text(x, y + 5, str(number), 13, anchor="middle", bold=True)


def _no_gpio(sheet: Sheet, board: BoardType, contact: str, x: float, y: float, anchor: str) -> None:
    words = {
        "3V3": "3.3 V 电源 supply", "5V": "5 V 电源 supply", "GND": "地（负极） ground", "BAT": "电池 battery",
    }  # fmt: skip
    if contact in SUPPLIES:
        fill = {"3V3": ORANGE, "5V": VERMILION, "BAT": VERMILION, "GND": BLACK}[contact]
        w = width(words[contact], 14, bold=True) + 16
        sheet.rect(x if anchor == "start" else x - w, y - 11, w, 22, fill, ' rx="11"')
        ink = BLACK if contact == "3V3" else "#FFFFFF"
        sheet.text(x + (8 if anchor == "start" else -8), y + 5, words[contact], 14, ink, anchor=anchor, bold=True)
    else:
        said = board.others[contact]
        sheet.text(x, y + 5, f"{said['zh']} {said['en']}", 12, "#555555", anchor=anchor)


def _parts(sheet: Sheet, board: BoardType, numbered: list[OnBoard], y: float, language: Language) -> float:
    """The list of the parts on the board, in two columns."""
    if not board.onboard:
        return y
    sheet.text(_MARGIN, y, "板上的零件，不用接线 On the board, no wires needed", 16, bold=True)
    y += 28
    rest = [one for one in board.onboard if one.pin is None]
    for at, part in enumerate([*numbered, *rest]):
        x, row = _MARGIN + 12 + at % 2 * 392, y + at // 2 * 28
        if part.pin is not None:
            _number(sheet, x, row - 5, at + 1)
            called = board.called(part.pin)
            where = str(part.pin) if called == str(part.pin) else f"{called} = {part.pin}"
        else:
            where = "" if part.address is None else f"I2C 0x{part.address:02X}"
        words = f"{part.label['zh']} {part.label['en']}"
        if width(words, 14) + width(where, 14, bold=True) > 330:
            words = pick(part.label, language)
        sheet.text(x + 20, row, words, 14)
        sheet.text(x + 28 + width(words, 14), row, where, 14, bold=True) if where else None
    return y + (len(board.onboard) + 1) // 2 * 28 + 12


def _legend(sheet: Sheet, board: BoardType, y: float) -> float:
    """What the shapes mean: only those that occur."""
    used: set[str] = {one for all_ in board.pins.values() for one in all_}
    if any("out" not in all_ and "uart" not in all_ for all_ in board.pins.values()):
        used.add("only in")
    shown = [one for one in _BADGES if one in used and not (one == "usb" and "uart" in used)]
    sheet.text(_MARGIN, y, "图例 Legend", 16, bold=True)
    y += 28
    sheet.rect(_MARGIN, y - 17, 40, 24, "#D9F2E8", ' rx="4"')
    sheet.text(_MARGIN + 20, y + 1, "18", 17, anchor="middle", bold=True)
    sheet.text(_MARGIN + 50, y, "可以用的引脚号 pin number, free to use", 14)
    x = _MARGIN + 392
    sheet.rect(x, y - 17, 40, 24, "#FFFFFF", f' rx="4" stroke="{VERMILION}" stroke-width="2" stroke-dasharray="4 3"')
    sheet.text(x + 20, y + 1, "2", 17, "#555555", anchor="middle", bold=True)
    sheet.text(x + 50, y, "有别的用途，别接零件 kept for other use", 14)
    y += 32
    for at, one in enumerate(shown):
        x, row = _MARGIN + 20 + at % 2 * 392, y + at // 2 * 30
        sheet.badge(x, row - 5, *_BADGES[one])
        sheet.text(x + 30, row, " ".join(_MEANING[one]), 14)
    return y + (len(shown) + 1) // 2 * 30 + 12
