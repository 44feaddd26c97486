"""For tests of the arbiter: a small project, a clock, and short words for what people, agents and boards do."""

from __future__ import annotations

import pytest
from gongzhi.arbiter.record import Chain, decode, replay
from gongzhi.stages.resolve import (
    Acked,
    Answered,
    Arbiter,
    Changed,
    EvidenceGone,
    Online,
    Proposed,
    Record,
    Send,
    StopAll,
    Tick,
    Told,
    resolve,
)
from gongzhi.values import Answer, Proposal, Resource

OPERATOR, OWNER, VISITOR, TEACHER = "human:operator#page", "human:owner#door", "human:visitor#1", "human:teacher#1"
WORDS = {"zh": "因为双手举过头顶", "en": "both hands are up"}


def resource(id_, device="door", hazard="H1", level="A2", high=1.0, kind="led", **more):
    channel, prop = id_.split(".")
    return Resource(id_, device, channel, prop, kind, 0, high, 0, "", hazard, level, {"zh": id_, "en": id_}, **more)


class World:
    """One arbiter with all that it has said so far; `t` is the time."""

    def __init__(self, *resources, online=("door", "yard"), t=100.0, **more):
        self.arbiter = Arbiter(resources, nonce="t", **more)
        self.t, self.effects, self.lines, self.chain = t, [], [], Chain()
        for device in online:
            self.do(Online(device, True, "s1"))

    def do(self, event, after=0.0):
        self.t += after
        new = resolve(self.arbiter, event, self.t)
        self.lines += [self.chain.seal(one) for one in new if isinstance(one, Record)]
        self.effects += new
        return new

    def propose(self, resource="gate.angle", value=1.0, *, trigger="hands_up", p=0.93, after=0.0, age=0.0, **more):
        """Propose, and give the decision that came of it (None if there is none)."""
        self.wait(after)
        new = self.do(Proposed(Proposal(resource, value, trigger, p, WORDS, self.t - age, **more)))
        return next((one.decision for one in reversed(new) if isinstance(one, Changed)), None)

    def say(self, verb, decision=None, seat=OPERATOR, *, after=0.0, digest=None, **more):
        id_ = decision.id if decision else ""
        seen = digest if digest is not None else (decision.digest if decision else "")
        return self.do(Answered(Answer(verb, seat, id_, seen, **more)), after)

    def ack(self, decision, ok=True, err="", after=0.0, device=""):
        return self.do(Acked(self.arbiter.cases[decision.id].command.id, ok, err, device), after)

    def gone(self, trigger="hands_up", after=0.0):
        return self.do(EvidenceGone(trigger), after)

    def stop(self, by=VISITOR, after=0.0):
        return self.do(StopAll(by), after)

    def wait(self, seconds):
        return self.do(Tick(), seconds)

    def state(self, decision):
        return self.arbiter.decision(decision.id).state

    def done(self, *args, seat=OPERATOR, **more):
        """A decision that has been carried out, whatever its level."""
        decision = self.propose(*args, **more)
        if decision.state == "proposed":
            self.say("confirm", decision, seat)
        self.ack(decision)
        return self.arbiter.decision(decision.id)

    @property
    def commands(self):
        """(op, channel, arguments) of everything sent so far."""
        return [
            (one.command.op, one.command.channel, one.command.args) for one in self.effects if isinstance(one, Send)
        ]

    def records(self, decision=None):
        """(from, to, by, why) of the records so far, of one decision or of all."""
        records = [decode(line) for line in self.lines]
        return [(r.from_, r.to, r.by, r.why) for r in records if decision is None or r.dec == decision.id]

    @property
    def past(self):
        return replay(decode(line) for line in self.lines)

    def close(self):
        """What must hold at the end of every test: the journal tells the same story as the arbiter."""
        past = self.past
        assert past.illegal == []
        for id_, case in self.arbiter.cases.items():
            assert past.states[id_] == case.decision.state
        for id_, desk in self.arbiter.desks.items():
            assert past.epochs.get(id_, 1) == desk.epoch
            assert (id_ in past.stopped) == desk.stopped


def told(effects):
    return [(one.seat, one.code) for one in effects if isinstance(one, Told)]


@pytest.fixture
def world():
    """A gate (moves, A2), a lamp (light, A4), a bell (sound, A2, cannot be undone) on one board; a pump elsewhere."""
    made = World(
        resource("gate.angle", hazard="H2", kind="servo", high=180.0),
        resource("lamp.level", level="A4"),
        resource("bell.tone", kind="buzzer", high=5000.0, reversible=False),
        resource("pump.level", device="yard", hazard="H2"),
    )
    yield made
    made.close()


@pytest.fixture
def new_world():
    """The class itself, for tests with resources of their own."""
    return World


@pytest.fixture
def make():
    """Makes a resource; see `resource` in this file."""
    return resource
