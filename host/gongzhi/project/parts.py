"""The frozen values of a project's boards and parts, as reader.py reads them and everything else uses them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gongzhi.board import tune
from gongzhi.board.types import BoardType
from gongzhi.parts import Kind
from gongzhi.text import pick
from gongzhi.values import Labels, Resource

Reflex = tuple[str, str, float]  # an input of the same board, a sign, a number in the input's unit


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the project; `pins` its GPIOs by the name of the line ("pin" where there is one only); `answers` the
    role of the person whose button it is, or ""; `options`, `reflex` and `texts` as in docs/wire.md;
    `tunes` as in board/tune.py."""

    id: str
    board: str
    pins: dict[str, int]
    kind: Kind
    label: Labels
    answers: str
    resource: Resource | None
    options: dict[str, int | str] = field(default_factory=dict)
    reflex: tuple[Reflex, ...] = ()
    texts: tuple[str, ...] = ()
    tunes: tuple[str, ...] = ()

    @property
    def sampled(self) -> tuple[str, ...]:
        """The channels of a sample of it (`stream`); none for what acts."""
        return self.kind.sampled(self.options)

    @property
    def sampled_unit(self) -> str:
        """The unit of these."""
        return self.kind.unit_of(self.sampled)

    @property
    def address(self) -> int | None:
        """Its address on its bus; None for what is on no bus."""
        return int(self.options.get("address", self.kind.address)) if self.kind.address else None

    @property
    def pin(self) -> int:
        """The first of its pins."""
        return next(iter(self.pins.values()))

    def config(self) -> dict[str, Any]:
        """The part's entry in the board's config.json (docs/wire.md)."""
        entry: dict[str, Any] = {"ch": self.id, "kind": self.kind.name}
        entry |= {"pins": self.pins} if self.kind.pins else {"pin": self.pin}
        entry |= self.options | ({"stops": 1} if self.answers else {})
        entry |= {"texts": list(self.texts)} if self.texts else {}
        entry |= {"tunes": [tune.notes(text) for text in self.tunes]} if self.tunes else {}
        if self.resource is None:
            return entry | ({"pull": self.kind.pull} if self.kind.pull else {})
        entry |= {"reflex": [list(rule) for rule in self.reflex]} if self.reflex else {}
        made = self.resource
        entry |= {"lo": made.low, "hi": made.high, "safe": made.safe, "on_loss": list(made.on_loss)}
        return entry | ({"slew": made.slew} if made.slew else {})


@dataclass(frozen=True, slots=True)
class Board:
    """One board of the project; `link` is how the real one reaches the host, "wifi" or "serial" (its USB), `port` its
    serial port where it cannot be found by itself."""

    id: str
    type: str
    label: Labels
    about: BoardType
    link: str = "wifi"
    port: str = ""


def labels(given: Labels | str, otherwise: str) -> Labels:
    """Both languages' texts out of what the file gives: a table, one text for both, or nothing."""
    if isinstance(given, str):
        return {"zh": given or otherwise, "en": given or otherwise}
    return {"zh": pick(given, "zh") or otherwise, "en": pick(given, "en") or otherwise}
