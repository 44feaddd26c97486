"""Takes `gongzhi evaluate MODEL DATASET`, gives how often a model is right on data, label by label, with intervals;
with --rule how often a rule of a project is, and what its `p` is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gongzhi import project as project_file
from gongzhi.cli.output import console, print_json, say
from gongzhi.errors import DataError
from gongzhi.learn import dataset
from gongzhi.learn.diagram import reliability
from gongzhi.learn.evaluation import evaluate as measure
from gongzhi.learn.gauge import gauge
from gongzhi.learn.model import load
from gongzhi.learn.recording import write_file
from gongzhi.learn.windows import Piece, windows_of
from gongzhi.text import N_, tr


def evaluate(
    model_file: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help=tr("A model that was trained here; with --rule the folder of a project.")),
    ],
    folder: Annotated[Path, typer.Argument(metavar="DATASET", help=tr("The folder of the data set."))],
    rule: Annotated[str, typer.Option(help=tr("Of a project: the rule [pose.NAME] that is tested."))] = "",
    label: Annotated[str, typer.Option(help=tr("With --rule: the label that it recognises; else its name."))] = "",
    json: Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))] = False,
) -> None:
    """Judge all windows of a data set; use one that the model has not learnt from."""
    if rule:
        _rule(model_file, folder, rule, label or rule, json=json)
        return
    data, model = dataset.load(folder), load(model_file)
    if model.note.hands != data.about.hands and not data.about.channels:
        model.close()
        raise DataError(
            N_("The model has learnt from hands, and the data set in {folder} has none.")
            if model.note.hands
            else N_("The model has not learnt from hands, and the data set in {folder} looks at them."),
            N_("Hands are a line of dataset.toml: hands = true. Take another model, or another data set."),
            folder=str(folder),
        )
    unknown = sorted(set(data.about.labels) - set(model.labels))
    recordings = [each for each in data.recordings() if each.head.label in model.labels]
    pieces = [Piece(i) for i in range(len(recordings))]
    windows = windows_of(recordings, pieces, model.labels, model.note.rate)
    if not len(windows):
        raise DataError(
            N_("There is no window in {folder} that the model could judge."),
            N_("The labels must be those of the model: {labels}."),
            folder=str(folder),
            labels=", ".join(model.labels),
        )
    report = measure(model, windows)
    model.close()
    plain = report.plain() | {"labels_not_in_model": unknown}
    if json:
        print_json(plain)
        return
    table = Table(tr("Label"), tr("Windows"), tr("Right"), tr("Interval (95 %)"))
    for label, each in plain["by_label"].items():
        table.add_row(label, str(each["windows"]), str(each["right"]), f"{each['low']:.0%} – {each['high']:.0%}")
    low, high = report.interval
    table.add_row(tr("All"), str(report.windows), f"{report.accuracy:.1%}", f"{low:.1%} – {high:.1%}")
    console.print(table)
    for truth, said, count in report.confusions():
        say(tr("“{truth}” was taken for “{said}” {count} times.", truth=truth, said=said, count=count))
    if unknown:
        say(tr("Labels that the model does not know were left out: {labels}.", labels=", ".join(unknown)), "yellow")
    say(tr("If the model has learnt from these recordings, this says nothing of how good it is."), "yellow")


def _rule(project: Path, folder: Path, name: str, label: str, *, json: bool) -> None:
    """How often a rule is right, and the line that makes a probability of what it says."""
    seen, data = project_file.load(project).seen, dataset.load(folder)
    if name not in seen.poses or label not in data.about.labels:
        raise DataError(
            N_("There is no rule “{name}” in the project, or no label “{label}” in {folder}."),
            N_("Rules: {rules}. Labels: {labels}. Such as: --rule {name} --label LABEL"),
            name=name, label=label, folder=str(folder), rules=", ".join(seen.poses) or "–",
            labels=", ".join(data.about.labels) or "–",
        )  # fmt: skip
    found = gauge(seen.poses[name], seen.dwells[name], data.people(), label)
    picture = folder / f"rule_{name}.svg"
    write_file(picture, reliability(found.bins).encode())
    line = f"sure = [{found.curve[0]:g}, {found.curve[1]:g}]"
    low, high = found.right
    if json:
        print_json(
            {"rule": name, "label": label, "split": found.split, "learnt": found.learnt, "tested": found.tested,
             "hits": found.hits, "shows": found.shows, "false": found.false, "others": found.others,
             "right_low": round(low, 4), "right_high": round(high, 4), "brier": [round(one, 4) for one in found.brier],
             "reliability": [(round(p, 3), round(share, 3), n) for p, share, n in found.bins],
             "sure": list(found.curve), "picture": str(picture)}
        )  # fmt: skip
        return
    say(tr("Tested on {tested} recordings that nothing was fitted to: recognised in {hits} of {shows} that show it, "
           "and in {false} of {others} others.", tested=found.tested, hits=found.hits, shows=found.shows,
           false=found.false, others=found.others), "bold")  # fmt: skip
    if found.hits + found.false:
        say(tr("When it says so it is right in {low:.0%} to {high:.0%} of the cases (95 %).", low=low, high=high))
        table = Table(tr("Says"), tr("Is right"), tr("Moments"))
        for p, share, n in found.bins:
            table.add_row(f"{p:.0%}", f"{share:.0%}", str(n))
        console.print(table)
    say(tr("Picture: {path}", path=str(picture)))
    say(
        tr("So that decisions say how often it is right, write below [pose.{name}]: {line}", name=name, line=line),
        "green",
    )
