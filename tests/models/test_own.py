"""A user's own pose model is looked into, described, checked against its note, and finds a person; faults are named.

The model is a tiny one of our own with MoveNet's signature: how bright the picture is decides how sure it is.
"""

from __future__ import annotations

import numpy as np
import pytest
import tflite
from gongzhi.cli import models as commands
from gongzhi.errors import ConfigError, ModelError
from gongzhi.learn import flatbuffer as fb
from gongzhi.models import own
from gongzhi.pose.orders import COCO, places
from gongzhi.pose.presence import judge
from gongzhi.pose.single import SinglePose, _table
from gongzhi.pose_rule import PoseRule
from gongzhi.seen import LANDMARK
from gongzhi.sim.avatar import View, truth
from gongzhi.sim.body import solve
from gongzhi.sim.poses import POSES
from gongzhi.stages.estimate import choose
from gongzhi.stages.extract import extract
from gongzhi.stages.identify import hands_up
from gongzhi.values import Frame
from typer.testing import CliRunner

KINDS = {
    "uint8": tflite.TensorType.UINT8, "int8": tflite.TensorType.INT8, "int32": tflite.TensorType.INT32,
    "float32": tflite.TensorType.FLOAT32,
}  # fmt: skip
SQUARE = View(192, 192)


def toy(kind="uint8", pose="hands_up", shape=(1, 1, 17, 3), outputs=1):
    """A TFLite file that sees this pose, if the picture is bright: cast, mean, dense, reshape. "int8" is one with whole
    numbers at both ends, as a converter makes it: dequantise, the same, quantise."""
    op, options = tflite.BuiltinOperator, tflite.BuiltinOptions
    points = truth(solve(POSES[pose]), SQUARE)[[LANDMARK[name] for name in COCO]] / 192
    g = fb.Graph()
    whole = kind == "int8"
    image = g.tensor("image", (1, 192, 192, 3), kind=KINDS[kind], quantised=(1.0, -128) if whole else None)
    real = image if kind == "float32" else g.tensor("real", (1, 192, 192, 3))
    if real != image:
        g.operator(op.DEQUANTIZE if whole else op.CAST, [image], real)
    axes, mean = g.tensor("axes", (2,), np.array([1, 2], np.int32)), g.tensor("mean", (1, 3))
    g.operator(op.MEAN, [real, axes], mean, options.ReducerOptions, fb.reduction)
    weights, bias = np.zeros((17, 3, 3), np.float32), np.zeros((17, 3), np.float32)
    weights[:, 2] = 1 / 900  # a score of 0.85 for a white picture
    bias[:, 0], bias[:, 1] = points[:, 1], points[:, 0]
    flat = g.tensor("flat", (1, 51))
    ins = [g.tensor("w", (51, 3), weights.reshape(51, 3)), g.tensor("b", (51,), bias.ravel())]
    g.operator(op.FULLY_CONNECTED, [mean, *ins], flat, options.FullyConnectedOptions, fb.dense)
    kept = {"kind": KINDS["int8"], "quantised": (1 / 256, -128)} if whole else {}
    if whole:
        last, flat = flat, g.tensor("quantised", (1, 51), **kept)
        g.operator(op.QUANTIZE, [last], flat)
    out, size = g.tensor("out", shape, **kept), g.tensor("size", (len(shape),), np.array(shape, np.int32))
    g.operator(op.RESHAPE, [flat, size], out)
    more = [g.tensor(f"out{number}", shape) for number in range(1, outputs)]
    for each in more:
        g.operator(op.RESHAPE, [flat, size], each)
    return g.finish([image], [out, *more], {})


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "MoveNet-Lightning.tflite"
    made.write_bytes(toy())
    return made


@pytest.fixture
def note(file, tmp_path):
    """The model.toml of an added model."""
    folder, _ = own.add(file, tmp_path / "project")
    return folder / "model.toml"


def test_a_file_is_described_by_what_it_is(file, tmp_path):
    folder, note = own.add(file, tmp_path / "project")
    assert (folder.name, note.input) == ("movenet_lightning", own.Input(192, 192, "uint8", 0.0, 255.0))
    assert (note.keypoints, note.output.values) == ("coco-17", ["y", "x", "score"])
    assert own.load(folder).note == note  # what was written is what was found
    with pytest.raises(ModelError, match="already"):
        own.add(file, tmp_path / "project")


def test_the_command_says_what_to_write(file, tmp_path):
    said = CliRunner().invoke(commands.app, ["add", str(file), "--to", str(tmp_path / "p")])
    assert said.exit_code == 0
    assert 'model = "movenet_lightning"' in said.stderr


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_person_is_found_wherever_they_stand_and_what_it_cannot_see_is_not_seen(tmp_path, kind):
    (tmp_path / "toy.tflite").write_bytes(toy(kind))
    folder, note = own.add(tmp_path / "toy.tflite", tmp_path / "project")
    assert (note.input.type, note.input.low, note.input.high) == (kind, 0.0, 255.0)
    estimator = choose(synthetic=False, own=folder).estimator
    white = np.full((480, 640, 3), 255, np.uint8)
    person = estimator(Frame(white, 0.0, 0))
    assert (person.origin, estimator.others) == ("toy", 0)
    # The square picture of the model is the whole width here: what is outside the camera's picture is black to it.
    there = truth(solve(POSES["hands_up"]), SQUARE) * (640 / 192) - (0, 80)
    near = 640 / 256 if kind == "int8" else 0.5  # as finely as eight bits tell
    assert person.xy[LANDMARK["left_wrist"]] == pytest.approx(there[LANDMARK["left_wrist"]], abs=near)
    assert person.score[LANDMARK["left_wrist"]] == pytest.approx(255 * 0.75 / 300, abs=0.01)
    assert person.score[[LANDMARK["left_index"], LANDMARK["right_heel"], LANDMARK["mouth_left"]]].tolist() == [0, 0, 0]
    assert person.xy[LANDMARK["left_heel"]].tolist() == person.xy[LANDMARK["left_ankle"]].tolist()
    features = extract(person)
    assert hands_up(features) >= 0
    assert PoseRule("hands above head and left_elbow angle > 140")(features) >= 0
    assert PoseRule("left_heel height > -4")(features) == -np.inf  # neither kept nor broken
    assert judge(person, white, 0) == "one"
    assert estimator(Frame(white // 4, 0.1, 1)) is None  # not sure enough of any point
    estimator.close()


def test_a_byte_reaches_the_model_as_its_note_says():
    class Model:
        input_type, input_quantised = "int8", (0.5, -3)

    assert _table(Model, -64.0, 63.5)[[0, 128, 255]].tolist() == [-128, -3, 124]
    Model.input_quantised = (0.0, 0)
    assert _table(Model, -128.0, 127.0)[[0, 255]].tolist() == [-128, 127]
    Model.input_type = "float32"
    assert _table(Model, -1.0, 1.0)[[0, 255]].tolist() == [-1, 1]


def test_an_order_of_ones_own_and_xedus_names(note):
    content = note.read_text("utf-8")
    note.write_text(content.replace('"coco-17"', '"pose_body17"'), "utf-8")
    assert own.load(note).order == COCO
    names = ", ".join(f'"{name}"' for name in ("", *COCO[1:]))
    note.write_text(content.replace('"coco-17"', f"[{names}]"), "utf-8")
    xy, score = places(np.ones((17, 2), np.float32), np.ones(17, np.float32), own.load(note).order)
    assert score[LANDMARK["nose"]] == 0
    assert np.isfinite(xy).all()


FAULTS = [
    ('file = "MoveNet-Lightning.tflite"', 'file = "gone.tflite"', "gone.tflite"),
    ('file = "MoveNet-Lightning.tflite"', 'file = "../x.tflite"', "same folder"),
    ("width = 192", "width = 256", "1×192×192×3, not of 1×192×256×3"),
    ('type = "uint8"', 'type = "float32"', "takes uint8, not float32"),
    ('type = "uint8"', 'type = "float16"', "float16"),
    ("shape = [1, 1, 17, 3]", "shape = [1, 17, 3]", "[1, 1, 17, 3]"),
    ('values = ["y", "x", "score"]', 'values = ["y", "x"]', "once"),
    ('keypoints = "coco-17"', 'keypoints = "coco-18"', "coco-17"),
    ('keypoints = "coco-17"', 'keypoints = "halpe-26"', "26 points"),
    ('keypoints = "coco-17"', 'keypoints = ["left_shoulder", "right_sholder"]', "right_shoulder"),
    ('keypoints = "coco-17"', 'keypoints = ["left_shoulder", "left_shoulder"]', "twice"),
    ('keypoints = "coco-17"', 'keypoints = ["left_shoulder", "nose"]', "right_shoulder"),
    ("high = 255.0", "high = 0.0", "no range"),
    ("least = 0.3", "least = 3", "no score"),
    ("[output]", "[outptu]", "outptu"),
    ("sha256 = ", "sha256 = 'ff' #", "another one"),
]


@pytest.mark.parametrize(("was", "instead", "named"), FAULTS, ids=[one[1] for one in FAULTS])
def test_what_does_not_fit_is_named_in_both_languages(note, was, instead, named):
    content = note.read_text("utf-8")
    assert was in content
    note.write_text(content.replace(was, instead), "utf-8")
    with pytest.raises((ConfigError, ModelError)) as caught:
        own.load(note)
    assert named in caught.value.text("en")
    assert caught.value.text("zh") != caught.value.text("en")


@pytest.mark.parametrize("content", [b"", b"no model", b"\0\0\0\0TFL3", b"\x1c\0\0\0TFL3" + bytes(64)])
def test_a_broken_file_is_refused_and_nothing_is_written(tmp_path, content):
    (tmp_path / "x.tflite").write_bytes(content)
    with pytest.raises(ModelError):
        own.add(tmp_path / "x.tflite", tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_a_model_of_another_kind_is_refused(tmp_path):
    g = fb.Graph()
    a, b = g.tensor("a", (1, 8)), g.tensor("b", (1, 8))
    g.operator(tflite.BuiltinOperator.SOFTMAX, [a], b, tflite.BuiltinOptions.SoftmaxOptions, fb.normal)
    (tmp_path / "x.tflite").write_bytes(g.finish([a], [b], {}))
    with pytest.raises(ModelError, match="17 points"):
        own.describe(tmp_path / "x.tflite")
    with pytest.raises(ModelError, match=r"nowhere\.tflite"):
        own.describe(tmp_path / "nowhere.tflite")


def test_a_picture_of_no_size_of_its_own_is_refused(tmp_path):
    """As a file with free sizes says of itself: 1×1."""
    g, op, options = fb.Graph(), tflite.BuiltinOperator, tflite.BuiltinOptions
    image, flat, out = g.tensor("image", (1, 1, 1, 3)), g.tensor("flat", (1, 51)), g.tensor("out", (1, 1, 17, 3))
    ins = [g.tensor("w", (51, 3), np.zeros((51, 3), np.float32)), g.tensor("b", (51,), np.zeros(51, np.float32))]
    g.operator(op.FULLY_CONNECTED, [image, *ins], flat, options.FullyConnectedOptions, fb.dense)
    g.operator(op.RESHAPE, [flat, g.tensor("size", (4,), np.array([1, 1, 17, 3], np.int32))], out)
    (tmp_path / "x.tflite").write_bytes(g.finish([image], [out], {}))
    with pytest.raises(ModelError, match="17 points"):
        own.add(tmp_path / "x.tflite", tmp_path / "project")


def test_of_two_outputs_that_could_be_the_points_none_is_guessed(tmp_path, note):
    (tmp_path / "x.tflite").write_bytes(toy(outputs=2))
    with pytest.raises(ModelError, match="2 outputs"):
        own.add(tmp_path / "x.tflite", tmp_path / "other")
    assert not (tmp_path / "other").exists()
    (note.parent / "MoveNet-Lightning.tflite").write_bytes(toy(outputs=2))
    note.write_text(note.read_text("utf-8").replace("sha256 = ", "# "), "utf-8")
    with pytest.raises(ConfigError, match="2 outputs"):
        own.load(note)


def test_the_square_follows_the_person(note):
    pose = SinglePose(own.load(note))
    white = np.full((480, 640, 3), 255, np.uint8)
    pose(white, 0.0)
    assert pose._square is not None
    assert pose(white[:, ::2].copy(), 0.1) is not None  # another size of picture: looked at afresh
    assert pose(np.zeros((480, 640, 3), np.uint8), 0.2) is None
    assert pose._square is None
    pose.close()
