"""Takes who takes a resource over, holds it and gives it back; gives the orders, and who owns it until when.

An override is a lease. While somebody holds a resource the agent is in shadow (opening.level_now). What is wrong with
the order itself (refused, silent, the board lost) ends the order, never the ownership: only its holder, a stop, or for
lights and sounds the end of the lease, gives a resource back.
"""

from __future__ import annotations

import math

from gongzhi.arbiter.dial import set_dial
from gongzhi.arbiter.effects import Cease, Changed, Code, Effect, Owner, Send, Stand, Told
from gongzhi.arbiter.life import end_live, end_unread, move, note, release, rest_order
from gongzhi.arbiter.people import EVERY_TEACHER, OWNER, rank
from gongzhi.arbiter.record import occurrence
from gongzhi.arbiter.state import Arbiter, Case, Desk, Lease
from gongzhi.values import Answer, Decision

Effects = list[Effect]


def override(a: Arbiter, said: Answer, place: int, now: float, out: Effects) -> None:
    """A person of rank `place` sets a resource by hand, or goes on doing so: the same again is activity, no order."""
    desk = a.desks.get(said.resource)
    code = _forbidden(a, desk, said, place)
    if code or desk is None or said.value is None:
        a.counts[code or "unknown"] += 1
        out.append(Told(said.seat, "override", said.resource, code or "unknown"))
        return
    lease, until = desk.lease, now + length(a, desk)
    if lease is None or lease.seat != said.seat:
        if lease is not None:
            out.append(Told(lease.seat, "override", said.resource, "taken"))
        _take(a, desk, said.seat, now, out)
        desk.lease = lease = Lease(said.seat, said.value, until)
    elif lease.command and lease.value == said.value:
        lease.until = until
        if lease.stands:
            out.append(Stand(desk.resource.device, lease.command, until))
        out.append(Owner(desk.resource.id, lease.seat, until))
        return
    lease.value, lease.until = float(said.value), until
    _order(a, desk, lease, now, out)


def length(a: Arbiter, desk: Desk) -> float:
    """How long a lease lasts without activity (s): what moves needs a hand on it."""
    return a.policy.beats if desk.resource.hazard >= "H2" else a.policy.lease


def _forbidden(a: Arbiter, desk: Desk | None, said: Answer, place: int) -> Code | None:
    if desk is None:
        return "unknown"
    resource, lease = desk.resource, desk.lease
    if place < OWNER or (lease and lease.seat != said.seat and place < (rank(lease.seat) or 0)):
        return "outranked"
    if said.value is None or not resource.low <= said.value <= resource.high:
        return "range"
    if desk.stopped:
        return "stopped"
    if resource.device and resource.device not in a.online:
        return "link"
    return "journal" if resource.hazard >= "H2" and not a.recorded else None


def _take(a: Arbiter, desk: Desk, seat: str, now: float, out: Effects) -> None:
    """The owner changes: what the agent asks or does here ends; the person's order follows at once."""
    end_live(a, desk, now, seat, "override", out, rest=False)
    if desk.unread:
        end_unread(a, desk, now, out, by=seat, value=None, rest=False)
    if desk.held:
        release(a, desk, now, seat, "override", out, rest=False)
    desk.staged, desk.kept = 0, False
    _changes(a, desk, now, out)


def _changes(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """Count a change of owner; too many in a short time and the machine only hints, until a teacher says otherwise."""
    desk.changed = now
    desk.changes.append(now)
    while now - desk.changes[0] > a.policy.pingpong_window:
        desk.changes.popleft()
    if len(desk.changes) > a.policy.pingpong and desk.asked_level > "A1":
        set_dial(desk, "A1", now, "runtime", out, why="pingpong")
        out.append(Told(EVERY_TEACHER, "override", desk.resource.id, "pingpong"))


def _order(a: Arbiter, desk: Desk, lease: Lease, now: float, out: Effects) -> None:
    resource = desk.resource
    desk.epoch += 1
    lease.stands = lease.resent = False
    lease.sent = now
    if resource.device:
        args = {resource.prop: lease.value}
        lease.command = a.command(desk.epoch, resource.op, resource.channel, args, a.policy.lease_ms, "")
    out.append(
        occurrence(
            "override",
            now,
            lease.seat,
            res=resource.id,
            epoch=desk.epoch,
            value=lease.value,
            hold=round(lease.until - now, 3),
            cmd=lease.command.id if lease.command else "",
        )
    )
    if lease.command:
        out.append(Send(resource.device, lease.command, recorded=resource.hazard >= "H2"))
    out.append(Owner(resource.id, lease.seat, lease.until))


def fall(a: Arbiter, desk: Desk, now: float, by: str, why: str, out: Effects, *, rest: bool) -> None:
    """The holder's order stands no longer; the holder stays. With `rest` the part is told to go to safe."""
    lease = desk.lease
    if lease is None or lease.command is None:
        return
    _end_order(a, desk, now, "fall", by, why, out, rest=rest)


def _end_order(a: Arbiter, desk: Desk, now: float, to: str, by: str, why: str, out: Effects, *, rest: bool) -> None:
    """The record of an end, with the order's end where there is one."""
    lease, back = desk.lease, None
    assert lease is not None
    if lease.command:
        lease.command, lease.stands = None, False
        out.append(Cease(desk.resource.device, desk.resource.channel))
        if rest:
            desk.epoch += 1
            back = rest_order(a, desk, "")
    out.append(
        occurrence(to, now, by, res=desk.resource.id, epoch=desk.epoch, why=why, cmd=back.command.id if back else "")
    )
    if back:
        out.append(back)


def give_back(a: Arbiter, desk: Desk, now: float, by: str, why: str, out: Effects, *, rest: bool = True) -> None:
    """Nobody holds the resource any more: the part goes to safe on its ramp, the agent returns by stages."""
    _end_order(a, desk, now, "handback", by, why, out, rest=rest)
    desk.lease = None
    desk.released = now
    desk.staged, desk.kept, desk.away = a.policy.staged, False, True
    for asked in desk.asked.values():
        asked.t = -math.inf  # what was asked in shadow, nobody has seen
    _changes(a, desk, now, out)
    out.append(Owner(desk.resource.id, "", now))


def handback(a: Arbiter, said: Answer, place: int, now: float, out: Effects) -> None:
    """A person gives a resource back: their own, a lower rank's, or one that nobody has a hand on."""
    desk = a.desks.get(said.resource)
    if desk is None or desk.lease is None:
        out.append(Told(said.seat, "handback", said.resource, "already" if desk else "unknown"))
        return
    holder = desk.lease
    free = holder.command is None and place >= OWNER
    if said.seat != holder.seat and not free and (place < OWNER or place < (rank(holder.seat) or 0)):
        a.counts["outranked"] += 1
        out.append(Told(said.seat, "handback", said.resource, "outranked"))
        return
    give_back(a, desk, now, said.seat, "released", out)


def lease_due(a: Arbiter, desk: Desk) -> float:
    """When a lease needs the arbiter next."""
    lease = desk.lease
    if lease is None:
        return math.inf
    if lease.command and not lease.stands:
        return min(lease.until, lease.sent + (a.policy.ack if lease.resent else a.policy.resend))
    return lease.until


def lease_timer(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """What time does to a lease: it ends, or its order was not heard."""
    lease = desk.lease
    if lease is None or now < lease_due(a, desk):
        return
    if now >= lease.until:
        if desk.resource.hazard >= "H2":
            # The hand has let go of what moves: it stops; but nobody has said that the machine may have it.
            fall(a, desk, now, "clock", "lease", out, rest=True)
            lease.until = math.inf
            out.append(Owner(desk.resource.id, lease.seat, math.inf))
        else:
            give_back(a, desk, now, "clock", "lease", out)
    elif now >= lease.sent + a.policy.ack:
        fall(a, desk, now, "clock", "silent", out, rest=True)
    elif lease.command:
        lease.resent = True
        out.append(Send(desk.resource.device, lease.command, recorded=desk.resource.hazard >= "H2"))


def lease_acked(a: Arbiter, desk: Desk, ok: bool, err: str, fallen: bool, now: float, out: Effects) -> None:
    """A board's word on the holder's order, or on one of its renewals (`fallen`: a refusal that ends what stands)."""
    lease = desk.lease
    assert lease is not None
    assert lease.command is not None
    if ok and not lease.stands:
        lease.stands = True
        out.append(Stand(desk.resource.device, lease.command, lease.until))
    elif not ok and (not lease.stands or fallen):
        seat = lease.seat
        fall(a, desk, now, f"board:{desk.resource.device}", err or "fault", out, rest=True)
        out.append(Told(seat, "override", desk.resource.id, "refused"))


def take_over(a: Arbiter, desk: Desk, agent: str, now: float, out: Effects, *, trigger: str = "") -> None:
    """The agent cannot go on, with what `trigger` led to or with anything: what it holds ends after the lead time,
    unless a person takes it over; never later than was decided."""

    def its(case: Case | None) -> bool:
        return case is not None and case.proposal.agent == agent and trigger in ("", case.proposal.trigger)

    desk.drop(lambda p: p.agent == agent and trigger in ("", p.trigger))
    if desk.case and its(desk.case) and desk.case.decision.state in ("proposed", "deferred"):
        move(desk, desk.case, "withdrawn", now, agent, out, why="takeover")
    case = desk.held
    if case is None or case.command is None or not its(case) or case.leaving:
        return
    case.leaving = True
    d = case.decision
    until = min(d.until, now + (a.policy.lead_moving if desk.resource.hazard >= "H2" else a.policy.lead))
    case.decision = Decision(
        d.id, d.resource, d.value, d.p, d.because, d.state, d.level, d.epoch, d.digest, d.t, until, d.hold, d.agent,
        d.trigger, d.what, d.by, "takeover", d.options, d.choices,
    )  # fmt: skip
    note(case, now, agent, "takeover", out)
    out += [Stand(desk.resource.device, case.command, until), Changed(case.decision)]


def resume_lease(a: Arbiter, desk: Desk, past: tuple[str, float, float], now: float, out: Effects) -> None:
    """The holder of an earlier run holds it for what is left of the lease; their order is not given again. Where the
    clock began anew since, nobody knows what is left, and it is at most what it was."""
    seat, value, until = past
    if desk.resource.hazard >= "H2":
        until = math.inf
    elif until <= now:
        desk.lease = Lease(seat, value, now)
        give_back(a, desk, now, "clock", "lease", out, rest=False)
        return
    else:
        until = min(until, now + a.policy.lease)
    desk.lease = Lease(seat, value, until)
    hold = 0.0 if until == math.inf else round(until - now, 3)
    out += [
        occurrence(
            "override", now, seat, res=desk.resource.id, epoch=desk.epoch, value=value, hold=hold, why="recovered"
        ),
        Owner(desk.resource.id, seat, until),
    ]
