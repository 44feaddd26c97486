"""The arbiter's side of a run, without boards and camera: when it looks again although nobody says anything."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest
from gongzhi import project
from gongzhi.arbiter.events import Answered, Online, Proposed, StopAll
from gongzhi.arbiter.recorded import begin
from gongzhi.clock import ManualClock
from gongzhi.journal import Journal
from gongzhi.loop import Loop
from gongzhi.page import messages
from gongzhi.runtime import telling
from gongzhi.runtime.core import Core
from gongzhi.runtime.stats import Stats
from gongzhi.stages.estimate import TruthEstimator
from gongzhi.stages.send import Sender
from gongzhi.values import Answer, Proposal, Rule, Watch
from gongzhi_node import wire

TOML = """
[project]
id = "p1"
[board.b1]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 23
[part.soil]
kind = "soil"
pin = 34
[[rule]]
when = "soil < 30"
for = 2
propose = "lamp"
value = 1
"""


class Quiet:
    """A bus on which nobody is."""

    def subscribe(self, *_, **_more):
        pass

    publish = subscribe


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project.toml").write_text(TOML, "utf-8")
    return tmp_path


def play(folder, script):
    """Let `script(core, clock, happened)` run beside a core; `happened` are the arbiter's events."""

    async def run():
        clock, faults, happened = ManualClock(1000.0), [], []
        manifest = project.load(folder)
        journal = Journal.open(folder / "journal", now=clock.now())
        try:
            loop = Loop(TruthEstimator(), begin(journal, manifest.desks.values(), clock.now()), journal,
                        Sender("local", manifest.id))  # fmt: skip
            core = Core(manifest, loop, clock, Stats(), faults.append, live=True, scripted=False)
            core.begin(Quiet())
            happen = core.happen
            core.book._happen = lambda event: (happened.append(event), happen(event))
            await script(core, clock, happened)
            core.end()
        finally:
            journal.close()
        assert not faults

    asyncio.run(run())


def sense(core, **values):
    core._hearing.hear("v1/local/p1/b1/up/s", wire.pack({"t": 1, "s": 1, "d": values}))


def proposals(happened):
    return [one.proposal.trigger for one in happened if isinstance(one, Proposed)]


def test_a_dwell_time_ends_on_time_although_no_frame_and_no_reading_comes(folder):
    async def script(core, clock, happened):
        sense(core, soil=20.0)
        assert core.wake.again == pytest.approx(clock.now() + 2)
        clock.forward(2.0)
        core.wake._due()
        assert proposals(happened) == ["soil < 30 for 2 s"]

    play(folder, script)


@pytest.mark.parametrize(
    ("by", "todo"), [("human:visitor#1", "on the page"), ("human:teacher#all", "gongzhi room release")]
)
def test_what_an_earlier_run_stopped_is_said_in_the_terminal_with_the_way_out(folder, capsys, by, todo):
    async def stopped(core, clock, happened):
        assert "stopped" not in capsys.readouterr().err
        core.happen(StopAll(by))

    async def later(core, clock, happened):
        said = " ".join(capsys.readouterr().err.split())
        assert "Still stopped since an earlier run, so it does nothing: lamp." in said
        assert todo in said

    play(folder, stopped)
    play(folder, later)


def test_who_answered_is_shown_as_long_as_the_decision_is_remembered_and_no_longer(folder):
    async def script(core, clock, happened):
        cards = []
        core.telling._face.post = cards.append
        for n in range(300):
            asked = Proposal("ask.answer", 1.0, f"x{n}", 0.9, {"en": "why"}, clock.now(), level="A2")
            core.happen(Proposed(asked))
            (d,) = core.loop.arbiter.live
            core.happen(Answered(Answer("confirm", f"human:owner#o{n}", d.id, d.digest)))
            clock.forward(10.0)
        done = [one for one in cards if one["type"] == "decision" and one["state"] == "done"]
        assert {one["answered"] for one in done} >= {"human:owner#o0", "human:owner#o299"}
        assert not [one for one in vars(core.telling).values() if hasattr(one, "__len__") and len(one) > 64]

    play(folder, script)


def test_what_two_sources_want_and_a_boards_own_stop_are_told_to_the_page(folder):
    async def script(core, clock, happened):
        cards = []
        core.telling._face.post = cards.append
        core.happen(Online("b1", True, "s1"))
        for value, agent in ((1.0, "agent:pose"), (0.0, "agent:program")):
            because, t = {"en": agent}, clock.now()
            core.happen(Proposed(Proposal("lamp.level", value, "x", 0.9, because, t, level="A2", agent=agent)))
        first, again = (one for one in cards if one["type"] == "decision")
        assert (first["id"], first["instead"]) == (again["id"], None)
        assert (again["instead"]["value"], again["instead"]["because"]) == (0.0, {"en": "agent:program"})
        assert again["instead"]["what"]["zh"] == "关掉lamp"
        told = {"ch": "lamp", "d": {"level": 0}, "by": "stop", "ep": 0, "id": "t1"}
        core._hearing.hear("v1/local/p1/b1/up/state/lamp", wire.pack(told))
        stopped = [one for one in cards if one["type"] == "stopped"]
        assert [(one["on"], one["by"]) for one in stopped] == [(False, ""), (True, "board:b1")]

    play(folder, script)


@pytest.mark.parametrize("chosen", ["program", "card"])
def test_a_program_hears_what_becomes_of_its_proposal_where_a_person_chooses_between_two(folder, chosen):
    async def script(core, clock, happened):
        told = []
        core.telling._publish = lambda kind, m: m.get("ref") and told.append((kind, m.get("state"), m["ref"]))
        core.happen(Online("b1", True, "s1"))
        camera = Proposed(Proposal("lamp.level", 1.0, "x", 0.9, {"en": "x"}, clock.now(), level="A2"))
        own = {"resource": "lamp.level", "value": 0.5, "p": 1, "trigger": "y", "because": {"en": "y"}, "ref": "r1",
               "level": "A2", "deadline": 8, "hold": 5}  # fmt: skip
        steps = [lambda: core.happen(camera), lambda: core._hearing.hear("v1/local/p1/_co/propose", wire.pack(own))]
        for step in steps if chosen == "program" else reversed(steps):
            step()
        (d,) = core.loop.arbiter.live
        clock.forward(1.0)
        value = 0.5 if chosen == "program" else 1.0
        core.happen(Answered(Answer("edit", "human:owner#o", d.id, d.digest, value)))
        assert [one for one in told if one[1] != "proposed"] == [
            ("decision", "edited", "r1"),
            ("decision", "executing", "r1"),
        ]

    play(folder, script)


def test_a_program_is_told_of_each_question_that_will_not_be_asked(folder):
    async def script(core, clock, happened):
        dropped = []
        core.telling._publish = lambda kind, told: kind == "dropped" and dropped.append(told["ref"])
        for ref in ("first", "second", "third"):
            said = {"resource": "ask.answer", "value": 0, "p": 1, "trigger": ref, "because": {"en": ref},
                    "what": {"en": ref}, "ref": ref, "deadline": 8, "hold": 5}  # fmt: skip
            core._hearing.hear("v1/local/p1/_co/propose", wire.pack(said))
        assert [one.what["en"] for one in core.loop.arbiter.live] == ["first"]
        assert dropped == ["second"], "of several that wait the newest does"
        core.happen(StopAll("human:visitor#1"))
        assert dropped == ["second", "third"]

    play(folder, script)


def test_new_rules_are_looked_at_without_a_frame_or_a_reading(folder):
    async def script(core, clock, happened):
        sense(core, soil=20.0)
        core.book.declare([Rule("soil < 25", "lamp.level", 1.0, {"en": "dry"})], [])
        for _ in range(3):
            await asyncio.sleep(0)
        assert proposals(happened) == ["soil < 25"]

    play(folder, script)


def test_a_program_that_is_saved_anew_leaves_no_card_behind_and_is_told_what_does_not_parse(folder):
    async def script(core, clock, happened):
        assert core.book.declare((), (Watch("soil < 30"), Watch("moon > 3"))) == 1
        core.happen(Online("b1", True, "s1"))
        core.happen(Answered(Answer("dial", "human:teacher#1", resource="lamp.level", level="A2")))
        asked = Proposal("lamp.level", 1.0, "mine", 0.9, {"en": "why"}, clock.now(), agent="agent:program")
        core.happen(Proposed(asked))
        assert [one.state for one in core.loop.arbiter.live] == ["proposed"]
        core.book.restarted()
        assert core.loop.arbiter.live == []

    play(folder, script)


def test_readings_and_outputs_that_no_part_has_are_not_kept(folder):
    async def script(core, clock, happened):
        sense(core, soil=20.0)
        kept, readings = len(core.face.hub._kept), len(core.loop._propose.readings)
        for n in range(20):
            sense(core, **{f"soil.x{n}": -99.0, f"lamp.y{n}": 1.0})
            told = {"ch": f"c{n}", "d": {"level": 1.0}, "by": "cmd", "ep": 1, "id": "c"}
            core._hearing.hear(f"v1/local/p1/b1/up/state/c{n}", wire.pack(told))
        assert (len(core.face.hub._kept), len(core.loop._propose.readings)) == (kept, readings)

    play(folder, script)


def test_who_asks_why_again_and_again_waits_in_a_short_queue(folder, monkeypatch):
    async def script(core, clock, happened):
        begun, go = [], threading.Event()

        def slow(id_, _folder):
            begun.append(id_)
            go.wait(20)

        monkeypatch.setattr(telling, "_explained", slow)
        posted, done = [], asyncio.Event()

        def post(message):
            posted.append(message)
            if sum(one.get("code") == "unknown" for one in posted) == 8:
                done.set()

        core.face.post = post
        for n in range(200):
            core.on_page(messages.Explain(f"d-{n % 20}"), "human:visitor#v1")
        go.set()
        await asyncio.wait_for(done.wait(), 20)
        assert begun == [f"d-{n}" for n in range(8)]
        assert sum(one.get("code") == "rate" for one in posted) == 10 * 12

    play(folder, script)


def test_case_13_what_was_under_way_when_the_broker_went_is_not_said_again_when_it_is_back(folder):
    async def script(core, clock, happened):
        sent = []
        core.bus.publish = lambda topic, payload, *_, **__: sent.append((topic, payload))

        def orders():
            return [payload for topic, payload in sent if topic.endswith("/down/cmd")]

        def online(sid):
            core._hearing.hear("v1/local/p1/b1/up/online", wire.pack({"on": 1, "boot": 1, "sid": sid, "body": "vm"}))

        online("s1")
        core.loop.arbiter.desks["lamp.level"].asked_level = "A4"
        core.happen(Proposed(Proposal("lamp.level", 1.0, "hands_up", 0.9, {"en": "because"}, clock.now())))
        desk = core.loop.arbiter.desks["lamp.level"]
        decision, epoch = desk.case.decision, desk.epoch
        assert (decision.state, len(orders())) == ("executing", 1)
        core.on_link(False)
        await asyncio.sleep(0)
        assert core.loop.arbiter.decision(decision.id).reason == "link"
        assert (core.online, desk.epoch) == (set(), epoch + 1)
        core.on_link(True)
        await asyncio.sleep(0)
        online("s2")
        state = {"ch": "lamp", "d": {"level": 0}, "by": "loss", "ep": epoch, "id": ""}
        core._hearing.hear("v1/local/p1/b1/up/state/lamp", wire.pack(state))
        clock.forward(10.0)
        core._look_again()
        assert len(orders()) == 1, "what it does now it has said itself; nobody tells it anything"

    play(folder, script)


def test_what_was_done_last_is_settled_when_no_frame_will_come_any_more(folder):
    async def script(core, _clock, _happened):
        said, shown = [], []
        core.witness.said = said.append
        core.face.coach = lambda cues: shown.append(cues) or [{"en": "That was it."}]
        core.on_last()
        assert shown == [()], "without a coach there is nothing to settle"
        core.loop.coach = SimpleNamespace(end=lambda: ("the end",))
        core.on_last()
        assert shown[1:] == [("the end",)]
        assert said[-1] == [{"en": "That was it."}]

    play(folder, script)
