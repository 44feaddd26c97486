"""Case 9 of the specification: what is stale, frozen or impossible decides nothing, even if messages keep coming."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from gongzhi.arbiter.events import Proposed, TakeOver
from gongzhi.camera.contract import Shot
from gongzhi.camera.frozen import FROZEN, Unfrozen
from gongzhi.clock import ManualClock
from gongzhi.conditions import SIGHT_TTL
from gongzhi.parts import KINDS
from gongzhi.runtime.plausible import Doubts
from gongzhi.samples import Sample
from gongzhi.stages.propose import ProposeState, propose, reconsider
from gongzhi.stages.resolve import Changed
from gongzhi.values import Action, Rule, Watch

STOP = threading.Event()
RULE = Rule("hands_up", "lamp.level", 1.0, {"en": "hands are up"})


class Camera:
    """A source that gives what is in `image`, for ever."""

    description = "by hand"

    def __init__(self):
        self.image, self.trouble = np.zeros((48, 64, 3), np.uint8), None

    def shoot(self, _stop):
        return None if self.trouble else Shot(self.image.copy())

    def close(self):
        pass


class Part:
    """As much of a part as is asked."""

    def __init__(self, kind):
        self.id, self.kind, self.label = kind, KINDS[kind], {"zh": kind, "en": kind}


class Face:
    """What people are told."""

    def __init__(self):
        self.said = []

    def notice(self, id_, _level, _message, /, *, on=True, **_values):
        self.said.append((id_, on))


@pytest.fixture
def clock():
    return ManualClock(100.0)


@pytest.fixture
def said():
    return []


@pytest.fixture
def camera(clock, said):
    return Unfrozen(Camera(), clock, said.append)


def test_case_9_a_camera_that_repeats_its_picture_has_gone_after_two_seconds(camera, clock, said):
    assert camera.shoot(STOP) is not None
    for _ in range(20):
        clock.forward(0.1)
        assert camera.shoot(STOP) is None  # no new evidence: what was seen grows older
        assert camera.trouble is None
    clock.forward(0.1)
    assert camera.shoot(STOP) is None
    assert "stands still" in str(camera.trouble)
    camera._source.image[47, 63, 2] ^= 1  # one bit of one pixel is enough to be new
    assert camera.shoot(STOP) is not None
    assert camera.trouble is None
    assert [str(one).split(":")[0] for one in said] == [
        "The picture of the camera stands still", "The picture of the camera moves again.",
    ]  # fmt: skip


def test_case_9_a_camera_that_was_away_begins_anew(camera, clock):
    camera.shoot(STOP)
    clock.forward(FROZEN + 1)
    camera.shoot(STOP)
    camera._source.trouble = gone = RuntimeError("gone")
    assert camera.shoot(STOP) is None
    assert camera.trouble is gone
    camera._source.trouble = None
    assert camera.shoot(STOP) is not None  # the same picture as before, but of a camera that was opened afresh
    assert camera.trouble is None


@pytest.mark.parametrize(("age", "level"), [(0.0, "A4"), (1.5, "A4"), (1.6, "A1"), (2.9, "A1"), (3.1, "A0")])
def test_case_9_the_age_of_a_picture_reaches_the_arbiters_freshness_ceiling(new_world, make, age, level):
    world = new_world(make("lamp.level", level="A4"))
    try:
        held = [Action("hands_up", True, 0.95, 0.0, 1.0)]
        events = propose(held, [RULE], ProposeState(), world.t, captured=world.t - age, somebody=True)
        (event,) = [one for one in events if isinstance(one, Proposed)]
        assert world.t - event.proposal.t == pytest.approx(age)
        (decision,) = [one.decision for one in world.do(event) if isinstance(one, Changed)][:1]
        assert (decision.level.eff, decision.level.by) == (level, "dial" if level == "A4" else "freshness")
    finally:
        world.close()


def test_case_9_what_was_seen_before_the_picture_stopped_is_unknown_after_its_time(clock):
    watch = Watch("hands_up", 0.2)
    rule = Rule("hands_up", "lamp.level", 1.0, {"en": "hands are up"}, dwell=0.2)
    state = ProposeState()
    held = [Action("hands_up", True, 0.95, 99.0, 99.0)]
    for _ in range(5):
        events = propose(held, [rule], state, clock.now(), captured=clock.now(), somebody=True)
        clock.forward(0.1)
    assert watch in state.phases
    clock.forward(SIGHT_TTL)  # no frame comes, and the loop looks again when this is due
    events = reconsider([rule], state, clock.now())
    assert [type(one) for one in events] == [TakeOver]


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("soil", 100.0, True), ("soil", 104.0, True), ("soil", 106.0, False), ("soil", -6.0, False),
        ("dht11", 21.0, True), ("dht11", 85.0, False), ("dht11.humidity", 140.0, False), ("switch", 1.0, True),
        ("switch", 7.0, False), ("soil", float("nan"), False), ("servo", 9e9, True),
    ],
)  # fmt: skip
def test_case_9_a_value_that_the_sensor_cannot_have_is_no_reading(kind, value, fits):
    name = kind.partition(".")[0]
    doubts = Doubts(face := Face())
    assert (doubts.sound({name: Part(name)}, {kind: value}) == {kind: value}) is fits
    assert face.said == ([] if fits else [(f"wrong/{kind}", True)])
    if not fits:
        assert doubts.sound({name: Part(name)}, {kind: 30.0 if name != "switch" else 0.0})
        assert face.said[1:] == [(f"wrong/{kind}", False)]


def test_case_9_a_motion_sensor_without_noise_is_stuck_and_others_are_not_asked():
    part, doubts = Part("mpu6050"), Doubts(face := Face())
    still = [Sample(number / 50, (0.01, -0.02, 1.0)) for number in range(120)]
    looks = [doubts.stuck(part, still[at : at + 10]) for at in range(0, 120, 10)]
    assert looks == [False] * 10 + [True] * 2
    parts = {"mpu6050": part, "soil": Part("soil")}
    assert doubts.sound(parts, {"mpu6050": 3.0, "mpu6050.z": 1.0, "soil": 43.0}) == {"soil": 43.0}
    assert not doubts.stuck(part, [Sample(2.5, (0.01, -0.021, 1.0))])
    assert face.said == [("stuck/mpu6050", True), ("stuck/mpu6050", False)]
    assert doubts.sound(parts, {"mpu6050.z": 1.0}) == {"mpu6050.z": 1.0}
    assert not any(doubts.stuck(parts["soil"], [Sample(t, (43.0,))]) for t in range(100))
    assert not Doubts(face).stuck(part, [Sample(t, (0.0, 0.0, 1.0)) for t in (0.0, 9.0)])  # two are chance
