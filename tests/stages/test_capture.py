"""What the user calls a camera becomes the right capture, or an error that says what to do."""

import cv2
import numpy as np
import pytest
from gongzhi.clock import ManualClock, MonotonicClock
from gongzhi.errors import CameraError
from gongzhi.stages import capture as stage
from gongzhi.stages.capture import open_camera

WAIT = 20.0


@pytest.fixture
def opened():
    """Opens cameras and closes them all."""
    made = []

    def open_(spec, clock=None, **options):
        made.append(open_camera(str(spec), clock or MonotonicClock(), **options))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def test_the_synthetic_camera_is_live_and_tells_the_truth(opened):
    capture = opened("synthetic", size=(320, 240), fps=30)
    first, second = capture.read(WAIT), capture.read(WAIT)
    assert capture.live
    assert first.image.shape == (240, 320, 3)
    assert first.truth.origin == "truth"
    assert second.t > first.t
    assert second.seq > first.seq
    assert capture.description == "synthetic person"


def test_a_still_picture_is_live(opened, tmp_path):
    path = tmp_path / "a.PNG"
    cv2.imwrite(str(path), np.zeros((5, 5, 3), np.uint8))
    capture = opened(path, fps=50)
    assert capture.live
    assert [capture.read(WAIT).truth for _ in range(3)] == [None, None, None]


def test_a_folder_is_a_recording(opened, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((5, 5, 3), np.uint8))
    capture = opened(tmp_path, ManualClock())
    assert not capture.live
    assert capture.read(0.0).seq == 0
    assert capture.read(0.0) is None
    assert capture.ended


@pytest.mark.media
def test_real_people_every_frame_once(opened, media):
    clock = ManualClock()
    capture = opened(media / "exercise.avi", clock)
    frames = []
    while not capture.ended:
        frame = capture.read(0.0)
        if frame is not None:
            frames.append((frame.seq, frame.t, frame.image.shape))
        clock.forward(0.1)
    assert [seq for seq, _, _ in frames] == list(range(393))
    assert [t for _, t, _ in frames] == pytest.approx([n / 10 for n in range(393)])
    assert frames[0][2] == (288, 384, 3)


def test_a_number_is_a_device(mocker):
    device, live, unfrozen = (mocker.patch.object(stage, name) for name in ("Device", "LiveCapture", "Unfrozen"))
    clock = ManualClock()
    open_camera("12", clock, fps=25.0, size=(800, 600), say=print)
    device.assert_called_once_with(12, (800, 600), 25.0, print)
    unfrozen.assert_called_once_with(device.return_value, clock, print)
    live.assert_called_once_with(unfrozen.return_value, clock)


@pytest.mark.parametrize("spec", ["nowhere.avi", "-1", "rtsp://camera/1", "二"])
def test_what_does_not_exist_is_named_in_both_languages(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CameraError) as caught:
        open_camera(spec, ManualClock())
    for language in ("zh", "en"):
        assert spec in caught.value.text(language)
        assert "synthetic" in caught.value.text(language)


def test_an_empty_name_is_not_the_folder_one_is_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("a.png", np.zeros((5, 5, 3), np.uint8))
    with pytest.raises(CameraError, match="no file or folder"):
        open_camera("", ManualClock())
