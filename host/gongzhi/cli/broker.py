"""`gongzhi broker`: takes an address and a users file, runs the MQTT broker alone until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from getpass import getpass
from pathlib import Path
from typing import Annotated, Final

import typer

from gongzhi.broker.access import Users, load_users_file
from gongzhi.broker.advertise import SECURE, SERVICE, advertised, wanted
from gongzhi.broker.config import BrokerConfig
from gongzhi.broker.notices import NOTICES
from gongzhi.broker.server import Broker
from gongzhi.cli.output import say
from gongzhi.errors import ConfigError
from gongzhi.room.door import door
from gongzhi.text import N_, tr


def broker(
    host: Annotated[str, typer.Option(help=tr("Address to listen on; 0.0.0.0 for the whole network"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=tr("Port; 0 takes any free one"))] = 1883,
    users: Annotated[Path | None, typer.Option(help=tr("File with users and what they may do"))] = None,
    add_user: Annotated[str | None, typer.Option(help=tr("Add this user to the file; asks for a password"))] = None,
    role: Annotated[
        str | None,
        typer.Option(help=tr("With --add-user: team (its boards and its piece) or teacher (the whole room)")),
    ] = None,
    advertise: Annotated[bool, typer.Option(help=tr("Tell the network (mDNS), so that boards find it by name"))] = True,
    tls: Annotated[bool, typer.Option("--tls", help=tr("Listen with TLS, too, with the room’s certificate"))] = False,
    tls_only: Annotated[
        bool, typer.Option("--tls-only", help=tr("As --tls; without TLS only this computer may connect"))
    ] = False,
    tls_port: Annotated[int, typer.Option(min=0, max=65535, help=tr("Port for TLS; 0 takes any free one"))] = 8883,
) -> None:
    """Run the MQTT broker alone."""
    if add_user is not None:
        _add(users, add_user, role)
        return
    known, rules = load_users_file(users) if users is not None else (None, ())
    config = BrokerConfig(
        "127.0.0.1" if tls_only else host, port, known, rules,
        tls=door(host, tls_port) if tls or tls_only else None,
    )  # fmt: skip
    asyncio.run(_serve(config, advertise=advertise and wanted(host)))


# What a team may do and what a teacher may (docs/wire.md, Access); {0} is the user's name, which is the team's id.
ROLES: Final = {
    "team": ("readwrite v1/local/{0}/#", "read v1/local/_all/down/#", "read $SYS/gongzhi/#"),
    "teacher": ("read v1/local/#", "write v1/local/_all/#", "read $SYS/gongzhi/#"),
}


def _add(path: Path | None, name: str, role: str | None) -> None:
    if role is not None and role not in ROLES:
        raise ConfigError(
            N_("There is no role “{value}”."), N_("Possible: {known}."), value=role, known=", ".join(ROLES)
        )
    if path is None:
        raise ConfigError(N_("--add-user needs a file."), N_("Say which with --users FILE."))
    users = Users.load(path) if path.exists() else Users()
    users.add(name, password(name))
    users.save(path)
    if role is not None:
        lines = [f"allow {name} {rule.format(name)}" for rule in ROLES[role]]
        have = path.read_text("utf-8").splitlines()
        with path.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines if line not in have)
    say(tr("User {name} is in {file}.", name=name, file=path))


def password(name: str) -> str:
    """The password, typed twice unseen, or one line of a pipe. Never an argument: others see those."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass(tr("Password for {name}: ", name=name))
    if getpass(tr("Once more: ")) != first:
        raise ConfigError(N_("The two passwords differ."), N_("Try again."))
    return first


async def _serve(config: BrokerConfig, *, advertise: bool) -> None:
    server = Broker(config, notice=_notice)
    await server.start()
    say(tr("The broker listens on {host}, port {port}. Ctrl-C ends it.", host=config.host, port=server.port))
    if config.tls is not None:
        say(tr("With TLS on {host}, port {port}.", host=config.tls.host, port=server.tls_port))
    if config.users is None:
        say(tr("No users: whoever can use this computer may connect, others cannot."))
    elif not config.access:
        say(tr("The users file has no “allow” lines: every user may read and write everything."))
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' loop has no signal handlers; there Ctrl-C raises KeyboardInterrupt below.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        async with contextlib.AsyncExitStack() as stack:
            told = await _told(stack, config, server) if advertise else []
            if told:
                say(tr("Boards find it as _gongzhi._tcp at {where}.", where=", ".join(told)))
            elif advertise:
                say(tr("The network cannot be told of it: give boards its address."), "yellow")
            await ended.wait()
    finally:
        await server.stop()
        say(tr("The broker has ended."))


async def _told(stack: contextlib.AsyncExitStack, config: BrokerConfig, server: Broker) -> list[str]:
    """Until `stack` ends the network knows of each port that it can reach; gives the addresses it is told."""
    ports = [(config.host, server.port, SERVICE)]
    if config.tls is not None:
        ports.append((config.tls.host, server.tls_port, SECURE))
    told: set[str] = set()
    for host, port, service in ports:
        if wanted(host):
            told |= {*await stack.enter_async_context(advertised(host, port, service=service))}
    return sorted(told)


def _notice(kind: str, client: str, text: str) -> None:
    say(tr(NOTICES[kind], client=client, text=text))
