"""Takes bytes from a serial line, gives what the boot loader in an ESP32's ROM answers, and does so to the flash.

It is enough of it for esptool, whose own loader in RAM (its "stub") is pretended, for nothing is executed here. The
protocol is Espressif's ("Serial Protocol", documentation of esptool): SLIP frames, requests of direction, opcode,
length, checksum, data. Registers and their places are those that esptool reads (esptool/targets/*.py).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

SYNC: Final = b"\x07\x07\x12\x20" + b"\x55" * 32
_BLOCK: Final = 4096
_END, _ESC = b"\xc0", b"\xdb"
_BAD_CHECKSUM, _BAD_COMMAND, _BAD_FLASH = 7, 5, 6
_WITH_DATA: Final = (0x03, 0x07, 0x11)  # requests that carry a checksum
# What a Winbond chip of that many MB answers to the JEDEC command 9F.
_SIZES: Final = {1: 0x14, 2: 0x15, 4: 0x16, 8: 0x17, 16: 0x18, 32: 0x19}


@dataclass(frozen=True, slots=True)
class _Chip:
    """Where esptool looks for what: the SPI controller, its registers USR2 and W0, the chip's magic number or, in newer
    ones, its id, and the two words of the MAC address."""

    spi: int
    usr2: int
    w0: int
    magic: int
    id: int | None
    mac: int


_CHIPS: Final = {
    "esp32": _Chip(0x3FF42000, 0x24, 0x80, 0x00F01D83, None, 0x3FF5A004),
    "esp32s3": _Chip(0x60002000, 0x20, 0x58, 0x9, 9, 0x60007044),
    "esp32c3": _Chip(0x60002000, 0x20, 0x58, 0x1B31506F, 5, 0x60008844),
}


def slip(data: bytes) -> bytes:
    """The data as one frame."""
    return _END + data.replace(_ESC, _ESC + b"\xdd").replace(_END, _ESC + b"\xdc") + _END


def _crc8(data: bytes) -> int:
    # The MAC address in an ESP32's eFuses has one (reflected, polynomial 0x8C).
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc


def _registers(name: str, chip: _Chip, mac: bytes) -> dict[int, int]:
    high = int.from_bytes(mac[:2], "big")
    found = {0x40001000: chip.magic, chip.mac: int.from_bytes(mac[2:], "big"), chip.mac + 4: high}
    if name == "esp32":
        found[chip.mac + 4] |= _crc8(mac) << 16
        found[0x3FF40014] = 40_000_000 // 115_200  # the UART's divider: a crystal of 40 MHz
    return found


class RomLoader:
    """The loader of a chip with this flash (anything that can be read and written by slices). `reboot` is called when
    it is told to start the program."""

    def __init__(self, flash: Any, chip: str, mac: bytes, reboot: Callable[[], None]) -> None:
        self._flash, self._chip, self._reboot = flash, _CHIPS[chip], reboot
        self._registers = _registers(chip, self._chip, mac)
        self._id = _SIZES[len(flash) >> 20] << 16 | 0x40EF
        self._rest = b""
        self._stub = False
        self._at = 0
        self._unpacked: Any = None
        self._reading: list[int] | None = None  # offset, length, block, blocks ahead, sent
        self._do: dict[int, Callable[[bytes], bytes]] = {
            0x02: self._begin, 0x03: self._data, 0x04: self._over, 0x06: self._ram_over, 0x08: self._sync,
            0x09: self._write_register, 0x0A: self._read_register, 0x0E: self._read_slowly, 0x10: self._packed_begin,
            0x11: self._packed_data, 0x12: self._over, 0x13: self._md5, 0x14: self._security,
        }  # fmt: skip
        # Memory, SPI set-up and the line's speed: nothing here depends on them.
        self._do |= dict.fromkeys((0x05, 0x07, 0x0B, 0x0D, 0x0F), self._well)
        self._stub_does = {0xD0: self._erase_all, 0xD1: self._erase, 0xD2: self._read, 0xD3: self._run}

    def feed(self, data: bytes) -> bytes:
        """Take what came, give what is to be sent."""
        self._rest += data
        out = b""
        while True:
            begin = self._rest.find(_END)
            end = self._rest.find(_END, begin + 1)
            if begin < 0 or end < 0:
                self._rest = self._rest[begin:] if begin >= 0 else b""
                return out
            frame, self._rest = self._rest[begin + 1 : end], self._rest[end + 1 if end > begin + 1 else end :]
            if frame:
                out += self._frame(frame.replace(_ESC + b"\xdc", _END).replace(_ESC + b"\xdd", _ESC))

    def _frame(self, frame: bytes) -> bytes:
        if self._reading is not None:  # a read of the stub's: each frame says how much has arrived
            return self._go_on(int.from_bytes(frame[:4], "little"))
        if len(frame) < 8 or frame[0]:
            return b""
        op, data = frame[1], frame[8:]
        if op in _WITH_DATA:
            check = 0xEF
            for byte in data[16:]:
                check ^= byte
            if check != struct.unpack_from("<I", frame, 4)[0]:
                return self._answer(op, fault=_BAD_CHECKSUM)
        do = self._do.get(op) or (self._stub_does.get(op) if self._stub else None)
        self._op = op
        try:
            return self._answer(op, fault=_BAD_COMMAND) if do is None else do(data)
        except (struct.error, zlib.error):  # too short, or noise
            return self._answer(op, fault=_BAD_COMMAND)

    def _answer(self, op: int, value: int = 0, data: bytes = b"", fault: int = 0) -> bytes:
        tail = bytes([bool(fault), fault]) + (b"" if self._stub else b"\0\0")
        return slip(struct.pack("<BBHI", 1, op, len(data) + len(tail), value) + data + tail)

    def _well(self, _: bytes) -> bytes:
        return self._answer(self._op)

    def _sync(self, _: bytes) -> bytes:
        return self._answer(self._op, 0 if self._stub else 0x20120707) * 8

    def _read_register(self, data: bytes) -> bytes:
        return self._answer(self._op, self._registers.get(struct.unpack_from("<I", data)[0], 0))

    def _write_register(self, data: bytes) -> bytes:
        at, value, mask = struct.unpack_from("<III", data)
        self._registers[at] = self._registers.get(at, 0) & ~mask | value & mask
        if at == self._chip.spi and value & 1 << 18:  # run a command on the flash chip: 9F asks for its id
            command = self._registers.get(at + self._chip.usr2, 0) & 255
            self._registers[at + self._chip.w0] = {0x9F: self._id, 0x35: 2}.get(command, 0)
            self._registers[at] = 0
        return self._answer(self._op)

    def _security(self, _: bytes) -> bytes:
        if self._chip.id is None:
            return self._answer(self._op, fault=_BAD_COMMAND)
        return self._answer(self._op, 0, struct.pack("<IB7BII", 0, 0, *[0] * 7, self._chip.id, 0))

    # The flash.

    def _put(self, data: bytes) -> bool:
        end = self._at + len(data)
        if end > len(self._flash):
            return False
        self._flash[self._at : end] = data
        self._at = end
        return True

    def _clear(self, at: int, count: int) -> None:
        end = min(at + (count + _BLOCK - 1) // _BLOCK * _BLOCK, len(self._flash))
        self._flash[at:end] = b"\xff" * (end - at)

    def _begin(self, data: bytes) -> bytes:
        size, _, _, self._at = struct.unpack_from("<IIII", data)
        self._clear(self._at, size)
        return self._answer(self._op)

    def _data(self, data: bytes) -> bytes:
        return self._answer(self._op, fault=0 if self._put(data[16:]) else _BAD_FLASH)

    def _packed_begin(self, data: bytes) -> bytes:
        size, _, _, self._at = struct.unpack_from("<IIII", data)
        self._unpacked = zlib.decompressobj()
        if not self._stub:
            self._clear(self._at, size)
        return self._answer(self._op)

    def _packed_data(self, data: bytes) -> bytes:
        if self._unpacked is None:
            return self._answer(self._op, fault=_BAD_COMMAND)
        plain = self._unpacked.decompress(data[16:])
        if self._stub:  # it erases as it goes
            first = (self._at + _BLOCK - 1) // _BLOCK * _BLOCK
            self._clear(first, max(self._at + len(plain) - first, 0))
        return self._answer(self._op, fault=0 if self._put(plain) else _BAD_FLASH)

    def _over(self, data: bytes) -> bytes:
        if struct.unpack_from("<I", data)[0] == 0:
            self._reboot()
        return self._answer(self._op)

    def _ram_over(self, data: bytes) -> bytes:
        answer = self._answer(self._op)
        if struct.unpack_from("<I", data)[0] == 0:  # start what was loaded: the stub says hello
            self._stub = True
            answer += slip(b"OHAI")
        return answer

    def _md5(self, data: bytes) -> bytes:
        at, size = struct.unpack_from("<II", data)
        found = hashlib.md5(self._flash[at : at + size], usedforsecurity=False)
        return self._answer(self._op, 0, found.digest() if self._stub else found.hexdigest().encode())

    def _read_slowly(self, data: bytes) -> bytes:
        at, size = struct.unpack_from("<II", data)
        return self._answer(self._op, 0, bytes(self._flash[at : at + size]).ljust(64, b"\0")[:64])

    def _erase_all(self, _: bytes) -> bytes:
        self._clear(0, len(self._flash))
        return self._answer(self._op)

    def _erase(self, data: bytes) -> bytes:
        self._clear(*struct.unpack_from("<II", data))
        return self._answer(self._op)

    def _read(self, data: bytes) -> bytes:
        self._reading = [*struct.unpack_from("<IIII", data), 0]
        return self._answer(self._op) + self._go_on(0)

    def _go_on(self, arrived: int) -> bytes:
        assert self._reading is not None
        at, size, block, ahead, sent = self._reading
        out = b""
        while sent < size and sent - arrived < block * ahead:
            piece = bytes(self._flash[at + sent : at + min(sent + block, size)])
            if not piece:  # beyond the chip
                self._reading = None
                return out
            out += slip(piece)
            sent += len(piece)
        self._reading[4] = sent
        if arrived >= size:
            out += slip(hashlib.md5(self._flash[at : at + size], usedforsecurity=False).digest())
            self._reading = None
        return out

    def _run(self, _: bytes) -> bytes:
        self._reboot()
        return self._answer(self._op)
