"""Takes a broker's address, gives boards on this computer's USB a place on its bus until Ctrl-C, with a table."""

from __future__ import annotations

import threading
from typing import Annotated

import msgspec
import typer
from rich.live import Live
from rich.table import Table

from gongzhi.bus import Address
from gongzhi.cli.output import console, print_json, say
from gongzhi.gateway.gateway import STATES, Gateway, Row
from gongzhi.gateway.ports import usb_ids
from gongzhi.text import tr


def gateway(
    broker: Annotated[str, typer.Option(help=tr("The broker: mqtt://user:password@host:1883"))],
    port: Annotated[
        list[str] | None, typer.Option(help=tr("Use this serial port, too, such as COM5; may be given several times"))
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help=tr("How long to run"))] = None,
    json: Annotated[bool, typer.Option("--json", help=tr("Print JSON on standard output."))] = False,
) -> None:
    """Carry the messages of boards on USB."""
    made = Gateway(
        Address.of(broker), named=port or (), usb=usb_ids(), on_text=lambda name, line: say(f"{name}: {line}", "dim")
    )
    made.start()
    over = threading.Event()
    rows: list[Row] = []
    try:
        _watch(made, over, seconds)
        rows = made.rows()
    except KeyboardInterrupt:
        rows = made.rows()
    finally:
        made.stop()
    if json:
        print_json([msgspec.to_builtins(row, enc_hook=str) for row in rows])


def _watch(made: Gateway, over: threading.Event, seconds: float | None) -> None:
    """Show the table until the time is over, or for ever; where nobody looks, only wait."""
    if not console.is_terminal:
        over.wait(seconds)
        return
    left = seconds
    with Live(_table(made.rows()), console=console, auto_refresh=False) as live:
        while left is None or left > 0:
            over.wait(1.0 if left is None else min(1.0, left))
            left = None if left is None else left - 1.0
            live.update(_table(made.rows()), refresh=True)


def _table(rows: list[Row]) -> Table:
    table = Table(
        tr("Port"), tr("Board"), tr("Chip"), tr("State"), tr("From it"), tr("To it"), tr("Damaged"), tr("Again"),
        tr("Given up"), caption=None if rows else tr("No serial port with a board’s USB id is there."),
    )  # fmt: skip
    for row in rows:
        state = tr(STATES[row.state]) + (f": {row.why}" if row.why else "")
        counts = map(str, (row.up, row.down, row.bad, row.again, row.dropped))
        table.add_row(row.port, row.board, row.chip, state, *counts)
    return table
