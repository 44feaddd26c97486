"""The arbiter, the real guard and people, joined by a network that delays, loses, doubles and reorders: P1 to P7 hold.

Long for one file because a state machine cannot be taken apart, and because the mutants below it are its own proof.
P7 on a board begins with the override's order: an order that was on its way before may still come before it.
"""

from __future__ import annotations

import inspect
import math
import os
import random
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from gongzhi.arbiter import (
    answers,
    boards,
    dial,
    lease,
    level,
    life,
    opening,
    record,
    recovery,
    rivals,
    school,
    stop,
    teach,
)
from gongzhi.arbiter.people import EVERY_TEACHER
from gongzhi.arbiter.record import Chain, Past, decode, replay
from gongzhi.stages import resolve as stage
from gongzhi.stages.resolve import (
    Acked,
    Answered,
    Arbiter,
    Changed,
    EvidenceGone,
    Install,
    JournalState,
    Measured,
    Online,
    Policy,
    Proposed,
    Rearmed,
    Record,
    Reported,
    Resumed,
    Schooled,
    Send,
    StopAll,
    Tick,
    Told,
    due,
    resolve,
)
from gongzhi.stages.send import Sender
from gongzhi.values import LEVELS, Answer, Proposal, Resource
from gongzhi_node import wire
from gongzhi_node.guard import Channel, Guard
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

FATES = ["take", "take", "take", "take", "double", "lose"]
SEATS = ["human:visitor#1", "human:owner#door", "human:operator#page", "human:teacher#1"]
SAYINGS = {
    "dup",
    "already",
    "changed",
    "outranked",
    "conflict",
    "late_yes",
    "late_no",
    "hint",
    "range",
    "escalated",
    "gone",
}  # notes that end nothing
WORDS = {"zh": "因为", "en": "because"}


def resource(id_, device, hazard, asked, **more):
    channel, prop = id_.split(".")
    return Resource(id_, device, channel, prop, "servo", 0.0, 9.0, 0.0, "", hazard, asked, WORDS, **more)


RESOURCES = {
    one.id: one
    for one in (
        resource("gate.angle", "door", "H2", "A2"),
        resource("lamp.level", "door", "H1", "A4"),
        resource("horn.tone", "door", "H1", "A5", reversible=False),
        resource("pump.flow", "yard", "H2", "A4"),
        resource("hose.flow", "yard", "H2", "A2", reversible=False),
    )
}


# As specified, but for more questions and quicker hand-backs: a run of the model is shorter than a minute.
POLICY = Policy(asks=6, asks_window=8.0, cool=0.5, lease=4.0, pingpong=6, samples=2,
                rank=("agent:program",))  # fmt: skip


# How clear the evidence is; the last is a simulation's.
CLEAR = [{}, {"p": 0.3}, {"options": ("a", "b")}, {"options": ("a", "b", "c", "d")}, {"doubt": "disagree", "p": 0.81},
         {"sim": True, "p": 0.82}]  # fmt: skip
CLEAR_CEILING = {((), 0.8): "A5", ((), 0.3): "A2", (("a", "b"), 0.8): "A2", (("a", "b", "c"), 0.8): "A1",
                 ((), 0.81): "A1", ((), 0.82): "A0"}  # fmt: skip


@dataclass
class Output:
    value: float = 0.0
    order: dict | None = None  # the command that set it


@dataclass
class Board:
    """A board as its own firmware has it: the real guard, outputs that it sets, what it has still to say."""

    name: str
    boot: int = 0
    on: bool = False
    outputs: dict[str, Output] = field(default_factory=dict)
    why: dict[str, tuple[str, int, str]] = field(default_factory=dict)  # by what each stands, with epoch and id
    rested: set[str] = field(default_factory=set)  # decisions that it was told to end
    held: int = 0  # how often its own button was held

    def start(self):
        self.boot += 1
        mine = [one for one in RESOURCES.values() if one.device == self.name]
        self.guard = Guard([Channel(one.channel, one.kind, one.prop, 0, 9, 300) for one in mine])
        self.outputs = {one.channel: Output() for one in mine}
        self.why = {one.channel: ("boot", 0, "") for one in mine}

    @property
    def sid(self):
        return f"{self.name}-{self.boot}"

    def rest(self, names):
        for name in names:
            self.outputs[name] = Output()

    def state(self, name, *why):
        """How an output stands, and by what; without `why` as it was told last."""
        self.why[name] = why or self.why[name]
        prop = next(one.prop for one in RESOURCES.values() if one.channel == name)
        return Reported(self.name, name, *self.why[name], {prop: self.outputs[name].value})

    def states(self):
        """What it tells after each connection, and what lies at the broker for a host that begins."""
        return [self.state(name) for name in self.outputs]

    def take(self, payload, t):
        """Judge and execute one command; gives what the board answers."""
        m = wire.unpack(payload)
        if m["op"] == "stop":
            ack = Acked(m["id"], True, "", self.name)
            if self.guard.executed(m["id"]):
                return [ack]
            self.guard.stop(m["ch"], m["ep"], m["id"], m["dec"])
            self.guard.remember(m["id"], None)
            return [*self.stopped(self.outputs if m["ch"] == "*" else [m["ch"]], m["id"]), ack]
        code = self.guard.judge(m, t, 0)
        said = [Acked(m["id"], code is None, code or "", self.name)]
        if code is None and not self.guard.repeated:
            if m["op"] == "rest":
                self.rest([m["ch"]])
                if m["dec"]:
                    self.rested.add(m["dec"])
            else:
                assert m["dec"] not in self.rested, "P1: what was ended begins again"
                self.outputs[m["ch"]] = Output(*m["a"].values(), m)
            if not m.get("renew"):
                said.insert(0, self.state(m["ch"], "safe" if m["op"] == "rest" else "cmd", m["ep"], m["id"]))
            self.guard.remember(m["id"], None)
        return said

    def tick(self, t):
        """Leases that have ended."""
        said = []
        while (name := self.guard.due(t)) is not None:
            self.rest([name])
            said.append(self.state(name, "lease", max(self.guard.channels[name].epoch, 0), ""))
        return said

    def stop(self):
        """Its own stop button: at once, before the host knows."""
        self.held += 1
        self.guard.stop("*", None, f"t{self.held}")
        return self.stopped(self.outputs, "")

    def stopped(self, names, ident):
        self.rest(names)
        by = self.guard.own or ident
        return [self.state(name, "stop", max(self.guard.channels[name].epoch, 0), by) for name in names]


class World(RuleBasedStateMachine):
    """What the arbiter must hold whatever happens in whatever order."""

    reached: ClassVar[Counter[str]] = Counter()  # by all examples together: to prove that they come everywhere

    def __init__(self):
        super().__init__()
        self.t, self.arbiter, self.sender = (
            50.0,
            Arbiter(RESOURCES.values(), nonce="m", policy=POLICY),
            Sender("local", "team"),
        )
        self.boards = {name: Board(name) for name in ("door", "yard")}
        self.down, self.up, self.said = [], [], []  # in flight: to boards, from boards, from people
        self.chain, self.lines, self.past = Chain(), [], Past()
        # What the model knows by itself, without asking the arbiter:
        self.stopped, self.room, self.online, self.writable = set(), set(), set(), True
        self.cards, self.live, self.yes, self.ordered, self.orders = {}, {}, set(), {}, {}
        self.standing, self.told, self.chosen, self.edits = set(), {}, {}, []
        # … of overrides: who holds what, the order that stands, the last activity, the last change, what boards have.
        self.holders, self.grips, self.active, self.freed = {}, {}, {}, {}
        self.last = {}  # the epoch of the last order
        # … of boards' own stops: the name of one that the host has not heard of, the orders from before it did.
        self.unheard, self.barred = {}, {}
        self.took, self.away, self.begun, self.over = set(), set(), set(), set()
        self.dials = {one.id: one.level for one in RESOURCES.values()}
        # … of runs: when this one began, and what boards have said of their parts since.
        self.runs, self.run_began, self.read = 0, self.t, {}
        # … of what is taught: the version in force, those before it, samples by seat, the lesson that was measured.
        self.version, self.before, self.quarantine, self.lesson = f"{0:016x}", [], {}, None
        self.taught = self.trained = self.word = 0

    # Carrying out what the arbiter says

    def do(self, event):
        if isinstance(event, EvidenceGone):
            mine = [one for one in self.live.values() if (one.trigger, one.agent) == (event.trigger, event.agent)]
            self.over |= {one.id for one in mine}
        effects = resolve(self.arbiter, event, self.t)
        for effect in effects:
            if isinstance(effect, Record):
                self.lines.append(self.chain.seal(effect))
                self.past.add(decode(self.lines[-1]))
                self.written(effect)
            elif isinstance(effect, Changed):
                self.changed(effect.decision)
            elif isinstance(effect, Send):
                self.sent(effect)
            elif isinstance(effect, Install):
                assert effect.version == self.version, "what is installed is what was recorded"
            self.post(self.sender.take([effect], self.t))
        for one in effects:
            if isinstance(one, Send) and one.command.op == "stop":
                those = [id_ for id_, r in RESOURCES.items() if r.device == one.device]
                those = [id_ for id_ in those if one.command.channel in ("*", RESOURCES[id_].channel)]
                assert self.stopped >= set(those), "P3: an old stop ends what is allowed again"
        return effects

    def post(self, messages):
        for m in map(wire.unpack, (one.payload for one in messages)):
            if m.get("renew"):
                grip = self.grips.get(f"{m['ch']}.{next(iter(m['a']))}")
                assert m["dec"] in self.standing or m["id"].split(".")[0] == grip, "P1: a renewal of what has ended"
        # A clean session: what is on its way to a board that is not there is gone for good.
        self.down += [(d, m.payload) for m in messages if self.boards[d := m.topic.split("/")[3]].on]

    def written(self, r):
        if r.to == "stop":
            self.stopped.add(r.res)
            if r.by == EVERY_TEACHER:
                assert r.why == "room"
                self.room.add(r.res)
        elif r.to == "override":
            assert not r.by.startswith("human:visitor"), "a visitor overrides"
            if self.holders.get(r.res) != r.by:
                self.freed[r.res] = (self.t, -1.0)
            self.holders[r.res], self.active[r.res] = r.by, self.t
            if r.cmd:  # a new run gives no order of the one before again
                self.grips[r.res] = r.cmd
        elif r.to == "fall":
            self.grips.pop(r.res)
        elif r.to == "handback":
            self.holders.pop(r.res)
            self.grips.pop(r.res, None)
            self.took.discard(r.res)
            self.freed[r.res] = (self.t, self.t)
            self.away.add(r.res)
        elif r.to == "dial":
            up = r.level.eff > self.dials[r.res]
            assert not up or not r.by.startswith(("human:visitor", "human:owner")), "only they may raise the dial"
            self.dials[r.res] = r.level.eff
        elif r.to == "rearm":
            assert r.by.startswith(("human:teacher", "human:operator")), "only they may re-arm"
            assert r.res not in self.room or r.by.startswith("human:teacher"), "P3: the room's stop is the teacher's"
            self.stopped.discard(r.res)
            self.room.discard(r.res)
        if r.to == "superseded" and r.why == "rank":
            assert r.by == "agent:program" != self.live[r.dec].agent, "case 12: a lower agent takes a card's place"
        if r.why == "taken" and self.cards[r.dec].agent == "agent:program":
            taker = self.cards[r.by]
            assert taker.agent == "agent:program" or r.by in self.yes, "case 12: it ends what a higher one does"
        if r.dec and r.why == "recovered" and r.from_ != r.to:
            self.over_by_restart(r)
        if r.to in ("teach", "forget", "lesson", "model"):
            self.learnt(r)
        if r.dec and r.from_ == "draft" and r.to != "withdrawn":
            assert r.model in ("", f"moves@{self.version}"), "a version that is not in force has an effect"
        if r.from_ == "draft" and r.to == "proposed":
            assert r.res not in self.holders, "P7: asked while a person holds it"
            changed, released = self.freed.get(r.res, (-9.0, -9.0))
            assert self.t >= changed + POLICY.cool - 0.001, "before the cool-down was over"
            assert float(r.ev[0].split("@")[1]) > released - 0.001, "on evidence from before the release"
            assert r.level.eff <= "A3" or r.res not in self.away, "a return without announcement"
        if r.to == "executing":
            self.away.discard(r.res)
        if r.to == "edited" and r.from_ != "edited":
            assert r.value == self.chosen.get(r.dec), "edited by nobody who could"
            self.edits.append(r)
        if r.cmd:
            self.orders[r.cmd] = r
        if r.to in ("executing", "override") and r.from_ != r.to:
            assert r.epoch > self.last.get(r.res, 1), "P7: two orders of one epoch"
            self.last[r.res] = r.epoch
        if r.from_ == "executing" and r.to == "done":
            self.standing.add(r.dec)
        elif r.cmd or r.to == "undone" or (r.from_ == r.to and r.why not in SAYINGS):
            self.standing.discard(r.dec)
        self.reached[f"{r.from_}>{r.to}"] += 1
        self.reached[r.why] += 1
        if r.from_ == "draft":
            self.reached[r.level.by] += 1

    def over_by_restart(self, r):
        """A decision of an earlier run ends."""
        self.live.pop(r.dec, None)
        assert r.to == ("aborted" if r.from_ == "executing" else "expired")
        if r.by.startswith("board:"):
            assert r.value == self.read[r.res], "case 16: not what the board has said"
        elif r.from_ == "executing":
            waited = r.by == "clock" and self.t >= self.run_began + POLICY.ack
            assert waited or r.by.startswith("human:"), "case 16: called aborted before the board was asked"
        self.reached[f"recovered by {r.by.partition(':')[0]}"] += 1

    def learnt(self, r):
        """What the records say that was taught, beside what the model knows of it."""
        version = r.model.split("@")[1]
        if r.to == "teach":
            self.quarantine[r.ev[0]] = r.by
            mine = [seat for seat in self.quarantine.values() if seat == r.by]
            assert len(mine) <= POLICY.samples, "more than one seat may teach"
        elif r.to == "forget":
            assert not r.by.startswith("human:visitor") or self.quarantine[r.ev[0]] == r.by, "somebody else's sample"
            del self.quarantine[r.ev[0]]
        elif r.to == "lesson":
            self.lesson = (version, r.of, r.ev, r.why == "ok")
        elif r.why == "promoted":
            assert r.by.startswith(("human:teacher", "human:operator")), "only they may promote"
            assert self.lesson == (version, self.version, r.ev, True), "promoted what was not measured, or is worse"
            assert set(r.ev) <= self.quarantine.keys(), "promoted with what somebody took back"
            gone = {sample: self.quarantine.pop(sample) for sample in r.ev}
            self.before.append((self.version, gone))
            self.version, self.lesson = version, None
        elif r.why == "rollback":
            assert not r.by.startswith("human:visitor"), "a visitor decides what the machine knows"
            assert self.before, "rollback to nowhere"
            old, samples = self.before.pop()
            assert version == old, "rollback restores another version"
            self.quarantine |= samples
            self.version, self.lesson = old, None
        if r.to == "model":
            self.reached[f"model {r.why}"] += 1

    def changed(self, d):
        if d.state == "proposed" and d.id not in self.cards:
            self.cards[d.id] = d
            self.check_level(d)
        if d.state == "executing" and d.id not in self.begun:
            self.check_level(d)
            if d.id not in self.yes:
                assert d.level.eff > "A2", "P2: it moves without a yes in time"
                assert d.level.eff > "A3" or d.id not in self.over, "silence acts on what is over"
                assert d.level.eff > "A3" or self.t >= self.cards[d.id].until, "A3: before the time for a no is over"
                assert d.level.eff <= self.dials[d.resource], "what may act by itself was lowered meanwhile"
            case = self.arbiter.cases[d.id]
            if d.id not in self.yes and case.proposal.model:
                assert case.proposal.model == f"moves@{self.version}", "silence lets a version act that is gone"
            self.begun.add(d.id)  # it may be shown again when the dial is lower
        self.live = {k: v for k, v in (self.live | {d.id: d}).items() if v.live}

    def check_level(self, d):
        if d.id not in self.begun and d.state == "proposed":
            ceiling = CLEAR_CEILING[d.options, d.p]
            assert d.level.eff <= ceiling, f"P4: {d.level} on evidence that allows {ceiling}"
        one, asked = RESOURCES[d.resource], LEVELS.index(self.dials[d.resource])
        ceiling = min(asked, {"H1": 4, "H2": 3 if one.reversible else 2}[one.hazard])
        bad = one.device not in self.online or d.resource in self.stopped or (not self.writable and one.hazard == "H2")
        assert LEVELS.index(d.level.eff) <= (0 if bad else ceiling), f"P4: {d.level} for {d.resource}"

    def sent(self, effect):
        c = effect.command
        if c.op == "stop":
            return
        where = next(one for one in RESOURCES.values() if one.channel == c.channel)
        if c.op == "rest":
            assert where.id not in self.grips, "P7: it is taken out of the holder's hand"
            return
        assert where.id not in self.stopped, "P3: an order after a stop"
        assert effect.recorded == (where.hazard >= "H2")
        assert c.id in self.orders, "P1: an order before its record"
        assert bool(c.decision) == (where.id not in self.holders), "P7: an agent's order while a person holds it"
        self.ordered.setdefault(c.decision, set()).add(c.id)

    # What happens

    @initialize()
    def begin(self):
        for board in self.boards.values():
            board.start()
            board.on = True
            self.online.add(board.name)
            self.do(Online(board.name, True, board.sid))
        self.do(Schooled("moves", self.version))

    # What is taught

    @rule(seat=st.sampled_from(SEATS), new=st.booleans(), agreed=st.sampled_from([True, True, True, False]))
    def teach(self, seat, new, agreed):
        self.taught += new or not self.taught
        sample, had = f"{self.taught:016x}", dict(self.quarantine)
        self.do(Answered(Answer("teach", seat, model="moves", sample=sample, label="wave", consent=agreed)))
        assert agreed or self.quarantine == had, "whoever is in it has not agreed"

    @precondition(lambda self: self.quarantine)
    @rule(seat=st.sampled_from(SEATS), n=st.integers(0, 5))
    def forget(self, seat, n):
        sample = sorted(self.quarantine)[n % len(self.quarantine)]
        self.do(Answered(Answer("forget", seat, model="moves", sample=sample)))

    @precondition(lambda self: self.quarantine)
    @rule(ok=st.sampled_from([True, True, False]), stale=st.sampled_from([False, False, False, True]))
    def measure(self, ok, stale):
        self.trained += 1
        base = f"{999:016x}" if stale else self.version
        self.do(Measured("moves", f"{1000 + self.trained:016x}", base, tuple(sorted(self.quarantine)), ok))

    @rule(seat=st.sampled_from(SEATS), which=st.sampled_from([0, 0, 0, 1]))
    def promote(self, seat, which):
        self.do(Answered(Answer("promote", seat, model="moves", sample=f"{1000 + self.trained - which:016x}")))

    @rule(seat=st.sampled_from(SEATS))
    def roll_back(self, seat):
        self.do(Answered(Answer("rollback", seat, model="moves")))

    @rule(seconds=st.sampled_from([0.05, 0.25, 0.4, 0.5, 0.7, 1.0, 1.6, 3.1]), late=st.booleans())
    def time_passes(self, seconds, late):
        end = self.t + seconds
        while self.t < end:
            # `late` is a host that is busy for up to a second; a board's own clock is never late.
            at = (
                end
                if late and seconds <= 1.0
                else min(end, max(self.t + 0.001, min(due(self.arbiter), self.sender.next_due)))
            )
            step = min(at, self.t + 0.1)
            self.t = step
            self.boards_tick()
            if step >= at:
                self.do(Tick())
                self.post(self.sender.due(self.t))

    def boards_tick(self):
        for board in self.boards.values():
            self.up += [(board.name, board.boot, one) for one in board.tick(int(self.t * 1000))]

    @rule(
        id_=st.sampled_from(sorted(RESOURCES)),
        value=st.sampled_from([1.0, 2.0]),
        trigger=st.sampled_from(["up", "out"]),
        age=st.sampled_from([0.0, 0.0, 1.2, 2.0]),
        agent=st.sampled_from(["agent:pose", "agent:pose", "agent:program", "agent:sensors"]),
        anew=st.sampled_from([True, True, False]),
        clear=st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 5]),
        by=st.sampled_from(["", "", "now", "lesson", "before"]),
    )
    def propose(self, id_, value, trigger, age, agent, anew, clear=0, by=""):
        if anew:
            self.do(EvidenceGone(trigger, agent))
        more = CLEAR[clear]
        p = Proposal(
            id_, value, trigger, more.get("p", 0.8), WORDS, self.t - age, deadline=3.0, hold=2.0, agent=agent,
            model=self.judge(by),
            **{key: one for key, one in more.items() if key != "p"},
        )  # fmt: skip
        self.do(Proposed(p))

    def judge(self, by):
        """What has judged: nothing that is taught, the version in force, the lesson in quarantine, the one before."""
        known = {"now": self.version, "lesson": f"{1000 + self.trained:016x}", "before": f"{0:016x}"}
        if self.before:
            known["before"] = self.before[-1][0]
        return f"moves@{known[by]}" if by else ""

    @rule(trigger=st.sampled_from(["up", "out"]))
    def evidence_goes(self, trigger):
        self.do(EvidenceGone(trigger))

    @precondition(lambda self: self.cards)
    @rule(
        which=st.sampled_from([0, 0, 1, 2, 3]),
        verb=st.sampled_from(["confirm", "confirm", "edit", "reject", "undo"]),
        seat=st.sampled_from(SEATS),
        blind=st.sampled_from([False, False, False, True]),
        at_once=st.booleans(),
    )
    def person_speaks(self, which, verb, seat, blind, at_once):
        cards = [one for one in self.live.values() if one.state in ("proposed", "deferred")] or list(
            self.cards.values()
        )
        card = cards[-1 - which % len(cards)]
        self.said.append(Answer(verb, seat, card.id, "0" * 16 if blind else card.digest, 3.0 if which else 10.0))
        if at_once:
            self.word_arrives(-1, False)

    @precondition(lambda self: self.said)
    @rule(n=st.integers(0, 50), double=st.booleans())
    def word_arrives(self, n, double):
        said = self.said[n % len(self.said)] if double else self.said.pop(n % len(self.said))
        card = self.cards[said.id]
        now = self.live.get(said.id)
        able = not said.seat.startswith("human:visitor")
        asked = now is not None and now.state in ("proposed", "deferred") and self.t < now.until
        if said.verb in ("confirm", "edit") and able and said.digest == card.digest and asked:
            if said.verb == "confirm" and (card.level.eff > "A1" or now.state == "deferred"):
                self.yes.add(said.id)
            elif said.verb == "edit" and said.value < 10.0:
                self.yes.add(said.id)
                self.chosen.setdefault(said.id, said.value)
        if not any(isinstance(one, Told) for one in self.do(Answered(said))):
            became = {"confirm": {"executing"}, "edit": {"executing"}}.get(said.verb, {"rejected", "aborted", "undone"})
            assert self.past.states[said.id] in became, "what is said has its effect, or one is told why not"

    @precondition(lambda self: self.down)
    @rule(n=st.sampled_from([0, 0, 0, 1, 2, 7]), fate=st.sampled_from(["take", "take", "take", "double", "lose"]))
    def order_arrives(self, n, fate):
        n %= len(self.down)
        device, payload = self.down[n] if fate == "double" else self.down.pop(n)
        board = self.boards[device]
        if fate == "lose":
            return
        before = {name: (one.value, one.order) for name, one in board.outputs.items()}
        self.up += [(device, board.boot, one) for one in board.take(payload, int(self.t * 1000))]
        for name, one in board.outputs.items():
            if one.order is not None and (one.value, one.order) != before[name]:
                assert device not in self.unheard, "P3: a board moves after its own stop, and the host does not know"
                assert one.order["id"].split(".")[0] not in self.barred.get(device, ()), "P3: by an order from before"
                self.check_act(one)

    def check_act(self, output):
        self.reached["act"] += 1
        m = output.order
        record = self.orders.get(m["id"].split(".")[0])
        assert record is not None, "P1: a part moved without a record"
        where = next(one.id for one in RESOURCES.values() if one.channel == m["ch"])
        kind = "executing" if m["dec"] else "override"
        assert (record.to, record.dec, record.epoch) == (kind, m["dec"], m["ep"]), "P1: not by this record"
        if not m["dec"]:
            assert output.value == record.value
            if self.grips.get(where) == record.cmd:
                self.took.add(where)
            return
        assert where not in self.took, "P7: an agent's value while a person holds it"
        assert self.past.states[m["dec"]] not in ("expired", "rejected", "superseded", "withdrawn"), "P2"
        d, was = self.cards[m["dec"]], {r.value for r in self.edits if r.dec == m["dec"]}
        assert output.value == (was.pop() if was else d.value), "it does what was shown, or what a person chose"

    @precondition(lambda self: self.up)
    @rule(n=st.sampled_from([0, 0, 0, 1, 5]), fate=st.sampled_from(["take", "take", "take", "double", "lose"]))
    def answer_arrives(self, n, fate):
        n %= len(self.up)
        device, boot, event = self.up[n] if fate == "double" else self.up.pop(n)
        if fate == "lose" or boot != self.boards[device].boot:
            return
        count = self.reached[">reflex"]
        if isinstance(event, Reported) and event.by == "stop" and event.id == self.unheard.get(device):
            del self.unheard[device]
            self.barred[device] = set(self.orders)
            self.reached["own stop"] += 1
        if isinstance(event, Reported):
            self.read |= {f"{event.channel}.{prop}": value for prop, value in event.values.items()}
        self.do(event)
        if isinstance(event, Reported):
            if event.by == "lease" and self.told.get(event.channel) != event:
                assert self.reached[">reflex"] == count + 1, "P1: a part moved by itself without a record"
            self.told[event.channel] = event

    @rule(
        kind=st.sampled_from(["stop", "room", "again", "allowed", "board", "journal", "nothing", "nothing", "nothing"]),
        seat=st.sampled_from(SEATS),
        device=st.sampled_from(["door", "yard"]),
        here=st.booleans(),
        noticed=st.booleans(),
    )
    def trouble(self, kind, seat, device, here, noticed):
        if kind == "stop":
            board = self.boards[device]
            if here:
                said = board.stop()
                self.unheard[device] = said[0].id
                self.up += [(device, board.boot, one) for one in said]
            if noticed or not here:
                self.stopped |= set(RESOURCES)
                self.do(StopAll(seat))
        elif kind == "room":
            self.stopped |= set(RESOURCES)
            self.room |= set(RESOURCES)
            self.word += 1
            self.do(StopAll(EVERY_TEACHER, f"all-{self.word}"))
        elif kind == "again" and self.word:
            before = set(self.stopped)
            self.do(StopAll(EVERY_TEACHER, f"all-{self.word}"))
            assert self.stopped == before, "P3: an order of the teacher that was obeyed stops once more"
        elif kind == "allowed":
            self.do(Rearmed(seat))
            assert not (self.stopped and seat.startswith("human:teacher")), "a teacher re-arms everything at once"
        elif kind == "journal":
            self.writable = not self.writable
            self.do(JournalState(self.writable))
        elif kind == "board":
            self.come_or_go(self.boards[device], here, noticed)

    def overtaken(self, late):
        """Another version comes in force while a card of the one before is up (at A3, where nobody turned the dial), or
        when it has run out, and then its yes comes `late`."""
        self.propose("gate.angle" if late else "pump.flow", 1.0, "up", 0.0, "agent:pose", True, 0, "now")
        card = list(self.cards.values())[-1:]
        self.time_passes(3.1 if late else 0.25, False)
        self.teach(SEATS[3], True, True)
        self.measure(True, False)
        self.promote(SEATS[3], 0)
        if late and card:
            self.said.append(Answer("confirm", SEATS[2], card[0].id, card[0].digest))
            self.word_arrives(-1, False)

    def doubted(self):
        """After a hand-back the agent does what cannot be undone, and then somebody says no to it."""
        self.override("human:teacher#1", "horn.tone", 4.0, False)
        self.do(Answered(Answer("handback", "human:teacher#1", resource="horn.tone")))
        self.time_passes(0.7, False)
        self.propose("horn.tone", 1.0, "up", 0.0, "agent:pose", True)
        self.time_passes(3.1, False)
        self.calm()
        if self.cards:
            self.said.append(Answer("reject", SEATS[1], list(self.cards)[-1]))
            self.word_arrives(-1, False)

    def refused(self):
        """A board's own stop, of which its refusal of an order is heard first."""
        self.trouble("stop", SEATS[0], self.down[-1][0], True, False)
        self.order_arrives(-1, "take")
        self.answer_arrives(-1, "take")

    def come_or_go(self, board, power, noticed):
        if board.on:
            board.on = False
            self.down = [one for one in self.down if one[0] != board.name]
            if power:
                self.unheard.pop(board.name, None)
                board.start()
            else:
                board.boot += 1  # a new connection, the same guard and outputs
            if noticed:
                self.online.discard(board.name)
                self.do(Online(board.name, False, ""))
        else:
            board.on = True
            self.attend(board)

    def attend(self, board):
        """A board is there, and tells how its parts stand."""
        self.online.add(board.name)
        self.do(Online(board.name, True, board.sid))
        self.up += [(board.name, board.boot, one) for one in board.states()]

    @rule(given=st.sampled_from(["", *sorted(RESOURCES)]))
    def restart(self, given):
        """The runtime is killed, and another one begins on its journal; what it was told meanwhile is lost. `given` was
        given back just before."""
        if given:
            self.override("human:teacher#1", given, 4.0, False)
            self.do(Answered(Answer("handback", "human:teacher#1", resource=given)))
        self.runs += 1
        self.run_began, self.read, self.told, self.up = self.t, {}, {}, []
        self.arbiter = Arbiter(RESOURCES.values(), nonce=f"m{self.runs}", policy=POLICY)
        self.sender, self.writable = Sender("local", "team"), True
        self.online, self.standing, self.grips = set(), set(), {}
        self.do(Resumed(self.past))
        for board in self.boards.values():
            if board.on:
                self.attend(board)

    @precondition(lambda self: self.stopped)
    @rule(seat=st.sampled_from(SEATS), n=st.integers(0, 3))
    def rearm(self, seat, n):
        which = sorted(self.stopped)[n % len(self.stopped)]
        self.do(Answered(Answer("rearm", seat, resource=which)))

    @rule(seat=st.sampled_from(SEATS), id_=st.sampled_from(sorted(RESOURCES)), to=st.sampled_from(LEVELS))
    def dial(self, seat, id_, to):
        self.do(Answered(Answer("dial", seat, resource=id_, level=to)))
        assert self.arbiter.desks[id_].asked_level == self.dials[id_], "a dial without a record"

    @rule(
        seat=st.sampled_from(SEATS),
        id_=st.sampled_from(sorted(RESOURCES)),
        value=st.sampled_from([4.0, 5.0, 10.0]),
        again=st.booleans(),
    )
    def override(self, seat, id_, value, again):
        if again and self.holders:
            id_, seat = sorted(self.holders.items())[0]
        effects = self.do(Answered(Answer("override", seat, value=value, resource=id_)))
        if any(isinstance(one, Told) and one.seat == seat for one in effects):
            assert not any(
                isinstance(one, Send) and one.command.args == {RESOURCES[id_].prop: value} for one in effects
            )
        else:
            self.active[id_] = self.t
            assert self.holders[id_] == seat, "what is said has its effect"

    @precondition(lambda self: self.holders)
    @rule(seat=st.sampled_from(SEATS), n=st.integers(0, 4), own=st.booleans())
    def handback(self, seat, n, own):
        id_, holder = sorted(self.holders.items())[n % len(self.holders)]
        self.do(Answered(Answer("handback", holder if own else seat, resource=id_)))

    @precondition(lambda self: self.stopped or len(self.online) < 2 or not self.writable)
    @rule()
    def repair(self):
        """Everything is made well again, as far as people can."""
        self.calm()
        for n, one in enumerate(RESOURCES.values()):
            self.do(Answered(Answer("dial", f"human:operator#{n}", resource=one.id, level=one.level)))
        for n, which in enumerate(sorted(self.stopped)):
            self.do(Answered(Answer("rearm", f"human:teacher#{n}", resource=which)))
        for board in self.boards.values():
            if not board.on:
                self.come_or_go(board, False, True)
        if not self.writable:
            self.writable = True
            self.do(JournalState(True))

    @rule()
    def calm(self):
        """Everything in flight between host and boards arrives in its order."""
        while self.down or self.up:
            if self.down:
                self.order_arrives(0, "take")
            if self.up:
                self.answer_arrives(0, "take")

    # What must hold

    @invariant()
    def history_is_legal(self):
        assert self.past.illegal == [], "each decision takes legal steps to one end"

    @invariant()
    def replay_tells_the_same(self):
        for id_, case in self.arbiter.cases.items():
            assert self.past.states[id_] == case.decision.state, "P5"
        for id_, desk in self.arbiter.desks.items():
            assert self.past.epochs.get(id_, 1) == desk.epoch, "P1: an epoch without a record"
            assert self.past.dials.get(id_, RESOURCES[id_].level) == desk.asked_level, "P5: dials"
            assert (id_ in self.past.leases) == (desk.lease is not None), "P5: leases"
            _, count, acted, kept = self.past.back.get(id_, (0.0, POLICY.staged, True, False))
            soft = desk.kept <= kept and desk.staged <= max(0, POLICY.staged - count) and desk.away <= (not acted)
            assert soft or desk.lease, "bolder after a restart"
            assert (id_ in self.past.stopped) == desk.stopped == (id_ in self.stopped), "P5: stops"
            assert (id_ in self.past.room) == desk.room == (id_ in self.room), "P5: the room's stops"

        if (school := self.arbiter.schools.get("moves")) is not None:
            assert school == self.past.schools["moves"], "P5: what was taught"
            assert (school.version, school.waiting) == (self.version, self.quarantine), "P5: versions"

    @invariant()
    def questions_end(self):
        for d in self.live.values():
            if d.state in ("proposed", "deferred"):
                assert self.t <= self.cards[d.id].until + 1.0, "P6"
        busy = [d.resource for d in self.live.values()]
        assert len(busy) == len(set(busy)), "one live decision per resource"

    @invariant()
    def hands_are_there(self):
        for id_ in self.grips:
            lasts = POLICY.beats if RESOURCES[id_].hazard >= "H2" else POLICY.lease
            assert self.t <= self.active[id_] + lasts + 1.0, "an override without a hand on it"
        for id_, desk in self.arbiter.desks.items():
            assert (desk.lease.seat if desk.lease else None) == self.holders.get(id_), "P5: holders"

    @invariant()
    def nothing_stands_while_stopped(self):
        for id_ in self.stopped:
            desk = self.arbiter.desks[id_]
            assert id_ not in self.holders, "P3"
            assert desk.case is None, "P3"
            assert desk.held is None, "P3"

    def teardown(self):
        if not self.cards:
            return
        # Everything in flight arrives, every board comes back, time goes on: then nothing lives and all is at safe.
        for board in self.boards.values():
            if not board.on:
                self.come_or_go(board, False, True)
        for round_ in range(12):
            self.calm()
            self.time_passes(1.0, False)
            if round_ < 3:
                for id_ in sorted(self.holders)[:2]:
                    self.do(Answered(Answer("handback", f"human:safety#{round_}", resource=id_)))
        assert not self.live, "every decision reaches an end"
        assert math.isinf(due(self.arbiter)), "nothing is left to do"
        assert math.isinf(self.sender.next_due)
        for board in self.boards.values():
            assert all(one.value == 0.0 for one in board.outputs.values()), "what nobody holds is at safe"
        assert replay(map(decode, self.lines)) == self.past, "P5"
        assert self.past.heeded == self.arbiter.heeded, "P5: the teacher's order"
        self.history_is_legal()
        self.replay_tells_the_same()


EVERYWHERE = {
    "draft>proposed", "draft>withdrawn", "draft>expired", "proposed>confirmed", "proposed>rejected",
    "proposed>expired", "proposed>superseded", "proposed>withdrawn", "proposed>executing", "confirmed>executing",
    "proposed>edited", "edited>executing", "hint", "range", ">dial", "dial",
    "proposed>deferred", "deferred>confirmed", "deferred>edited", "deferred>rejected", "deferred>expired", "escalated",
    "disagree", "confidence", "sim_block", ">override", ">fall", ">handback", "released", "lease", "override", "taken",
    "executing>done", "executing>aborted", "done>undone", "act", "rest", "stop", "lwt", "silence", "silent",
    "journal", "dup", "already", "changed", "outranked", "late_yes", "late_no", "locked", "unasked", "shadow",
    "newer", "stopped", ">stop", ">rearm", ">loss", ">reflex", ">teach", ">teach_rejected", ">forget", ">lesson",
    "rank", "waited", "recovered by board", "recovered by clock", "recovered by runtime",
    "own stop", "worse", "model", "model found", "model promoted", "model rollback", "cap", "consent",
}  # fmt: skip


def walk(seed, steps=80, lessons=True):
    """The same machine by weighted chance: ten times as fast as hypothesis, which in turn shrinks what it finds.
    Without `lessons` nothing is taught, and there is more of everything else."""
    r, judges = random.Random(seed), random.Random(seed)
    w = World()
    w.begin()
    one_in = lambda n: r.randrange(n) == 0  # noqa: E731
    moves = {
        lambda: w.time_passes(r.choice([0.05, 0.1, 0.25, 0.4, 0.5, 1.0, 1.6, 3.1]), one_in(2)): 6,
        lambda: w.propose(
            r.choice(sorted(RESOURCES)), r.choice([1.0, 2.0]), r.choice(["up", "out"]),
            r.choice([0.0] * 6 + [1.2, 2.0]),
            "agent:program" if one_in(5) else "agent:pose", not one_in(4), r.choice([0] * 10 + [1, 2, 3, 4, 5]),
            judges.choice(["", "", "now", "now", "now", "lesson", "before"]) if lessons else "",
        ): 6,
        lambda: w.person_speaks(
            r.choice([0, 0, 1, 2, 3]), r.choice(["confirm"] * 3 + ["edit", "reject", "undo"]), r.choice(SEATS),
            one_in(5), not one_in(3),
        ) if w.cards else None: 6,
        lambda: w.word_arrives(r.randrange(50), one_in(2)) if w.said else None: 2,
        lambda: w.order_arrives(r.choice([0, 0, 1, 2]), r.choice(FATES)) if w.down else None: 6,
        lambda: w.answer_arrives(r.choice([0, 0, 1, 2]), r.choice(FATES)) if w.up else None: 6,
        lambda: w.calm(): 3,
        lambda: w.evidence_goes(r.choice(["up", "out"])): 1,
        lambda: w.trouble(
            r.choice(["stop", "board", "journal"] * 4 + ["room", "room", "again", "again", "allowed", "allowed"]),
            r.choice(SEATS), r.choice(["door", "yard"]), one_in(2), one_in(2)
        ): 1,
        lambda: w.rearm(r.choice(SEATS), r.randrange(4)) if w.stopped else None: 1,
        lambda: w.repair(): 1,
        lambda: w.restart(r.choice(["", *sorted(RESOURCES)])) if not lessons and one_in(2) else None: 1,
        lambda: w.refused() if w.down and one_in(3) else None: 1,
        lambda: w.override(r.choice(SEATS), r.choice(sorted(RESOURCES)), r.choice([4.0, 5.0, 10.0]), one_in(2)): 3,
        lambda: w.handback(r.choice(SEATS), r.randrange(5), one_in(2)) if w.holders else None: 2,
        lambda: w.dial(r.choice(SEATS), r.choice(sorted(RESOURCES)), r.choice(LEVELS)): 1,
    }  # fmt: skip
    taught = {
        lambda: w.teach(r.choice(SEATS), not one_in(4), not one_in(5)): 2,
        lambda: w.forget(r.choice(SEATS), r.randrange(6)) if w.quarantine else None: 1,
        lambda: w.measure(not one_in(4), one_in(6)) if w.quarantine else None: 4,
        lambda: w.promote(r.choice(SEATS), 0 if r.randrange(4) else 1): 4,
        lambda: w.overtaken(one_in(2)): 1,
        lambda: w.roll_back(r.choice(SEATS)): 2,
    }  # fmt: skip
    moves |= taught if lessons else {}
    begin = [w.doubted] if seed % 10 == 7 else []
    for move in begin + r.choices(list(moves), list(moves.values()), k=steps):
        move()
        w.history_is_legal()
        w.replay_tells_the_same()
        w.questions_end()
        w.nothing_stands_while_stopped()
        w.hands_are_there()
    w.teardown()


def walks(count, lessons=None):
    """So many walks; with or without lessons, or both in turn."""
    for seed in range(count):
        walk(seed, lessons=seed % 2 == 0 if lessons is None else lessons)


def test_the_arbiter_keeps_its_promises():
    """6,000 steps, elsewhere in each run; GONGZHI_MODEL_EXAMPLES=10000 looks further."""
    examples = int(os.environ.get("GONGZHI_MODEL_EXAMPLES", 100))
    more = {"deadline": None, "stateful_step_count": 60, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(World, settings=settings(max_examples=examples, **more))


def test_the_arbiter_keeps_its_promises_on_long_walks():
    """32,000 steps, the same in every run, and everywhere: or they would prove little."""
    World.reached.clear()
    walks(400)
    assert EVERYWHERE - set(World.reached) == set()


MUTANTS = [
    ("P1", life.execute, "move(desk, case, \"executing\", now, by, out, saw=saw, cmd=command.id)",
     "out.append(Send(resource.device, command)); move(desk, case, \"executing\", now, by, out, cmd=command.id)"),
    ("P1", life.abort, "desk.epoch += 1", "pass"),
    ("P1", Sender._drop, "del self._standing[key]", "pass"),
    ("P1", boards.reported, "elif told.by in _REFLEXES:", "elif False:"),
    ("P2", answers._yes, "said.digest != case.decision.digest", "False"),
    ("P2", answers._yes, "place < OWNER", "False"),
    ("P2", stage._case_due, "return case.decision.until", "return case.decision.until + 0.7"),
    ("P3", opening.level_now, "stopped=desk.stopped", "stopped=False"),
    ("P3", stop.stop_all, "end_live(a, desk, now, by, \"stop\", out, rest=False)", "pass"),
    ("P3", answers._rearm, "place >= TEACHER and", ""),
    ("P3", answers._rearm, "not desk.room or", "True or"),
    ("P3", stop.rearm_all, "if is_teacher(by):", "if True:"),
    ("P3", stop.stop_all, "order == a.heeded", "False"),
    ("P3", stop.stop_all, "order == a.heeded", "True"),
    ("P3", stop.rearm, "& {desk", "- {desk"),
    ("P3", Guard._owned, "self.own or", ""),
    ("P3", stop.send_stop, "if desk.stopped", "if True"),
    ("P5", stop.stop_all, "or order or", "or"),
    ("P5", stop.stop_all, "desk.room or room, now", "room, now"),
    ("P4", level.effective, "(\"hazard\", hazard_ceiling(resource, raising=raising))", "(\"hazard\", \"A5\")"),
    ("P4", opening.level_now, "resource.device in a.online", "True"),
    ("P4", boards.written, "if writable:", "if True:"),
    ("P5", life.move, "out.append(line := record(case, now, was, saw=saw, cmd=cmd))",
     "line = record(case, now, was, saw=saw, cmd=cmd); to == \"withdrawn\" or out.append(line)"),
    ("P5", answers._take_back, "move(desk, case, \"undone\", now, said.seat, out, why=why, saw=said.digest)", "pass"),
    ("P2", stage._timers, "case.decision.level.eff == \"A3\"", "case.decision.level.eff >= \"A2\""),
    ("P2", answers._yes, "case.decision.level.eff == \"A1\"", "False"),
    ("P2", stage._no_more_by_silence, "d.level.eff != \"A3\"", "True"),
    ("P2", dial.set_dial, "case.decision.level.eff > level", "False"),
    ("P4", dial.turn, "place < TEACHER", "place < 1"),
    ("edit", answers._can_be, "<= value <= desk.resource.high", "<= value"),
    ("edit", life.move, "d.value if value is None else value", "d.value"),
    ("P7", opening.level_now, "if desk.lease:", "if False:"),
    ("P7", lease._take, "end_live(a, desk, now, seat, \"override\", out, rest=False)", "pass"),
    ("P7", lease._order, "desk.epoch += 1", "pass"),
    ("P7", lease._take, "release(a, desk, now, seat, \"override\", out, rest=False)", "pass"),
    ("lease", lease.lease_due, "    return lease.until", "    return lease.until + 5"),
    ("lease", lease._forbidden, "place < OWNER or", "False or"),
    ("return", opening._cooling, "now < desk.changed + a.policy.cool", "False"),
    ("return", opening._cooling, "p.t <= desk.released", "False"),
    ("return", opening.level_now, "min(lower, \"A3\") if desk.away else lower", "lower"),
    ("P3", stop.stop_all, "give_back(a, desk, now, by, \"stop\", out, rest=False)", "pass"),
    ("P1", lease._end_order, "out.append(Cease(desk.resource.device, desk.resource.channel))", "pass"),
    ("P4", opening.level_now, "(\"confidence\", sure)", "(\"confidence\", \"A5\")"),
    ("P4", opening.level_now, "(\"sim\", \"A0\")", "(\"sim\", \"A4\")"),
    ("P5", dial.set_dial, "desk.asked_level = level", "desk.asked_level = level if why else min(level, \"A4\")"),
    ("P6", stage._case_due, "return case.decision.until", "return case.decision.until + 5"),
    ("teach", teach.in_force, "version == school.version", "True"),
    ("teach", answers._late_yes, "and in_force(a, case.proposal)", ""),
    ("teach", teach._unfit, "mine >= a.policy.samples", "False"),
    ("teach", teach._unfit, "if not said.consent:", "if False:"),
    ("teach", teach.forget, "place < OWNER and", "False and"),
    ("teach", teach.promote, "place < TEACHER", "place < 1"),
    ("teach", teach.promote, "not school.lesson.ok", "False"),
    ("teach", teach.promote, "not school.ready(said.sample)", "False"),
    ("teach", teach.rollback, "place < OWNER", "False"),
    ("teach", teach.rollback, "last.before, why", "last.version, why"),
    ("teach", teach._end_cards, "case.decision.state in (\"proposed\", \"deferred\")", "False"),
    ("teach", teach._end_cards, "p: p.model.partition(\"@\")[0] == model", "p: False"),
    ("teach", teach.measured, "told.base != school.version", "False"),
    ("teach", school.School.apply, "self.waiting |= last.samples", "pass"),
    ("teach", school.School.apply, "self.steps.pop() if", "self.steps[-1] if"),
    ("case 16", recovery.resume, "last.to == \"executing\" and", "False and"),
    ("return", recovery.resume, "not acted", "False"),
    ("return", recovery.resume, "desk.changed = desk.released = min(t, now)", "pass"),
    ("return", record.Past._come_back, "record.to in (\"done\", \"superseded\") and", "False and"),
    ("case 16", recovery._end, "told.values.get(desk.resource.prop)", "None"),
    ("one live", opening.level_now, "and desk.unread is None", ""),
    ("one live", rivals.propose, "desk.case is not None or", ""),
    ("case 12", rivals._stands_above, "desk.held is not None and", "False and"),
    ("case 12", rivals.gives_way, "a.place(p.agent) > a.place(case.proposal.agent)", "True"),
    ("once", boards.acked, "if ack.ok:\n        if case.decision.state == \"executing\":",
     "if ack.ok:\n        if True:"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "function", "old", "new"), MUTANTS, ids=[f"{m[0]}-{m[1].__name__}-{n}" for n, m in enumerate(MUTANTS)]
)
def test_a_broken_arbiter_is_found_out(monkeypatch, of, function, old, new):
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1
    names = dict(function.__globals__)
    exec(
        compile(
            "from __future__ import annotations\n" + source.replace(old, new),
            function.__name__,
            "exec",
            dont_inherit=True,
        ),
        names,
    )
    monkeypatch.setattr(function, "__code__", names[function.__name__].__code__)
    with pytest.raises(AssertionError):
        walks(400, lessons=of == "teach")
