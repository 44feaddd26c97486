"""Takes a recording, gives it as a Parquet file, and reads one back: columns of numbers that other programs read, too.

Columns: `t` (s), and `xy` (66 numbers, x and y of 33 points) and `s` (33), or one for each channel of a sensor; where
hands were looked for `hands_xy` (84), `hands_xyz` (126) and `hands_s` (2, 0 for one that is not seen); the metadata
"gongzhi" is the recording's head as JSON. pyarrow is an extra: 40 MB that only these files need.
"""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.files import HINT, MOST_BYTES, head_line, head_type
from gongzhi.learn.hand_track import HandTrack
from gongzhi.learn.recording import MOST_FRAMES, Head, Recording
from gongzhi.learn.sensor_recording import AnyRecording, SensorHead, SensorRecording
from gongzhi.text import N_

_KEY: Final = b"gongzhi"
_FAULTS: Final = (OSError, ValueError, TypeError, KeyError, MemoryError, RecursionError, msgspec.DecodeError)
_MOST_COLUMNS: Final = 512
# In all columns: equal ones take next to nothing in a file, and 8 bytes each when they are read.
_MOST_NUMBERS: Final = 128 * MOST_FRAMES


class _Modules:
    """pyarrow and its Parquet module. Raises DataError where they are not installed."""

    def __init__(self) -> None:
        try:
            self.arrow: Any = importlib.import_module("pyarrow")
            self.parquet: Any = importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise DataError(
                N_("Parquet files need pyarrow, which is not installed ({error})."),
                N_("Install it: pip install pyarrow. Or use JSON lines: gongzhi data convert FOLDER --to jsonl"),
                error=str(error),
            ) from error

    def numbers(self, kind: Any) -> bool:
        """Whether a column of this type holds numbers, or lists of them."""
        types = self.arrow.types
        kind = kind.value_type if types.is_fixed_size_list(kind) or types.is_list(kind) else kind
        return bool(types.is_integer(kind) or types.is_floating(kind))


def encode(recording: AnyRecording) -> bytes:
    """The file's content. Raises DataError where pyarrow is missing."""
    modules = _Modules()
    pa = modules.arrow
    columns: dict[str, Any] = {"t": pa.array(recording.t)}
    if isinstance(recording, SensorRecording):
        columns |= {name: pa.array(recording.values[:, i]) for i, name in enumerate(recording.head.channels)}
    else:
        lists = {"xy": recording.xy, "s": recording.score}
        if (hands := recording.hands) is not None:
            lists |= {"hands_xy": hands.xy, "hands_xyz": hands.shape, "hands_s": hands.score}
        for name, numbers in lists.items():
            size = numbers.size // len(numbers)
            columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(numbers.ravel()), size)
    table = pa.table(columns).replace_schema_metadata({_KEY: head_line(recording.head)})
    out = io.BytesIO()
    modules.parquet.write_table(table, out, compression="zstd")
    return out.getvalue()


def read(path: Path) -> AnyRecording:
    """The recording in a file. Raises DataError for anything that is not one, and where pyarrow is missing."""
    modules = _Modules()
    try:
        columns, metadata = _columns(modules, path)
        head = _head(metadata)
        t = columns["t"].astype(np.float64)
        if isinstance(head, SensorHead):
            values = np.stack([columns[name] for name in head.channels], 1).astype(np.float32)
            return SensorRecording(path.stem, head, t, values)
        xy, score = columns["xy"].astype(np.float32), columns["s"].astype(np.float32)
        return Recording(path.stem, head, t, xy.reshape(-1, 33, 2), score.reshape(-1, 33), _hands(head, columns))
    except _FAULTS as error:
        raise _fault(path, error) from error
    except modules.arrow.ArrowException as error:
        raise _fault(path, error) from error


def _hands(head: Head, columns: dict[str, NDArray[Any]]) -> HandTrack | None:
    if not head.hands:
        return None
    xy, shape, score = (columns[f"hands_{name}"].astype(np.float32) for name in ("xy", "xyz", "s"))
    return HandTrack(xy.reshape(-1, 2, 21, 2), shape.reshape(-1, 2, 21, 3), score.reshape(-1, 2))


def head(path: Path) -> Head | SensorHead | None:
    """What a recording says of itself, read without the rest of it; None for a file of another program. Raises
    DataError."""
    modules = _Modules()
    try:
        with modules.parquet.ParquetFile(path) as file:
            metadata = file.schema_arrow.metadata or {}
            return _head(metadata) if _KEY in metadata else None
    except _FAULTS as error:
        raise _fault(path, error) from error
    except modules.arrow.ArrowException as error:
        raise _fault(path, error) from error


def _head(metadata: dict[bytes, bytes]) -> Head | SensorHead:
    plain = msgspec.json.decode(metadata.get(_KEY, b"null"))
    if not isinstance(plain, dict):
        raise ValueError("it does not say what it shows")
    return msgspec.json.decode(metadata[_KEY], type=head_type(plain))


def table(path: Path) -> dict[str, NDArray[np.float64]]:
    """Any Parquet file's columns of numbers, for an import. Raises DataError."""
    modules = _Modules()
    try:
        return {name: one.astype(np.float64) for name, one in _columns(modules, path)[0].items()}
    except (OSError, ValueError, TypeError, MemoryError, modules.arrow.ArrowException) as error:
        raise _fault(path, error) from error


def _fault(path: Path, error: BaseException) -> DataError:
    return DataError(
        N_("{path} is no recording in Parquet: {error}"), HINT, path=str(path), error=str(error)[:200] or "?"
    )


def _columns(modules: _Modules, path: Path) -> tuple[dict[str, NDArray[Any]], dict[bytes, bytes]]:
    """The columns of numbers, lists of one length flattened to rows; and the metadata. A file says in its footer how
    large it is: one that is too large is refused before it is read."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("the file is too large")
    with modules.parquet.ParquetFile(path) as file:
        about = file.metadata
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if about.num_rows > MOST_FRAMES or about.num_columns > _MOST_COLUMNS or size > MOST_BYTES:
            raise ValueError("the file is too large")
        schema = file.schema_arrow
        names = [one.name for one in schema if modules.numbers(one.type)]
        # What is a text or a struct is never wanted, and may be a million times the same long one.
        columns = [about.row_group(i).column(j) for i in range(about.num_row_groups) for j in range(about.num_columns)]
        wanted = [one.num_values for one in columns if one.path_in_schema.partition(".")[0] in names]
        if sum(wanted) > _MOST_NUMBERS:
            raise ValueError("the file is too large")
        read = file.read(names, use_threads=False)
    found = {}
    for name, column in zip(read.column_names, read.columns, strict=True):
        one = column.combine_chunks()
        if one.null_count:
            raise ValueError(f"column {name!r} has holes")
        if modules.arrow.types.is_fixed_size_list(one.type) or modules.arrow.types.is_list(one.type):
            rows, one = len(one), one.flatten()
            if one.null_count or (rows and len(one) % rows):
                raise ValueError(f"the rows of column {name!r} are not equally long")
            numbers = one.to_numpy(zero_copy_only=False).reshape(rows, -1)
        else:
            numbers = one.to_numpy(zero_copy_only=False)
        if numbers.dtype.kind in "fiu":
            found[name] = numbers
    return found, dict(schema.metadata or {})
