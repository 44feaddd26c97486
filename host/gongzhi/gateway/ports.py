"""Takes nothing, gives the computer's serial ports with their USB ids, and opens one; pyserial stays behind this."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import serial
from serial.tools import list_ports

from gongzhi.board.types import board_type, known

BAUD: Final = 115200  # MicroPython's console on a UART; a native USB port does not mind

# What a port raises that has gone. termios has an error of its own, which is none of the others.
Fault: tuple[type[BaseException], ...] = (serial.SerialException, OSError)
if os.name != "nt":
    import termios

    Fault = (*Fault, termios.error)


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port: its `name` (/dev/ttyUSB0, COM5) and `usb`, vendor:product in hex as in board.toml, or ""."""

    name: str
    usb: str = ""


def ports() -> list[Port]:
    """The serial ports that are there now."""
    return [
        Port(one.device, "" if one.vid is None else f"{one.vid:04X}:{one.pid:04X}") for one in list_ports.comports()
    ]


def usb_ids(types: Iterable[str] | None = None) -> frozenset[str]:
    """The USB ids of these board types, or of all known ones."""
    return frozenset(one.upper() for name in (known() if types is None else types) for one in board_type(name).usb)


def open_port(name: str, timeout: float) -> Any:
    """The port (pyserial's Serial), ours alone while it is open; raises one of `Fault`. `timeout`: seconds for a read.

    Opening pulls a UART board's reset line on some systems: the board then starts anew, as when it was plugged in.
    """
    device = serial.Serial(baudrate=BAUD, timeout=timeout, write_timeout=1.0, exclusive=True)
    device.port = name
    if os.name == "nt":
        # As mpremote does (transport_serial.py): there these levels keep an ESP32 out of reset and out of its loader.
        device.dtr = device.rts = False
    device.open()
    return device
