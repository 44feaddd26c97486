"""The real mpremote and the real esptool at a virtual board's serial port: an empty chip, its loader, its flash, its
prompt. Nothing of either program is pretended; only the port is a pseudo-terminal and the chip is ours."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from gongzhi.board import partitions
from gongzhi.board.partitions import Partition
from gongzhi.sim import board_body
from gongzhi.sim.chip.partitions import image
from gongzhi.sim.rom_loader import RomLoader, slip
from hypothesis import given
from hypothesis import strategies as st

here = pytest.mark.skipif(
    sys.platform == "win32" or board_body.library()[0] is None, reason="no MicroPython with a pseudo-terminal here"
)
TABLE = [
    Partition("nvs", 1, 2, 0x9000, 0x6000), Partition("phy_init", 1, 1, 0xF000, 0x1000),
    Partition("factory", 0, 0, 0x10000, 0x200000),
]  # fmt: skip


class Bench:
    """A board on a cable, and the two programs."""

    def __init__(self, folder, kind):
        from gongzhi.sim.board_serial import SerialBoard

        self.folder, self.port = folder, folder / "ttyBoard"
        self.board = SerialBoard(kind, state_dir=folder / "board", back_off=0.01)
        self.board.start()
        self.board.plug(self.port)

    def program(self, *words, ends=0):
        made = subprocess.run(
            [sys.executable, "-m", *map(str, words)], capture_output=True, text=True, timeout=60, check=False
        )
        assert made.returncode == ends, made.stdout + made.stderr
        return made.stdout

    def esptool(self, *words, **options):
        return self.program("esptool", "--port", self.port, *words, **options)

    def mpremote(self, *words, **options):
        return self.program("mpremote", "connect", self.port, *words, **options)

    def flashed(self):
        """MicroPython's image, or what passes for one."""
        (self.folder / "table").write_bytes(partitions.pack(TABLE))
        (self.folder / "app").write_bytes(image(self.board.type.chip.upper(), bytes(range(256)) * 90))
        return self.esptool("write-flash", "0x8000", self.folder / "table", "0x10000", self.folder / "app")

    def at_the_prompt(self):
        end = time.monotonic() + 20
        while not (self.board.console and self.board.console[-1] == ">>> "):
            assert time.monotonic() < end, self.board.console
            threading.Event().wait(0.02)


@pytest.fixture
def bench(tmp_path):
    made = []

    def make(kind):
        made.append(Bench(tmp_path, kind))
        return made[-1]

    yield make
    for one in made:
        one.board.stop()


@here
@pytest.mark.parametrize(
    ("kind", "chip", "size"),
    [
        ("esp32-devkitc", "ESP32-D0WD", "4MB"),
        ("esp32-s3-devkitc-1", "ESP32-S3", "8MB"),
        ("xiao-esp32c3", "ESP32-C3", "4MB"),
    ],
)
def test_esptool_flashes_it_and_mpremote_talks_to_it(bench, kind, chip, size):
    one = bench(kind)
    said = one.esptool("flash-id")
    assert chip in said
    assert f"Detected flash size: {size}" in said
    assert one.board.boots == 0, "an empty chip runs nothing"
    assert one.flashed().count("Hash of data verified.") == 2
    app = (one.folder / "app").read_bytes()
    assert (one.folder / "board" / "chip.bin").read_bytes()[0x10000 : 0x10000 + len(app)] == app, "it is in the file"
    one.esptool("--no-stub", "read-flash", "0x8000", "0x1000", one.folder / "read")
    assert (one.folder / "read").read_bytes()[: partitions.SIZE] == partitions.pack(TABLE)
    (one.folder / "a.txt").write_text("你好")
    one.mpremote("cp", one.folder / "a.txt", ":a.txt")
    said = one.mpremote("exec", "import sys; print(sys.implementation._machine, open('a.txt').read())")
    assert said.split()[-2:] == [one.board.type.chip.upper(), "你好"]
    assert "a.txt" in one.mpremote("ls")


@here
def test_resets_are_those_of_a_board(bench):
    one = bench("esp32-devkitc")
    one.flashed()
    one.mpremote("fs", "cp", _written(one.folder / "main.py", "print('main runs')"), ":main.py")
    one.mpremote("reset")
    one.at_the_prompt()
    boots = one.board.boots
    assert one.board.console.count("main runs") == 1
    one.mpremote("soft-reset")  # it asks for the raw prompt, at which main.py does not run
    assert one.board.boots == boots + 1
    assert one.board.console.count("main runs") == 1
    # NVS outlives another image, and is gone when its partition is erased.
    one.mpremote("exec", "from esp32 import NVS; NVS('x').set_i32('n', 7)")
    one.flashed()
    assert one.mpremote("exec", "from esp32 import NVS; print(NVS('x').get_i32('n'))").strip() == "7"
    one.esptool("erase-region", "0x9000", "0x6000")
    one.at_the_prompt()
    one.mpremote("exec", "from esp32 import NVS; NVS('x').get_i32('n')", ends=1)
    # Its power comes back to what is in the flash.
    one.board.stop()
    again = type(one.board)("esp32-devkitc", state_dir=one.folder / "board")
    again.start()
    again.stop()
    assert again.boots == 1


def _written(path, text):
    path.write_text(text)
    return path


@given(st.lists(st.binary(max_size=40) | st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=12))
def test_the_loader_bears_any_noise(noise):
    flash = bytearray(b"\xff" * (1 << 20))
    loader = RomLoader(flash, "esp32", bytes(6), lambda: None)
    for one in noise:
        loader.feed(one if isinstance(one, bytes) else slip(b"\0" + bytes([one[0]]) + bytes(6) + one[1]))
    assert len(flash) == 1 << 20
