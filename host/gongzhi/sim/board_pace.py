"""Takes a board's state folder, the world's time and how much the world has said, gives the board that time, and how
late the board is behind it."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable
from pathlib import Path

from gongzhi.sim.device import _layout as lay

_PERIOD = 1 << 30  # ms, as gongzhi_node.wire.PERIOD


class Pace:
    """The registers by which the world keeps a board's clock (sim/device/_pace.py). `sent` is how many frames the
    world has sent to the body that runs now, None where there is none."""

    def __init__(self, state: Path, sent: Callable[[], int | None]) -> None:
        self._sent = sent
        path = state / "registers.bin"
        if not path.exists() or path.stat().st_size != lay.SIZE:
            path.write_bytes(bytes(lay.SIZE))
        with path.open("r+b") as file:
            self._registers = memoryview(mmap.mmap(file.fileno(), lay.SIZE)).cast("I")

    def tell(self, seconds: float) -> None:
        """It is `seconds`."""
        self._registers[lay.NOW // 4] = int(seconds * 1000) % _PERIOD

    def behind(self) -> float:
        """How many seconds ago the firmware looked at its clock, by that clock; infinite while something that the
        world has done to the board (a button pressed) has not arrived there."""
        sent = self._sent()
        if sent is not None and self._registers[lay.HEARD // 4] != sent:
            return math.inf
        ms: int = (self._registers[lay.NOW // 4] - self._registers[lay.LOOKED // 4]) % _PERIOD
        return ms / 1000
