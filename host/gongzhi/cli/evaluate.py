"""Takes `gongzhi evaluate MODEL DATASET`, gives how often a model is right on data, label by label, with intervals;
with --rule how often a rule of a project is, and what its word is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from gongzhi.cli.output import console, print_json, say
from gongzhi.errors import DataError
from gongzhi.learn import dataset
from gongzhi.learn.diagram import of_model, of_rule
from gongzhi.learn.evaluation import evaluate as measure
from gongzhi.learn.gauge import ALONE, Gauge, gauge
from gongzhi.learn.model import load
from gongzhi.learn.recording import write_file
from gongzhi.learn.view import HANDS, POSE
from gongzhi.learn.windows import Piece, windows_of
from gongzhi.learn.worth import Worth
from gongzhi.pose_rule import PoseRule
from gongzhi.project.actions import poses_of
from gongzhi.stages.identify import DWELL, RULES, Slack
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
    # Beside the model, as `train` does: the data may be somebody else's, or a contest's.
    picture = model_file.with_name(f"evaluate_{model_file.stem}_{folder.resolve().name}.svg")
    fault = None
    try:
        write_file(picture, of_model(report).encode())
    except DataError as error:
        fault = error
    plain = report.plain() | {"labels_not_in_model": unknown, "picture": None if fault else str(picture)}
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
        say(tr("“{truth}” was taken for “{said}”: {count} ×", truth=truth, said=said, count=count))
    say(tr("The label set held the truth in {covered:.1%} of the windows (95 % was promised).", covered=report.covered))
    say(tr("{strange:.1%} of the windows of known movements were called unseen (5 % was set).", strange=report.strange))
    say(str(fault) if fault else tr("Picture: {path}", path=str(picture)), "yellow" if fault else "")
    if unknown:
        say(tr("Labels that the model does not know were left out: {labels}.", labels=", ".join(unknown)), "yellow")
    say(tr("If the model has learnt from these recordings, this says nothing of how good it is."), "yellow")


def _rule(project: Path, folder: Path, name: str, label: str, *, json: bool) -> None:
    """How often a rule is right, and the file that makes of what it says a probability, a label set and a sign."""
    seen, named = poses_of(project / "project.toml")
    data = dataset.load(folder)
    rules: dict[str, Slack] = {**RULES, **seen.poses}
    if name not in rules or label not in data.about.labels:
        raise DataError(
            N_("There is no rule “{name}” in the project, or no label “{label}” in {folder}."),
            N_("Rules: {rules}. Labels: {labels}. Such as: --rule {name} --label LABEL"),
            name=name, label=label, folder=str(folder), rules=", ".join(rules),
            labels=", ".join(data.about.labels) or "–",
        )  # fmt: skip
    rule, dwell = rules[name], seen.dwells.get(name, DWELL)
    words, hands = (rule.text, rule.hands) if isinstance(rule, PoseRule) else (name, False)
    found = gauge(rule, dwell, data.people(), label, HANDS if hands else POSE)
    file, picture = project / f"rule_{name}.json", project / f"rule_{name}.svg"
    figures = {"split": found.split, "learnt": found.learnt, "held": found.held} | _figures(found)
    plain = {key: float(each) for key, each in figures.items() if isinstance(each, int | float)}
    worth = Worth(rule=words, dwell=dwell, label=label, curve=found.curve, limit=found.limit, usual=found.usual,
                  figures=plain)  # fmt: skip
    write_file(file, msgspec.json.encode(worth))
    write_file(picture, of_rule(found).encode())
    line = f'sure = "{file.name}"'
    if json:
        print_json({"rule": name, "label": label, "picture": str(picture), "file": str(file), "sure": line,
                    "curve": found.curve, "limit": found.limit, **figures})  # fmt: skip
        return
    _told(found)
    say(tr("Picture: {path}", path=str(picture)))
    if named.get(name) == file.name:
        say(tr("[pose.{name}] goes by it from its next start on: {line}", name=name, line=line), "green")
    else:
        say(tr("So that decisions say how often it is right, write below [pose.{name}]: {line}", name=name, line=line),
            "green")  # fmt: skip


def _figures(found: Gauge) -> dict[str, Any]:
    """What the test's recordings have shown, for JSON."""
    low, high = found.right
    showing, others = ({"decides": one.decides, "asks": one.asks, "of": one.count} for one in found.told)
    return {
        "tested": found.tested, "hits": found.hits, "shows": found.shows, "false": found.false, "others": found.others,
        "right_low": round(low, 4), "right_high": round(high, 4), "brier": [round(one, 4) for one in found.brier],
        "reliability": [(round(p, 3), round(share, 3), n) for p, share, n in found.bins],
        "covered": round(found.covered, 4), "strange": round(found.strange, 4), "showing": showing, "other": others,
    }  # fmt: skip


def _told(found: Gauge) -> None:
    say(tr("Tested on {tested} recordings that nothing was fitted to: recognised in {hits} of {shows} that show it, "
           "and in {false} of {others} others.", tested=found.tested, hits=found.hits, shows=found.shows,
           false=found.false, others=found.others), "bold")  # fmt: skip
    if found.hits + found.false:
        low, high = found.right
        say(tr("When it says so it is right in {low:.0%} to {high:.0%} of the cases (95 %).", low=low, high=high))
        table = Table(tr("Says"), tr("Is right"), tr("Moments"))
        for p, share, n in found.bins:
            table.add_row(f"{p:.0%}", f"{share:.0%}", str(n))
        console.print(table)
        say(tr("The label set held the truth in {covered:.1%} of the moments (95 % was promised); {strange:.1%} were "
               "called strange (5 % was set).", covered=found.covered, strange=found.strange))  # fmt: skip
    showing, others = found.told
    say(tr("Of those that show it, it decides {decides} by itself and asks a person in {asks}; of the others, "
           "{wrong} and {doubts}.", decides=showing.decides, asks=showing.asks, wrong=others.decides,
           doubts=others.asks))  # fmt: skip
    if found.held < ALONE:
        say(tr("It was learnt from {held} recordings in which the rule holds. {alone} are the fewest for a promise of "
               "95 %: until then it always asks a person.", held=found.held, alone=ALONE), "yellow")  # fmt: skip
