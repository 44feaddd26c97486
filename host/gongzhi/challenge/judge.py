"""Takes a submitted model's bytes, gives its word on windows; meant to run in the sandbox, for it trusts nothing.

A model may come from any tool: one float32 input, (1, 30, 36) of `learn.features.describe` or (1, 30, 13, 2) points in
trunks, one output of (1, labels), and its labels in the file, as Gongzhi writes them or as TensorFlow's metadata tools
do (a zip with labels.txt at the end).
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib
from time import perf_counter_ns
from typing import Any, Final

import msgspec
import numpy as np
import tflite
from numpy.typing import NDArray

from gongzhi.challenge.fault import Fault
from gongzhi.errors import ModelError
from gongzhi.learn.features import COUNT, JOINTS, Mask, Points, describe
from gongzhi.learn.windows import LENGTH
from gongzhi.pose.interpreter import TfliteModel

_LABELS_FILE: Final = "labels.txt"
_MOST_LABELS_BYTES: Final = 8192
_MOST_TENSORS: Final = 100_000
_MOST_PARTS: Final = 1000  # subgraphs, and entries of metadata that are looked at
_WIDTH: Final = 8  # bytes of the widest number
_SHAPES: Final = {(1, LENGTH, COUNT), (1, LENGTH, len(JOINTS), 2)}
# What a damaged file makes flatbuffers, struct, numpy, zipfile and the interpreter raise.
_FAULTS: Final = (
    ValueError, IndexError, TypeError, KeyError, AttributeError, OverflowError, RuntimeError, struct.error, OSError,
    zipfile.BadZipFile, zlib.error, ModelError,
)  # fmt: skip


def answers(
    content: bytes, labels: list[str], points: Points, seen: Mask, memory_mb: int
) -> list[tuple[int, float, float]]:
    """For each of n windows (`points` (n, 30, 13, 2), `seen` (n, 30, 13)) the number of the label in `labels`, its
    probability as the model said it, and the milliseconds that the model took. Raises Fault."""
    try:
        own, mean = _described(content, memory_mb)
        if sorted(own) != sorted(labels):
            raise Fault("labels", ", ".join(sorted(set(own) ^ set(labels))) or "2 x")
        model = TfliteModel(content, threads=1)
        entry = model.input()
        shape, kind = entry.shape, entry.dtype
        del entry  # the interpreter's own memory: it must not be held while the model runs
        if shape not in _SHAPES or kind != np.float32 or (1, len(own)) not in model.shapes:
            raise Fault("shapes", f"{shape} {kind} -> {model.shapes}")
    except _FAULTS as error:
        raise Fault("model", str(error)) from error
    windows = _inputs(shape, points, seen, mean)
    order = [labels.index(label) for label in own]
    return [_one(model, number, window, order) for number, window in enumerate(windows)]


def _one(model: TfliteModel, number: int, window: NDArray[np.float32], order: list[int]) -> tuple[int, float, float]:
    try:
        model.input()[0] = window
        start = perf_counter_ns()
        model.invoke()
        took = (perf_counter_ns() - start) / 1e6
        said = model.output(1, len(order))[0].astype(np.float64)
    except _FAULTS as error:
        raise Fault("model", str(error)) from error
    if not np.isfinite(said).all():
        raise Fault("number", str(number + 1))
    best = int(said.argmax())
    return order[best], float(np.clip(said[best], 0.0, 1.0)), took


def _inputs(shape: tuple[int, ...], points: Points, seen: Mask, mean: NDArray[np.float32]) -> NDArray[np.float32]:
    if shape[-1] == 2:
        return (points * seen[..., None]).astype(np.float32)
    values, known = describe(points, seen)
    return np.where(known, values, mean).astype(np.float32)


def _described(content: bytes, memory_mb: int) -> tuple[list[str], NDArray[np.float32]]:
    """The model's labels in the order of its outputs, and the mean that stands for unknown numbers (0 where the file
    does not say); checks first that its tensors can be held at all."""
    if content[4:8] != b"TFL3":
        raise Fault("model", "TFL3")
    model = tflite.Model.GetRootAs(content)
    if model.Version() != 3 or not 1 <= model.SubgraphsLength() <= _MOST_PARTS:
        raise Fault("model", f"version {model.Version()}")
    total = sum(_size(model.Subgraphs(i)) for i in range(model.SubgraphsLength()))
    if total > memory_mb << 20:
        raise Fault("tensors", str(total >> 20))
    found = {}
    for i in range(min(model.MetadataLength(), _MOST_PARTS)):
        each = model.Metadata(i)
        data = model.Buffers(each.Buffer()).DataAsNumpy()
        found[each.Name()] = b"" if isinstance(data, int) else data.tobytes()
    text = (found.get(b"labels") or _zipped(content)).decode("utf-8-sig")
    labels = [line.strip() for line in text.splitlines()]
    return [label for label in labels if label], _mean(found.get(b"gongzhi", b""))


def _size(graph: Any) -> int:
    """Bytes of all tensors, as far as their shapes say."""
    if graph.TensorsLength() > _MOST_TENSORS:
        raise Fault("tensors", "?")
    total = 0
    for i in range(graph.TensorsLength()):
        shape = graph.Tensors(i).ShapeAsNumpy()
        sizes = [] if isinstance(shape, int) else [int(each) for each in shape]
        if any(each < -1 for each in sizes):
            raise Fault("model", f"{sizes}")
        total += _WIDTH * math.prod(max(each, 1) for each in sizes)
    return total


def _zipped(content: bytes) -> bytes:
    """labels.txt of the zip at the file's end; no more of it is unpacked than labels can be long."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise Fault("unlabelled", "")
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(_LABELS_FILE) as file:
        text = file.read(_MOST_LABELS_BYTES + 1)
    if len(text) > _MOST_LABELS_BYTES:
        raise Fault("unlabelled", f"{_LABELS_FILE} > {_MOST_LABELS_BYTES}")
    return text


class _Note(msgspec.Struct):
    mean: list[float] = []


def _mean(note: bytes) -> NDArray[np.float32]:
    try:
        mean = np.array(msgspec.json.decode(note, type=_Note).mean, np.float32) if note else np.zeros(0, np.float32)
    except msgspec.DecodeError:
        mean = np.zeros(0, np.float32)
    return mean if mean.shape == (COUNT,) and np.isfinite(mean).all() else np.zeros(COUNT, np.float32)
