"""A motion detector sees the drawn person: it comes on when somebody moves, stays on for its time, then is blind."""

from __future__ import annotations

import numpy as np
import pytest
from gongzhi.clock import ManualClock
from gongzhi.sim import avatar
from gongzhi.sim.body import solve
from gongzhi.sim.scene import Scene
from gongzhi.sim.warm import BLIND_S, ON_S, Warmth
from gongzhi.values import Frame, Keypoints

FPS = 15
VIEW = avatar.View(640, 480)
EMPTY = np.zeros((480, 640, 3), np.uint8)


class Eye:
    """A detector before a scene; what it says, by the moment at which it changes."""

    def __init__(self) -> None:
        self.t, self.said = 0.0, []
        self.clock = ManualClock(0.0)
        self.scene = Scene(self.clock)
        self.warmth = Warmth(lambda on: self.said.append((round(self.t, 2), on)))

    def watch(self, seconds: float) -> list:
        """Let the time pass; what was said in it."""
        before = len(self.said)
        for _ in range(round(seconds * FPS)):
            self.t = self.clock.forward(1 / FPS)
            pose, truth = self.scene.pose(), None
            if pose is not None:
                joints = avatar.truth(solve(pose), VIEW, pose.look)
                truth = Keypoints(joints, np.ones(33, np.float32), self.t, 0, (640, 480), "truth")
            self.warmth.saw(Frame(EMPTY, self.t, 0, truth))
        return self.said[before:]


@pytest.fixture
def eye():
    return Eye()


def test_nobody_and_whoever_stands_still_are_not_seen(eye):
    assert eye.watch(3) == []
    eye.scene.go("stand")
    (came, on), (went, off) = eye.watch(10)
    assert (on, off) == (True, False), "it is the coming that is seen"
    assert went - came == pytest.approx(ON_S, abs=0.1)
    assert eye.watch(20) == []


def test_a_gesture_is_seen_and_again_only_after_the_blind_time(eye):
    eye.scene.go("stand")
    eye.watch(20)
    eye.scene.go("hands_up")
    assert [on for _, on in eye.watch(ON_S + 1)] == [True, False]
    eye.scene.go("stand")
    assert eye.watch(BLIND_S - 1.5) == [], "it is blind still"
    eye.watch(5)
    eye.scene.go("hands_up")
    assert [on for _, on in eye.watch(1)] == [True]


def test_whoever_goes_on_moving_keeps_it_on(eye):
    eye.scene.go("stand")
    eye.watch(20)
    changes = []
    for n in range(6):
        eye.scene.go("hands_up" if n % 2 == 0 else "stand", 0.6)
        changes += eye.watch(1)
    assert [on for _, on in changes] == [True]
    assert [on for _, on in eye.watch(ON_S + 1)] == [False]


def test_whoever_leaves_is_seen_once_more(eye):
    eye.scene.go("stand")
    eye.watch(20)
    eye.scene.go("nobody")
    assert [on for _, on in eye.watch(ON_S + 1)] == [True, False]
