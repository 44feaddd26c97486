"""`gongzhi board setup` on virtual boards at a serial port: again, cut short, into ROMFS, taken back, refused."""

import json
import sys

import pytest
from gongzhi import cli, project
from gongzhi.board import firmware, flash, partitions, room_key, room_net, setup
from gongzhi.board.partitions import Partition
from gongzhi.board.prompt import Prompt
from gongzhi.board.room_net import RoomNet, Wifi
from gongzhi.errors import BoardError, ConfigError
from gongzhi.gateway.ports import open_port
from gongzhi.sim import board_body
from typer.testing import CliRunner

from tests.board.images import AUTOMATIC, micropython

here = pytest.mark.skipif(
    sys.platform == "win32" or board_body.library()[0] is None, reason="no MicroPython with a pseudo-terminal here"
)
TOML = """
[project]
id = "gate01"
[board.door]
type = "esp32-devkitc"
{link}
[board.eye]
type = "xiao-esp32c3"
{link}
[part.lamp]
kind = "led"
board = "door"
pin = 23
"""
SERIAL = 'link = "serial"'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GONGZHI_LANG", "en")
    (tmp_path / "project.toml").write_text(TOML.format(link=SERIAL), encoding="utf-8")
    return tmp_path


@pytest.fixture
def plugged(folder):
    """A board that has MicroPython, on a cable; its port."""
    made = []

    def plug(kind="esp32-devkitc", **image):
        from gongzhi.sim.board_serial import SerialBoard

        board = SerialBoard(kind, state_dir=folder / f"board{len(made)}", back_off=0.01, join_ms=10)
        data = micropython(board.type.chip.upper(), **image)
        begin = 0x1000 if board.type.chip == "esp32" else 0
        board.flash[begin : begin + len(data)] = data
        board.start()
        board.plug(folder / f"tty{len(made)}")
        made.append(board)
        return board, str(folder / f"tty{len(made) - 1}")

    yield plug
    for board in made:
        board.stop()


def said(folder, *words, text=""):
    return CliRunner().invoke(cli.app, ["board", "setup", str(folder), *words], input=text)


def at(port, lines):
    with open_port(port, 3.0) as line, Prompt(line) as prompt:
        return prompt.run(lines)


@here
def test_a_cable_that_is_pulled_out_and_a_program_of_ones_own(folder, plugged):
    board, port = plugged()
    at(port, "f = open('main.py', 'w')\nf.write('print(\"mine\")')\nf.close()")
    sent = 0

    def pulled(data):
        nonlocal sent
        sent += len(data)
        if sent > 40000:
            board.up = None
            board.unplug()
        return data

    manifest = project.load(folder)
    work = setup.Setup(manifest, RoomNet(), room_key.room_key(), lambda *_: None)
    board.down = pulled
    with pytest.raises(BoardError, match="cut"):
        work.one("door", port)
    board.down = None
    board.plug(folder / "tty0")
    assert "main.py" not in at(port, "import os; print(os.listdir())").replace("before-main.py", ""), (
        "it starts nothing"
    )
    done = work.one("door", port)
    assert (done.starts, done.rom, done.chip) == (True, False, "esp32")
    assert done.same > 5, "what had arrived is not sent again"
    assert json.loads(at(port, "print(open('config.json').read())"))["link"] == "serial"
    with pytest.raises(BoardError, match="“door” already"):
        work.one("eye", port)
    again = work.one("door", port)
    assert again.kept == ()
    assert again.written < 1500, "main.py alone"
    end = said(folder, "door", "--port", port, "--undo")
    assert end.exit_code == 0, (end.exception, end.output)
    assert at(port, "import os; print(sorted(os.listdir()))") == "['main.py']"
    assert at(port, "print(open('main.py').read())") == 'print("mine")'
    nvs = json.loads((board.state_dir / "nvs.json").read_text())
    assert not any("gongzhi" in key for key in nvs)
    assert isinstance(said(folder, "door", "--port", port, "--undo").exception, BoardError)


@here
def test_where_the_image_can_the_program_runs_from_romfs(folder, plugged):
    table = (*AUTOMATIC, Partition("romfs", 1, 0x8F, 0x200000, flash.ROM))
    board, port = plugged(romfs=True, table=table)
    end = said(folder, "door", "--port", port, "--json")
    assert end.exit_code == 0, (end.exception, end.output)
    (done,) = json.loads(end.stdout.splitlines()[-1])
    assert (done["rom"], done["starts"]) == (True, True)
    assert at(port, "import os; print(sorted(os.listdir()))") == str(
        sorted(["boot.py", "boots", "config.json", "main.py", "manifest", "rom", "slots.mpy"])
    )
    place = partitions.named(table, "romfs")
    assert board.flash[place.at : place.at + 3] == b"\xd2\xcd\x31"
    # A part of one's own moves into the image, too, for a folder of that name in the files would hide it.
    at(port, "import os\nos.mkdir('gongzhi_node')\nos.mkdir('gongzhi_node/parts')\n"
       "f = open('gongzhi_node/parts/fan.py', 'w')\nf.write('PART = None')\nf.close()")  # fmt: skip
    for _ in range(2):
        assert said(folder, "door", "--port", port).exit_code == 0
        assert at(port, "print(open('/rom/gongzhi_node/parts/fan.py').read())") == "PART = None"
    assert at(port, "import os; print('gongzhi_node' in os.listdir())") == "False"
    assert said(folder, "door", "--port", port, "--undo").exit_code == 0
    assert board.flash[place.at : place.at + 4] == b"\xff" * 4, "nothing of it is left in its partition"
    assert at(port, "import os; print(sorted(os.listdir()))") == "['gongzhi_node']"
    assert at(port, "print(open('gongzhi_node/parts/fan.py').read())") == "PART = None", "but what is somebody's own"


@here
def test_all_boards_of_a_project_by_their_ports_and_a_wifi_that_is_tried(folder, plugged):
    (folder / "project.toml").write_text(TOML.format(link=""), encoding="utf-8")
    (board, one), (_, other) = plugged(), plugged("xiao-esp32c3")
    board.wifi("refused")
    words = ("--all", "--port", one, "--port", other, "--wifi", "教室", "--json")
    end = said(folder, *words, text="secret-1\n")
    assert end.exit_code == 1
    first, second = json.loads(end.stdout.splitlines()[-1])
    assert not first["ok"]
    assert "its key is wrong" in first["why"]
    assert second["ok"], "one that fails is not in the way of the others"
    board.wifi("on")
    end = said(folder, "--all", "--port", one, "--port", other, "--json")  # the room is known by now
    assert end.exit_code == 0, (end.exception, end.output)
    assert "secret-1" not in "".join(board.console)
    assert "wifi" not in at(one, "print(open('config.json').read())")
    net = room_net.load()
    assert net.wifi == (Wifi("教室", "secret-1"),)
    assert net.logins["gate01"].user == "gate01"
    # Swapped: the chips are not those of the boards' types.
    with pytest.raises(BoardError, match="but here is the chip esp32c3"):
        setup.Setup(project.load(folder), net, b"x" * 32, lambda *_: None).one("door", other)


def test_what_is_asked_and_what_is_refused(folder, monkeypatch):
    assert "several boards" in str(said(folder).exception)
    assert "no board “shed”" in str(said(folder, "shed").exception)
    assert "3 ports for 2 boards" in str(said(folder, "--all", *("--port", "x") * 3).exception)
    (folder / "project.toml").write_text(TOML.format(link=""), encoding="utf-8")
    assert isinstance(said(folder, "door").exception, ConfigError), "the Wi-Fi is not known"
    assert "no place of a broker" in str(said(folder, "door", "--broker", "a:b", "--wifi", "x", text="\n").exception)
    said(folder, "door", "--port", "/dev/none", "--tls", "--broker", "10.0.0.1", "--wifi", "x", text="\n")
    assert (room_net.load().tls, room_net.load().port) == (True, 8883)
    said(folder, "door", "--port", "/dev/none")
    assert room_net.load().tls, "it is remembered"
    said(folder, "door", "--port", "/dev/none", "--no-tls")
    assert room_net.load().mqtt() == {"host": "10.0.0.1", "port": 1883}
    assert "cannot be used" in said(folder, "door", "--port", "/dev/none", "--wifi", "x", text="\n").output
    assert oct(room_net._path(None).stat().st_mode)[-2:] == "00" or sys.platform == "win32"
    room_net._path(None).write_text("{")
    assert "Remove it" in str(said(folder, "door").exception)


def test_the_configuration_is_the_manifests_and_has_no_secrets(folder):
    manifest = project.load(folder)
    net = RoomNet((Wifi("a", "b"),), ("10.0.0.1", "_gongzhi._tcp"), 1884)
    assert setup.config(manifest, manifest.boards["door"], net) == {
        "v": 1, "space": "local", "team": "gate01", "device": "door", "board": "esp32-devkitc", "link": "serial",
        "parts": [{"ch": "lamp", "kind": "led", "pin": 23, "lo": 0, "hi": 1, "safe": 0, "on_loss": ["safe"]}],
    }  # fmt: skip
    (folder / "project.toml").write_text(TOML.format(link=""), encoding="utf-8")
    manifest = project.load(folder)
    assert setup.config(manifest, manifest.boards["door"], net)["mqtt"] == {"host": list(net.hosts), "port": 1884}
    assert RoomNet().at(net.hosts, None, tls=True).mqtt() == {
        "host": ["10.0.0.1", "_gongzhi-tls._tcp"], "port": 8883, "tls": True,
    }  # fmt: skip
    assert {"main.py", "config.json", "manifest"} <= set(setup.files(manifest, manifest.boards["door"], net))
    assert firmware.compiled().keys() < setup.files(manifest, manifest.boards["door"], net).keys()
