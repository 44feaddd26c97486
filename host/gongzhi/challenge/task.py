"""Takes the folder of a task, gives what challenge.toml says and both test parts, the hidden one checked by hash."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from gongzhi.config import load_toml
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn.files import read_keypoints
from gongzhi.learn.recording import Recording, Word
from gongzhi.learn.windows import Kind, Piece, Windows, windows_of
from gongzhi.text import N_, Language, pick

FILE: Final = "challenge.toml"
PUBLIC, HIDDEN, ENTRIES = "public", "hidden", "entries"
VISIBLE, ASK = "visible", "ask"  # in PUBLIC: the clips to practise with, the hidden ones without answers
TESTS: Final = frozenset({VISIBLE, ASK, HIDDEN})  # which nobody changes
SALT: Final = "salt.txt"
UNKNOWN: Final = "?"  # the label of a clip whose answer is not told
Part = Literal["visible", "hidden"]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]
_Text = Annotated[str, msgspec.Meta(max_length=400)]
_Day = datetime.date


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a submission: how many a team may hand in, processor seconds for all clips together, memory on top of the
    interpreter's own, the file's size."""

    entries: Annotated[int, msgspec.Meta(ge=1, le=999)] = 10
    seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 60
    memory_mb: Annotated[int, msgspec.Meta(ge=64, le=16384)] = 512
    file_kb: Annotated[int, msgspec.Meta(ge=1, le=65536)] = 4096


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who competes with whom; `id` stands in files, `title` on the board."""

    id: Name
    title: dict[str, _Text]


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """challenge.toml. `metric`: the share of right clips, or the mean of the labels' shares; `split` by what the
    test parts were kept apart; `words` what people read of the labels; `hidden` the hash by which a changed hidden
    part is noticed; dates are the last days of submitting, in the place's own time."""

    format: Literal[1] = 1
    id: Name
    title: dict[str, _Text]
    about: dict[str, _Text] = {}
    labels: Annotated[list[Word], msgspec.Meta(min_length=2, max_length=64)]
    words: dict[Word, dict[str, _Text]] = {}
    rate: Annotated[float, msgspec.Meta(gt=0.2, le=60)]
    metric: Literal["accuracy", "balanced"] = "accuracy"
    accepts: Annotated[list[Literal["model", "csv"]], msgspec.Meta(min_length=1)] = msgspec.field(
        default_factory=lambda: ["model", "csv"]
    )
    split: Kind
    hidden: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    opens: _Day | None = None
    closes: _Day | None = None
    limits: Limits = Limits()
    group: list[Group] = []

    def called(self, label: str, which: Language | None = None) -> str:
        """What people read of a label, in a language."""
        return pick(self.words.get(label, {}), which) or label


@dataclass(frozen=True, slots=True)
class Task:
    """A task's folder and description. The folder that is handed out has no hidden part: `whole` is False there."""

    folder: Path
    about: About

    @property
    def whole(self) -> bool:
        """Whether the hidden part is here."""
        return (self.folder / HIDDEN).is_dir()

    @property
    def public(self) -> Path:
        """What is handed out to the teams."""
        return self.folder / PUBLIC if self.whole else self.folder

    def over(self, today: datetime.date) -> bool:
        """Whether submitting has ended."""
        return self.about.closes is not None and today > self.about.closes

    def clips(self, part: Part) -> list[Recording]:
        """The clips of a test part with their answers, by name. Raises DataError for a broken or changed one."""
        if part == "visible":
            return _recordings(self.public / VISIBLE / "recordings")
        folder = self.folder / HIDDEN
        if not self.whole:
            raise DataError(
                N_("{folder} is what the teams get: the hidden part is not here."),
                N_("Use the folder in which the task was made."),
                folder=str(self.folder),
            )
        if fingerprint(folder) != self.about.hidden:
            raise DataError(
                N_("The hidden part in {folder} is not the one that challenge.toml names: a file was changed."),
                N_("Put the files back as they were, or make the task anew."),
                folder=str(folder),
            )
        return _recordings(folder)

    def unanswered(self) -> list[Recording]:
        """The hidden part's clips as the teams have them: without answers."""
        return _recordings(self.public / ASK / "recordings")

    def windows(self, clips: list[Recording]) -> Windows:
        """One window a clip, in their order; `y` are numbers of the task's labels, one more for “?”."""
        labels = [*self.about.labels, UNKNOWN]
        found = windows_of(clips, [Piece(i) for i in range(len(clips))], labels, self.about.rate)
        if len(found) != len(clips) or not np.array_equal(found.group, np.arange(len(clips))):
            raise DataError(
                N_("A clip of the task in {folder} is too short, or shows nobody."), N_("Make the task anew."),
                folder=str(self.folder),
            )  # fmt: skip
        return found


def fingerprint(folder: Path) -> str:
    """One hash for all files of a folder: a name and a content that change anywhere change it. The salt among the files
    keeps anybody from finding the answers by trying them."""
    whole = sha256()
    for path in sorted(folder.iterdir()):
        whole.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _recordings(folder: Path) -> list[Recording]:
    return [read_keypoints(path) for path in sorted(folder.glob("*.jsonl"))]


def load(folder: Path) -> Task:
    """The task in a folder. Raises ConfigError."""
    path = folder / FILE
    if not path.is_file():
        raise ConfigError(
            N_("There is no task in {folder}: challenge.toml is missing."),
            N_("Make one with: gongzhi challenge new DATASET --to {folder}"),
            folder=str(folder),
        )
    about = load_toml(path, About)
    ids = [each.id for each in about.group]
    if len(set(ids)) != len(ids) or len(set(about.labels)) != len(about.labels):
        raise ConfigError(
            N_("{file}: a label or a group stands there twice."), N_("Give each its own name."), file=path
        )
    return Task(folder, about)
