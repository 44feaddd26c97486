"""Takes a data set and samples from its quarantine, trains a version with them and measures it on the golden set.

`python -m gongzhi.teach.lesson DATA [MODEL [PACK]]` ("" for none) does it in a process of its own, so that the loop
goes on seeing: a line of JSON for each round, and one at the end. What it makes lies in the folder "lesson" of the data
set and changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np

from gongzhi.errors import DataError, GongzhiError
from gongzhi.learn import dataset, golden
from gongzhi.learn import model as models
from gongzhi.learn import pack as packs
from gongzhi.learn.calibrate import wilson
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.pack import Pack
from gongzhi.learn.recogniser import Judge
from gongzhi.learn.recording import TAUGHT, Recording, write_file
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.learn.training import Progress
from gongzhi.learn.windows import Piece, windows_of
from gongzhi.learn.workflow import build, nearest
from gongzhi.teach.quarantine import Note, Quarantine
from gongzhi.teach.versions import Version, Versions, data_digest, forget_lesson
from gongzhi.text import LANGUAGES, N_, tr

FOLDER: Final = "lesson"
MOST_WORSE: Final = 0.02  # of any label's golden windows; more, and the lesson is not promoted
Says = Callable[[AnyRecording], list[str]]
_DONE: Final = msgspec.json.Encoder(order="sorted")


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Of one label's golden `windows` (of so many `recordings`): how many were right `before` and are right `after`;
    a label that the version before did not have was never right."""

    label: str
    windows: int
    recordings: int
    before: int
    after: int
    new: bool = False

    @property
    def worse(self) -> bool:
        """Whether it has lost more than is allowed."""
        return not self.new and (self.before - self.after) > MOST_WORSE * self.windows + 1e-9

    @property
    def intervals(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """95 % (Wilson) before and after, as if the windows were independent."""
        return wilson(self.before, self.windows), wilson(self.after, self.windows)


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A golden recording of which most windows are said to be another label now."""

    name: str
    label: str
    before: str
    after: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A measured lesson. `fresh`: the version in force has seen golden recordings, or nobody knows, so one that has not
    was trained anew to compare with."""

    version: Version
    base: Version
    samples: list[str]
    effects: list[Effect]
    moved: list[Moved] = []
    fresh: bool = False
    kind: Literal["file", "nearest"] = "file"

    @property
    def ok(self) -> bool:
        """Nothing has become worse than is allowed, and something was measured."""
        return any(one.windows for one in self.effects) and not any(one.worse for one in self.effects)

    def totals(self) -> tuple[int, int, int]:
        """Right before, right after, windows, over all labels."""
        rows = [(one.before, one.after, one.windows) for one in self.effects]
        return sum(row[0] for row in rows), sum(row[1] for row in rows), sum(row[2] for row in rows)


# Over 40 lines: the one list of what a lesson is.
def measure(
    data: Dataset, model: Path | None, notes: Sequence[Note], *, progress: Callable[[Progress], None] | None = None,
    pack: Pack | None = None,
) -> Outcome:  # fmt: skip
    """Train on the data set with these samples, and compare with the version in force on the golden set. Where a coach
    of a `pack` is taught, it is the coach that is compared, with a golden repetition as one window.

    The lesson lies in data/lesson afterwards: lesson.json, and model.tflite where there is one. Raises DataError where
    there is no golden set, no sample, one that counts already, or too little to learn from; then no lesson is left
    there.
    """
    forget_lesson(data.folder)
    quarantine, versions = Quarantine(data.folder), Versions(data.folder, model)
    apart = golden.recordings(data)
    if not apart:
        raise DataError(
            N_("There is no golden set in {folder}: nothing could be measured."), N_("Choose one: gongzhi data golden"),
            folder=str(data.folder),
        )  # fmt: skip
    if not notes:
        raise DataError(N_("Nothing waits in quarantine."), N_("Teach something first."))
    base, marks = versions.current(), data.marks
    if twice := [note.sample for note in notes if f"{TAUGHT}{note.sample}" in marks]:
        raise DataError(
            N_("The sample {sample} was taught before: it counts already, and would count twice."),
            N_("Forget the one that waits: gongzhi teach forget PROJECT {sample}. For another label go back first: "
               "gongzhi teach rollback PROJECT"), sample=twice[0],
        )  # fmt: skip
    extra = tuple(quarantine.recording(note) for note in notes)
    taught = _with(data, extra)
    lesson = data.folder / FOLDER
    fresh, version = False, data_digest(data, extra) if model is None else ""
    if pack is not None:
        known = {*pack.names, *data.about.labels}
        effects, moved = _compared(_coach(pack, data), _coach(pack, taught), known, apart)
    elif model is None:
        effects, moved = compare(nearest(data), nearest(taught), apart, data.about.rate)
    else:
        fresh = not unseen(model, apart)
        before = _trained(data, lesson / "before.tflite") if fresh else models.load(model)
        after = _trained(taught, lesson / "model.tflite", progress)
        version = Versions(data.folder, lesson / "model.tflite").current()
        try:
            effects, moved = compare(before, after, apart, data.about.rate)
        finally:
            before.close()
            after.close()
    outcome = Outcome(
        version=version, base=base, samples=[note.sample for note in notes], effects=effects, moved=moved, fresh=fresh,
        kind="nearest" if model is None else "file",
    )  # fmt: skip
    write_file(lesson / "lesson.json", _DONE.encode(outcome))
    return outcome


def _with(data: Dataset, extra: tuple[AnyRecording, ...]) -> Dataset:
    labels = [*data.about.labels]
    labels += sorted({each.head.label for each in extra} - set(labels))
    return replace(data, about=msgspec.structs.replace(data.about, labels=labels), extra=extra)


def _trained(data: Dataset, path: Path, progress: Callable[[Progress], None] | None = None) -> models.Model:
    build(data, path, progress=progress)
    return models.load(path)


def unseen(model: Path, apart: Iterable[AnyRecording]) -> bool:
    """Whether it is known that the model has not learnt from these recordings."""
    try:
        learnt = msgspec.json.decode(model.with_suffix(".json").read_bytes()).get("learnt")
    except (OSError, msgspec.DecodeError, AttributeError):
        return False
    return isinstance(learnt, list) and not {each.name for each in apart} & set(learnt)


def compare(
    before: Judge, after: Judge, apart: Sequence[AnyRecording], rate: float
) -> tuple[list[Effect], list[Moved]]:
    """What the one and the other say of the golden recordings `apart`, at `rate` frames a second."""

    def said(judge: Judge, recording: AnyRecording) -> list[str]:
        windows = windows_of([recording], [Piece(0)], [recording.head.label], rate)
        verdicts = map(judge.judge, windows.points, windows.seen)
        return [max(verdict.p, key=verdict.p.__getitem__) for verdict in verdicts]

    return _compared(partial(said, before), partial(said, after), before.labels, apart)


def _coach(pack: Pack, data: Dataset) -> Says:
    """What a coach of the pack says that was taught with a data set: one thing of each recording."""
    from gongzhi.coach.coach import Coach
    from gongzhi.coach.taught import said_of

    coach = Coach(pack, taught=data.people())  # which begins anew with each recording, for each begins at time 0
    return lambda recording: [said_of(coach, recording)] if isinstance(recording, Recording) else []


def _compared(
    before: Says, after: Says, known: Collection[str], apart: Sequence[AnyRecording]
) -> tuple[list[Effect], list[Moved]]:
    """What the one and the other say of the golden recordings `apart`; labels not `known` before are new."""
    effects: dict[str, list[int]] = {}
    moved = []
    for recording in apart:
        label = recording.head.label
        said = [before(recording), after(recording)]
        mine = effects.setdefault(label, [0, 0, 0, 0])
        for i, number in enumerate((len(said[0]), 1, said[0].count(label), said[1].count(label))):
            mine[i] += number
        most = [max(words, key=words.count, default="") for words in said]
        if most[0] != most[1]:
            moved.append(Moved(name=recording.name, label=label, before=most[0], after=most[1]))
    found = [
        Effect(label=label, windows=n, recordings=count, before=was, after=now, new=label not in known)
        for label, (n, count, was, now) in sorted(effects.items())
    ]
    return found, moved


def load(data: Path) -> Outcome | None:
    """The lesson that was measured last; None where there is none that could be read."""
    try:
        return msgspec.json.decode((data / FOLDER / "lesson.json").read_bytes(), type=Outcome)
    except (OSError, msgspec.DecodeError):
        return None


def trained(data: Path) -> Path:
    """Where the measured lesson's model lies."""
    return data / FOLDER / "model.tflite"


def words(outcome: Outcome) -> list[tuple[str, dict[str, Any]]]:
    """What the lesson has changed, as texts of the catalogue with their values."""
    before, after, n = outcome.totals()
    said: list[tuple[str, dict[str, Any]]] = []
    if after > before:
        said.append((N_("Better: of {n} golden windows {after} are right, {before} were."), {}))
    elif after == before:
        said.append((N_("The same: of {n} golden windows {after} are right, {before} were."), {}))
    else:
        said.append((N_("Worse: of {n} golden windows {after} are right, {before} were."), {}))
    said[0][1].update(n=n, after=after, before=before)
    for one in outcome.effects:
        if one.worse:
            text = N_("“{label}” has become worse: {after} of {n} right, {before} were. That is more than 2 points.")
            said.append((text, {"label": one.label, "after": one.after, "before": one.before, "n": one.windows}))
    for each in outcome.moved[:4]:
        values = {"label": each.label, "before": each.before, "after": each.after}
        if each.after == each.label:
            said.append((N_("A golden “{label}” was taken for “{before}”, and is recognised now."), values))
        else:
            said.append((N_("A golden “{label}” was taken for “{before}”, now for “{after}”."), values))
    if outcome.fresh:
        said.append((N_("The version in force may have seen golden recordings: compared with one that has not."), {}))
    return said


def shown(one: Outcome) -> dict[str, Any]:
    """For a page: in words, and label by label with intervals."""
    said = words(one)
    return {
        "version": one.version,
        "ok": one.ok,
        "lines": {language: [tr(text, language, **values) for text, values in said] for language in LANGUAGES},
        "effects": [
            {"label": each.label, "windows": each.windows, "recordings": each.recordings, "before": each.before,
             "after": each.after, "new": each.new, "worse": each.worse,
             "intervals": [[round(end, 3) for end in pair] for pair in each.intervals]}
            for each in one.effects
        ],
    }  # fmt: skip


def main(folder: Path, model: Path | None, pack: str = "") -> int:
    """Measure all that waits in quarantine; progress and outcome as lines of JSON on the standard output."""

    def tell(line: dict[str, Any]) -> None:
        print(_DONE.encode(line).decode(), flush=True)

    def show(now: Progress) -> None:
        tell({"round": now.round, "rounds": now.rounds, "accuracy": float(np.nan_to_num(now.accuracy))})

    try:
        data = dataset.load(folder)
        taught = packs.load(pack) if pack else None
        outcome = measure(data, model, Quarantine(folder).notes(), progress=show, pack=taught)
    except GongzhiError as error:
        tell({"fault": {language: error.text(language) for language in LANGUAGES}})
        return 2
    tell({"done": msgspec.to_builtins(outcome) | {"ok": outcome.ok}})
    return 0


if __name__ == "__main__":
    data_folder, model_file, pack_folder, *_ = [*sys.argv[1:], "", ""]
    raise SystemExit(main(Path(data_folder), Path(model_file) if model_file else None, pack_folder))
