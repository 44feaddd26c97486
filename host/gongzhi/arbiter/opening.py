"""Takes a proposal and the moment, gives the decision that it becomes: a shadow, a hint, a question or an act."""

from __future__ import annotations

from typing import Any

from gongzhi.arbiter.doubt import OPTIONS, confidence_ceiling, cost_ceiling
from gongzhi.arbiter.effects import Effect
from gongzhi.arbiter.level import effective
from gongzhi.arbiter.life import execute, move
from gongzhi.arbiter.record import Record, card_digest
from gongzhi.arbiter.state import Arbiter, Asked, Case, Desk
from gongzhi.values import LEVELS, Decision, Effective, Level, Proposal

Effects = list[Effect]


def level_now(a: Arbiter, desk: Desk, p: Proposal, now: float) -> Effective:
    """The level in force for this proposal at this moment.

    After a hand-back the agent returns by stages: not before the cool-down is over and on evidence from after the
    release; its first act is announced (A3), and its first decisions run one level lower.
    """
    resource = desk.resource
    sure = confidence_ceiling(a, desk, p, now)
    more: tuple[tuple[str, Level], ...] = (
        ("confidence", sure),
        ("cost", cost_ceiling(desk, p)),
        ("rule", _rule_ceiling(p)),
    )
    if p.sim and resource.hazard >= "H1" and resource.device not in a.virtual:
        more = (("sim", "A0"),)
    elif desk.lease:
        more = (("holder", "A0"),)
    elif _cooling(a, desk, p, now):
        more = (("handback", "A0"),)
    level = effective(
        resource,
        desk.asked_level,
        age=now - p.t,
        ttl=p.ttl,
        # Before the board has said how an earlier run's act has ended, it is as good as not there.
        online=not resource.device or (resource.device in a.online and desk.unread is None),
        stopped=desk.stopped,
        recorded=a.recorded,
        raising=p.value != resource.safe,
        more=more,
    )
    if level.eff == "A0":
        return level
    lower = LEVELS[LEVELS.index(level.eff) - 1] if desk.staged or desk.kept else level.eff
    lower = min(lower, "A3") if desk.away else lower
    return level if lower == level.eff else Effective(lower, "handback", level.req)


def _rule_ceiling(p: Proposal) -> Level:
    """What the rule itself allows: a question with several answers is never answered by the machine."""
    level = p.level or "A5"
    return min(level, "A2") if p.choices else level


def _cooling(a: Arbiter, desk: Desk, p: Proposal, now: float) -> bool:
    return now < desk.changed + a.policy.cool or p.t <= desk.released


def open_case(a: Arbiter, desk: Desk, p: Proposal, now: float, out: Effects, *, ask: str = "") -> None:
    """A proposal becomes a decision: a shadow at A0, a hint at A1, a question at A2, at A3 an act unless somebody says
    no in time, an act at A4 and A5. `ask`: why it is asked (once more), and never more than A2."""
    level = level_now(a, desk, p, now)
    if ask and level.eff >= ("A3" if ask == "waited" else "A2"):
        level = Effective("A2", ask, level.req)
    defers = (level.eff, level.by) == ("A1", "confidence")
    asks = defers or level.eff in ("A2", "A3")
    case = _case(a, desk, p, level, now)
    first = len(out)
    if level.eff == "A0":
        move(desk, case, "withdrawn", now, p.agent, out, why="sim_block" if level.by == "sim" else "shadow")
    elif asks and (now - a.seen >= a.policy.absent or not _may_ask(a, now)):
        move(desk, case, "expired", now, "clock", out, why="unasked")
    else:
        desk.case = case
        move(desk, case, "proposed", now, p.agent, out, until=case.decision.until)
        if defers:
            until, why = case.decision.until, p.doubt or "confidence"
            move(desk, case, "deferred", now, p.agent, out, why=why, until=until)
        elif level.eff >= "A4":
            execute(a, desk, case, now, "dial", out)
    head, d = out[first], case.decision
    assert isinstance(head, Record)
    head.value, head.what, head.because = float(p.value), p.what or None, p.because
    head.trigger, head.agent = p.trigger, p.agent
    head.deadline, head.hold, head.digest = case.wait, float(p.hold), d.digest
    head.calibrated = p.calibrated
    head.choices = [(one.label, float(one.value)) for one in p.choices] or None


def _case(a: Arbiter, desk: Desk, p: Proposal, level: Effective, now: float) -> Case:
    """The draft, with its card's digest; remembered as this question's latest."""
    id_ = f"d-{a.next}"
    a.next += 1
    value, shown, wait = float(p.value), round(p.p, 2), float(p.deadline)
    if level.eff == "A3":
        wait = p.veto or a.policy.veto
    options = p.options[:OPTIONS]
    more: dict[str, Any] = {"options": options} if options else {}
    more |= {"choices": [[one.label, float(one.value)] for one in p.choices]} if p.choices else {}
    card = card_digest(
        {"id": id_, "resource": p.resource, "value": value, "what": p.what, "because": p.because, "p": shown,
         "level": level.eff, "deadline": wait, **more},
        value, shown, wait, *(float(one.value) for one in p.choices),
    )  # fmt: skip
    decision = Decision(
        id_, p.resource, value, shown, p.because, "draft", level, desk.epoch, card, now, now + wait, p.hold, p.agent,
        p.trigger, p.what, p.agent, "", options, p.choices,
    )  # fmt: skip
    case = Case(p, decision, now, wait, swapped=desk.last is not None and desk.last.decision.state == "superseded")
    counts = level.eff > "A0" or (level.by == "handback" and not _cooling(a, desk, p, now))
    if (desk.staged or desk.kept) and counts:
        case.staged = True
        desk.staged = max(0, desk.staged - 1)
    desk.last = case
    desk.asked[case.question] = Asked(now, session=p.session)
    a.cases[id_] = case
    if len(a.cases) > a.policy.memory:
        kept = {id(one) for other in a.desks.values() for one in (other.case, other.held, other.last)}
        oldest = next((k for k, one in a.cases.items() if id(one) not in kept and one is not case), None)
        if oldest:
            del a.cases[oldest]
    return case


def _may_ask(a: Arbiter, now: float) -> bool:
    while a.asks and now - a.asks[0] >= a.policy.asks_window:
        a.asks.popleft()
    if len(a.asks) >= a.policy.asks:
        return False
    a.asks.append(now)
    return True
