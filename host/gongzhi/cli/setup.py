"""Takes `gongzhi board setup`, gives one board of a project, or all of them one after another, what they need."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Column, Table

from gongzhi import project
from gongzhi.board import find as finding
from gongzhi.board import room_key, room_net
from gongzhi.board import setup as work
from gongzhi.board.room_net import Login, RoomNet, Wifi
from gongzhi.board.setup import Outcome, Setup
from gongzhi.cli.output import console as out
from gongzhi.cli.output import print_json, say
from gongzhi.errors import BoardError, ConfigError, GongzhiError
from gongzhi.project import Board, Manifest
from gongzhi.text import N_, pick, tr

_STAGES: Final = {
    "program": N_("program into the flash"), "files": N_("files"), "wifi": N_("trying the Wi-Fi (20 s at most)"),
}  # fmt: skip


# Half of it are its options, each with its line of help.
def setup(
    folder: Annotated[Path, typer.Argument(metavar="PROJECT", help=tr("The project’s folder."))],
    board: Annotated[str | None, typer.Argument(metavar="BOARD", help=tr("Which of its boards this is."))] = None,
    port: Annotated[
        list[str] | None,
        typer.Option(help=tr("The board’s serial port, such as COM5; with --all one for each board, in their order.")),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help=tr("All boards of the project, one after another."))] = False,
    wifi: Annotated[
        list[str] | None, typer.Option(help=tr("A network’s name; asks for its key. May be given several times."))
    ] = None,
    broker: Annotated[
        str | None, typer.Option(help=tr("Where the boards find the broker, HOST or HOST:PORT; else by its name."))
    ] = None,
    tls: Annotated[
        bool | None,
        typer.Option("--tls/--no-tls", help=tr("The boards speak TLS with the broker, or not; else as before.")),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help=tr("The team’s name at a broker of your own; asks for its password."))
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help=tr("Ask for the room’s Wi-Fi anew."))] = False,
    try_: Annotated[bool, typer.Option("--try/--no-try", help=tr("Try the Wi-Fi on the first board."))] = True,
    undo: Annotated[bool, typer.Option("--undo", help=tr("Take Gongzhi’s program from the board."))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))] = False,
) -> None:
    """Give a board its program, its configuration, its key and the room's Wi-Fi, which is asked once."""
    manifest = project.load(folder)
    if undo:
        _undo(finding.the_port(port[0] if port else None))
        return
    boards = _wanted(manifest, board, all_, port or [])
    net = _room(manifest, boards, wifi or [], _broker(room_net.load(), broker, tls), user, ask=ask)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=out, transient=True
    ) as shown:
        task = shown.add_task("", total=None, visible=False)

        def tell(stage: str, done: int, total: int) -> None:
            shown.update(task, description=tr(_STAGES[stage]), completed=done, total=total, visible=done < total)

        one_by_one = Setup(manifest, net, room_key.room_key(), tell, wifi=try_)
        outcomes = [_one(one_by_one, manifest, one, list(port or []), shown, n) for n, one in enumerate(boards)]
    done = [one for one in outcomes if isinstance(one, Outcome)]
    if as_json:
        print_json([_plain(name, one) for name, one in zip(boards, outcomes, strict=True)])
    else:
        out.print(_table(done))
    if len(done) < len(boards):
        raise typer.Exit(1)
    say(_next(manifest, boards), "green")


def _wanted(manifest: Manifest, name: str | None, everything: bool, ports: Sequence[str]) -> list[str]:
    if name is not None and name not in manifest.boards:
        raise ConfigError(
            N_("The project has no board “{name}”."), N_("Possible: {known}."),
            name=name, known=", ".join(manifest.boards),
        )  # fmt: skip
    if name is None and not everything and len(manifest.boards) > 1:
        raise ConfigError(
            N_("The project has several boards: {known}."), N_("Say which one is plugged in, or --all."),
            known=", ".join(manifest.boards),
        )  # fmt: skip
    names = list(manifest.boards) if everything else [name or next(iter(manifest.boards))]
    if len(ports) > 1 and len(ports) != len(names):
        raise ConfigError(
            N_("There are {ports} ports for {boards} boards."), N_("Give one --port for each board, or one for all."),
            ports=len(ports), boards=len(names),
        )  # fmt: skip
    return names


def _broker(net: RoomNet, broker: str | None, tls: bool | None) -> RoomNet:
    """The room with the broker that is named; one that is not named stays, at the usual port where `tls` changes."""
    secure = net.tls if tls is None else tls
    if broker is None:
        return net if secure == net.tls else net.at(net.hosts, None, tls=secure)
    host, colon, number = broker.rpartition(":")
    if colon and not number.isdecimal():
        raise ConfigError(
            N_("“{value}” is no place of a broker."), N_("Write 192.168.1.7 or 192.168.1.7:1883."), value=broker
        )
    return net.at((host or broker,), int(number) if colon else None, tls=secure)


def _room(
    manifest: Manifest, names: list[str], wifi: list[str], net: RoomNet, user: str | None, *, ask: bool
) -> RoomNet:
    """What these boards are told of the room: remembered, given, or asked for once."""
    if all(manifest.boards[name].link == "serial" for name in names):
        return net
    if wifi:
        net = msgspec.structs.replace(net, wifi=tuple(Wifi(name, _secret(_KEY, name=name)) for name in wifi))
    elif ask or (not net.wifi and sys.stdin.isatty()):
        say(
            tr(
                "The boards of this room are to join a Wi-Fi. "
                "It is asked once and kept beside the room’s key, not in the project."
            )
        )
        name = typer.prompt(tr("Name of the network (2.4 GHz)"), err=True)
        net = msgspec.structs.replace(net, wifi=(Wifi(name, _secret(_KEY, name=name)),))
    elif not net.wifi:
        raise ConfigError(
            N_("The boards’ Wi-Fi is not known."),
            N_('Name it with --wifi, or write link = "serial" into project.toml.'),
        )
    login = Login(user, _secret(_PASSWORD, name=user)) if user else net.login(manifest.id)
    net = net.having(manifest.id, login)
    room_net.save(net)
    return net


_KEY: Final = N_("Key of the network {name}: ")
_PASSWORD: Final = N_("Password for {name}: ")


def _secret(question: str, **values: Any) -> str:
    return getpass(tr(question, **values)) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _one(
    maker: Setup, manifest: Manifest, name: str, ports: list[str], shown: Progress, n: int
) -> Outcome | GongzhiError:
    """One board, again as often as somebody wants to try again."""
    board = manifest.boards[name]
    while True:
        shown.stop()
        if n and len(ports) < 2:
            _next_board(board)
        try:
            where = finding.the_port(ports[min(n, len(ports) - 1)] if ports else None)
            say(tr("{port}: the board “{name}” ({type}) …", port=where, name=name, type=pick(board.about.name)))
            shown.start()
            return maker.one(name, where)
        except GongzhiError as error:
            shown.stop()
            say(str(error), "bold red")
            if not sys.stdin.isatty() or not typer.confirm(tr("Try again?"), default=True, err=True):
                return error
        finally:
            shown.stop()


def _next_board(board: Board) -> None:
    if not sys.stdin.isatty():
        raise BoardError(N_("Nobody is there to plug in the next board."), N_("Give one --port for each board."))
    what = tr("Now plug in the board “{name}” ({type}) and press Enter", name=board.id, type=pick(board.about.name))
    typer.prompt(what, default="", show_default=False, err=True)


def _undo(port: str) -> None:
    back = work.undo(port)
    say(tr("Gongzhi’s program and the room’s secrets are off the board."), "green")
    if back:
        say(tr("What was there before is back: {names}.", names=", ".join(back)))


def _table(done: list[Outcome]) -> Table:
    table = Table(
        tr("Board"),
        tr("Chip"),
        tr("MicroPython"),
        tr("Program"),
        tr("Written (KB)"),
        Column(tr("State"), overflow="fold"),
    )
    for one in done:
        state = tr("runs") if one.starts else tr("no word from it yet: gongzhi board console")
        if one.kept:
            state += "; " + tr("kept: {names}", names=", ".join(one.kept))
        program = tr("in the flash (ROMFS)") if one.rom else tr("in files")
        table.add_row(one.board, one.number, one.micropython, program, f"{one.written / 1024:.1f}", state)
    return table


def _next(manifest: Manifest, names: list[str]) -> str:
    if all(manifest.boards[name].link == "serial" for name in names):
        return tr("Leave the board on its cable. Next: gongzhi run {folder} --boards real", folder=manifest.folder)
    return tr("Next: gongzhi run {folder} --room --boards real", folder=manifest.folder)


def _plain(name: str, one: Outcome | GongzhiError) -> dict[str, Any]:
    if isinstance(one, Outcome):
        return {"ok": True, **msgspec.to_builtins(one)}
    return {"ok": False, "board": name, "why": str(one)}
