"""A coach is taught as any model is: what somebody calls a repetition waits, and is known after it counts. How it is
measured and promoted, the script of 04_wuqinxi_coach plays."""

import shutil

import pytest
from gongzhi import paths
from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Doubt, Other
from gongzhi.coach.taught import told
from gongzhi.learn import dataset, golden, pack
from gongzhi.learn.course import keypoints, perform_course
from gongzhi.learn.generator import Performer
from gongzhi.project import load
from gongzhi.teach.classroom import classrooms
from gongzhi.teach.memory import DRAWN, Told
from gongzhi.teach.quarantine import Note, sample_of
from gongzhi.teach.versions import data_digest

EXAMPLE = paths.share("examples") / "04_wuqinxi_coach"
LABEL = "两手托天"


@pytest.fixture
def room(tmp_path):
    found = classrooms(load(shutil.copytree(EXAMPLE, tmp_path / "project")).seen)
    assert list(found) == ["wuqinxi"]
    return found["wuqinxi"]


def watch(coach, seed):
    """What a coach says of 两手托天 of another pack, and that repetition to teach with."""
    other = pack.load("baduanjin")
    course = perform_course(
        other, [(other.form("hold_heavens"), "")], Performer(seed, style=4.0, noise=0.02), tempo=(1.2, 1.3), stand=4.0
    )
    xy, score = keypoints(course, Performer(seed, noise=0.02), lost=0.0)
    (one,) = told(coach, course.t, xy, score, (640, 480))
    return one, one.shown


def test_what_a_teacher_calls_a_doubtful_repetition_is_known_after_it_counts_and_waits_again_after_the_way_back(room):
    coach = Coach(room.pack)
    one, shown = watch(coach, 8201)
    assert isinstance(one, Doubt)
    assert one.form == "tiger_lift"
    memory = Told()
    memory.tell("r-1", shown, "", drawn=True)
    made = memory.cut("r-1", LABEL, DRAWN, 10.0)
    sample = sample_of(made)
    room.quarantine.add(made, Note(sample=sample, label=LABEL))
    data, before = dataset.load(room.data), room.versions.current()
    after = data_digest(data, (room.quarantine.recording(room.quarantine.notes()[0]),))
    room.installed(after, [sample], back=False)
    coach.learnt(dataset.load(room.data).people(), after)()
    assert coach.model == f"wuqinxi@{after}"
    known, _ = watch(coach, 8202)
    assert (type(known), known.form) == (Other, LABEL)  # and it is neither counted nor doubted
    room.installed(before, [sample], back=True)
    assert not dataset.load(room.data).people()
    assert [note.sample for note in room.quarantine.notes()] == [sample]


def test_the_golden_set_is_of_people_of_whom_no_pattern_was_made_and_all_of_it_can_be_measured(room):
    found = golden.recordings(dataset.load(room.data))
    assert {each.head.label for each in found} == set(room.about().labels)
    assert {each.head.person for each in found} == {DRAWN}
