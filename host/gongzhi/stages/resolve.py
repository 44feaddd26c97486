"""Takes the arbiter, an event and the time, gives the effects: what to record, send, show and tell, in this order.

This is the only place where anything is decided. It reads no clock and draws no random number: the same events at the
same times give the same effects. Call it for every event, and with Tick at the time that `due` names.
"""

from __future__ import annotations

import math
from dataclasses import replace

from gongzhi.arbiter.answers import answer
from gongzhi.arbiter.boards import acked, online, reported, written
from gongzhi.arbiter.doubt import escalate
from gongzhi.arbiter.effects import (
    Cease,
    Changed,
    Effect,
    Forget,
    Install,
    Keep,
    Owner,
    Send,
    Stand,
    Told,
)
from gongzhi.arbiter.events import (
    Acked,
    Answered,
    Event,
    EvidenceGone,
    JournalState,
    Left,
    Measured,
    Online,
    Proposed,
    Rearmed,
    Reported,
    Resumed,
    Schooled,
    Seen,
    StopAll,
    TakeOver,
    Tick,
)
from gongzhi.arbiter.lease import lease_due, lease_timer, take_over
from gongzhi.arbiter.life import abort, execute, move, note, release
from gongzhi.arbiter.people import rank
from gongzhi.arbiter.record import Past, Record
from gongzhi.arbiter.recovery import read_timer, resume
from gongzhi.arbiter.rivals import gives_way, let_in, offer, only_asks, propose
from gongzhi.arbiter.state import ASKED, Arbiter, Case, Desk, Policy
from gongzhi.arbiter.stop import rearm_all, rearm_due, rearm_timer, stop_all
from gongzhi.arbiter.teach import measured, schooled
from gongzhi.values import Effective

__all__ = [
    "Acked", "Answered", "Arbiter", "Cease", "Changed", "Effect", "Event", "EvidenceGone", "Forget", "Install",
    "JournalState", "Keep", "Left", "Measured", "Online", "Owner", "Past", "Policy", "Proposed", "Rearmed", "Record",
    "Reported", "Resumed", "Schooled", "Seen", "Send", "Stand", "StopAll", "TakeOver", "Tick", "Told", "due", "resolve",
]  # fmt: skip

Effects = list[Effect]


def resolve(arbiter: Arbiter, event: Event, now: float) -> list[Effect]:
    """Everything that follows from `event` at `now` (seconds, never less than in the call before).

    The effects are to be carried out in their order; a Send with `recorded` only if all records so far are written
    (gongzhi.arbiter.recorded does both). Never raises for anything that a person, a program or a board may send.
    """
    # Over 40 lines on purpose: one case an event.
    out: Effects = []
    _timers(arbiter, now, out)
    match event:
        case Proposed(proposal):
            propose(arbiter, proposal, now, out)
        case Acked():
            acked(arbiter, event, now, out)
        case Answered(said):
            answer(arbiter, said, now, out)
        case EvidenceGone(trigger, agent):
            _gone(arbiter, trigger, agent, now, out)
        case Online():
            online(arbiter, event, now, out)
        case Reported():
            reported(arbiter, event, now, out)
        case StopAll(by, order):
            stop_all(arbiter, now, by if rank(by) is not None else "human:visitor#unknown", out, order=order)
        case JournalState(writable):
            written(arbiter, writable, now, out)
        case Rearmed(by):
            rearm_all(arbiter, now, by, out)
        case Resumed(past):
            resume(arbiter, past, now, out)
        case TakeOver(resource, agent, trigger):
            if (desk := arbiter.desks.get(resource)) is not None:
                take_over(arbiter, desk, agent, now, out, trigger=trigger)
        case Seen():
            arbiter.seen = now
        case Left(session):
            _left(arbiter, session, now, out)
        case Schooled():
            schooled(arbiter, event, now, out)
        case Measured():
            measured(arbiter, event, now, out)
        case Tick():
            pass
    for desk in arbiter.desks.values():
        let_in(arbiter, desk, now, out)
        if desk.waiting is not desk.offered:
            offer(desk, now, out)
    return out


def due(arbiter: Arbiter) -> float:
    """When something happens by itself next, if nothing else does; infinity if never."""
    times = [stopping.again for stopping in arbiter.stopping.values()]
    for desk in arbiter.desks.values():
        times.append(rearm_due(arbiter, desk))
        if desk.unread is not None:
            times.append(desk.unread.until)
        if desk.lease:
            times.append(lease_due(arbiter, desk))
        if (case := desk.case) is not None:
            times.append(_case_due(arbiter, case))
            if case.decision.state in ASKED and any(gives_way(arbiter, desk, case, one) for one in desk.queue):
                times.append(case.shown + arbiter.policy.display)
        if desk.held:
            times.append(desk.held.decision.until)
    return min(times, default=math.inf)


def _case_due(a: Arbiter, case: Case) -> float:
    if case.decision.state == "executing":
        return case.sent + (a.policy.ack if case.resent else a.policy.resend)
    if case.decision.state == "deferred" and not case.escalated:
        return case.shown + case.wait / 2
    return case.decision.until


def _timers(a: Arbiter, now: float, out: Effects) -> None:
    for desk in a.desks.values():
        case = desk.case
        if case is not None and now >= _case_due(a, case):
            if case.decision.state == "deferred" and now < case.decision.until:
                escalate(case, now, out)
            elif case.decision.state == "proposed" and case.decision.level.eff == "A3":
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
        if desk.lease:
            lease_timer(a, desk, now, out)
        rearm_timer(a, desk, now, out)
        if desk.unread is not None:
            read_timer(a, desk, now, out)
    for (device, _), stopping in a.stopping.items():
        if now >= stopping.again:
            stopping.again = now + a.policy.stop_again
            out.append(Send(device, stopping.command))


def _gone(a: Arbiter, trigger: str, agent: str, now: float, out: Effects) -> None:
    for desk in a.desks.values():
        for question in [q for q in desk.asked if q[0] == agent and q[1] == trigger]:
            if not (desk.asked[question].snoozed and now < desk.asked[question].quiet_until):
                del desk.asked[question]
        if not only_asks(desk):
            desk.drop(lambda p: (p.agent, p.trigger) == (agent, trigger))
        if desk.last and (desk.last.proposal.agent, desk.last.proposal.trigger) == (agent, trigger):
            desk.last.gone = True
            if desk.case is desk.last:
                _no_more_by_silence(desk, desk.last, now, out)


def _no_more_by_silence(desk: Desk, case: Case, now: float, out: Effects) -> None:
    """What led to a count-down is no longer so: from now on silence means no, and a person has a question's time to
    say yes. An alarm that is raised counts on: who fell out of the picture still lies there."""
    d = case.decision
    if d.state != "proposed" or d.level.eff != "A3" or (desk.resource.alarm and d.value != desk.resource.safe):
        return
    until = max(d.until, case.shown + case.proposal.deadline)
    case.decision = replace(d, level=Effective("A2", "gone", d.level.req), until=until)
    note(case, now, case.proposal.agent, "gone", out)
    out.append(Changed(case.decision))


def _left(a: Arbiter, session: str, now: float, out: Effects) -> None:
    """Nothing carries over to the next visitor: no card, no refusal, no habit of the machine with this one."""
    for desk in a.desks.values() if session else ():
        desk.asked = {question: one for question, one in desk.asked.items() if one.session != session}
        desk.sure.clear()
        desk.drop(lambda p: p.session == session)
        if desk.last and desk.last.proposal.session == session:
            desk.last.gone = True
        if (case := desk.case) and case.proposal.session == session and case.decision.state in ASKED:
            move(desk, case, "withdrawn", now, "clock", out, why="session")
