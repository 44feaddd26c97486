"""`gongzhi bench WHAT`: measures one thing on this machine and prints its figures."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gongzhi.cli.output import console, print_json, say
from gongzhi.text import N_, tr

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help=tr("one line of JSON"))]
LEAST = 0.27  # hours: sixteen minutes
_LIVES = (("alone", N_("without sockets")), ("joined", N_("with a broker")))


def _measure(what: str, as_json: bool, **options: Any) -> None:
    # Imported when asked for: a bench pulls in models and brokers that other verbs do without.
    figures: dict[str, Any] = importlib.import_module(f"gongzhi.bench.{what}").run(**options)
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        say(f"{name:>16}  {value}")


@app.command(help=tr("Speed of the pose model."))
def pose(
    json: Json = False,
    peer: Annotated[str | None, typer.Option(help=tr("the same frames, beside it"))] = None,
    photos: Annotated[Path | None, typer.Option(help=tr("a folder of photos to compare on"))] = None,
) -> None:
    """Tracking and detection against the bare model, and beside another program if one is named."""
    _measure("pose", json, peer=peer, photos=photos)


@app.command(help=tr("Speed of the hand models."))
def hands(
    json: Json = False,
    peer: Annotated[str | None, typer.Option(help=tr("the same frames, beside it"))] = None,
    photos: Annotated[Path | None, typer.Option(help=tr("a folder of photos to compare on"))] = None,
) -> None:
    """Following two hands and searching for palms, and beside another program if one is named."""
    _measure("hands", json, peer=peer, photos=photos)


@app.command(help=tr("From the picture to the pin."))
def loop(json: Json = False) -> None:
    """The whole loop against the bare model and one message."""
    _measure("loop", json)


@app.command(help=tr("The broker, beside mosquitto."))
def broker(json: Json = False) -> None:
    """The embedded broker and its peer."""
    _measure("broker", json)


@app.command(help=tr("Decisions a second, and the length of their records."))
def resolve(json: Json = False) -> None:
    """Whole lives of decisions, with the journal in memory."""
    _measure("resolve", json)


@app.command(help=tr("Learning 五禽戏: how well, how fast."))
def learn(json: Json = False) -> None:
    """A model from generated windows, tested on bodies that it never saw."""
    _measure("learn", json)


@app.command(help=tr("Following and scoring 五禽戏, or another pack; takes minutes."))
def wuqinxi(
    json: Json = False, pack: Annotated[str, typer.Option(help=tr("The pack’s name or folder."))] = "wuqinxi"
) -> None:
    """Whole courses by people whom no pattern was made from, at three levels of noise."""
    _measure("wuqinxi", json, name=pack)


@app.command(help=tr("How often a movement that was never learnt is noticed."))
def unseen(json: Json = False) -> None:
    """Each form of 五禽戏 left out once, on bodies that the model never saw."""
    _measure("unseen", json)


@app.command(help=tr("The board's program: speed, memory, recovery."))
def node(
    json: Json = False,
    peer: Annotated[Path | None, typer.Option(help=tr("another client's file"))] = None,
) -> None:
    """The node on real MicroPython, beside another client if one is given."""
    _measure("node", json, peer=peer)


@app.command(help=tr("A hundred virtual boards: processor, memory."))
def boards(
    count: Annotated[int, typer.Option(min=1, help=tr("how many"))] = 100,
    seconds: Annotated[float, typer.Option(min=2, help=tr("how long they are watched"))] = 20.0,
    json: Json = False,
) -> None:
    """Whole nodes on real MicroPython, connected and idle: processor, memory, start, and how steadily they tick."""
    _measure("boards", json, count=count, seconds=seconds)


@app.command(help=tr("A day of the board's program: does its memory last?"))
def endurance(
    hours: Annotated[float, typer.Option(min=LEAST, help=tr("hours without sockets"))] = 24.0,
    broker_hours: Annotated[float, typer.Option(min=LEAST, help=tr("hours with a broker"))] = 1.0,
    json: Json = False,
) -> None:
    """A day without sockets and an hour with a broker, both in time that runs faster, in the heap of an ESP32."""
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console)
    with bar:
        tasks = {what: bar.add_task(tr(life), total=1.0) for what, life in _LIVES}
        options = {"hours": hours, "hours_with_broker": broker_hours}
        _measure("endurance", json, **options, told=lambda what, share: bar.update(tasks[what], completed=share))


@app.command(help=tr("Power cuts at every write to a board's flash."))
def powercut(step: Annotated[int, typer.Option(min=1, help=tr("at every n-th write"))] = 1, json: Json = False) -> None:
    """Update, trial, settings and secrets, cut short at every write: what the board runs after it."""
    _measure("powercut", json, step=step)
