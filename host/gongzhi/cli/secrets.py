"""Takes `gongzhi board secrets`, gives the board on a cable its key and, where wanted, Wi-Fi and the broker's login."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Annotated, Any

import typer

from gongzhi.board import room_key
from gongzhi.board.secrets import give
from gongzhi.cli.output import print_json, say
from gongzhi.errors import BoardError
from gongzhi.gateway.ports import Fault, open_port
from gongzhi.room.certificates import for_board
from gongzhi.text import N_, tr

_TIMEOUT = 3.0  # s


def secrets(
    port: Annotated[str, typer.Option(help=tr("The board’s serial port, such as COM5 or /dev/ttyUSB0."))],
    wifi: Annotated[
        list[str] | None, typer.Option(help=tr("A network’s name; asks for its key. May be given several times."))
    ] = None,
    user: Annotated[str | None, typer.Option(help=tr("The board’s name at the broker; asks for its password."))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))] = False,
) -> None:
    """Keys and passwords are typed unseen or come as lines of a pipe, never as arguments, which others can see."""
    net: dict[str, Any] = {}
    if wifi:
        net["wifi"] = [{"ssid": name, "key": _asked(tr("Key of the network {name}: ", name=name))} for name in wifi]
    if user is not None:
        net |= {"user": user, "password": _asked(tr("Password for {name}: ", name=user))}
    room = room_key.room_key()
    try:
        with open_port(port, _TIMEOUT) as line:
            given = give(line, room, net, for_board())
    except Fault as error:
        raise BoardError(
            N_("The port {port} cannot be used: {why}"), N_("Is the board plugged in? Does another program use it?"),
            port=port, why=error,
        ) from error  # fmt: skip
    if as_json:
        print_json(given)
    else:
        say(tr("The board {chip} has its key and knows {n} networks.", chip=given.chip, n=given.networks), "green")


def _asked(question: str) -> str:
    return getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
