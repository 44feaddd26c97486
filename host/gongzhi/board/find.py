"""Takes the computer's USB and serial ports, gives what is on each: which board it may be, whether it can be used."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gongzhi.board import types
from gongzhi.errors import BoardError
from gongzhi.gateway.ports import Fault, Port, open_port, ports
from gongzhi.text import N_, Later

# USB id -> the chip that makes a serial port of USB, and the driver that Windows and macOS may want for it.
BRIDGES: Final = {
    "10C4:EA60": ("CP2102/CP2104", "CP210x VCP, silabs.com"),
    "1A86:7523": ("CH340", "CH341SER, wch.cn"),
    "1A86:55D4": ("CH9102", "CH343SER, wch.cn"),
    "0403:6001": ("FT232", "VCP, ftdichip.com"),
    "303A:1001": ("ESP32-S3/C3", "–"),
    "2886:0056": ("ESP32-S3", "–"),
}
_USB: Final = Path("/sys/bus/usb/devices")
_NO_DRIVER: Final = N_("A board is plugged in ({chip}), but it has no port: its driver is missing.")
_WHICH_DRIVER: Final = N_("Install the driver {driver}; ask whoever administers this computer.")
_BRLTTY: Final = N_("Remove the program brltty, which takes such ports for itself: sudo apt remove brltty")


@dataclass(frozen=True, slots=True)
class Seen:
    """A serial port: `usb` id, the board `types` that have such a one, `bridge` its chip; `why` it cannot be used and
    what to do, both None where it can."""

    port: str
    usb: str
    types: tuple[str, ...]
    bridge: str
    why: Later | None = None
    hint: Later | None = None


def find(listed: Callable[[], list[Port]] = ports, opened: Callable[[str, float], Any] = open_port) -> list[Seen]:
    """The serial ports that are USB, known boards first. Each is opened for a moment, which some boards take for a
    reset."""
    seen = [_seen(one, opened) for one in listed() if one.usb]
    return sorted(seen, key=lambda one: (not one.types, not one.bridge, one.port))


def _seen(one: Port, opened: Callable[[str, float], Any]) -> Seen:
    about = {name: types.board_type(name) for name in types.known()}
    fits = tuple(name for name, board in about.items() if one.usb in [usb.upper() for usb in board.usb])
    bridge = BRIDGES.get(one.usb, ("", ""))[0]
    try:
        with closing(opened(one.name, 0.1)):
            return Seen(one.name, one.usb, fits, bridge)
    except Fault as error:
        why, hint = reason(error)
        return Seen(one.name, one.usb, fits, bridge, why, hint)


def reason(error: BaseException) -> tuple[Later, Later]:
    """Why a port cannot be opened, and what to do."""
    number, text = getattr(error, "errno", None), str(error)
    busy = number == errno.EBUSY or "lock" in text or "busy" in text.lower()
    if os.name == "nt":  # there "access denied" is what a port says that another program has
        busy = busy or "denied" in text
    if busy:
        return Later(N_("Another program uses it."), {}), Later(
            N_("End gongzhi run, the editor (Thonny, mPython, Mind+, Arduino) or the serial monitor that has it."), {}
        )
    if number == errno.EACCES or "denied" in text:
        return Later(N_("You may not use it."), {}), Later(
            N_("On Linux: sudo usermod -a -G dialout $USER, then log in again."), {}
        )
    return Later(N_("It does not answer: {why}"), {"why": text}), Later(
        N_("Unplug it and plug it in again, with another cable."), {}
    )


def without_driver(seen: list[Seen], root: Path = _USB) -> tuple[Later, Later] | None:
    """What to say of a board that is on USB without having become a port (Linux tells; other systems hide it)."""
    if not sys.platform.startswith("linux"):
        return None
    known = {one.usb for one in seen}
    for folder in sorted(root.glob("*")):
        try:
            usb = ":".join((folder / name).read_text().strip().upper() for name in ("idVendor", "idProduct"))
        except OSError:
            continue
        if usb in BRIDGES and usb not in known:
            chip, driver = BRIDGES[usb]
            hint = Later(_BRLTTY, {}) if usb.startswith("1A86") else Later(_WHICH_DRIVER, {"driver": driver})
            return Later(_NO_DRIVER, {"chip": chip}), hint
    return None


def the_port(wanted: str | None, seen: list[Seen] | None = None) -> str:
    """The port that is meant: the one that is named, or the only one with a known board; raises BoardError."""
    if wanted:
        return wanted
    boards = [one for one in (find() if seen is None else seen) if one.types or one.bridge]
    if len(boards) == 1:
        one = boards[0]
        if one.why is not None and one.hint is not None:
            raise BoardError(N_("The port {port} cannot be used: {why}"), one.hint.message, port=one.port, why=one.why)
        return one.port
    if boards:
        raise BoardError(
            N_("There are several boards: {ports}."), N_("Say which with --port."),
            ports=", ".join(one.port for one in boards),
        )  # fmt: skip
    raise BoardError(
        N_("There is no board on USB."),
        N_("Is the cable one for data, not for charging only? gongzhi board find tells more."),
    )
