"""What the bus says becomes calls of a program's functions: which, with what, and never twice."""

from __future__ import annotations

import pytest
from gongzhi import Project, rests
from gongzhi.api import running
from gongzhi.api.decided import Proposal
from gongzhi.api.dispatch import Dispatch
from gongzhi.errors import ConfigError
from gongzhi.rules import Watch
from gongzhi_node import wire

TOML = """
[project]
id = "p1"
[board.b1]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 23
label = { zh = "灯", en = "light" }
[part.soil]
kind = "soil"
pin = 34
[part.mat]
kind = "switch"
pin = 21
[part.climate]
kind = "dht22"
pin = 22
[part.button]
kind = "button"
pin = 4
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("GONGZHI_ACTIONS", raising=False)
    (tmp_path / "project.toml").write_text(TOML, "utf-8")
    return Project(tmp_path)


class Bus:
    """Says things to a project's dispatch and makes the calls; `log` is what its functions did."""

    def __init__(self, project, now=0.0):
        self.dispatch, self.log, self.count = Dispatch(project, now), [], 0

    def note(self, word):
        return lambda: self.log.append(word)

    def say(self, topic, **message):
        calls = self.dispatch.hear(f"v1/local/p1/{topic}", wire.pack(message))
        for _, call in calls:
            call()
        return calls

    def sense(self, board="b1", **values):
        return self.say(f"{board}/up/s", t=1, s=1, d=values)

    def event(self, part, what, q=None):
        self.count += 1
        return self.say(f"b1/up/ev/{part}", ch=part, ev=what, q=q or f"1:{self.count}", t=1)

    def decision(self, id_="d-1", state="done", **more):
        return self.say(
            "_co/decision",
            **{"id": id_, "state": state, "what": {}, "because": {}, "p": 1, "by": "dial", "value": 1.0,
               "level": {"eff": "A2"}, **more},
        )  # fmt: skip


def test_a_sensor_is_read_by_its_value_and_by_what_it_measures(project):
    bus = Bus(project)
    soil, climate = project["soil"], project["climate"]
    assert (soil.value, soil.moisture, soil.unit) == (None, None, "%")
    soil.when_changed = lambda part: bus.log.append((part.name, part.value))
    bus.sense(soil=20)
    bus.sense(soil=20)
    bus.sense(soil=21, climate=25)
    bus.say("b1/up/s", t=1, s=1, d={"climate.humidity": 60})
    bus.sense(board="b2", soil=99)  # another board's part of that name
    assert bus.log == [("soil", 20), ("soil", 21)]
    assert (soil.moisture, climate.value, climate.temperature, climate.humidity) == (21, 25, 25, 60)
    assert climate["humidity"].value == 60
    bus.event("soil", "fault")
    assert soil.value is None
    with pytest.raises(AttributeError, match="moisture"):
        _ = soil.moistur
    with pytest.raises(ConfigError, match="humidity"):
        _ = climate["humid"]


def test_a_switch_tells_its_edges_and_not_how_it_was_found(project):
    bus, mat = Bus(project), project["mat"]
    mat.when_on, mat.when_off = bus.note("on"), bus.note("off")
    assert not mat.is_on
    for value in (1, 1, 0, 1):
        bus.sense(mat=value)
    assert (bus.log, mat.is_on) == (["off", "on"], True)


def test_a_button_tells_each_press_once(project):
    bus, button = Bus(project), project["button"]
    for name in ("when_pressed", "when_held", "when_released", "when_double_pressed"):
        setattr(button, name, bus.note(name))
    bus.sense(button=0)
    bus.event("button", "press", q="1:7")
    bus.event("button", "press", q="1:7")  # the same once more: QoS 1
    bus.sense(button=0)
    assert bus.log == ["when_pressed", "when_released"]
    bus.log.clear()
    bus.sense(button=1)
    assert button.is_pressed
    bus.event("button", "hold3")
    bus.sense(button=0)
    assert bus.log == ["when_held", "when_released"]
    button.when_pressed = None
    bus.event("button", "press")
    bus.event("button", "double")
    assert bus.log[2:] == ["when_released", "when_double_pressed"]


def test_a_condition_calls_at_both_its_ends(project):
    bus = Bus(project)
    project.when((project["soil"] < 20) & ~project["mat"], for_=2).do(bus.note("dry"), end=bus.note("wet"))
    (watch,) = project.watches
    assert watch.trigger == "soil < 20 and not mat for 2 s"
    bus.say("_co/met", trigger=watch.trigger, on=True)
    bus.say("_co/met", trigger="soil < 20", on=True)
    bus.say("_co/met", trigger=watch.trigger, on=False)
    assert bus.log == ["dry", "wet"]


def test_who_is_asked_is_told_once_and_every_step_is_heard(project):
    bus = Bus(project)
    project.when_asked = lambda one: bus.log.append(("asked", one.id))
    project.when_decided = lambda one: bus.log.append((one.state, one.choice))
    offered = [{"label": {"en": "glass"}, "value": 1.0}, {"label": {"en": "paper"}, "value": 0.0}]
    for state in ("proposed", "proposed", "edited", "done"):
        bus.decision(state=state, choices=offered)
    bus.decision("d-2", "proposed", level={"eff": "A4"})
    assert bus.log == [
        ("asked", "d-1"), ("proposed", ""), ("proposed", ""), ("edited", "glass"), ("done", "glass"), ("proposed", ""),
    ]  # fmt: skip


def test_a_proposal_is_followed_to_its_end(project):
    bus, mine, other = Bus(project), Proposal("p-1"), Proposal("p-2")
    bus.dispatch.expect(mine, lambda decided: bus.log.append(decided.state))
    bus.dispatch.expect(other, None)
    assert (mine.state, mine.wait(0)) == ("", "")
    bus.decision(state="proposed", ref="p-1")
    assert (mine.state, mine.wait(0), bus.log) == ("proposed", "proposed", [])
    bus.decision(state="rejected", ref="p-1", by="human:owner#b1")
    bus.say("_co/dropped", ref="p-2")
    assert (mine.wait(), mine.by, other.wait(), bus.log) == ("rejected", "human:owner#b1", "dropped", ["rejected"])


def test_the_answer_to_a_rules_question_reaches_its_function(project):
    bus = Bus(project)
    project.when(project["mat"]).ask("哪一种？", choices=["纸", "瓶"], then=lambda one: bus.log.append(one.choice))
    (rule,) = project.rules
    assert (rule.resource, [one.value for one in rule.choices]) == ("ask.answer", [0.0, 1.0])
    offered = [{"label": one.label, "value": one.value} for one in rule.choices]
    # What the same condition has led to besides is no answer.
    bus.decision(state="done", trigger=rule.watch.trigger, resource="lamp.level")
    assert bus.log == []
    bus.decision("d-2", state="done", trigger=rule.watch.trigger, resource=rule.resource, value=1.0, choices=offered,
                     what=rule.what)  # fmt: skip
    assert bus.log == ["瓶"]


def test_timers_are_called_in_time_and_once_after_a_pause(project):
    bus = Bus(project)
    project.every(2, bus.note("a"))

    @project.every(5)
    def b():
        bus.log.append("b")

    bus.dispatch = Dispatch(project, 100.0)

    def run(now):
        calls, wait = bus.dispatch.due(now)
        for _, call in calls:
            call()
        return wait

    assert run(100.0) == 2
    assert [run(102.0), run(104.0), run(105.0)] == [2, 1, 1]
    # Late by seven of one's times and by three of the other's: once each, and then in time as before.
    assert [run(120.5), run(120.6), run(122.0)] == pytest.approx([1.5, 1.4, 2])
    assert bus.log == ["a", "a", "b", "a", "b", "a"]


def test_a_function_may_add_a_condition_while_another_is_heard(project):
    bus = Bus(project)
    project.when("soil < 20").do(bus.note("dry"))
    (watch,) = project.watches

    class Adding(Watch):
        @property
        def trigger(self):
            project.watches[Watch("mat")] = []  # what project.when(…).do(…) does in the other thread
            return self.when

    project.watches = {Adding(watch.when): pairs for watch, pairs in project.watches.items()}
    bus.say("_co/met", trigger=watch.trigger, on=True)
    assert bus.log == ["dry"]


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b'{"id":1}', b'{"trigger":"x"}', b'{"d":{"soil":"wet"}}', b"\xff"]
)
@pytest.mark.parametrize("topic", ["_co/decision", "_co/met", "_co/dropped", "b1/up/s", "b1/up/ev/soil", "x"])
def test_what_nobody_understands_calls_nobody(project, topic, payload):
    project.when_decided = print
    assert Dispatch(project, 0.0).hear(f"v1/local/p1/{topic}", payload) == []


def two(_part, _more):
    """Wants more than anybody gives it."""


async def waits():
    """Would have to be awaited."""


@pytest.mark.parametrize(
    ("mistake", "names"),
    [
        (lambda p: bool(p["soil"] < 30), ["soil < 30", "& | ~"]),
        (lambda p: p.when(p["soil"] < 30 and p["mat"]), ["soil < 30", "&"]),
        (lambda p: p["soil"] < "30", ["soil", "30"]),
        (lambda p: p.when(3), ["3", "hands_up"]),
        (lambda p: p.when(p["soil"]), ["soil", "100%"]),
        (lambda p: p.when("soil < 30").do(print()), ["do", "None"]),
        (lambda p: setattr(p["button"], "when_pressed", 3), ["when_pressed", "3"]),
        (lambda p: setattr(p["button"], "when_pressed", print()), ["when_pressed", "None", "brackets"]),
        (lambda p: setattr(p["button"], "when_pressed", two), ["two", "wants 2", "def two():"]),
        (lambda p: p.every(1, waits), ["waits", "async", "def"]),
        (lambda p: p.every(0, print), ["every", "0.05"]),
        (lambda p: p.every("1", print), ["seconds"]),
        (lambda p: p["lamp"].propose(1), ["project.run()"]),
        (lambda p: p["lamp"].propose(2), ["lamp", "0 to 1"]),
        (lambda p: p["lamp"].propose(1, p=3), ["p", "3"]),
        (lambda p: p.say("hello"), ["project.run()"]),
        (lambda p: p.ask("?", choices=[]), ["choices"]),
        (lambda p: p.when("mat").propose(p["lamp"], 1, level="A9"), ["level", "A9", "A5"]),
        (lambda p: p.when("mat").propose(p["lamp"], 1, doubt="x"), ["doubt", "disagree"]),
        (lambda p: p.when("mat").propose(p["lamp"], 1, again=3), ["again", "10"]),
        (lambda p: p.when("mat").propose(p["lamp"], 1, costs={"wrong": 1}), ["costs", "human"]),
        (lambda p: p.when("mat").propose(p["lamp"], choices=["a", "b", "c", "d"]), ["3", "4"]),
        (lambda p: p.when("mat", hysteresis=-1), ["hysteresis"]),
    ],
)
def test_a_mistake_teaches(project, mistake, names):
    with pytest.raises(ConfigError) as caught:
        mistake(project)
    assert all(name in str(caught.value) for name in names), str(caught.value)


def test_parts_are_had_by_their_labels_and_joined_in_any_order(project):
    assert project["灯"] is project["lamp"]
    soil, mat = project["soil"], project["mat"]
    both = [("mat" & (soil < 30)), (soil < 30) | "mat", "mat" | ~mat, ~(soil >= 3) & (soil != 4)]
    assert [one.text for one in both] == [
        "(mat) and (soil < 30.0)", "(soil < 30.0) or (mat)", "(mat) or (not (mat))",
        "(not (soil >= 3.0)) and (soil != 4.0)",
    ]  # fmt: skip
    assert project.when(both[0])._watch.when == "mat and soil < 30"


def test_a_function_that_takes_long_is_said_once_with_its_line(project, monkeypatch, capsys):
    runner, published = running.Runner(project, "mqtt://127.0.0.1:1", "t"), []
    monkeypatch.setattr(runner, "_publish", lambda kind, message: published.append((kind, message["text"])))
    monkeypatch.setattr(running, "main_file", lambda: __file__)
    now = [100.0]
    monkeypatch.setattr(running.TIMING, "now", lambda: now[0])

    def endless():
        for _ in range(3):
            now[0] += 20  # the bus's thread hears boards meanwhile
            runner._hear("v1/local/p1/b1/up/s", b"{}")

    runner._call(endless)
    ((kind, said),) = published
    assert kind == "fault"
    assert 'runner._hear("v1/local/p1/b1/up/s", b"{}")' in said
    assert "30" in said
    assert said in capsys.readouterr().err
    published.clear()

    def takes(seconds):
        now[0] += seconds
        runner._hear("v1/local/p1/b1/up/s", b"{}")

    def rests_long():
        with rests.rest(40):
            takes(20)
            takes(20)
        takes(20)

    def rests_often():
        for _ in range(31):
            with rests.rest(1):
                takes(1)

    runner._call(lambda: takes(29))
    runner._call(rests_long)
    assert published == []
    runner._call(rests_often)
    assert len(published) == 1
