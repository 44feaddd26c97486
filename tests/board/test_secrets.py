"""A board on a cable gets its key and its secrets: real pyserial, real MicroPython, the chip's storage."""

import base64
import json
import sys

import pytest
from gongzhi import cli
from gongzhi.board import firmware, room_key
from gongzhi.board.prompt import Prompt
from gongzhi.errors import BoardError
from gongzhi.gateway.ports import open_port
from gongzhi.room import certificates
from gongzhi.sim import board_body
from typer.testing import CliRunner

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or board_body.library()[0] is None, reason="no MicroPython with a pseudo-terminal here"
)
OLD = {"ssid": "old", "key": "old-key-1"}


@pytest.fixture
def plugged(tmp_path):
    """A board on a cable, whose config.json is a careless one; and the port."""
    from gongzhi.sim.board_usb import UsbBoard

    config = {
        "v": 1, "space": "local", "team": "gate01", "device": "door", "wifi": [OLD], "board": "esp32-devkitc",
        "mqtt": {"host": "127.0.0.1", "port": 9, "user": "gate01", "password": "old-word"}, "parts": [],
    }  # fmt: skip
    board = UsbBoard("esp32-devkitc", firmware.compiled(), config, state_dir=tmp_path / "b", body="vm", back_off=0.01)
    board.start()
    yield board, board.plug()
    board.stop()


def kept(board):
    """What lies in the chip's storage."""
    nvs = json.loads((board.state_dir / "nvs.json").read_text())
    return json.loads(base64.b64decode(nvs["b/gongzhi/net"])), base64.b64decode(nvs["b/gongzhi/key"])


def test_secrets_go_by_the_cable_into_the_chip_and_nowhere_else(plugged):
    board, port = plugged
    words = ["board", "secrets", "--port", port, "--wifi", "教室", "--wifi", "hall", "--json"]
    end = CliRunner().invoke(cli.app, words, input="12345678\n\n")
    assert end.exit_code == 0, (end.exception, end.output, board.console[-60:])
    given = json.loads(end.stdout.splitlines()[-1])
    assert given["networks"] == 2
    net, key = kept(board)
    assert net["wifi"] == [{"ssid": "教室", "key": "12345678"}, {"ssid": "hall", "key": ""}]
    assert (net["user"], net["password"]) == ("gate01", "old-word"), "what was not given stays as config.json had it"
    assert key == room_key.board_key(room_key.room_key(), given["chip"])
    ca = json.loads((board.state_dir / "nvs.json").read_text())["b/gongzhi/ca"]
    assert base64.b64decode(ca)[4:] == certificates.for_board()[4:]
    end = CliRunner().invoke(cli.app, ["board", "secrets", "--port", port, "--user", "me"], input="new-word\n")
    assert end.exit_code == 0, (end.exception, end.output, board.console[-60:])
    net, _ = kept(board)
    assert (net["user"], net["password"], len(net["wifi"])) == ("me", "new-word", 2)
    with open_port(port, 3.0) as line, Prompt(line) as prompt:
        said = prompt.run("print(open('config.json').read())")
        with pytest.raises(BoardError, match="KeyError"):
            prompt.run("{}['x']")
    assert "wifi" not in said
    assert "word" not in said
    assert "12345678" not in "".join(board.console)


def test_a_port_that_is_not_there():
    end = CliRunner().invoke(cli.app, ["board", "secrets", "--port", "/dev/none"])
    assert "cannot be used" in str(end.exception)


def test_a_line_on_which_nobody_answers():
    class Nobody:
        name = "COM9"

        def write(self, data):
            return len(data)

        def read_until(self, end):
            return b"noise"

        def reset_input_buffer(self):
            pass

    with pytest.raises(BoardError, match="No MicroPython answers at COM9"):
        Prompt(Nobody()).__enter__()
