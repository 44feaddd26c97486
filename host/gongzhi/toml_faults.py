"""Takes a text that is no TOML and the parser's error, gives the line, what is wrong with it in a pupil's words."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

from gongzhi.text import N_, Later

# What a Chinese keyboard writes where TOML wants a plain sign.
_WIDE: Final = {
    "“": '"', "”": '"', "‘": '"', "’": '"', "「": '"', "」": '"', "，": ",", "、": ",", "＝": "=", "：": ":", "；": ";",
    "（": "(", "）": ")", "【": "[", "】": "]", "［": "[", "］": "]", "｛": "{", "｝": "}", "＃": "#", "．": ".",
    "。": ".", "－": "-", "＿": "_", "\u3000": " ",
} | {chr(0xFF10 + digit): str(digit) for digit in range(10)}  # fmt: skip
_FAULTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"Cannot declare \((?P<what>.+?)\) twice"), N_("“{what}” stands here twice")),
    (re.compile(r"Cannot overwrite a value|.*already exists"), N_("this name has a value already")),
    (re.compile(r"Unterminated string|Illegal character '\\n'|Unterminated.*"), N_("a closing quote is missing")),
    (re.compile(r"Expected '=' after a key"), N_("after the name comes “=”")),
    (re.compile(r"Expected '\]' .*|Expected ']]' .*"), N_("a closing bracket “]” is missing")),
    (re.compile(r"Unclosed (inline table|array)"), N_("a closing bracket or a comma is missing")),
    (re.compile(r"Expected newline or end of document"), N_("here are two things on one line")),
    (
        re.compile(r"Invalid initial character for a key"),
        N_("a name is made of a–z, 0–9, - and _; Chinese goes into label"),
    ),
    (re.compile(r"Invalid value"), N_("the value after “=” cannot be read: text needs quotes, a number none")),
)  # fmt: skip
# Text in quotes, closed or not, and comments.
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*(?:"|$)|\'[^\']*(?:\'|$)|#.*')

_HEADER: Final = re.compile(r"\s*\[(?P<array>\[?)(?P<name>[^\]\[]+)\]")
_KEY: Final = re.compile(r"""\s*([\w.-]+|"[^"]+"|'[^']+')\s*=""")


class Fault(NamedTuple):
    """The number of the line (from 1), the line itself, and what is wrong."""

    line: int
    code: str
    why: Later


def explain(text: str, error: tomllib.TOMLDecodeError) -> Fault:
    """What `tomllib` found wrong in `text`, so that a pupil finds and mends it."""
    said = re.search(r"at line (\d+)", str(error))
    lines = text.splitlines() or [""]
    number = min(int(said[1]) if said else len(lines), len(lines))
    wide = _wide_sign(lines[: number + 1])
    if wide is not None:
        number, sign = wide
        message = N_("“{sign}” is a sign of the Chinese keyboard; write “{plain}”")
        return Fault(number, lines[number - 1].strip(), Later(message, {"sign": sign, "plain": _WIDE[sign]}))
    large = re.search(r"[=\[,]\s*(True|False)\b", _QUOTED.sub("", lines[number - 1]))
    if large is not None:
        small = Later(N_("write “{plain}”, all small"), {"plain": large[1].lower()})
        return Fault(number, lines[number - 1].strip(), small)
    for pattern, message in _FAULTS:
        found = pattern.match(str(error))
        if found:
            names = {name: value.replace("', '", ".").strip("',") for name, value in found.groupdict().items()}
            return Fault(number, lines[number - 1].strip(), Later(message, names))
    return Fault(number, lines[number - 1].strip(), Later("{error}", {"error": error}))


def _wide_sign(lines: list[str]) -> tuple[int, str] | None:
    """The first wide sign outside quotes and comments: (line, sign)."""
    for number, line in enumerate(lines, 1):
        found = wide_sign(line)
        if found is not None:
            return number, found[0]
    return None


def wide_sign(line: str) -> tuple[str, str] | None:
    """The first sign of the Chinese keyboard outside quotes and comments, and the plain one in its place."""
    return next(((sign, _WIDE[sign]) for sign in _QUOTED.sub("", line) if sign in _WIDE), None)


def place(path: Path, where: str) -> Later:
    """Where in the TOML file that is what is called like "part.gate.pin" or "rule.2.when", for an error's text: a comma
    and the line's number; nothing where it is not written as a table of its own."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError):
        return Later("", {})
    found = line_of(lines, where.split("."))
    return Later(N_(", line {line}"), {"line": found}) if found else Later("", {})


def line_of(lines: list[str], keys: list[str]) -> int | None:
    """The number (from 1) of the line where these keys have their value, or the table of as many of them as are written
    begins. Tables of an array count from 1: "rule", "2"."""
    found: dict[tuple[str, ...], int] = {}
    count: dict[str, int] = {}
    table: list[str] = []
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            table = _keys(header["name"])
            if header["array"]:
                count[header["name"]] = count.get(header["name"], 0) + 1
                table.append(str(count[header["name"]]))
            path = table
        elif key := _KEY.match(line):
            path = table + _keys(key[1])
        else:
            continue
        for depth in range(1, len(path) + 1):
            found.setdefault(tuple(path[:depth]), number)
    return next((found[tuple(keys[:n])] for n in range(len(keys), 0, -1) if tuple(keys[:n]) in found), None)


def _keys(dotted: str) -> list[str]:
    return [key.strip().strip("\"'") for key in dotted.split(".")]
