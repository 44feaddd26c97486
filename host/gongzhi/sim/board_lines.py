"""Takes what the firmware asks of a part at one pin (a 1-Wire byte, the pulses of an answer), gives what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from gongzhi.sim.board_i2c import I2CDevice, transfer
from gongzhi.sim.device import _layout as lay

# What an empty line says: nobody there, the pull-up's ones, no pulse.
_SILENCE: Final = {lay.WIRE_RESET: b"\0", lay.WIRE_WRITE: b"", lay.WIRE_READ: b"\xff", lay.PULSES: b""}


class Line(Protocol):
    """A part at one pin that answers."""

    def ask(self, op: int, data: bytes, /) -> bytes:
        """The answer to `op` (one of WIRE_… and PULSES)."""
        ...


def asked(i2c: Mapping[int, I2CDevice], lines: Mapping[int, Line], payload: bytes) -> bytes:
    """What the world says to the payload of an ASK; raises KeyError where an I2C address is nobody's."""
    op = payload[0]
    if op not in _SILENCE:
        return transfer(i2c, op, payload[1:])
    line = lines.get(payload[1])
    return _SILENCE[op] if line is None else line.ask(op, payload[2:])
