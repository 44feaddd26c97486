"""Every order in which two people, an agent, a board and the clock can act on one resource, up to a bounded depth."""

from __future__ import annotations

from itertools import product

import pytest
from gongzhi.arbiter.record import Past
from gongzhi.arbiter.rivals import alternative
from gongzhi.stages.resolve import (
    Acked,
    Answered,
    Arbiter,
    Online,
    Proposed,
    Record,
    Send,
    StopAll,
    Tick,
    due,
    resolve,
)
from gongzhi.values import Answer, Proposal, Resource

GATE = "gate.angle"
OWNER, VISITOR = "human:owner#1", "human:visitor#1"
MOVES = ("propose", "yes", "take", "give", "no", "stop", "board", "time")


class Room:
    """One arbiter, one resource; what happened, as the journal has it."""

    def __init__(self, level):
        one = Resource(GATE, "door", "gate", "angle", "servo", 0.0, 180.0, 0.0, "", "H1", level, {"en": "gate"})
        self.arbiter, self.level, self.t, self.past = Arbiter([one]), level, 100.0, Past()
        self.orders, self.card, self.yes, self.holder, self.stopped, self.value = [], None, set(), False, False, 0
        self.do(Online("door", True, "1"))

    def do(self, event):
        for effect in resolve(self.arbiter, event, self.t):
            if isinstance(effect, Record):
                self.past.add(effect)
                if effect.to in ("override", "handback"):
                    self.holder = effect.to == "override"
                self.stopped |= effect.to == "stop"
            elif isinstance(effect, Send) and effect.command.op == "servo.set":
                self.orders.append(effect.command)
                self.check_order(effect.command)

    def check_order(self, command):
        assert not self.stopped, "P3"
        assert bool(command.decision) != self.holder, "P7"
        if command.decision and self.level < "A3":
            assert command.decision in self.yes, "P2"

    def move(self, name):
        self.t += 0.5
        self.do(Tick())
        live = self.arbiter.desks[GATE].case
        card = live.decision if live else self.card
        if live:
            self.card = live.decision
        match name:
            case "propose":
                self.value += 1
                self.do(Proposed(Proposal(GATE, float(self.value), f"t{self.value}", 0.9, {}, self.t, deadline=3.0)))
            case "yes" | "no":
                if name == "yes" and card and live and live.decision.state == "proposed" and self.level >= "A2":
                    self.yes.add(card.id)
                said = Answer("confirm", OWNER) if name == "yes" else Answer("reject", VISITOR)
                if card:
                    self.do(Answered(Answer(said.verb, said.seat, card.id, card.digest)))
            case "take":
                self.do(Answered(Answer("override", OWNER, value=77.0, resource=GATE)))
            case "give":
                self.do(Answered(Answer("handback", OWNER, resource=GATE)))
            case "stop":
                self.do(StopAll(VISITOR))
            case "board":
                if self.orders:
                    self.do(Acked(self.orders[-1].id, True, "", "door"))
            case "time":
                self.t += 3.0
                self.do(Tick())

    def check(self):
        desk = self.arbiter.desks[GATE]
        assert self.past.illegal == []
        assert self.past.epochs.get(GATE, 1) == desk.epoch, "P1: an epoch without a record"
        assert (desk.lease is not None) == self.holder == (GATE in self.past.leases)
        assert all(self.past.states[id_] == case.decision.state for id_, case in self.arbiter.cases.items()), "P5"
        assert len(self.past.open) == (desk.case is not None), "one live decision at most, and none forgotten"
        assert due(self.arbiter) >= self.t, "P6: nothing is overdue"
        if self.stopped:
            assert desk.case is desk.held is desk.lease is None, "P3"
        if self.holder:
            assert desk.case is desk.held is None, "P7"


def walk(level, depth):
    seen = set()
    for path in product(MOVES, repeat=depth):
        room = Room(level)
        for name in path:
            room.move(name)
        room.check()
        seen |= set(room.past.states.values())
    return seen


class Rivals(Room):
    """Two agents of one rank at the resource: nothing that one of them has said last is lost without a trace."""

    def __init__(self, level):
        super().__init__(level)
        self.latest = {}

    def move(self, name):
        desk = self.arbiter.desks[GATE]
        if name in ("pose", "program"):
            self.t, self.value = self.t + 0.5, self.value + 1
            self.latest[name] = p = Proposal(
                GATE, float(self.value), f"t{self.value}", 0.9, {}, self.t, deadline=3.0, agent=f"agent:{name}"
            )
            self.do(Proposed(p))
        elif name == "rather" and (other := alternative(desk)):
            self.t += 0.5
            self.yes.add(desk.case.decision.id)
            card = desk.case.decision
            self.do(Answered(Answer("edit", OWNER, card.id, card.digest, other.value)))
            assert desk.case.proposal == other
        elif name == "lower":
            self.do(Answered(Answer("dial", OWNER, resource=GATE, level="A2")))
        else:
            super().move(name)

    def check(self):
        super().check()
        desk = self.arbiter.desks[GATE]
        known = [
            one
            for case in self.arbiter.cases.values()
            for one in (case.proposal.trigger, case.card and case.card.trigger)
        ]
        assert {one.trigger for one in self.latest.values()} <= {*known, *(one.trigger for one in desk.queue)}
        assert desk.case or not desk.queue, "who waits for nothing is asked"
        assert desk.newer is None or desk.newer.agent == desk.case.proposal.agent
        assert desk.waiting is None or desk.waiting.agent != desk.case.proposal.agent


@pytest.mark.parametrize("level", ["A2", "A3", "A4"])
def test_of_two_agents_neither_is_forgotten(level):
    for path in product(("pose", "program", "rather", "no", "lower", "board", "time"), repeat=4):
        room = Rivals(level)
        for name in path:
            room.move(name)
        room.check()


# Shorter paths are beginnings of these, and every path is checked at its end: all beginnings are checked, too.
@pytest.mark.parametrize("level", ["A0", "A1", "A2", "A3", "A4"])
def test_every_order_of_four(level):
    for depth in range(1, 5):
        seen = walk(level, depth)
    assert {"A0": "withdrawn", "A1": "withdrawn", "A2": "done", "A3": "done", "A4": "undone"}[level] in seen


def test_every_order_of_five_at_the_level_that_asks():
    assert walk("A2", 5) >= {"proposed", "rejected", "expired", "withdrawn", "executing", "aborted", "done", "undone"}
