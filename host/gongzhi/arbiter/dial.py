"""Takes who turns the dial of a resource, and to what; gives the new dial in force: anybody down, teachers also up."""

from __future__ import annotations

from gongzhi.arbiter.effects import Effect, Told
from gongzhi.arbiter.life import move
from gongzhi.arbiter.people import TEACHER
from gongzhi.arbiter.record import occurrence
from gongzhi.arbiter.state import Arbiter, Desk
from gongzhi.values import Answer, Effective, Level


def turn(a: Arbiter, said: Answer, place: int, now: float, out: list[Effect]) -> None:
    """A person of rank `place` says "dial"."""
    desk, level = a.desks.get(said.resource), said.level
    if desk is None or level is None:
        a.counts["unknown"] += 1
        out.append(Told(said.seat, said.verb, said.resource, "unknown"))
    elif level == desk.asked_level and not (desk.kept and place >= TEACHER):
        out.append(Told(said.seat, said.verb, said.resource, "already"))
    elif level > desk.asked_level and place < TEACHER:
        a.counts["outranked"] += 1
        out.append(Told(said.seat, said.verb, said.resource, "outranked"))
    else:
        if place >= TEACHER:
            desk.staged, desk.kept = 0, False
        set_dial(desk, level, now, said.seat, out)


def set_dial(desk: Desk, level: Level, now: float, by: str, out: list[Effect], *, why: str = "") -> None:
    """Set the dial and record it. A card of a higher level is withdrawn and its proposal asked anew, whatever
    else waits: at A3 silence would have meant yes, and who lowered the dial meant that it shall not."""
    desk.asked_level = level
    out.append(
        occurrence(
            "dial", now, by, res=desk.resource.id, epoch=desk.epoch, level=Effective(level, "dial", level), why=why
        )
    )
    case = desk.case
    if case is not None and case.decision.state in ("proposed", "deferred") and case.decision.level.eff > level:
        desk.newer = desk.newer or case.proposal
        move(desk, case, "withdrawn", now, by, out, why="dial")
