"""Takes an I2C transfer of the firmware's, gives what the simulated devices on the bus answer."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Protocol

from gongzhi.sim.device import _layout as lay


class I2CDevice(Protocol):
    """A device on the virtual bus."""

    def write(self, data: bytes) -> None:
        """The master has written `data`."""

    def read(self, count: int) -> bytes:
        """What the master reads: `count` bytes."""


def transfer(devices: Mapping[int, I2CDevice], op: int, data: bytes) -> bytes:
    """Do one transfer; raises KeyError where no device has the address."""
    if op == lay.I2C_SCAN:
        return bytes(sorted(devices))
    device = devices[data[0]]
    if op == lay.I2C_WRITE:
        device.write(data[1:])
        return b""
    count = struct.unpack_from("<H", data, 1)[0]
    if op == lay.I2C_WRITE_READ:
        device.write(data[3:])
    return device.read(count)
