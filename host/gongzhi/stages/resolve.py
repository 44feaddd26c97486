"""Takes the arbiter, an event and the time, gives the effects: what to record, send, show and tell, in this order.

This is the only place where anything is decided. It reads no clock and draws no random number: the same events at the
same times give the same effects. Call it for every event, and with Tick at the time that `due` names.
"""

from __future__ import annotations

import math
from dataclasses import replace

from gongzhi.arbiter.answers import ASKED, answer
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
from gongzhi.arbiter.opening import open_case
from gongzhi.arbiter.people import rank
from gongzhi.arbiter.record import Past, Record
from gongzhi.arbiter.recovery import read_due, read_timer, resume
from gongzhi.arbiter.state import Arbiter, Case, Desk, Policy
from gongzhi.arbiter.stop import rearm_all, rearm_due, rearm_timer, stop_all
from gongzhi.arbiter.teach import in_force, measured, schooled
from gongzhi.values import Effective, Proposal

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
            _propose(arbiter, proposal, out, now)
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
        if desk.waiting:
            _next_card(arbiter, desk, now, out)
    return out


def due(arbiter: Arbiter) -> float:
    """When something happens by itself next, if nothing else does; infinity if never."""
    times = [stopping.again for stopping in arbiter.stopping.values()]
    for desk in arbiter.desks.values():
        times += (rearm_due(arbiter, desk), read_due(desk))
        if desk.lease:
            times.append(lease_due(arbiter, desk))
        if (case := desk.case) is not None:
            times.append(_case_due(arbiter, case))
            if desk.waiting and case.decision.state in ASKED and _gives_way(desk, case, desk.waiting):
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
        read_timer(a, desk, now, out)
    for (device, _), stopping in a.stopping.items():
        if now >= stopping.again:
            stopping.again = now + a.policy.stop_again
            out.append(Send(device, stopping.command))


def _propose(a: Arbiter, p: Proposal, out: Effects, now: float) -> None:
    desk = a.desks.get(p.resource)
    if desk is None or not desk.resource.low <= p.value <= desk.resource.high:
        a.counts["refused"] += 1
        return
    if not in_force(a, p):
        a.counts["old_model"] += 1
        return
    live = desk.case
    asked = desk.asked.get(p.question)
    if asked:
        if now < asked.quiet_until:
            a.counts["suppressed"] += 1
            return
        if now - asked.t < a.policy.merge:
            a.counts["merged"] += 1
            if live and live.question == p.question:
                out.append(Changed(live.decision))
            return
    if len(desk.asked) >= a.policy.memory:
        desk.asked = {q: one for q, one in desk.asked.items() if now < max(one.quiet_until, one.t + a.policy.merge)}
    if live is None:
        if not _wild(a, desk, now):
            open_case(a, desk, p, now, out)
    elif live.proposal.agent == p.agent:
        desk.waiting = p
    else:
        # Another agent's card stays up; who comes second waits until it has gone, and of several the newest does.
        a.counts["busy"] += 1
        desk.waiting = p


def _wild(a: Arbiter, desk: Desk, now: float) -> bool:
    """Count a decision that begins; True if it is one too many within a second, which then is none. A card that stands
    lets the next one wait; what is only noted, nothing else would slow down."""
    while desk.opened and now - desk.opened[0] >= 1.0:
        desk.opened.popleft()
    if len(desk.opened) >= a.policy.openings:
        a.counts["wild"] += 1
        return True
    desk.opened.append(now)
    return False


def _next_card(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """Let the waiting proposal in once the desk is free, or once the card there has been seen for long enough."""
    case, p = desk.case, desk.waiting
    assert p is not None
    if case is not None:
        if case.decision.state not in ASKED or now < case.shown + a.policy.display or not _gives_way(desk, case, p):
            return
        move(desk, case, "superseded", now, p.agent, out, why="newer")
    desk.waiting = None
    # A question that moves nothing has waited for the one before; it is asked now, whatever has ended meanwhile.
    open_case(a, desk, replace(p, t=now) if _only_asks(desk) else p, now, out)


def _only_asks(desk: Desk) -> bool:
    return not desk.resource.device and desk.resource.hazard == "H0"


def _gives_way(desk: Desk, case: Case, p: Proposal) -> bool:
    """Whether the card there is replaced by what the same agent says now. Another question about nothing that moves is
    no change of mind: it waits until the one before has ended."""
    return case.proposal.agent == p.agent and not (_only_asks(desk) and case.question != p.question)


def _gone(a: Arbiter, trigger: str, agent: str, now: float, out: Effects) -> None:
    for desk in a.desks.values():
        for question in [q for q in desk.asked if q[0] == agent and q[1] == trigger]:
            if not (desk.asked[question].snoozed and now < desk.asked[question].quiet_until):
                del desk.asked[question]
        if desk.waiting and (desk.waiting.agent, desk.waiting.trigger) == (agent, trigger) and not _only_asks(desk):
            desk.waiting = None
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
        if desk.waiting and desk.waiting.session == session:
            desk.waiting = None
        if desk.last and desk.last.proposal.session == session:
            desk.last.gone = True
        if (case := desk.case) and case.proposal.session == session and case.decision.state in ASKED:
            move(desk, case, "withdrawn", now, "clock", out, why="session")
