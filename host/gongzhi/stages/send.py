"""Takes the arbiter's effects, gives MQTT messages for the boards, and again what stands until its hold ends."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gongzhi_node import wire

from gongzhi.arbiter.effects import Cease, Effect, Send, Stand
from gongzhi.values import Command

RENEW_S: Final = 0.5
"""How often a standing command is sent again (docs/wire.md): three times within its lease of 1500 ms."""


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message."""

    topic: str
    payload: bytes
    qos: int = 1


@dataclass(slots=True)
class _Standing:
    command: Command
    until: float
    again: float
    count: int = 0


def host_ms(now: float) -> int:
    """Seconds of the host's clock as wire time: whole milliseconds modulo wire.PERIOD."""
    return int(now * 1000) % int(wire.PERIOD)


class Sender:
    """Turns effects into messages and renews what stands. Pure in the sense of `resolve`: time is passed in.

    `space` and `team` are the first levels of the topics. `now` is always the arbiter's clock, which is also the
    clock that boards learn by down/clock.
    """

    def __init__(self, space: str, team: str) -> None:
        wire.topic(space, team, "_co")  # refuses levels that are not valid
        self._space, self._team = space, team
        self._standing: dict[tuple[str, str], _Standing] = {}

    def message(self, device: str, command: Command, now: float, *, renew: bool = False) -> Message:
        """One command as a message: QoS 1, never retained."""
        order = {
            "id": command.id,
            "ep": command.epoch,
            "op": command.op,
            "ch": command.channel,
            "a": command.args,
            "t": host_ms(now),
            "ttl": command.ttl,
            "dec": command.decision,
        }
        if renew:
            order["renew"] = 1
        return Message(wire.topic(self._space, self._team, device, "down", "cmd"), wire.pack(order))

    def take(self, effects: Iterable[Effect], now: float) -> list[Message]:
        """The messages for these effects, in their order; effects that do not concern boards are passed over."""
        messages = []
        for effect in effects:
            match effect:
                case Send(device, command):
                    # What the part is told now takes the place of what it was told before.
                    self._drop(device, command.channel)
                    messages.append(self.message(device, command, now))
                case Stand(device, command, until):
                    one = self._standing.get((device, command.channel))
                    if one is not None and one.command == command:
                        one.until = until  # its renewals go on, with ids that no board has seen
                    else:
                        self._standing[device, command.channel] = _Standing(command, until, now + RENEW_S)
                case Cease(device, channel):
                    self._drop(device, channel)
                case _:
                    pass
        return messages

    def due(self, now: float) -> list[Message]:
        """Renewals whose time has come, each with an id of its own: the command's, a dot and a number."""
        messages = []
        for key, one in list(self._standing.items()):
            if now >= one.until:
                # The arbiter ends a hold with a rest; this is for the day on which it does not.
                del self._standing[key]
            elif now >= one.again:
                one.count += 1
                # From now, not from the last: after a pause there is one renewal, not one for each that was missed.
                one.again = now + RENEW_S
                again = Command(
                    f"{one.command.id}.{one.count}", one.command.epoch, one.command.op, one.command.channel,
                    one.command.args, one.command.ttl, one.command.decision,
                )  # fmt: skip
                messages.append(self.message(key[0], again, now, renew=True))
        return messages

    @property
    def next_due(self) -> float:
        """When `due` has something to do next; infinity if nothing stands."""
        return min((min(one.again, one.until) for one in self._standing.values()), default=math.inf)

    def clock(self, device: str, board_ms: int, now: float) -> Message:
        """The answer to a board's up/clock."""
        return Message(
            wire.topic(self._space, self._team, device, "down", "clock"),
            wire.pack({"b": board_ms, "h": host_ms(now)}),
            0,
        )

    def _drop(self, device: str, channel: str) -> None:
        for key in [k for k in self._standing if k[0] == device and channel in ("*", k[1])]:
            del self._standing[key]
