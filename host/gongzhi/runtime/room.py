"""Takes a run's bus, obeys the teacher of the whole room, and tells the room how this piece stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gongzhi_node import wire

from gongzhi.arbiter.events import Event, Rearmed, StopAll
from gongzhi.arbiter.people import EVERY_TEACHER
from gongzhi.arbiter.state import Arbiter
from gongzhi.bus import Bus
from gongzhi.project import Manifest
from gongzhi.room import orders
from gongzhi.room.roll import LABEL
from gongzhi.runtime.access import SPACE
from gongzhi.values import Labels


def topic(team: str) -> str:
    """Where a piece tells its room how it stands (retained)."""
    return f"v1/{SPACE}/{team}/_co/room"


def gone() -> bytes:
    """What the broker says in a piece's place when it has gone."""
    return bytes(wire.pack({"on": 0}))


def _short(labels: Labels) -> dict[str, str]:
    """As long as the teacher's page reads it: of a longer one it would take nothing at all."""
    return {language: text[:LABEL] for language, text in labels.items()}


class RoomLink:
    """This piece in its room. `happen(event)` is the run's; all methods belong to its asyncio thread, `soon` brings
    what the bus says there."""

    def __init__(
        self, manifest: Manifest, arbiter: Arbiter, happen: Callable[[Event], None], soon: Callable[..., None]
    ) -> None:
        self._manifest, self._arbiter, self._happen, self._soon = manifest, arbiter, happen, soon
        self._bus: Bus | None = None
        self._told: dict[str, Any] = {}

    def begin(self, bus: Bus) -> None:
        """Listen to the teacher, and say that we are there."""
        self._bus = bus
        for what, heard in (("stop", self._stop), ("rearm", self._rearm)):
            bus.subscribe(f"v1/{SPACE}/_all/down/{what}", partial(self._heard, heard))
        self.tell()

    def end(self) -> None:
        """Say that we go."""
        if self._bus is not None:
            self._bus.publish(topic(self._manifest.id), gone(), 1, retain=True)
        self._bus = None

    def again(self) -> None:
        """The broker is back, and may have said that we had gone."""
        self._told = {}
        self.tell()

    def tell(self) -> None:
        """Say how the piece stands, if that has changed."""
        desks = self._arbiter.desks.values()
        told = {
            "on": 1, "title": _short(self._manifest.title), "boards": sorted(self._manifest.boards),
            "labels": {name: _short(board.label) for name, board in sorted(self._manifest.boards.items())},
            "parts": len(desks),
            "stopped": sum(desk.stopped for desk in desks), "room": int(any(desk.room for desk in desks)),
        }  # fmt: skip
        if told != self._told and self._bus is not None:
            self._bus.publish(topic(self._manifest.id), wire.pack(told), 1, retain=True)
            self._told = told

    def _heard(self, what: Callable[[bytes], None], _topic: str, payload: bytes) -> None:
        self._soon(what, payload)

    def _stop(self, payload: bytes) -> None:
        order = orders.standing(payload)
        if order is not None and self._manifest.id not in order.free:
            # What cannot be read is obeyed each time: nobody knows whether it is new.
            self._happen(StopAll(EVERY_TEACHER, "" if order is orders.UNREADABLE else order.id))

    def _rearm(self, payload: bytes) -> None:
        if orders.allows(payload, self._manifest.id):
            self._happen(Rearmed(EVERY_TEACHER))
