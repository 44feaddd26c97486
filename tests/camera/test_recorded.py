"""Recordings: every frame exactly once, at its own time, whatever the reader's speed; then a clear end."""

import threading

import cv2
import numpy as np
import pytest
from gongzhi.camera.recorded import Folder, RecordedCapture, Video
from gongzhi.clock import ManualClock, MonotonicClock
from gongzhi.errors import CameraError


def write_video(path, count, fps=10.0, size=(64, 48)):
    """A video whose picture n has the grey value 10 n."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, size)
    for number in range(count):
        writer.write(np.full((size[1], size[0], 3), 10 * number, np.uint8))
    writer.release()
    return path


@pytest.fixture
def video(tmp_path):
    return write_video(tmp_path / "十张.avi", 10)


@pytest.fixture
def said():
    return []


class FakeFile:
    """What cv2.VideoCapture would give: `count` pictures, then nothing."""

    def __init__(self, count, fps=10.0, stamps=None, promised=None):
        self.left, self.count, self.fps, self.stamps = count, count, fps, stamps
        self.promised = count if promised is None else promised
        self.released = False

    def isOpened(self):  # noqa: N802  (OpenCV's name)
        return True

    def read(self):
        if self.left == 0:
            return False, None
        self.left -= 1
        return True, np.zeros((4, 6, 3), np.uint8)

    def get(self, key):
        if key == cv2.CAP_PROP_FPS:
            return self.fps
        if key == cv2.CAP_PROP_FRAME_COUNT:
            return self.promised
        return self.stamps[self.count - self.left - 1] if self.stamps else 0.0

    def release(self):
        self.released = True


def play(capture, clock, step, most=200):
    """All frames for a reader who comes every `step` seconds."""
    frames = []
    for _ in range(most):
        frame = capture.read(0.0)
        if frame is not None:
            frames.append(frame)
        elif capture.ended:
            return frames
        clock.forward(step)
    raise AssertionError("it does not end")


@pytest.mark.parametrize("step", [0.01, 0.1, 0.77])
def test_every_frame_once_at_its_own_time_however_slow_the_reader(video, step):
    clock = ManualClock(100.0)
    capture = RecordedCapture(Video(video), clock)
    frames = play(capture, clock, step)
    assert [frame.seq for frame in frames] == list(range(10))
    assert [round(float(frame.image.mean()) / 10) for frame in frames] == list(range(10))
    assert [frame.t for frame in frames] == pytest.approx([100.0 + n / 10 for n in range(10)])
    assert capture.dropped == 0
    assert not capture.live
    assert capture.ended
    assert capture.read(0.0) is None


def test_it_begins_with_the_first_read_not_with_opening(video):
    clock = ManualClock(100.0)
    capture = RecordedCapture(Video(video), clock)
    clock.forward(5.0)
    assert capture.read(0.0).t == 105.0


def test_no_frame_comes_before_its_time(video):
    clock = ManualClock()
    capture = RecordedCapture(Video(video), clock)
    assert capture.read(0.0).seq == 0
    assert capture.read(0.0) is None
    clock.forward(0.099)
    assert capture.read(0.0) is None
    clock.forward(0.001)
    assert capture.read(0.0).seq == 1
    assert not capture.ended


def test_read_waits_for_the_frame(tmp_path):
    capture = RecordedCapture(Video(write_video(tmp_path / "quick.avi", 3, fps=50.0)), MonotonicClock())
    assert [capture.read(20.0).seq for _ in range(3)] == [0, 1, 2]
    assert capture.read(20.0) is None
    assert capture.ended


def test_close_wakes_a_reader_and_ends(video):
    capture = RecordedCapture(Video(video), ManualClock())
    assert capture.read(0.0) is not None
    got = []
    reader = threading.Thread(target=lambda: got.append(capture.read(20.0)))
    reader.start()
    capture.close()
    reader.join(20.0)
    assert not reader.is_alive()
    assert got == [None]
    assert capture.ended
    capture.close()


def test_the_description_names_file_and_speed(video):
    reel = Video(video)
    assert reel.description == "video 十张.avi, 10 pictures a second"
    reel.close()


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), 90000.0])
def test_unknown_speed_is_said_and_ten_assumed(mocker, tmp_path, said, fps):
    mocker.patch.object(cv2, "VideoCapture", return_value=FakeFile(3, fps))
    reel = Video(tmp_path / "odd.avi", said.append)
    assert [t for t, _ in reel] == pytest.approx([0.0, 0.1, 0.2])
    assert len(said) == 1
    assert "odd.avi" in str(said[0])
    assert "10 pictures" in str(said[0])


def test_a_phones_uneven_times_are_kept(mocker, tmp_path):
    mocker.patch.object(cv2, "VideoCapture", return_value=FakeFile(4, 30.0, [500.0, 533.0, 640.0, 673.0]))
    assert [t for t, _ in Video(tmp_path / "phone.mp4")] == pytest.approx([0.0, 0.033, 0.140, 0.173])


def test_times_that_stand_still_or_go_back_are_mended(mocker, tmp_path):
    mocker.patch.object(cv2, "VideoCapture", return_value=FakeFile(4, 10.0, [0.0, 0.0, float("nan"), 50.0]))
    times = [t for t, _ in Video(tmp_path / "odd.avi")]
    assert times == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_a_video_that_breaks_off_says_where(mocker, tmp_path, said):
    mocker.patch.object(cv2, "VideoCapture", return_value=FakeFile(5, promised=100))
    assert len(list(Video(tmp_path / "cut.avi", said.append))) == 5
    assert "5 of 100" in str(said[0])


def test_a_truncated_file_plays_as_far_as_it_goes(tmp_path, said):
    video = write_video(tmp_path / "long.avi", 25, size=(320, 240))
    whole = video.read_bytes()
    video.write_bytes(whole[: len(whole) * 2 // 3])
    clock = ManualClock()
    frames = play(RecordedCapture(Video(video, said.append), clock), clock, 0.1)
    assert 5 < len(frames) < 25
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert f"{len(frames)} of" in str(said[0])


@pytest.mark.parametrize("content", [b"", b"this is no video" * 100])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)
    with pytest.raises(CameraError, match=r"bad\.mp4"):
        Video(path)


def test_a_folder_in_the_order_of_its_numbers(tmp_path):
    for number in (10, 2, 1):
        cv2.imwrite(str(tmp_path / f"shot{number}.png"), np.full((5, 5, 3), number, np.uint8))
    (tmp_path / "notes.txt").write_text("not a picture")
    clock = ManualClock()
    frames = play(RecordedCapture(Folder(tmp_path, fps=4.0), clock), clock, 0.05)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 10]
    assert [frame.t for frame in frames] == [0.0, 0.25, 0.5]


def test_a_broken_picture_in_a_folder_is_named_and_left_out(tmp_path, said):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((5, 5, 3), 1, np.uint8))
    (tmp_path / "2.png").write_bytes(b"no picture")
    cv2.imwrite(str(tmp_path / "3.png"), np.full((5, 5, 3), 3, np.uint8))
    clock = ManualClock()
    frames = play(RecordedCapture(Folder(tmp_path, fps=10.0, say=said.append), clock), clock, 0.05)
    assert [frame.t for frame in frames] == [0.0, 0.2]
    assert len(said) == 1
    assert "2.png" in str(said[0])


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(CameraError, match="no picture in the folder"):
        Folder(tmp_path)
