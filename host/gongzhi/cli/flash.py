"""Takes `gongzhi board find`, `flash` and `console`, gives the boards on USB, MicroPython on one, or its prompt."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from gongzhi import paths
from gongzhi.board import find as finding
from gongzhi.board import flash as flashing
from gongzhi.board import image as images
from gongzhi.board.image import Image
from gongzhi.board.prompt import Prompt
from gongzhi.cli.output import console as out
from gongzhi.cli.output import print_json, say
from gongzhi.errors import BoardError
from gongzhi.gateway.ports import Fault, open_port
from gongzhi.text import N_, tr

PortOption = Annotated[
    str | None,
    typer.Option("--port", help=tr("The board’s serial port, such as COM5; not needed if there is one only.")),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=tr("Do not ask."))]
Json = Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))]
_AWAKE_S: Final = 10.0  # after its reset a board formats its files, if need be
_WHO: Final = (
    "import sys\nprint(sys.implementation._machine, '.'.join(map(str, sys.implementation.version[:3])), sep='|')"
)


def find(as_json: Json = False) -> None:
    """List the boards on USB."""
    seen = finding.find()
    missing = finding.without_driver(seen)
    if as_json:
        print_json([_plain(one) for one in seen])
        return
    if seen:
        table = Table(tr("Port"), tr("USB id"), tr("Chip on USB"), Column(tr("May be"), overflow="fold"), tr("State"))
        for one in seen:
            state = str(one.why) if one.why else tr("free")
            style = "yellow" if one.why else None if one.types else "dim"
            table.add_row(one.port, one.usb, one.bridge, ", ".join(one.types), state, style=style)
        out.print(table)
    for one in seen:
        if one.hint is not None and one.types:
            say(f"{one.port}: {one.hint}", "yellow")
    if missing:
        say(f"{missing[0]}\n{missing[1]}", "yellow")
    elif not any(one.types or one.bridge for one in seen):
        say(tr(_NOTHING), "yellow")


_NOTHING: Final = N_(
    "There is no board on USB. What helps, in this order: another cable (many only charge), another USB socket; "
    "on Windows the driver of the chip beside the board’s USB socket: CP2102: “CP210x VCP”, CH340: “CH341SER”, "
    "CH9102: “CH343SER”. ESP32-S3 and C3 with a USB socket of their own need none."
)


def _plain(one: finding.Seen) -> dict[str, Any]:
    return {
        "port": one.port, "usb": one.usb, "types": list(one.types), "bridge": one.bridge, "free": one.why is None,
        "why": str(one.why or ""), "hint": str(one.hint or ""),
    }  # fmt: skip


# Long by its options, each with its line of help, and by what is said at the end.
def flash(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="IMAGE", help=tr("MicroPython’s file (.bin); else one that was used before.")),
    ] = None,
    port: PortOption = None,
    sha256: Annotated[str | None, typer.Option(help=tr("What the file’s SHA-256 has to be."))] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help=tr("Remove the files that are on the board, too."))] = False,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help=tr("Keep the Chinese font that a 掌控板 has behind its files."))
    ] = True,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Write MicroPython onto a board. What its NVS holds stays; its files, too, where their place does."""
    where = finding.the_port(port)
    image = images.read(file) if file else None
    board = flashing.look(where)
    image = image or _kept(board.found.chip)
    if sha256 is not None and image.sha256 != sha256.lower():
        raise BoardError(
            N_("{file} has the SHA-256 {have}, not {want}."), N_("It is damaged, or another file: fetch it again."),
            file=image.path, have=image.sha256, want=sha256,
        )  # fmt: skip
    plan = flashing.plan(image, board, keep=keep, fresh=fresh)
    _announce(where, image, board, plan)
    _agreed(yes)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=out
    ) as bar:
        task = bar.add_task(tr("writing"), total=plan.size)
        flashing.do(where, plan, image, lambda done, _: bar.update(task, completed=done))
    machine, version = _awake(where)
    _remember(image)
    if as_json:
        print_json({
            "port": where, "chip": board.found.chip, "mac": board.found.mac, "micropython": version, "machine": machine,
            "files": [plan.files.at, plan.files.size], "fresh": plan.fresh, "romfs": plan.rom is not None,
            "kept": plan.kept, "sha256": image.sha256,
        })  # fmt: skip
    say(
        tr(
            "MicroPython {version} runs on the board at {port}. Next: gongzhi board setup PROJECT",
            version=version,
            port=where,
        ),
        "green",
    )


def _announce(port: str, image: Image, board: flashing.Board, plan: flashing.Plan) -> None:
    say(
        tr(
            "{port}: {chip}, {mb} MB, {mac}. It gets {what} ({date}, SHA-256 {sha}…).",
            port=port, chip=board.found.chip, mb=board.found.flash >> 20, mac=board.found.mac, what=image.called,
            date=image.date, sha=image.sha256[:12],
        )
    )  # fmt: skip
    say(tr("Its files are removed.") if plan.fresh else tr("Its files stay."))
    if plan.kept:
        say(tr("The font behind them stays."))
    if plan.rom:
        say(
            tr(
                "This image runs programs where they lie in the flash: {kb} KB are set aside for that.",
                kb=plan.rom.size >> 10,
            )
        )


def _agreed(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise BoardError(N_("Nobody is there to be asked."), N_("Add --yes."))
    typer.confirm(tr("Write it?"), abort=True, err=True)


def _awake(port: str) -> tuple[str, str]:
    """(machine, version) that the new MicroPython gives; raises BoardError if none answers."""
    end = time.monotonic() + _AWAKE_S
    while True:
        try:
            with open_port(port, 1.0) as line, Prompt(line) as prompt:
                machine, version = prompt.run(_WHO).split("|")
                return machine, version
        except BoardError as error:
            why: object = error.text().splitlines()[0]
        except Fault as error:  # a USB port of the chip's own goes and comes again
            why = error
        if time.monotonic() > end:
            raise BoardError(
                N_("The image is written, but nothing answers at {port}: {why}"),
                N_("Press the board’s RST button, then: gongzhi board console"),
                port=port, why=why,
            )  # fmt: skip
        time.sleep(0.2)


def _folder() -> Path:
    return paths.data() / "images"


def _kept(chip: str) -> Image:
    """The newest image for that chip that was used before; raises BoardError."""
    found = []
    for path in sorted(_folder().glob("*.bin")):
        try:
            image = images.read(path)
        except BoardError:
            continue  # it is said what is wrong when it is named
        if image.chip == chip:
            found.append(image)
    if not found:
        raise BoardError(
            N_("There is no MicroPython for the chip {chip} on this computer."),
            N_("Fetch the newest .bin file from {where}, then: gongzhi board flash FILE"),
            chip=chip, where=flashing.where(chip),
        )  # fmt: skip
    return max(found, key=lambda one: (one.version, one.date))


def _remember(image: Image) -> None:
    """Keep a copy for the next board; where that cannot be, the file has to be named again."""
    kept = _folder() / image.path.name
    if kept.exists() and kept.read_bytes() == image.data:
        return
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(image.data)
    except OSError as error:
        say(tr("The image could not be kept for the next board: {why}", why=error.strerror or error), "yellow")


def console(port: PortOption = None) -> None:
    """Talk with MicroPython on the board, by mpremote; Ctrl-] or Ctrl-x ends it."""
    where = finding.the_port(port)
    say(
        tr(
            "The prompt of the board at {port}. Ctrl-C stops its program, Ctrl-D starts it again, Ctrl-] ends this.",
            port=where,
        )
    )
    ended = subprocess.run([sys.executable, "-m", "mpremote", "connect", where, "repl"], check=False)
    if ended.returncode:
        raise typer.Exit(ended.returncode)
