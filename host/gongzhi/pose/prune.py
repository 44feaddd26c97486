"""Takes a TFLite model's bytes, gives the same model without the operators that only dropped outputs need.

The flatbuffer is patched where it lies: two vectors of the subgraph become shorter (`outputs`, `operators`), nothing
else moves, so every weight, option and tensor index that stays is bit for bit the original's.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import tflite

from gongzhi.errors import ModelError
from gongzhi.text import N_

# Slots of the fields in the flatbuffers' virtual tables (4 + 2 × field number in TensorFlow's schema.fbs).
_SUBGRAPH_OUTPUTS, _SUBGRAPH_OPERATORS, _MODEL_SIGNATURES = 8, 10, 18


def prune(model: bytes, keep: Callable[[tuple[int, ...]], bool]) -> bytes:
    """Drop the outputs whose shape `keep` refuses and all operators that no kept output depends on.

    `model` has one subgraph; raises ModelError when it is no TFLite model or `keep` refuses every output.
    """
    if model[4:8] != b"TFL3":
        raise ModelError(N_("This file is not a TFLite model."), N_("Run: gongzhi models fetch"))
    patched = bytearray(model)
    root = tflite.Model.GetRootAsModel(patched, 0)
    graph = root.Subgraphs(0)
    kept = [int(t) for t in graph.OutputsAsNumpy() if keep(tuple(graph.Tensors(int(t)).ShapeAsNumpy().tolist()))]
    if not kept or root.SubgraphsLength() != 1:
        raise ModelError(N_("The pose model has not the outputs that were expected."), N_("Update Gongzhi."))
    alive = _alive(graph, kept)
    operators = _vector(graph, _SUBGRAPH_OPERATORS)
    for new, old in enumerate(alive):
        source, target = operators + 4 * old, operators + 4 * new
        # An element is an offset from its own place to the operator: moved towards the start, it grows.
        (offset,) = struct.unpack_from("<I", patched, source)
        struct.pack_into("<I", patched, target, offset + source - target)
    _shorten(patched, operators, len(alive))
    outputs = _vector(graph, _SUBGRAPH_OUTPUTS)
    struct.pack_into(f"<{len(kept)}i", patched, outputs, *kept)
    _shorten(patched, outputs, len(kept))
    if root.SignatureDefsLength():  # signatures name all outputs; without them the model runs by tensor index
        _shorten(patched, _vector(root, _MODEL_SIGNATURES), 0)
    return bytes(patched)


def _alive(graph: Any, kept: list[int]) -> list[int]:
    """The indices, in order, of the operators that the tensors `kept` depend on."""
    needed, alive = set(kept), []
    for index in range(graph.OperatorsLength() - 1, -1, -1):
        operator = graph.Operators(index)
        if needed.intersection(operator.OutputsAsNumpy().tolist()):
            needed.update(t for t in operator.InputsAsNumpy().tolist() if t >= 0)
            alive.append(index)
    return alive[::-1]


def _vector(table: Any, slot: int) -> int:
    """Where the first element of the table's vector lies, in bytes from the start of the file."""
    return int(table._tab.Vector(table._tab.Offset(slot)))


def _shorten(buffer: bytearray, vector: int, length: int) -> None:
    struct.pack_into("<I", buffer, vector - 4, length)
