"""Two agents want one resource (case 12): priority, then who was earlier; the loser is shown as alternative."""

from __future__ import annotations

import pytest
from gongzhi.arbiter.record import decode
from gongzhi.arbiter.rivals import alternative
from gongzhi.arbiter.state import Policy
from gongzhi.stages.resolve import Changed, Proposed, TakeOver
from gongzhi.values import Proposal

GATE, LAMP = "gate.angle", "lamp.level"
CAMERA, SENSORS, PROGRAM = "agent:pose", "agent:sensors", "agent:program"
OWNER = "human:owner#door"


@pytest.fixture
def ranked(new_world, make):
    """A gate (H2, A2) and a lamp (A4) in a project that says: the sensors go before the camera."""
    made = new_world(
        make(GATE, hazard="H2", kind="servo", high=180.0), make(LAMP, level="A4"),
        online=("door",), policy=Policy(rank=(SENSORS, CAMERA)),
    )  # fmt: skip
    yield made
    made.close()


def beside(world, resource=GATE):
    """The agent and the value of what stands beside the card."""
    other = alternative(world.arbiter.desks[resource])
    return other and (other.agent, other.value)


class TestEqual:
    def test_case_12_the_earlier_one_holds_and_the_other_stands_beside_its_card(self, world):
        first = world.propose(GATE, 90.0)
        shown = world.propose(GATE, 30.0, agent=PROGRAM, after=2.0)
        assert shown.id == first.id, "the card is shown anew, with the other beside it"
        assert [one.id for one in world.arbiter.live] == [first.id]
        assert beside(world) == (PROGRAM, 30.0)
        assert world.arbiter.counts["busy"] == 1
        world.wait(3.0)
        assert world.state(first) == "proposed"

    @pytest.mark.parametrize("after", [0.5, 5.0])
    def test_case_12_the_other_is_asked_when_the_desk_is_free_however_long_that_takes(self, world, after):
        first = world.propose(LAMP, 1.0, level="A2")
        world.propose(LAMP, 0.5, agent=PROGRAM, after=0.5)
        world.say("reject", first, after=after)
        second = world.arbiter.question() or world.arbiter.live[0]
        assert (second.agent, second.value) == (PROGRAM, 0.5)
        # What nobody has looked at for a while does not act by itself.
        assert (second.state, second.level.by) == (("proposed", "waited") if after > 1.5 else ("executing", "dial"))
        assert beside(world, LAMP) is None

    def test_what_has_waited_says_when_it_was_seen(self, world):
        first = world.propose(GATE, 90.0)
        seen = world.t + 0.5
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.5)
        world.say("reject", first, after=5.0)
        head = next(r for r in world.past.last.values() if r.dec == "d-2")
        assert head.ev == (f"program@{seen:.3f}",)

    def test_an_alarm_that_has_waited_is_raised_all_the_same(self, new_world, make):
        world = new_world(make("bell.tone", hazard="H3", level="A4", alarm=True))
        first = world.propose("bell.tone", 0.9, level="A1")
        world.propose("bell.tone", 1.0, agent=SENSORS, after=0.5)
        world.say("reject", first, after=3.0)
        assert world.arbiter.live[0].state == "executing"
        world.close()

    def test_who_came_first_waits_first(self, world):
        world.propose(GATE, 90.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.1)
        world.propose(GATE, 60.0, agent=SENSORS, after=0.1)
        assert beside(world) == (PROGRAM, 30.0)
        world.propose(GATE, 31.0, agent=PROGRAM, after=0.1)
        assert beside(world) == (PROGRAM, 31.0), "of one agent the newest"

    def test_whose_evidence_goes_stands_there_no_longer(self, world):
        first = world.propose(GATE, 90.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.5)
        effects = world.do(TakeOver(GATE, PROGRAM))
        assert [one.decision.id for one in effects if isinstance(one, Changed)] == [first.id]
        assert beside(world) is None

    def test_a_person_may_choose_the_other(self, world):
        first = world.propose(GATE, 90.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.5)
        world.say("edit", first, OWNER, value=30.0, after=1.0)
        assert world.commands == [("servo.set", "gate", {"angle": 30.0})]
        world.ack(first)
        world.wait(10.0)
        assert world.arbiter.question() is None, "it is not asked once more"

    def test_what_is_chosen_stands_for_its_own_time_and_reason(self, world):
        first = world.propose(GATE, 90.0, hold=600.0)
        more = {"hold": 4.0, "trigger": "visitor", "p": 0.7, "agent": PROGRAM}
        world.propose(GATE, 30.0, after=0.5, **more)
        world.say("edit", first, OWNER, value=30.0, after=1.0)
        world.ack(first)
        chosen = world.arbiter.decision(first.id)
        assert (chosen.agent, chosen.trigger, chosen.p, chosen.until) == (PROGRAM, "visitor", 0.7, world.t + 4.0)
        line = next(r for r in map(decode, world.lines) if r.to == "edited")
        assert (line.agent, line.trigger, line.hold, line.p) == (PROGRAM, "visitor", 4.0, 0.7)
        assert line.saw == f"sha:{first.digest}", "they saw this card"
        assert world.propose(GATE, 30.0, after=1.0, **more) is None, "it is the same question for a while"
        world.wait(4.0)
        assert world.records(first)[-1][3] == "rest"

    def test_a_value_of_ones_own_has_the_cards_time(self, world):
        first = world.propose(GATE, 90.0, hold=600.0)
        world.propose(GATE, 30.0, agent=PROGRAM, hold=4.0, after=0.5)
        world.say("edit", first, OWNER, value=31.0, after=1.0)
        assert world.arbiter.decision(first.id).hold == 600.0
        assert [one.agent for one in world.arbiter.desks[GATE].queue] == [PROGRAM]

    def test_what_came_under_the_finger_just_now_is_not_chosen(self, world):
        first = world.propose(GATE, 90.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.5)
        world.propose(GATE, 60.0, agent=PROGRAM, after=1.0)
        for value, after in ((60.0, 0.2), (30.0, 0.1)):
            said = [
                one.code for one in world.say("edit", first, OWNER, value=value, after=after) if hasattr(one, "code")
            ]
            assert said == ["locked"]
        world.say("edit", first, OWNER, value=60.0, after=0.2)
        assert world.commands == [("servo.set", "gate", {"angle": 60.0})]

    @pytest.mark.parametrize("after", [0.5, 3.0])
    def test_a_change_of_mind_is_not_lost_where_another_agent_waits(self, world, after):
        first = world.propose(GATE, 90.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.5)
        world.propose(GATE, 60.0, after=after)
        world.wait(1.0)
        now = world.arbiter.question()
        assert world.records(first)[-1] == ("proposed", "superseded", CAMERA, "newer")
        assert (now.agent, now.value, beside(world)) == (CAMERA, 60.0, (PROGRAM, 30.0))
        assert world.arbiter.counts["busy"] == 1, "who has changed their mind waits for nobody"

    def test_a_change_of_mind_that_a_no_overtakes_is_asked_before_the_other(self, world):
        first = world.propose(GATE, 90.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.1)
        world.propose(GATE, 60.0, after=0.1)
        world.say("reject", first, after=0.5)
        assert (world.arbiter.question().value, beside(world)) == (60.0, (PROGRAM, 30.0))

    def test_what_comes_as_the_card_ends_does_not_overtake_who_waits(self, world):
        world.propose(GATE, 90.0, deadline=3.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.5)
        world.t += 2.5
        world.do(Proposed(Proposal(GATE, 60.0, "t", 0.9, {}, world.t, agent=SENSORS)))
        assert (world.arbiter.question().value, beside(world)) == (30.0, (SENSORS, 60.0))

    def test_who_has_changed_their_mind_and_sees_it_no_more_does_not_wait(self, world):
        world.propose(GATE, 90.0)
        world.propose(GATE, 30.0, agent=PROGRAM, after=0.1)
        world.propose(GATE, 60.0, after=0.1)
        world.gone(after=0.1)
        assert [one.value for one in world.arbiter.desks[GATE].queue] == [30.0]

    def test_a_dial_that_is_lowered_asks_the_card_anew_also_where_another_waits(self, world):
        first = world.propose(LAMP, 1.0, level="A3")
        world.propose(LAMP, 0.5, agent=PROGRAM, after=0.5)
        world.say("dial", seat=OWNER, resource=LAMP, level="A2", after=0.5)
        assert world.state(first) == "withdrawn"
        again = world.arbiter.question()
        assert (again.agent, again.value, again.level.eff) == (CAMERA, 1.0, "A2")
        assert beside(world, LAMP) == (PROGRAM, 0.5)

    def test_a_dial_that_is_lowered_to_nothing_leaves_nothing_behind(self, world):
        world.propose(LAMP, 1.0, level="A3")
        world.propose(LAMP, 0.5, agent=PROGRAM, after=0.5)
        world.say("dial", seat=OWNER, resource=LAMP, level="A0", after=0.5)
        desk = world.arbiter.desks[LAMP]
        assert (desk.case, desk.queue) == (None, [])
        assert [one[1] for one in world.records()].count("withdrawn") == 3, "both are in the records, in shadow"


class TestRanked:
    def test_a_dial_that_is_lowered_asks_the_higher_one_first(self, ranked):
        ranked.propose(LAMP, 0.2, level="A3")
        ranked.propose(LAMP, 1.0, agent=SENSORS, after=0.5)
        ranked.say("dial", seat=OWNER, resource=LAMP, level="A2", after=0.5)
        assert (ranked.arbiter.question().agent, beside(ranked, LAMP)) == (SENSORS, (CAMERA, 0.2))

    def test_the_loser_waits_with_what_it_has_said_last(self, ranked):
        ranked.propose(GATE, 90.0)
        ranked.propose(GATE, 30.0, agent=SENSORS, after=0.5)
        ranked.propose(GATE, 60.0, after=0.1)
        ranked.wait(1.0)
        assert (ranked.arbiter.question().agent, beside(ranked)) == (SENSORS, (CAMERA, 60.0))

    def test_case_12_the_higher_one_takes_the_cards_place_once_that_was_seen(self, ranked):
        low = ranked.propose(GATE, 90.0)
        ranked.propose(GATE, 30.0, agent=SENSORS, after=0.5)
        ranked.wait(0.9)
        assert ranked.state(low) == "proposed"
        ranked.wait(0.1)
        high = ranked.arbiter.question()
        assert ranked.records(low)[-1] == ("proposed", "superseded", SENSORS, "rank")
        assert (high.agent, high.value) == (SENSORS, 30.0)
        assert beside(ranked) == (CAMERA, 90.0), "the loser is shown as alternative"
        assert [one.code for one in ranked.say("confirm", high, OWNER) if hasattr(one, "code")] == ["locked"]
        ranked.say("reject", high, OWNER, after=1.0)
        again = ranked.arbiter.question()
        assert (again.agent, again.value) == (CAMERA, 90.0)

    def test_case_12_a_lower_one_does_not(self, ranked):
        high = ranked.propose(GATE, 30.0, agent=SENSORS)
        ranked.propose(GATE, 90.0, after=0.5)
        ranked.wait(5.0)
        assert ranked.state(high) == "proposed"
        assert beside(ranked) == (CAMERA, 90.0)

    def test_case_12_what_the_higher_one_does_stands_until_its_end(self, ranked):
        high = ranked.done(LAMP, 1.0, agent=SENSORS, hold=5.0)
        ranked.propose(LAMP, 0.2, after=1.0)
        assert ranked.arbiter.live == []
        ranked.wait(3.9)
        assert ranked.commands == [("led.set", "lamp", {"level": 1.0})]
        ranked.wait(0.1)
        assert ranked.records(high)[-1][3] == "rest"
        assert (ranked.arbiter.question().agent, ranked.arbiter.question().level.by) == (CAMERA, "waited")

    def test_the_higher_one_takes_over_what_the_lower_one_does(self, ranked):
        low = ranked.done(LAMP, 0.2, hold=5.0)
        high = ranked.propose(LAMP, 1.0, agent=SENSORS, after=1.0)
        assert ranked.state(high) == "executing"
        assert ranked.records(low)[-1][3] == "taken"

    def test_who_is_not_named_comes_after_those_who_are(self, ranked):
        first = ranked.propose(GATE, 10.0, agent=PROGRAM)
        ranked.propose(GATE, 90.0, after=0.5)
        ranked.propose(GATE, 30.0, agent=SENSORS, after=0.1)
        assert beside(ranked) == (SENSORS, 30.0), "of several that wait the highest"
        ranked.wait(1.0)
        assert ranked.state(first) == "superseded"
        assert beside(ranked) == (PROGRAM, 10.0)

    def test_a_no_to_the_card_that_has_just_been_replaced_is_meant_for_what_waits(self, ranked):
        low = ranked.propose(GATE, 90.0)
        ranked.propose(GATE, 30.0, agent=SENSORS, after=0.5)
        ranked.wait(1.0)
        ranked.say("reject", low, OWNER, after=0.1)
        assert ranked.records(low)[-1][2:] == (OWNER, "late_no")
        assert beside(ranked) is None
        ranked.say("reject", ranked.arbiter.question(), "human:owner#2")
        assert ranked.propose(GATE, 90.0, after=1.0) is None, "a no holds as long as its evidence"

    def test_whose_evidence_has_gone_does_not_wait(self, ranked):
        ranked.propose(GATE, 90.0)
        ranked.propose(GATE, 30.0, agent=SENSORS, after=0.5)
        ranked.gone(after=0.1)
        ranked.wait(2.0)
        assert (ranked.arbiter.question().agent, beside(ranked)) == (SENSORS, None)
