"""Takes `gongzhi board update`, gives the boards of a project the program of this Gongzhi, with a bar and a report."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from gongzhi import project
from gongzhi.board import firmware, room_key
from gongzhi.board.image import for_update
from gongzhi.board.program import Program
from gongzhi.board.update import Outcome, Stage, Updater
from gongzhi.broker import BrokerConfig, BrokerProcess, Users
from gongzhi.bus import Address, Bus
from gongzhi.cli.output import console, print_json, say
from gongzhi.errors import ConfigError
from gongzhi.parts import Kind
from gongzhi.project import Manifest
from gongzhi.runtime import access
from gongzhi.runtime.boards import VirtualBoards
from gongzhi.text import N_, pick, tr

_STAGES: dict[Stage, str] = {
    "waiting": N_("waiting"), "sending": N_("sending"), "trial": N_("on trial"), "done": N_("done"),
    "failed": N_("not done"),
}  # fmt: skip


def update(
    folder: Annotated[Path, typer.Option("--project", help=tr("The project’s folder."))] = Path(),
    board: Annotated[list[str] | None, typer.Option(help=tr("Only this board; may be given several times."))] = None,
    all_: Annotated[bool, typer.Option("--all", help=tr("All boards of the project."))] = False,
    broker: Annotated[
        str | None, typer.Option(help=tr("The broker of the real boards; without it virtual boards are updated."))
    ] = None,
    image: Annotated[Path | None, typer.Option(help=tr("A MicroPython image (.bin) instead of the program."))] = None,
    older: Annotated[bool, typer.Option("--older", help=tr("Also where a board has a newer version."))] = False,
    again: Annotated[bool, typer.Option("--again", help=tr("Also where a board has this program already."))] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help=tr("Wait for the end of the trial (1 minute)."))
    ] = True,
    at_once: Annotated[int, typer.Option(min=1, max=50, help=tr("So many boards are sent to at the same time."))] = 8,
    as_json: Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))] = False,
) -> None:
    """Update boards over the network; exit status 1 if one of them could not be."""
    manifest = project.load(folder)
    names = _wanted(manifest, board or [], all_)
    sent = Program.image(*for_update(image)) if image is not None else None
    room = room_key.room_key()
    with _bus(manifest, broker) as bus, Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"), TimeElapsedColumn(),
        console=console,
    ) as shown:  # fmt: skip
        bars = {name: shown.add_task(name, total=None, stage=tr(_STAGES["waiting"])) for name in names}
        updater = Updater(
            bus, access.SPACE, manifest.id, room, lambda known: sent or program(known, manifest.kinds), older=older,
            again=again or sent is not None, wait=wait, at_once=at_once, tell=_bar(shown, bars),
        )  # fmt: skip
        outcomes = updater.run((name, manifest.boards[name].type) for name in names)
    if as_json:
        print_json([_plain(one) for one in outcomes])
    else:
        console.print(report(outcomes, {name: pick(board.label) for name, board in manifest.boards.items()}))
    if not all(one.ok for one in outcomes):
        raise typer.Exit(1)


def program(known: Mapping[str, Any], kinds: Iterable[Kind] = ()) -> Program | None:
    """This Gongzhi's program, with the drivers of these kinds, for a board that has answered so: source for CPython,
    else bytecode of its version."""
    made = Program.of(firmware.of(kinds, bytecode=known.get("mpy") != 0))
    return made if made.fits == str(known.get("mpy")) else None


def report(outcomes: list[Outcome], labels: Mapping[str, str]) -> Table:
    """One line for each board, with the label by which people know it."""
    table = Table(tr("Board"), tr("Result"), tr("Build"), tr("Sent (KB)"), tr("Seconds"))
    for one in outcomes:
        style = None if one.ok else "bold red"
        name = " ".join(dict.fromkeys((one.board, labels.get(one.board, one.board))))
        table.add_row(name, str(one.text), one.build, f"{one.sent / 1024:.1f}", f"{one.seconds:.0f}", style=style)
    return table


def _plain(one: Outcome) -> dict[str, Any]:
    return {
        "board": one.board, "ok": one.ok, "text": str(one.text), "build": one.build, "sent": one.sent,
        "seconds": round(one.seconds, 1),
    }  # fmt: skip


def _wanted(manifest: Manifest, names: list[str], everything: bool) -> list[str]:
    unknown = [name for name in names if name not in manifest.boards]
    if unknown:
        raise ConfigError(
            N_("The project has no board “{name}”."), N_("Possible: {known}."),
            name=unknown[0], known=", ".join(manifest.boards),
        )  # fmt: skip
    if not names and not everything and len(manifest.boards) > 1:
        raise ConfigError(
            N_("The project has several boards: {known}."), N_("Say which with --board NAME, or --all."),
            known=", ".join(manifest.boards),
        )  # fmt: skip
    return list(dict.fromkeys(names)) or list(manifest.boards)


def _bar(shown: Progress, bars: Mapping[str, TaskID]) -> Any:
    lock = threading.Lock()

    def tell(name: str, stage: Stage, done: int, total: int) -> None:
        with lock:
            shown.update(
                bars[name], total=None if stage in ("waiting", "trial") else total, completed=done,
                stage=tr(_STAGES[stage]),
            )  # fmt: skip

    return tell


@contextlib.contextmanager
def _bus(manifest: Manifest, broker: str | None) -> Iterator[Bus]:
    """A bus to the boards: the real ones at `broker`, or else virtual ones that run meanwhile."""
    with contextlib.ExitStack() as stack:
        url = broker or stack.enter_context(_virtual(manifest))
        bus = Bus(url, f"{manifest.id}-up")
        bus.connect()
        stack.callback(bus.close)
        yield bus


@contextlib.contextmanager
def _virtual(manifest: Manifest) -> Iterator[str]:
    """The project's virtual boards on a broker of their own; its address."""
    logins = access.logins(manifest)
    users = Users()
    for login in logins.all:
        users.add(login.user, login.password)
    with BrokerProcess.start(BrokerConfig(port=0, users=users, access=access.rules(manifest))) as process:
        boards = VirtualBoards(manifest, "auto", lambda *_: None, lambda *_: None)
        boards.start(Address("127.0.0.1", process.port, logins.board.user, logins.board.password))
        try:
            say(str(boards.reason))
            yield f"mqtt://{logins.runtime.user}:{logins.runtime.password}@127.0.0.1:{process.port}"
        finally:
            boards.stop()
