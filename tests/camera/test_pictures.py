"""Pictures from files: RGB, upright, of bearable size, whatever they were saved as."""

import io
import struct
import threading

import cv2
import numpy as np
import pytest
from gongzhi.camera import pictures
from gongzhi.clock import ManualClock
from gongzhi.errors import CameraError


def save(path, image):
    ok, data = cv2.imencode(path.suffix, image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


def with_orientation(jpeg, value):
    """The JPEG with an EXIF block that holds nothing but the orientation (tag 0x0112)."""
    tiff = struct.pack("<2sHI HHHIHH I", b"II", 42, 8, 1, 0x0112, 3, 1, value, 0, 0)
    block = b"Exif\0\0" + tiff
    out = io.BytesIO()
    out.write(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:])
    return out.getvalue()


def test_colours_are_rgb(tmp_path):
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 2] = 255  # OpenCV writes BGR
    assert tuple(pictures.load(save(tmp_path / "红.png", red))[0, 0]) == (255, 0, 0)


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (8, 8, 4)])
def test_grey_and_transparent_pictures_become_rgb(shape):
    assert pictures.to_rgb(np.full(shape, 77, np.uint8)).shape == (8, 8, 3)


def test_a_photograph_held_sideways_is_turned_upright(tmp_path):
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, :40] = 255
    flat = cv2.imencode(".jpg", image)[1].tobytes()
    path = tmp_path / "phone.jpg"
    path.write_bytes(with_orientation(flat, 6))  # 6: turn by 90 degrees clockwise
    upright = pictures.load(path)
    assert upright.shape == (80, 40, 3)
    assert upright[5, 20, 0] > 200
    assert upright[75, 20, 0] < 50


@pytest.mark.parametrize(("size", "expected"), [((3000, 4000), (960, 1280)), ((2000, 10), (1280, 6)), ((9, 9), (9, 9))])
def test_large_pictures_are_made_smaller(size, expected):
    assert pictures.fit(np.zeros((*size, 3), np.uint8)).shape == (*expected, 3)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0broken"])
def test_what_is_no_picture_is_refused_by_name(tmp_path, content):
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(CameraError, match=r"bad\.jpg"):
        pictures.load(path)


def test_a_missing_picture_is_refused_with_the_reason(tmp_path):
    with pytest.raises(CameraError, match="No such file"):
        pictures.load(tmp_path / "gone.jpg")


def test_a_still_picture_repeats(tmp_path):
    path = save(tmp_path / "one.png", np.full((6, 6, 3), 9, np.uint8))
    clock, stop = ManualClock(), threading.Event()
    still = pictures.Still(path, clock, fps=2.0)
    for _ in range(3):
        assert still.shoot(stop).image[0, 0, 0] == 9
        clock.forward(0.5)
    assert still.description == "picture one.png"
    stop.set()
    assert still.shoot(stop) is None
    still.close()
