"""The runtime's small translations: pins to values, decisions to cards, presses and scripts to answers, figures."""

import dataclasses
import re

import pytest
from gongzhi import project, text
from gongzhi.arbiter.events import Answered, StopAll
from gongzhi.clock import ManualClock
from gongzhi.errors import CameraError
from gongzhi.page import messages
from gongzhi.page.hub import Hub
from gongzhi.runtime import people, view
from gongzhi.runtime.face import Face
from gongzhi.runtime.stats import Stats, percentile
from gongzhi.runtime.twins import WITHIN_S, Twins
from gongzhi.sim.board import BoardEvent
from gongzhi.sim.board_pins import PinEdge
from gongzhi.sim.things import thing
from gongzhi.values import Answer, Decision, Effective

from tests.runtime.conftest import EXAMPLE

MANIFEST = project.load(EXAMPLE)
PARTS, RESOURCES = MANIFEST.parts, MANIFEST.resources


def edge(freq, duty, kind="pwm"):
    return PinEdge(1.0, 18, kind, value=duty, freq=freq, by="firmware")


def decision(state="done", *, resource="lamp.level", value=1.0, id_="d-1", eff="A4", t=0.0, what=None):
    return Decision(
        id_, resource, value, 0.93, {"zh": "平举", "en": "level"}, state, Effective(eff, "dial", eff), 1, "abc", t,
        t + 8, 5.0, "agent:pose", "arms_level", what or {}, by="dial",
    )  # fmt: skip


# What a pin shows.


@pytest.mark.parametrize(
    ("part", "freq", "us_or_duty", "values"),
    [
        ("gate", 50, 500 / 20000, {"angle": 0}),
        ("gate", 50, 1500 / 20000, {"angle": 90}),
        ("gate", 100, 2500 / 10000, {"angle": 180}),
        ("gate", 50, 0, None),  # no pulse: the horn stays where it is
        ("gate", 0, 0.5, None),
        ("bell", 880, 0.5, {"tone": 880}),
        ("bell", 880, 0, {"tone": 0}),
        ("lamp", 1000, 0.25, {"level": 0.25}),
        ("lamp", 1000, 0, {"level": 0}),
        ("lamp", 1000, 1, {"level": 1}),
    ],
)
def test_a_pin_shows_what_its_part_does(part, freq, us_or_duty, values):
    found = thing(PARTS[part].kind.name, PARTS[part].pins, {}).edge(edge(freq, round(us_or_duty * 65535)))
    assert found == (None if values is None else pytest.approx(values, abs=0.2))


def test_an_edge_that_means_nothing_shows_nothing():
    assert thing("led", {"pin": 18}, {}).edge(edge(0, 1, "level")) is None
    with pytest.raises(KeyError):
        thing("button", {"pin": 18}, {})


# What a card says.


@pytest.mark.parametrize(
    ("resource", "value", "zh", "en"),
    [
        ("lamp.level", 1, "灯", "turn the .* on"),
        ("lamp.level", 0, "灯", "turn the .* off"),
        ("bell.tone", 440, "", "let the .* sound"),
        ("bell.tone", 0, "", "silence the"),
        ("gate.angle", 90, "90°", "to 90°"),
    ],
)
def test_an_act_has_words_in_both_languages(resource, value, zh, en):
    said = view.what(RESOURCES[resource], value, {})
    assert zh in said["zh"]
    assert re.search(en, said["en"])
    assert said["zh"] != said["en"]


def test_the_programs_own_words_come_first():
    assert view.what(RESOURCES["gate.angle"], 90, {"zh": "开门", "en": "open"}) == {"zh": "开门", "en": "open"}


@pytest.mark.parametrize(
    ("state", "age", "undo"), [("done", 0, True), ("done", 9.9, True), ("done", 10, False), ("executing", 0, False)]
)
def test_undo_is_offered_for_ten_seconds_after_it_was_done(state, age, undo):
    assert view.decision(decision(state, t=5.0), RESOURCES["lamp.level"], 5.0 + age)["undo"] is undo


@pytest.mark.parametrize(("state", "left"), [("proposed", 6000), ("deferred", 6000), ("done", None)])
def test_only_a_question_runs_out(state, left):
    assert view.decision(decision(state, t=5.0), RESOURCES["lamp.level"], 7.0)["remaining_ms"] == left


def test_a_notice_speaks_both_languages_whatever_is_inside(monkeypatch):
    text.choose("en")
    inner = CameraError("The file {file} does not exist.", "Check the folder’s name.", file="x")
    said = view.both("No pose model: the drawn person’s own joints are used. ({why})", why=inner)
    assert inner.text("zh") in said["zh"]
    assert inner.text("en") in said["en"]


# What people do.


class Desk:
    """An arbiter that asks one question at one board."""

    def __init__(self, card):
        self.card = card

    def question(self, device):
        return self.card if device == "door" else None


@pytest.mark.parametrize(
    ("device", "how", "verb"),
    [("door", "press", "confirm"), ("door", "hold1", "reject"), ("door", "fault", None), ("other", "press", None)],
)
def test_a_button_answers_what_is_asked_at_its_board(device, how, verb):
    card = decision("proposed", id_="d-7")
    wanted = verb and Answered(Answer(verb, "human:owner#door", "d-7", "abc"))
    assert people.from_button(Desk(card), device, "owner", how) == wanted


def test_a_press_without_a_question_means_nothing_and_three_seconds_always_stop():
    assert people.from_button(Desk(None), "door", "owner", "press") is None
    assert people.from_button(Desk(None), "door", "visitor", "hold3") == StopAll("human:visitor#door")


def test_the_page_speaks_for_who_sits_at_it():
    assert people.from_page(messages.Stop()) == StopAll(people.PAGE)
    assert people.from_page(messages.Rearm("gate.angle")).answer == Answer("rearm", people.PAGE, resource="gate.angle")
    assert people.from_page(messages.Answer("undo", "d-1", "x")).answer == Answer("undo", people.PAGE, "d-1", "x")


def test_the_script_says_yes_and_no_in_turn_once_to_each_question():
    later, said = [], []
    script = people.Script(lambda seconds, call: later.append((seconds, call)), said.append)
    for state, eff, id_ in [
        ("proposed", "A4", "d-1"), ("proposed", "A2", "d-2"), ("proposed", "A2", "d-2"), ("confirmed", "A2", "d-2"),
        ("proposed", "A3", "d-3"), ("proposed", "A2", "d-4"),
    ]:  # fmt: skip
        script.changed(decision(state, eff=eff, id_=id_))
    assert [seconds for seconds, _ in later] == [people.THINKS_S] * 3
    assert said == []
    for _, call in later:
        call()
    assert [(one.answer.id, one.answer.verb) for one in said] == [
        ("d-2", "confirm"), ("d-3", "reject"), ("d-4", "confirm"),
    ]  # fmt: skip


# Figures.


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([3], 0.99, 3),
        ([4, 1, 3, 2], 0.5, 2),
        ([1, 2, 3], 0.5, 2),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 101)), 0.07, 7),
        ([1, 2], 0, 1),
        ([1, 2], 1, 2),
    ],
)
def test_a_percentile_is_the_nearest_rank(values, share, expected):
    assert percentile(values, share) == expected


def test_case_20_about_what_nobody_could_be_asked_is_counted():
    stats = Stats()
    for id_ in ("d-1", "d-1", "d-2"):
        stats.decided(dataclasses.replace(decision("expired", id_=id_), reason="unasked"))
    stats.decided(dataclasses.replace(decision("expired", id_="d-3"), reason="silence"))
    assert stats.unasked == 2


def test_a_decision_that_is_shown_again_is_counted_once():
    stats = Stats()
    for state in ("proposed", "proposed", "confirmed", "confirmed", "done", "done"):
        stats.decided(decision(state))
    stats.decided(decision("done", id_="d-2"))
    assert stats.unasked == 0
    result = stats.result()
    assert (result["decisions"], result["confirmed"], result["acked"]) == (2, 1, 2)
    assert result["e2e_ms_p50"] is None


class Sighted:
    """A sight in which nobody is seen, or somebody whose word is `person`."""

    def __init__(self, person="none", keypoints=None, others=0):
        self.person, self.keypoints, self.others = person, keypoints, others


def posted(face):
    found = []
    face.hub.post = lambda message, key: found.append(message)
    return found


def test_frames_per_second_fall_when_no_frame_comes():
    face = Face(MANIFEST, Hub(), Stats())
    found = posted(face)
    clock = ManualClock(100.0)
    for _ in range(60):
        face.person(Sighted(), clock.forward(0.1))
    face.figures(0, None, clock.now())
    face.figures(0, None, clock.forward(2.0))
    face.figures(0, None, clock.forward(9.0))
    fps = [one["fps"] for one in found if one["type"] == "stats"]
    assert fps[0] == pytest.approx(10, abs=0.5)
    assert 4 < fps[1] < 6
    assert fps[2] == 0


def test_how_a_person_stands_is_told_when_it_changes_with_advice_where_it_can_be_better(capsys):
    face = Face(MANIFEST, Hub(), Stats())
    found = posted(face)
    for now, word in enumerate(["none", "one", "one", "far", "cut", "far", "one", "dark"]):
        face.person(Sighted(word, object() if word in ("one", "far", "cut") else None), float(now))
    assert [one["state"] for one in found if one["type"] == "person"] == [
        "none", "one", "far", "cut", "far", "one", "dark",
    ]  # fmt: skip
    advice = [(one["on"], one["text"]["en"][:11]) for one in found if one["type"] == "notice"]
    assert advice == [
        (True, "You are too"), (True, "Part of you"), (True, "You are too"), (False, ""), (True, "It is too d"),
    ]  # fmt: skip
    assert len(capsys.readouterr().err.splitlines()) == 3  # the second "too far" follows too soon on the first


def test_everybody_who_is_seen_is_counted():
    face = Face(MANIFEST, Hub(), Stats())
    found = posted(face)
    for sighted in (Sighted("one", object()), Sighted("many", object(), 1), Sighted("many", None, 1), Sighted("none")):
        face.person(sighted, 0.0)
        face.figures(0, None, 0.0)
    assert [one["people"] for one in found if one["type"] == "stats"] == [1, 2, 1, 0]


def test_a_cameras_trouble_is_told_when_it_changes():
    face = Face(MANIFEST, Hub(), Stats())
    found = posted(face)
    gone = CameraError("The file {file} does not exist.", "Check the folder’s name.", file="x")
    for trouble in (None, None, gone, gone, None):
        face.figures(0, trouble, 0.0)
    told = [(one["on"], bool(one["text"]["en"])) for one in found if one["type"] == "notice"]
    assert told == [(False, False), (True, True), (False, False)]
    assert [one["state"] for one in found if one["type"] == "person"] == ["none"]


# Two boards with one id.


def test_another_chip_within_two_minutes_is_a_twin():
    twins = Twins()
    assert twins.online("door", {"chip": "a"}, 0) is False
    assert twins.online("door", {"chip": "a"}, 5) is False
    assert twins.online("gate", {"chip": "b"}, 5) is False
    assert twins.online("door", {"chip": "b"}, 6) is True
    assert twins.two("door", 5 + WITHIN_S) is False


def test_a_board_that_was_replaced_is_none():
    twins = Twins()
    twins.online("door", {"chip": "a"}, 0)
    assert twins.online("door", {"chip": "b"}, WITHIN_S) is False


def test_a_board_may_say_it_itself_and_a_hostile_one_anything():
    twins = Twins()
    assert twins.online("door", {"chip": "a", "twin": 1}, 0) is True
    for chip in ([], {}, None, "x" * 1_000_000, *range(100)):
        twins.online("door", {"chip": chip}, 0)
    assert sum(map(len, twins._chips["door"])) <= 96


def test_a_boards_restart_stays_to_be_read_however_quick_it_was():
    face = Face(MANIFEST, Hub(), Stats())
    found = posted(face)
    face.virtual("door", BoardEvent(10.0, "exit", {"cause": "crash", "detail": "", "code": -9, "wait": 0.1}))
    face.virtual("door", BoardEvent(10.3, "wifi", {"state": "joined"}))
    face.figures(0, None, 11.0)
    face.figures(0, None, 17.0)
    said = [(one["on"], one["text"]["en"]) for one in found if one.get("id") == "board/door"]
    assert [on for on, _ in said] == [True, False]
    assert "starts again" in said[0][1]


def test_a_card_says_that_the_act_stands_no_longer_and_how_long_it_stood():
    done = dataclasses.replace(decision("done", t=5.0), until=10.0)
    assert not view.decision(done, RESOURCES["lamp.level"], 9.9)["over"]
    card = view.decision(done, RESOURCES["lamp.level"], 10.0)
    assert (card["over"], card["total_ms"]) == (True, 5000)
