"""The drawn person of a script: takes poses, does movements of a pack, in the scene's own clock."""

import threading

import numpy as np
import pytest
from gongzhi.clock import ManualClock
from gongzhi.coach.coach import Coach
from gongzhi.coach.events import Repetition
from gongzhi.learn import pack
from gongzhi.sim.mover import Posture
from gongzhi.sim.poses import POSES, Pose
from gongzhi.sim.scene import NOBODY, Scene, SceneCamera, doings
from gongzhi.values import Keypoints


@pytest.fixture(scope="module")
def data():
    return pack.load("wuqinxi")


def test_a_pose_is_taken_in_time_and_left():
    clock = ManualClock()
    scene = Scene(clock)
    assert scene.pose() is None
    scene.go("hands_up", 1.0)
    assert scene.pose() == POSES["stand"]
    clock.forward(1.0)
    assert scene.pose() == POSES["hands_up"]
    scene.go(NOBODY)
    assert scene.pose() is None


def test_what_a_person_can_do_depends_on_the_pack(data):
    assert "form:tiger_lift" not in doings(None)
    assert {"stand", "form:tiger_lift", "form:deer_run", "form:deer_run:right"} <= set(doings(data))
    assert "form:tiger_lift:right" not in doings(data)


def test_a_movement_is_done_once_and_the_person_stands_on(data):
    clock = ManualClock()
    scene = Scene(clock, data)
    scene.go("form:tiger_lift")
    first = scene.pose()
    assert isinstance(first, Posture)
    highest = 0.0
    for _ in range(300):
        clock.forward(0.1)
        highest = max(highest, scene.pose().body.joints["left_wrist"][1])
    last = scene.pose()
    assert highest > last.body.joints["left_shoulder"][1]
    assert last.body.joints["left_wrist"] == pytest.approx(first.body.joints["left_wrist"], abs=0.02)
    scene.go("stand")
    assert isinstance(scene.pose(), Pose)


@pytest.mark.parametrize(("told", "form", "side"), [("form:tiger_lift", "tiger_lift", ""),
                                                    ("form:deer_antlers:right", "deer_antlers", "right")])  # fmt: skip
def test_the_coach_finds_the_movement_in_a_blank_picture(data, told, form, side):
    clock = ManualClock()
    scene = Scene(clock, data)
    camera, coach, stop, found = (
        SceneCamera(clock, scene, 7.5, (160, 120), blank=True),
        Coach(data),
        threading.Event(),
        [],
    )
    scene.go(told)
    for number in range(200):
        shot = camera.shoot(stop)
        assert shot is not None
        assert shot.joints is not None
        seen = Keypoints(shot.joints, np.ones(33, np.float32), clock.now(), number, (160, 120), "truth")
        found += [event for event in coach.see(seen, clock.now())[1] if isinstance(event, Repetition)]
        clock.forward(0.14)  # a little more than a frame: its moment has come
    assert [(one.form, one.side) for one in found] == [(form, side)]
