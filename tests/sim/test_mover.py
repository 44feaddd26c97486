"""The drawn person does the forms: where its joints are said to be, it is, and a camera shows it."""

import numpy as np
import pytest
from gongzhi.learn import pack
from gongzhi.learn.course import whole
from gongzhi.learn.generator import Performer
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.camera import SyntheticCamera
from gongzhi.sim.mover import Mover
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
