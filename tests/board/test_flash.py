"""`gongzhi board flash` by the real esptool onto virtual boards, until MicroPython answers; and what can go wrong."""

import json
import sys

import pytest
from gongzhi import cli
from gongzhi.board import esptool, find, flash, partitions
from gongzhi.errors import BoardError
from gongzhi.gateway.ports import Port
from gongzhi.sim import board_body
from typer.testing import CliRunner

from tests.board.images import AUTOMATIC, micropython

here = pytest.mark.skipif(
    sys.platform == "win32" or board_body.library()[0] is None, reason="no MicroPython with a pseudo-terminal here"
)


@pytest.fixture
def plugged(tmp_path, monkeypatch):
    """A board from the box, on a cable; its port."""
    monkeypatch.setenv("GONGZHI_DATA", str(tmp_path / "data"))
    made = []

    def plug(kind="esp32-devkitc"):
        from gongzhi.sim.board_serial import SerialBoard

        board = SerialBoard(kind, state_dir=tmp_path / f"board{len(made)}", back_off=0.01)
        board.start()
        board.plug(tmp_path / f"tty{len(made)}")
        made.append(board)
        return board, str(tmp_path / f"tty{len(made) - 1}")

    yield plug
    for board in made:
        board.stop()


def said(port, *words):
    return CliRunner().invoke(cli.app, ["--lang", "en", "board", "flash", *map(str, words), "--port", port, "--yes"])


@here
def test_from_the_box_to_the_prompt_and_the_next_board_needs_no_file(plugged, tmp_path):
    board, port = plugged()
    file = tmp_path / "ESP32_GENERIC.bin"
    file.write_bytes(micropython())
    end = said(port, file, "--json")
    assert end.exit_code == 0, (end.exception, end.output)
    done = json.loads(end.stdout.splitlines()[-1])
    assert (done["chip"], done["mac"], done["fresh"]) == ("esp32", board.mac.hex(), True)
    assert done["machine"] == "Virtual board with ESP32"
    assert board.flash[0x1000:0x1010] == file.read_bytes()[:0x10]
    again, other = plugged("esp32-devkitc")
    end = said(other)
    assert end.exit_code == 0, (end.exception, end.output)
    assert again.boots == 1
    _, third = plugged("xiao-esp32c3")
    end = said(third)
    assert "ESP32_GENERIC_C3" in str(end.exception), "where to get what is missing"
    end = said(third, file)
    assert "for the chip esp32, but on the board is esp32c3" in str(end.exception)
    end = said(port, file, "--sha256", "00")
    assert "not 00" in str(end.exception)


@here
def test_a_handpys_font_and_what_is_in_nvs_outlive_it(plugged, tmp_path):
    board, port = plugged("handpy-2")
    font = bytes(range(256)) * 16
    board.flash[flash.FONT : flash.FONT + 4096] = font
    board.flash[0x9000:0x9010] = b"what NVS has....."[:16]
    file = tmp_path / "m.bin"
    file.write_bytes(micropython(table=AUTOMATIC))
    end = said(port, file, "--json")
    assert end.exit_code == 0, (end.exception, end.output)
    assert json.loads(end.stdout.splitlines()[-1])["kept"] == flash.FONT
    assert board.flash[flash.FONT : flash.FONT + 4096] == font
    assert board.flash[0x1003] >> 4 == 2, "4 MB, as the image has it"
    assert said(port, "--no-keep").exit_code == 0
    assert partitions.files(board.table(), 8 << 20).end == 8 << 20
    assert board.flash[0x1003] >> 4 == 3, "the loader is told of 8 MB: it refuses what lies beyond what its head says"


@here
def test_a_flashing_that_was_cut_short_is_done_again(plugged, tmp_path):
    board, port = plugged()
    file = tmp_path / "m.bin"
    file.write_bytes(micropython())
    assert said(port, file).exit_code == 0
    # As a cable pulled in the middle leaves it: half a table, a program without its end.
    board.flash[0x8010:0x8100] = b"\xff" * 0xF0
    board.flash[0x12000:0x20000] = b"\xff" * 0xE000
    board.reset()
    end = said(port, file)
    assert end.exit_code == 0, (end.exception, end.output)


@here
def test_a_port_where_no_loader_answers(tmp_path):
    import os
    import pty

    master, slave = pty.openpty()
    try:
        with pytest.raises(BoardError, match="BOOT") as caught:
            esptool.run(os.ttyname(slave), ["--connect-attempts", "1", "chip-id"])
        assert os.ttyname(slave) in str(caught.value)
    finally:
        os.close(master)
        os.close(slave)
    with pytest.raises(BoardError, match="plugged in"):
        esptool.run("/dev/ttyNone9", ["chip-id"])


def test_what_is_on_usb_is_named_and_what_is_in_the_way(tmp_path):
    class Open:
        def close(self):
            pass

    faults = {
        "/dev/a": PermissionError(13, "Permission denied"), "/dev/b": OSError(16, "Device or resource busy"),
        "/dev/c": OSError(5, "Input/output error"),
    }  # fmt: skip

    def opened(name, timeout):
        if name in faults:
            raise faults[name]
        return Open()

    listed = [Port("/dev/x", "0000:0001"), *(Port(name, "1A86:7523") for name in faults), Port("/dev/d", "303A:1001")]
    seen = {one.port: one for one in find.find(lambda: [*listed, Port("/dev/ttyS0")], opened)}
    assert "nodemcu-32s" in seen["/dev/a"].types
    assert "dialout" in seen["/dev/a"].hint.text("en")
    assert "Another program" in seen["/dev/b"].why.text("en")
    assert "Input/output" in seen["/dev/c"].why.text("en")
    assert (seen["/dev/d"].why, seen["/dev/x"].types) == (None, ())
    assert "/dev/ttyS0" not in seen
    with pytest.raises(BoardError, match="several boards"):
        find.the_port(None, list(seen.values()))
    with pytest.raises(BoardError, match="no board"):
        find.the_port(None, [seen["/dev/x"]])
    with pytest.raises(BoardError, match="dialout"):
        find.the_port(None, [seen["/dev/a"]])
    assert find.the_port(None, [seen["/dev/d"], seen["/dev/x"]]) == "/dev/d"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of what has no driver")
def test_a_board_without_a_driver_is_noticed(tmp_path):
    for name, usb in (("1-1", "10c4:ea60"), ("1-2", "1234:5678")):
        (tmp_path / name).mkdir()
        for file, value in zip(("idVendor", "idProduct"), usb.split(":"), strict=True):
            (tmp_path / name / file).write_text(value + "\n")
    why, hint = find.without_driver([], tmp_path)
    assert "CP2102" in why.text("en")
    assert "CP210x" in hint.text("en")
    seen = find.Seen("/dev/ttyUSB0", "10C4:EA60", (), "CP2102")
    assert find.without_driver([seen], tmp_path) is None
