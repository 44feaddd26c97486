"""Takes `gongzhi board test`, gives what each part of a board on a cable does, with a person's word on it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from gongzhi import project
from gongzhi.board import find as finding
from gongzhi.board.check import HAND_S, Check, Found
from gongzhi.board.prompt import Prompt
from gongzhi.cli.output import console as out
from gongzhi.cli.output import print_json, say
from gongzhi.errors import BoardError, ConfigError
from gongzhi.gateway.ports import Fault, open_port
from gongzhi.project.parts import Part
from gongzhi.text import N_, Later, pick, tr


def check(
    folder: Annotated[Path, typer.Argument(metavar="PROJECT", help=tr("The project’s folder."))],
    board: Annotated[str | None, typer.Argument(metavar="BOARD", help=tr("Which of its boards this is."))] = None,
    port: Annotated[
        str | None,
        typer.Option("--port", help=tr("The board’s serial port, such as COM5; not needed if there is one only.")),
    ] = None,
    part: Annotated[list[str] | None, typer.Option(help=tr("Only this part; may be given several times."))] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, help=tr("So long somebody has for each input, in seconds."))
    ] = HAND_S,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help=tr("Move everything without asking: nothing is in the way."))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))] = False,
) -> None:
    """Move and read each part of a board, within what project.toml allows; exit status 1 if one is not well."""
    manifest = project.load(folder)
    name = board or next(iter(manifest.boards))
    if name not in manifest.boards or (board is None and len(manifest.boards) > 1):
        raise ConfigError(
            N_("The project has several boards: {known}."), N_("Say which one is plugged in."),
            known=", ".join(manifest.boards),
        )  # fmt: skip
    parts = {one.id: one for one in manifest.on(name) if not part or one.id in part}
    where = finding.the_port(port)
    found = _tried(where, parts, seconds, yes=yes)
    if as_json:
        print_json([_plain(one) for one in found])
    else:
        out.print(_table(found, parts))
    if not all(one.ok and one.seen is not False for one in found):
        raise typer.Exit(1)


def _tried(where: str, parts: dict[str, Part], seconds: float, *, yes: bool) -> list[Found]:
    """What became of each part of the board at that port."""
    found = []
    try:
        with open_port(where, 3.0) as line, Prompt(line) as prompt:
            trial = Check(
                prompt, parts, lambda what: yes or _answer(what), _answer, lambda what: say(str(what), "bold"), seconds
            )
            for one in parts:
                say(f"{one} ({pick(parts[one].label)}) …", "dim")
                found.append(trial.one(one))
            prompt.restart()
    except Fault as error:
        why, hint = finding.reason(error)
        raise BoardError(N_("The port {port} cannot be used: {why}"), hint.message, port=where, why=why) from error
    return found


def _answer(question: Later) -> bool | None:
    if not sys.stdin.isatty():
        return None
    return typer.confirm(str(question), default=True, err=True)


def _table(found: list[Found], parts: dict[str, Part]) -> Table:
    table = Table(tr("Part"), tr("Result"), Column(tr("What happened"), overflow="fold"))
    for one in found:
        well = one.ok and one.seen is not False
        word = tr("well") if well and one.seen else tr("not seen by anybody") if well else tr("not well")
        table.add_row(pick(parts[one.part].label), word, str(one.text), style=None if well else "bold red")
    return table


def _plain(one: Found) -> dict[str, Any]:
    return {"part": one.part, "ok": one.ok, "seen": one.seen, "text": str(one.text)}
