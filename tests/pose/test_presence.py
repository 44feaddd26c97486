"""One word says how the person stands: in drawn and real pictures, darker, smaller, cut off, with others or alone."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from gongzhi.pose.presence import DARK, Presence, judge
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.poses import POSES, SIGNS
from gongzhi.values import Hand, Keypoints

GREY = np.full((480, 640, 3), 128, np.uint8)


def drawn(pose="stand", **view):
    """A drawn person and the true joints."""
    image, joints = Avatar().render(POSES[pose], View(**view))
    return Keypoints(joints, np.ones(33, np.float32), 0.0, 0, image.shape[1::-1], "truth"), image


@pytest.mark.parametrize("name", ["stand", "hands_up", "arms_level", "wave", "hands_on_hips", "one_hand_up"])
def test_a_person_who_stands_well_is_one(name):
    assert judge(*drawn(name), 0) == "one"


@pytest.mark.parametrize(
    ("view", "word"),
    [
        ({"tall": 0.3}, "far"),
        ({"middle": 0.02}, "cut"),
        ({"middle": 0.98}, "cut"),
        ({"tall": 1.6, "ground": 0.9}, "cut"),  # the head is above the picture
        ({"tall": 1.3, "ground": 1.4}, "one"),  # only the legs are below it, as of somebody at a table
    ],
)
def test_who_stands_badly_is_told_how(view, word):
    assert judge(*drawn(**view), 0) == word


def test_others_make_many_but_not_before_what_is_seen_badly():
    assert judge(*drawn(), 1) == "many"
    assert judge(*drawn(tall=0.3), 1) == "far"
    assert judge(None, GREY, 2) == "many"


@pytest.mark.parametrize(("level", "word"), [(0, "dark"), (DARK - 2, "dark"), (DARK + 2, "none"), (255, "none")])
def test_a_picture_in_which_nobody_is_found_is_dark_or_empty(level, word):
    assert judge(None, np.full((48, 64, 3), level, np.uint8), 0) == word


def test_a_dark_wall_beside_something_bright_is_no_dark_room():
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :60] = 200
    assert judge(None, image, 0) == "none"


def test_one_pixel_is_a_picture():
    assert judge(None, np.zeros((1, 1, 3), np.uint8), 0) == "dark"


def test_who_comes_or_goes_is_told_at_once_and_the_rest_when_it_lasts():
    presence, (keypoints, image) = Presence(), drawn()
    far = drawn(tall=0.3)[0]
    assert presence(None, GREY, 0, 0.0) == "none"
    assert presence(keypoints, image, 0, 0.1) == "one"
    assert presence(far, image, 0, 0.2) == "one"
    assert presence(keypoints, image, 0, 0.6) == "one"
    assert presence(far, image, 0, 0.7) == "one"
    assert presence(far, image, 0, 1.1) == "one"
    assert presence(far, image, 0, 1.2) == "far"
    assert presence(None, GREY, 0, 1.3) == "none"
    assert presence(None, GREY // 8, 0, 1.4) == "none"
    assert presence(None, GREY // 8, 0, 1.9) == "dark"


def test_a_raised_hand_that_is_not_seen_is_told_after_two_seconds_where_fingers_are_wanted():
    image, xy = Avatar().render(SIGNS["one_finger"])
    person = Keypoints(xy, np.ones(33, np.float32), 0.0, 0, (640, 480), "truth")
    hand = Hand("right", xy[:21].copy(), np.zeros((21, 3), np.float32), 1.0, 0.0)
    assert judge(person, image, 0) == "one"
    assert judge(person, image, 0, fingers=True) == "hand"
    assert judge(person, image, 2, fingers=True) == "many"
    assert judge(replace(person, hands=(hand,)), image, 0, fingers=True) == "one"
    assert judge(*drawn(), 0, fingers=True) == "one"  # hanging arms: nothing is to be read
    presence = Presence(fingers=True)
    assert [presence(person, image, 0, t) for t in (0.0, 1.0, 1.9, 2.0)] == ["one", "one", "one", "hand"]
    assert presence(replace(person, hands=(hand,)), image, 0, 2.1) == "hand"
    assert presence(replace(person, hands=(hand,)), image, 0, 2.6) == "one"


def test_a_film_that_begins_again_begins_with_its_own_times():
    presence, (keypoints, image) = Presence(), drawn()
    far = drawn(tall=0.3)[0]
    presence(keypoints, image, 0, 100.0)
    assert presence(far, image, 0, 0.0) == "one"
    assert presence(far, image, 0, 0.5) == "far"


@pytest.mark.media
@pytest.mark.parametrize("file", ["squat.jpg", "coco_000000000785.jpg", "coco_000000196141.jpg"])
def test_a_photo_says_one_and_made_dark_or_small_says_why_not(pose, media, file):
    photo = cv2.cvtColor(cv2.imread(str(media / file)), cv2.COLOR_BGR2RGB)
    assert _word(pose, photo) in ("one", "cut")
    assert _word(pose, (photo * 0.04).astype(np.uint8)) == "dark"


@pytest.mark.media
def test_a_real_person_far_away_is_far_and_half_outside_is_cut(pose, media):
    photo = cv2.cvtColor(cv2.imread(str(media / "squat.jpg")), cv2.COLOR_BGR2RGB)
    small = cv2.resize(photo, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    room = GREY.copy()
    room[150 : 150 + len(small), 250 : 250 + small.shape[1]] = small
    assert _word(pose, room) == "far"
    assert _word(pose, photo[:, :260]) == "cut"


def _word(pose, image):
    pose.reset()
    found = pose(image, 0.0)
    size = image.shape[1], image.shape[0]
    keypoints = None if found is None else Keypoints(found.xy, found.score, 0.0, 0, size, "blazepose")
    return judge(keypoints, image, pose.others)
