"""Takes a file with MicroPython for an ESP32, gives what is in it: chip, partition table, program, version.

The forms are Espressif's: esptool's documentation, "Firmware Image Format"; ESP-IDF, "Partition Tables". A file for
flashing by cable holds the chip's flash from the boot loader's place on; one for updates (.app-bin) the program alone.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from gongzhi.board import partitions
from gongzhi.board.partitions import Partition
from gongzhi.errors import BoardError
from gongzhi.text import N_

CHIPS: Final = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 13: "esp32c6"}
OLDEST: Final = (1, 24)  # of MicroPython, for the node (firmware/README.md)
_LOADER: Final = {"esp32": 0x1000, "esp32s2": 0x1000}  # where the boot loader begins; 0 in the other chips
_MAGIC: Final = 0xE9
_HEAD: Final = 24
_VERSION: Final = re.compile(rb"MicroPython v?(\d+)\.(\d+)(?:\.(\d+))?[^\0]{0,40}? on (\d{4}-\d\d-\d\d)")
_ROMFS: Final = b"rom_ioctl"  # the name is in the program only where MICROPY_VFS_ROM was on when it was built
_DAMAGED: Final = N_("{file} is damaged: the program in it is not whole.")
_FEWEST: Final = 16 * 1024  # bytes; a program of less is none


@dataclass(frozen=True, slots=True)
class Image:
    """`data` begins at offset `base` of the flash. `version` is MicroPython's, `romfs`: it can run code that lies in a
    ROMFS partition; `program` its own bytes."""

    path: Path
    chip: str
    base: int
    data: bytes
    table: tuple[Partition, ...]
    version: tuple[int, int, int]
    date: str
    romfs: bool
    program: bytes

    @property
    def sha256(self) -> str:
        """Of the whole file, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def loader(self) -> bytes:
        """The boot loader, up to the partition table."""
        return self.data[: partitions.AT - self.base].rstrip(b"\xff")

    @property
    def called(self) -> str:
        """Its name for people."""
        return "MicroPython {}.{}.{}".format(*self.version)


def _chip(data: bytes) -> str | None:
    """The chip in the head of a program or boot loader (esp_image_header_t: byte 0 0xE9, bytes 12 and 13), or None."""
    return CHIPS.get(int.from_bytes(data[12:14], "little")) if len(data) > _HEAD and data[0] == _MAGIC else None


def read(path: Path) -> Image:
    """The image in the file; raises BoardError for one that is no MicroPython for flashing by cable, or damaged."""
    data, chip = _opened(path)
    base = _LOADER.get(chip, 0)
    table = partitions.parse(data[partitions.AT - base : partitions.AT - base + partitions.SIZE])
    place = partitions.app(table)
    if place is None:
        _refuse(path, N_("{file} holds a program alone, for updates over the network."))
    program = _program(data[place.at - base :])
    if program is None or _chip(program) != chip or len(program) > place.size:
        _refuse(path, _DAMAGED)
    version, date = _version(path, program)
    return Image(path, chip, base, data, tuple(table), version, date, _ROMFS in program, program)


def for_update(path: Path) -> tuple[bytes, str]:
    """The program alone, as an update sends it, and its chip: what a file for updates holds, or the program out of one
    for flashing by cable, whose boot loader would be no program for a partition. Raises BoardError."""
    data, chip = _opened(path)
    if data[partitions.AT - _LOADER.get(chip, 0) :].startswith(partitions.MAGIC):
        return read(path).program, chip
    program = _program(data)
    if program is None:
        _refuse(path, _DAMAGED)
    _version(path, program)
    return program, chip


def _opened(path: Path) -> tuple[bytes, str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BoardError(
            N_("The image {file} cannot be read: {why}"), N_("Is the file’s name right?"),
            file=path, why=error.strerror or error,
        ) from error  # fmt: skip
    chip = _chip(data)
    if chip is None:
        _refuse(path, N_("{file} is no image for an ESP32."))
    return data, chip


def _version(path: Path, program: bytes) -> tuple[tuple[int, int, int], str]:
    found = _VERSION.search(program)
    if found is None:
        _refuse(path, N_("There is no MicroPython in {file}."))
    version = (int(found[1]), int(found[2]), int(found[3] or 0))
    if version[:2] < OLDEST:
        _refuse(path, N_("{file} holds MicroPython {version}: too old."), version=".".join(map(str, version)))
    return version, found[4].decode()


def _program(data: bytes) -> bytes | None:
    """The program that begins here, to the end of its own sha-256, if that is right; else None."""
    if len(data) < _FEWEST or data[0] != _MAGIC:
        return None
    at = _HEAD
    for _ in range(data[1]):
        if at + 8 > len(data):
            return None
        at += 8 + int(struct.unpack_from("<I", data, at + 4)[0])
    end = (at // 16 + 1) * 16
    if not data[23]:  # it has no sha-256 of its own
        return data[:end] if end <= len(data) else None
    return data[: end + 32] if hashlib.sha256(data[:end]).digest() == data[end : end + 32] else None


def _refuse(path: Path, what: str, **values: object) -> NoReturn:
    raise BoardError(
        what,
        N_("Take a file from micropython.org/download that ends in .bin, version {oldest} or later, whole."),
        file=path, oldest=".".join(map(str, OLDEST)), **values,
    )  # fmt: skip
