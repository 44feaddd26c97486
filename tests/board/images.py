"""Files that pass for MicroPython's by all rules that can be checked: head, table, program with its sums, its texts."""

from __future__ import annotations

from gongzhi.board import partitions
from gongzhi.board.partitions import Partition
from gongzhi.sim.chip.partitions import image

_BASE = {"ESP32": 0x1000}
AUTOMATIC = (
    Partition("nvs", 1, 2, 0x9000, 0x6000), Partition("phy_init", 1, 1, 0xF000, 0x1000),
    Partition("factory", 0, 0, 0x10000, 0x1F0000),
)  # fmt: skip
STOCK = (*AUTOMATIC, Partition("vfs", 1, 0x81, 0x200000, 0x200000))


def micropython(chip="ESP32", *, version="1.29.0", romfs=False, table=STOCK, flash_mb=4):
    """The file for flashing by cable."""
    texts = f"3.4.0; MicroPython v{version} on 2026-07-05\0".encode() + (b"rom_ioctl\0" if romfs else b"")
    app = image(chip, texts + bytes(range(256)) * 100)
    loader = bytearray(image(chip, b"boot loader" * 50))
    loader[3] = (flash_mb.bit_length() - 1) << 4
    base = _BASE.get(chip, 0)
    data = bytes(loader).ljust(partitions.AT - base, b"\xff") + partitions.pack(table)
    place = partitions.app(table)
    return data.ljust(place.at - base, b"\xff") + app
