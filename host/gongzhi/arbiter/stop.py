"""Takes who pressed a stop, or allows again, gives what follows: boards first, then the end of all that is under way.

A stop of the whole room (by EVERY_TEACHER) is a stop like any other that only a teacher can re-arm. It is an order with
an id, and lies at the broker as long as it stands: it is obeyed once, by a piece as by a board. A teacher may allow a
piece again at its own page; that the link comes back and brings the same order once more is then no stop. A new order
is.
"""

from __future__ import annotations

import math

from gongzhi.arbiter.effects import Effect, Send
from gongzhi.arbiter.lease import give_back
from gongzhi.arbiter.life import end_live, release
from gongzhi.arbiter.people import EVERY_TEACHER, is_teacher
from gongzhi.arbiter.record import occurrence
from gongzhi.arbiter.state import Arbiter, Desk, Stopping

Effects = list[Effect]
STOP_TTL_MS = 60_000


def stop_all(a: Arbiter, now: float, by: str, out: Effects, *, order: str = "") -> None:
    """Latch the stop: boards first, then the records. `order`: the id of the room's, where it is that one."""
    if order and order == a.heeded:
        return
    room, a.heeded = by == EVERY_TEACHER, order or a.heeded
    if order:
        a.own |= dict.fromkeys(a.devices, order)  # the boards hear it, too
    # What only asks (H0, no board) can hurt nobody: its card goes, and the next question may come.
    able = [desk for desk in a.desks.values() if desk.resource.device or desk.resource.hazard > "H0"]
    news = [desk for desk in able if not desk.stopped or order or (room and not desk.room)]
    for desks in a.devices.values():
        # One epoch for all of a board's parts, above each: "stop" goes to the board as a whole.
        if any(not desk.stopped for desk in desks):
            news += [desk for desk in desks if desk.stopped and desk not in news]
            epoch = max(desk.epoch for desk in desks) + 1
            for desk in desks:
                desk.epoch = epoch
    for desk in news:
        desk.stopped = True
    for device in a.devices:
        send_stop(a, device, now, out)
    for desk in a.desks.values():
        end_live(a, desk, now, by, "stop", out, rest=False)
        if desk.held:
            release(a, desk, now, by, "stop", out, rest=False)
        if desk.lease:
            give_back(a, desk, now, by, "stop", out, rest=False)
    for desk in news:
        desk.room, desk.stopped_at = desk.room or room, now
        why = "room" if desk.room else ""
        out.append(occurrence("stop", now, by, res=desk.resource.id, epoch=desk.epoch, why=why, of=order))


def rearm(a: Arbiter, desks: list[Desk], now: float, by: str, out: Effects, why: str = "") -> None:
    """Let these stopped resources be used again."""
    for desk in desks:
        desk.stopped = desk.room = False
        desk.epoch += 1
        out.append(occurrence("rearm", now, by, res=desk.resource.id, epoch=desk.epoch, why=why))
    # A stop that a board has not acknowledged must not come once more and end what is allowed now.
    for device in {device for device, _ in a.stopping} & {desk.resource.device for desk in desks}:
        send_stop(a, device, now, out)


def rearm_all(a: Arbiter, now: float, by: str, out: Effects) -> None:
    """A teacher allows everything again."""
    if is_teacher(by):
        rearm(a, [desk for desk in a.desks.values() if desk.stopped], now, by, out)


def rearm_due(a: Arbiter, desk: Desk) -> float:
    """When a stopped resource re-arms itself, if nothing is wrong with it; infinity where it never does."""
    if not a.exhibition or not desk.stopped or desk.room or desk.resource.hazard > "H1" or not _well(a, desk):
        return math.inf
    return desk.stopped_at + a.policy.rearm


def rearm_timer(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """In an exhibition, what only shines or sounds goes on by itself after a while."""
    if now >= rearm_due(a, desk):
        rearm(a, [desk], now, "clock", out, why="exhibition")


def _well(a: Arbiter, desk: Desk) -> bool:
    """The self-check: the board is there and has heard the stop, and what happens can be recorded."""
    device, channel = desk.resource.device, desk.resource.channel
    heard = (device, "*") not in a.stopping and (device, channel) not in a.stopping
    return a.recorded and (not device or (device in a.online and heard))


def send_stop(a: Arbiter, device: str, now: float, out: Effects) -> None:
    """Send a board the stops in force, and again until it has them: one for all of it, or, where some of its parts are
    allowed again, one for each of the others. It answers the board's own stop, if there was one, by its name."""
    a.stopping = {key: stopping for key, stopping in a.stopping.items() if key[0] != device}
    if device not in a.online:
        return
    desks = a.devices[device]
    stopped = {desk.resource.channel: desk.epoch for desk in desks if desk.stopped}
    if len(stopped) == len(desks):
        stopped = {"*": max(stopped.values())}
    for channel, epoch in stopped.items():
        command = a.command(epoch, "stop", channel, {}, STOP_TTL_MS, a.own.get(device, ""))
        a.stopping[device, channel] = Stopping(command, now + a.policy.stop_again)
        out.append(Send(device, command))
