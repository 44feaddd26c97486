"""Takes one recording of a movement as keypoints, gives it checked, as the features that run in a project."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.errors import DataError
from gongzhi.learn.hand_track import HandTrack
from gongzhi.learn.view import HANDS, POSE, View
from gongzhi.stages.extract import extract
from gongzhi.text import N_
from gongzhi.values import Features, Hand, Keypoints

MOST_FRAMES: Final = 200_000  # nearly two hours at 30 a second
TAUGHT: Final = "taught-"  # how the names of recordings begin that were taught in a run
_FAR: Final = 1e6  # pixels; a point further away is no point of a picture

Slug = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f/\\]+\Z")]
Side = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first line: what is shown and who moved (a number such as "p01", never a name), in which room or on which
    day (`session`), the picture's (width, height) in pixels, where it came from; `still`: each frame is a pose of its
    own, and the order of the frames means nothing; `hands`: they were looked for, too."""

    format: int = 1
    label: Word
    person: Slug = "p00"
    session: Slug = "s00"
    size: tuple[Side, Side]
    source: Annotated[str, msgspec.Meta(max_length=200)] = ""
    still: bool = False
    hands: bool = False


class HandLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hand in a frame: as in HandTrack."""

    xy: Annotated[list[tuple[float, float]], msgspec.Meta(min_length=21, max_length=21)]
    xyz: Annotated[list[tuple[float, float, float]], msgspec.Meta(min_length=21, max_length=21)]
    s: Annotated[float, msgspec.Meta(gt=0, le=1)]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A frame, with the left hand and the right one where they are seen."""

    t: float
    xy: Annotated[list[tuple[float, float]], msgspec.Meta(min_length=33, max_length=33)]
    s: Annotated[list[float], msgspec.Meta(min_length=33, max_length=33)]
    left: HandLine | None = None
    right: HandLine | None = None


def head_of(label: str, size: tuple[int, int], **rest: object) -> Head:
    """A recording's head from words that come from outside. Raises ValueError when one is not valid."""
    try:
        return msgspec.convert({"label": label, "size": size, **rest}, Head)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One recording: `t` (n,) float64 seconds, strictly rising; `xy` (n, 33, 2) float32 pixels, y down; `score`
    (n, 33) float32 in 0..1; `hands` where the head says that they were looked for. Raises ValueError for anything
    else."""

    name: str
    head: Head
    t: NDArray[np.float64]
    xy: NDArray[np.float32]
    score: NDArray[np.float32]
    hands: HandTrack | None = None

    def __post_init__(self) -> None:
        n = len(self.t)
        if self.head.hands != (self.hands is not None) or (self.hands is not None and len(self.hands) != n):
            raise ValueError("its head says otherwise whether there are hands")
        if not 1 <= n <= MOST_FRAMES or self.xy.shape != (n, 33, 2) or self.score.shape != (n, 33):
            raise ValueError(f"{n} frames, points {self.xy.shape}, scores {self.score.shape}")
        if not (np.isfinite(self.t).all() and np.isfinite(self.xy).all() and np.isfinite(self.score).all()):
            raise ValueError("a number is not finite")
        if np.abs(self.xy).max() > _FAR or self.score.min() < 0 or self.score.max() > 1:
            raise ValueError("a point is out of reach, or a score outside 0..1")
        if n > 1 and not (np.diff(self.t) > 0).all():
            raise ValueError("the times do not rise")

    @property
    def taught(self) -> bool:
        """Whether it was taught in a run (gongzhi.teach), a correction and no recording session."""
        return self.name.startswith(TAUGHT)

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return float(self.t[-1] - self.t[0])

    @property
    def view(self) -> View:
        """How learning looks at it."""
        return POSE if self.hands is None else HANDS

    def without_hands(self) -> Recording:
        """The body alone."""
        return replace(self, head=msgspec.structs.replace(self.head, hands=False), hands=None)

    def cut(self, rows: Any, t: NDArray[np.float64]) -> Recording:
        """Some of the frames, which have these times."""
        hands = None if self.hands is None else self.hands.take(rows)
        return replace(self, t=t, xy=self.xy[rows], score=self.score[rows], hands=hands)

    def frames(self) -> list[Features]:
        """As `features`."""
        return self.features()

    def features(self) -> list[Features]:
        """What `extract` makes of each frame, by the very code that runs in a project."""
        return [
            extract(Keypoints(xy.copy(), score.copy(), float(t), seq, self.head.size, "blazepose", self._hands(seq)))
            for seq, (t, xy, score) in enumerate(zip(self.t, self.xy, self.score, strict=True))
        ]

    def _hands(self, frame: int) -> tuple[Hand, ...]:
        return () if self.hands is None else self.hands.at(frame, float(self.t[frame]))


def write_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` whole or not at all, also when the power fails. Raises DataError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(part).chmod(0o644)
            Path(part).replace(path)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            N_("{path} cannot be written: {error}"),
            N_("Look whether the disk is full or write-protected."),
            path=str(path),
            error=error.strerror or str(error),
        ) from error
