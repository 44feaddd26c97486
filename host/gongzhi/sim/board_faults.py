"""Takes what is to go wrong around a virtual board, gives the frames that make its chip feel it."""

from __future__ import annotations

import struct
import zlib
from typing import Final, Literal

from gongzhi.sim.board_inputs import Frame
from gongzhi.sim.device import _layout as lay

Air = Literal["on", "weak", "off", "refused"]
Torn = Literal["nothing", "half"]
_AP: Final = {"on": 0, "weak": 0, "off": 1, "refused": 2}
_DBM: Final = {"weak": -88}  # where none is said; else -55


def own_seed(name: str) -> int:
    """Of a weak air: another one for each board, the same each time."""
    return zlib.crc32(name.encode()) or 1


class Faults:
    """The network as it is now."""

    def __init__(self) -> None:
        self._radio = (0, 55, 0)

    def air(self, state: Air, rssi: int | None, seed: int) -> Frame:
        """The network is so from now on (VirtualBoard.wifi)."""
        strength = _DBM.get(state, -55) if rssi is None else rssi
        self._radio = (_AP[state], min(max(-strength, 0), 255), seed if state == "weak" else 0)
        return self.frame()

    def frame(self) -> Frame:
        """The network as it is."""
        return lay.RADIO, struct.pack("<BBI", *self._radio)

    def cut(self, writes: int, torn: Torn) -> Frame:
        """The power fails at that write to the flash, which leaves so much (VirtualBoard.cut_at_write)."""
        return lay.CUT_AT, struct.pack("<IB", writes, torn == "half")
