"""Takes a proposal and what was thought of the ones before, gives how much its evidence allows, and who is asked."""

from __future__ import annotations

from gongzhi.arbiter.effects import Changed, Effect, Told
from gongzhi.arbiter.life import note
from gongzhi.arbiter.people import EVERY_TEACHER
from gongzhi.arbiter.state import Arbiter, Case, Desk
from gongzhi.costs import cheapest
from gongzhi.values import Level, Proposal

OPTIONS = 3  # more are no question that a person could answer at a glance


def confidence_ceiling(a: Arbiter, desk: Desk, p: Proposal, now: float) -> Level:
    """A5 where the evidence is clear, A2 where it fits two or three labels or is weak, A1 where it decides nothing.

    Weak begins below `m0` and ends at `m1`, at the soonest `dwell` seconds after it began: confidence that swings
    around one threshold would make the machine act and ask in turn.
    """
    sure, since = desk.sure.get((p.agent, p.trigger), (p.p >= a.policy.m1, float("-inf")))
    if sure and p.p < a.policy.m0:
        sure, since = False, now
    elif not sure and p.p >= a.policy.m1 and now - since >= a.policy.dwell:
        sure, since = True, now
    if len(desk.sure) >= a.policy.memory:
        desk.sure.clear()
    desk.sure[p.agent, p.trigger] = (sure, since)
    if p.doubt or len(p.options) > OPTIONS:
        return "A1"
    return "A5" if sure and len(p.options) < 2 else "A2"


def cost_ceiling(desk: Desk, p: Proposal) -> Level:
    """What the rule's or the resource's four numbers allow: they may lower the level and never raise it."""
    costs = p.costs or desk.resource.costs
    allowed: dict[str, Level] = {"act": "A5", "ask": "A2", "nothing": "A0"}
    return allowed[cheapest(p.p, costs)] if costs else "A5"


def escalate(case: Case, now: float, out: list[Effect]) -> None:
    """Half of a deferred question's time is over and nobody has answered: the next rank is asked, once."""
    case.escalated = True
    note(case, now, "clock", "escalated", out)
    out += [Told(EVERY_TEACHER, "confirm", case.decision.id, "asked"), Changed(case.decision)]
