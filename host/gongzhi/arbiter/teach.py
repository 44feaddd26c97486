"""Takes what people teach, take back and promote, gives what may be kept and which version of a model is in force.

A sample waits in quarantine until a lesson with it was measured and a teacher has promoted it; until then nothing that
is decided rests on it (`in_force` is asked of each proposal).
"""

from __future__ import annotations

import re
from typing import Any, Final

from gongzhi.arbiter.effects import Code, Effect, Forget, Install, Keep, Told
from gongzhi.arbiter.events import Measured, Schooled
from gongzhi.arbiter.life import move
from gongzhi.arbiter.people import OWNER, TEACHER
from gongzhi.arbiter.record import occurrence
from gongzhi.arbiter.school import School
from gongzhi.arbiter.state import Arbiter
from gongzhi.values import Answer, Proposal

Effects = list[Effect]
_LABEL: Final = re.compile(r"[^\x00-\x1f/\\]{1,40}")  # as recording.Word
_DECISION: Final = re.compile(r"d-\d{1,12}")
_SAMPLE: Final = re.compile(r"[0-9a-f]{16}|")  # "": too little was seen to make one


def in_force(a: Arbiter, p: Proposal) -> bool:
    """Whether what judged this is the version in force; what no model of this project has judged always is."""
    name, _, version = p.model.partition("@")
    school = a.schools.get(name)
    return school is None or version == school.version


def _write(
    a: Arbiter, name: str, to: str, now: float, by: str, out: Effects, version: str | None = None, **more: Any
) -> None:
    """Make a record and let it count: what it says is all that changes."""
    school = a.schools.setdefault(name, School())
    line = occurrence(to, now, by, model=f"{name}@{school.version if version is None else version}", **more)
    school.apply(line)
    out.append(line)


def schooled(a: Arbiter, told: Schooled, now: float, out: Effects) -> None:
    """A run begins with a model as it lies on the disk, whatever the journal knew of it; or another is put to use."""
    before = a.schools[told.model].version if told.model in a.schools else told.version
    _write(
        a, told.model, "model", now, told.by, out, told.version, why="found" if told.by == "runtime" else "used",
        steps=told.steps, waiting=told.waiting or None,
    )  # fmt: skip
    if before != told.version:
        _end_cards(a, told.model, now, told.by, out)


def measured(a: Arbiter, told: Measured, now: float, out: Effects) -> None:
    """A lesson was measured; one about what is no longer so is none."""
    school = a.schools.get(told.model)
    if school is None or told.base != school.version or not school.holds(told.samples):
        a.counts["stale_lesson"] += 1
        return
    _write(
        a, told.model, "lesson", now, "runtime", out, told.version, of=told.base, ev=told.samples,
        why="ok" if told.ok else "worse", effect=told.effect or None,
    )  # fmt: skip


def teach(a: Arbiter, said: Answer, _place: int, now: float, out: Effects) -> None:
    """Anybody may teach; it goes to quarantine, or the record says why not."""
    school = a.schools.get(said.model)
    if school is None or not _SAMPLE.fullmatch(said.sample):
        _tell(a, said, "unknown", out)
        return
    label = said.label.strip()
    about = said.id if _DECISION.fullmatch(said.id) else ""
    code = _unfit(a, school, said, label)
    if code is not None:
        # What visitors type, or what is no label, is not written down: it may be anybody's name.
        words = (label,) if code != "exhibition" and _LABEL.fullmatch(label) else ()
        more = {"model": f"{said.model}@{school.version}", "set": words, "ev": (said.sample,), "of": about}
        out.append(occurrence("teach_rejected", now, said.seat, why=code, **more))
        _tell(a, said, code, out)
        return
    _write(a, said.model, "teach", now, said.seat, out, set=(label,), ev=(said.sample,), of=about)
    out.append(Keep(said.model, said.sample, label, said.seat, about))


def _unfit(a: Arbiter, school: School, said: Answer, label: str) -> Code | None:
    if a.exhibition:
        return "exhibition"
    if not said.consent:
        return "consent"
    if not _LABEL.fullmatch(label):
        return "label"
    if not said.sample:
        return "short"
    known = {*school.waiting, *(sample for step in school.steps for sample in step.samples)}
    if said.sample in known:
        return "dup"
    if len(school.waiting) >= a.policy.samples_all:
        return "full"
    mine = sum(seat == said.seat for seat in school.waiting.values())
    return "cap" if mine >= a.policy.samples else None


def forget(a: Arbiter, said: Answer, place: int, now: float, out: Effects) -> None:
    """A sample is taken out of quarantine: by whoever gave it, or by owner and above."""
    school = a.schools.get(said.model)
    if school is None or said.sample not in school.waiting:
        _tell(a, said, "unknown", out)
    elif place < OWNER and school.waiting[said.sample] != said.seat:
        _tell(a, said, "outranked", out)
    else:
        _write(a, said.model, "forget", now, said.seat, out, ev=(said.sample,))
        out.append(Forget(said.model, said.sample))


def promote(a: Arbiter, said: Answer, place: int, now: float, out: Effects) -> None:
    """A teacher puts a measured lesson in force, if it has made nothing worse and is about what is still so."""
    school = a.schools.get(said.model)
    if school is None or school.lesson is None:
        _tell(a, said, "unknown", out)
    elif place < TEACHER:
        _tell(a, said, "outranked", out)
    elif a.exhibition:
        _tell(a, said, "exhibition", out)
    elif not school.ready(said.sample):
        _tell(a, said, "changed", out)
    elif not school.lesson.ok:
        _tell(a, said, "worse", out)
    else:
        before, samples = school.version, school.lesson.samples
        _write(a, said.model, "model", now, said.seat, out, said.sample, why="promoted", of=before, ev=samples)
        out.append(Install(said.model, said.sample, before, samples, back=False, by=said.seat))
        _end_cards(a, said.model, now, said.seat, out)


def rollback(a: Arbiter, said: Answer, place: int, now: float, out: Effects) -> None:
    """The version before is in force again. It is a no, and as cheap: owner and above, without another question."""
    school = a.schools.get(said.model)
    if school is None or not school.steps:
        _tell(a, said, "nothing", out)
    elif place < OWNER:
        _tell(a, said, "outranked", out)
    else:
        last = school.steps[-1]
        samples = tuple(last.samples)
        _write(a, said.model, "model", now, said.seat, out, last.before, why="rollback", of=last.version, ev=samples)
        out.append(Install(said.model, last.before, last.version, samples, back=True, by=said.seat))
        _end_cards(a, said.model, now, said.seat, out)


def _end_cards(a: Arbiter, model: str, now: float, by: str, out: Effects) -> None:
    """What the version before has asked is withdrawn: at A3 silence would mean yes to what nothing stands by any more,
    and what is still so the new version asks anew. What a board does already goes on."""
    for desk in a.desks.values():
        desk.drop(lambda p: p.model.partition("@")[0] == model)
        if (case := desk.case) and case.proposal.model.partition("@")[0] == model:
            desk.asked.pop(case.question, None)
            if case.decision.state in ("proposed", "deferred"):
                move(desk, case, "withdrawn", now, by, out, why="model")


def _tell(a: Arbiter, said: Answer, code: Code, out: Effects) -> None:
    a.counts[code] += 1
    out.append(Told(said.seat, said.verb, said.id or said.model, code))
