"""Takes a file that may be a motion sensor's log or a recording of ours, gives it to a data set, or a reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn import files, formats
from gongzhi.learn.channels import AXES, TURNS
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.formats import Frames, UnfitError
from gongzhi.learn.importing_report import Options
from gongzhi.learn.recording import Head
from gongzhi.learn.sensor_formats import (
    TURNING,
    UNIT,
    Columns,
    Log,
    bare,
    columns,
    columns_of,
    logs,
    rows_of,
)  # fmt: skip
from gongzhi.learn.sensor_recording import AnyRecording, SensorHead, SensorRecording, sensor_head
from gongzhi.text import N_

ARRAYS: Final = frozenset({".npy", ".npz"})
TABLES: Final = frozenset({".csv", ".txt", ".tsv", ".parquet"}) | ARRAYS
OURS: Final = frozenset({".jsonl", ".parquet"})
LOOKED: Final = 50  # files that are looked at to know what a folder holds
_TURNING: Final = [*AXES, *TURNS]
_KINDS: Final[tuple[tuple[list[str], str], ...]] = ((list(AXES), UNIT), (_TURNING, TURNING))


def kind_of(paths: Iterable[Path]) -> tuple[list[str], str]:
    """The channels and the unit of a new data set for these files: none for people; with rotation where every table of
    a motion sensor has it."""
    found: list[Columns] = []
    for path in [path for path in paths if path.suffix.lower() in OURS | TABLES][:LOOKED]:
        try:
            head = head_of_file(path)
            if head is not None:
                return (head.channels, head.unit) if isinstance(head, SensorHead) else ([], "")
            which = _which(path) if path.suffix.lower() in TABLES else None
        except UnfitError:
            continue
        if which is not None:
            found.append(which)
    if not found:
        return [], ""
    channels, unit = _KINDS[all(each.turns for each in found)]
    return list(channels), unit


def head_of_file(path: Path) -> Head | SensorHead | None:
    """What a recording of ours says of itself; None for any other file. Raises UnfitError."""
    if path.suffix.lower() not in OURS:
        return None
    try:
        return files.head(path)
    except DataError as error:
        raise UnfitError(error.message, **error.values) from error


def ours(path: Path) -> AnyRecording | None:
    """A recording of ours; None for any other file. Raises UnfitError."""
    if head_of_file(path) is None:
        return None
    try:
        return files.read(path)
    except DataError as error:
        raise UnfitError(error.message, **error.values) from error


def _which(path: Path) -> Columns | None:
    """The columns of a motion sensor's table; None where it is none. Raises UnfitError."""
    if path.suffix.lower() in ARRAYS:
        return _bare(formats.arrays(path))
    return columns(list(_columns(path))) if path.suffix.lower() == ".parquet" else columns_of(formats.text_in(path))


def _bare(arrays: list[NDArray[Any]]) -> Columns | None:
    """Of rows of six numbers, or of seven with the time: no keypoints come so."""
    wide = {each.shape[1] if each.ndim == 2 and each.dtype.kind in "fiu" else 0 for each in arrays}
    return bare(wide.pop()) if wide in ({6}, {7}) else None


def _tables(path: Path) -> list[tuple[Columns, list[list[str]]]]:
    """A motion sensor's table, an archive's several; [] where it is none. Raises UnfitError."""
    suffix = path.suffix.lower()
    if suffix in ARRAYS:
        arrays = formats.arrays(path)
        which = _bare(arrays)
        return [] if which is None else [(which, _texts(each.tolist())) for each in arrays]
    if suffix != ".parquet":
        found = rows_of(formats.text_in(path))
        return [] if found is None else [found]
    named = _columns(path)
    which = columns(list(named))
    if which is None or any(each.ndim != 1 for each in named.values()):
        return []
    return [(which, _texts(zip(*(each.tolist() for each in named.values()), strict=True)))]


def _texts(rows: Iterable[Iterable[float]]) -> list[list[str]]:
    return [list(map(repr, row)) for row in rows]


def _columns(path: Path) -> dict[str, NDArray[np.float64]]:
    from gongzhi.learn import parquet

    try:
        return parquet.table(path)
    except DataError as error:
        raise UnfitError(error.message, **error.values) from error


def table_of(path: Path, size: tuple[int, int]) -> Frames:
    """Keypoints out of a Parquet file of another program: its columns of numbers, a frame a row. Raises UnfitError."""
    found = [each.reshape(len(each), -1) for each in _columns(path).values()]
    if not found:
        raise UnfitError(N_("it does not hold numbers"))
    return formats.frames(np.concatenate(found, 1), size)


def take_logs(path: Path, label: str, target: Dataset, options: Options) -> list[Log] | None:
    """Add what is in a motion sensor's table; None where the file is none. Raises UnfitError; UnsureError where only
    the rotation's unit is missing."""
    found = _tables(path)
    kind = target.about.channels, target.about.unit
    if not found:
        if target.about.channels:
            raise UnfitError(N_("it has no columns for the time and for x, y and z"))
        return None
    if kind not in _KINDS:
        raise UnfitError(
            N_("it is an accelerometer’s: sensors have a data set of their own, so name another with --to")
        )
    turning = kind == _KINDS[1]
    if turning and not all(which.turns for which, _ in found):
        raise UnfitError(N_("it does not tell the rotation, and this data set learns from it"))
    made: list[Log] = []
    for which, rows in found:
        rotation = options.rotation if turning else None
        made += logs(which, rows, options.unit, turn_unit=rotation, fps=options.fps)
    for each in made:
        try:
            head = sensor_head(each.label or label, *kind, person=options.person, source=f"log: {path.name}"[:200])
            target.add(SensorRecording(path.stem, head, each.t, each.values))
        except ValueError as error:
            raise UnfitError(N_("it cannot be read: {error}"), error=str(error)[:200]) from error
    return made
