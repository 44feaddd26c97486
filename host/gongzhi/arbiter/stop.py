"""Takes who pressed a stop, or allows again, gives what follows: boards first, then the end of all that is under way.

A stop of the whole room (by EVERY_TEACHER) is a stop like any other that only a teacher can re-arm.
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


def stop_all(a: Arbiter, now: float, by: str, out: Effects) -> None:
    """Latch the stop: boards first, then the records."""
    # What only asks (H0, no board) can hurt nobody: its card goes, and the next question may come.
    room = by == EVERY_TEACHER
    news = [
        desk
        for desk in a.desks.values()
        if (desk.resource.device or desk.resource.hazard > "H0") and (not desk.stopped or (room and not desk.room))
    ]
    for device, desks in a.devices.items():
        # One epoch for all of a board's parts, above each: "stop" goes to the board as a whole.
        if any(not desk.stopped for desk in desks):
            news += [desk for desk in desks if desk.stopped and desk not in news]
            epoch = max(desk.epoch for desk in desks) + 1
            for desk in desks:
                desk.epoch = epoch
        send_stop(a, device, now, out)
    for desk in a.desks.values():
        end_live(a, desk, now, by, "stop", out, rest=False)
        if desk.held:
            release(a, desk, now, by, "stop", out, rest=False)
        if desk.lease:
            give_back(a, desk, now, by, "stop", out, rest=False)
    for desk in news:
        desk.stopped, desk.room, desk.stopped_at = True, desk.room or room, now
        why = "room" if desk.room else ""
        out.append(occurrence("stop", now, by, res=desk.resource.id, epoch=desk.epoch, why=why))


def rearm(desk: Desk, now: float, by: str, out: Effects, why: str = "") -> None:
    """Let the stopped resource be used again."""
    desk.stopped = desk.room = False
    desk.epoch += 1
    out.append(occurrence("rearm", now, by, res=desk.resource.id, epoch=desk.epoch, why=why))


def rearm_all(a: Arbiter, now: float, by: str, out: Effects) -> None:
    """A teacher allows everything again."""
    if is_teacher(by):
        for desk in a.desks.values():
            if desk.stopped:
                rearm(desk, now, by, out)


def rearm_due(a: Arbiter, desk: Desk) -> float:
    """When a stopped resource re-arms itself, if nothing is wrong with it; infinity where it never does."""
    if not a.exhibition or not desk.stopped or desk.room or desk.resource.hazard > "H1" or not _well(a, desk):
        return math.inf
    return desk.stopped_at + a.policy.rearm


def rearm_timer(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """In an exhibition, what only shines or sounds goes on by itself after a while."""
    if now >= rearm_due(a, desk):
        rearm(desk, now, "clock", out, why="exhibition")


def _well(a: Arbiter, desk: Desk) -> bool:
    """The self-check: the board is there and has heard the stop, and what happens can be recorded."""
    device = desk.resource.device
    return a.recorded and (not device or (device in a.online and device not in a.stopping))


def send_stop(a: Arbiter, device: str, now: float, out: Effects) -> None:
    """Send a board the stop in force, and again until it has it."""
    if device not in a.online:
        return
    command = a.command(max(d.epoch for d in a.devices[device]), "stop", "*", {}, STOP_TTL_MS, "")
    a.stopping[device] = Stopping(command, now + a.policy.stop_again)
    out.append(Send(device, command))
