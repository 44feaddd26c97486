"""Takes a data set, gives a model's file and its card: split, train, export, self-check, evaluate, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from gongzhi.errors import DataError
from gongzhi.learn import golden
from gongzhi.learn import model as models
from gongzhi.learn.card import card
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.diagram import of_model
from gongzhi.learn.enough import advised
from gongzhi.learn.evaluation import Report, evaluate, learning_curve
from gongzhi.learn.recording import write_file
from gongzhi.learn.sensor_recording import AnyRecording
from gongzhi.learn.templates import Templates
from gongzhi.learn.training import Progress, train
from gongzhi.learn.windows import LEAST, PARTS, Kind, Piece, Windows, divide, windows_of
from gongzhi.text import N_


@dataclass(frozen=True, slots=True)
class Result:
    """`path` of the .tflite file; `report` on the test part; `plain` all figures for JSON."""

    path: Path
    report: Report
    plain: dict[str, Any]


def prepare(data: Dataset, kind: Kind | None = None) -> tuple[Kind, dict[str, Windows]]:
    """How the data were split, and the windows of the three parts; a golden set is the test. Raises DataError as
    `divide`."""
    recordings = data.recordings()
    # What was taught in a run is only learnt from: a few samples of a new label must not decide how all the others
    # are kept apart, and what a lesson changes is measured by the same windows as before it.
    others = [i for i, each in enumerate(recordings) if not each.taught]
    split = divide([recordings[i] for i in others], kind)
    pieces = {part: [replace(one, recording=others[one.recording]) for one in split.pieces[part]] for part in PARTS}
    pieces["train"] += [Piece(i) for i, each in enumerate(recordings) if each.taught]
    apart = [each for each in golden.recordings(data) if each.head.label in data.about.labels]
    if apart:  # it is the test, so what would be the test can be learnt from
        pieces["train"] += pieces["test"]
        pieces["test"] = [Piece(len(recordings) + i) for i in range(len(apart))]
    rate, labels = data.about.rate, data.about.labels
    windows: dict[str, Windows] = {
        part: windows_of([*recordings, *apart], pieces[part], labels, rate) for part in PARTS
    }
    without = [label for number, label in enumerate(labels) if number not in windows["train"].y]
    _say_why(data, [(recordings[one.recording], one.stop - one.start) for one in pieces["train"]], without)
    return split.kind, windows


def nearest(data: Dataset) -> Templates:
    """What judges by the nearest of the data set's recordings. Raises DataError as `prepare`."""
    _, parts = prepare(data)
    return Templates(parts["train"], parts["check"], tuple(data.about.labels), data.about.mirrored())


def _say_why(data: Dataset, learn: list[tuple[AnyRecording, float]], without: list[str]) -> None:
    """Raises DataError where labels have recordings to learn from (each with the share of it) and yet no window: they
    are too short, or nobody is seen in them. Of a label that has none at all the training says so itself."""
    seconds = {label: [each.seconds * share for each, share in learn if each.head.label == label] for label in without}
    short = [label for label, each in seconds.items() if each and max(each) < LEAST / data.about.rate]
    unseen = [label for label, each in seconds.items() if each and label not in short]
    advice = {"seconds": advised(data.about), "least": LEAST / data.about.rate}
    if short:
        raise DataError(
            N_("The recordings of {labels} are too short: what is learnt from lasts {least:.1f} s at least."),
            N_("Record takes of {seconds:g} s, three or more of each movement: gongzhi data record"),
            labels=", ".join(short), **advice,
        )  # fmt: skip
    if unseen:
        raise DataError(
            N_("In the recordings of {labels} hardly anything is seen or felt: there is nothing to learn from."),
            N_("Look at them: gongzhi data look. Then record takes of {seconds:g} s anew."),
            labels=", ".join(unseen), **advice,
        )  # fmt: skip


# Over 40 lines: the one list of what a training does, and of the figures that it leaves.
def build(
    data: Dataset,
    path: Path,
    *,
    kind: Kind | None = None,
    seed: int = 0,
    curve: Callable[[int, float], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Train on a data set and write `path` (.tflite) and beside it card (.md), diagram (.svg) and figures (.json).

    `curve`, if given, is told each point of the learning curve, which is then measured. Nothing is written when the
    exported model differs from the trained one by more than 1e-5. Raises DataError and
    ModelError.
    """
    split, parts = prepare(data, kind)
    labels, mirrored = tuple(data.about.labels), data.about.mirrored()
    trained = train((parts["train"], parts["check"]), labels, mirrored=mirrored, seed=seed, progress=progress)
    content = models.export(trained, data.about.rate, data.about.unit)
    model = models.Model(content)
    try:
        everything = parts["test"] if len(parts["test"]) else parts["check"]
        exact = max(models.check(trained, model, everything), models.check(trained, model, parts["check"]))
        report = evaluate(model, parts["test"])
    finally:
        model.close()
    points = learning_curve(parts, labels, mirrored=mirrored, seed=seed, told=curve) if curve else []
    plain = report.plain() | {
        "split": split,
        "train_windows": len(parts["train"]),
        "check_windows": len(parts["check"]),
        "rounds": trained.rounds,
        "seed": seed,
        "parameters": trained.network.parameters,
        "kb": round(len(content) / 1024, 1),
        "export_max_abs_diff": exact,
        "learning_curve": points,
        "persons": len({r.head.person for r in data.recordings()}),
        "rate": data.about.rate,
        # What the training could see: to know later that it has not seen the golden set.
        "learnt": sorted(recording.name for recording in data.recordings()),
    }
    write_file(path, content)
    write_file(path.with_suffix(".json"), msgspec.json.encode(plain))
    picture = path.with_suffix(".svg")
    write_file(picture, of_model(report, points).encode())
    write_file(path.with_suffix(".md"), card(data.about, report, plain, picture.name).encode())
    return Result(path, report, plain)
