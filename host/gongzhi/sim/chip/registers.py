"""Takes a board's options and the file of its registers, gives them as they are after a reset."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Any

import _layout as lay


def registers(path: Path, options: dict[str, Any]) -> mmap.mmap:
    """The chip's registers after a reset: everything at its start value except RTC memory, which lies in a file so
    that it outlives this process however that ends."""
    if not path.exists() or path.stat().st_size != lay.SIZE:
        path.write_bytes(bytes(lay.SIZE))
    with path.open("r+b") as file:
        regs = mmap.mmap(file.fileno(), lay.SIZE)
    time_of_the_world = regs[lay.NOW : lay.NOW + 4]  # it may be writing it at this moment
    regs[: lay.NOW] = bytes(lay.NOW)
    regs[lay.LOOKED : lay.RTC_LENGTH] = time_of_the_world + bytes(lay.RTC_LENGTH - lay.LOOKED - 4)
    if options["cause"] == lay.PWRON_RESET:
        regs[lay.RTC_LENGTH :] = bytes(lay.SIZE - lay.RTC_LENGTH)
    chip = options["chip"]
    regs[lay.CAUSE] = options["cause"]
    regs[lay.CHANNELS], regs[lay.FREQUENCIES], regs[lay.TIMERS] = chip["channels"], chip["frequencies"], chip["timers"]
    regs[lay.UID : lay.UID + 6] = bytes.fromhex(options["uid"])
    struct.pack_into("<H", regs, lay.JOIN, options["join_ms"])
    for field, name in ((lay.VALID, "valid"), (lay.OUTPUT, "output"), (lay.ADC1, "adc1"), (lay.ADC2, "adc2")):
        struct.pack_into("<Q", regs, field, sum(1 << pin for pin in chip[name]))
    for pin in range(64):
        struct.pack_into("<H", regs, lay.PINS + 16 * pin + lay.MV, lay.NO_MV)
    return regs
