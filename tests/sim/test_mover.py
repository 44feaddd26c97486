"""The drawn person does the forms: where its joints are said to be, it is; the pose model takes it for a person."""

import numpy as np
import pytest
from gongzhi import models
from gongzhi.bench.wuqinxi import LEVELS, Tally, as_pictures
from gongzhi.coach.coach import Coach
from gongzhi.errors import ModelError
from gongzhi.learn import pack
from gongzhi.learn.course import perform_course, whole
from gongzhi.learn.generator import Performer
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.camera import SyntheticCamera
from gongzhi.sim.mover import Mover
from gongzhi.stages.estimate import BlazePoseEstimator
from gongzhi.values import LANDMARK


@pytest.fixture(scope="module")
def data():
    return pack.load("wuqinxi")


def test_all_of_the_course_stays_in_the_picture_and_is_the_same_again(data):
    mover, view = Mover(data, Performer(7, style=4.0), whole(data, 1)), View()
    wrists = [LANDMARK["left_wrist"], LANDMARK["right_wrist"]]
    for bout in mover.course.bouts:
        picture, joints = Avatar().render(mover.pose_at((bout.start + bout.stop) / 2), view)
        again, _ = Avatar().render(mover.pose_at((bout.start + bout.stop) / 2), view)
        assert (picture == again).all()
        assert np.isfinite(joints).all()
        assert (joints[wrists] > 0).all()
        assert (joints[wrists] < (view.width, view.height)).all()


def test_a_camera_can_show_a_course(data):
    from gongzhi.clock import ManualClock

    camera = SyntheticCamera(ManualClock(), 5.0, (320, 240), script=Mover(data, Performer(1), whole(data, 1)[:1]))
    shot = camera.picture(3)
    assert shot.image.shape == (240, 320, 3)
    assert shot.joints.shape == (33, 2)


def test_two_forms_are_recognised_through_the_real_pose_model(data):
    try:
        weights = models.load()
    except ModelError:
        pytest.skip("no weights of the pose model")
    level, who = LEVELS["middle"], Performer(5051, style=10.0)
    order = [(data.form("tiger_lift"), ""), (data.form("bird_fly"), "left")]
    course = perform_course(data, order, who, fps=8.0, amplitude=level.amplitude, tempo=(1.1, 1.3))
    tally, estimator = Tally(), BlazePoseEstimator(weights)
    tally.course(course, as_pictures(course, who, level, estimator), Coach(data))
    estimator.close()
    result = tally.result()
    assert result["f1"] == 1.0
    assert result["person_seen"] > 0.95
