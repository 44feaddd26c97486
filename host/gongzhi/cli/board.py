"""Takes `gongzhi board …`, gives the known boards, one board's pins, or a project's wires, as words or as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from gongzhi import project
from gongzhi.board import types
from gongzhi.board.drawing import drawing
from gongzhi.board.recipes import FIRST, line, recipe
from gongzhi.board.types import SUPPLIES
from gongzhi.board.wiring import wiring
from gongzhi.cli import check, flash
from gongzhi.cli.output import console, print_json, say
from gongzhi.cli.secrets import secrets
from gongzhi.cli.setup import setup
from gongzhi.cli.update import update
from gongzhi.errors import ConfigError
from gongzhi.text import N_, language, pick, tr

app = typer.Typer(no_args_is_help=True, help=tr("Boards: their pins, and a project’s wires."))
_Json = Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))]
_Svg = Annotated[Path | None, typer.Option(help=tr("Write the picture into this file."))]

app.command(help=tr("Which boards are plugged in, and whether they can be used."))(flash.find)
app.command(help=tr("Write MicroPython onto the board on a cable."))(flash.flash)
app.command(help=tr("Give a board on a cable all that a project’s board needs."))(setup)
app.command("test", help=tr("Try each part of the board on a cable."))(check.check)
app.command(help=tr("Talk with MicroPython on the board on a cable."))(flash.console)
app.command(help=tr("Give boards the program of this Gongzhi over the network."))(update)
app.command(help=tr("Give the board on a cable its key, Wi-Fi and the broker’s login."))(secrets)


@app.command("list", help=tr("What boards are known."))
def list_(as_json: _Json = False) -> None:
    """Show all board types."""
    found = {name: types.board_type(name) for name in types.known()}
    if as_json:
        print_json(
            [
                {
                    "type": name, "name": one.name, "chip": one.chip, "flash_mb": one.flash_mb,
                    "psram_mb": one.psram_mb, "node": one.node, "usb": one.usb,
                }
                for name, one in found.items()
            ]
        )  # fmt: skip
        return
    table = Table(tr("Type"), tr("Name"), tr("Chip"), tr("Free pins"))
    for name, one in found.items():
        free = str(len(one.can("out"))) if one.node else tr("a computer")
        table.add_row(name, pick(one.name), one.chip, free)
    console.print(table)


@app.command(help=tr("Show a board’s pins and what they can do."))
def show(
    name: Annotated[str, typer.Argument(metavar="TYPE", help=tr("The board’s type, such as esp32-devkitc."))],
    svg: _Svg = None,
    as_json: _Json = False,
) -> None:
    """Show one board type. The file that --svg writes has Chinese first, whatever the language, as in boards/."""
    board = types.board_type(name)
    if svg is not None:
        _write(svg, drawing(board))
    if as_json:
        print_json(board)
    elif svg is None:
        table = Table(tr("Pin"), tr("Printed"), tr("Can"), Column(tr("Part on the board"), overflow="fold"))
        free = {*board.can("in"), *board.can("out")}
        for pin, abilities in board.pins.items():
            taken = board.taken(int(pin))
            shown = (pin, board.called(int(pin)), " ".join(abilities), pick(taken.label, language()) if taken else "")
            table.add_row(*shown, style=None if int(pin) in free else "dim")
        console.print(table)
        for what in board.unverified:
            say(tr("Not verified: {what}", what=what), "yellow")


@app.command("font", help=tr("Write the characters that a project’s displays need, a file for each board."))
def font_(
    folder: Annotated[Path, typer.Argument(metavar="PROJECT", help=tr("The project’s folder."))],
    out: Annotated[Path, typer.Option(help=tr("Write into this folder."))] = Path(),
) -> None:
    """Write BOARD/font.bin for each board that has a display, to be copied onto it."""
    from gongzhi.board import screen  # loads OpenCV

    manifest = project.load(folder)
    for board in manifest.boards:
        for name, data in screen.files(manifest.on(board)).items():
            file = out / board / name
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            except OSError as error:
                raise ConfigError(
                    N_("{file} cannot be written: {why}"), N_("Choose another place with --out."), file=file, why=error
                ) from error
            say(tr("{file}: {n} bytes.", file=file, n=len(data)))


@app.command("wiring", help=tr("Show how a project’s parts are wired."))
def wiring_(
    folder: Annotated[Path, typer.Argument(metavar="PROJECT", help=tr("The project’s folder."))],
    svg: _Svg = None,
) -> None:
    """Show the wires of a project."""
    manifest = project.load(folder)
    if svg is not None:
        _write(svg, wiring(manifest))
        return
    table = Table(tr("Board"), tr("Part"), tr("Leg"), tr("Contact"), tr("In between"))
    at = 0 if language() == "zh" else 1
    hints: dict[str, list[str]] = {}  # what is to be minded -> the parts
    for part in manifest.parts.values():
        about = manifest.boards[part.board].about
        made = recipe(part, about)
        if made is None:
            table.add_row(part.board, pick(part.label), tr("on the board already"), about.called(part.pin), "")
            continue
        hints.setdefault(made.hint[at], []).append(pick(part.label))
        for wire in made.wires:
            contact = wire.contact if wire.contact in SUPPLIES else about.called(line(part, wire))
            table.add_row(part.board, pick(part.label), wire.leg[at], contact, wire.through)
    say(FIRST[at], "bold")
    console.print(table)
    for hint, names in hints.items():
        say(tr("{name}: {value}", name=("、", ", ")[at].join(names), value=hint))


def _write(path: Path, content: str) -> None:
    from gongzhi.learn.recording import write_file  # brings numpy

    write_file(path, content.encode())
    say(tr("The picture is in {file}.", file=path), "green")
