"""Who is there: nobody is asked in an empty room, a visitor's cards leave with them; simulations move nothing real."""

from __future__ import annotations

import math

import pytest
from gongzhi.runtime.people import from_button
from gongzhi.stages.propose import ProposeState, propose
from gongzhi.stages.resolve import Left, Online, Seen, Told
from gongzhi.values import Action, Rule

VISITOR = "human:visitor#1"


class TestPresence:
    @pytest.mark.parametrize(("gap", "state"), [(59.9, "proposed"), (60.0, "expired")])
    def test_case_20_nobody_seen_for_sixty_seconds_is_asked_nothing(self, world, gap, state):
        world.do(Seen())
        decision = world.propose("gate.angle", 90.0, after=gap)
        assert decision.state == state
        assert decision.reason == ("unasked" if state == "expired" else "")
        assert world.records(decision)[0] == (
            ("draft", "proposed", "agent:pose", "") if state == "proposed" else ("draft", "expired", "clock", "unasked")
        )

    def test_at_a3_the_fallback_is_that_nothing_happens(self, new_world, make):
        world = new_world(make("fan.speed", hazard="H2", level="A3"))
        world.do(Seen())
        assert world.propose("fan.speed", after=60.0).reason == "unasked"
        world.wait(10.0)
        assert world.commands == []
        world.close()

    def test_case_20_what_need_not_be_asked_goes_on(self, world):
        world.do(Seen())
        assert world.propose("lamp.level", after=600.0).state == "executing"

    def test_a_deferred_question_is_one_too(self, world):
        world.do(Seen())
        assert world.propose("lamp.level", after=600.0, doubt="unseen").reason == "unasked"

    def test_case_15_who_presses_is_there(self, world):
        world.do(Seen())
        world.say("confirm", seat=VISITOR, after=100.0)
        assert world.propose("gate.angle", 90.0, after=59.0).state == "proposed"

    def test_case_15_where_no_page_is_left_a_boards_button_answers(self, world):
        gate = world.propose("gate.angle", 90.0)
        pump = world.propose("pump.level", trigger="dry", after=1.0)
        for mine, state in ((gate, "executing"), (pump, "rejected")):  # its own board's first, then any other's
            world.do(from_button(world.arbiter, "door", "owner", "press" if mine is gate else "hold1"))
            assert world.state(mine) == state
            assert world.records(mine)[1][2] == "human:owner#door"
        assert from_button(world.arbiter, "door", "owner", "press") is None, "nothing is asked any more"

    def test_case_15_where_nobody_presses_either_silence_is_a_no_and_then_nobody_is_asked(self, world):
        world.do(Seen())
        asked = world.propose("gate.angle", 90.0)
        world.wait(8.0)
        assert (world.state(asked), world.arbiter.decision(asked.id).reason) == ("expired", "silence")
        later = world.propose("gate.angle", 80.0, after=52.0)
        assert (later.state, later.reason) == ("expired", "unasked")
        assert world.commands == []

    def test_without_an_eye_nobody_knows_that_nobody_is_there(self, world):
        assert world.propose("gate.angle", 90.0, after=6000.0).state == "proposed"
        world.say("reject", world.arbiter.question())
        assert math.isinf(world.arbiter.seen)
        assert world.propose("gate.angle", 80.0, after=600.0).state == "proposed"

    def test_the_stage_says_once_a_second_that_somebody_is_there(self):
        state, said = ProposeState(), []
        for n in range(31):
            said += propose([Action("x", False, 0.1, n / 10, n / 10)], [], state, n / 10, somebody=n != 10)
        assert said == [Seen()] * 3


class TestSession:
    def test_case_24_a_visitors_cards_leave_with_them(self, world):
        gate = world.propose("gate.angle", 90.0, session="v1")
        pump = world.propose("pump.level", trigger="dry", session="v2")
        world.do(Left("v1"))
        assert (world.state(gate), world.state(pump)) == ("withdrawn", "proposed")
        assert world.records(gate)[-1] == ("proposed", "withdrawn", "clock", "session")

    def test_case_24_the_next_visitor_begins_anew(self, world):
        world.say("reject", world.propose("gate.angle", 90.0, session="v1"), VISITOR)
        assert world.propose("gate.angle", 90.0, session="v1", after=1.0) is None
        world.do(Left("v1"))
        assert world.propose("gate.angle", 90.0, session="v2").state == "proposed"

    def test_case_24_the_next_visitors_yes_to_the_last_ones_card_asks_nothing(self, world):
        decision = world.propose("gate.angle", 90.0, session="v1")
        world.wait(8.0)
        world.do(Left("v1"))
        codes = [one.code for one in world.say("confirm", decision) if isinstance(one, Told)]
        assert codes == ["late_yes"]
        assert world.arbiter.question() is None

    def test_case_24_a_card_in_waiting_leaves_too(self, world):
        world.propose("gate.angle", 90.0, session="v1")
        world.propose("gate.angle", 80.0, trigger="out", session="v1", after=0.5)
        world.do(Left("v1"))
        world.wait(5.0)
        assert world.arbiter.question() is None

    def test_what_is_done_stays_done_and_nobodys_leaving_is_nothing(self, world):
        done = world.done("lamp.level", session="v1")
        gate = world.propose("gate.angle", 90.0)
        world.do(Left("v1"))
        world.do(Left(""))
        assert (world.state(done), world.state(gate)) == ("done", "proposed")


class TestSimulation:
    @pytest.mark.parametrize("resource", ["lamp.level", "gate.angle"])
    def test_case_25_simulated_evidence_moves_nothing_real(self, world, resource):
        decision = world.propose(resource, sim=True)
        assert (decision.state, decision.reason, decision.level.by) == ("withdrawn", "sim_block", "sim")
        assert world.records(decision) == [("draft", "withdrawn", "agent:pose", "sim_block")]
        world.say("confirm", decision)
        assert world.commands == [], "not by a yes either: nobody was shown it"

    def test_case_25_it_may_move_what_is_virtual(self, world):
        world.do(Online("door", True, "v1", virtual=True))
        assert world.propose("lamp.level", sim=True).state == "executing"
        world.do(Online("door", True, "s3"))
        world.gone()
        assert world.propose("lamp.level", sim=True).reason == "sim_block"

    def test_case_25_a_drawn_frame_says_so(self):
        rule = Rule("x", "lamp.level", 1.0, {})
        held = [Action("x", True, 0.9, 0.0, 0.0)]
        for sim in (True, False):
            (event,) = propose(held, [rule], ProposeState(), 0.0, sim=sim)
            assert event.proposal.sim is sim

    def test_case_25_information_needs_no_real_evidence(self, new_world, make):
        world = new_world(make("note.line", hazard="H0", level="A4"))
        assert world.propose("note.line", sim=True).state == "executing"
        world.close()
