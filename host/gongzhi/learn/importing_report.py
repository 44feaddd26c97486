"""Takes what an import reads, adds it to a data set, and keeps what was taken, what not and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np

from gongzhi.errors import CameraError, ModelError
from gongzhi.learn import hand_track
from gongzhi.learn.dataset import Dataset, KnownError
from gongzhi.learn.formats import Frames, UnfitError
from gongzhi.learn.recording import MOST_FRAMES, Recording, head_of
from gongzhi.text import N_, Later

PICTURES: Final = N_("pictures")
VIDEO: Final = N_("video")
Order = Literal["auto", "series", "still"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to read what files do not say: `size` of the picture, frames a second, the person's number, and whether
    files of one frame are a movement in the order of their numbers ("series") or poses of their own ("still"); "auto":
    BlazePose-33 arrays are a series, everything else of one frame is still; the `unit` of an accelerometer's table:
    "g", "mg" or "m/s2", and of its `rotation`: "deg/s" or "rad/s"."""

    size: tuple[int, int] = (640, 480)
    fps: float = 30.0
    person: str = "p00"
    order: Order = "auto"
    unit: str = ""
    rotation: str = ""


@dataclass(slots=True)
class Report:
    """`taken`: (file or files, label, frames, what it was); `left`: (file, why not); `dropped` frames of the taken ones
    without a person or with broken numbers; `assumed`: which Options had to say what files did not; `guessed`: in so
    many tables the unit of the rotation was told by its size alone. `told`, if given, hears which file is being looked
    at, and which share of all is done (0..1)."""

    taken: list[tuple[str, str, int, str]] = field(default_factory=list)
    left: list[tuple[str, Later]] = field(default_factory=list)
    dropped: int = 0
    assumed: set[str] = field(default_factory=set)
    guessed: int = 0
    told: Callable[[str, float], None] | None = None
    total: int = 0
    done: int = 0

    def tell(self, path: Path, part: float = 0.0) -> None:
        """This file is being looked at, a `part` of it has been."""
        if self.told is not None:
            self.told(path.name, (self.done + part) / max(self.total, 1))


def number_of(path: Path) -> tuple[int, str]:
    """By which files are put in order: their trailing number, and their name."""
    found = re.search(r"(\d{1,18})$", path.stem)
    return (int(found[1]) if found else -1, path.name)


def guarded(report: Report, path: Path, work: Callable[[], object]) -> bool:
    """Whether `work` has dealt with the file: taken it, or left it with a reason."""
    try:
        return bool(work())
    except UnfitError as error:
        report.left.append((path.name, error.why))
    except (CameraError, ModelError, KnownError) as error:
        report.left.append((path.name, Later(error.message, error.values)))
    return True


def add(
    target: Dataset, name: str, label: str, parts: list[Frames], still: bool, options: Options, report: Report
) -> None:
    """One recording out of frames in their order."""
    xy, score = np.concatenate([each.xy for each in parts]), np.concatenate([each.score for each in parts])
    size = max(each.size[0] for each in parts), max(each.size[1] for each in parts)
    rate = 1.0 if still else options.fps
    try:
        if len(xy) > MOST_FRAMES:
            raise UnfitError(N_("it is too large"))
        hands = _hands(target, [each.hands for each in parts])
        source = f"{parts[0].kind}: {name}"[:200]
        head = head_of(label, size, person=options.person, source=source, still=still, hands=hands is not None)
        target.add(Recording(name, head, np.arange(len(xy)) / rate, xy, score, hands))
    except UnfitError as error:
        report.left.append((name, error.why))
        return
    except KnownError as error:
        report.left.append((name, Later(error.message, error.values)))
        return
    except ValueError as error:
        report.left.append((name, Later(N_("it cannot be read: {error}"), {"error": str(error)[:200]})))
        return
    report.taken.append((name, label, len(xy), parts[0].kind))
    report.assumed |= {"person"} | ({"size"} if parts[0].kind != PICTURES else set()) | (set() if still else {"fps"})
    report.dropped += sum(each.dropped for each in parts)


def _hands(target: Dataset, parts: list[hand_track.HandTrack | None]) -> hand_track.HandTrack | None:
    """The hands of frames in their order, where the data set learns from them. Raises UnfitError without any."""
    if not target.about.hands:
        return None
    found = [one for one in parts if one is not None]
    if len(found) < len(parts):
        raise UnfitError(N_("nobody looked for hands in it, and this data set learns from them"))
    return hand_track.joined(found)
