"""Teaching as the arbiter's tenth verb: quarantine, measured lesson, promotion by a teacher, one press back."""

from __future__ import annotations

import pytest
from gongzhi.arbiter.record import decode, occurrence, replay
from gongzhi.stages.resolve import Answered, Forget, Install, Keep, Measured, Record, Resumed, Schooled, Told
from gongzhi.values import Answer

OWNER, VISITOR, TEACHER = "human:owner#door", "human:visitor#1", "human:teacher#1"
OLD, NEW = f"{1:016x}", f"{2:016x}"
SAMPLE, OTHER = "a" * 16, "b" * 16


def told(effects):
    return [(one.seat, one.code) for one in effects if isinstance(one, Told)]


@pytest.fixture
def school(world):
    world.do(Schooled("moves", OLD))
    return world


def teach(world, seat=OWNER, sample=SAMPLE, label="wave", *, consent=True, **more):
    return world.say("teach", seat=seat, model="moves", sample=sample, label=label, consent=consent, **more)


def measure(world, *, ok=True, version=NEW, base=OLD, samples=(SAMPLE,)):
    return world.do(Measured("moves", version, base, samples, ok, {"wave": (3, 9, 10)}))


def promote(world, seat=TEACHER, version=NEW):
    return world.say("promote", seat=seat, model="moves", sample=version, after=1.0)


def kinds(effects, kind):
    return [one for one in effects if isinstance(one, kind)]


def test_case_22_a_sample_goes_to_quarantine_with_a_record_and_moves_nothing(school):
    effects = teach(school, VISITOR)
    assert kinds(effects, Keep) == [Keep("moves", SAMPLE, "wave", VISITOR, "")]
    (record,) = kinds(effects, Record)
    assert (record.to, record.by, record.set, record.ev, record.model) == (
        "teach", VISITOR, ("wave",), (SAMPLE,), f"moves@{OLD}",
    )  # fmt: skip
    assert school.arbiter.schools["moves"].version == OLD


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"consent": False}, "consent"),
        ({"label": "a/b"}, "label"),
        ({"label": " "}, "label"),
        ({"sample": ""}, "short"),
    ],
)
def test_case_22_what_may_not_be_kept_is_rejected_with_its_reason(school, more, why):
    effects = teach(school, **more)
    assert [(one.to, one.why) for one in kinds(effects, Record)] == [("teach_rejected", why)]
    assert told(effects) == [(OWNER, why)]
    assert not kinds(effects, Keep)
    assert not school.arbiter.schools["moves"].waiting


def test_what_is_no_label_is_not_written_down_whatever_else_is_wrong(school):
    effects = teach(school, label="a/b\n" + 50 * "c", consent=False)
    assert [(one.why, one.set) for one in kinds(effects, Record)] == [("consent", ())]


def test_among_visitors_nothing_is_taught(new_world, make):
    world = new_world(make("lamp.level"), exhibition=True)
    world.do(Schooled("moves", OLD))
    effects = teach(world, label="Li Hua, 13800000000")
    assert told(effects) == [(OWNER, "exhibition")]
    assert [one.set for one in kinds(effects, Record)] == [()], "what visitors type stays out of the journal"


def test_case_22_a_seat_fills_its_own_share_and_no_more(school):
    for n in range(school.arbiter.policy.samples):
        assert kinds(teach(school, VISITOR, f"{n:016x}", after=1.0), Keep)
    effects = teach(school, VISITOR, SAMPLE, after=1.0)
    assert told(effects) == [(VISITOR, "cap")]
    assert [(one.to, one.by, one.why) for one in kinds(effects, Record)] == [("teach_rejected", VISITOR, "cap")]
    assert kinds(teach(school, OWNER, SAMPLE, after=1.0), Keep)


def test_many_seats_together_fill_no_more_than_somebody_can_look_at(school):
    most, seats = school.arbiter.policy.samples_all, 0
    while len(school.arbiter.schools["moves"].waiting) < most:
        teach(school, f"human:visitor#v{seats}", f"{seats:016x}", after=1.0)
        seats += 1
    assert seats == most
    assert told(teach(school, OWNER, SAMPLE, after=1.0)) == [(OWNER, "full")]


def test_the_same_movement_is_one_sample_also_after_it_was_promoted(school):
    teach(school)
    assert told(teach(school, after=1.0)) == [(OWNER, "dup")]
    measure(school)
    promote(school)
    assert told(teach(school, after=1.0)) == [(OWNER, "dup")]


def test_a_sample_is_taken_back_by_whoever_gave_it_or_by_the_team(school):
    teach(school, OWNER)
    assert told(school.say("forget", seat=VISITOR, model="moves", sample=SAMPLE, after=1.0)) == [(VISITOR, "outranked")]
    assert kinds(school.say("forget", seat=OWNER, model="moves", sample=SAMPLE, after=1.0), Forget)
    teach(school, VISITOR, OTHER, after=1.0)
    assert kinds(school.say("forget", seat=VISITOR, model="moves", sample=OTHER, after=1.0), Forget)


def test_case_22_only_a_teacher_promotes_and_only_what_was_measured_and_is_not_worse(school):
    assert told(promote(school)) == [(TEACHER, "unknown")]
    teach(school)
    measure(school, ok=False)
    assert told(promote(school, OWNER)) == [(OWNER, "outranked")]
    assert told(promote(school)) == [(TEACHER, "worse")]
    measure(school)
    assert told(promote(school, version="c" * 16)) == [(TEACHER, "changed")]
    effects = promote(school)
    assert kinds(effects, Install) == [Install("moves", NEW, OLD, (SAMPLE,), back=False, by=TEACHER)]
    (record,) = kinds(effects, Record)
    assert (record.to, record.why, record.model, record.of) == ("model", "promoted", f"moves@{NEW}", OLD)
    assert not school.arbiter.schools["moves"].waiting


def test_a_lesson_about_what_somebody_took_back_meanwhile_is_none(school):
    teach(school)
    measure(school)
    school.say("forget", seat=OWNER, model="moves", sample=SAMPLE, after=1.0)
    assert told(promote(school)) == [(TEACHER, "changed")]
    assert not kinds(measure(school), Record)


def test_case_22_one_press_brings_the_version_before_back_and_its_samples_wait_again(school):
    assert told(school.say("rollback", seat=OWNER, model="moves")) == [(OWNER, "nothing")]
    teach(school)
    measure(school)
    promote(school)
    assert told(school.say("rollback", seat=VISITOR, model="moves", after=1.0)) == [(VISITOR, "outranked")]
    effects = school.say("rollback", seat=OWNER, model="moves", after=1.0)
    assert kinds(effects, Install) == [Install("moves", OLD, NEW, (SAMPLE,), back=True, by=OWNER)]
    assert school.arbiter.schools["moves"].version == OLD
    assert school.arbiter.schools["moves"].waiting == {SAMPLE: OWNER}


def test_only_the_version_in_force_can_propose(school):
    teach(school)
    measure(school)
    assert school.propose("lamp.level", model=f"moves@{NEW}") is None
    assert school.propose("lamp.level", model=f"moves@{OLD}").state == "executing"


def test_a_card_of_the_version_before_is_withdrawn_and_what_it_does_already_goes_on(school):
    stands = school.done("lamp.level", model=f"moves@{OLD}", hold=60.0)
    asked = school.propose("gate.angle", model=f"moves@{OLD}")
    other = school.propose("bell.tone", trigger="door", agent="agent:sensors")
    teach(school)
    measure(school)
    promote(school)
    assert (school.state(asked), school.arbiter.decision(asked.id).reason) == ("withdrawn", "model")
    assert (school.state(other), school.state(stands)) == ("proposed", "done")
    again = school.propose("gate.angle", model=f"moves@{NEW}")
    assert again.state == "proposed", "the new version asks anew, at once"


def test_a_card_is_withdrawn_too_where_a_newly_trained_model_is_put_to_use(school):
    asked = school.propose("gate.angle", model=f"moves@{OLD}")
    effects = school.do(Schooled("moves", NEW, by=TEACHER))
    assert (school.state(asked), school.arbiter.decision(asked.id).reason) == ("withdrawn", "model")
    assert [(one.why, one.by) for one in kinds(effects, Record) if one.to == "model"] == [("used", TEACHER)]


def test_a_late_yes_to_a_version_that_is_gone_asks_nothing_afresh(school):
    card = school.propose("gate.angle", model=f"moves@{OLD}", deadline=3.0)
    school.wait(3.5)
    teach(school)
    measure(school)
    promote(school)
    effects = school.say("confirm", card)
    assert told(effects)[0][1] == "late_yes"
    assert not school.arbiter.live


def test_a_run_goes_on_with_what_was_taught_and_believes_the_disk(school, new_world, make):
    teach(school)
    measure(school)
    promote(school)
    later = new_world(make("lamp.level"), online=())
    later.do(Resumed(school.past))
    assert later.arbiter.schools["moves"].version == NEW
    later.do(Schooled("moves", OLD, (), {OTHER: OWNER}))
    assert (later.arbiter.schools["moves"].version, later.arbiter.schools["moves"].waiting) == (OLD, {OTHER: OWNER})
    assert school.arbiter.schools["moves"].version == NEW, "each run has its own"


def test_no_name_and_no_picture_is_written_down(school):
    teach(school, label="挥手")
    line = decode(school.lines[-1])
    assert line.to == "teach"
    assert len(school.lines[-1]) < 400


def test_an_answer_of_a_machine_or_nobody_teaches_nothing(school):
    said = Answer("teach", "agent:pose", model="moves", sample=SAMPLE, label="x", consent=True)
    assert school.do(Answered(said)) == []


@pytest.mark.parametrize("to", ["teach", "forget"])
def test_a_record_that_names_no_sample_is_found_and_breaks_nothing(to):
    assert len(replay([occurrence(to, 1.0, OWNER, model="moves@")]).illegal) == 1
