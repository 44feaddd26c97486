"""Takes the table of an accelerometer as phones and boards save it, gives its samples in g, or says why not.

Known by their headings: `t,ax,ay,az` and the like; phyphox ("Time (s)", "Acceleration x (m/s^2)"), Physics Toolbox
("time", "gFx"), Sensor Logger ("seconds_elapsed", "z", "y", "x"), SensorLog ("accelerometerAccelerationX(G)"); commas,
semicolons or tabs, decimal points or commas. A column "label" divides a table.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.formats import UnfitError
from gongzhi.learn.recording import MOST_FRAMES
from gongzhi.text import N_

AXES: Final = ("x", "y", "z")
UNIT: Final = "g"
Unit = str
UNITS: Final[Mapping[str, float]] = {"g": 1.0, "mg": 1e-3, "m/s2": 1 / 9.80665}  # in g; CODATA's standard gravity
_UNIT_WORDS: Final = {
    "g": "g", "mg": "mg", "m/s2": "m/s2", "m/s^2": "m/s2", "m/s²": "m/s2", "ms-2": "m/s2", "ms^-2": "m/s2",
    "m/s/s": "m/s2", "米/秒²": "m/s2",
}  # fmt: skip
_SECONDS: Final = {"s": 1.0, "sec": 1.0, "秒": 1.0, "ms": 1e-3, "毫秒": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
# In this order: an app that has both counts seconds from the start in the first.
_TIMES: Final = (
    "secondselapsed", "t", "time", "seconds", "elapsed", "elapsedtime", "时间", "timestamp", "loggingtime", "millis",
)  # fmt: skip
_OF_AXIS: Final = (
    "{}", "a{}", "acc{}", "accel{}", "acceleration{}", "accelerometer{}", "accelerometeracceleration{}", "gf{}",
    "{}acceleration", "加速度{}", "{}加速度", "{}轴加速度", "{}轴",
)  # fmt: skip
_LINEAR: Final = ("linearacceleration", "useracceleration", "motionuseracceleration", "线性加速度")
_LABELS: Final = ("label", "activity", "class", "标签", "类别")
_HEADER_LINES: Final = 40  # among which the headings are looked for
_LEAST_RATE: Final = 8.0  # samples a second: fewer show no step
# What a time between two samples means where no unit is told: no app saves more than 1000 a second, nor fewer than one.
_STEPS: Final = ((0.9, 1.0), (900.0, 1e-3), (9e5, 1e-6), (np.inf, 1e-9))
_WEIGHT: Final = (0.5, 1.8)  # g: the middle size of a force that has gravity in it, in the right unit


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """`t` (n,) seconds from 0, `values` (n, 3) float32 g, `kind` what it was, `dropped` rows, `label` where it says."""

    t: NDArray[np.float64]
    values: NDArray[np.float32]
    kind: str
    dropped: int = 0
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what is, in a row: `unit` and `seconds` "" and 0 where the heading does not say."""

    time: int
    axes: tuple[int, int, int]
    label: int | None
    unit: Unit
    seconds: float
    linear: bool


def _heading(text: str) -> tuple[str, str]:
    """(the letters of a heading, its unit)."""
    found = re.match(r"^(.*?)[\s_]*[(\[]\s*([^)\]]*?)\s*[)\]]\s*$", text.strip())
    word, unit = (found[1], found[2]) if found else (text, "")
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", word.lower()), unit.strip().lower()


def columns(headings: Sequence[str]) -> Columns | None:
    """Which column is which; None where there are no time and three axes among these headings."""
    named = [_heading(each) for each in headings]
    words = [word for word, _ in named]
    time = next((words.index(each) for each in _TIMES if each in words), None)
    if time is None:
        return None
    for pattern in (*_OF_AXIS, *(f"{word}{{}}" for word in _LINEAR)):
        wanted = [pattern.format(axis) for axis in AXES]
        if all(each in words for each in wanted):
            x, y, z = (words.index(each) for each in wanted)
            label = next((words.index(each) for each in _LABELS if each in words), None)
            unit = _UNIT_WORDS.get(named[x][1], "g" if pattern == "gf{}" else "")
            millis = 1e-3 if words[time] == "millis" else 0.0
            return Columns(time, (x, y, z), label, unit, _SECONDS.get(named[time][1], millis),
                           pattern.removesuffix("{}") in _LINEAR)  # fmt: skip
    return None


def rows_of(text: str) -> tuple[Columns, list[list[str]]] | None:
    """The columns of a table and its rows; None where it is no accelerometer's. Raises UnfitError."""
    try:
        return _rows(text.splitlines())
    except csv.Error as error:
        raise UnfitError(N_("it cannot be read: {error}"), error=str(error)) from error


def _rows(lines: list[str]) -> tuple[Columns, list[list[str]]] | None:
    for number, line in enumerate(lines[:_HEADER_LINES]):
        separator = max(";\t,", key=line.count)
        if separator not in line:
            continue
        found = columns(next(csv.reader([line], delimiter=separator)))
        if found is not None:
            rows = list(csv.reader(io.StringIO("\n".join(lines[number + 1 :])), delimiter=separator))
            if separator != ",":  # then a comma may be the decimal point
                rows = [[cell.replace(",", ".") for cell in row] for row in rows]
            return found, [row for row in rows if any(cell.strip() for cell in row)]
    return None


def logs(found: Columns, rows: Sequence[Sequence[str]], unit: Unit = "") -> list[Log]:
    """The samples, one log for each stretch of one label; `unit` for headings that do not say it. Raises UnfitError."""
    if len(rows) > MOST_FRAMES:
        raise UnfitError(N_("it is too large"))
    if found.linear:
        raise UnfitError(N_("gravity has been taken out of it, and boards feel it: save the acceleration with gravity"))
    unit = found.unit or unit
    if unit not in UNITS:
        raise UnfitError(N_("it does not say its unit: write --unit g, --unit m/s2 or --unit mg"))
    numbers = np.full((len(rows), 4), np.nan)
    said: list[str] = []
    for at, row in enumerate(rows):
        label = row[found.label].strip() if found.label is not None and found.label < len(row) else ""
        said.append(label)
        try:
            numbers[at] = [_time(row[found.time]), *(float(row[axis]) for axis in found.axes)]
        except (ValueError, IndexError, OverflowError, OSError):  # the last two: a date before or after all clocks
            continue  # counted below
    made = []
    for first, last in _stretches(said):
        made.append(_log(numbers[first:last], unit, found.seconds, said[first] or None))
    return made


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.datetime.fromisoformat(text.strip()).timestamp()


def _stretches(labels: list[str]) -> list[tuple[int, int]]:
    ends = [i for i in range(1, len(labels)) if labels[i] != labels[i - 1]]
    return list(zip([0, *ends], [*ends, len(labels)], strict=True)) if labels else []


def _log(numbers: NDArray[np.float64], unit: Unit, seconds: float, label: str | None) -> Log:
    good = numbers[np.isfinite(numbers).all(1)]
    if len(good):  # a time that does not rise is a row that was written twice
        good = good[np.concatenate([[True], np.diff(np.maximum.accumulate(good[:, 0])) > 0])]
    if len(good) < 2:
        raise UnfitError(N_("there are no samples with rising times in it"))
    step = float(np.median(np.diff(good[:, 0])))
    seconds = seconds or next(scale for most, scale in _STEPS if step < most)
    t, rate = (good[:, 0] - good[0, 0]) * seconds, 1 / (step * seconds)
    if rate < _LEAST_RATE:
        raise UnfitError(
            N_("it has only {rate:.1f} samples a second, {least:g} are needed"), rate=rate, least=_LEAST_RATE
        )
    values = good[:, 1:] * UNITS[unit]
    middle = float(np.median(np.linalg.norm(values, axis=1)))
    if middle < _WEIGHT[0]:
        raise UnfitError(
            N_("its force is {middle:.2f} g in the middle: gravity was taken out of it, or its unit is not {unit}"),
            middle=middle, unit=unit,
        )  # fmt: skip
    if middle > _WEIGHT[1]:
        raise UnfitError(
            N_("its force is {middle:.2f} g in the middle: its unit is not {unit}"), middle=middle, unit=unit
        )
    kind = f"{unit}, {rate:.0f} Hz"
    return Log(t, values.astype(np.float32), kind, len(numbers) - len(good), label)
