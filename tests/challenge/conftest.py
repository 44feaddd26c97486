"""A task of two labels, up and down, that a model of one number can tell apart, and makers of models good and bad."""

import flatbuffers
import numpy as np
import pytest
import tflite
from gongzhi.challenge import making
from gongzhi.learn import dataset
from gongzhi.learn import flatbuffer as fb
from gongzhi.learn.features import COUNT
from gongzhi.learn.recording import Recording, head_of
from gongzhi.learn.windows import LENGTH

LABELS = ["up", "down"]
WRIST = 11  # y of the left wrist among the 36 numbers
OP, KIND = tflite.BuiltinOperator, tflite.BuiltinOptions


def recording(label, person, seconds=9.0):
    """A standing person whose left hand is up or down, at 10 frames a second."""
    rng = np.random.default_rng([ord(label[0]), *person.encode()])
    xy = np.zeros((round(10 * seconds), 33, 2), np.float32)
    for side, x in ((0, 30), (1, -30)):
        for row, y in ((11, 150), (13, 200), (15, 300), (23, 250), (25, 330), (27, 400)):
            xy[:, row + side] = 320 + x, y
    xy[:, 0] = 320, 110
    xy[:, 15] = 350, 60 if label == "up" else 340
    xy += rng.normal(0, 2, xy.shape)
    head = head_of(label, (640, 480), person=person)
    return Recording(f"{label}-{person}", head, np.arange(len(xy)) / 10, xy, np.full((len(xy), 33), 0.9, np.float32))


def graph_of(weight, bias, count):
    """input (1, 30, 36) -> mean over time -> dense (1, count)."""
    g = fb.Graph()
    x, axis = g.tensor("x", (1, LENGTH, COUNT)), g.tensor("axis", (1,), np.array([1], np.int32))
    mean, y = g.tensor("mean", (1, COUNT)), g.tensor("y", (1, count))
    w, b = g.tensor("w", (count, COUNT), weight), g.tensor("b", (count,), bias)
    g.operator(OP.MEAN, [x, axis], mean, KIND.ReducerOptions, fb.reduction)
    g.operator(OP.FULLY_CONNECTED, [mean, w, b], y, KIND.FullyConnectedOptions, fb.dense)
    return g, x, y


def model(labels=LABELS, sign=1.0, bias=0.0, metadata=None):
    """A model that says labels[0] when the left wrist is above the hips, else labels[1]."""
    weight = np.zeros((len(labels), COUNT), np.float32)
    weight[0, WRIST], weight[1, WRIST] = sign, -sign
    g, x, y = graph_of(weight, np.full(len(labels), bias, np.float32), len(labels))
    if metadata is None:
        metadata = {"labels": "\n".join(labels).encode()}
    return g.finish([x], [y], metadata)


def huge(shape=(1 << 14, 1 << 14)):
    """A model that says of itself that it has a tensor of so many numbers."""
    g, x, y = graph_of(np.zeros((2, COUNT), np.float32), np.zeros(2, np.float32), 2)
    g.tensor("huge", shape)
    return g.finish([x], [y], {"labels": b"up\ndown"})


def growing():
    """A model whose small tensors become 8 TB when it is prepared: it repeats one number along four axes."""
    g, x, y = graph_of(np.zeros((2, COUNT), np.float32), np.zeros(2, np.float32), 2)
    times = g.tensor("times", (4,), np.array([1, 1 << 11, 1 << 15, 1 << 15], np.int32))
    four, shape = (
        g.tensor("four", (1, 1, LENGTH, COUNT)),
        g.tensor("s", (4,), np.array([1, 1, LENGTH, COUNT], np.int32)),
    )
    g.operator(OP.RESHAPE, [x, shape], four)
    g.operator(OP.TILE, [four, times], g.tensor("grown", (1, 1, 1, 1)))
    return g.finish([x], [y], {"labels": b"up\ndown"})


def endless():
    """A model that never answers: while 1 < 2."""
    loop = fb.Graph()
    begin, end = loop.tensor("x", (1, LENGTH, COUNT)), loop.tensor("looped", (1, LENGTH, COUNT))

    def bodies(b):
        tflite.WhileOptionsStart(b)
        tflite.WhileOptionsAddCondSubgraphIndex(b, 1)
        tflite.WhileOptionsAddBodySubgraphIndex(b, 2)
        return tflite.WhileOptionsEnd(b)

    loop.operator(OP.WHILE, [begin], end, KIND.WhileOptions, bodies)
    axis = loop.tensor("axis", (1,), np.array([1], np.int32))
    mean, out = loop.tensor("mean", (1, COUNT)), loop.tensor("y", (1, 2))
    w, bias = loop.tensor("w", (2, COUNT), np.zeros((2, COUNT), np.float32)), loop.tensor("b", (2,), np.zeros(2))
    loop.operator(OP.MEAN, [end, axis], mean, KIND.ReducerOptions, fb.reduction)
    loop.operator(OP.FULLY_CONNECTED, [mean, w, bias], out, KIND.FullyConnectedOptions, fb.dense)
    test = fb.Graph(_buffers=loop._buffers)
    asked = test.tensor("x", (1, LENGTH, COUNT))
    one, two = test.tensor("1", (1,), np.ones(1)), test.tensor("2", (1,), np.full(1, 2.0))
    test.tensor("less", (1,), kind=tflite.TensorType.BOOL)
    test.operator(OP.LESS, [one, two], 3)
    body = fb.Graph(_buffers=loop._buffers)
    inside, onwards = body.tensor("x", (1, LENGTH, COUNT)), body.tensor("z", (1, LENGTH, COUNT))
    body.operator(OP.MUL, [inside, body.tensor("1", (1,), np.ones(1))], onwards, KIND.MulOptions, fb.product)
    return _three([(loop, begin, out), (test, asked, 3), (body, inside, onwards)], b"up\ndown")


def _three(graphs, labels):
    """As Graph.finish, for several subgraphs with common buffers."""
    b = flatbuffers.Builder(1 << 16)
    shared = graphs[0][0]._buffers
    buffers = fb._vector(b, [fb._buffer(b, each) for each in [*shared, labels]])
    metadata = fb._vector(b, [fb._metadata(b, b.CreateString("labels"), len(shared))])
    codes = sorted({each[0] for graph, *_ in graphs for each in graph._operators})
    code_vector = fb._vector(b, [fb._code(b, each) for each in codes])
    subgraphs = fb._vector(b, [graph._subgraph(b, codes, [x], [y]) for graph, x, y in graphs])
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, code_vector)
    tflite.ModelAddSubgraphs(b, subgraphs)
    tflite.ModelAddBuffers(b, buffers)
    tflite.ModelAddMetadata(b, metadata)
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    return bytes(b.Output())


@pytest.fixture(scope="session")
def models():
    """Makers of models by name."""
    return {"good": model, "huge": huge, "growing": growing, "endless": endless}


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Ten persons, each up and down, three clips of each."""
    made = dataset.create(tmp_path_factory.mktemp("data") / "d", dataset.About(name="d", labels=LABELS, rate=10.0))
    for person in range(10):
        for label in LABELS:
            made.add(recording(label, f"p{person:02d}"))
    return made


@pytest.fixture
def task(data, tmp_path):
    """A fresh task of these data, without groups, quick to fail."""
    made = making.make(
        data, tmp_path / "task", making.Wish("t", "任务", "Task", words={"up": {"zh": "举起", "en": "Lifted"}})
    )
    path = made.folder / "challenge.toml"
    text = path.read_text().split("[[group]]")[0].replace("seconds = 60", "seconds = 1").replace("= 512", "= 256")
    path.write_text(text)
    return making.load(made.folder)
