"""The tracker finds a drawn and a real person, keeps the one in front, lets go of who leaves, and invents nobody."""

import cv2
import numpy as np
import pytest
from gongzhi.pose.detector import Detection, Detector
from gongzhi.pose.landmarks import Landmarker, Landmarks
from gongzhi.pose.roi import Roi
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.poses import POSES
from gongzhi.sim.script import Script
from gongzhi.values import LANDMARK

BODY = [index for name, index in LANDMARK.items() if index >= LANDMARK["left_shoulder"]]
EMPTY = np.full((480, 640, 3), 128, np.uint8)


def trunk(xy):
    """The length from mid-shoulder to mid-hip in pixels."""
    return float(np.linalg.norm(xy[[11, 12]].mean(0) - xy[[23, 24]].mean(0)))


@pytest.fixture(scope="module")
def raising():
    """The drawn person raising the arms: 45 frames, 15 a second, with the true joints."""
    avatar, script = Avatar(), Script()
    return [avatar.render(script.pose_at(2.0 + i / 15)) for i in range(45)]


def test_a_drawn_person_is_found_once_and_followed_to_the_joints(pose, raising):
    errors, tracked = [], []
    for i, (image, truth) in enumerate(raising):
        found = pose(image, i / 15)
        tracked.append(found.tracked)
        errors.append(np.linalg.norm(found.xy - truth, axis=1)[BODY] / trunk(truth))
        assert found.score.min() >= 0
        assert found.score.max() <= 1
    assert tracked == [False] + 44 * [True]
    assert (np.array(errors) < 0.2).mean() > 0.95  # PCK@0.2 of the trunk


@pytest.mark.parametrize("name", sorted(POSES))
def test_every_pose_of_the_drawn_person_is_found(pose, name):
    assert pose(Avatar().render(POSES[name])[0], 0.0) is not None


def test_nobody_is_seen_in_an_empty_room_or_in_a_stick_figure(pose):
    stick = EMPTY.copy()
    cv2.circle(stick, (320, 100), 30, (0, 0, 0), 4)
    for a, b in (((320, 130), (320, 280)), ((320, 170), (240, 90)), ((320, 170), (400, 90))):
        cv2.line(stick, a, b, (0, 0, 0), 4)
    for a, b in (((320, 280), (270, 420)), ((320, 280), (370, 420))):
        cv2.line(stick, a, b, (0, 0, 0), 4)
    noise = np.random.default_rng(0).integers(0, 256, EMPTY.shape, np.uint8)
    for i, image in enumerate((EMPTY, stick, noise)):
        assert pose(image, i / 15) is None


def test_who_leaves_is_let_go_and_who_comes_is_found(pose, raising):
    image = raising[0][0]
    assert pose(image, 0.0) is not None
    assert pose(EMPTY, 0.1) is None
    assert not pose(image, 0.2).tracked
    assert pose(image, 0.3).tracked


def test_who_jumps_away_is_found_in_the_same_frame(pose):
    left, right = (Avatar().render(POSES["stand"], View(middle=middle))[0] for middle in (0.2, 0.8))
    pose(left, 0.0)
    found = pose(right, 0.1)
    assert not found.tracked
    assert found.xy[23, 0] > 400


@pytest.mark.parametrize("t", [-5.0, 1.5])
def test_after_a_gap_or_a_step_back_in_time_the_picture_is_looked_at_afresh(pose, raising, t):
    image = raising[0][0]
    pose(image, 0.0)
    assert not pose(image, t).tracked


def test_another_picture_size_is_looked_at_afresh(pose, raising):
    image = raising[0][0]
    pose(image, 0.0)
    assert not pose(cv2.resize(image, (320, 240)), 0.1).tracked


def test_the_larger_of_two_people_is_the_one_in_front(pose):
    near = Avatar().render(POSES["stand"], View(320, 480, tall=0.8))[0]
    far = Avatar().render(POSES["stand"], View(320, 480, tall=0.55))[0]
    for image, side in ((np.hstack((near, far)), 160), (np.hstack((far, near)), 480)):
        pose.reset()
        assert pose(image, 0.0).xy[23, 0] == pytest.approx(side, abs=60)


def test_a_pose_that_the_landmark_model_denies_is_nobody(pose, raising, monkeypatch):
    unsure = Landmarks(0.49, np.zeros((35, 2), np.float32), np.zeros(33, np.float32))
    monkeypatch.setattr(Landmarker, "__call__", lambda self, image, roi: unsure)
    assert pose(raising[0][0], 0.0) is None


def test_landmarks_that_make_no_body_are_nobody(pose, raising, monkeypatch):
    heap = Landmarks(0.99, np.full((35, 2), 7, np.float32), np.zeros(33, np.float32))
    monkeypatch.setattr(Landmarker, "__call__", lambda self, image, roi: heap)
    assert pose(raising[0][0], 0.0) is None
    assert pose._roi is None


def test_the_search_in_one_frame_is_bounded(pose, raising, monkeypatch):
    looked = []
    monkeypatch.setattr(Detector, "__call__", lambda self, image: [_at(i) for i in range(10)])
    monkeypatch.setattr(Landmarker, "__call__", lambda self, image, roi: looked.append(roi.size))
    assert pose(raising[0][0], 0.0) is None
    assert looked == [19, 18, 17]


def _at(i):
    return Detection(0.9, Roi(100, 100, 10 + i, 0))


@pytest.mark.media
def test_the_person_in_front_is_kept_through_a_film_of_three(pose, media):
    film = cv2.VideoCapture(str(media / "exercise.avi"))
    frames, places, sizes = 0, [], []
    while (read := film.read())[0]:
        found = pose(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB), frames / 10)
        frames += 1
        if found is not None:
            places.append(found.xy[[23, 24]].mean(0))
            sizes.append(trunk(found.xy))
    assert frames == 393
    assert len(places) > 0.95 * frames
    # The others stand 70 px to the left and the right and are a fifth smaller.
    assert np.abs(np.array(places) - np.median(places, axis=0)).max() < 30
    assert min(sizes) > 25


@pytest.mark.media
@pytest.mark.parametrize(
    ("file", "hips"),
    [
        ("squat.jpg", (170, 392)),
        ("coco_000000000785.jpg", (424, 218)),
        ("coco_000000040083.jpg", (91, 244)),
        ("coco_000000196141.jpg", (329, 219)),
        ("coco_000000197388.jpg", (533, 271)),
    ],
)
def test_a_real_person_in_a_photo_is_found(pose, media, file, hips):
    image = cv2.cvtColor(cv2.imread(str(media / file)), cv2.COLOR_BGR2RGB)
    found = pose(image, 0.0)
    assert found.xy[[23, 24]].mean(0) == pytest.approx(hips, abs=25)


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (2, 3), (1080, 1920)])
def test_a_picture_of_any_size_is_looked_at(pose, shape):
    picture = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    assert pose(picture, 0.0) is None


def test_a_view_into_a_larger_picture_gives_what_its_copy_gives(pose, raising):
    image = raising[0][0]
    wide = np.zeros((480, 900, 3), np.uint8)
    wide[:, 100:740] = image
    view = wide[:, 100:740]
    view.setflags(write=False)
    expected = pose(image, 0.0).xy
    pose.reset()
    assert np.array_equal(pose(view, 0.0).xy, expected)


def test_the_same_pictures_give_the_same_poses(pose, raising):
    runs = []
    for _ in range(2):
        pose.reset()
        runs.append([pose(image, 10.0 + i / 15).xy for i, (image, _) in enumerate(raising[:10])])
    assert np.array_equal(*map(np.array, runs))


def test_what_was_given_is_not_changed_by_the_next_picture(pose, raising):
    first = pose(raising[0][0], 0.0)
    kept = first.xy.copy(), first.score.copy()
    for i, (image, _) in enumerate(raising[1:10]):
        pose(image, (i + 1) / 15)
    assert np.array_equal(first.xy, kept[0])
    assert np.array_equal(first.score, kept[1])
