"""Takes a pupil's file or folder, gives its recordings to a data set; says what was taken, what not and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np

from gongzhi.camera import pictures
from gongzhi.camera.recorded import Video
from gongzhi.errors import CameraError, DataError, ModelError
from gongzhi.learn import formats, hand_track, whole_body
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.formats import Frames, UnfitError
from gongzhi.learn.importing_sensors import OURS, TABLES, kind_of, ours, table_of, take_logs
from gongzhi.learn.recording import MOST_FRAMES, Recording, head_of
from gongzhi.stages.estimate import Estimator
from gongzhi.text import N_, Later
from gongzhi.values import Frame

NUMBERS: Final = frozenset({".npy", ".npz", ".txt", ".csv", ".json"})
VIDEOS: Final = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"})
_CLASSES: Final = "classes.txt"
_SERIES: Final = ("BlazePose-33", whole_body.HOLISTIC_KIND)  # of which files of one frame are a movement
_MOST_FILES: Final = 20_000
_LOOKS: Final = 7  # at one picture, where hands are wanted: both sides at three sizes, after the person is found
Order = Literal["auto", "series", "still"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to read what files do not say: `size` of the picture, frames a second, the person's number, and whether
    files of one frame are a movement in the order of their numbers ("series") or poses of their own ("still"); "auto":
    BlazePose-33 arrays are a series, everything else of one frame is still; the `unit` of an accelerometer's table:
    "g", "mg" or "m/s2"."""

    size: tuple[int, int] = (640, 480)
    fps: float = 30.0
    person: str = "p00"
    order: Order = "auto"
    unit: str = ""


@dataclass(slots=True)
class Report:
    """`taken`: (file or files, label, frames, what it was); `left`: (file, why not); `dropped` frames of the taken ones
    without a person or with broken numbers."""

    taken: list[tuple[str, str, int, str]] = field(default_factory=list)
    left: list[tuple[str, Later]] = field(default_factory=list)
    dropped: int = 0


def label_of(path: Path, source: Path) -> str:
    """The folder's name where the file lies in a folder of the source (of a numbered one in it, "wave/12/0.npy", that
    of the folder above), else the file's name up to its last "_" or digits ("wave_12.npy", "wave12.npy": "wave")."""
    if path.parent != source and path != source:
        numbered = path.parent.name.isdecimal() and path.parent.parent not in (source, *source.parents)
        return path.parent.parent.name if numbered else path.parent.name
    stem = path.stem
    cut = re.sub(r"_[^_]*$", "", stem) if "_" in stem else re.sub(r"\d+$", "", stem)
    return cut.strip(" -.") or stem


def _number(path: Path) -> tuple[int, str]:
    found = re.search(r"(\d{1,18})$", path.stem)
    return (int(found[1]) if found else -1, path.name)


def import_(
    source: Path, target: Dataset, options: Options | None = None, estimator: Callable[[], Estimator] | None = None
) -> Report:
    """Add all that can be read in `source` to `target`.

    Args:
        source: a file, or a folder with folders of classes or with files named after their class.
        target: the data set; labels that it does not have join it.
        options: what the files do not say.
        estimator: makes a fresh pose estimator, for videos and pictures; None leaves those out, with that reason.

    Links are not followed. A file that cannot be read becomes a line of the report and nothing else. Raises DataError
    when the source does not exist, or the data set cannot be written.
    """
    options = options or Options()
    report = Report()
    if not source.exists():
        raise DataError(N_("There is nothing at {path}."), N_("Check the name."), path=str(source))
    files = [source] if source.is_file() else sorted(_files(source))
    classes: dict[int, str] = {}
    for path in [each for each in files if each.name == _CLASSES]:
        try:
            classes |= formats.classes_of(path)
        except UnfitError as error:
            report.left.append((path.name, error.why))
    waiting = _Waiting()
    for path in files:
        if path.name != _CLASSES:
            _sort(path, label_of(path, source), classes, target, options, estimator, report, waiting)
    for (label, kind, still, _), found in waiting.single.items():
        found.sort(key=lambda each: _number(each[0]))
        name = f"{label}-{kind}" if label.isascii() else kind
        _add(target, name, label, [each for _, each in found], still, options, report)
    for label, paths in waiting.images.items():
        _pictures(paths, label, target, options, estimator, report)
    return report


def have_hands(source: Path) -> bool:
    """Whether recordings or arrays in `source` carry hands: then a new data set learns from them."""
    files = [source] if source.is_file() else sorted(_files(source))
    return any(_carries(path) for path in files if path.suffix.lower() in {".npy", *OURS})


def _carries(path: Path) -> bool:
    try:
        if path.suffix.lower() == ".npy":
            return whole_body.divided(np.load(path, mmap_mode="r", allow_pickle=False), None) is not None
        found = ours(path)
        return isinstance(found, Recording) and found.hands is not None
    except (OSError, ValueError, EOFError):  # the import says what is wrong with it
        return False


def new_kind(source: Path) -> tuple[list[str], str]:
    """The channels and the unit of a new data set for what is in `source`; none for people."""
    return kind_of([source] if source.is_file() else sorted(_files(source)))


@dataclass(slots=True)
class _Waiting:
    """What becomes one recording only together: frames by label, format, order and folder; pictures by label."""

    single: dict[tuple[str, str, bool, Path], list[tuple[Path, Frames]]] = field(default_factory=dict)
    images: dict[str, list[Path]] = field(default_factory=dict)


def _sort(
    path: Path,
    label: str,
    classes: dict[int, str],
    target: Dataset,
    options: Options,
    estimator: Callable[[], Estimator] | None,
    report: Report,
    waiting: _Waiting,
) -> None:
    """Take one file, or put it to those that it belongs to."""
    suffix = path.suffix.lower()
    if suffix in pictures.SUFFIXES and not target.about.channels:
        waiting.images.setdefault(label, []).append(path)
    elif suffix in VIDEOS and not target.about.channels:
        _guarded(report, path, lambda: _video(path, label, target, options, estimator, report))
    elif suffix in OURS | TABLES and _guarded(report, path, lambda: _table(path, label, target, options, report)):
        pass
    elif target.about.channels:
        report.left.append((path.name, Later(N_("files of this kind hold no samples of a sensor"), {})))
    elif suffix in NUMBERS:
        for each in _read(path, options, classes, report):
            named = each.label or label
            if len(each.xy) + each.dropped == 1 and each.label is None:
                still = options.order == "still" or (options.order == "auto" and each.kind not in _SERIES)
                waiting.single.setdefault((named, each.kind, still, path.parent), []).append((path, each))
            else:
                # A table with labels holds poses, not movements, unless it is said to.
                still = options.order == "still" or (options.order == "auto" and each.label is not None)
                _add(target, path.stem, named, [each], still, options, report)
    else:
        report.left.append((path.name, Later(N_("files of this kind hold no keypoints"), {})))


def _files(source: Path) -> Iterator[Path]:
    for count, path in enumerate(source.rglob("*")):
        if count >= _MOST_FILES:
            raise DataError(
                N_("There are more than {most} files in {path}."), N_("Import its folders one by one."),
                most=_MOST_FILES, path=str(source),
            )  # fmt: skip
        hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
        if path.is_file() and not path.is_symlink() and not hidden:
            yield path


def _read(path: Path, options: Options, classes: dict[int, str], report: Report) -> list[Frames]:
    try:
        return formats.read(path, options.size, classes)
    except UnfitError as error:
        report.left.append((path.name, error.why))
        return []


def _add(
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
    except ValueError as error:
        report.left.append((name, Later(N_("it cannot be read: {error}"), {"error": str(error)[:200]})))
        return
    report.taken.append((name, label, len(xy), parts[0].kind))
    report.dropped += sum(each.dropped for each in parts)


def _hands(target: Dataset, parts: list[hand_track.HandTrack | None]) -> hand_track.HandTrack | None:
    """The hands of frames in their order, where the data set learns from them. Raises UnfitError without any."""
    if not target.about.hands:
        return None
    found = [one for one in parts if one is not None]
    if len(found) < len(parts):
        raise UnfitError(N_("nobody looked for hands in it, and this data set learns from them"))
    return hand_track.joined(found)


def _guarded(report: Report, path: Path, work: Callable[[], object]) -> bool:
    """Whether `work` has dealt with the file: taken it, or left it with a reason."""
    try:
        return bool(work())
    except UnfitError as error:
        report.left.append((path.name, error.why))
    except (CameraError, ModelError) as error:
        report.left.append((path.name, Later(error.message, error.values)))
    return True


def _table(path: Path, label: str, target: Dataset, options: Options, report: Report) -> bool:
    """Take a recording of ours or an accelerometer's log; False for what is neither. Raises UnfitError."""
    if path.suffix.lower() in OURS and (whole := ours(path)) is not None:
        if target.lacks_hands(whole):
            raise UnfitError(N_("nobody looked for hands in it, and this data set learns from them"))
        if not target.takes(whole):
            raise UnfitError(N_("it is of another kind than this data set: people and sensors, and sensors of other "
                                "kinds, each have their own"))  # fmt: skip
        target.add(whole)
        report.taken.append((path.name, whole.head.label, len(whole.t), "Gongzhi"))
        return True
    made = take_logs(path, label, target, options.person, options.unit)
    for each in made or ():
        report.taken.append((path.stem, each.label or label, len(each.t), each.kind))
        report.dropped += each.dropped
    if made is None and path.suffix.lower() == ".parquet":
        _add(target, path.stem, label, [table_of(path, options.size)], False, options, report)
        return True
    return made is not None


def _need(estimator: Callable[[], Estimator] | None) -> Estimator:
    if estimator is None:
        raise UnfitError(N_("pictures and videos need the pose model, which is not here"))
    return estimator()


def _video(
    path: Path, label: str, target: Dataset, options: Options, make: Callable[[], Estimator] | None, report: Report
) -> None:
    estimator, video = _need(make), Video(path, say=lambda _: None)
    times, found, size = [], [], options.size
    try:
        for seq, (t, image) in enumerate(video):
            size = image.shape[1], image.shape[0]
            keypoints = estimator(Frame(image, t, seq))
            if keypoints is None:
                report.dropped += 1
            else:
                times.append(t)
                found.append(keypoints)
            if seq >= MOST_FRAMES:
                raise UnfitError(N_("it is too large"))
    finally:
        video.close()
        estimator.close()
    if not found:
        raise UnfitError(N_("nobody was found in it"))
    with_hands = target.about.hands
    head = head_of(label, size, person=options.person, source=f"video: {path.name}"[:200], hands=with_hands)
    xy, score = np.stack([each.xy for each in found]), np.stack([each.score for each in found])
    hands = hand_track.of(found) if with_hands else None
    target.add(Recording(path.stem, head, np.array(times), xy, score, hands))
    report.taken.append((path.name, label, len(found), "video"))


def _pictures(
    paths: list[Path],
    label: str,
    target: Dataset,
    options: Options,
    make: Callable[[], Estimator] | None,
    report: Report,
) -> None:
    """A folder of pictures of one class: each a pose of its own, found anew."""
    found: list[Frames] = []
    for path in sorted(paths, key=_number):

        def one(path: Path = path) -> None:
            estimator = _need(make)
            try:
                image = pictures.load(path)
                # Hands are searched for one after the other, four times a second (person_hands.py).
                for look in range(_LOOKS if target.about.hands else 1):
                    keypoints = estimator(Frame(image, look / 4, look))
            finally:
                estimator.close()
            if keypoints is None:
                raise UnfitError(N_("nobody was found in it"))
            hands = hand_track.of([keypoints]) if target.about.hands else None
            frame = keypoints.xy[None], keypoints.score[None], keypoints.size
            found.append(Frames(*frame, "pictures", hands=hands))

        _guarded(report, path, one)
    if found:
        _add(target, f"{label}-pictures" if label.isascii() else "pictures", label, found, True, options, report)
