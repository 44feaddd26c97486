"""The whole way of a board: empty chip, `board flash`, `board setup`, a run with real boards; by cable and by Wi-Fi.

The programs are the real ones, the board is a virtual one at a serial port.
"""

from __future__ import annotations

import socket
import sys

import pytest
from gongzhi import cli, project
from gongzhi.arbiter.events import Answered
from gongzhi.board import room_net
from gongzhi.errors import ConfigError
from gongzhi.runtime import access, own_broker
from gongzhi.sim import board_body
from gongzhi.values import Answer
from typer.testing import CliRunner

from tests.board.images import micropython
from tests.runtime.conftest import EXAMPLE
from tests.runtime.test_real_boards import copied

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or board_body.library()[0] is None, reason="no MicroPython with a pseudo-terminal here"
)


@pytest.fixture
def box(tmp_path, monkeypatch):
    """A board from its box on a cable at tmp_path/ttyDoor; what its pins do."""
    from gongzhi.sim.board_serial import SerialBoard

    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "data"))
    edges = []
    board = SerialBoard("esp32-devkitc", state_dir=tmp_path / "door", back_off=0.01, join_ms=10, on_edge=edges.append)
    board.start()
    board.plug(tmp_path / "ttyDoor")
    (tmp_path / "m.bin").write_bytes(micropython())
    done("flash", tmp_path / "m.bin", "--port", tmp_path / "ttyDoor", "--yes")
    yield board, edges
    board.stop()


def done(*words, text=""):
    end = CliRunner().invoke(cli.app, ["board", *map(str, words)], input=text)
    assert end.exit_code == 0, (end.exception, end.output)


def joins(run, board):
    """Its broker is there now. Since `setup` it has looked for one in vain, less and less often, up to every 30 s: so
    its power goes off and on, as a person would do who does not like to wait."""
    board.reset()
    run.wait_for(lambda: run.core.online == {"door"})


def acts(run, edges):
    """The raised hand, the owner's yes, the gate: on the board's own pin."""
    asked = run.until("proposed")
    before = len(edges)
    run.call(run.core.happen, Answered(Answer("confirm", "human:owner#test", asked.id, asked.digest)))
    assert run.until("done").by == "board:door"
    run.wait_for(lambda: any(edge.kind == "pwm" and edge.value for edge in edges[before:]))


def test_by_cable(start, box, tmp_path):
    _, edges = box
    port = tmp_path / "ttyDoor"
    folder = copied(tmp_path, "[board.door]\n", f'[board.door]\nlink = "serial"\nport = "{port}"\n')
    done("setup", folder, "--port", port)
    run = start(folder=folder, boards="real")
    assert run.core.boards.boards == {}
    run.wait_for(lambda: run.core.online == {"door"})
    acts(run, edges)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_by_wifi(start, box, tmp_path, monkeypatch):
    board, edges = box
    monkeypatch.setattr(own_broker, "EVERYWHERE", "127.0.0.1")  # nothing of a test is told the network
    with pytest.raises(ConfigError, match="board setup"):
        access.logins(project.load(EXAMPLE), room=True)
    where = ("--port", tmp_path / "ttyDoor", "--broker")
    done("setup", EXAMPLE, *where, f"127.0.0.1:{free_port()}", "--wifi", "class", text="12345678\n")
    run = start(room=True)
    assert run.core.boards.boards == {}
    joins(run, board)
    acts(run, edges)
    assert room_net.load().logins["gate01"].password not in "".join(board.console)
    run.end()
    # The same board under TLS, in which the run is the room's broker, too.
    done("setup", EXAMPLE, *where, f"127.0.0.1:{free_port()}", "--tls")
    run = start(room=True)
    joins(run, board)
    assert any(f"connected 127.0.0.1 {room_net.load().port}" in line for line in board.console)
    own = run.runtime.broker
    assert (own._config.host, own._config.tls.port) == ("127.0.0.1", room_net.load().port)
    assert own.port != room_net.load().port, "without TLS this computer only, at another port"
