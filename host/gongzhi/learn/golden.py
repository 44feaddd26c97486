"""Takes a data set, sets some recordings apart that nothing ever learns from: by them a lesson is measured.

They lie in the folder "golden" beside "recordings". Whole persons where there are enough of them: a model that knows a
person's other recordings is not measured by this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from gongzhi.errors import DataError
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.files import read
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.text import N_

FOLDER: Final = "golden"
_PERSONS: Final = 3  # fewer, and who is set apart would be missed too much
_EACH: Final = 5  # of recordings one in so many, where persons cannot be set apart
_LEFT: Final = 2  # of each label at least so many stay to learn from


def paths(data: Dataset) -> list[Path]:
    """The files of the golden set, sorted by name."""
    found = [path for path in (data.folder / FOLDER).glob("*.*") if path.suffix in (".jsonl", ".parquet")]
    return sorted(found, key=lambda path: path.name)


def recordings(data: Dataset) -> list[AnyRecording]:
    """The golden set. Raises DataError for a broken file."""
    return [data.looked_at(read(path)) for path in paths(data)]


def choose(data: Dataset) -> list[str]:
    """The names of recordings that make a good golden set: of one person who shows every label, else one in five of
    each label. Always the same for the same data. Raises DataError where too little would be left to learn from."""
    found = data.recordings()
    labels, persons = {each.head.label for each in found}, {each.head.person for each in found}
    if len(persons) >= _PERSONS:
        for person in sorted(persons, key=_lot):
            mine = [each for each in found if each.head.person == person]
            if {each.head.label for each in mine} == labels and _enough(found, mine):
                return sorted(each.name for each in mine)
    chosen: list[AnyRecording] = []
    for label in sorted(labels):
        shown = sorted((each for each in found if each.head.label == label), key=lambda each: _lot(each.name))
        chosen += shown[: max(1, len(shown) // _EACH)]
    if not chosen or not _enough(found, chosen):
        raise DataError(
            N_("There is too little to set apart a golden set: of each label {least} recordings must be left."),
            N_("Record each label at least three times."),
            least=_LEFT,
        )
    return sorted(each.name for each in chosen)


def _lot(name: str) -> bytes:
    """An order that has nothing to do with when and what was recorded, and that is always the same."""
    return sha256(name.encode()).digest()


def _enough(found: list[AnyRecording], chosen: list[AnyRecording]) -> bool:
    names = {each.name for each in chosen}
    left = [each.head.label for each in found if each.name not in names]
    return all(left.count(label) >= _LEFT for label in {each.head.label for each in found})


def move(data: Dataset, names: Iterable[str], *, back: bool = False) -> list[str]:
    """Move these recordings into the golden set, or `back` to those that are learnt from; their names. Raises DataError
    where one is not there, or the disk refuses."""
    here = {path.stem: path for path in (paths(data) if back else data.paths)}
    wanted = list(names)
    missing = [name for name in wanted if name not in here]
    if missing:
        raise DataError(
            N_("There is no recording “{name}” in {folder}."), N_("See: gongzhi data show"),
            name=missing[0], folder=str(data.folder),
        )  # fmt: skip
    to = data.folder / ("recordings" if back else FOLDER)
    try:
        to.mkdir(exist_ok=True)
        for name in wanted:
            here[name].replace(to / here[name].name)
    except OSError as error:
        raise DataError(
            N_("{path} cannot be written: {error}"), N_("Look whether the disk is full or write-protected."),
            path=str(to), error=error.strerror or str(error),
        ) from error  # fmt: skip
    return wanted
