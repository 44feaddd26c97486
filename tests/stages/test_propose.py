"""One hold is one proposal, and its end is an event."""

from __future__ import annotations

from dataclasses import replace

from gongzhi.arbiter.events import EvidenceGone, Proposed
from gongzhi.stages.propose import ProposeState, propose
from gongzhi.values import Action, Rule
from hypothesis import given
from hypothesis import strategies as st

GATE = Rule("hands_up", "gate.angle", 90.0, {"en": "both hands are up"}, {"en": "open"}, 6.0, 3.0)
LAMP = Rule("arms_out", "lamp.level", 1.0, {"en": "arms are out"})
BELL = Rule("hands_up", "bell.tone", 440.0, {"en": "both hands are up"})


def act(name="hands_up", t=1.0, since=None, held=True, p=0.9):
    return Action(name, held, p, t if since is None else since, t)


def test_a_hold_proposes_once_and_its_end_is_told():
    state = ProposeState()
    assert propose([act(t=1.0, held=False)], [GATE], state, 1.0) == []
    (first,) = propose([act(t=1.5, since=1.2)], [GATE], state, 1.6)
    assert isinstance(first, Proposed)
    p = first.proposal
    assert (p.resource, p.value, p.trigger, p.p, p.because, p.what, p.deadline, p.hold) == (
        "gate.angle", 90.0, "hands_up", 0.9, GATE.because, GATE.what, 6.0, 3.0,
    )  # fmt: skip
    assert propose([act(t=1.6, since=1.2)], [GATE], state, 1.7) == []
    assert propose([act(t=1.7, held=False)], [GATE], state, 1.8) == [EvidenceGone("hands_up")]
    assert propose([act(t=1.8, held=False)], [GATE], state, 1.9) == []
    assert len(propose([act(t=1.9)], [GATE], state, 2.0)) == 1


def test_a_p_is_a_probability_only_where_recordings_have_said_what_it_is_worth():
    for calibrated in (True, False):
        (found,) = propose([replace(act(), calibrated=calibrated)], [GATE], ProposeState(), 1.0)
        assert found.proposal.calibrated is calibrated


def test_a_person_who_leaves_ends_every_hold():
    state = ProposeState()
    propose([act(), act("arms_out")], [GATE, LAMP], state, 1.0)
    assert set(propose([], [GATE, LAMP], state, 1.1)) == {EvidenceGone("hands_up"), EvidenceGone("arms_out")}


def test_a_hold_with_another_beginning_is_another_hold():
    state = ProposeState()
    propose([act(t=1.0)], [GATE], state, 1.0)
    gone, again = propose([act(t=2.0)], [GATE], state, 2.0)
    assert gone == EvidenceGone("hands_up")
    assert isinstance(again, Proposed)


def test_rules_in_their_order_and_several_for_one_action():
    events = propose([act()], [BELL, LAMP, GATE], ProposeState(), 1.0)
    assert [e.proposal.resource for e in events if isinstance(e, Proposed)] == ["bell.tone", "gate.angle"]


def test_a_rule_that_comes_while_the_pose_is_held_waits_for_the_next_hold():
    state = ProposeState()
    propose([act()], [], state, 1.0)
    assert propose([act(t=1.1, since=1.0)], [GATE], state, 1.1) == []


def test_the_evidence_is_as_old_as_its_frame_and_never_from_the_future():
    (event,) = propose([act()], [GATE], ProposeState(), 50.0, captured=49.8, model="blazepose-full")
    assert isinstance(event, Proposed)
    assert (event.proposal.t, event.proposal.model) == (49.8, "blazepose-full")
    (event,) = propose([act()], [GATE], ProposeState(), 50.0, captured=51.0)
    assert isinstance(event, Proposed)
    assert event.proposal.t == 50.0


@given(st.lists(st.booleans(), max_size=60))
def test_as_many_proposals_as_rising_edges_and_ends_as_falling_ones(held):
    state, since, events = ProposeState(), 0.0, []
    for t, now in enumerate(held):
        if now and (t == 0 or not held[t - 1]):
            since = float(t)
        events += propose([act(t=float(t), since=since, held=now)], [GATE], state, float(t))
    edges = list(zip([False, *held], held, strict=False))
    assert sum(isinstance(e, Proposed) for e in events) == edges.count((False, True))
    assert sum(isinstance(e, EvidenceGone) for e in events) == edges.count((True, False))
