"""`gongzhi room …`: the room's certificate, for boards, computers and brokers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from gongzhi.broker.advertise import addresses
from gongzhi.cli.output import say
from gongzhi.errors import BrokerError
from gongzhi.room import certificates
from gongzhi.text import N_, tr

app = typer.Typer(no_args_is_help=True, help=tr("A whole room: its certificate."))


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
