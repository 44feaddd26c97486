"""Takes a trained network, gives a .tflite file with its labels and limits; takes such a file, gives verdicts."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np
import tflite
from numpy.typing import NDArray

from gongzhi.errors import DataError, ModelError
from gongzhi.learn import flatbuffer as fb
from gongzhi.learn.calibrate import Familiar
from gongzhi.learn.channels import Channels
from gongzhi.learn.cnn import CHANNELS, STRIDE, WIDTH
from gongzhi.learn.features import COUNT_WITH_HANDS, Mask, Points
from gongzhi.learn.recording import Word
from gongzhi.learn.sensor_recording import Channel, Unit
from gongzhi.learn.training import Trained, fill
from gongzhi.learn.usual import Usual
from gongzhi.learn.verdict import Verdict as Verdict
from gongzhi.learn.view import HANDS, POSE, View
from gongzhi.learn.windows import LENGTH, Windows
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.text import N_

FORMAT: Final = 3  # of what a file says of itself; 2 did not know how a label's numbers usually are
EXACT: Final = 1e-5  # the most by which a probability may differ between the trainer and the exported model
_MOST_BYTES: Final = 16 << 20
# What a damaged file makes flatbuffers, struct, numpy and msgspec raise.
_FAULTS: Final = (ValueError, IndexError, TypeError, struct.error, msgspec.DecodeError)


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the file says of itself (metadata "gongzhi", JSON); `channels` of a sensor and their `unit`, none where it
    looks at a person; `hands`: at what their fingers do, too."""

    format: int = FORMAT
    labels: Annotated[list[Word], msgspec.Meta(min_length=2, max_length=64)]
    rate: Annotated[float, msgspec.Meta(gt=0.2, le=60)]
    mean: Annotated[list[float], msgspec.Meta(min_length=1, max_length=COUNT_WITH_HANDS)]
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)]
    strange: Annotated[float, msgspec.Meta(ge=0)]
    parameters: int = 0
    channels: Annotated[list[Channel], msgspec.Meta(max_length=16)] = []
    unit: Unit = ""
    hands: bool = False

    @property
    def view(self) -> View:
        """How it looks at data."""
        return Channels(tuple(self.channels)) if self.channels else HANDS if self.hands else POSE


# Over 40 lines: it is the list of the graph’s tensors and operators, in the order in which they run.
def export(trained: Trained, rate: float, unit: str = "") -> bytes:
    """The model file: input (1, 30, numbers) float32 with unknown numbers replaced by `mean`; outputs: probabilities
    (1, labels) and inner values (1, 1, 32). The temperature is folded into the last layer.
    `rate` is that of the data's frames, `unit` that of a sensor's."""
    w = trained.network.weights
    labels, count = len(trained.labels), len(trained.mean)
    first, second = LENGTH - WIDTH + 1, (LENGTH - 2 * WIDTH + 1) // STRIDE + 1
    g, op, kind = fb.Graph(), tflite.BuiltinOperator, tflite.BuiltinOptions
    window = g.tensor("window", (1, LENGTH, count))
    flat, x4 = g.tensor("shape", (4,), np.array([1, 1, LENGTH, count], np.int32)), g.tensor("x4", (1, 1, LENGTH, count))
    # Not folded into the first layer: a number that hardly varies (a joint that rests) has a large mean over a small
    # spread, and the difference of two large products would lose the digits that EXACT asks for.
    mean, spread = g.tensor("mean", (count,), trained.mean), g.tensor("scale", (count,), 1 / trained.spread)
    centred, scaled = g.tensor("centred", (1, LENGTH, count)), g.tensor("scaled", (1, LENGTH, count))
    g.operator(op.SUB, [window, mean], centred, kind.SubOptions, fb.difference)
    g.operator(op.MUL, [centred, spread], scaled, kind.MulOptions, fb.product)
    g.operator(op.RESHAPE, [scaled, flat], x4)
    before, channels = x4, count
    layers = [(w["w1"], w["b1"], first, 1), (w["w2"], w["b2"], second, STRIDE)]
    for number, (weight, bias, steps, stride) in enumerate(layers, start=1):
        kernel = weight.T.reshape(CHANNELS, 1, WIDTH, channels)
        k = g.tensor(f"w{number}", (CHANNELS, 1, WIDTH, channels), np.asarray(kernel, np.float32))
        b = g.tensor(f"b{number}", (CHANNELS,), np.asarray(bias, np.float32))
        after = g.tensor(f"h{number}", (1, 1, steps, CHANNELS))
        g.operator(op.CONV_2D, [before, k, b], after, kind.Conv2DOptions, fb.convolution(stride))
        before, channels = after, CHANNELS
    axis, inner = g.tensor("axis", (1,), np.array([2], np.int32)), g.tensor("inner", (1, 1, CHANNELS))
    g.operator(op.MEAN, [before, axis], inner, kind.ReducerOptions, fb.reduction)
    heat = np.float32(trained.temperature)
    w3 = g.tensor("w3", (labels, CHANNELS), np.ascontiguousarray((w["w3"][:, :labels] / heat).T))
    b3, logits = g.tensor("b3", (labels,), w["b3"][:labels] / heat), g.tensor("logits", (1, labels))
    g.operator(op.FULLY_CONNECTED, [inner, w3, b3], logits, kind.FullyConnectedOptions, fb.dense)
    p = g.tensor("probabilities", (1, labels))
    g.operator(op.SOFTMAX, [logits], p, kind.SoftmaxOptions, fb.normal)
    note = Note(
        labels=list(trained.labels),
        rate=rate,
        mean=[float(each) for each in trained.mean],
        threshold=trained.threshold,
        strange=trained.strange,
        parameters=trained.network.parameters,
        channels=list(trained.view.channels),
        unit=unit,
        hands=trained.view.hands,
    )
    metadata = {
        "labels": "\n".join(trained.labels).encode(),
        "gongzhi": msgspec.json.encode(note),
        "familiar": trained.familiar.content(),
        "usual": trained.usual.content(),
    }
    return g.finish([window], [p, inner], metadata)


def difference(trained: Trained, model: Model, windows: Windows) -> float:
    """The most by which any probability differs between the trainer and the exported model on these windows."""
    ours, _ = trained.inner(windows)
    theirs = model.probabilities(windows)
    return float(np.abs(ours - theirs).max()) if len(windows) else 0.0


def check(trained: Trained, model: Model, windows: Windows) -> float:
    """`difference`, refused with a ModelError where it is above EXACT."""
    found = difference(trained, model, windows)
    if not found <= EXACT:
        raise ModelError(
            N_("The exported model differs from the trained one by {found:g}: it was not saved."),
            N_("Install Gongzhi again, and tell us what machine this is."),
            found=found,
        )
    return found


class Model:
    """A learnt model, ready to judge. Not to be shared between threads."""

    def __init__(self, content: bytes, path: Path | None = None) -> None:
        """`content` is a file that `export` made. Raises DataError for another, ModelError where none can run."""
        try:
            self.note, self._familiar, self._usual = _metadata(content)
            self._run = TfliteModel(content, threads=1)
            numbers = self.note.view.numbers
            if len(self.note.mean) != numbers:
                raise ValueError("it has not one mean for each number")
            if self._run.input().shape != (1, LENGTH, numbers) or set(self._run.shapes) != {
                (1, len(self.note.labels)),
                (1, 1, CHANNELS),
            }:
                raise ValueError("its input or outputs have another shape")
        except (*_FAULTS, ModelError) as error:
            raise _foreign(path, error) from error
        self.view = self.note.view
        self._mean = np.array(self.note.mean, np.float32)

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the outputs."""
        return tuple(self.note.labels)

    def _invoke(self, x: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self._run.input()[0] = x
        self._run.invoke()
        return self._run.output(1, len(self.note.labels))[0].copy(), self._run.output(1, 1, CHANNELS)[0, 0].copy()

    def probabilities(self, windows: Windows) -> NDArray[np.float32]:
        """(n, labels) float32, calibrated."""
        values, known = self.view.describe(windows.points, windows.seen)
        filled = fill(values, known, self._mean)
        return np.stack([self._invoke(each)[0] for each in filled])

    def judge(self, points: Points, seen: Mask) -> Verdict:
        """The verdict on one window: `points` (30, 13, 2) in trunks, `seen` (30, 13), or a sensor's, at its rate."""
        values, known = self.view.describe(points, seen)
        filled = fill(values, known, self._mean)
        p, inner = self._invoke(filled)
        if not (np.isfinite(p).all() and np.isfinite(inner).all()):  # damaged weights: it knows nothing
            even = dict.fromkeys(self.note.labels, 1 / len(self.note.labels))
            return Verdict(even, tuple(even), math.inf, float(seen.mean()))
        best = int(p.argmax())
        options = tuple(
            label for i, label in enumerate(self.note.labels) if i == best or float(p[i]) >= self.note.threshold
        )
        unusual = self._usual.sign(filled[None], np.array([best]))
        strange = float(self._familiar.strangeness(inner[None], unusual)[0]) / max(self.note.strange, 1e-6)
        return Verdict(dict(zip(self.note.labels, map(float, p), strict=True)), options, strange, float(seen.mean()))

    def invoke(self) -> None:
        """Run the bare network on what its input holds, for `gongzhi bench`."""
        self._run.invoke()

    def close(self) -> None:
        """Let go of the interpreter."""
        self._run.close()


def _metadata(content: bytes) -> tuple[Note, Familiar, Usual]:
    if len(content) > _MOST_BYTES or content[4:8] != b"TFL3":
        raise ValueError("this is no TFLite model")
    model = tflite.Model.GetRootAs(content)
    found: dict[bytes, bytes] = {}
    for i in range(model.MetadataLength()):
        each = model.Metadata(i)
        data = model.Buffers(each.Buffer()).DataAsNumpy()
        found[each.Name()] = b"" if isinstance(data, int) else data.tobytes()
    if b"gongzhi" not in found:
        raise ValueError("it does not say what its labels are")
    note = msgspec.json.decode(found[b"gongzhi"], type=Note)
    if note.format != FORMAT:
        raise ValueError(f"format {note.format}, not {FORMAT}")
    if not {b"familiar", b"usual"} <= found.keys():
        raise ValueError("what it knows of itself is broken")
    labels = len(note.labels)
    familiar = Familiar.read(found[b"familiar"], labels, CHANNELS)
    return note, familiar, Usual.read(found[b"usual"], labels, note.view.numbers)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            N_("The model {path} cannot be read: {error}"),
            N_("Train one with: gongzhi train DATASET"),
            path=str(path),
            error=error.strerror or str(error),
        ) from error


def _foreign(path: Path | None, error: Exception) -> DataError:
    return DataError(
        N_("{path} is no model that Gongzhi has trained: {error}"),
        N_("Train one with: gongzhi train DATASET"),
        path=str(path or "-"),
        error=str(error),
    )


def load(path: Path) -> Model:
    """The model in a file. Raises DataError."""
    return Model(_content(path), path)


def read_note(path: Path) -> Note:
    """What a model's file says of itself, without making it ready to run. Raises DataError."""
    content = _content(path)
    try:
        return _metadata(content)[0]
    except _FAULTS as error:
        raise _foreign(path, error) from error
