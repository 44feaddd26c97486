"""A teacher's recordings become a pack, by which pupils with other bodies are then recognised."""

import numpy as np
import pytest
from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Repetition
from gongzhi.coach.recording import make, repetitions
from gongzhi.errors import DataError
from gongzhi.learn.course import keypoints, perform_course
from gongzhi.learn.files import encode
from gongzhi.learn.generator import Performer
from gongzhi.learn.recording import Recording, head_of
from gongzhi.values import Keypoints

SIZE = (640, 480)
FORMS = ("tiger_lift", "deer_antlers", "bird_fly")


def course_of(wuqinxi, names, seed, count=1):
    who = Performer(seed, style=5.0, noise=0.02)
    order = [(form, "left" if form.sided else "") for form in map(wuqinxi.form, names) for _ in range(count)]
    course = perform_course(wuqinxi, order, who, fps=10.0, pauses=(1.5, 2.0), stand=4.0)
    return course, keypoints(course, who, lost=0.0)


@pytest.fixture
def recorded(wuqinxi, tmp_path):
    paths = []
    for name in FORMS:
        course, (xy, score) = course_of(wuqinxi, [name], 61, count=3)
        recording = Recording(name, head_of(name, SIZE, person="p61", source="generated"), course.t, xy, score)
        paths.append(tmp_path / f"{name}.jsonl")
        paths[-1].write_bytes(encode(recording))
    return paths


def test_a_recorded_pack_knows_other_people(wuqinxi, recorded, tmp_path):
    made, taken = make(recorded, tmp_path / "dance", "我们的舞", sided=["deer_antlers", "bird_fly"])
    assert made.names == FORMS
    assert [each.repetitions for each in taken][:1] == [3]
    course, (xy, score) = course_of(wuqinxi, FORMS, 62)
    coach, said = Coach(made), []
    for i, t in enumerate(course.t):
        _, events = coach.see(Keypoints(xy[i], score[i], float(t), i, SIZE, "truth"), float(t))
        said += [each.form for each in events if isinstance(each, Repetition)]
    assert said == list(FORMS)
    # What was shown can be done by anybody, such as the drawn person of a script.
    for limb in ("upper_arm", "forearm", "thigh", "shank"):
        assert made.lengths[limb] == pytest.approx(wuqinxi.lengths[limb], abs=0.12)
    who = Performer(63, style=4.0, noise=0.02)
    course = perform_course(made, [(form, "right" if form.sided else "") for form in made.forms], who, stand=4.0)
    xy, score = keypoints(course, who, lost=0.0)
    coach, found = Coach(made), []
    for i, t in enumerate(course.t):
        _, events = coach.see(Keypoints(xy[i], score[i], float(t), i, SIZE, "truth"), float(t))
        found += [(each.form, each.side) for each in events if isinstance(each, Repetition)]
    assert found == [("tiger_lift", ""), ("deer_antlers", "right"), ("bird_fly", "right")]


def test_what_shows_no_repetition_is_refused_and_nothing_is_written(wuqinxi, tmp_path):
    course, (xy, score) = course_of(wuqinxi, ["tiger_lift"], 61)
    rows = course.t < 3.5
    still = Recording("still", head_of("still", SIZE), course.t[rows], xy[rows], score[rows])
    with pytest.raises(DataError, match="still"):
        repetitions(still)
    busy = (course.t > course.bouts[0].start + 2) & (course.t < course.bouts[0].stop - 2)
    moving = Recording("busy", head_of("busy", SIZE), course.t[busy], xy[busy], score[busy])
    (tmp_path / "busy.jsonl").write_bytes(encode(moving))
    with pytest.raises(DataError, match="busy"):
        make([tmp_path / "busy.jsonl"], tmp_path / "new", "x")
    assert not (tmp_path / "new").exists()
    assert np.isfinite(xy).all()


def test_a_pack_is_not_written_over(recorded, tmp_path):
    make(recorded[:1], tmp_path / "dance", "x")
    with pytest.raises(DataError, match="dance"):
        make(recorded[:1], tmp_path / "dance", "x")
