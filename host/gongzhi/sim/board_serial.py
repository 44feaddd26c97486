"""Takes a board type, gives a virtual board as it comes out of its box: an empty flash chip behind a serial port.

There esptool finds the loader in the chip's ROM and, once MicroPython's image is in the flash, mpremote its prompt. The
image only has to be one by the boot loader's rules, for the chip that runs is the virtual one; where its files and a
ROMFS image lie is what the partition table in the flash says.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import select
import threading
from pathlib import Path
from typing import Any, Final

from gongzhi.board import partitions
from gongzhi.errors import BoardError
from gongzhi.sim import board_body as bodies
from gongzhi.sim.board_files import identity
from gongzhi.sim.board_usb import UsbBoard
from gongzhi.sim.chip.partitions import image_fits
from gongzhi.sim.device import _layout as lay
from gongzhi.sim.rom_loader import SYNC, RomLoader

_log = logging.getLogger(__name__)

FLASH: Final = "chip.bin"
_NVS: Final = b"What NVS holds is kept in nvs.json."  # stands in its partition, so that an erasure is noticed
_START: Final = 20.0  # s
_ROMFS: Final = b"rom_ioctl"  # a name that an image of MicroPython contains if it was built for ROMFS
_CAUSES: Final = {"power": 1, "reset": 3, "watchdog": 8, "deepsleep": 5, "crash": 12}


def chip_flash(state: Path, size: int) -> mmap.mmap:
    """The whole flash of the board in `state`, erased if it is new."""
    path = state / FLASH
    if not path.exists():
        path.write_bytes(b"\xff" * size)
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), size)


class SerialBoard(UsbBoard):
    """A board of that type with nothing on it, or with what the last one in `state_dir` left (VM body only; not on
    Windows). Opening a pseudo-terminal resets nothing, as DTR and RTS do on a real board: the loader runs from the
    first SYNC until the port is closed."""

    def __init__(self, board_type: str, *, state_dir: Path, **options: Any) -> None:
        super().__init__(board_type, {}, None, state_dir=state_dir, body="vm", **options)
        state_dir.mkdir(parents=True, exist_ok=True)
        self.flash = chip_flash(state_dir, int(self.type.flash_mb) << 20)
        self.mac = bytes.fromhex(identity(state_dir))
        self._loader: RomLoader | None = None
        self._heard = b""  # the end of what came, in which a SYNC may have begun
        self._said = b""  # the end of what was printed: which prompt it is
        self._quiet = False
        self._name = ""
        self._turn = threading.Lock()  # power and loader do not change at the same time

    def table(self) -> list[partitions.Partition]:
        """The partitions in its flash."""
        with contextlib.suppress(BoardError):
            return partitions.parse(self.flash[partitions.AT : partitions.AT + partitions.SIZE])
        return []

    def image(self) -> bytes:
        """What lies where the boot loader would start it; nothing if that is no image for this chip."""
        place = partitions.app(self.table())
        data = self.flash[place.at : place.end] if place else b""
        return data if image_fits(data, self.type.chip.upper()) else b""

    def plug(self, link: Path | None = None) -> str:
        """Put the cable in."""
        self._name = super().plug(link)
        return self._name

    def stop(self) -> None:
        """Power off and unplug."""
        with self._turn:
            self._loader = None
        super().stop()

    # Power.

    def _power(self, timeout: float) -> None:
        if not self.image():
            self._print(b"invalid header: 0xffffffff\r\n")
            return
        nvs = partitions.named(self.table(), partitions.NVS)
        if nvs is not None and self.flash[nvs.at : nvs.at + len(_NVS)] != _NVS:
            (self.state_dir / "nvs.json").unlink(missing_ok=True)
            self.flash[nvs.at : nvs.at + len(_NVS)] = _NVS
        super()._power(timeout)

    def options(self, cause: int, body: bodies.Body) -> dict[str, Any]:
        """What the next body is told."""
        table, size = self.table(), len(self.flash)
        files = partitions.files(table, size)
        rom = partitions.named(table, partitions.ROMFS) if _ROMFS in self.image() else None
        assert files is not None
        place = {
            "file": FLASH, "size": size, "files": (files.at, files.size), "romfs": rom and (rom.at, rom.size)
        }  # fmt: skip
        self._quiet = cause == lay.SOFT_RESET and self._said.rfind(b"raw REPL; CTRL-B") > self._said.rfind(b">>> ")
        return super().options(cause, body) | {"flash": place, "quiet": self._quiet}

    def event(self, kind: str, **data: Any) -> None:
        """Tell the cable what a chip says at its start; at the raw prompt a soft reset ends there again."""
        if kind == "exit" and data["cause"] == "soft":
            self._print(b"MPY: soft reboot\r\n")
        elif kind == "exit":
            self._said = b""
            self._print(b"rst:0x%x,boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n" % _CAUSES[data["cause"]])
        elif kind == "ended" and self._quiet:
            self._life.send(lay.TYPED, b"\x01")
        super().event(kind, **data)

    # The cable.

    def frame(self, kind: int, payload: bytes, t: float) -> None:
        """A frame of the body's."""
        if kind == lay.CONSOLE:
            self._said = (self._said + payload)[-4096:]
        super().frame(kind, payload, t)

    def arrived(self, data: bytes) -> None:
        """To the loader, if it runs or is woken by this; else to the console."""
        if self._loader is None:
            self._heard = (self._heard + data)[-len(SYNC) - 64 :]
            if SYNC not in self._heard:
                super().arrived(data)
                return
            self._heard = b""
            self._load()
        loader = self._loader
        if loader is not None:
            self._print(loader.feed(data), whole=True)

    def closed(self) -> bool:
        """The port was closed while the loader ran: the chip starts as from its reset."""
        if self._loader is None:
            return False
        self._slave = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
        self._boot()
        return True

    def _load(self) -> None:
        with self._turn:
            self._life.stop()
            self._said = b""
            self._loader = RomLoader(self.flash, self.type.chip, self.mac, lambda: None)
            os.close(self._slave)  # from now on it is heard when the port is closed

    def _boot(self) -> None:
        with self._turn:
            self._loader = None
            if not self._lock.held:
                return
            try:
                self._power(_START)
            except BoardError as error:
                _log.error("%s", error)

    def _print(self, data: bytes, *, whole: bool = False) -> None:
        """Send it; `whole`: wait until all of it has been taken."""
        while data:
            with self._cable:
                if self._master < 0:
                    return
                try:
                    data = data[os.write(self._master, data) :]
                except BlockingIOError:
                    if not whole:
                        return
                except OSError:
                    return
            if data and not select.select([], [self._master], [], 1.0)[1]:
                return
