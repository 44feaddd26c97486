"""Takes a broker's address and a teacher's login, gives the stop of the whole room and its end, team by team."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from gongzhi_node import wire

from gongzhi.bus import Bus
from gongzhi.errors import BrokerError
from gongzhi.room import orders
from gongzhi.text import N_

_ECHO_S: Final = 3.0  # a broker drops what one may not publish without a word; what it takes comes back to us
_STANDING_S: Final = 0.5  # so long a broker takes at most to tell what is retained


class Teacher:
    """A teacher at the broker. `on_change()` is called, in paho's thread, when the room's stop stands otherwise."""

    def __init__(self, url: str, space: str, on_change: Callable[[], None] = lambda: None) -> None:
        self.top = f"v1/{space}"
        self._on_change = on_change
        self._news = threading.Condition()
        self._stop: orders.Stop | None = None
        self._heard = 0
        self.bus = Bus(url, f"teacher-{orders.fresh('x')[2:12]}")

    def connect(self) -> None:
        """Connect, and learn whether the room is stopped. Raises BrokerError."""
        self.bus.connect()
        self.bus.subscribe(f"{self.top}/_all/down/stop", self._hear)
        with self._news:
            self._news.wait_for(lambda: self._heard > 0, _STANDING_S)

    def close(self) -> None:
        """Leave; a stop stands without us."""
        self.bus.close()

    @property
    def standing(self) -> orders.Stop | None:
        """The room's stop, or None."""
        with self._news:
            return self._stop

    def stop(self, id_: str = "") -> None:
        """Stop every board and every piece of the room, by an order with this id. Raises BrokerError where the broker
        does not take it."""
        self._say(orders.Stop(id_ or orders.fresh("all")))

    def release(self, teams: Iterable[str] | None = None) -> None:
        """Allow these teams again, or all of them (None). Raises BrokerError."""
        which = None if teams is None else sorted(set(teams))
        before = self.standing
        if which is None:
            self._say(None)
        elif before is not None:
            self._say(orders.Stop(before.id, free=sorted({*before.free, *which})))
        # After the other: a board that comes meanwhile is stopped or not, as it then stands.
        word = orders.Rearm(orders.fresh("go"), ["*"] if which is None else which)
        if not self.bus.publish(f"{self.top}/_all/down/rearm", msgspec.json.encode(word), 1):
            raise _away()

    def teams(self) -> set[str]:
        """Whose boards or pieces the broker knows of: online, or gone with a word."""
        found: set[str] = set()
        for what in ("+/up/online", "_co/room"):
            self.bus.subscribe(f"{self.top}/+/{what}", lambda topic, _: found.add(topic.split("/")[2]))
        time.sleep(_STANDING_S)  # what is retained comes at once; that it was all, no broker says
        return found

    def _say(self, order: orders.Stop | None) -> None:
        with self._news:
            before = self._heard
            payload = msgspec.json.encode(order) if order else b""
            if not self.bus.publish(f"{self.top}/_all/down/stop", payload, 1, retain=True):
                raise _away()
            if not self._news.wait_for(lambda: self._heard > before and self._stop == order, _ECHO_S):
                raise BrokerError(
                    N_("The broker did not pass it on: this user is no teacher there."),
                    N_("Make one: gongzhi broker --users FILE --add-user teacher --role teacher."),
                )

    def _hear(self, _topic: str, payload: bytes) -> None:
        with self._news:
            self._stop = orders.standing(payload)
            self._heard += 1
            self._news.notify_all()
        self._on_change()


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a stop: the boards that acknowledged it, how many were there, and who was there and is silent."""

    stopped: tuple[str, ...]
    there: int
    silent: tuple[str, ...]


def stop_and_count(teacher: Teacher, seconds: float = 3.0) -> Heard:
    """Stop the room and wait, at most so long, until each board that is online has acknowledged. Raises BrokerError."""
    order: list[str] = []
    here: set[str] = set()
    stopped: set[str] = set()
    news = threading.Condition()

    def hear(topic: str, payload: bytes) -> None:
        _, _, team, device, _, what = topic.split("/")
        with contextlib.suppress(ValueError), news:
            said = wire.unpack(payload)
            if what == "online":
                (here.add if said.get("on") == 1 else here.discard)(f"{team}/{device}")
            elif order and said.get("id") == order[0] and said.get("ok") is True:
                stopped.add(f"{team}/{device}")
            news.notify_all()

    for what in ("online", "ack"):
        teacher.bus.subscribe(f"{teacher.top}/+/+/up/{what}", hear)
    with news:
        news.wait(_STANDING_S)  # who is there is retained
    order.append(orders.fresh("all"))
    teacher.stop(order[0])
    with news:
        news.wait_for(lambda: here <= stopped, seconds)
        return Heard(tuple(sorted(stopped)), len(here), tuple(sorted(here - stopped)))


def _away() -> BrokerError:
    return BrokerError(
        N_("The broker is not there."), N_("Until it is back: hold a board’s stop button, or switch the boards off.")
    )
