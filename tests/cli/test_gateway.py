"""`gongzhi gateway`: what it says where there is nothing, and of a port that is not there."""

from __future__ import annotations

import json

from gongzhi.cli import app
from gongzhi.cli.gateway import _table
from gongzhi.gateway.gateway import STATES, Row
from gongzhi.gateway.ports import usb_ids
from gongzhi.text import Later
from rich.console import Console
from typer.testing import CliRunner


def test_a_named_port_that_is_not_there_is_waited_for(tmp_path):
    words = ["gateway", "--broker", "mqtt://127.0.0.1:1", "--port", str(tmp_path / "tty"), "--seconds", "0.3", "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    (row,) = [row for row in json.loads(done.stdout) if row["port"] == str(tmp_path / "tty")]
    assert row["state"] == "closed"
    assert "cannot be opened" in row["why"]


def test_the_table_has_each_state_in_words():
    rows = [Row(f"p{n}", "a/b", "c", state, Later("why", {}), 1, 2, 3, 4, 5) for n, state in enumerate(STATES)]
    screen = Console(width=200, record=True, file=None, quiet=False)
    with screen.capture() as shown:
        screen.print(_table(rows))
        screen.print(_table([]))
    for words in STATES.values():
        assert f"{words}: why" in shown.get()
    assert "No serial port" in shown.get()


def test_the_known_boards_usb_ids_are_known():
    assert {"10C4:EA60", "303A:1001", "1A86:7523"} <= usb_ids()
    assert usb_ids(["esp32-devkitc"]) == {"10C4:EA60"}
