"""Takes a recording of either kind, gives its file, and reads it back: JSON lines, or Parquet (parquet.py)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from gongzhi.errors import DataError
from gongzhi.learn.recording import Head, Line, Recording
from gongzhi.learn.sensor_recording import AnyRecording, SensorHead, SensorRecording
from gongzhi.text import N_

MOST_BYTES: Final = 512 << 20
HINT: Final = N_("Take this file out of the data set, or import or record it again.")


class SensorLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample of a sensor."""

    t: float
    v: list[float]


def head_type(plain: object) -> type[Head] | type[SensorHead]:
    """Which kind a head is of."""
    return SensorHead if isinstance(plain, dict) and "channels" in plain else Head


def encode(recording: AnyRecording) -> bytes:
    """The file's content as JSON lines: the head, then a line a frame; tenths of a pixel and thousandths of a score, or
    a sample's numbers with five digits behind the point."""
    lines: list[bytes] = [msgspec.json.encode(recording.head)]
    if isinstance(recording, SensorRecording):
        for t, values in zip(recording.t, recording.values, strict=True):
            line = SensorLine(round(float(t), 4), [round(float(value), 5) for value in values])
            lines.append(msgspec.json.encode(line))
    else:
        for t, xy, score in zip(recording.t, recording.xy, recording.score, strict=True):
            points = [(round(float(x), 1), round(float(y), 1)) for x, y in xy]
            lines.append(msgspec.json.encode(Line(round(float(t), 4), points, [round(float(s), 3) for s in score])))
    return b"\n".join(lines) + b"\n"


def read(path: Path) -> AnyRecording:
    """The recording in a file. Raises DataError, with the line, for anything that is not one."""
    if path.suffix == ".parquet":
        from gongzhi.learn import parquet

        return parquet.read(path)
    number = 1
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("the file is too large")
        head_line, *rest = path.read_bytes().split(b"\n")
        kind = head_type(msgspec.json.decode(head_line))
        head = msgspec.json.decode(head_line, type=kind)
        if head.format != 1:
            raise ValueError(f"format {head.format} is not known")
        decoder = msgspec.json.Decoder(SensorLine if kind is SensorHead else Line)
        lines: list[Any] = []
        for line in rest:
            number += 1
            if line.strip():
                lines.append(decoder.decode(line))
        if not all(math.isfinite(line.t) for line in lines):
            raise ValueError("a time is not finite")
        number = 1
        return _joined(path.stem, head, lines)
    except (OSError, ValueError, RecursionError, msgspec.DecodeError) as error:
        raise DataError(
            N_("{path}, line {number}: this is no recording: {error}"),
            HINT,
            path=str(path),
            number=number,
            error=str(error),
        ) from error


def read_keypoints(path: Path) -> Recording:
    """The same, of a person. Raises DataError for one of a sensor, too."""
    found = read(path)
    if not isinstance(found, Recording):
        raise DataError(N_("{path} is the recording of a sensor, not of a person."), HINT, path=str(path))
    return found


def _joined(name: str, head: Head | SensorHead, rows: list[Any]) -> AnyRecording:
    t = np.array([row.t for row in rows], np.float64)
    if isinstance(head, SensorHead):
        values = [row.v for row in rows]
        if any(len(row) != len(head.channels) for row in values):
            raise ValueError("a sample has not one number for each channel")
        return SensorRecording(name, head, t, np.array(values, np.float32).reshape(-1, len(head.channels)))
    points = np.array([row.xy for row in rows], np.float32).reshape(-1, 33, 2)
    return Recording(name, head, t, points, np.array([row.s for row in rows], np.float32).reshape(-1, 33))
