"""Takes the pins that a project gives its parts, checks them against the board, gives the GPIO of each line."""

from __future__ import annotations

from typing import Any

from gongzhi import pi
from gongzhi.parts import Kind
from gongzhi.project.buses import Buses, Fail
from gongzhi.project.file import PartTable
from gongzhi.project.parts import Board
from gongzhi.text import N_, pick


class Wires:
    """What is wired where, of all boards; `fail(where, what, hint, …)` raises the error."""

    def __init__(self, fail: Fail) -> None:
        self.fail = fail
        self.pins: dict[tuple[str, int], str] = {}
        self.wired: set[tuple[str, int]] = set()
        self.buses = Buses(fail)

    def of(self, where: str, part: PartTable, kind: Kind, board: Board) -> dict[str, int]:
        """The GPIO of each of the part's lines."""
        if board.about.chip in pi.CHIPS and kind.name not in pi.KINDS:
            self.fail(
                where,
                N_("a {kind} cannot hang on the pins of the {board} itself"),
                N_("Put it on a board with an ESP32. On a Raspberry Pi’s own pins: {known}."),
                kind=pick(kind.label), board=pick(board.about.name), known=", ".join(sorted(pi.KINDS)),
            )  # fmt: skip
        given = part.pins if part.pin is None else {**part.pins, "pin": part.pin}
        given = given or self.buses.usual(kind, board)
        names = kind.pins or ("pin",)
        if set(given) != set(names):
            example = "pins = { " + ", ".join(f"{name} = …" for name in names) + " }" if kind.pins else "pin = …"
            self.fail(
                where,
                N_("a {kind} is wired to {names}"),
                N_("Write {example}, with the numbers of your pins."),
                kind=pick(kind.label), names=", ".join(names), example=example,
            )  # fmt: skip
        return {name: self.pin(where, given[name], kind, board, name) for name in names}

    def pin(self, where: str, given: int | str, kind: Kind, board: Board, line: str) -> int:
        """The GPIO for the pin in the file, a number or the name that is printed on the board."""
        about = board.about
        values: dict[str, Any] = {
            "pin": given,
            "board": pick(about.name),
            "needs": kind.needs,
            "kind": pick(kind.label),
            "good": ", ".join(about.called(one) for one in about.can(kind.needs)),
        }
        hint = N_("For a {kind} these pins are right: {good}.")
        pin = about.gpio(given)
        if pin is None:
            self.fail(
                where,
                N_("nothing on the {board} is called “{pin}”"),
                N_("Its names are {names}; a number stands without quotes."),
                names=", ".join(about.labels) or "–",
                **values,
            )
        abilities = about.pins.get(str(pin))
        if abilities is None:
            self.fail(where, N_("pin {pin} does not exist on the {board}, or belongs to its memory"), hint, **values)
        taken = about.taken(pin)
        # The board's own button or buzzer is used like one that was wired there; a button may sit where the chip
        # looks at its start, for it is not pressed then.
        own = taken is not None and taken.kind == kind.name and not taken.inverted
        own = own or self.buses.own(kind, board, line, pin)
        if taken and not own:
            thing = pick(taken.label)
            self.fail(where, N_("pin {pin} of the {board} belongs to its {thing}"), hint, **values, thing=thing)
        if "strap" in abilities and not own:
            self.fail(where, N_("pin {pin} decides how the {board} starts; a part on it can stop that"), hint, **values)
        if {"uart", "usb"} & set(abilities):
            self.fail(where, N_("pin {pin} is the {board}’s USB line"), hint, **values)
        if kind.needs == "adc1" and "adc1" not in abilities:
            words = N_("pin {pin} of the {board} cannot measure a voltage while Wi-Fi is on")
            self.fail(where, words, hint, **values)
        if kind.needs == "touch" and "touch" not in abilities:
            self.fail(where, N_("pin {pin} of the {board} is no touch pad"), hint, **values)
        if kind.needs not in abilities:
            self.fail(where, N_("pin {pin} of the {board} can only be an input"), hint, **values)
        if self.buses.joins(kind, board, line, pin):
            return pin
        other = self.pins.setdefault((board.id, pin), where.removeprefix("part."))
        if other != where.removeprefix("part.") or (where, pin) in self.wired:
            self.fail(where, N_("pin {pin} is used by “{other}” already"), hint, **values, other=other)
        self.wired.add((where, pin))
        return pin
