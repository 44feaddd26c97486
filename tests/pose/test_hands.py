"""Hands are found on a drawn person by the real models, on the person's own side, and nobody else's are taken."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier

import numpy as np
import pytest
from gongzhi import models, paths, project
from gongzhi.camera import pictures
from gongzhi.pose import hand as hand_model
from gongzhi.pose.hand import HandLandmarker, next_roi
from gongzhi.pose.hands import HandModels, Hands, same
from gongzhi.pose.person_hands import PERIOD, SEARCH, PersonHands
from gongzhi.pose.roi import Roi
from gongzhi.pose.tracker import BlazePose
from gongzhi.seen import FINGERS, SIDES
from gongzhi.sim.avatar import Avatar, View, truth
from gongzhi.sim.body import solve
from gongzhi.sim.hand import points
from gongzhi.sim.poses import SIGNS, Pose, curl
from gongzhi.stages.extract import extract
from gongzhi.values import Keypoints

NEAR = View()
EMPTY = np.full((480, 640, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def both():
    """The real models, for all tests here: they remember nothing."""
    weights = models.ensure("hands")
    made = HandModels(weights["palms"], weights["landmarks"])
    yield made
    made.close()


def raised(up=("index", "middle"), **more):
    """Both hands beside the head, palms to the front, with these fingers stretched."""
    bent = curl(up)
    arms = {f"{side}_{part}": value for side in SIDES
            for part, value in (("upper", 40.0), ("fore", 160.0), ("forward", 14.0), ("curl", bent))}  # fmt: skip
    return replace(Pose(), **{**arms, **more})


def seen(pose, view=NEAR, t=0.0, avatar=None):
    """The picture, and what BlazePose would see in it: the truth."""
    image, xy = (avatar or Avatar()).render(pose, view)
    return image, Keypoints(xy, np.ones(33, np.float32), t, 0, (view.width, view.height), "truth")


def drawn(pose, side, view=NEAR):
    """Where the hand's points are in the picture."""
    return np.array([view.project(one) for one in points(solve(pose).hands[side], side)], np.float32)


def off(hand, pose, view=NEAR):
    """The mean distance of a found hand's points from the drawn ones, in lengths of the hand."""
    there = drawn(pose, hand.side, view)
    return float(np.linalg.norm(hand.xy - there, axis=1).mean() / np.linalg.norm(there[0] - there[9]) / 2)


@pytest.mark.parametrize("up", [(), FINGERS, ("index",), ("index", "middle"), FINGERS[1:]], ids=str)
def test_both_hands_of_a_drawn_person_are_found_with_their_fingers(both, up):
    pose, hands = raised(up), PersonHands(both)
    image, person = seen(pose)
    for number in range(12):  # less than a second
        found = hands(image, replace(person, t=number * PERIOD))
    assert [one.side for one in found] == ["left", "right"]
    assert max(off(one, pose) for one in found) < 0.15
    assert min(one.score for one in found) >= 0.5


def test_the_models_own_word_for_the_side_agrees_with_the_persons_own_side(both):
    for side in SIDES:
        found = both.look(seen(raised())[0], next_roi(drawn(raised(), side))).found
        assert (found.mirrored > 0.5) == (side == "right")


def test_a_small_hand_is_found_where_the_whole_picture_would_show_none(both):
    view = View(tall=0.5)
    image, person = seen(raised(FINGERS), view)
    hands = PersonHands(both)
    hands(image, person)
    assert len(hands(image, replace(person, t=PERIOD))) == 2
    assert Hands(both)(image, 0.0) == []


def test_another_persons_hands_are_not_taken(both):
    ours, theirs = View(middle=0.25, tall=0.9), View(middle=0.7, tall=0.9)
    picture = Avatar(room=False).render(raised(FINGERS), theirs)[0]
    low = truth(solve(Pose()), ours)
    alone, person = seen(Pose(), ours, avatar=Avatar(room=False))
    picture[:, : int(low[:, 0].max()) + 30] = alone[:, : int(low[:, 0].max()) + 30]
    assert len(Hands(both)(picture, 0.0)) == 2  # they can be seen
    hands = PersonHands(both)
    for number in range(8):
        found = hands(picture, replace(person, t=number * PERIOD))
        assert all(one.xy[0, 0] < 320 for one in found)


def test_a_lost_hand_is_not_there_until_it_is_found_again(both):
    hands, (image, person) = PersonHands(both), seen(raised())
    for number in range(3):
        assert len(hands(image, replace(person, t=number * PERIOD))) == min(number + 1, 2)
    hidden = image.copy()
    there = drawn(raised(), "left")
    (x0, y0), (x1, y1) = (there.min(0) - 40).astype(int), (there.max(0) + 40).astype(int)
    hidden[y0:y1, x0:x1] = 128
    gone = hands(hidden, replace(person, t=3 * PERIOD))
    assert [one.side for one in gone] == ["right"]
    back = hands(image, replace(person, t=4 * PERIOD + SEARCH))
    assert [one.side for one in back] == ["left", "right"]
    assert hands(image, None) == ()
    assert len(hands(image, replace(person, t=5 * PERIOD + SEARCH))) == 1  # searched for afresh


def test_between_two_looks_the_last_one_is_given_with_its_own_time(both):
    hands, (image, person) = PersonHands(both), seen(raised())
    hands(image, person)
    assert [one.t for one in hands(image, replace(person, t=PERIOD / 2))] == [0.0]
    assert [one.t for one in hands(image, replace(person, t=PERIOD))] == [PERIOD, PERIOD]


def test_without_a_seen_wrist_nothing_is_searched(both, monkeypatch):
    image, person = seen(raised())
    searched = []
    monkeypatch.setattr(both, "search", lambda *given: searched.append(given) or [])
    hands = PersonHands(both)
    for t, score, xy in ((0.0, np.zeros(33), person.xy), (1.0, np.ones(33), person.xy - 2000)):
        hands(image, replace(person, t=t, score=score.astype(np.float32), xy=xy.astype(np.float32)))
    assert searched == []


def test_a_hand_that_is_no_longer_at_its_wrist_is_let_go(both):
    hands, (image, person) = PersonHands(both), seen(raised())
    for number in range(2):
        hands(image, replace(person, t=number * PERIOD))
    elsewhere = person.xy.copy()
    elsewhere[15] -= (0, 60)
    assert [one.side for one in hands(image, replace(person, t=2 * PERIOD, xy=elsewhere))] == ["right"]


def test_two_hands_are_looked_at_side_by_side_and_each_is_what_it_would_be_alone(both, monkeypatch):
    image = seen(raised())[0]
    rois = [next_roi(drawn(raised(), side)) for side in SIDES]
    alone = [both.look(image, roi) for roi in rois]
    meet, look = Barrier(2, timeout=60), HandLandmarker.__call__
    monkeypatch.setattr(HandLandmarker, "__call__", lambda self, *given: meet.wait() * 0 or look(self, *given))
    for one, other in zip(both.looks(image, rois), alone, strict=True):
        assert (one.found.points == other.found.points).all()
        assert one.next == other.next
    assert both.looks(image, []) == []


def test_what_goes_wrong_beside_is_not_lost(both, monkeypatch):
    def broken(self, image, roi):
        raise RuntimeError(roi.x)

    monkeypatch.setattr(HandLandmarker, "__call__", broken)
    with pytest.raises(RuntimeError):
        both.looks(EMPTY, 2 * [Roi(320, 240, 200, 0.0)])


def test_nobody_has_hands_in_an_empty_room(both):
    noise = np.random.default_rng(0).integers(0, 256, EMPTY.shape, np.uint8)
    assert [Hands(both)(image, 0.0) for image in (EMPTY, noise)] == [[], []]


def test_numbers_that_mean_nothing_are_no_hand(fake_model, monkeypatch):
    model = fake_model(224, (1, 63), (1, 1))
    model.outputs = lambda *shape: 2 * [np.full(shape, np.nan, np.float32)]
    monkeypatch.setattr(hand_model, "TfliteModel", lambda content, threads: model)
    assert HandLandmarker(b"")(EMPTY, Roi(320, 240, 200, 0.0)) is None
    assert next_roi(np.full((21, 2), 7.0, np.float32)) is None


@pytest.mark.parametrize(("mirrored", "side"), [(0.9, "right"), (0.1, "left")])
def test_a_hand_at_both_wrists_is_of_the_side_that_the_model_says(both, mirrored, side, monkeypatch):
    image, person = seen(Pose())
    folded = person.xy.copy()
    folded[[15, 16]] = (320, 240), (324, 240)  # where both wrists are
    one = both.look(seen(raised())[0], next_roi(drawn(raised(), "left")))
    points = one.found.points - one.found.points[0] + (322, 240)
    there = replace(one, found=replace(one.found, points=points.astype(np.float32), mirrored=mirrored))
    monkeypatch.setattr(both, "search", lambda _image, _square, known, _most: [] if known else [there])
    monkeypatch.setattr(both, "look", lambda _image, _roi: there)
    hands = PersonHands(both)
    for number in range(8):
        found = hands(image, replace(person, t=number * PERIOD, xy=folded))
    assert [each.side for each in found] == [side]


def test_two_squares_are_one_hand_where_they_share_half_of_both():
    one = Roi(100, 100, 100, 0.3)
    assert same(one, Roi(130, 100, 100, -1.0))
    assert not same(one, Roi(140, 100, 100, 0.3))
    assert not same(one, Roi(400, 100, 100, 0.3))


def test_the_sign_desk_reads_drawn_fingers_through_the_real_models(both):
    desk = project.load(paths.share("examples") / "18_sign_desk").seen.poses
    read = {}
    for name in ("fist", "one_finger", "two_fingers", "five_fingers", "thumb_up"):
        hands, (image, person) = PersonHands(both), seen(SIGNS[name])
        for number in range(12):
            last = replace(person, t=number * PERIOD)
            found = hands(image, last)
        features = extract(replace(last, hands=found))
        read[name] = [pose for pose, rule in desk.items() if pose != "raised" and rule(features) >= 0]
    assert read == {
        "fist": [], "one_finger": ["one_finger"], "two_fingers": ["two_fingers"], "five_fingers": ["open_hand"],
        "thumb_up": ["thumb"],
    }  # fmt: skip


@pytest.mark.media
def test_a_folded_hand_of_a_photo_is_of_the_side_that_the_model_says_also_in_a_mirror(media, weights, both):
    photo = pictures.load(media / "squat.jpg")
    sides = []
    for image in (photo, np.ascontiguousarray(photo[:, ::-1])):
        body, hands = BlazePose(weights["detector"], weights["landmarks"]), PersonHands(both)
        for number in range(14):
            t = number * PERIOD
            pose = body(image, t)
            size = (image.shape[1], image.shape[0])
            found = hands(image, Keypoints(pose.xy, pose.score, t, number, size, "blazepose"))
        body.close()
        sides.append([one.side for one in found])
    assert sides == [["right"], ["left"]]
