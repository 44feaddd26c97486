"""Takes the table of a motion sensor as phones and boards save it, gives its samples in g and °/s, or says why not.

Known by their headings: `t,ax,ay,az,gx,gy,gz` and the like; phyphox ("Time (s)", "Acceleration x (m/s^2)"), Physics
Toolbox ("time", "gFx", "wx"), Sensor Logger ("seconds_elapsed", "z", "y", "x"), SensorLog
("accelerometerAccelerationX(G)", "motionRotationRateX(rad/s)"); commas, semicolons or tabs, decimal points or commas.
A column "label" divides a table. Numbers without headings are x, y, z and the rotation about them, perhaps with the
time before.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.channels import AXES
from gongzhi.learn.formats import UnfitError
from gongzhi.learn.recording import MOST_FRAMES
from gongzhi.text import N_

UNIT: Final = "g"
TURNING: Final = "g, °/s"  # the unit of samples with rotation, as boards tell them (parts.py)
Unit = str
UNITS: Final[Mapping[str, float]] = {"g": 1.0, "mg": 1e-3, "m/s2": 1 / 9.80665}  # in g; CODATA's standard gravity
_UNIT_WORDS: Final = {
    "g": "g", "mg": "mg", "m/s2": "m/s2", "m/s^2": "m/s2", "m/s²": "m/s2", "ms-2": "m/s2", "ms^-2": "m/s2",
    "m/s/s": "m/s2", "米/秒²": "m/s2",
}  # fmt: skip
TURN_UNITS: Final[Mapping[str, float]] = {"deg/s": 1.0, "rad/s": 180 / math.pi}  # in °/s
_TURN_WORDS: Final = {
    "deg/s": "deg/s", "°/s": "deg/s", "º/s": "deg/s", "dps": "deg/s", "deg/sec": "deg/s", "degrees/s": "deg/s",
    "度/秒": "deg/s", "°/秒": "deg/s", "rad/s": "rad/s", "rads": "rad/s", "rad/sec": "rad/s", "rad s-1": "rad/s",
    "弧度/秒": "rad/s",
}  # fmt: skip
_SECONDS: Final = {"s": 1.0, "sec": 1.0, "秒": 1.0, "ms": 1e-3, "毫秒": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
# In this order: an app that has both counts seconds from the start in the first.
_TIMES: Final = (
    "secondselapsed", "t", "time", "seconds", "elapsed", "elapsedtime", "时间", "timestamp", "loggingtime", "millis",
)  # fmt: skip
_OF_AXIS: Final = (
    "gf{}", "{}", "a{}", "acc{}", "accel{}", "acceleration{}", "accelerometer{}", "accelerometeracceleration{}",
    "{}acceleration", "加速度{}", "{}加速度", "{}轴加速度", "{}轴",
)  # fmt: skip
_BARE: Final = ("{}", "{}轴")  # which name an axis and not what is measured along it
_OF_TURN: Final = (
    "g{}", "gyro{}", "gyr{}", "gyroscope{}", "gyrorotation{}", "rotation{}", "rotationrate{}", "motionrotationrate{}",
    "angularvelocity{}", "r{}", "w{}", "ω{}", "omega{}", "陀螺仪{}", "角速度{}", "{}角速度", "{}轴角速度", "{}轴陀螺仪",
)  # fmt: skip
_LINEAR: Final = ("linearacceleration", "useracceleration", "motionuseracceleration", "线性加速度")
_LABELS: Final = ("label", "activity", "class", "标签", "类别")
_HEADER_LINES: Final = 40  # among which the headings are looked for
_LEAST_RATE: Final = 8.0  # samples a second: fewer show no step
# What a time between two samples means where no unit is told: no app saves more than 1000 a second, nor fewer than one.
_STEPS: Final = ((0.9, 1.0), (900.0, 1e-3), (9e5, 1e-6), (np.inf, 1e-9))
_FASTEST: Final[Mapping[str, float]] = {"deg/s": 4500.0, "rad/s": 36.0}  # beyond what any such sensor tells
_RANGE: Final = (4.0, 500.0)  # g and °/s, which boards tell at most (parts.py): more would be a sensor that none has
_WEIGHT: Final = (0.5, 1.8)  # g: the middle size of a force that has gravity in it, in the right unit


class UnsureError(UnfitError):
    """It does not say in which unit it turns; `degrees`: it must be °/s, for no sensor tells so many rad/s."""

    def __init__(self, degrees: bool) -> None:
        super().__init__(N_("it does not say the unit of its rotation: write --rotation deg/s or --rotation rad/s"))
        self.degrees = degrees


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """`t` (n,) seconds from 0, `values` (n, 3) float32 g, or (n, 6) with rotation in °/s, `kind` what it was, `dropped`
    rows, `label` where it says; `timed`: it has the time."""

    t: NDArray[np.float64]
    values: NDArray[np.float32]
    kind: str
    dropped: int = 0
    label: str | None = None
    timed: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what is, in a row: `time` None where each row is one step later; `unit`, `turn_unit` and `seconds` "" and 0
    where the heading does not say it; `turns_as`: what it then is, if nobody says it."""

    time: int | None
    axes: tuple[int, ...]
    turns: tuple[int, ...] = ()
    label: int | None = None
    unit: Unit = ""
    turn_unit: Unit = ""
    seconds: float = 0.0
    linear: bool = False
    turns_as: Unit = ""


def _heading(text: str) -> tuple[str, str]:
    """(the letters of a heading, its unit)."""
    found = re.match(r"^(.*?)[\s_]*[(\[]\s*([^)\]]*?)\s*[)\]]\s*$", text.strip())
    word, unit = (found[1], found[2]) if found else (text, "")
    return re.sub(r"[^0-9a-zω\u4e00-\u9fff]", "", word.lower()), unit.strip().lower()


def columns(headings: Sequence[str]) -> Columns | None:
    """Which column is which; None where there are no three axes among these headings, or none that is said to be an
    acceleration and no time."""
    named = [_heading(each) for each in headings]
    words = [word for word, _ in named]
    time = next((words.index(each) for each in _TIMES if each in words), None)
    pattern, axes = _axes(words, (*_OF_AXIS, *(f"{word}{{}}" for word in _LINEAR)))
    if not axes or (time is None and pattern in _BARE):
        return None
    turned, turns = _axes(words, _OF_TURN)
    label = next((words.index(each) for each in _LABELS if each in words), None)
    unit = _UNIT_WORDS.get(named[axes[0]][1], "g" if pattern == "gf{}" else "")
    turn_unit = _TURN_WORDS.get(named[turns[0]][1], "") if turns else ""
    seconds = 0.0
    if time is not None:
        seconds = _SECONDS.get(named[time][1], 1e-3 if words[time] == "millis" else 0.0)
    linear = pattern.removesuffix("{}") in _LINEAR
    return Columns(time, axes, turns, label, unit, turn_unit, seconds, linear, "rad/s" if turned == "w{}" else "")


def _axes(words: list[str], patterns: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """The first of the patterns by which three columns are called, and these; ("", ()) without any."""
    for pattern in patterns:
        wanted = [pattern.format(axis) for axis in AXES]
        if all(each in words for each in wanted):
            return pattern, tuple(map(words.index, wanted))
    return "", ()


def bare(wide: int) -> Columns | None:
    """Which of so many numbers in a row without headings is which."""
    time, first = (0, 1) if wide in (4, 7) else (None, 0)
    if wide not in (3, 4, 6, 7):
        return None
    return Columns(time, tuple(range(first, first + 3)), tuple(range(first + 3, wide)))


def rows_of(text: str) -> tuple[Columns, list[list[str]]] | None:
    """The columns of a table and its rows; None where it is no motion sensor's. Raises UnfitError."""
    lines = text.splitlines()
    try:
        if (at := _headed(lines)) is None:
            return _unheaded(lines)
        found, separator, first = at
        rows = list(csv.reader(io.StringIO("\n".join(lines[first:])), delimiter=separator))
    except csv.Error as error:
        raise UnfitError(N_("it cannot be read: {error}"), error=str(error)) from error
    if separator != ",":  # then a comma may be the decimal point
        rows = [[cell.replace(",", ".") for cell in row] for row in rows]
    return found, [row for row in rows if any(cell.strip() for cell in row)]


def columns_of(text: str) -> Columns | None:
    """The columns of a table alone; None where it is no motion sensor's."""
    lines = text.splitlines()
    try:
        at = _headed(lines)
        found = _unheaded(lines[:_HEADER_LINES]) if at is None else at[:1]
    except csv.Error:
        return None
    return found[0] if found else None


def _headed(lines: list[str]) -> tuple[Columns, str, int] | None:
    """The columns by their headings, what separates them, and the line after these."""
    for number, line in enumerate(lines[:_HEADER_LINES]):
        separator = max(";\t,", key=line.count)
        if separator in line and (found := columns(next(csv.reader([line], delimiter=separator)))) is not None:
            return found, separator, number + 1
    return None


def _unheaded(lines: list[str]) -> tuple[Columns, list[list[str]]] | None:
    """Lines of six numbers, or of seven with the time: no keypoints come so."""
    split = (_cells(line.strip()) for line in lines if line.strip())
    first = next(split, [])  # of keypoints no more is looked at
    if len(first) < 2 * len(AXES) or (found := bare(len(first))) is None or not all(map(_is_number, first)):
        return None
    rows = [first, *split]
    return (found, rows) if all(len(row) == len(first) for row in rows) else None


def _cells(line: str) -> list[str]:
    """Of a row without headings; a comma between digits is the decimal point where something else separates."""
    if ";" in line or "\t" in line:
        line = re.sub(r"(?<=\d),(?=\d)", ".", line)
    return re.split(r"[,;\s]+", line)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def logs(
    found: Columns, rows: Sequence[Sequence[str]], unit: Unit = "", *, turn_unit: Unit | None = None, fps: float = 30.0
) -> list[Log]:
    """The samples, one log for each stretch of one label.

    `unit` and `turn_unit` for headings that do not say it (a `turn_unit` of None: rotation is not wanted), `fps` rows a
    second where no column has the time. Raises UnfitError; UnsureError where nothing says in which unit it turns.
    """
    if len(rows) > MOST_FRAMES:
        raise UnfitError(N_("it is too large"))
    if found.linear:
        raise UnfitError(N_("gravity has been taken out of it, and boards feel it: save the acceleration with gravity"))
    unit = found.unit or unit
    if unit not in UNITS:
        raise UnfitError(N_("it does not say its unit: write --unit g, --unit m/s2 or --unit mg"))
    wanted = [*found.axes, *(found.turns if turn_unit is not None else ())]
    numbers = np.full((len(rows), 1 + len(wanted)), np.nan)
    said: list[str] = []
    for at, row in enumerate(rows):
        label = row[found.label].strip() if found.label is not None and found.label < len(row) else ""
        said.append(label)
        try:
            t = at / fps if found.time is None else _time(row[found.time])
            numbers[at] = [t, *(float(row[axis]) for axis in wanted)]
        except (ValueError, IndexError, OverflowError, OSError):  # the last two: a date before or after all clocks
            continue  # counted below
    units = [unit]
    if len(wanted) > len(AXES):
        units.append(_turn_unit(numbers[:, 4:], found.turn_unit or turn_unit or found.turns_as))
    timed = found.time is not None
    made = [
        _log(numbers[first:last], units, found.seconds if timed else 1.0, said[first] or None)
        for first, last in _stretches(said)
    ]
    return [replace(each, timed=timed) for each in made]


def _turn_unit(turns: NDArray[np.float64], unit: Unit) -> Unit:
    """In which unit this is, if it is in any. Raises UnfitError, UnsureError."""
    good = np.abs(turns[np.isfinite(turns)])
    most = float(np.percentile(good, 99)) if len(good) else 0.0
    if not unit:
        raise UnsureError(most > _FASTEST["rad/s"])
    if most > _FASTEST[unit]:
        raise UnfitError(
            N_("its rotation goes up to {most:.0f}, and no sensor tells so many {unit}"), most=most, unit=unit
        )
    return unit


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.datetime.fromisoformat(text.strip()).timestamp()


def _stretches(labels: list[str]) -> list[tuple[int, int]]:
    ends = [i for i in range(1, len(labels)) if labels[i] != labels[i - 1]]
    return list(zip([0, *ends], [*ends, len(labels)], strict=True)) if labels else []


def _log(numbers: NDArray[np.float64], units: Sequence[Unit], seconds: float, label: str | None) -> Log:
    unit, *turned = units
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
    values = good[:, 1:4] * UNITS[unit]
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
    values = np.clip(values, -_RANGE[0], _RANGE[0])
    for each in turned:
        values = np.hstack([values, np.clip(good[:, 4:] * TURN_UNITS[each], -_RANGE[1], _RANGE[1])])
    kind = f"{', '.join(units)}, {rate:.0f} Hz"
    return Log(t, values.astype(np.float32), kind, len(numbers) - len(good), label)
