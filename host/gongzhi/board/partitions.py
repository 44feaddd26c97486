"""Takes the partition table of an ESP32's flash as bytes, gives its partitions, and the other way round.

The form is ESP-IDF's ("Partition Tables", gen_esp32part.py): at 0x8000 entries of 32 bytes, each beginning AA 50; then
one that begins EB EB and ends with the MD5 of those before it; then FF to the end of 3 KB.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gongzhi.errors import BoardError
from gongzhi.text import N_

AT: Final = 0x8000
SIZE: Final = 0xC00
BLOCK: Final = 0x1000  # what flash erases at once
APP, DATA = 0, 1
NVS: Final = "nvs"
VFS: Final = ("vfs", "ffat")  # as MicroPython calls its file system, on LittleFS and on FAT
ROMFS: Final = "romfs"
_ENTRY: Final = struct.Struct("<2sBBLL16sL")
MAGIC, _SUM = b"\xaa\x50", b"\xeb\xeb"  # how an entry begins, and the last one
DAMAGED: Final = N_("The partition table is damaged.")
_APP_ALIGN: Final = 0x10000  # a program has to begin at such a place


@dataclass(frozen=True, slots=True)
class Partition:
    """One entry: `kind` APP or DATA, `subtype` as ESP-IDF numbers it, `at` and `size` in bytes."""

    label: str
    kind: int
    subtype: int
    at: int
    size: int
    flags: int = 0

    @property
    def end(self) -> int:
        """Where the next one may begin."""
        return self.at + self.size


def parse(data: bytes) -> list[Partition]:
    """The partitions of a table; none where there is no table (an erased chip). Raises BoardError where the table's
    own sum says that it is damaged."""
    found = []
    for at in range(0, min(len(data), SIZE) - _ENTRY.size + 1, _ENTRY.size):
        magic, kind, subtype, begin, size, label, flags = _ENTRY.unpack_from(data, at)
        if magic == _SUM and hashlib.md5(data[:at], usedforsecurity=False).digest() != data[at + 16 : at + 32]:
            raise BoardError(DAMAGED, N_("Take another copy of the image."))
        if magic != MAGIC:
            break
        found.append(Partition(label.rstrip(b"\0").decode("ascii", "replace"), kind, subtype, begin, size, flags))
    return found


def pack(parts: Iterable[Partition]) -> bytes:
    """The table with these partitions and its sum."""
    rows = b"".join(
        _ENTRY.pack(MAGIC, one.kind, one.subtype, one.at, one.size, one.label.encode(), one.flags) for one in parts
    )
    return (rows + _SUM + b"\xff" * 14 + hashlib.md5(rows, usedforsecurity=False).digest()).ljust(SIZE, b"\xff")


def named(parts: Sequence[Partition], *labels: str) -> Partition | None:
    """The first with one of these labels."""
    return next((one for one in parts if one.label in labels), None)


def app(parts: Sequence[Partition]) -> Partition | None:
    """Where the program goes that is flashed by cable: the factory's, else the first for updates (subtypes 0, 0x10)."""
    apps = [one for one in parts if one.kind == APP]
    return next((one for one in apps if one.subtype == 0), apps[0] if apps else None)


def files(parts: Sequence[Partition], flash: int) -> Partition | None:
    """Where MicroPython keeps its files in a flash of so many bytes: its own partition, or, with the tables of newer
    images ("partitions-4MiBplus.csv": "the remaining flash is for the user filesystem"), all behind the last one."""
    own = named(parts, *VFS)
    if own is not None or not parts:
        return own
    end = max(one.end for one in parts)
    return Partition("vfs", DATA, 0x81, end, flash - end) if end < flash else None


def fault(parts: Sequence[Partition], flash: int) -> Partition | None:
    """The first partition that overlaps one before it, or reaches beyond a flash of so many bytes, or begins where none
    of its kind may; None if all is well."""
    end = AT + BLOCK
    for one in sorted(parts, key=lambda one: one.at):
        if one.at < end or one.end > flash or one.at % (_APP_ALIGN if one.kind == APP else BLOCK):
            return one
        end = one.end
    return None
