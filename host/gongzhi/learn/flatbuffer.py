"""Takes tensors, operators and metadata, gives the bytes of a TFLite model (schema version 3).

The layout is TensorFlow Lite's schema.fbs; the `tflite` package holds its generated builders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import flatbuffers
import numpy as np
import tflite
from numpy.typing import NDArray

_IDENTIFIER: Final = b"TFL3"
_ALIGN: Final = 16  # bytes; the interpreter reads weights where they lie
Options = Callable[[Any], int]


@dataclass(slots=True)
class Graph:
    """One subgraph in the making; `tensor` and `operator` in the order in which they run, then `finish`."""

    _tensors: list[tuple[tuple[int, ...], str, int, int, tuple[float, int] | None]] = field(default_factory=list)
    _buffers: list[bytes] = field(default_factory=lambda: [b""])  # the schema wants an empty first one
    _operators: list[tuple[int, Sequence[int], Sequence[int], int, Options | None]] = field(default_factory=list)

    def tensor(
        self, name: str, shape: tuple[int, ...], data: NDArray[Any] | None = None, *, kind: int | None = None,
        quantised: tuple[float, int] | None = None,
    ) -> int:  # fmt: skip
        """The number of a new tensor: float32, or int32 where `data` is; without `data` it is computed. `kind`
        (tflite.TensorType) is that of a computed one which is not float32, `quantised` its scale and zero point."""
        buffer, kind = 0, tflite.TensorType.FLOAT32 if kind is None else kind
        if data is not None:
            kind = tflite.TensorType.INT32 if data.dtype == np.int32 else tflite.TensorType.FLOAT32
            plain = np.ascontiguousarray(data, np.int32 if data.dtype == np.int32 else np.float32)
            if plain.shape != shape:
                raise ValueError(f"{name}: {plain.shape} is not {shape}")
            self._buffers.append(plain.tobytes())
            buffer = len(self._buffers) - 1
        self._tensors.append((shape, name, buffer, kind, quantised))
        return len(self._tensors) - 1

    def operator(
        self, code: int, inputs: Sequence[int], output: int, kind: int = 0, options: Options | None = None
    ) -> None:
        """Add a built-in operator by its code; `kind` and `options` are its table of options, if it has one."""
        self._operators.append((code, inputs, [output], kind, options))

    def finish(self, inputs: Sequence[int], outputs: Sequence[int], metadata: dict[str, bytes]) -> bytes:
        """The whole file."""
        b = flatbuffers.Builder(1 << 16)
        buffers = [*self._buffers, *metadata.values()]
        buffer_vector = _vector(b, [_buffer(b, each) for each in buffers])
        first = len(self._buffers)
        named = [(b.CreateString(name), first + i) for i, name in enumerate(metadata)]
        metadata_vector = _vector(b, [_metadata(b, name, buffer) for name, buffer in named])
        codes = sorted({code for code, *_ in self._operators})
        code_vector = _vector(b, [_code(b, each) for each in codes])
        subgraphs = _vector(b, [self._subgraph(b, codes, inputs, outputs)])
        description = b.CreateString("gongzhi")
        tflite.ModelStart(b)
        tflite.ModelAddVersion(b, 3)
        tflite.ModelAddOperatorCodes(b, code_vector)
        tflite.ModelAddSubgraphs(b, subgraphs)
        tflite.ModelAddDescription(b, description)
        tflite.ModelAddBuffers(b, buffer_vector)
        tflite.ModelAddMetadata(b, metadata_vector)
        b.Finish(tflite.ModelEnd(b), _IDENTIFIER)
        return bytes(b.Output())

    def _subgraph(self, b: Any, codes: list[int], inputs: Sequence[int], outputs: Sequence[int]) -> int:
        tensors = _vector(b, [_tensor(b, *each) for each in self._tensors])
        operators = _vector(b, [_operator(b, codes.index(each[0]), *each[1:]) for each in self._operators])
        ins, outs, name = _ints(b, inputs), _ints(b, outputs), b.CreateString("main")
        tflite.SubGraphStart(b)
        tflite.SubGraphAddTensors(b, tensors)
        tflite.SubGraphAddInputs(b, ins)
        tflite.SubGraphAddOutputs(b, outs)
        tflite.SubGraphAddOperators(b, operators)
        tflite.SubGraphAddName(b, name)
        return int(tflite.SubGraphEnd(b))


def _vector(b: Any, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for each in reversed(offsets):
        b.PrependUOffsetTRelative(each)
    return int(b.EndVector())


def _ints(b: Any, values: Sequence[int]) -> int:
    return int(b.CreateNumpyVector(np.asarray(values, np.int32)))


def _buffer(b: Any, content: bytes) -> int:
    data = 0
    if content:
        b.StartVector(1, len(content), _ALIGN)
        b.head -= len(content)  # as CreateByteVector does, which cannot align
        b.Bytes[b.head : b.head + len(content)] = content
        data = b.EndVector()
    tflite.BufferStart(b)
    if content:
        tflite.BufferAddData(b, data)
    return int(tflite.BufferEnd(b))


def _metadata(b: Any, name: int, buffer: int) -> int:
    tflite.MetadataStart(b)
    tflite.MetadataAddName(b, name)
    tflite.MetadataAddBuffer(b, buffer)
    return int(tflite.MetadataEnd(b))


def _code(b: Any, code: int) -> int:
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, code)
    tflite.OperatorCodeAddBuiltinCode(b, code)
    tflite.OperatorCodeAddVersion(b, 1)
    return int(tflite.OperatorCodeEnd(b))


def _tensor(
    b: Any, shape: tuple[int, ...], name: str, buffer: int, kind: int, quantised: tuple[float, int] | None
) -> int:
    text, sizes = b.CreateString(name), _ints(b, shape)
    scale = _quantisation(b, *quantised) if quantised else 0
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, sizes)
    tflite.TensorAddType(b, kind)
    tflite.TensorAddBuffer(b, buffer)
    tflite.TensorAddName(b, text)
    if quantised:
        tflite.TensorAddQuantization(b, scale)
    return int(tflite.TensorEnd(b))


def _quantisation(b: Any, scale: float, zero: int) -> int:
    scales, zeros = (b.CreateNumpyVector(np.array([one], kind)) for one, kind in ((scale, "<f4"), (zero, "<i8")))
    tflite.QuantizationParametersStart(b)
    tflite.QuantizationParametersAddScale(b, scales)
    tflite.QuantizationParametersAddZeroPoint(b, zeros)
    return int(tflite.QuantizationParametersEnd(b))


def _operator(
    b: Any, index: int, inputs: Sequence[int], outputs: Sequence[int], kind: int, options: Options | None
) -> int:
    ins, outs = _ints(b, inputs), _ints(b, outputs)
    table = options(b) if options else 0
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, index)
    tflite.OperatorAddInputs(b, ins)
    tflite.OperatorAddOutputs(b, outs)
    if options:
        tflite.OperatorAddBuiltinOptionsType(b, kind)
        tflite.OperatorAddBuiltinOptions(b, table)
    return int(tflite.OperatorEnd(b))


def convolution(stride: int) -> Options:
    """CONV_2D along the width, no padding, ReLU."""

    def build(b: Any) -> int:
        tflite.Conv2DOptionsStart(b)
        tflite.Conv2DOptionsAddPadding(b, tflite.Padding.VALID)
        tflite.Conv2DOptionsAddStrideH(b, 1)
        tflite.Conv2DOptionsAddStrideW(b, stride)
        tflite.Conv2DOptionsAddDilationHFactor(b, 1)
        tflite.Conv2DOptionsAddDilationWFactor(b, 1)
        tflite.Conv2DOptionsAddFusedActivationFunction(b, tflite.ActivationFunctionType.RELU)
        return int(tflite.Conv2DOptionsEnd(b))

    return build


def difference(b: Any) -> int:
    """SUB without activation."""
    tflite.SubOptionsStart(b)
    tflite.SubOptionsAddFusedActivationFunction(b, tflite.ActivationFunctionType.NONE)
    return int(tflite.SubOptionsEnd(b))


def product(b: Any) -> int:
    """MUL without activation."""
    tflite.MulOptionsStart(b)
    tflite.MulOptionsAddFusedActivationFunction(b, tflite.ActivationFunctionType.NONE)
    return int(tflite.MulOptionsEnd(b))


def reduction(b: Any) -> int:
    """MEAN without the reduced axes."""
    tflite.ReducerOptionsStart(b)
    tflite.ReducerOptionsAddKeepDims(b, False)
    return int(tflite.ReducerOptionsEnd(b))


def dense(b: Any) -> int:
    """FULLY_CONNECTED without activation."""
    tflite.FullyConnectedOptionsStart(b)
    tflite.FullyConnectedOptionsAddFusedActivationFunction(b, tflite.ActivationFunctionType.NONE)
    return int(tflite.FullyConnectedOptionsEnd(b))


def normal(b: Any) -> int:
    """SOFTMAX with beta 1."""
    tflite.SoftmaxOptionsStart(b)
    tflite.SoftmaxOptionsAddBeta(b, 1.0)
    return int(tflite.SoftmaxOptionsEnd(b))
