"""Takes a file of keypoints as pupils and tools save them, gives frames of BlazePose's 33 landmarks; runs nothing.

Numbers: (frames, K, 2 to 4) of x, y and, last, a score, flat or not, in .npy, .npz, .txt, .csv or .json; K = 17
(COCO), 26 (Halpe-26) or 33 (BlazePose). With hands: K = 133 (COCO-WholeBody, XEdu's pose_wholebody133), and lines of
MediaPipe Holistic (whole_body.py). XEdu's dictionaries in Chinese and English, and its tables with a label.
"""

from __future__ import annotations

import csv
import io
import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.learn import whole_body
from gongzhi.learn.hand_track import HandTrack
from gongzhi.learn.recording import MOST_FRAMES
from gongzhi.pose.orders import COCO, HALPE
from gongzhi.text import N_, Later
from gongzhi.values import LANDMARK, LANDMARKS

MOST_BYTES: Final = 256 << 20
_NAMES: Final[dict[int, tuple[str, ...]]] = {17: COCO, 26: HALPE, 33: LANDMARKS}
_ALONE: Final = {21: Later(N_("a hand"), {}), 106: Later(N_("a face"), {}), 68: Later(N_("a face"), {}),
                468: Later(N_("a face"), {})}  # fmt: skip
_NORMALISED: Final = 2.0  # coordinates all below this are shares of the picture, not pixels
# What numpy, zipfile, zlib, lzma, csv and msgspec raise for broken or hostile content; RuntimeError: an archive with a
# password.
_FAULTS: Final = (
    OSError, EOFError, MemoryError, OverflowError, RecursionError, RuntimeError, msgspec.DecodeError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, csv.Error, SyntaxError, TypeError, KeyError, IndexError,
    tokenize.TokenError,
)  # fmt: skip
_FAR: Final = 9e4  # pixels
_POINTS: Final = ("keypoints", "关键点坐标")
_SCORES: Final = ("scores", "分数")


class UnfitError(ValueError):
    """Why a file, or part of one, was not taken; `why` in the user's language when it is shown."""

    def __init__(self, message: str, /, **values: Any) -> None:
        super().__init__(message)
        self.why = Later(message, values)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """`xy` (n, 33, 2) float32 pixels, `score` (n, 33) float32; `size` (width, height) where it had to be assumed;
    `kind` such as "BlazePose-33"; `dropped` frames without a person or with broken numbers; `label` where it says;
    `hands` where the format has them."""

    xy: NDArray[np.float32]
    score: NDArray[np.float32]
    size: tuple[int, int]
    kind: str
    dropped: int = 0
    label: str | None = None
    hands: HandTrack | None = None


def _shaped(array: NDArray[Any]) -> NDArray[np.float64]:
    """As (frames, K, 2 to 4)."""
    if array.dtype.kind not in "fiu":
        raise UnfitError(N_("it does not hold numbers"))
    numbers = np.asarray(array, np.float64)
    if numbers.size == 0:
        raise UnfitError(N_("there is no frame in it"))
    if numbers.ndim == 2 and numbers.shape[0] in _NAMES and numbers.shape[1] in (2, 3, 4):
        numbers = numbers[None]
    if numbers.ndim == 1:
        numbers = numbers[None]
    if numbers.ndim == 2:
        # 132 = 33 × 4, 99 = 33 × 3, 66, 34, 51, 52 = 26 × 2, 78: no two of them are the same number.
        layouts = {k * per: (k, per) for k in _NAMES for per in (2, 3)} | {132: (33, 4)}
        if numbers.shape[1] in layouts:
            numbers = numbers.reshape(len(numbers), *layouts[numbers.shape[1]])
    alone = next((k for k in _ALONE if k in numbers.shape[-2:] or numbers.shape[-1] in (2 * k, 3 * k)), 0)
    if numbers.ndim in (2, 3) and alone:
        raise UnfitError(N_("it holds {points} points: {what} alone. Movements are learnt from the whole body "
                            "(of XEdu pose_body17, pose_body26, or with hands pose_wholebody133)"),
                         points=alone, what=_ALONE[alone])  # fmt: skip
    if numbers.ndim != 3 or numbers.shape[1] not in _NAMES or numbers.shape[2] not in (2, 3, 4):
        raise UnfitError(N_("its shape {shape} is none of a person’s keypoints"), shape=str(array.shape))
    if len(numbers) > MOST_FRAMES:
        raise UnfitError(N_("it is too large"))
    return numbers


def frames(
    array: NDArray[Any], size: tuple[int, int], scores: NDArray[Any] | None = None, label: str | None = None
) -> Frames:
    """Frames out of an array. Coordinates that are shares of the picture are multiplied by `size`. Raises UnfitError.

    Of four numbers a point the last is the score (BlazePose's visibility), of three too, but not with 33 points, where
    the third is z. Points without a score count as sure. A frame with a number that is not finite, or whose points are
    all in one place (nobody was there), is dropped and counted.
    """
    whole = whole_body.divided(array, scores)
    numbers, scores = (_shaped(array), scores) if whole is None else (whole.body, whole.scores)
    n, k, per = numbers.shape
    score = np.ones((n, k))
    if scores is not None:
        if scores.size != n * k or scores.dtype.kind not in "fiu":
            raise UnfitError(N_("it has not one score for each point"))
        score = np.asarray(scores, np.float64).reshape(n, k)
    elif per == 4 or (per == 3 and k != 33):
        score = numbers[:, :, -1]
    xy = numbers[:, :, :2]
    good = np.isfinite(xy).all((1, 2)) & np.isfinite(score).all(1)
    good &= np.ptp(np.where(np.isfinite(xy), xy, 0), axis=1).max(1) > 1e-6
    good &= np.abs(np.where(np.isfinite(xy), xy, 0)).max((1, 2)) < _FAR
    if not good.any():
        raise UnfitError(N_("no frame of it shows a person with finite numbers"))
    xy, score = xy[good], score[good]
    shares = bool(np.abs(xy).max() <= _NORMALISED)
    if shares:
        xy = xy * size
    else:
        most = xy.max((0, 1))
        size = max(size[0], math.ceil(most[0]) + 1), max(size[1], math.ceil(most[1]) + 1)
    out, sure = np.zeros((len(xy), 33, 2), np.float32), np.zeros((len(xy), 33), np.float32)
    for row, name in enumerate(_NAMES[k]):
        if name:
            out[:, LANDMARK[name]], sure[:, LANDMARK[name]] = xy[:, row], np.clip(score[:, row], 0, 1)
    kind = {17: "COCO-17", 26: "Halpe-26", 33: "BlazePose-33"}[k]
    if whole is None:
        return Frames(out, sure, size, kind, int(n - len(xy)), label)
    return Frames(out, sure, size, whole.kind, int(n - len(xy)), label, whole.track(good, size if shares else None))


def read(path: Path, size: tuple[int, int], classes: dict[int, str]) -> list[Frames]:
    """All frames of a file; several from an archive, and one for each label of a table.
    Raises UnfitError, and nothing else, for whatever else it holds."""
    suffix = path.suffix.lower()
    with _refusing():
        if suffix in (".npy", ".npz"):
            return [frames(each, size) for each in arrays(path)]
        text = text_in(path)
        if suffix == ".json":
            return [_dictionary(msgspec.json.decode(text), size)]
        return _table(text, size, classes)


def arrays(path: Path) -> list[NDArray[Any]]:
    """The arrays in an .npy or .npz file. Raises UnfitError, and nothing else."""
    with _refusing():
        if path.stat().st_size > MOST_BYTES:
            raise UnfitError(N_("it is too large"))
        if path.suffix.lower() == ".npz":
            return _archive(path)
        with path.open("rb") as file:
            if file.read(1) not in (b"\x93", b"\x80"):  # NumPy's own mark, and that of Python objects
                raise UnfitError(N_("it is no .npy file, whatever its name says"))
        # Mapped, not read: a header that promises more than the file holds is refused before memory is taken.
        return [np.load(path, mmap_mode="r", allow_pickle=False)]


@contextmanager
def _refusing() -> Iterator[None]:
    """What the libraries raise for broken content, as an UnfitError."""
    try:
        yield
    except UnfitError:
        raise
    except ValueError as error:
        if "pickle" in str(error):
            raise UnfitError(
                N_("it holds Python objects, which could run a program; save the numbers alone")
            ) from error
        raise UnfitError(N_("it cannot be read: {error}"), error=str(error)[:200]) from error
    except _FAULTS as error:
        raise UnfitError(N_("it cannot be read: {error}"), error=str(error)[:200]) from error


def text_in(path: Path) -> str:
    """A file's text. Raises UnfitError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnfitError(N_("it is too large"))
        return _text(path.read_bytes())
    except OSError as error:
        raise UnfitError(N_("it cannot be read: {error}"), error=str(error)[:200]) from error


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # the second is what a Chinese Windows writes
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnfitError(N_("it is no text in UTF-8 or GB 18030"))


def _archive(path: Path) -> list[NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if each.filename.endswith(".npy")]
        if sum(each.file_size for each in members) > MOST_BYTES:
            raise UnfitError(N_("it is too large"))
        found = []
        for each in members:
            with archive.open(each) as file:
                content = file.read(MOST_BYTES + 1)  # what the archive says of its size need not be true
            if len(content) > MOST_BYTES:
                raise UnfitError(N_("it is too large"))
            found.append(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))
        if not found:
            raise UnfitError(N_("there is no frame in it"))
        return found


def _dictionary(value: Any, size: tuple[int, int]) -> Frames:
    """XEdu's dictionary, a list of them, or bare lists."""
    several = value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
    if not isinstance(several[0], dict):
        return frames(np.asarray(value), size)
    points, scores = [], []
    for each in several:
        key = next((name for name in _POINTS if name in each), None)
        if key is None:
            raise UnfitError(N_("the dictionary has no “keypoints” or “关键点坐标”"))
        points.append(each[key])
        scores += [each[name] for name in _SCORES if name in each]
    if scores and len(scores) != len(points):
        raise UnfitError(N_("it has not one score for each point"))
    return frames(np.asarray(points).squeeze(), size, np.asarray(scores) if scores else None)


def _table(text: str, size: tuple[int, int], classes: dict[int, str]) -> list[Frames]:
    """XEdu's CSV (`Feature 1 … Feature 2K, Label`, perhaps with an index before), or lines of numbers alone."""
    separator = "," if "," in text else None
    rows = list(csv.reader(io.StringIO(text))) if separator else [line.split() for line in text.splitlines()]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UnfitError(N_("there is no frame in it"))
    header = [cell.strip().lower() for cell in rows[0]]
    if "label" not in header:
        return [frames(_numbers(rows), size)]
    columns = [i for i, cell in enumerate(header) if cell.startswith("feature")]
    at, out = header.index("label"), []
    if not columns or any(len(row) != len(header) for row in rows):
        raise UnfitError(N_("its rows are not as long as its header"))
    labels = [row[at].strip() for row in rows[1:]]
    numbers = _numbers([[row[i] for i in columns] for row in rows[1:]])
    for label in dict.fromkeys(labels):
        some = numbers[[i for i, each in enumerate(labels) if each == label]]
        whole = label.removesuffix(".0")
        word = classes.get(int(whole), whole) if whole.lstrip("-").isdecimal() else whole
        out.append(frames(some, size, label=word))
    return out


def _numbers(rows: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    if len({len(row) for row in rows}) != 1:
        raise UnfitError(N_("its lines are not equally long"))
    return np.array([[float(cell) for cell in row] for row in rows], np.float64)


def classes_of(path: Path) -> dict[int, str]:
    """XEdu's classes.txt: lines `名称,序号`, or names alone, which then count from 0. Raises UnfitError."""
    try:
        lines = [line.strip() for line in _text(path.read_bytes()).replace("，", ",").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise UnfitError(N_("it cannot be read: {error}"), error=str(error)[:200]) from error
    if not any("," in line for line in lines):
        return dict(enumerate(lines))
    found: dict[int, str] = {}
    for line in lines:
        name, _, number = line.rpartition(",")
        if not number.strip().isdecimal() or not name.strip():
            raise UnfitError(N_("“{line}” is no line such as “wave,0”: a name, a comma, a number"), line=line[:60])
        found[int(number)] = name.strip()
    return found
