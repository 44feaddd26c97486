"""Takes a journal's past, gives what a run takes over from it: numbers, epochs, stops, holders, acts to read back.

Nothing is done again. Whether an act that was under way has been done, only its board knows: its decision ends when the
board has said how the part stands, and until then nobody but a person may use it.
"""

from __future__ import annotations

import copy

from gongzhi.arbiter.dial import set_dial
from gongzhi.arbiter.effects import Effect
from gongzhi.arbiter.events import Reported
from gongzhi.arbiter.lease import resume_lease
from gongzhi.arbiter.life import close_past, end_unread
from gongzhi.arbiter.record import Past, occurrence
from gongzhi.arbiter.state import Arbiter, Desk, Unread

Effects = list[Effect]


def resume(a: Arbiter, past: Past, now: float, out: Effects) -> None:
    """Take over from an earlier run: numbers go on, stops stay, what was asked ends, what was done is read back."""
    a.next = max(a.next, past.next)
    a.schools = copy.deepcopy(past.schools)
    a.heeded = past.heeded
    for last in past.open:
        desk = a.desks.get(last.res)
        if last.to == "executing" and desk is not None and desk.resource.device and desk.unread is None:
            desk.unread = Unread(last, now + a.policy.read)
            close_past(last, "executing", now, out, cmd=last.cmd)  # a note: a further run finds it here
        else:
            close_past(last, "expired" if last.to in ("proposed", "deferred") else "aborted", now, out)
    for id_, desk in a.desks.items():
        desk.stopped, desk.room, desk.stopped_at = id_ in past.stopped, id_ in past.room, now
        if id_ in past.epochs:
            # Orders of the earlier run may still be on their way.
            desk.epoch = past.epochs[id_] + 1
            out.append(occurrence("epoch", now, "runtime", res=id_, epoch=desk.epoch, why="recovered"))
        # What was lowered stays so; what was raised is the project's word again, and that is a turn like any other.
        if (level := past.dials.get(id_)) is not None and level != desk.asked_level:
            lowered = level < desk.asked_level
            set_dial(desk, min(level, desk.asked_level), now, "runtime", out, why="recovered" if lowered else "lapsed")
        if id_ in past.back:  # nothing is bolder for a restart
            t, count, acted, desk.kept = past.back[id_]
            desk.changed = desk.released = min(t, now)
            desk.staged, desk.away = max(0, a.policy.staged - count), not acted
        if id_ in past.leases:  # a stop has ended every one
            resume_lease(a, desk, past.leases[id_], now, out)


def read_back(a: Arbiter, desk: Desk, told: Reported, now: float, out: Effects) -> None:
    """The board says how a part stands in which an act was under way when the last run ended."""
    if desk.unread is not None and not desk.unread.away:
        desk.unread.told = told
        _end(a, desk, now, out)


def link(a: Arbiter, desk: Desk, now: float, *, on: bool, out: Effects, why: str = "") -> None:
    """The board came or went: what it has said before it went, says nothing of now, also where a broker repeats it.
    Where our own link was lost (`why`), the broker may tell of a part before it tells that its board is there."""
    if desk.unread is None:
        return
    if on:
        desk.unread.away = False
        desk.unread.until = min(desk.unread.until, now + a.policy.ack)
        _end(a, desk, now, out)
    else:
        desk.unread.told, desk.unread.until = None, now + a.policy.read
        desk.unread.away = desk.unread.away or why != "link"


def _end(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    # A broker may tell of a part before it tells that its board is there.
    if desk.unread is not None and desk.unread.told is not None and desk.resource.device in a.online:
        told = desk.unread.told
        end_unread(a, desk, now, out, by=f"board:{told.device}", value=told.values.get(desk.resource.prop),
                   rest=told.by == "cmd")  # fmt: skip


def read_timer(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """The board has not said how the part stands: it may be acting unseen, and goes to safe if it is there."""
    if desk.unread is not None and now >= desk.unread.until:
        end_unread(a, desk, now, out, by="clock", value=None, rest=True)
