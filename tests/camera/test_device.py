"""A camera device: why it does not open, what happens when it is unplugged, and that it comes back."""

import os
import time

import cv2
import numpy as np
import pytest
from gongzhi.camera import device
from gongzhi.camera.device import BACKOFF, Device
from gongzhi.camera.live import LiveCapture
from gongzhi.clock import MonotonicClock
from gongzhi.errors import CameraError


class Stop:
    """An event that is never set; it notes for how long it was waited on."""

    def __init__(self):
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)
        return False


class Plug:
    """What cv2.VideoCapture would be: `there` says whether the camera is plugged in."""

    def __init__(self):
        self.there, self.pictures, self.opened, self.released, self.settings = True, True, 0, 0, {}

    def __call__(self, number):
        self.opened += 1
        return self

    def isOpened(self):  # noqa: N802  (OpenCV's name)
        return self.there

    def set(self, key, value):
        self.settings[key] = value

    def read(self):
        if not (self.there and self.pictures):
            return False, None
        time.sleep(0.001)  # a camera takes its time: without it the capture thread would spin
        blue = np.zeros((480, 640, 3), np.uint8)
        blue[..., 0] = 255
        return True, blue

    def release(self):
        self.released += 1


@pytest.fixture
def plug(mocker):
    made = Plug()
    mocker.patch.object(cv2, "VideoCapture", made)
    return made


@pytest.fixture
def said():
    return []


def test_pictures_are_rgb_and_the_size_is_asked_for(plug):
    camera = Device(0, (800, 600), 30.0)
    shot = camera.shoot(Stop())
    assert tuple(shot.image[0, 0]) == (0, 0, 255)
    assert plug.settings[cv2.CAP_PROP_FRAME_WIDTH] == 800
    assert plug.settings[cv2.CAP_PROP_FPS] == 30.0
    assert camera.description == "camera 0"
    camera.close()
    camera.close()
    assert plug.released == 1


def test_a_camera_that_wakes_up_slowly_is_one(plug, mocker):
    picture = np.zeros((4, 4, 3), np.uint8)
    mocker.patch.object(plug, "read", side_effect=[(False, None), (False, None), (True, picture)])
    assert Device(0).trouble is None


def test_a_camera_that_hangs_does_not_hold_us_for_ten_seconds(plug, monkeypatch):
    monkeypatch.setenv("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "")
    monkeypatch.delenv("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT")
    Device(0)
    assert os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] == "2"


def test_unplugged_it_says_so_once_tries_again_and_says_when_it_is_back(plug, said):
    camera, stop = Device(0, say=said.append), Stop()
    assert camera.shoot(stop) is not None
    plug.there = False
    assert [camera.shoot(stop) for _ in range(3)] == [None, None, None]
    assert isinstance(camera.trouble, CameraError)
    assert said == [camera.trouble]
    assert "0" in said[0].text("zh")
    assert said[0].text("zh") != said[0].text("en")
    for _ in range(7):
        assert camera.shoot(stop) is None
    assert stop.waits == [*BACKOFF, BACKOFF[-1], BACKOFF[-1]]
    plug.there = True
    assert camera.shoot(stop) is None
    assert camera.trouble is None
    assert [str(notice) for notice in said[1:]] == ["Camera 0 is back."]
    assert camera.shoot(stop) is not None
    # The next time it begins with the short pauses again.
    plug.there = False
    for _ in range(4):
        camera.shoot(stop)
    assert stop.waits[-1] == BACKOFF[0]


def test_one_lost_picture_is_no_trouble(plug, said):
    camera, stop = Device(0, say=said.append), Stop()
    for _ in range(5):
        plug.pictures = False
        assert camera.shoot(stop) is None
        assert camera.shoot(stop) is None
        plug.pictures = True
        assert camera.shoot(stop) is not None
    assert said == []
    assert plug.opened == 1


def test_a_driver_that_throws_counts_as_a_lost_picture(plug, said, mocker):
    camera, stop = Device(0, say=said.append), Stop()
    mocker.patch.object(plug, "read", side_effect=cv2.error("broken"))
    for _ in range(3):
        assert camera.shoot(stop) is None
    assert camera.trouble is not None


def test_stop_ends_the_pause(plug, mocker):
    camera = Device(0)
    plug.there = False
    stop = Stop()
    for _ in range(3):
        camera.shoot(stop)
    before = plug.opened
    mocker.patch.object(stop, "wait", return_value=True)
    assert camera.shoot(stop) is None
    assert plug.opened == before


@pytest.mark.parametrize(
    ("platform", "nodes", "allowed", "words"),
    [
        ("linux", ("video2",), True, "There is no camera 0; found: 2."),
        ("linux", (), True, "nor any other"),
        ("linux", ("video0",), False, "You may not use camera 0"),
        ("linux", ("video0",), True, "gives no pictures"),
        ("win32", (), True, "Camera 0 cannot be opened."),
    ],
)
def test_the_error_says_why_and_what_to_do(plug, mocker, tmp_path, platform, nodes, allowed, words):
    plug.there = False
    for name in nodes:
        (tmp_path / name).touch()
    mocker.patch.object(device, "_DEV", tmp_path)
    mocker.patch.object(device.sys, "platform", platform)
    mocker.patch.object(device.os, "access", return_value=allowed)
    with pytest.raises(CameraError, match=r"[Cc]amera") as caught:
        Device(0)
    assert words in caught.value.text("en")
    assert caught.value.hint
    assert plug.released == 1


def test_a_node_that_opens_but_gives_no_picture_is_no_camera(plug, mocker, tmp_path):
    (tmp_path / "video1").touch()
    mocker.patch.object(device, "_DEV", tmp_path)
    plug.pictures = False
    with pytest.raises(CameraError, match="gives no pictures"):
        Device(1)
    assert plug.released == 1


def test_the_program_goes_on_while_the_camera_is_away(plug, said):
    """With the real capture thread: frames, then none and the trouble, then frames again."""
    capture = LiveCapture(Device(0, say=said.append, backoff=(0.01,)), MonotonicClock())

    def until(true):
        deadline = time.monotonic() + 20.0
        while not true(capture.read(0.02)):
            assert time.monotonic() < deadline

    until(lambda frame: frame is not None)
    plug.there = False
    until(lambda frame: capture.trouble is not None)
    assert not capture.ended
    plug.there = True
    until(lambda frame: frame is not None and capture.trouble is None)
    assert [str(notice).split("\n")[0] for notice in said] == [
        "Camera 0 gives no pictures any more.",
        "Camera 0 is back.",
    ]
    capture.close()
    assert plug.released == 2
