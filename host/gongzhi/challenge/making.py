"""Takes a data set, gives the folder of a task: what teams learn from, what they test with, and what is kept hidden."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from gongzhi.challenge.task import (
    ASK,
    ENTRIES,
    FILE,
    HIDDEN,
    PUBLIC,
    SALT,
    UNKNOWN,
    VISIBLE,
    Task,
    fingerprint,
    load,
)  # fmt: skip
from gongzhi.errors import DataError
from gongzhi.learn import dataset, pack
from gongzhi.learn.files import encode
from gongzhi.learn.recording import Recording, write_file
from gongzhi.learn.windows import LENGTH, Kind, Piece, divide, windows_of
from gongzhi.text import N_, Language, pick, tr
from gongzhi.values import Labels

# After the notice of a national activity; a contest's own guide decides, so they stand in the file to be changed.
GROUPS: Final = (
    ("primary", "小学高年级", "Grades 4 to 6"),
    ("junior", "初中", "Junior high"),
    ("senior", "高中", "Senior high"),
)
_EPS: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Wish:
    """What challenge.toml shall say and the data do not: `id`, `zh` and `en` the title, by what to split (None: the
    strictest that is possible), `closes` as YYYY-MM-DD or "", `words` what people read of some labels."""

    id: str
    zh: str
    en: str
    split: Kind | None = None
    closes: str = ""
    words: Mapping[str, Labels] = field(default_factory=dict)


def known_words(labels: Iterable[str]) -> dict[str, Labels]:
    """What people read of those labels that are forms of the packs that come along. Raises DataError."""
    titles = {form.id: form.title for name in pack.known() for form in pack.load(name).forms}
    return {label: titles[label] for label in labels if label in titles}


def make(data: dataset.Dataset, folder: Path, wish: Wish) -> Task:
    """Write the task. Raises DataError when something is there already, or the data do not reach; then nothing is left.

    The recordings to learn from go to public/data as they are; those of the visible test to public/visible, cut into
    clips of one window each; those of the hidden test are cut in the same way: public/ask has them without answers and
    in an order that says nothing, hidden/ with their answers and a salt. A contest is about bodies: hands are left out.
    """
    data = replace(data, about=msgspec.structs.replace(data.about, hands=False))
    if folder.exists() and any(folder.iterdir()):
        raise DataError(N_("There is something in {folder} already."), N_("Choose another name."), folder=str(folder))
    recordings = data.people()
    if len(data.about.labels) < 2:
        raise DataError(
            N_("A contest takes at least two labels; {folder} has {count}."), N_("Record or import more."),
            folder=str(data.folder), count=len(data.about.labels),
        )  # fmt: skip
    split = divide(recordings, wish.split)
    learn = [_slice(recordings[piece.recording], piece) for piece in split.pieces["train"]]
    parts = {
        part: _clips([_slice(recordings[piece.recording], piece) for piece in pieces], data.about)
        for part, pieces in (("visible", split.pieces["check"]), ("hidden", split.pieces["test"]))
    }
    for clips in parts.values():
        missing = set(data.about.labels) - {clip.head.label for clip in clips}
        if missing:
            raise DataError(
                N_("A test part would have no whole clip of: {labels}."), N_("Record more, or longer."),
                labels=", ".join(sorted(missing)),
            )  # fmt: skip
    salt = secrets.token_hex(16)
    hidden = sorted(parts["hidden"], key=lambda clip: sha256((salt + clip.name).encode()).digest())
    about = msgspec.structs.replace(data.about, consent=[])
    public = folder / PUBLIC
    _dataset(public / "data", about, learn)
    _dataset(public / VISIBLE, about, _numbered("visible", parts["visible"]))
    clips = _numbered("clip", hidden)
    _dataset(public / ASK, msgspec.structs.replace(about, labels=[UNKNOWN], mirror={}), map(_unlabelled, clips))
    for clip in clips:
        write_file(folder / HIDDEN / f"{clip.name}.jsonl", encode(clip))
    write_file(folder / HIDDEN / SALT, salt.encode())
    content = _toml(data.about, wish, split.kind, fingerprint(folder / HIDDEN)).encode()
    write_file(folder / FILE, content)
    write_file(public / FILE, content)
    write_file(public / "README.md", _readme(wish).encode())
    (folder / ENTRIES).mkdir(exist_ok=True)
    return load(folder)


def _slice(recording: Recording, piece: Piece) -> Recording:
    n = len(recording.t)
    start, stop = round(piece.start * n), round(piece.stop * n)
    return _cut(recording, start, max(stop, start + 1), recording.name)


def _cut(recording: Recording, start: int, stop: int, name: str) -> Recording:
    rows = slice(start, stop)
    t = recording.t[rows]
    return replace(recording.cut(rows, t - t[0]), name=name)


def _clips(recordings: Sequence[Recording], about: dataset.About) -> list[Recording]:
    """Pieces of one window each, without overlap; those in which nobody is seen are left out. Their source is the
    recording that they are of: clips of one are alike, and the interval has to know."""
    found = []
    for recording in recordings:
        head = msgspec.structs.replace(recording.head, source=recording.name)
        pieces = list(_pieces(replace(recording, head=head), about.rate))
        usable = windows_of(pieces, [Piece(i) for i in range(len(pieces))], about.labels, about.rate).group
        found += [pieces[i] for i in sorted(set(usable.tolist()))]
    return found


def _pieces(recording: Recording, rate: float) -> Iterator[Recording]:
    if recording.head.still:
        yield from (_cut(recording, i, i + 1, f"{recording.name}/{i}") for i in range(len(recording.t)))
        return
    span, start = (LENGTH - 1) / rate, 0
    while True:
        end = int(np.searchsorted(recording.t, recording.t[start] + span - _EPS))
        if end >= len(recording.t):
            return
        yield _cut(recording, start, end + 1, f"{recording.name}/{start}")
        start = end + 1
        if start >= len(recording.t):
            return


def _numbered(word: str, clips: Sequence[Recording]) -> list[Recording]:
    return [replace(clip, name=f"{word}-{number:04d}") for number, clip in enumerate(clips, start=1)]


def _unlabelled(clip: Recording) -> Recording:
    head = msgspec.structs.replace(clip.head, label=UNKNOWN, person="p00", session="s00", source="")
    return replace(clip, head=head)


def _dataset(folder: Path, about: dataset.About, recordings: Iterator[Recording] | Sequence[Recording]) -> None:
    target = dataset.create(folder, about)
    for recording in recordings:
        target.add(recording)


def _toml(about: dataset.About, wish: Wish, kind: Kind, hidden: str) -> str:
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    labels = ", ".join(map(quoted, about.labels))
    lines = [
        "format = 1", f'id = "{wish.id}"', f"title = {{ zh = {quoted(wish.zh)}, en = {quoted(wish.en)} }}",
        f"labels = [{labels}]", f"rate = {about.rate!r}",
        'metric = "accuracy"            # or "balanced": each label counts the same',
        'accepts = ["model", "csv"]', f'split = "{kind}"                # by what the test was kept apart',
        *([f"closes = {wish.closes}           # the last day of submitting; after it the hidden part decides"]
          if wish.closes else ["# closes = 2026-06-30          # the last day of submitting"]),
        f'hidden = "{hidden}"', "",
        "[limits]", "entries = 10                   # a team", "seconds = 60                   # of the processor",
        "memory_mb = 512", "file_kb = 4096", "",
        "[words]                        # what people read of the labels",
        *(f"{quoted(label)} = {{ zh = {quoted(pick(said, 'zh'))}, en = {quoted(pick(said, 'en'))} }}"
          for label in about.labels for said in (wish.words.get(label) or {"zh": label, "en": label},)), "",
        "# Who competes with whom: not checked against any contest's own rules; change it as yours has it.",
    ]  # fmt: skip
    for id_, zh, en in GROUPS:
        lines += ["[[group]]", f'id = "{id_}"', f'title = {{ zh = "{zh}", en = "{en}" }}', ""]
    return "\n".join(lines)


def _readme(wish: Wish) -> str:
    lines = []
    titles: dict[Language, str] = {"zh": wish.zh, "en": wish.en}
    for which, title in titles.items():
        lines += [
            f"# {title}", "",
            tr("`data`: to learn from. `visible`: to test with, answers included. `ask`: the hidden part without its "
               "answers, for a result table.", which), "",
            "```", "gongzhi train data", "gongzhi challenge score . data/model.tflite",
            "gongzhi challenge answer . data/model.tflite --out result.csv", "```", "",
            tr("Hand in the model (.tflite), or a table with the columns filename,label,score,ms; score and ms may be "
               "empty. A clip without a line counts as wrong.", which), "",
            tr("Learn from `data` alone. Whoever copies answers of `visible` into a table gains nothing: only the "
               "hidden part decides.", which), "",
        ]  # fmt: skip
    return "\n".join(lines)
