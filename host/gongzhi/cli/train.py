"""Takes `gongzhi train DATASET`, gives a .tflite model with its card, and shows how the training goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from gongzhi.cli.output import print_json, say
from gongzhi.cli.training_shown import Shown
from gongzhi.learn import dataset
from gongzhi.learn.card import apart
from gongzhi.learn.workflow import build
from gongzhi.text import tr


def train(
    folder: Annotated[Path, typer.Argument(help=tr("The folder of the data set."))],
    out: Annotated[Path | None, typer.Option(help=tr("The model’s file (default: model.tflite in it)."))] = None,
    split: Annotated[
        Literal["auto", "person", "recording", "block"], typer.Option(help=tr("By what the test is kept apart."))
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help=tr("The same seed gives the same model."))] = 0,
    curve: Annotated[bool, typer.Option("--curve", help=tr("Measure whether more data would help."))] = False,
    json: Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))] = False,
) -> None:
    """Train, export, check, evaluate and write the card."""
    data = dataset.load(folder)
    path = (out or folder / "model.tflite").with_suffix(".tflite")

    def point(windows: int, accuracy: float) -> None:
        say(tr("With {windows} windows to learn from: {accuracy:.1%} right.", windows=windows, accuracy=accuracy))

    kind = None if split == "auto" else split
    with Shown(data.about.labels) as shown:
        result = build(data, path, kind=kind, seed=seed, curve=point if curve else None, progress=shown)
    plain = result.plain
    if json:
        print_json(plain)
        return
    say(
        tr(
            "Right in {accuracy:.1%} of {windows} test windows (95 %: {low:.1%} to {high:.1%}), kept apart {kind}.",
            accuracy=plain["accuracy"], windows=plain["windows"], low=plain["accuracy_low"],
            high=plain["accuracy_high"], kind=apart(plain["split"]),
        ), "bold",
    )  # fmt: skip
    say(tr("Model: {model}\nCard: {card}", model=str(path), card=str(path.with_suffix(".md"))), "green")
    say(tr("Picture: {path}", path=str(path.with_suffix(".svg"))), "green")
