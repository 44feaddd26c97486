"""Two programs on the same pictures: what is the same, what is not, and that nothing is compared with nobody."""

import sys
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from gongzhi.bench import pose, pose_peer
from gongzhi.camera import pictures
from gongzhi.errors import CameraError, ModelError
from gongzhi.sim.avatar import Avatar
from gongzhi.sim.poses import POSES

PERSON = Avatar().render(POSES["stand"])[0]
EMPTY = np.full((480, 640, 3), 128, np.uint8)


class Pose:
    """In the place of MediaPipe's: sees the landmarks (0.5, 0.25) in every picture that is not all grey."""

    made: ClassVar = []

    def __init__(self, **options):
        self.options, self.closed = options, False
        self.made.append(self)

    def process(self, image):
        points = SimpleNamespace(landmark=33 * [SimpleNamespace(x=0.5, y=0.25)])
        return SimpleNamespace(pose_landmarks=points if image.std() else None)

    def close(self):
        self.closed = True


@pytest.fixture
def mediapipe(monkeypatch):
    for name in ("mediapipe", "mediapipe.python", "mediapipe.python.solutions", "mediapipe.python.solutions.pose"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["mediapipe"].__version__ = "0.10.18"
    sys.modules["mediapipe.python.solutions.pose"].Pose = Pose
    monkeypatch.setattr(Pose, "made", [])
    return Pose.made


class Ours:
    """In the place of our tracker: what it gives for each picture, one after the other."""

    def __init__(self, *given):
        self._given = list(given)

    def reset(self):
        pass

    def __call__(self, image, t):
        xy = self._given.pop(0)
        return None if xy is None else SimpleNamespace(xy=xy)


def at(x, y):
    return np.full((33, 2), (x, y), np.float32)


def test_the_same_found_and_the_distance_are_counted(mediapipe):
    ours = Ours(at(320, 120), at(323, 124), None, at(0, 0), None)
    tally = pose_peer.each(pose_peer.MediaPipe(), ours, [PERSON, PERSON, PERSON, EMPTY, EMPTY], pose_peer.Tally())
    assert tally.figures == {"pictures": 5, "same_found": 0.6, "mean_px": 2.5}
    assert [(one.options["static_image_mode"], one.closed) for one in mediapipe] == [(True, True)]


def test_the_first_frames_are_judged_but_not_timed(mediapipe):
    tally = pose_peer.follow(pose_peer.MediaPipe(), Ours(*6 * [at(320, 120)]), 6 * [PERSON], 4, pose_peer.Tally())
    assert (tally.pictures, len(tally.ours), len(tally.theirs), len(tally.ours_cpu)) == (6, 2, 2, 2)
    assert [(one.options["static_image_mode"], one.closed) for one in mediapipe] == [(False, True)]


@pytest.mark.parametrize("ours", [Ours(*8 * [None]), Ours(*3 * [at(1, 1)], *5 * [None])])
def test_where_one_follows_nobody_there_is_no_comparison(mediapipe, ours):
    film = 3 * [EMPTY] + 3 * [PERSON]
    with pytest.raises(ModelError, match="lost"):
        pose_peer.compare(pose_peer.MediaPipe(), ours, film, [PERSON], warm=0)


def test_the_whole_bench_has_the_peers_figures(mediapipe, monkeypatch, tmp_path):
    monkeypatch.setattr(pose, "_WARM", 1)
    monkeypatch.setattr(pose, "_ROUNDS", 4)
    pictures.cv2.imwrite(str(tmp_path / "photo.png"), PERSON)
    figures = pose.run(peer="mediapipe", photos=tmp_path)["peer"]
    assert list(figures) == ["name", "track_ms_p50", "ours_ms_p50", "time_ratio", "cpu_ratio", "film", "stills"]
    assert figures["cpu_ratio"] > 0
    assert figures["film"]["pictures"] == 5
    assert figures["film"]["same_found"] == 1
    assert figures["stills"]["pictures"] == 1
    assert figures["stills"]["mean_px"] > 20  # the fake sees everything in one point
    with pytest.raises(CameraError):
        pose.run(peer="mediapipe", photos=tmp_path / "none")


def test_without_it_and_with_an_unknown_one_it_is_said_so_before_anything_is_measured(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(ModelError, match="mediapipe is not here"):
        pose.run(peer="mediapipe", obtain=dict)
    with pytest.raises(ModelError, match="openpose"):
        pose.run(peer="openpose", obtain=dict)


def test_the_drawn_pictures_show_people_of_many_kinds_and_nobody():
    stills = pose_peer.stills()
    assert len(stills) == 7 * len(POSES) + 4
    assert len({picture.tobytes() for picture in stills}) == len(stills)
