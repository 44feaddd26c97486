"""Takes a pupil's file or folder, gives its recordings to a data set; says what was taken, what not and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Final

from gongzhi.camera.pictures import SUFFIXES
from gongzhi.challenge import task
from gongzhi.errors import DataError
from gongzhi.learn import dataset, formats, whole_body
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.formats import Frames, UnfitError
from gongzhi.learn.importing_pictures import pictures, video
from gongzhi.learn.importing_report import Options, Report, add, guarded, number_of
from gongzhi.learn.importing_sensors import (
    ARRAYS,
    LOOKED,
    OURS,
    TABLES,
    head_of_file,
    kind_of,
    ours,
    table_of,
    take_logs,
)  # fmt: skip
from gongzhi.learn.recording import Head
from gongzhi.learn.sensor_formats import UnsureError
from gongzhi.stages.estimate import Estimator
from gongzhi.text import N_, Later

NUMBERS: Final = frozenset({".npy", ".npz", ".txt", ".csv", ".json"})
VIDEOS: Final = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"})
_CLASSES: Final = "classes.txt"
_SERIES: Final = ("BlazePose-33", whole_body.HOLISTIC_KIND)  # of which files of one frame are a movement
_MOST_FILES: Final = 20_000


def label_of(path: Path, source: Path) -> str:
    """The folder's name where the file lies in a folder of the source (of a numbered one in it, "wave/12/0.npy", that
    of the folder above), else the file's name up to its last "_" or digits ("wave_12.npy", "wave12.npy": "wave")."""
    if path.parent != source and path != source:
        numbered = path.parent.name.isdecimal() and path.parent.parent not in (source, *source.parents)
        return path.parent.parent.name if numbered else path.parent.name
    stem = path.stem
    cut = re.sub(r"_[^_]*$", "", stem) if "_" in stem else re.sub(r"\d+$", "", stem)
    return cut.strip(" -.") or stem


def import_(
    source: Path, target: Dataset, options: Options | None = None, estimator: Callable[[], Estimator] | None = None,
    told: Callable[[str, float], None] | None = None,
) -> Report:  # fmt: skip
    """Add all that can be read in `source` to `target`.

    Args:
        source: a file, or a folder with folders of classes or with files named after their class.
        target: the data set; labels that it does not have join it.
        options: what the files do not say.
        estimator: makes a fresh pose estimator, for videos and pictures; None leaves those out, with that reason.
        told: hears which file is being looked at, and the share of all that is done (0..1).

    Links are not followed. A file that cannot be read becomes a line of the report and nothing else. Raises DataError
    when the source does not exist, or the data set cannot be written.
    """
    options = options or Options()
    report = Report(told=told)
    if not source.exists():
        raise DataError(N_("There is nothing at {path}."), N_("Check the name."), path=str(source))
    files = _found(source, target.folder)
    classes = _classes(files, report)
    waiting, report.total = _Waiting(), len(files)
    for path in files:
        report.tell(path)
        if path.name != _CLASSES:
            _sort(path, label_of(path, source), classes, target, options, estimator, report, waiting)
        report.done += path.suffix.lower() not in SUFFIXES or bool(target.about.channels)
    for (label, kind, still, _), found in waiting.single.items():
        found.sort(key=lambda each: number_of(each[0]))
        name = f"{label}-{kind}" if label.isascii() else kind
        add(target, name, label, [each for _, each in found], still, options, report)
    sure = any(why.degrees for _, _, why in waiting.unsure)  # files of one import come from one program
    for path, label, why in waiting.unsure:
        turned = replace(options, rotation="deg/s")
        if not sure:
            report.left.append((path.name, why.why))
        else:
            left = len(report.left)
            guarded(report, path, partial(_table, path, label, target, turned, report, waiting))
            report.guessed += len(report.left) == left
    for label, paths in waiting.images.items():
        pictures(paths, label, target, options, estimator, report)
    return report


def _classes(files: list[Path], report: Report) -> dict[int, str]:
    found: dict[int, str] = {}
    for path in [each for each in files if each.name == _CLASSES]:
        try:
            found |= formats.classes_of(path)
        except UnfitError as error:
            report.left.append((path.name, error.why))
    return found


def have_hands(source: Path) -> bool:
    """Whether one of the first files in `source` carries hands: then a new data set learns from them."""
    return any(map(_carries, [path for path in _found(source) if path.suffix.lower() in NUMBERS | OURS][:LOOKED]))


def _carries(path: Path) -> bool:
    suffix = path.suffix.lower()
    try:
        if suffix in OURS:
            head = head_of_file(path)
            return isinstance(head, Head) and head.hands
        if suffix in ARRAYS:
            return any(whole_body.divided(each, None) is not None for each in formats.arrays(path))
        return any(each.hands is not None for each in formats.read(path, (1, 1), {}))
    except UnfitError:  # the import says what is wrong with it
        return False


def new_kind(source: Path) -> tuple[list[str], str]:
    """The channels and the unit of a new data set for what is in `source`; none for people."""
    return kind_of(path for path in _found(source) if path.name != _CLASSES)


def _found(source: Path, own: Path | None = None) -> list[Path]:
    return [source] if source.is_file() else sorted(_files(source, own))


@dataclass(slots=True)
class _Waiting:
    """What becomes one recording only together: frames by label, format, order and folder; pictures by label. And the
    tables, with their labels, of which only the others say in which unit they turn."""

    single: dict[tuple[str, str, bool, Path], list[tuple[Path, Frames]]] = field(default_factory=dict)
    images: dict[str, list[Path]] = field(default_factory=dict)
    unsure: list[tuple[Path, str, UnsureError]] = field(default_factory=list)


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
    if suffix in SUFFIXES and not target.about.channels:
        waiting.images.setdefault(label, []).append(path)
    elif suffix in VIDEOS and not target.about.channels:
        guarded(report, path, lambda: video(path, label, target, options, estimator, report))
    elif suffix in (OURS | TABLES if target.about.channels else OURS | TABLES - ARRAYS) and guarded(
        report, path, lambda: _table(path, label, target, options, report, waiting)
    ):
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
                add(target, path.stem, named, [each], still, options, report)
    else:
        report.left.append((path.name, Later(N_("files of this kind hold no keypoints"), {})))


def _files(source: Path, own: Path | None) -> Iterator[Path]:
    """What may be imported into a data set in `own`. Of another one in the source only its recordings: what was removed
    there, waits or is golden stays there; and nothing by which a contest tests."""

    @cache
    def is_set(folder: Path) -> bool:
        return folder.is_relative_to(source) and (folder / dataset.FILE).is_file()

    @cache
    def is_task(folder: Path) -> bool:
        return folder.is_relative_to(source) and (folder / task.FILE).is_file()

    for count, path in enumerate(source.rglob("*")):
        if count >= _MOST_FILES:
            raise DataError(
                N_("There are more than {most} files in {path}."), N_("Import its folders one by one."),
                most=_MOST_FILES, path=str(source),
            )  # fmt: skip
        hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
        of = next(filter(is_set, path.parents), None)
        learnt = of is None or (path.parent == of / dataset.RECORDINGS and (own is None or not of.samefile(own)))
        tests = any(is_task(each) and path.relative_to(each).parts[0] in task.TESTS for each in path.parents)
        if path.is_file() and not path.is_symlink() and not hidden and learnt and not tests:
            yield path


def _read(path: Path, options: Options, classes: dict[int, str], report: Report) -> list[Frames]:
    try:
        return formats.read(path, options.size, classes)
    except UnfitError as error:
        report.left.append((path.name, error.why))
        return []


def _table(path: Path, label: str, target: Dataset, options: Options, report: Report, waiting: _Waiting) -> bool:
    """Take a recording of ours or a motion sensor's log; False for what is neither. Raises UnfitError."""
    if path.suffix.lower() in OURS and (whole := ours(path)) is not None:
        if target.lacks_hands(whole):
            raise UnfitError(N_("nobody looked for hands in it, and this data set learns from them"))
        if not target.takes(whole):
            raise UnfitError(N_("it is of another kind than this data set: people and sensors, and sensors of other "
                                "kinds, each have their own"))  # fmt: skip
        target.add(whole)
        report.taken.append((path.name, whole.head.label, len(whole.t), "Gongzhi"))
        return True
    try:
        made = take_logs(path, label, target, options)
    except UnsureError as error:
        waiting.unsure.append((path, label, error))
        return True
    for each in made or ():
        report.assumed |= {"person"} | (set() if each.timed else {"fps"})
        report.taken.append((path.stem, each.label or label, len(each.t), each.kind))
        report.dropped += each.dropped
    if made is None and path.suffix.lower() == ".parquet":
        add(target, path.stem, label, [table_of(path, options.size)], False, options, report)
        return True
    return made is not None
