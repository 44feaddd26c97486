"""Takes a desk and a moment, gives the effects of one step in a decision's life; every step makes its record first."""

from __future__ import annotations

from gongzhi.arbiter.effects import Cease, Changed, Effect, Send, Stand
from gongzhi.arbiter.record import Record
from gongzhi.arbiter.state import Arbiter, Case, Desk
from gongzhi.values import LIVE_STATES, Decision, DecisionState

Effects = list[Effect]
REST_TTL_MS = 10_000


def record(case: Case, now: float, was: str, *, saw: str = "", cmd: str = "", why: str = "", by: str = "") -> Record:
    """The record of the case's present state, reached from `was`."""
    d, p = case.decision, case.proposal
    return Record(
        seq=0,
        t=round(now, 3),
        dec=d.id,
        res=d.resource,
        epoch=d.epoch,
        from_=was,
        to=d.state,
        by=by or d.by,
        saw=f"sha:{saw}" if saw else "",
        level=d.level,
        p=d.p,
        set=p.options,
        ev=p.evidence or (f"{p.agent.removeprefix('agent:')}@{p.t:.3f}",),
        model=p.model,
        prev="",
        why=why or d.reason,
        cmd=cmd,
    )


def move(
    desk: Desk,
    case: Case,
    to: DecisionState,
    now: float,
    by: str,
    out: Effects,
    *,
    why: str = "",
    saw: str = "",
    cmd: str = "",
    until: float = 0.0,
    value: float | None = None,
) -> None:
    """One transition: the decision's new value, its record, and the word to whoever shows it. `value`: a person has
    chosen another one."""
    d = case.decision
    was = d.state
    case.decision = d = Decision(
        d.id, d.resource, d.value if value is None else value, d.p, d.because, to, d.level, desk.epoch, d.digest, now,
        until or now, d.hold, d.agent, d.trigger, d.what, by, why, d.options, d.choices,
    )  # fmt: skip
    out.append(line := record(case, now, was, saw=saw, cmd=cmd))
    line.value = value
    out.append(Changed(d))
    if desk.case is case and to not in LIVE_STATES:
        desk.case = None


def note(case: Case, now: float, by: str, why: str, out: Effects, *, saw: str = "", cmd: str = "") -> None:
    """Record that something happened to a decision that did not move it."""
    out.append(record(case, now, case.decision.state, saw=saw, cmd=cmd, why=why, by=by))


def execute(a: Arbiter, desk: Desk, case: Case, now: float, by: str, out: Effects, *, saw: str = "") -> None:
    """Give the order; it takes over from the act that stands on the resource.

    Each order has an epoch of its own: a renewal or a rest of an earlier act that comes late would otherwise pass for
    one of this act, because the guard knows owners by their epoch only.
    """
    resource, d = desk.resource, case.decision
    if desk.away:
        desk.away = False
        desk.changes.append(now)
    if desk.held:
        release(a, desk, now, d.id, "taken", out, rest=False)
    if not resource.device:
        # Information only: there is no board that could refuse it.
        move(desk, case, "executing", now, by, out, saw=saw)
        done(desk, case, now, "runtime", out)
        return
    desk.epoch += 1
    command = a.command(desk.epoch, resource.op, resource.channel, {resource.prop: d.value}, a.policy.lease_ms, d.id)
    case.command, case.sent, case.resent = command, now, False
    a.sent[command.id] = case
    move(desk, case, "executing", now, by, out, saw=saw, cmd=command.id)
    out.append(Send(resource.device, command, recorded=resource.hazard >= "H2"))


def done(desk: Desk, case: Case, now: float, by: str, out: Effects) -> None:
    """The board has acted: the act stands from now on until its hold ends."""
    until = now + case.decision.hold
    move(desk, case, "done", now, by, out, until=until)
    if case.command:
        desk.held = case
        out.append(Stand(desk.resource.device, case.command, until))


def abort(a: Arbiter, desk: Desk, case: Case, now: float, by: str, why: str, out: Effects, *, rest: bool) -> None:
    """The act will not be done. `rest`: it may have happened unseen, so the owner changes and the part goes to safe."""
    if case.command:
        a.sent.pop(case.command.id, None)
    if rest:
        desk.epoch += 1
    back = rest_order(a, desk, case.decision.id) if rest else None
    move(desk, case, "aborted", now, by, out, why=why, cmd=back.command.id if back else "")
    if back:
        out.append(back)


def release(a: Arbiter, desk: Desk, now: float, by: str, why: str, out: Effects, *, rest: bool) -> None:
    """The act that stands ends; with `rest` the part is told to go back to its safe value."""
    case = desk.held
    assert case is not None
    desk.held = None
    if case.command:
        a.sent.pop(case.command.id, None)
    d = case.decision
    # The state stays "done"; what changes is that it stands no longer.
    case.decision = Decision(
        d.id, d.resource, d.value, d.p, d.because, d.state, d.level, desk.epoch, d.digest, d.t, now, d.hold, d.agent,
        d.trigger, d.what, d.by, d.reason, d.options, d.choices,
    )  # fmt: skip
    back = rest_order(a, desk, d.id) if rest else None
    out.append(Cease(desk.resource.device, desk.resource.channel))
    out.append(record(case, now, case.decision.state, why=why, by=by, cmd=back.command.id if back else ""))
    if back:
        out.append(back)


def rest_order(a: Arbiter, desk: Desk, decision: str) -> Send | None:
    """The order that returns a part to its safe value; None where there is no board to tell."""
    resource = desk.resource
    if not resource.device or resource.device not in a.online:
        return None
    return Send(resource.device, a.command(desk.epoch, "rest", resource.channel, {}, REST_TTL_MS, decision))


def end_live(a: Arbiter, desk: Desk, now: float, by: str, why: str, out: Effects, *, rest: bool) -> None:
    """End what has not reached an end: a question is withdrawn, an act under way is aborted."""
    desk.newer = desk.waiting = None
    case = desk.case
    if case is None:
        return
    if case.decision.state in ("proposed", "deferred"):
        move(desk, case, "withdrawn", now, by, out, why=why)
    else:
        abort(a, desk, case, now, by, why, out, rest=rest)


def close_past(
    last: Record, to: DecisionState, now: float, out: Effects, *, by: str = "runtime", epoch: int = 0, cmd: str = "",
    value: float | None = None,
) -> None:  # fmt: skip
    """The next record of an earlier run's decision, of which only its `last` one is known."""
    line = Record(
        seq=0, t=round(now, 3), dec=last.dec, res=last.res, epoch=epoch or last.epoch, from_=last.to, to=to, by=by,
        saw="", level=last.level, p=last.p, set=last.set, ev=last.ev, model=last.model, prev="", why="recovered",
        cmd=cmd, value=value,
    )  # fmt: skip
    out.append(line)


def end_unread(a: Arbiter, desk: Desk, now: float, out: Effects, *, by: str, value: float | None, rest: bool) -> None:
    """An act of an earlier run has ended: `value` is how its board says that the part stands (None: it has not said).
    With `rest` the part goes to safe: nobody renews what it does."""
    unread, desk.unread = desk.unread, None
    assert unread is not None
    back = None
    if rest and not desk.stopped and desk.resource.device in a.online:
        desk.epoch += 1
        back = rest_order(a, desk, unread.last.dec)
    cmd = back.command.id if back else ""
    close_past(unread.last, "aborted", now, out, by=by, epoch=desk.epoch, cmd=cmd, value=value)
    if back:
        out.append(back)
