"""The synthetic camera: pictures with their truth, each drawn once, at the clock's pace."""

import threading

import numpy as np
import pytest
from gongzhi.clock import ManualClock
from gongzhi.sim import camera
from gongzhi.sim.avatar import Avatar
from gongzhi.sim.camera import SyntheticCamera
from gongzhi.sim.props import Props
from gongzhi.sim.scene import Scene
from gongzhi.sim.script import Script, Step
from gongzhi.values import LANDMARK

SHORT = Script((Step("stand", 0.2, 0.2), Step("hands_up", 0.3, 0.3)))


@pytest.fixture
def made():
    return SyntheticCamera(ManualClock(), 10.0, (320, 240), script=SHORT)


def test_each_picture_is_drawn_once_and_kept(made, mocker):
    render = mocker.spy(Avatar, "render")
    first = [made.picture(number) for number in range(made.round)]
    assert made.round == 10
    assert render.call_count == 10
    again = [made.picture(number + 7 * made.round) for number in range(made.round)]
    assert render.call_count == 10
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one.joints, two.joints)
        # JPEG changes single pixels; colours must not have been swapped on the way.
        assert np.abs(one.image.astype(int) - two.image).mean() < 3.0
        assert np.allclose(one.image.mean((0, 1)), two.image.mean((0, 1)), atol=1.5)


def test_memory_is_bounded(made, mocker):
    mocker.patch.object(camera, "_MOST_BYTES", 40_000)
    for number in range(made.round):
        made.picture(number)
    kept = sum(one.jpeg.nbytes for one in made._kept.values())
    assert 40_000 <= kept < 70_000
    assert len(made._kept) < made.round
    made.close()
    assert not made._kept


def test_the_first_picture_comes_at_once_and_the_next_when_it_is_due():
    clock, stop = ManualClock(5.0), threading.Event()
    made = SyntheticCamera(clock, 10.0, (320, 240), script=SHORT)
    zero = made.shoot(stop)
    assert np.array_equal(zero.joints, made.picture(0).joints)
    clock.forward(0.1)
    assert np.array_equal(made.shoot(stop).joints, made.picture(1).joints)
    clock.forward(0.45)  # a machine that slept: what is over is passed by
    assert np.array_equal(made.shoot(stop).joints, made.picture(5).joints)
    stop.set()
    assert made.shoot(stop) is None


def test_it_says_what_it_is(made):
    assert made.description == "synthetic person"
    assert made.trouble is None


def test_the_drawn_person_does_what_somebody_says_and_goes_back_to_the_exercise():
    clock = ManualClock()
    props = Props(scene=Scene(clock))
    shown = SyntheticCamera(clock, 10.0, (160, 120), script=SHORT, props=props)

    def shoot():
        clock.forward(0.25)  # past a tick of the camera
        return shown.shoot(threading.Event())

    assert shoot().drawn == 1
    props.show(None, 1, None, "hands_up")
    clock.forward(1.0)
    told = shoot()
    assert told.drawn == 2
    assert told.joints[LANDMARK["left_wrist"], 1] < told.joints[LANDMARK["nose"], 1]
    props.show(None, 0, None, "nobody")
    assert (shoot().joints, shoot().drawn) == (None, 0)
    props.show(None, None, None, "")
    assert shoot().drawn == 1
