"""Every pack that comes with Gongzhi works as data alone: read, recognised, scored, spoken of in both languages."""

import pytest
from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Repetition
from gongzhi.coach.feedback import Say
from gongzhi.coach.patterns import followed
from gongzhi.learn import pack
from gongzhi.learn.course import keypoints, perform_course, whole
from gongzhi.learn.generator import Performer
from gongzhi.runtime.coaching import line
from gongzhi.text import LANGUAGES
from gongzhi.values import Keypoints
from typer.testing import CliRunner

KNOWN = pack.known()
# What a pupil may never be told: that a movement is good for an organ or against an illness.
HEALTH = ("治", "病痛", "疏通", "heal", "cure", "disease")


@pytest.fixture(params=KNOWN)
def data(request):
    return pack.load(request.param)


def test_there_is_more_than_one_and_the_list_shows_them():
    from gongzhi.cli.pack import app

    assert {"wuqinxi", "baduanjin"} <= set(KNOWN)
    shown = CliRunner().invoke(app, ["list"]).output
    assert all(name in shown for name in KNOWN)


def test_all_that_is_read_is_there_in_both_languages_and_promises_nothing(data):
    for form in data.forms:
        said = [form.title, form.how, form.errors, form.unseen, form.cue]
        said += [text for check in form.checks for text in (check.good, check.cue)]
        assert all(set(text) == set(LANGUAGES) for text in said if text), form.id
        assert not [word for text in said[1:] for each in text.values() for word in HEALTH if word in each], form.id
        assert all(phase.zh for phase in form.phases)
        assert set(form.sources) <= set(data.sources)
        assert form.sources or not form.verified
    assert set(data.notice) == set(LANGUAGES)


def test_somebody_whom_no_pattern_was_made_from_is_followed_scored_and_spoken_to(data):
    who = Performer(5101, style=6.0, noise=0.02)
    seen = followed(data)
    order = [(form, side) for form, side in whole(data, 1) if form.id in seen]
    course = perform_course(data, order, who, tempo=(1.2, 1.3))
    xy, score = keypoints(course, who)
    coach, events = Coach(data), []
    for i, t in enumerate(course.t):
        events += coach.see(Keypoints(xy[i], score[i], float(t), i, (640, 480), "truth"), float(t))[1]
    events += coach.end()
    done = [each for each in events if isinstance(each, Repetition)]
    assert [each.form for each in done] == [form.id for form, _ in order]
    scored = [each.score.total for each in done if data.form(each.form).checks]
    assert min(scored) > 60
    said = [line(each, data) for each in events if isinstance(each, Say)]
    assert len(said) > len(scored) / 2
    assert all(set(text) == set(LANGUAGES) for text in said)


def test_what_looks_like_standing_is_left_to_people_and_said_so(data):
    seen = followed(data)
    unseen = [form for form in data.forms if form.id not in seen]
    assert [form.id for form in unseen] == {"baduanjin": ["heels"]}.get(data.name, [])
    assert all(form.unseen for form in unseen)
    assert set(data.names) <= set(Coach(data).names)  # a rule may name it, and it is never held
