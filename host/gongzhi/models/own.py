"""Takes the model.toml of a user's own pose model, gives it checked: what goes into the TFLite file and what comes out.

For models that find one person, such as MoveNet; docs in docs/learning.md.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

import msgspec
import numpy as np

from gongzhi.config import load_toml, nearest
from gongzhi.errors import ConfigError, ModelError
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.orders import ORDERS
from gongzhi.project.file import MODEL_FILE as FILE
from gongzhi.text import N_, Later
from gongzhi.toml_faults import place
from gongzhi.values import LANDMARK, Labels

MOST_BYTES: Final = 256 << 20
_LEAST_SIDE: Final = 32  # pixels; a file with free sizes says 1
_NEEDED: Final = ("left_shoulder", "right_shoulder")  # without them no pose has a size
_UNFIT: Final = N_(
    "{file} is no pose model that can be used: it must take one picture and give y, x, score of 17 points."
)
_MOVENET: Final = N_("MoveNet single pose is one that can. Models that find many people cannot be used yet.")

_ONE_OUTPUT: Final = N_("Convert it so that it has one.")

Kind = Literal["uint8", "int8", "int32", "float32"]
Value = Literal["x", "y", "score"]


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes in: an RGB picture `width` by `height`, whose bytes 0..255 become `low`..`high` as `type`."""

    width: int
    height: int
    type: Kind
    low: float = 0.0
    high: float = 255.0


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What comes out: a tensor of `shape`, for each point the `values` in their order; x and y are shares of the
    input picture, or its pixels."""

    shape: list[int]
    values: list[Value]
    unit: Literal["share", "pixel"] = "share"


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: the TFLite `file` beside it, the order of its `keypoints` (a name, or a list of names in which ""
    is a point that is not needed), input, output, and from which `least` score on a point counts as seen."""

    name: str
    file: str
    keypoints: str | list[str]
    input: Input
    output: Output
    least: float = 0.3
    title: Labels | str = ""
    licence: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A checked one: its note, the names of its points in order, the file's bytes."""

    note: Note
    order: tuple[str, ...]
    content: bytes


def load(path: Path) -> OwnModel:
    """The model that the file `path` (or the model.toml in that folder) describes.

    Raises ConfigError or ModelError that names the file, the key, what is there and what would be right.
    """
    path = path / FILE if path.is_dir() else path
    note = load_toml(path, Note)
    order = _order(path, note)
    content = _content(path, note)
    model = TfliteModel(content)
    try:
        _compare(path, note, len(order), model)
    finally:
        model.close()
    return OwnModel(note, order, content)


def describe(file: Path) -> Note:
    """What can be told from the TFLite file alone: for a model like MoveNet all of it. Raises ModelError."""
    model = TfliteModel(_bytes(file))
    try:
        (batch, height, width, colours), kind = model.input_shape, model.input_type
        low, high = _range(kind, *model.input_quantised)
        outputs = [shape for shape in model.shapes if _points(shape) in (17, 26)]
        alike = model.count(*outputs[0]) if outputs else 0
    except ValueError:  # no picture goes in
        raise ModelError(_UNFIT, _MOVENET, file=file.name) from None
    finally:
        model.close()
    small = min(width, height) < _LEAST_SIDE
    if batch != 1 or colours != 3 or small or not outputs or kind not in ("uint8", "int8", "int32", "float32"):
        raise ModelError(_UNFIT, _MOVENET, file=file.name)
    if alike > 1:
        raise ModelError(
            N_("{file} has {count} outputs of shape {said}: which one holds the points cannot be told."), _ONE_OUTPUT,
            file=file.name, count=alike, said=list(outputs[0]),
        )  # fmt: skip
    return Note(
        name="".join(one if one.isascii() and one.isalnum() else "_" for one in file.stem.lower())[:32] or "pose",
        file=file.name,
        keypoints={17: "coco-17", 26: "halpe-26"}[_points(outputs[0])],
        input=Input(width, height, kind, low, high),  # type: ignore[arg-type]
        output=Output(list(outputs[0]), ["y", "x", "score"]),
        sha256=hashlib.sha256(_bytes(file)).hexdigest(),
    )


def add(file: Path, project: Path) -> tuple[Path, Note]:
    """Copy the TFLite `file` into a folder of its own in the folder `project` and write its model.toml there; give that
    folder. Raises ModelError, and then nothing was written."""
    note = describe(file)
    folder = project / note.name
    if folder.exists():
        raise ModelError(
            N_("There is {folder} already."), N_("Remove it first, or give the model file another name."), folder=folder
        )
    content = _bytes(file)
    try:
        folder.mkdir(parents=True)
        (folder / note.file).write_bytes(content)
        (folder / FILE).write_text(_written(note), encoding="utf-8")
    except OSError as error:
        raise ModelError(
            N_("The model cannot be stored in {folder}: {why}"), N_("Free some space there."),
            folder=folder, why=error.strerror or error,
        ) from error  # fmt: skip
    return folder, note


def _written(note: Note) -> str:
    size, out = note.input, note.output
    return f"""\
# 别人的姿态模型：输入和输出是什么样的。写错了，运行时会说哪里不对。
# Another pose model: what goes in and what comes out. A run says what does not fit.
name = "{note.name}"
file = "{note.file}"
sha256 = "{note.sha256}"
keypoints = "{note.keypoints}"
least = {note.least}                # 一个点的分数从多少起算看见。 From this score on a point counts as seen.

# 颜色 0 到 255 变成 low 到 high（有的模型要 -1 到 1）。 The bytes 0..255 become low..high; some models want -1..1.
[input]
width = {size.width}
height = {size.height}
type = "{size.type}"
low = {size.low}
high = {size.high}

# unit: share 是 0 到 1，pixel 是像素。 share is 0..1 of the input picture, pixel its pixels.
[output]
shape = {out.shape}
values = ["{'", "'.join(out.values)}"]
unit = "{out.unit}"
"""


def _order(path: Path, note: Note) -> tuple[str, ...]:
    if isinstance(note.keypoints, str):
        if note.keypoints not in ORDERS:
            _fail(path, "keypoints", N_("“{word}” is no order of points"), N_("Possible: {known}; or a list of names."),
                  word=note.keypoints, known=", ".join(ORDERS))  # fmt: skip
        return ORDERS[note.keypoints]
    for name in note.keypoints:
        if name and name not in LANDMARK:
            _fail(path, "keypoints", N_("there is no point “{word}”"),
                  N_("Did you mean “{near}”? “” is a point that is not needed."),
                  word=name, near=nearest(name, list(LANDMARK)) or "nose")  # fmt: skip
        if name and note.keypoints.count(name) > 1:
            _fail(
                path, "keypoints", N_("the point “{word}” is there twice"), N_("Each point has one place."), word=name
            )
    for name in _NEEDED:
        if name not in note.keypoints:
            _fail(path, "keypoints", N_("the point “{word}” is missing"),
                  N_("Without both shoulders no pose can be measured."), word=name)  # fmt: skip
    return tuple(note.keypoints)


def _content(path: Path, note: Note) -> bytes:
    if Path(note.file).name != note.file:
        _fail(
            path, "file", N_("“{word}” is no file beside it"), N_("Put the file into the same folder."), word=note.file
        )
    content = _bytes(path.parent / note.file)
    if note.sha256 and hashlib.sha256(content).hexdigest() != note.sha256:
        _fail(path, "sha256", N_("the file {file} is another one than was described"),
              N_("Take the original again, or remove the line sha256 if you have changed it yourself."),
              file=note.file)  # fmt: skip
    return content


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ModelError(N_("{file} is too large for a pose model."), N_("Is it the right file?"), file=file.name)
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(
            N_("The file {file} cannot be read: {error}"), N_("Check its name and its place."),
            file=str(file), error=error.strerror or str(error),
        ) from error  # fmt: skip
    if content[4:8] != b"TFL3":
        raise ModelError(N_("{file} is not a TFLite model."), N_("Is it the right file?"), file=file.name)
    return content


def _compare(path: Path, note: Note, points: int, model: TfliteModel) -> None:
    """What the note says against what the file is."""
    said, want, out = note.input, model.input_shape, note.output
    if (1, said.height, said.width, 3) != want:
        _fail(path, "input", N_("the model takes a picture of {want}, not of {said}"),
              N_("Write the numbers of the model."),
              want="×".join(map(str, want)), said=f"1×{said.height}×{said.width}×3")  # fmt: skip
    if said.type != model.input_type:
        _fail(path, "input.type", N_("the model takes {want}, not {said}"), N_("Write type = \"{want}\"."),
              want=model.input_type, said=said.type)  # fmt: skip
    if not (math.isfinite(said.low) and math.isfinite(said.high) and said.low != said.high):
        _fail(path, "input", N_("low and high are no range"), N_("Such as low = 0 and high = 255."))
    if tuple(out.shape) not in model.shapes:
        _fail(path, "output.shape", N_("the model has no output of shape {said}"), N_("It has: {known}."),
              said=out.shape, known=", ".join(str(list(one)) for one in model.shapes))  # fmt: skip
    if (count := model.count(*out.shape)) > 1:
        _fail(path, "output.shape", N_("the model has {count} outputs of shape {said}, which cannot be told apart"),
              _ONE_OUTPUT, count=count, said=out.shape)  # fmt: skip
    if sorted(out.values) != ["score", "x", "y"]:
        _fail(
            path,
            "output.values",
            N_("x, y and score must each be there once"),
            N_('Such as values = ["y", "x", "score"].'),
        )
    if math.prod(out.shape) != points * 3 or out.shape[-1] != 3:
        _fail(path, "output.shape", N_("{said} does not hold 3 numbers for each of {points} points"),
              N_("Does the order of the points belong to this model?"), said=out.shape, points=points)  # fmt: skip
    if not 0.0 < note.least < 1.0:
        _fail(
            path,
            "least",
            N_("{said} is no score"),
            N_("Choose a number between 0 and 1, such as 0.3."),
            said=note.least,
        )
    model.input()[...] = 0
    model.invoke()
    if not np.isfinite(model.output(*out.shape)).all():
        _fail(path, "file", N_("the model gives numbers that mean nothing"), N_("Is it the right file?"))


def _range(kind: str, scale: float, zero: int) -> tuple[float, float]:
    """What 0 and 255 of a picture are for a model with such an input: all that a quantised one can take, else bytes."""
    if kind not in ("uint8", "int8"):
        return 0.0, 255.0
    limits = np.iinfo(kind)
    return (limits.min - zero) * (scale or 1.0), (limits.max - zero) * (scale or 1.0)


def _points(shape: tuple[int, ...]) -> int:
    """How many points of three numbers an output has, 0 where it is something else."""
    return math.prod(shape) // 3 if len(shape) >= 2 and shape[-1] == 3 and math.prod(shape[:-2]) == 1 else 0


def _fail(path: Path, where: str, what: str, hint: str, **values: Any) -> NoReturn:
    said = {"file": path, "where": where, "line": place(path, where), "fault": Later(what, values)}
    raise ConfigError("{file}{line} [{where}]: {fault}", hint, **{**values, **said})
