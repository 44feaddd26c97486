"""Takes what an agent proposes, gives it its turn: whose card stands, whose waits, what is shown beside as alternative.

Two agents may want one resource. Who ranks higher (Policy.rank) goes first, of equal ones who came first. The other
one's proposal is not lost: it waits, stands beside the card meanwhile, and is asked when it has ended. Who has changed
their mind about their own card loses nothing for it.
"""

from __future__ import annotations

from dataclasses import replace

from gongzhi.arbiter.effects import Changed, Effect
from gongzhi.arbiter.life import move
from gongzhi.arbiter.opening import open_case
from gongzhi.arbiter.state import ASKED, Arbiter, Asked, Case, Desk
from gongzhi.arbiter.teach import in_force
from gongzhi.values import Proposal

Effects = list[Effect]


def propose(a: Arbiter, p: Proposal, now: float, out: Effects) -> None:
    """An agent proposes: it becomes a decision at once, waits its turn, or is no new question."""
    desk = a.desks.get(p.resource)
    if desk is None or not desk.resource.low <= p.value <= desk.resource.high:
        a.counts["refused"] += 1
    elif not in_force(a, p):
        a.counts["old_model"] += 1
    elif not _asked_before(a, desk, p, now, out):
        _forget(a, desk, now)
        if desk.case is None:
            let_in(a, desk, now, out)  # a card has ended at this very moment: who waited for that goes first
        if desk.case is not None or _stands_above(a, desk, p):
            _wait(a, desk, p)
        elif not _wild(a, desk, now):
            open_case(a, desk, p, now, out)


def _asked_before(a: Arbiter, desk: Desk, p: Proposal, now: float, out: Effects) -> bool:
    """Whether it is a question that somebody has refused, or that was asked a moment ago: then its card is shown."""
    asked = desk.asked.get(p.question)
    if asked is None:
        return False
    if now < asked.quiet_until:
        a.counts["suppressed"] += 1
        return True
    if now - asked.t >= a.policy.merge:
        return False
    a.counts["merged"] += 1
    if desk.case and desk.case.question == p.question:
        out.append(Changed(desk.case.decision))
    return True


def _forget(a: Arbiter, desk: Desk, now: float) -> None:
    """Forget questions that say nothing any more, where too many are remembered."""
    if len(desk.asked) >= a.policy.memory:

        def counts(one: Asked) -> bool:
            return now < max(one.quiet_until, one.t + a.policy.merge)

        desk.asked = {question: one for question, one in desk.asked.items() if counts(one)}


def _wait(a: Arbiter, desk: Desk, p: Proposal) -> None:
    """What the card's own agent says now waits for that card. Of the others one waits at a time: of one agent the
    newest, of several the highest, of equal ones who came first."""
    case = desk.case
    if case is not None and case.proposal.agent == p.agent and gives_way(a, desk, case, p):
        desk.newer = p
        return
    if (desk.held if case is None else case).proposal.agent != p.agent:  # type: ignore[union-attr]
        a.counts["busy"] += 1
    first = desk.waiting
    if first is None or first.agent == p.agent or a.place(p.agent) > a.place(first.agent):
        desk.waiting = p


def _stands_above(a: Arbiter, desk: Desk, p: Proposal) -> bool:
    """Whether an act of a higher agent stands there: a lower one's waits until it has ended."""
    return desk.held is not None and a.place(desk.held.proposal.agent) > a.place(p.agent)


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


def let_in(a: Arbiter, desk: Desk, now: float, out: Effects) -> None:
    """Let in what waits as far as there is room; what comes to no card at once leaves it to the next."""
    while (desk.waiting or desk.newer) and _next_card(a, desk, now, out):
        pass


def _next_card(a: Arbiter, desk: Desk, now: float, out: Effects) -> bool:
    """Let one in once the desk is free, or once the card there has been seen for long enough; of two the higher,
    of equals the card's own agent's. Whether it was let in."""
    case, ready = desk.case, desk.queue
    if case is None:
        ready = [one for one in ready if not _stands_above(a, desk, one)]
    elif case.decision.state in ASKED and now >= case.shown + a.policy.display:
        ready = [one for one in ready if gives_way(a, desk, case, one)]
    else:
        return False
    if not ready:
        return False
    p = max(ready, key=lambda one: a.place(one.agent))
    loser: Proposal | None = None
    if case is not None:
        same = case.proposal.agent == p.agent
        move(desk, case, "superseded", now, p.agent, out, why="newer" if same else "rank")
        loser = None if same or case.gone else case.proposal
    if p is desk.waiting:
        desk.waiting = desk.newer or loser
    desk.newer = None
    _open_late(a, desk, p, now, out)
    return True


def _open_late(a: Arbiter, desk: Desk, p: Proposal, now: float, out: Effects) -> None:
    """What has waited is asked, or done."""
    if only_asks(desk):
        # A question that moves nothing has waited for the one before; it is asked now, whatever has ended meanwhile.
        open_case(a, desk, replace(p, t=now), now, out)
    elif now - p.t > p.ttl:
        # Its evidence has not gone, or it would not wait any more; but nobody has looked at it since, and so a person
        # is asked. An alarm that is to be raised is raised.
        ask = "" if desk.resource.alarm and p.value != desk.resource.safe else "waited"
        evidence = p.evidence or (f"{p.agent.removeprefix('agent:')}@{p.t:.3f}",)
        open_case(a, desk, replace(p, t=now, evidence=evidence), now, out, ask=ask)
    else:
        open_case(a, desk, p, now, out)


def only_asks(desk: Desk) -> bool:
    """Whether nothing is decided there that moves."""
    return not desk.resource.device and desk.resource.hazard == "H0"


def gives_way(a: Arbiter, desk: Desk, case: Case, p: Proposal) -> bool:
    """Whether the card there is replaced by what the same agent says now, or a higher one. Another question about
    nothing that moves is no change of mind: it waits until the one before has ended."""
    if case.proposal.agent != p.agent:
        return not only_asks(desk) and a.place(p.agent) > a.place(case.proposal.agent)
    return not (only_asks(desk) and case.question != p.question)


def alternative(desk: Desk) -> Proposal | None:
    """What another agent would do instead of what is asked now."""
    p, case = desk.waiting, desk.case
    if p is None or case is None or case.decision.state not in ASKED or only_asks(desk):
        return None
    return p if p.agent != case.proposal.agent else None


def offer(desk: Desk, now: float, out: Effects) -> None:
    """What waits is another one than before: where that concerns the card, the card is shown anew."""
    before, desk.offered = desk.offered, desk.waiting
    case = desk.case
    if case is not None and case.decision.state in ASKED:
        told = any(isinstance(one, Changed) and one.decision is case.decision for one in out)
        others = [one for one in (before, desk.waiting) if one is not None and one.agent != case.proposal.agent]
        if others and not only_asks(desk):
            desk.offers, desk.offers_t = tuple(one.value for one in others), now
            if not told:
                out.append(Changed(case.decision))
