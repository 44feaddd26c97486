"""Takes a person's answer, gives what follows: a no is cheap and may come late, a yes is specific and perishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gongzhi.arbiter.dial import turn
from gongzhi.arbiter.doubt import OPTIONS
from gongzhi.arbiter.effects import Changed, Code, Effect, Told
from gongzhi.arbiter.lease import handback, override
from gongzhi.arbiter.life import abort, execute, move, note, release
from gongzhi.arbiter.opening import open_case
from gongzhi.arbiter.people import EVERY_TEACHER, HIGHEST, OWNER, TEACHER, is_teacher, rank
from gongzhi.arbiter.record import Record
from gongzhi.arbiter.rivals import alternative
from gongzhi.arbiter.state import ASKED, Arbiter, Asked, Case, Desk
from gongzhi.arbiter.stop import rearm, stop_all
from gongzhi.arbiter.teach import forget, in_force, promote, rollback, teach
from gongzhi.values import Answer

Effects = list[Effect]


def answer(a: Arbiter, said: Answer, now: float, out: Effects) -> None:
    """Do what a person says, or tell them why not."""
    place = rank(said.seat)
    if place is None:
        a.counts["seat"] += 1
        return
    if a.seen <= now:
        a.seen = now  # who presses is there
    if said.verb == "stop":
        stop_all(a, now, said.seat, out)
        return
    if a.crowd.too_fast(said.seat, now):
        a.counts["rate"] += 1
        _tell(out, said, "rate")
        return
    if (by_resource := _BY_RESOURCE.get(said.verb)) is not None:
        by_resource(a, said, place, now, out)
        return
    if said.verb not in ("confirm", "edit", "reject", "undo"):
        a.counts["verb"] += 1
        _tell(out, said, "verb")
        return
    case = a.cases.get(said.id)
    if case is None or case.decision.reason in ("shadow", "sim_block", "unasked"):
        # What was never shown cannot have been answered.
        a.counts["unknown"] += 1
        _tell(out, said, "unknown")
        return
    desk = a.desks[case.decision.resource]
    if said.verb in ("confirm", "edit"):
        _yes(a, desk, case, said, place, now, out)
    else:
        _no(a, desk, case, said, place, now, out)


def _tell(out: Effects, said: Answer, code: Code) -> None:
    out.append(Told(said.seat, said.verb, said.id, code))


def _refuse(case: Case, said: Answer, code: Code, now: float, out: Effects) -> None:
    """Record and tell that an answer does not do what it says."""
    note(case, now, said.seat, code, out, saw=said.digest)
    _tell(out, said, code)


def _repeat(case: Case, said: Answer, now: float, out: Effects) -> bool:
    """True for an answer that the same person has already given to the same decision; recorded once."""
    key = (said.seat, said.verb)
    if key not in case.heard:
        case.heard.add(key)
        return False
    if (again := (said.seat, said.verb + " dup")) not in case.heard:
        case.heard.add(again)
        note(case, now, said.seat, "dup", out, saw=said.digest)
    _tell(out, said, "dup")
    return True


def _yes(a: Arbiter, desk: Desk, case: Case, said: Answer, place: int, now: float, out: Effects) -> None:
    if said.digest != case.decision.digest:
        _refuse(case, said, "changed", now, out)
        out.append(Changed((desk.case or case).decision))
    elif place < OWNER or place <= case.above:
        _refuse(case, said, "outranked", now, out)
    elif desk.case is case and case.decision.state in ASKED and _locked(a, desk, case, said, now):
        # Not "heard": after the lock the same person may say yes and mean this card.
        _refuse(case, said, "locked", now, out)
    elif said.verb == "edit" and not _can_be(desk, said.value):
        _refuse(case, said, "range", now, out)
    elif said.verb == "confirm" and case.decision.state == "proposed" and case.decision.level.eff == "A1":
        _refuse(case, said, "hint", now, out)
    elif _repeat(case, said, now, out):
        pass
    elif case.decision.state in ASKED:
        case.yes = (said.seat, now)
        if said.verb == "edit":
            _edit(desk, case, said, now, out)
        else:
            move(desk, case, "confirmed", now, said.seat, out, saw=said.digest)
        execute(a, desk, case, now, said.seat, out)
    elif case.decision.state in ("confirmed", "edited", "executing", "done"):
        _refuse(case, said, "already", now, out)
    else:
        _late_yes(a, desk, case, said, place, now, out)


def _can_be(desk: Desk, value: float | None) -> bool:
    return value is not None and desk.resource.low <= value <= desk.resource.high


def _locked(a: Arbiter, desk: Desk, case: Case, said: Answer, now: float) -> bool:
    """Whether what they answer to has only just come under their finger: the card, or what stands beside it."""
    chosen = said.verb == "edit" and said.value in desk.offers and now - desk.offers_t < a.policy.lock
    return chosen or (case.swapped and now - case.shown < a.policy.lock)


def _edit(desk: Desk, case: Case, said: Answer, now: float, out: Effects) -> None:
    """A person's own value; where it is what another agent has proposed beside the card, that is what is decided, with
    its reason and for its time."""
    p, first = alternative(desk), len(out)
    if p is None or p.value != said.value:
        move(desk, case, "edited", now, said.seat, out, saw=said.digest, value=said.value)
        return
    desk.newer, desk.waiting = None, desk.newer  # what the card's agent has said since, is now another one's
    desk.asked[p.question] = Asked(now, session=p.session)
    case.card, case.proposal, case.gone = case.proposal, p, False
    case.decision = replace(
        case.decision, p=round(p.p, 2), because=p.because, hold=float(p.hold), agent=p.agent, trigger=p.trigger,
        what=p.what, options=p.options[:OPTIONS],
    )  # fmt: skip
    move(desk, case, "edited", now, said.seat, out, saw=said.digest, value=said.value)
    line = out[first]
    assert isinstance(line, Record)
    line.what, line.because, line.trigger, line.agent = p.what or None, p.because, p.trigger, p.agent
    line.hold, line.calibrated = float(p.hold), p.calibrated


def _late_yes(a: Arbiter, desk: Desk, case: Case, said: Answer, place: int, now: float, out: Effects) -> None:
    """A yes to what has ended never executes; where it may still be meant, it becomes a fresh question."""
    # A lower rank's no of just before gives way to a higher rank's yes; of equals the no holds.
    against = case.no if case.no and case.no[0] != said.seat and now - case.no[1] <= a.policy.conflict else None
    rival = (rank(against[0]) or 0) if against else place
    higher, equal = place > rival, against is not None and place == rival
    _refuse(case, said, "outranked" if place < rival else "conflict" if equal else "late_yes", now, out)
    if higher and against:
        out.append(Told(against[0], "reject", case.decision.id, "outranked"))
    elif equal:
        _ask_next(a, desk, case, place, now, out)
    # An edited value was the person's own: they can set it by an override.
    meant = said.verb == "confirm" and (case.decision.state == "expired" or higher)
    # What stands, and a question without an owner's level, is decided again in open_case.
    meant = meant and case.decision.t > desk.changed and in_force(a, case.proposal)
    if meant and desk.last is case and not desk.queue and not case.gone and not desk.stopped:
        open_case(a, desk, replace(case.proposal, t=now), now, out, ask="late")


def _ask_next(a: Arbiter, desk: Desk, case: Case, place: int, now: float, out: Effects) -> None:
    """Two people of the rank `place` have contradicted each other: the no holds, and the next rank is asked."""
    free = desk.case is None and not desk.queue and not desk.stopped
    if place >= HIGHEST or case.gone or not free or not in_force(a, case.proposal):
        return
    open_case(a, desk, replace(case.proposal, t=now), now, out, ask="conflict")
    if desk.case is not None:
        desk.case.above = place
        out.append(Told(EVERY_TEACHER, "confirm", desk.case.decision.id, "asked"))


def _no(a: Arbiter, desk: Desk, case: Case, said: Answer, place: int, now: float, out: Effects) -> None:
    if _repeat(case, said, now, out):
        return
    state = case.decision.state
    confirmed = case.yes if case.yes and now - case.yes[1] <= a.policy.conflict else None
    if confirmed and place < (rank(confirmed[0]) or 0):
        _refuse(case, said, "outranked", now, out)
        return
    why = "conflict" if confirmed and place == rank(confirmed[0]) and confirmed[0] != said.seat else "late_no"
    if state in ASKED:
        case.no = (said.seat, now)
        move(desk, case, "rejected", now, said.seat, out, saw=said.digest, why="no")
    elif state in ("confirmed", "edited", "executing"):
        abort(a, desk, case, now, said.seat, why, out, rest=True)
    elif state == "done":
        _take_back(a, desk, case, said, why, now, out)
    else:
        _refuse(case, said, "late_no", now, out)
        if desk.waiting is not case.proposal:
            return
        desk.waiting = None  # a higher agent's card took its place while they pressed
    if case.staged:
        desk.kept = True
    if (snooze := case.proposal.snooze) is not None:
        # The person has said for how long: also where the evidence goes and comes meanwhile.
        desk.asked[case.question] = Asked(now, now + snooze, case.proposal.session, snoozed=True)
    elif not case.gone and (asked := desk.asked.get(case.question)):
        asked.quiet_until = now + a.policy.suppress
    if why == "conflict":
        _ask_next(a, desk, case, place, now, out)


def _take_back(a: Arbiter, desk: Desk, case: Case, said: Answer, why: str, now: float, out: Effects) -> None:
    """Undo what was done where that is possible; else go no further with it."""
    if desk.resource.reversible and now - case.decision.t <= a.policy.undo:
        stands = desk.held is case
        if stands:
            desk.epoch += 1
            release(a, desk, now, said.seat, "undo", out, rest=True)
        move(desk, case, "undone", now, said.seat, out, why=why, saw=said.digest)
        return
    if desk.held is case:
        desk.epoch += 1
        release(a, desk, now, said.seat, "late_no", out, rest=True)
    else:
        note(case, now, said.seat, "late_no", out, saw=said.digest)
    _tell(out, said, "late_no")


def _rearm(a: Arbiter, said: Answer, place: int, now: float, out: Effects) -> None:
    """Allow one resource again, or, where none is named, all that this person may."""
    named = a.desks.values() if not said.resource else [desk] if (desk := a.desks.get(said.resource)) else []
    stopped = [desk for desk in named if desk.stopped]
    mine = [desk for desk in stopped if place >= TEACHER and (not desk.room or is_teacher(said.seat))]
    if not named:
        a.counts["unknown"] += 1
        _tell(out, said, "unknown")
    elif place < TEACHER:
        a.counts["outranked"] += 1
        _tell(out, said, "outranked")
    elif not stopped:
        _tell(out, said, "already")
    elif not mine:
        a.counts["outranked"] += 1
        _tell(out, said, "room")
    rearm(a, mine, now, said.seat, out)


_BY_RESOURCE: Final[dict[str, Callable[[Arbiter, Answer, int, float, Effects], None]]] = {
    "rearm": _rearm, "dial": turn, "override": override, "handback": handback,
    "teach": teach, "forget": forget, "promote": promote, "rollback": rollback,
}  # fmt: skip
