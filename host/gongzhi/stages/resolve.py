"""Takes the arbiter, an event and the time, gives the effects: what to record, send, show and tell, in this order.

This is the only place where anything is decided. It reads no clock and draws no random number: the same events at the
same times give the same effects. Call it for every event, and with Tick at the time that `due` names.
"""

from __future__ import annotations

import math

from gongzhi.arbiter.answers import answer
from gongzhi.arbiter.effects import Cease, Changed, Effect, Send, Stand, Told
from gongzhi.arbiter.events import (
    Acked,
    Answered,
    Event,
    EvidenceGone,
    JournalState,
    Online,
    Proposed,
    Reported,
    Resumed,
    StopAll,
    Tick,
)
from gongzhi.arbiter.life import abort, done, end_live, execute, move, release, send_stop, stop_all
from gongzhi.arbiter.opening import open_case
from gongzhi.arbiter.people import rank
from gongzhi.arbiter.record import Past, Record, occurrence
from gongzhi.arbiter.state import Arbiter, Case, Desk, Policy
from gongzhi.values import Proposal

__all__ = [
    "Acked", "Answered", "Arbiter", "Cease", "Changed", "Effect", "Event", "EvidenceGone", "JournalState", "Online",
    "Past", "Policy", "Proposed", "Record", "Reported", "Resumed", "Send", "Stand",
    "StopAll", "Tick", "Told", "due", "resolve",
]  # fmt: skip

# A refused renewal with one of these means that the act stands no longer; the others pass.
_FALLEN = frozenset({"stopped", "epoch", "fault", "channel", "op", "range", "lease"})
# What a board may do of itself, and what it means that it did: its act stands no longer.
_REFLEXES = frozenset({"lease", "loss", "limit", "fault"})
# A board that claims an epoch near the wire's end (2^30) is not believed: nothing could come after it.
_EPOCHS = 1 << 29
Effects = list[Effect]


def resolve(arbiter: Arbiter, event: Event, now: float) -> list[Effect]:
    """Everything that follows from `event` at `now` (seconds, never less than in the call before).

    The effects are to be carried out in their order; a Send with `recorded` only if all records so far are written
    (gongzhi.arbiter.recorded does both). Never raises for anything that a person, a program or a board may send.
    """
    out: Effects = []
    _timers(arbiter, now, out)
    match event:
        case Proposed(proposal):
            _propose(arbiter, proposal, out, now)
        case Acked():
            _acked(arbiter, event, now, out)
        case Answered(said):
            answer(arbiter, said, now, out)
        case EvidenceGone(trigger, agent):
            _gone(arbiter, trigger, agent)
        case Online():
            _online(arbiter, event, now, out)
        case Reported():
            _reported(arbiter, event, now, out)
        case StopAll(by):
            stop_all(arbiter, now, by if rank(by) is not None else "human:visitor#unknown", out)
        case JournalState(writable):
            _journal(arbiter, writable, now, out)
        case Resumed(past):
            _resume(arbiter, past, now, out)
        case Tick():
            pass
    for desk in arbiter.desks.values():
        if desk.waiting:
            _next_card(arbiter, desk, now, out)
    return out


def due(arbiter: Arbiter) -> float:
    """When something happens by itself next, if nothing else does; infinity if never."""
    times = [stopping.again for stopping in arbiter.stopping.values()]
    for desk in arbiter.desks.values():
        if (case := desk.case) is not None:
            times.append(_case_due(arbiter, case))
            if desk.waiting and case.decision.state == "proposed":
                times.append(case.shown + arbiter.policy.display)
        if desk.held:
            times.append(desk.held.decision.until)
    return min(times, default=math.inf)


def _case_due(a: Arbiter, case: Case) -> float:
    if case.decision.state == "executing":
        return case.sent + (a.policy.ack if case.resent else a.policy.resend)
    return case.decision.until


def _timers(a: Arbiter, now: float, out: Effects) -> None:
    for desk in a.desks.values():
        case = desk.case
        if case is not None and now >= _case_due(a, case):
            if case.decision.state == "proposed" and case.decision.level.eff == "A3":
                execute(a, desk, case, now, "dial", out)  # the time for a no is over: silence means yes
            elif case.decision.state != "executing":
                move(desk, case, "expired", now, "clock", out, why="silence")
            elif now >= case.sent + a.policy.ack:
                abort(a, desk, case, now, "clock", "silent", out, rest=True)
            elif case.command:
                case.resent = True
                out.append(Send(desk.resource.device, case.command, recorded=desk.resource.hazard >= "H2"))
        if desk.held and now >= desk.held.decision.until:
            release(a, desk, now, "clock", "rest", out, rest=True)
    for device, stopping in list(a.stopping.items()):
        if now >= stopping.again:
            stopping.again = now + a.policy.stop_again
            out.append(Send(device, stopping.command))


def _propose(a: Arbiter, p: Proposal, out: Effects, now: float) -> None:
    desk = a.desks.get(p.resource)
    if desk is None or not desk.resource.low <= p.value <= desk.resource.high:
        a.counts["refused"] += 1
        return
    live = desk.case
    asked = desk.asked.get((p.agent, p.trigger, p.value))
    if asked:
        if now < asked.quiet_until:
            a.counts["suppressed"] += 1
            return
        if now - asked.t < a.policy.merge:
            a.counts["merged"] += 1
            if live and live.question == (p.agent, p.trigger, p.value):
                out.append(Changed(live.decision))
            return
    if len(desk.asked) >= a.policy.memory:
        desk.asked = {q: one for q, one in desk.asked.items() if now < max(one.quiet_until, one.t + a.policy.merge)}
    if live is None:
        open_case(a, desk, p, now, out)
    elif live.proposal.agent == p.agent:
        desk.waiting = p
    else:
        a.counts["busy"] += 1


def _next_card(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """Let the waiting proposal in once the desk is free, or once the card there has been seen for long enough."""
    case, p = desk.case, desk.waiting
    assert p is not None
    if case is not None:
        if case.decision.state != "proposed" or now < case.shown + a.policy.display:
            return
        move(desk, case, "superseded", now, p.agent, out, why="newer")
    desk.waiting = None
    open_case(a, desk, p, now, out)


def _gone(a: Arbiter, trigger: str, agent: str) -> None:
    for desk in a.desks.values():
        for question in [q for q in desk.asked if q[0] == agent and q[1] == trigger]:
            del desk.asked[question]
        if desk.waiting and (desk.waiting.agent, desk.waiting.trigger) == (agent, trigger):
            desk.waiting = None
        if desk.last and (desk.last.proposal.agent, desk.last.proposal.trigger) == (agent, trigger):
            desk.last.gone = True


def _acked(a: Arbiter, ack: Acked, now: float, out: Effects) -> None:
    # A renewal's id is its command's, a dot and a number (stages/send.py).
    id_ = ack.id.split(".", 1)[0]
    for device, stopping in list(a.stopping.items()):
        if stopping.command.id == id_ and ack.ok and ack.device in ("", device):
            del a.stopping[device]
            return
    case = a.sent.get(id_)
    desk = a.desks[case.decision.resource] if case else None
    if case is None or desk is None or ack.device not in ("", desk.resource.device):
        a.counts["stray ack"] += 1
        return
    by = f"board:{desk.resource.device}"
    if ack.ok:
        if case.decision.state == "executing":
            done(desk, case, now, by, out)
    elif case.decision.state == "executing":
        abort(a, desk, case, now, by, ack.err or "fault", out, rest=False)
    elif desk.held is case and ack.err in _FALLEN:
        release(a, desk, now, by, ack.err, out, rest=True)
    if ack.err == "stopped" and not ack.ok and not desk.stopped:
        stop_all(a, now, by, out)  # somebody stopped the board, and we had not heard of it


def _online(a: Arbiter, event: Online, now: float, out: Effects) -> None:
    desks = a.devices.get(event.device)
    if desks is None:
        a.counts["stray board"] += 1
        return
    was = a.online.get(event.device)
    if was is not None and (not event.on or was != event.sid):
        del a.online[event.device]
        a.stopping.pop(event.device, None)
        for desk in desks:
            _lose(a, desk, now, out)
    if event.on and event.device not in a.online:
        a.online[event.device] = event.sid
        if any(desk.stopped for desk in desks):
            send_stop(a, event.device, now, out)


def _reported(a: Arbiter, told: Reported, now: float, out: Effects) -> None:
    """What a board does of itself is a part's change like any other, and needs its record."""
    desks = a.devices.get(told.device, [])
    desk = next((one for one in desks if one.resource.channel == told.channel), None)
    if desk is None or desk.told == (told.by, told.epoch, told.id):
        return
    desk.told = (told.by, told.epoch, told.id)
    by = f"board:{told.device}"
    if desk.epoch < told.epoch < _EPOCHS:
        # It knows a later owner than we do (our journal was lost): go on above it, or it would refuse everything.
        desk.epoch = told.epoch + 1
        out.append(occurrence("epoch", now, by, res=desk.resource.id, epoch=desk.epoch))
    elif told.by == "stop" and told.epoch == desk.epoch and not desk.stopped:
        stop_all(a, now, by, out)
    elif told.by in _REFLEXES:
        if desk.held and told.epoch == desk.epoch:
            release(a, desk, now, by, told.by, out, rest=False)
        out.append(occurrence("reflex", now, by, res=desk.resource.id, epoch=desk.epoch, why=told.by))


def _lose(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """The board is gone: what is under way cannot be carried out, what stands is the board's own affair now."""
    by = f"board:{desk.resource.device}"
    desk.epoch += 1
    end_live(a, desk, now, by, "lwt", out, rest=False)
    if desk.held:
        release(a, desk, now, by, "lwt", out, rest=False)
    out.append(occurrence("loss", now, by, res=desk.resource.id, epoch=desk.epoch))


def _journal(a: Arbiter, writable: bool, now: float, out: Effects) -> None:
    a.recorded = writable
    if writable:
        return
    for desk in a.desks.values():
        if desk.resource.hazard >= "H2":
            end_live(a, desk, now, "journal", "journal", out, rest=True)
            if desk.held:
                release(a, desk, now, "journal", "journal", out, rest=True)


def _resume(a: Arbiter, past: Past, now: float, out: Effects) -> None:
    """Take over from an earlier run: numbers go on, stops stay, what was open ends; nothing is done again."""
    a.next = max(a.next, past.next)
    for last in past.open:
        to = "expired" if last.to in ("proposed", "deferred") else "aborted"
        out.append(_closing(last, to, now))
    for id_, desk in a.desks.items():
        desk.stopped = id_ in past.stopped
        if id_ in past.epochs:
            # Orders of the earlier run may still be on their way.
            desk.epoch = past.epochs[id_] + 1
            out.append(occurrence("epoch", now, "runtime", res=id_, epoch=desk.epoch, why="recovered"))


def _closing(last: Record, to: str, now: float) -> Record:
    return Record(
        seq=0, t=round(now, 3), dec=last.dec, res=last.res, epoch=last.epoch, from_=last.to, to=to, by="runtime",
        saw="", level=last.level, p=last.p, set=last.set, ev=last.ev, model=last.model, prev="", why="recovered",
    )  # fmt: skip
