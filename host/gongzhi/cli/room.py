"""`gongzhi room …`: the teacher's page, the stop of the whole room and its end, and the room's certificate."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Annotated

import typer

from gongzhi.broker.advertise import addresses
from gongzhi.cli.broker import password
from gongzhi.cli.output import say
from gongzhi.errors import BrokerError
from gongzhi.room import certificates, pin
from gongzhi.room.teacher import Teacher, stop_and_count
from gongzhi.runtime.access import SPACE
from gongzhi.text import N_, tr

app = typer.Typer(help=tr("A whole room: the teacher’s page, one stop for all, its certificate."))
LOGIN = tr("The room’s broker with a teacher’s login: mqtt://teacher:password@host:1883.")
Broker = Annotated[str, typer.Option(envvar="GONGZHI_BROKER", help=LOGIN)]


@app.callback(invoke_without_command=True)
def page(
    context: typer.Context,
    broker: Annotated[str | None, typer.Option(envvar="GONGZHI_BROKER", help=LOGIN)] = None,
    host: Annotated[str, typer.Option(help=tr("Address of the page; 0.0.0.0 lets phones open it, too."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=tr("Port of the page."))] = 8017,
    browser: Annotated[bool, typer.Option(help=tr("Open a browser."))] = True,
) -> None:
    """Show every board and piece of the room until Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    if broker is None:
        raise BrokerError(
            N_("Which broker is the room’s?"),
            N_("Add --broker mqtt://teacher:password@host:1883, or set GONGZHI_BROKER."),
        )
    from gongzhi.room.page import RoomPage
    from gongzhi.runtime.welcome import welcome

    async def whole() -> None:
        await RoomPage(broker, SPACE, host, port).run(lambda url: welcome(url, browser))

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(whole())


@app.command(help=tr("Stop every board and every piece of the room."))
def stop(broker: Broker) -> None:
    """Send the stop and see who has heard it."""
    teacher = Teacher(broker, SPACE)
    teacher.connect()
    try:
        heard = stop_and_count(teacher)
    finally:
        teacher.close()
    if heard.there:
        count = {"n": len(heard.stopped), "all": heard.there}
        say(tr("The whole room is stopped: {n} of {all} boards have said so.", **count), "bold red")
    else:
        say(tr("The whole room is stopped. No board is online now; one that comes is stopped at once."), "bold red")
    if heard.silent:
        say(tr("Nothing heard from: {names}.", names=", ".join(heard.silent)), "yellow")
    say(tr("Allow it again with: gongzhi room release, or gongzhi room release TEAM."))


@app.command(help=tr("Allow the whole room again, or some teams of it."))
def release(
    broker: Broker,
    teams: Annotated[list[str] | None, typer.Argument(metavar="[TEAM]…", help=tr("Only these teams."))] = None,
) -> None:
    """End the room's stop."""
    teacher = Teacher(broker, SPACE)
    teacher.connect()
    try:
        here = teacher.teams() if teams else set()
        teacher.release(teams or None)
    finally:
        teacher.close()
    if strangers := set(teams or ()) - here:
        text = N_("Nothing of {names} is in the room. Here are: {known}.")
        say(tr(text, names=", ".join(sorted(strangers)), known=", ".join(sorted(here)) or "–"), "yellow")
    if allowed := [team for team in teams if team in here] if teams else [tr("the whole room")]:
        say(tr("Allowed again: {names}.", names=", ".join(allowed)), "green")


@app.command("pin", help=tr("Set the PIN with which a teacher joins any piece’s page on this computer."))
def pin_() -> None:
    """Ask twice, unseen, or read one line of a pipe."""
    pin.choose(password(tr("teacher’s PIN")))
    say(tr("The PIN is set. Pieces that run already take it from their next start on."), "green")


@app.command(help=tr("Write the room’s certificate into a file, for other computers of the room."))
def ca(out: Annotated[Path, typer.Option(help=tr("Write into this file."))] = Path("room.crt")) -> None:
    """Write the public half of the room's authority."""
    _copy(certificates.authority().path, out)
    say(tr("The room’s certificate is in {file}. It is no secret.", file=out), "green")


@app.command(help=tr("Trust the room whose certificate is in this file."))
def trust(file: Annotated[Path, typer.Argument(help=tr("A file that gongzhi room ca has written."))]) -> None:
    """Keep another computer's room certificate."""
    certificates.trust(file)
    say(tr("Brokers of that room are trusted from now on, and boards get its certificate with their secrets."), "green")


@app.command(help=tr("Write the certificate and key of a broker, such as mosquitto, into a folder."))
def certificate(
    out: Annotated[Path, typer.Option(help=tr("Write into this folder."))] = Path(),
    name: Annotated[
        list[str] | None, typer.Option(help=tr("A name or address of the broker; this computer’s if none is given."))
    ] = None,
) -> None:
    """Write ca.crt, broker.crt and broker.key."""
    names = set(name or ()) or {*addresses("0.0.0.0"), *certificates.own_names()}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(out, error) from error
    made = certificates.broker_files(names, keep=out)
    _copy(made.ca, out / "ca.crt")
    say(tr("ca.crt, broker.crt and broker.key are in {folder}. Keep broker.key to the broker.", folder=out), "green")


def _copy(file: Path, to: Path) -> None:
    try:
        shutil.copyfile(file, to)
    except OSError as error:
        raise _cannot(to, error) from error


def _cannot(path: Path, error: OSError) -> BrokerError:
    return BrokerError(
        N_("{file} cannot be written: {why}"), N_("Choose another place with --out."),
        file=path, why=error.strerror or error,
    )  # fmt: skip
