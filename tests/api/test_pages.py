"""The pages of docs/api: each example is run, hands over what it declares, and its functions do what they say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from gongzhi import Project, project
from gongzhi.api import running
from gongzhi.api.body import Body
from gongzhi.api.dispatch import Dispatch
from gongzhi.errors import ConfigError
from gongzhi.heard import Ears
from gongzhi.seen import FINGERS
from gongzhi.values import LANDMARKS
from gongzhi_node import wire

DOCS = Path(__file__).parents[2] / "docs" / "api"
PAGES = sorted(path.name for path in DOCS.glob("*.md") if path.name != "README.md")


def code(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


class Recorder:
    """In the runner's place: what the program hands over and proposes, with the dispatch that it listens to."""

    def __init__(self, of, url, top):
        Recorder.last, self.project, self.dispatch, self.said = self, of, Dispatch(of, 0.0), []
        self.declared = Ears("local", "pages").hear(f"{top}/_co/declare", running.packed(of), 0.0)
        of.begin(self)

    def run(self):
        """Nothing is heard here but what the test says."""

    def propose(self, message, then=None):
        self.said.append(("propose", wire.pack({**message, "ref": "p-1"})))
        proposal = running.Proposal("p-1")
        proposal.hear(None)
        return proposal

    def say(self, text):
        self.said.append(("say", wire.pack({"text": text})))

    def judged(self, t, p):
        self.said.append(("own", (t, p)))

    def hear(self, topic, **message):
        for _, call in self.dispatch.hear(f"v1/local/pages/{topic}", wire.pack(message)):
            call()


@pytest.fixture
def run(tmp_path, monkeypatch):
    shutil.copy(DOCS / "project.toml", tmp_path)
    monkeypatch.setattr(running, "Runner", Recorder)
    monkeypatch.setenv(running.ENV_BROKER, "mqtt://127.0.0.1:1")
    monkeypatch.setenv(running.ENV_TOPIC, "v1/local/pages")
    monkeypatch.delenv(running.ENV_ACTIONS, raising=False)

    init = Project.__init__
    monkeypatch.setattr(Project, "__init__", lambda self: init(self, tmp_path))

    def whole(page):
        (source,) = code(page, "python")
        exec(compile(source, page, "exec"), {"__name__": page})
        return Recorder.last

    return whole


@pytest.mark.parametrize("name", PAGES)
def test_an_example_runs_and_what_it_declares_is_understood(run, name):
    made = run(name)
    ((declared),) = made.declared
    assert declared.rules == tuple(made.project.rules)
    assert all(made.project._manifest.condition(rule) is not None for rule in declared.rules)


def test_every_page_is_on_the_list_and_every_noun_has_one():
    listed = (DOCS / "README.md").read_text("utf-8")
    assert [page for page in PAGES if f"({page})" not in listed] == []
    assert len(PAGES) == 10


def test_the_functions_of_the_pages_do_what_they_say(run, capsys):
    made = run("sensor.md")
    made.hear("b1/up/s", t=1, s=1, d={"climate": 21.5, "climate.humidity": 40, "soil": 12})
    assert capsys.readouterr().out == "soil 12.0 % 21.5 40.0\n"
    made = run("switch.md")
    for value in (0, 1, 0):
        made.hear("b1/up/s", t=1, s=1, d={"mat": value})
    assert capsys.readouterr().out == "somebody stands there True\nnobody any more\n"
    made = run("button.md")
    made.hear("b1/up/ev/button", ch="button", ev="press", q="1:1", t=1)
    made.hear("b1/up/ev/button", ch="button", ev="hold1", q="1:2", t=1)
    assert [kind for kind, _ in made.said] == ["propose", "say"]
    made = run("output.md")
    made.hear("b1/up/ev/button", ch="button", ev="press", q="1:1", t=1)
    assert capsys.readouterr().out == "dropped  None\n"
    ((kind, payload),) = made.said
    (heard,) = Ears("local", "pages").hear(f"v1/local/pages/_co/{kind}", payload, 7.0)
    assert (heard.proposal.resource, heard.proposal.p, heard.proposal.hold) == ("lamp.level", 0.9, 30.0)
    made = run("condition.md")
    for watch in made.project.watches:
        made.hear("_co/met", trigger=watch.trigger, on=True)
    assert capsys.readouterr().out == "dry\nthe same\ndamp\n"
    made = run("decided.md")
    what = made.project.rules[0].what  # the answer to this question, and to none other of its condition
    made.hear(
        "_co/decision", id="d-1", state="done", what=what, because={"en": "b"}, p=1, by="runtime", value=1.0,
        level={"eff": "A2"}, trigger=made.project.rules[0].watch.trigger, resource="ask.answer",
        choices=[{"label": {"en": "a bottle"}, "value": 1.0}],
    )  # fmt: skip
    assert capsys.readouterr().out == f"d-1 {what['en']} b done runtime A2\n"
    assert b"chosen: a bottle" in made.said[0][1]


def seen(**joints):
    return [joints.get(name) for name in LANDMARKS]


def test_a_recogniser_judges_what_is_seen(run):
    made = run("body.md")
    together = seen(left_wrist=[0.1, 0.8], right_wrist=[-0.1, 0.8])
    for points in (together, seen(left_wrist=[0.9, 0.8], right_wrist=[-0.1, 0.8]), seen(left_wrist=[0, 0.8]), None):
        made.hear("_co/seen", t=3.5, p=points)
    assert made.said == [("own", (3.5, {"hands_together": p})) for p in (1.0, 0.0, 0.0)]  # one hand is not seen: no
    ((declared),) = made.declared
    assert declared.own == ("hands_together",)


def hand(*up, x=0.0, y=1.0):
    """A hand about (x, y) with these fingers stretched."""
    return {"p": [[x, y + row / 100] for row in range(21)], "f": [0.5 if name in up else -1.5 for name in FINGERS]}


def test_a_recogniser_sees_hands_and_their_fingers(run):
    made = run("hand.md")
    for hands in (
        {"right": hand("index", "middle")}, {"right": hand("index")}, {"left": hand("index", "middle")},
        {"right": hand("index", "middle", y=-1.0)}, {},
    ):  # fmt: skip
        made.hear("_co/seen", t=3.5, p=seen(nose=[0, 0.4]), h=hands)
    assert [p["victory"] for _, (_, p) in made.said] == [1.0, 0.0, 0.0, 0.0, 0.0]
    body = Body(1.0, seen(nose=[0, 0.4]), {"left": hand("thumb", x=0.3)})
    assert (body.left_hand.fingers, body.left_hand.x) == (1, pytest.approx(0.3))
    assert body.left_hand.pinky.y == pytest.approx(1.2)
    assert body.distance("left_hand", "nose") == pytest.approx(0.74, abs=0.01)
    assert (body.sees("left_hand"), body.sees("right_hand")) == (True, False)
    for wrong in (lambda: body.left_hand.up("indx"), lambda: body.left_hand.thum, lambda: body.left_hnd):
        with pytest.raises(ConfigError, match="Did you mean"):
            raise wrong() or AssertionError


def test_a_recogniser_that_is_wrong_teaches(run):
    made = run("body.md")
    made.project.recogniser = made.project.recognise("hands_together")
    body = seen(left_wrist=[0, 0], left_elbow=[0, 1], left_shoulder=[1, 1])
    angles = []
    made.project.recogniser(lambda one: angles.append(one.angle("left_wrist", "left_elbow", "left_shoulder")) or 2)
    with pytest.raises(ConfigError, match="returns 2"):
        made.project.judge(1.0, body)
    assert angles == [pytest.approx(90)]
    made.project.recogniser(lambda one: one.left_wrst)
    with pytest.raises(ConfigError, match="left_wrist"):
        made.project.judge(1.0, body)
    with pytest.raises(ConfigError, match=r"\[own.wave\]"):
        made.project.recognise("wave")


def test_a_rule_means_the_same_in_both_places(run, tmp_path):
    made = run("rule.md")
    (table,) = code("rule.md", "toml")
    (tmp_path / "project.toml").write_text((DOCS / "project.toml").read_text("utf-8") + table, "utf-8")
    assert project.load(tmp_path).rules == tuple(made.project.rules)
