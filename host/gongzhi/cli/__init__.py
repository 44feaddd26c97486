"""Takes the command line, gives each verb what it asks for; an error a user can act on ends it with its words.

Only the verb that is called is loaded: all of them together take a second of a Raspberry Pi's time.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Final

import typer
from typer.main import get_command_name
from typer.models import CommandInfo

from gongzhi import __version__, text
from gongzhi.cli.examples import examples
from gongzhi.cli.help import speak_our_language
from gongzhi.cli.output import CALLED, say
from gongzhi.errors import ConfigError, GongzhiError
from gongzhi.text import N_, tr

# The verb, in the order of the help: what is in which file here, and what it does.
VERBS: Final = {
    "demo": ("demo.demo", N_("The whole loop with one command, without any hardware.")),
    "run": ("run.run", N_("Run a project.")),
    "autostart": ("autostart.autostart", N_("Start a project with the computer.")),
    "new": ("new.new", N_("Begin a project with a template.")),
    "stop": ("room.stop", N_("Stop a whole room.")),
    "broker": ("broker.broker", N_("Run the message broker alone.")),
    "gateway": ("gateway.gateway", N_("Boards on USB take part.")),
    "explain": ("explain.explain", N_("Explain one decision from the journal.")),
    "replay": ("replay.replay", N_("Read a journal again: every end, and whether the chain holds.")),
    "train": ("train.train", N_("Train a model of your own.")),
    "evaluate": ("evaluate.evaluate", N_("Test a model on data.")),
    "journal": ("journal.app", N_("The journal.")),
    "models": ("models.app", N_("Pose models: fetch, list.")),
    "board": ("board.app", N_("Boards: flash, set up, pins, wiring.")),
    "data": ("data.app", N_("Data sets: record, import, show.")),
    "teach": ("teach.app", N_("Teach a model: quarantine to version.")),
    "challenge": ("challenge.app", N_("A contest between models.")),
    "room": ("room.app", N_("A whole room.")),
    "pack": ("pack.app", N_("Packs of movements.")),
    "bench": ("bench.app", N_("Measure this machine.")),
}


def made(verb: str | None = None) -> typer.Typer:
    """The command line with this verb, or with all."""
    speak_our_language()
    all_of_it = typer.Typer(
        help=tr("Gongzhi: you move, the machine guesses, you decide."),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    all_of_it.callback(invoke_without_command=True)(_common)
    for name, (where, about) in VERBS.items():
        if verb in (None, name):
            file, _, what = where.partition(".")
            found = getattr(import_module(f"gongzhi.cli.{file}"), what)
            if isinstance(found, typer.Typer):
                for one in found.registered_commands:
                    one.epilog = examples(f"{name} {_named(one)}")
                all_of_it.add_typer(found, name=name, help=tr(about), epilog=examples(name))
            else:
                all_of_it.command(name, help=tr(about), epilog=examples(name))(found)
    return all_of_it


def _named(command: CommandInfo) -> str:
    """What is typed to call it, as Typer makes it of a function's name."""
    return command.name or get_command_name(getattr(command.callback, "__name__", ""))


def verb_of(words: list[str]) -> str | None:
    """The verb that the command line names; None where all must be known: for help, or for a word that is none."""
    rest = iter(words)
    for word in rest:
        if word == "--lang":
            next(rest, None)
        elif not word.startswith("--lang="):
            return word if word in VERBS else None
    return None


def __getattr__(name: str) -> typer.Typer:
    """`app`, the whole command line, is made when somebody asks for it."""
    if name != "app":
        raise AttributeError(name)
    globals()[name] = whole = made()
    return whole


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
        made(verb_of(sys.argv[1:]))(prog_name=os.environ.get(CALLED) or "gongzhi")  # also where python -m started it
    except GongzhiError as error:
        say(str(error), "bold red")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
