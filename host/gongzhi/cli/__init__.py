"""Takes the command line, gives each verb what it asks for; an error a user can act on ends it with its words."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gongzhi import __version__, text
from gongzhi.cli import (
    autostart,
    bench,
    board,
    broker,
    challenge,
    data,
    demo,
    evaluate,
    explain,
    gateway,
    journal,
    models,
    new,
    pack,
    replay,
    room,
    run,
    teach,
    train,
)
from gongzhi.cli.help import speak_our_language
from gongzhi.cli.output import say
from gongzhi.errors import ConfigError, GongzhiError
from gongzhi.text import N_, tr

speak_our_language()
app = typer.Typer(
    help=tr("Gongzhi: you move, the machine guesses, you decide."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(help=tr("The whole loop with one command, without any hardware."))(demo.demo)
app.command(help=tr("Run a project."))(run.run)
app.command(help=tr("Start a project with the computer."))(autostart.autostart)
app.command(help=tr("Begin a project with a template."))(new.new)
app.command(help=tr("Stop a whole room."))(room.stop)
app.command(help=tr("Run the message broker alone."))(broker.broker)
app.command(help=tr("Boards on USB take part."))(gateway.gateway)
app.command(help=tr("Explain one decision from the journal."))(explain.explain)
app.command(help=tr("Read a journal again: every end, and whether the chain holds."))(replay.replay)
app.add_typer(journal.app, name="journal", help=tr("The journal."))
app.add_typer(models.app, name="models", help=tr("Pose models: fetch, list."))
app.add_typer(board.app, name="board", help=tr("Boards: flash, set up, pins, wiring."))
app.add_typer(data.app, name="data", help=tr("Data sets: record, import, show."))
app.command(help=tr("Train a model of your own."))(train.train)
app.add_typer(teach.app, name="teach", help=tr("Teach a model: quarantine to version."))
app.command(help=tr("Test a model on data."))(evaluate.evaluate)
app.add_typer(challenge.app, name="challenge", help=tr("A contest between models."))
app.add_typer(room.app, name="room", help=tr("A whole room."))
app.add_typer(pack.app, name="pack", help=tr("Packs of movements."))
app.add_typer(bench.app, name="bench", help=tr("Measure this machine."))


@app.callback(invoke_without_command=True)
def _common(
    context: typer.Context,
    lang: Annotated[str | None, typer.Option(help="zh | en")] = None,
    version: Annotated[bool, typer.Option("--version", help=tr("version"))] = False,
) -> None:
    if lang:
        if lang not in text.LANGUAGES:
            raise ConfigError(
                N_("There is no language “{value}”."), N_("Possible: {known}."), value=lang, known="zh, en"
            )
        text.choose(lang)
    if version:
        typer.echo(f"gongzhi {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line; exit status 0 done (a run that Ctrl-C ended is done), 2 an error the user can act
    on, 130 broken off by Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console of another code page must not turn Chinese into a crash.
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8", errors="replace")
    try:
        app(prog_name="gongzhi")  # also where python -m started it
    except GongzhiError as error:
        say(str(error), "bold red")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
