"""Takes the name of a board type, gives what boards/<type>/board.toml says of it: pins, names, parts and order."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from gongzhi import paths
from gongzhi.config import load_toml
from gongzhi.errors import ConfigError
from gongzhi.text import N_, Later
from gongzhi.values import Labels

Ability = Literal["in", "out", "pwm", "adc1", "adc2", "touch", "dac", "strap", "uart", "usb"]
SUPPLIES: Final = ("3V3", "5V", "GND", "BAT")
# A part there can stop the chip from starting, or is in the way of the line to the computer.
_KEPT: Final = frozenset({"strap", "uart", "usb"})


class OnBoard(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A part that is soldered on: on a GPIO, or on the I2C bus by its address (7 bit), or on neither (a power chip).

    `kind` is a name of gongzhi.parts where a project can use it as that part; `inverted` says that it is on at level
    0, which the node's drivers cannot do.
    """

    kind: str
    label: Labels
    pin: int | None = None
    address: int | None = None
    inverted: bool = False


class Header(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The contacts down each side as they are printed on the board, a number being a GPIO. `order` "board": as on
    the board, seen from the side with the chip; "number": sorted, because the real order is not known or not a row.
    `usb` is the end with the USB socket."""

    order: Literal["board", "number"]
    left: list[int | str]
    right: list[int | str]
    usb: Literal["top", "bottom", ""] = ""


class Bus(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The GPIOs of the I2C bus that the board leads out or that its own parts sit on."""

    scl: int
    sda: int


class BoardType(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What boards/<type>/board.toml says.

    `pins` gives each GPIO that can be reached its abilities; `labels` the GPIO of each name that is printed on the
    board; `others` what a contact is that is neither GPIO nor supply. Sizes are in MB, 0 where a board has no such
    memory or it can be changed (a computer's card). `usb` are vendor:product ids, in hex. `source` names where the
    facts are from, `unverified` what was not found in any of them.
    """

    name: Labels
    chip: str
    flash_mb: float
    psram_mb: float
    pins: dict[str, list[Ability]]
    source: list[str]
    header: Header
    note: Labels
    unverified: list[str] = []
    usb: list[str] = []
    labels: dict[str, int] = {}
    others: dict[str, Labels] = {}
    onboard: list[OnBoard] = []
    i2c: Bus | None = None

    @property
    def node(self) -> bool:
        """True if the board runs the node's firmware; else it is a computer with pins."""
        return self.chip.startswith("esp32")

    def can(self, ability: str) -> list[int]:
        """The pins that have the ability and are free to use, in order."""
        return sorted(
            int(pin)
            for pin, all_ in self.pins.items()
            if ability in all_ and not _KEPT & set(all_) and not self.taken(int(pin))
        )

    def taken(self, pin: int) -> OnBoard | None:
        """The part on the board that sits on the pin or, by its bus, on the line; None if there is none."""
        bus = self.i2c is not None and pin in (self.i2c.scl, self.i2c.sda)
        return next((one for one in self.onboard if one.pin == pin or (bus and one.address is not None)), None)

    def gpio(self, given: int | str) -> int | None:
        """The GPIO of a number or of a name that is printed on the board; None for a name that is not."""
        return given if isinstance(given, int) else self.labels.get(given)

    def called(self, pin: int) -> str:
        """What is printed at the GPIO: its name where it has one, else its number."""
        return next((name for name, gpio in self.labels.items() if gpio == pin), str(pin))

    def place(self, contact: int | str) -> tuple[str, int] | None:
        """Where a contact (a GPIO or a supply) is: "left" or "right" and which from the top, counted from 1; None
        if it is not led out, or the order is not known."""
        if self.header.order != "board":
            return None
        for side, contacts in (("left", self.header.left), ("right", self.header.right)):
            for at, one in enumerate(contacts, 1):
                if one == contact or (isinstance(contact, int) and self.gpio(one) == contact):
                    return side, at
        return None


def known() -> list[str]:
    """The names of all board types."""
    return sorted(one.parent.name for one in paths.share("boards").glob("*/board.toml"))


def board_type(name: str) -> BoardType:
    """What is known of a board type; raises ConfigError for one that does not exist or whose file contradicts
    itself."""
    path = paths.share("boards") / name / "board.toml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) or not path.is_file():
        raise ConfigError(
            N_("The board type “{name}” is not known."),
            N_("Known types: {known}."),
            name=name,
            known=", ".join(known()),
        )
    board = load_toml(path, BoardType)
    wrong = _contradiction(board)
    if wrong:
        raise ConfigError(N_("{file}: {fault}"), N_("Compare with another board’s file."), file=path, fault=wrong)
    return board


def _contradiction(board: BoardType) -> Later | None:
    """What in the file names something that the file does not define."""
    gpios = {int(pin) for pin in board.pins}
    for name, pin in board.labels.items():
        if pin not in gpios:
            return Later(
                N_("the name {name} stands for pin {pin}, which is not in the list of pins"), {"name": name, "pin": pin}
            )
    for part in board.onboard:
        if part.pin is not None and part.pin not in gpios:
            return Later(
                N_("the part {name} sits on pin {pin}, which is not in the list of pins"),
                {"name": part.kind, "pin": part.pin},
            )
    for one in [*board.header.left, *board.header.right]:
        if board.gpio(one) not in gpios and one not in (*SUPPLIES, *board.others):
            return Later(N_("nothing says what the contact {name} is"), {"name": one})
    return None
