"""Takes a picture, gives the points of the one person whom a user's own TFLite model finds in it, such as MoveNet."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.models.own import OwnModel
from gongzhi.pose.filters import OneEuro
from gongzhi.pose.interpreter import TfliteModel
from gongzhi.pose.orders import places
from gongzhi.pose.roi import Roi, whole
from gongzhi.values import LANDMARK

# Such models always give all points. Somebody is there where so many of them are sure, a shoulder among them.
_LEAST_POINTS: Final = 4
_MARGIN: Final = 1.25  # of the square around the points of the frame before, as for BlazePose
_TRUNKS: Final = 3.6  # … which is at least so many trunks wide: an arm that rises is not cut off
_STALE: Final = 1.0  # seconds without a frame after which the old place says nothing
_FILTER: Final = (0.05, 80.0)  # as for BlazePose's landmarks

_SHOULDERS: Final = [LANDMARK["left_shoulder"], LANDMARK["right_shoulder"]]
_HIPS: Final = [LANDMARK["left_hip"], LANDMARK["right_hip"]]


class SinglePose:
    """A user's model as a tracker of one person; of others it knows nothing. Not to be shared between threads.

    The first look is at the whole picture, the next ones at the square around the person, as such models want it.
    """

    def __init__(self, own: OwnModel, threads: int | None = None) -> None:
        """Raises ModelError when the model cannot be run."""
        self._own = own
        self._model = TfliteModel(own.content, threads)
        cv2.setNumThreads(self._model.threads)
        size = own.note.input
        self._side = max(size.width, size.height)
        self._crop = np.empty((size.height, size.width, 3), np.uint8)
        self._table = _table(self._model, size.low, size.high)
        self._filter = OneEuro(*_FILTER)
        self._square: Roi | None = None
        self._t = -math.inf
        self._shape: tuple[int, ...] = ()

    def reset(self) -> None:
        """Forget whom we follow."""
        self._square = None
        self._filter.reset()

    def __call__(
        self, image: NDArray[np.uint8], t: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:  # fmt: skip
        """The 33 points (33, 2) in pixels and their scores (33,) in `image` (h, w, 3) uint8 RGB of time `t` seconds,
        score 0 for what the model does not have; None when nobody is there."""
        if image.shape != self._shape or not 0 <= t - self._t <= _STALE:
            self.reset()
        self._shape, self._t = image.shape, t
        before, found = self._square, None
        if before is not None:
            found = self._look(image, before)
        if found is None:
            self.reset()
            found = self._look(image, whole(image))
        if found is None:
            return None
        xy, score = found
        size = float(np.ptp(xy[score > 0], axis=0).max())
        smooth = self._filter(xy, t, max(size, 1.0)).astype(np.float32)
        self._square = _around(smooth, score, self._own.note.least)
        return smooth, score

    def _look(self, image: NDArray[np.uint8], square: Roi) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """The person in `square`; None where nobody is."""
        note, size = self._own.note, self._own.note.input
        matrix = square.affine(self._side)
        # A model whose picture is not square sees the middle of the square.
        matrix[:, 2] -= ((self._side - size.width) / 2, (self._side - size.height) / 2)
        cv2.warpAffine(image, matrix, (size.width, size.height), dst=self._crop, flags=cv2.INTER_LINEAR)
        self._model.input()[0] = self._table[self._crop]
        self._model.invoke()
        raw = self._model.real(*note.output.shape).reshape(len(self._own.order), 3)
        if not np.isfinite(raw).all():
            return None
        column = {name: raw[:, row] for row, name in enumerate(note.output.values)}
        scale = (1.0, 1.0) if note.output.unit == "pixel" else (size.width, size.height)
        pixels = np.stack((column["x"] * scale[0], column["y"] * scale[1]), 1)
        pixels += ((self._side - size.width) / 2, (self._side - size.height) / 2)
        xy = square.to_picture((pixels / self._side).astype(np.float32))
        xy, score = places(xy, np.clip(column["score"], 0.0, 1.0), self._own.order)
        sure = score >= note.least
        return (xy, score) if sure.sum() >= _LEAST_POINTS and sure[_SHOULDERS].any() else None

    @property
    def name(self) -> str:
        """The model's name, for the journal."""
        return self._own.note.name

    def close(self) -> None:
        """Let go of the model."""
        self._model.close()


def _table(model: TfliteModel, low: float, high: float) -> NDArray[np.generic]:
    """A byte of the picture (256,) as the model wants it; what it takes quantised is quantised as the file says."""
    values = low + (high - low) * np.arange(256) / 255.0
    kind = np.dtype(model.input_type)
    if kind.kind == "f":
        return values.astype(kind)
    scale, zero = model.input_quantised
    if scale:
        values = values / scale + zero
    least, most = np.iinfo(kind).min, np.iinfo(kind).max
    return np.clip(np.round(values), least, most).astype(kind)


def _around(xy: NDArray[np.float32], score: NDArray[np.float32], least: float) -> Roi | None:
    """The square in which the person is looked for in the next frame; None where too little of the trunk is seen."""
    sure = score >= least
    if not (sure[_SHOULDERS].any() and sure[_HIPS].any()):
        return None
    low, high = xy[sure].min(0), xy[sure].max(0)
    trunk = float(np.linalg.norm(xy[_SHOULDERS].mean(0) - xy[_HIPS].mean(0)))
    size = max(_MARGIN * float((high - low).max()), _TRUNKS * trunk)
    x, y = ((low + high) / 2).tolist()
    return Roi(x, y, size, 0.0) if size >= 1.0 else None
