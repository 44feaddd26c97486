"""Of several people one is chosen and kept; lost among others, they are waited for, and nobody is given instead."""

import cv2
import numpy as np
import pytest
from gongzhi.pose.choice import WAIT, front, same, seen
from gongzhi.pose.detector import Detector
from gongzhi.pose.landmarks import Landmarks
from gongzhi.pose.mat import Mat, MatError
from gongzhi.pose.roi import Roi
from gongzhi.pose.tracker import CHANGE
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.poses import POSES
from gongzhi.stages.identify import GAP

SOMEBODY = Landmarks(0.9, np.zeros((35, 2), np.float32), np.zeros(33, np.float32))
EMPTY = np.full((480, 320, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def person():
    """Half a picture with a drawn person of the wanted height, as a share of the picture's."""
    return lambda tall=0.75: Avatar().render(POSES["stand"], View(320, 480, tall=tall))[0]


def side_of(found):
    return None if found is None else "left" if found.xy[[23, 24], 0].mean() < 320 else "right"


def test_the_larger_and_the_more_central_is_in_front():
    small, large, aside = Roi(320, 240, 200, 0), Roi(330, 240, 300, 0), Roi(20, 240, 310, 0)
    assert front([small, aside, large], 640) == [large, small, aside]


def test_each_person_counts_once():
    one, again, other = Roi(100, 100, 200, 0), Roi(110, 105, 220, 0), Roi(180, 100, 200, 0)
    assert same(one, again)
    assert not same(one, other)
    looked = []

    def look(roi):
        looked.append(roi)
        return SOMEBODY

    assert [each.roi for each in seen([one, again, other], look)] == [one, other]
    assert looked == [one, other]
    assert [each.roi for each in seen([again, other], look, besides=one)] == [other]


def test_whom_the_landmark_model_denies_does_not_count():
    assert seen([Roi(100, 100, 200, 0)], lambda roi: None) == []


def test_one_of_two_is_followed_and_the_other_only_counted(pose, person):
    both = np.hstack((person(), person(0.6)))
    for i in range(10):
        found = pose(both, i / 10)
        assert (side_of(found), pose.others) == ("left", 1)


def test_who_is_followed_stays_so_when_somebody_larger_comes(pose, person):
    assert side_of(pose(np.hstack((person(0.6), EMPTY)), 0.0)) == "left"
    assert pose.others == 0
    both = np.hstack((person(0.6), person(0.8)))
    for i in range(1, 31):
        assert side_of(pose(both, i / 10)) == "left"
    assert pose.others == 1  # noticed within two seconds


def test_who_is_lost_among_others_is_waited_for_and_nobody_given_instead(pose, person):
    both, right = np.hstack((person(), person(0.6))), np.hstack((EMPTY, person(0.6)))
    assert side_of(pose(both, 0.0)) == "left"
    for t in (0.1, 0.5, 1.0):
        assert pose(right, t) is None
        assert pose.others == 1
    again = pose(both, 1.05)
    assert (side_of(again), again.tracked, pose.others) == ("left", False, 1)


def test_after_the_wait_somebody_else_is_followed(pose, person):
    both, right = np.hstack((person(), person(0.6))), np.hstack((EMPTY, person(0.6)))
    pose(both, 0.0)
    assert pose(right, 0.1) is None
    assert pose(right, 0.1 + WAIT / 2) is None
    assert side_of(pose(right, 0.1 + WAIT)) == "right"
    assert pose.others == 0


def test_who_returns_is_told_from_a_larger_one_by_place_and_size(pose, person):
    pose(np.hstack((person(0.6), EMPTY)), 0.0)
    assert pose(np.full((480, 640, 3), 128, np.uint8), 0.1) is None
    assert side_of(pose(np.hstack((person(0.6), person(0.8))), 0.2)) == "left"


def test_nobody_is_looked_for_while_somebody_is_followed_but_every_two_seconds(pose, person, monkeypatch):
    image, looked, detect = np.hstack((person(), EMPTY)), [], Detector.__call__
    monkeypatch.setattr(Detector, "__call__", lambda self, image: looked.append(1) or detect(self, image))
    for i in range(50):
        assert pose(image, i / 10) is not None
    assert len(looked) == 3


def test_after_a_reset_everybody_is_new(pose, person):
    pose(np.hstack((person(), person(0.6))), 0.0)
    pose.reset()
    assert pose.others == 0
    assert side_of(pose(np.hstack((EMPTY, person(0.6))), 0.1)) == "right"


@pytest.mark.media
def test_of_two_real_people_the_one_who_was_followed_is_kept(pose, media):
    photo = cv2.cvtColor(cv2.imread(str(media / "squat.jpg")), cv2.COLOR_BGR2RGB)
    one = cv2.resize(photo, (320, 480))
    wall = np.broadcast_to(one[:40].mean((0, 1)).astype(np.uint8), one.shape)
    assert side_of(pose(np.hstack((wall, one)), 0.0)) == "right"
    for i in range(1, 25):
        assert side_of(pose(np.hstack((one, one)), i / 10)) == "right"
    assert pose.others == 1
    assert pose(np.hstack((one, wall)), 2.5) is None


LEFT, RIGHT = (Mat(((x, 0.8), (x + 0.4, 0.8), (x + 0.4, 1.0), (x, 1.0))) for x in (0.05, 0.55))
NOWHERE = Mat(((0.4, 0.1), (0.6, 0.1), (0.6, 0.2), (0.4, 0.2)))


def test_of_two_the_one_on_the_mat_is_followed_and_the_other_does_not_count(pose, person):
    both = np.hstack((person(), person(0.6)))
    for mat, side in ((RIGHT, "right"), (LEFT, "left"), (None, "left")):
        pose.reset()
        pose.mat = mat
        for i in range(6):
            found = pose(both, i / 2)
        assert (side_of(found), pose.others) == (side, 1 if mat is None else 0)


def test_with_nobody_on_the_mat_whoever_is_in_front_is_followed(pose, person):
    pose.mat = NOWHERE
    assert side_of(pose(np.hstack((person(), person(0.6))), 0.0)) == "left"
    assert pose.others == 1


def test_who_steps_onto_the_mat_is_followed_after_a_pause_in_which_nobody_is(pose, person):
    pose.mat = RIGHT
    alone, both = np.hstack((person(0.8), EMPTY)), np.hstack((person(0.8), person(0.6)))
    assert side_of(pose(alone, 0.0)) == "left"
    sides = [(i / 10, side_of(pose(both, i / 10))) for i in range(1, 40)]
    change = next(t for t, side in sides if side is None)
    assert 0 < change <= 2.1
    assert {side for t, side in sides if t < change} == {"left"}
    assert {side for t, side in sides if change <= t < change + CHANGE - 0.01} == {None}
    assert {side for t, side in sides if t > change + CHANGE + 0.01} == {"right"}
    assert GAP < CHANGE


def test_who_is_followed_on_the_mat_stays_so_when_they_leave_it(pose, person):
    both = np.hstack((person(0.6), person(0.8)))
    for i in range(12):
        pose.mat = LEFT if i < 6 else NOWHERE
        assert side_of(pose(both, i / 2.5)) == "left"


@pytest.mark.parametrize(
    ("corners", "word"),
    [
        (((0, 0), (1, 0), (1, 1)), "4 corners"),
        (((0, 0), (1, 0), (0, 1), (1, 1)), "no area"),
        (((0.5, 0.5),) * 4, "no area"),
        (((0, 0), (1.2, 0), (1, 1), (0, 1)), "outside"),
        (((0, 0), (float("nan"), 0), (1, 1), (0, 1)), "outside"),
    ],
)
def test_four_corners_that_make_no_mat_are_refused(corners, word):
    with pytest.raises(MatError) as caught:
        Mat(corners)
    assert word in str(caught.value.what)


def test_a_mat_holds_what_lies_in_it_and_feet_below_the_picture():
    for mat in (LEFT, Mat(LEFT.corners[::-1])):
        assert mat.holds(0.2, 0.9)
        assert mat.holds(0.2, 1.2)
        assert not mat.holds(0.2, 0.7)
        assert not mat.holds(0.5, 0.9)
