"""Takes an image of MicroPython and a board on a serial port, gives a plan of what is written where, and does it.

The boot loader, the partition table and the program are written, nothing between them: NVS stays, and with it the
board's key and Wi-Fi; so do the files where their place stays the same, and what the maker has laid behind them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gongzhi.board import esptool, partitions
from gongzhi.board.image import Image
from gongzhi.board.partitions import BLOCK, DATA, Partition
from gongzhi.errors import BoardError
from gongzhi.text import N_

FONT: Final = 0x400000  # where the 掌控板's own Chinese font lies, on a chip of 8 MB (docs/first_light.md)
ROM: Final = 0x40000  # bytes for a ROMFS image: three times the node's program
_ROM_TYPE: Final = 0x8F  # MicroPython's partitions-4MiB-romfs.csv
_FAT_TYPE: Final = 0x81
_LEAST: Final = 0x40000  # bytes for files: two updates and what is a board's own


@dataclass(frozen=True, slots=True)
class Board:
    """What was found on the board: its chip, its partitions now, and whether something lies at FONT that is not a file
    of MicroPython's."""

    found: esptool.Found
    table: tuple[Partition, ...]
    font: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """`pieces` (offset, bytes) to be written; `files` where the files will be, `fresh`: they are formatted anew; `rom`
    where a ROMFS image will go, None where the image has no use for it; `kept` from where on nothing is touched."""

    pieces: tuple[tuple[int, bytes], ...]
    table: tuple[Partition, ...]
    files: Partition
    fresh: bool
    rom: Partition | None
    kept: int | None

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(len(data) for _, data in self.pieces)


def look(port: str) -> Board:
    """Read what the board is and has; raises BoardError."""
    found = esptool.probe(port)
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as name:
        try:
            table = tuple(partitions.parse(esptool.read(port, partitions.AT, partitions.SIZE, Path(name))))
        except BoardError as error:
            if error.message != partitions.DAMAGED:
                raise
            table = ()  # an interrupted flashing: that is what it is done again for
        files = partitions.files(table, found.flash)
        # A file system that reaches there is MicroPython's own, and no font.
        ours = files is not None and files.end > FONT
        font = found.flash > FONT and not ours and esptool.read(port, FONT, BLOCK, Path(name)).strip(b"\xff") != b""
    return Board(found, table, font)


def plan(image: Image, board: Board, *, keep: bool = True, fresh: bool = False) -> Plan:
    """What is to be done; raises BoardError where the image is for another chip, or does not fit."""
    found = board.found
    if image.chip != found.chip:
        raise BoardError(
            N_("{file} is for the chip {chip}, but on the board is {other}."),
            N_("Choose the image for {other}: {where}"),
            file=image.path.name, chip=image.chip, other=found.chip, where=where(found.chip),
        )  # fmt: skip
    kept = FONT if keep and board.font else None
    table, rom = _laid(image, found.flash, kept)
    files = partitions.files(table, found.flash)
    wrong = partitions.fault(table, found.flash)
    if wrong is not None or files is None or files.size < _LEAST:
        raise BoardError(
            N_("{file} does not fit on this board: its flash has {have} MB (partition {name})."),
            N_("Choose an image for a flash of that size: {where}"),
            file=image.path.name, have=found.flash >> 20, name=wrong.label if wrong else "vfs", where=where(found.chip),
        )  # fmt: skip
    before = partitions.files(board.table, found.flash)
    fresh = fresh or before is None or (before.at, before.size) != (files.at, files.size)
    place = partitions.app(table)
    assert place is not None
    pieces = [(image.base, image.loader), (partitions.AT, partitions.pack(table)), (place.at, image.program)]
    for one in table:
        if one.kind == DATA and one.label in ("otadata", partitions.ROMFS):
            # Which program starts is said anew; what an older ROMFS image holds belongs to another program.
            pieces.append((one.at, b"\xff" * min(one.size, 2 * BLOCK)))
    if fresh:  # MicroPython formats what it finds erased; LittleFS has its head in the first two blocks
        pieces.append((files.at, b"\xff" * 2 * BLOCK))
    return Plan(tuple(sorted(pieces)), table, files, fresh, rom, kept)


def do(port: str, made: Plan, image: Image, tell: esptool.Progress) -> None:
    """Carry out the plan; raises BoardError. A board on which it was cut short takes it again."""
    # The loader refuses a partition beyond the size that its own head names: bits 4 to 7 of byte 3, as 1 MB << n.
    end = max(one.end for one in (*made.table, made.files))
    resize = end > (1 << 20) << (image.loader[3] >> 4)
    with tempfile.TemporaryDirectory(prefix="gongzhi-") as name:
        esptool.write(port, made.pieces, Path(name), tell, resize=resize)


def where(chip: str) -> str:
    """Where MicroPython for that chip is to be had."""
    variant = "" if chip == "esp32" else "_" + chip.removeprefix("esp32").upper()
    return f"https://micropython.org/download/ESP32_GENERIC{variant}/"


def _laid(image: Image, flash: int, kept: int | None) -> tuple[tuple[Partition, ...], Partition | None]:
    """The partitions in so many bytes, or up to `kept`: the image's own, a place for ROMFS where the image can use one
    and has none, and the files in what is left where that is less than the image would take."""
    files = partitions.named(image.table, *partitions.VFS)
    fixed: Sequence[Partition] = [one for one in image.table if one is not files]
    rom = partitions.named(fixed, partitions.ROMFS)
    begin = max(one.end for one in fixed)
    if image.romfs and rom is None:
        rom = Partition(partitions.ROMFS, DATA, _ROM_TYPE, begin, ROM)
        fixed, begin = [*fixed, rom], rom.end
    end = kept or flash
    if files is not None:
        begin = max(begin, files.at)
        files = replace(files, at=begin, size=min(files.end, end) - begin)
    elif kept:
        files = Partition("vfs", DATA, _FAT_TYPE, begin, end - begin)
    laid = [*fixed, files] if files is not None and files.size > 0 else list(fixed)
    return tuple(laid), rom if image.romfs else None
