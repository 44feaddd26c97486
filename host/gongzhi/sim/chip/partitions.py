"""Takes a board's state folder, gives its two partitions for programs, and the boot loader that chooses between them.

They are there if the folder has `ota.json` (`make` writes it), as with MicroPython's images for over-the-air updates.
The rules are ESP-IDF's ("Over The Air Updates", app rollback) and esptool's ("Firmware Image Format"). What runs is the
same virtual chip whichever partition it is: only the rules are real.
"""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import BinaryIO, Final

LABELS: Final = ("ota_0", "ota_1")
SIZE: Final = 0x180000  # of each: MicroPython's partitions-4MiB-ota.csv
_BLOCK: Final = 4096
_IDS: Final = {"ESP32": 0, "ESP32S2": 2, "ESP32C3": 5, "ESP32S3": 9}


def make(state: Path) -> None:
    """Give the board in `state` two partitions, of which the first runs and is good."""
    state.mkdir(parents=True, exist_ok=True)
    _keep(state / "ota.json", 0, 0, "valid")


class Partitions:
    """Of the board in `state` with the chip of that name; its boot loader runs now. `here`: there are two at all."""

    def __init__(self, state: Path, chip: str) -> None:
        self._file, self._flash = state / "ota.json", state / "ota.bin"
        self._chip = chip
        self.here = self._file.exists()
        if self.here:
            self.runs, self.boots, self._state = json.loads(self._file.read_text())
            if self._state == "pending":  # it has run once, and was not found good
                self.boots, self._state = 1 - self.boots, "valid"
            elif self._state == "new":
                self._state = "pending"
            self.runs = self.boots
            self._save()

    def read(self, part: int, at: int, count: int) -> bytes:
        """`count` bytes of a partition."""
        with self._opened() as file:
            file.seek(part * SIZE + at)
            return file.read(count)

    def write(self, part: int, at: int, data: bytes) -> bool:
        """Clear bits, which is all that flash can without an erasure; False in the partition that runs."""
        if part == self.runs or at + len(data) > SIZE:
            return False
        old = self.read(part, at, len(data))
        self._put(part, at, bytes(a & b for a, b in zip(old, data, strict=True)))
        return True

    def erase(self, part: int, block: int) -> bool:
        """Set all bits of a block; False in the partition that runs."""
        if part == self.runs or (block + 1) * _BLOCK > SIZE:
            return False
        self._put(part, block * _BLOCK, b"\xff" * _BLOCK)
        return True

    def boot(self, part: int) -> bool:
        """Have it start next, for one try; False if it is no whole image for this chip."""
        if not image_fits(self.read(part, 0, SIZE), self._chip):
            return False
        self.boots = part
        self._state = "valid" if part == self.runs else "new"
        self._save()
        return True

    def good(self) -> None:
        """What runs is good: the boot loader does not go back."""
        if self._state == "pending":
            self._state = "valid"
            self._save()

    def call(self, data: bytes) -> bytes | None:
        """Answer the firmware (device/esp32.py): op, partition, offset u32, count u16 or bytes; None for a refusal."""
        op, part, at = struct.unpack_from("<BBI", data)
        rest = data[6:]
        if not self.here or part > 1:
            return None
        if op == ord("r"):
            return self.read(part, at, struct.unpack("<H", rest)[0])
        if op == ord("i"):
            return bytes([self.runs, self.boots])
        if op == ord("g"):
            self.good()
            return b""
        if op == ord("w"):
            done = self.write(part, at, rest)
        elif op == ord("e"):
            done = self.erase(part, at // _BLOCK)
        else:
            done = op == ord("b") and self.boot(part)
        return b"" if done else None

    def _opened(self) -> BinaryIO:
        if not self._flash.exists():
            self._flash.write_bytes(b"\xff" * (2 * SIZE))
        return self._flash.open("r+b")

    def _put(self, part: int, at: int, data: bytes) -> None:
        with self._opened() as file:
            file.seek(part * SIZE + at)
            file.write(data)

    def _save(self) -> None:
        _keep(self._file, self.runs, self.boots, self._state)


def _keep(path: Path, runs: int, boots: int, state: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps([runs, boots, state]))
    fresh.replace(path)


def image_fits(data: bytes, chip: str) -> bool:
    """True if `data` begins with a whole image for that chip: its head, its segments, their checksum, its sha-256."""
    if len(data) < 24 or data[0] != 0xE9 or struct.unpack_from("<H", data, 12)[0] != _IDS.get(chip):
        return False
    at, check = 24, 0xEF
    for _ in range(data[1]):
        if at + 8 > len(data):
            return False
        length = struct.unpack_from("<I", data, at + 4)[0]
        for byte in data[at + 8 : at + 8 + length]:
            check ^= byte
        at += 8 + length
    end = (at // 16 + 1) * 16
    if end + 32 > len(data) or data[end - 1] != check:
        return False
    return data[23] == 0 or hashlib.sha256(data[:end]).digest() == data[end : end + 32]


def image(chip: str, content: bytes) -> bytes:
    """An image for that chip with one segment: not a program, but one that the rules let pass."""
    head = bytes([0xE9, 1, 0, 0]) + bytes(8) + struct.pack("<H", _IDS[chip]) + bytes(9) + b"\1"
    data = head + struct.pack("<II", 0x3F400000, len(content)) + content
    check = 0xEF
    for byte in content:
        check ^= byte
    data += bytes((len(data) // 16 + 1) * 16 - len(data) - 1) + bytes([check])
    return data + hashlib.sha256(data).digest()
