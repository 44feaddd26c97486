"""Takes a recording of either kind, gives its file, and reads it back: JSON lines, or Parquet (parquet.py)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from gongzhi.errors import DataError
from gongzhi.learn.hand_track import HandTrack, empty
from gongzhi.learn.recording import HandLine, Head, Line, Recording
from gongzhi.learn.sensor_recording import AnyRecording, SensorHead, SensorRecording
from gongzhi.text import N_

MOST_BYTES: Final = 512 << 20
_MOST_HEAD: Final = 1 << 16  # bytes of a first line
HINT: Final = N_("Take this file out of the data set, or import or record it again.")


class SensorLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample of a sensor."""

    t: float
    v: list[float]


def head_type(plain: object) -> type[Head] | type[SensorHead]:
    """Which kind a head is of."""
    return SensorHead if isinstance(plain, dict) and "channels" in plain else Head


def head_line(head: Head | SensorHead) -> bytes:
    """The first line; where nobody looked for hands it does not speak of them."""
    plain = msgspec.to_builtins(head)
    if not plain.get("hands", True):
        del plain["hands"]
    return msgspec.json.encode(plain)


def encode(recording: AnyRecording, ending: str = ".jsonl") -> bytes:
    """The content of a file with this ending (".jsonl" or ".parquet"). As JSON lines it is the head, then a line a
    frame: tenths of a pixel, thousandths of a score and of a hand's palm, or a sample's numbers with five digits
    behind the point."""
    if ending == ".parquet":
        from gongzhi.learn import parquet

        return parquet.encode(recording)
    lines: list[bytes] = [head_line(recording.head)]
    if isinstance(recording, SensorRecording):
        for t, values in zip(recording.t, recording.values, strict=True):
            sample = SensorLine(round(float(t), 4), [round(float(value), 5) for value in values])
            lines.append(msgspec.json.encode(sample))
    else:
        for number, (t, xy, score) in enumerate(zip(recording.t, recording.xy, recording.score, strict=True)):
            points = [(round(float(x), 1), round(float(y), 1)) for x, y in xy]
            hands = [None, None] if recording.hands is None else _hand_lines(recording.hands, number)
            line = Line(round(float(t), 4), points, [round(float(s), 3) for s in score], *hands)
            lines.append(msgspec.json.encode(line))
    return b"\n".join(lines) + b"\n"


def head(path: Path) -> Head | SensorHead | None:
    """What a recording says of itself, read without the rest of it; None for a Parquet file of another program. Raises
    DataError."""
    if path.suffix.lower() == ".parquet":
        from gongzhi.learn import parquet

        return parquet.head(path)
    try:
        with path.open("rb") as file:
            return _head(file.readline(_MOST_HEAD))
    except (OSError, ValueError, RecursionError, msgspec.DecodeError) as error:
        raise _fault(path, 1, error) from error


def _head(line: bytes) -> Head | SensorHead:
    found = msgspec.json.decode(line, type=head_type(msgspec.json.decode(line)))
    if found.format != 1:
        raise ValueError(f"format {found.format} is not known")
    return found


def _fault(path: Path, number: int, error: Exception) -> DataError:
    if isinstance(error, OSError):
        return DataError(
            N_("The file {file} cannot be read: {why}"), N_("Is it a file, and may you read it?"),
            file=path, why=error.strerror or error,
        )  # fmt: skip
    return DataError(
        N_("{path}, line {number}: this is no recording: {error}"), HINT,
        path=str(path), number=number, error=str(error),
    )  # fmt: skip


def read(path: Path) -> AnyRecording:
    """The recording in a file. Raises DataError, with the line, for anything that is not one."""
    if path.suffix.lower() == ".parquet":
        from gongzhi.learn import parquet

        return parquet.read(path)
    number = 1
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("the file is too large")
        first, *rest = path.read_bytes().split(b"\n")
        said = _head(first)
        decoder = msgspec.json.Decoder(SensorLine if isinstance(said, SensorHead) else Line)
        lines: list[Any] = []
        for line in rest:
            number += 1
            if line.strip():
                lines.append(decoder.decode(line))
        if not all(math.isfinite(line.t) for line in lines):
            raise ValueError("a time is not finite")
        number = 1
        return _joined(path.stem, said, lines)
    except (OSError, ValueError, RecursionError, msgspec.DecodeError) as error:
        raise _fault(path, number, error) from error


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
    score = np.array([row.s for row in rows], np.float32).reshape(-1, 33)
    return Recording(name, head, t, points, score, _track(head, rows))


def _hand_lines(hands: HandTrack, frame: int) -> list[HandLine | None]:
    made: list[HandLine | None] = []
    for xy, shape, score in zip(hands.xy[frame], hands.shape[frame], hands.score[frame], strict=True):
        points: Any = [tuple(row) for row in np.round(xy.astype(float), 1).tolist()]
        space: Any = [tuple(row) for row in np.round(shape.astype(float), 3).tolist()]
        made.append(HandLine(points, space, max(round(float(score), 3), 0.001)) if score > 0 else None)
    return made


def _track(head: Head, rows: list[Line]) -> HandTrack | None:
    if not head.hands:
        if any(row.left or row.right for row in rows):
            raise ValueError("there are hands, and its head does not say so")
        return None
    made = empty(len(rows))
    for number, row in enumerate(rows):
        for side, hand in enumerate((row.left, row.right)):
            if hand is not None:
                made.xy[number, side], made.shape[number, side] = hand.xy, hand.xyz
                made.score[number, side] = hand.s
    return HandTrack(made.xy, made.shape, made.score)
