"""Takes a file that may be an accelerometer's log or a recording of ours, gives it to a data set, or a reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from gongzhi.errors import DataError
from gongzhi.learn import files, formats
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.formats import Frames, UnfitError
from gongzhi.learn.sensor_formats import AXES, UNIT, Columns, Log, columns, logs, rows_of
from gongzhi.learn.sensor_recording import AnyRecording, SensorHead, SensorRecording, sensor_head
from gongzhi.text import N_

TABLES: Final = frozenset({".csv", ".txt", ".tsv", ".parquet"})
OURS: Final = frozenset({".jsonl", ".parquet"})
_LOOKED: Final = 50  # files that are looked at to know what a folder holds


def kind_of(paths: Iterable[Path]) -> tuple[list[str], str]:
    """The channels and the unit of a new data set for these files: none for people."""
    for number, path in enumerate(paths):
        if number >= _LOOKED:
            break
        suffix = path.suffix.lower()
        try:
            whole = ours(path) if suffix in OURS else None
            if whole is not None:
                return (whole.head.channels, whole.head.unit) if isinstance(whole.head, SensorHead) else ([], "")
            if suffix in TABLES and _table(path) is not None:
                return list(AXES), UNIT
        except UnfitError:
            continue
    return [], ""


def ours(path: Path) -> AnyRecording | None:
    """A recording of ours; None for a Parquet file of another program. Raises UnfitError."""
    try:
        if path.suffix.lower() == ".parquet":
            from gongzhi.learn import parquet

            return parquet.read(path) if parquet.ours(path) else None
        return files.read(path)
    except DataError as error:
        raise UnfitError(error.message, **error.values) from error


def _table(path: Path) -> tuple[Columns, list[list[str]]] | None:
    """An accelerometer's table; None where it is none. Raises UnfitError."""
    if path.suffix.lower() != ".parquet":
        return rows_of(formats.text_in(path))
    found = _columns(path)
    which = columns(list(found))
    if which is None or any(each.ndim != 1 for each in found.values()):
        return None
    return which, [list(map(repr, row)) for row in zip(*(each.tolist() for each in found.values()), strict=True)]


def _columns(path: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
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


def take_logs(path: Path, label: str, target: Dataset, person: str, unit: str) -> list[Log] | None:
    """Add what is in an accelerometer's table; None where the file is none. Raises UnfitError."""
    found = _table(path)
    if found is None:
        if target.about.channels:
            raise UnfitError(N_("it has no columns for the time and for x, y and z"))
        return None
    if (target.about.channels, target.about.unit) != (list(AXES), UNIT):
        raise UnfitError(
            N_("it is an accelerometer’s: sensors have a data set of their own, so name another with --to")
        )
    made = logs(*found, unit)
    for each in made:
        try:
            head = sensor_head(each.label or label, list(AXES), UNIT, person=person, source=f"log: {path.name}"[:200])
            target.add(SensorRecording(path.stem, head, each.t, each.values))
        except ValueError as error:
            raise UnfitError(N_("it cannot be read: {error}"), error=str(error)[:200]) from error
    return made
