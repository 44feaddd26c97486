"""Takes a data set, gives a model's file and its card: split, train, export, self-check, evaluate, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from gongzhi.learn import golden
from gongzhi.learn import model as models
from gongzhi.learn.card import card
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.diagram import reliability
from gongzhi.learn.evaluation import Report, evaluate, learning_curve
from gongzhi.learn.recording import write_file
from gongzhi.learn.training import Progress, train
from gongzhi.learn.windows import PARTS, Kind, Piece, Windows, divide, windows_of


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
    return split.kind, {part: windows_of([*recordings, *apart], pieces[part], labels, rate) for part in PARTS}


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
    write_file(picture, reliability(report.bins).encode())
    write_file(path.with_suffix(".md"), card(data.about, report, plain, picture.name).encode())
    return Result(path, report, plain)
