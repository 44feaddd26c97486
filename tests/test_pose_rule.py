"""A pupil's rule of one line says what its words say, begins and ends apart, and a wrong word is met with the right."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gongzhi import text
from gongzhi.learn.recogniser import Rules
from gongzhi.pose_rule import PoseRule, RuleError
from gongzhi.sim.avatar import View, true_hands, truth
from gongzhi.sim.body import solve
from gongzhi.sim.poses import POSES, SIGNS, Pose
from gongzhi.stages.extract import extract
from gongzhi.stages.identify import hands_up
from gongzhi.values import LANDMARK, Features, Hand, Keypoints
from hypothesis import given
from hypothesis import strategies as st

VIEW = View()


def seen(pose, hidden=(), t=0.0):
    score = np.ones(33, np.float32)
    score[[LANDMARK[name] for name in hidden]] = 0.0
    xy = truth(solve(pose), VIEW, pose.look)
    return extract(Keypoints(xy, score, t, 0, (VIEW.width, VIEW.height), "truth"))


def showing(pose, sides=("left", "right")):
    """Features of a drawn person with these hands."""
    body = solve(pose)
    hands = tuple(Hand(side, *true_hands(body, VIEW)[side], 1.0, 0.0) for side in sides)
    return replace(seen(pose), hands=hands)


def points(**places):
    """Features with these points only."""
    at, known = np.zeros((33, 2), np.float32), np.zeros(33, np.bool_)
    for name, place in places.items():
        at[LANDMARK[name]], known[LANDMARK[name]] = place, True
    return Features(at, known, 0.0, 0)


@pytest.mark.parametrize(
    ("rule", "poses"),
    [
        ("left_wrist above nose", {"hands_up", "wave_left"}),
        ("hands above head", {"hands_up"}),
        ("双手高于头顶", {"hands_up"}),
        ("left wrist above nose or right wrist above nose", {"hands_up", "one_hand_up", "wave"}),
        ("not hands above elbows", {"stand"}),
        ("（左手腕 高于 鼻子 且 左肘 角度 大于 140°）", {"hands_up"}),
    ],
)
def test_poses_are_what_the_words_say(rule, poses):
    test = PoseRule(rule)
    for name in ("stand", "hands_up", "arms_level"):
        assert (test(seen(POSES[name])) >= 0) is (name in poses), name


def test_above_the_head_is_what_the_built_in_rule_calls_so():
    for name, pose in POSES.items():
        assert (PoseRule("hands above head")(seen(pose)) >= 0) is (hands_up(seen(pose)) >= 0), name


FINGER_RULES = [
    ("right_index up", {"one_finger", "two_fingers", "three_fingers", "four_fingers", "five_fingers"}),
    ("right_middle bent", {"fist", "one_finger", "thumb_up", "thumb_and_little_finger"}),
    ("right_hand fingers == 2", {"two_fingers", "thumb_and_little_finger"}),
    ("fingers of right_hand >= 4", {"four_fingers", "five_fingers"}),
    ("fingers of right hand < 1", {"fist"}),
    ("right_hand fingers != 2 and right_thumb up", {"five_fingers", "thumb_up"}),
    ("右手食指伸直 且 右手的中指弯着", {"one_finger"}),
    ("右手手指数等于2", {"two_fingers", "thumb_and_little_finger"}),
    ("右手的手指 至少 4", {"four_fingers", "five_fingers"}),
]


@pytest.mark.parametrize(("rule", "signs"), FINGER_RULES)
def test_fingers_are_what_the_words_say(rule, signs):
    test = PoseRule(rule)
    assert test.hands
    for name, pose in SIGNS.items():
        assert (test(showing(pose)) >= 0) is (name in signs), name


def test_fingers_of_a_hand_that_is_not_seen_or_of_a_moment_ago_are_unknown():
    rule = PoseRule("right_index up or left_index up")
    assert rule(showing(SIGNS["one_finger"])) >= 0
    for rule in (PoseRule("left_hand fingers == 5"), PoseRule("not left_index up")):
        assert rule(showing(SIGNS["one_finger"], sides=("right",))) == -math.inf
    late = replace(showing(SIGNS["one_finger"]), t=0.5)
    assert PoseRule("right_index up")(late) == -math.inf
    assert not PoseRule("right_index above nose").hands  # BlazePose's own point


def test_a_count_does_not_flicker_between_two_numbers():
    half = replace(SIGNS["one_finger"], right_curl=(1.0, 0.0, 0.42, 1.0, 1.0))
    one, two = (PoseRule(f"right_hand fingers == {number}")(showing(half)) for number in (1, 2))
    assert one < 0
    assert two < 0
    assert max(one, two) > -1  # which of both was held goes on


def test_angles_are_degrees_between_the_two_lines():
    square = points(left_shoulder=(0, 1), left_elbow=(0, 0), left_wrist=(1, 0))
    assert PoseRule("left_elbow angle > 80")(square) == pytest.approx(1.0, abs=1e-3)
    assert PoseRule("left_elbow angle < 80")(square) == pytest.approx(-1.0, abs=1e-3)
    assert PoseRule("left_elbow angle < 80")(points(left_elbow=(0, 0))) == -math.inf


def test_heights_relations_and_lean():
    one = points(left_wrist=(1.0, 1.2), nose=(0.0, 1.0), left_shoulder=(0.2, 1), right_shoulder=(-0.2, 1))
    assert PoseRule("left_wrist height > 1.1")(one) == pytest.approx(1.0, abs=1e-4)
    assert PoseRule("left_wrist above nose by 0.1")(one) == pytest.approx(1.0, abs=1e-4)
    assert PoseRule("left_wrist left_of nose")(one) > 0 > PoseRule("left_wrist right_of nose")(one)
    assert PoseRule("left_wrist near nose")(one) < -1 < 0 < PoseRule("left_wrist near nose by 1.1")(one)
    behind = points(left_wrist=(-1.0, 1.2), nose=(0.0, 1.0), left_shoulder=(-0.2, 1), right_shoulder=(0.2, 1))
    assert PoseRule("left_wrist left_of nose")(behind) > 0
    assert PoseRule("trunk lean > 10")(seen(Pose(lean=25))) > 0 > PoseRule("trunk lean > 10")(seen(Pose()))


def test_what_is_not_seen_is_neither_kept_nor_broken():
    hidden = seen(POSES["hands_up"], hidden=["left_wrist"])
    for rule in ("left_wrist above nose", "not left_wrist above nose", "hands above nose"):
        assert PoseRule(rule)(hidden) == -math.inf
    assert PoseRule("left_wrist above nose or right_wrist above nose")(hidden) > 0


def test_a_rule_begins_and_ends_apart():
    test = PoseRule("left_wrist above nose")
    slacks = [test(points(left_wrist=(0, y), nose=(0, 1))) for y in (1.01, 0.95, 0.89)]
    assert slacks[0] > 0 > slacks[1] > -1 > slacks[2]


def test_a_pose_is_held_after_its_dwell_time():
    recognise = Rules({"up": PoseRule("hands above head")}, {"up": 1.0})
    held = {}
    for n in range(30):
        (action,) = recognise(seen(POSES["hands_up"], t=n / 10), n / 10)
        held[n] = action.held
    assert (held[9], held[10]) == (False, True)


@pytest.mark.parametrize(
    ("rule", "near"),
    [
        ("left_wirst above nose", "left_wrist"),
        ("left_wrist abve nose", "above"),
        ("left_wrist angle < 90", "left_"),
        ("left_elbow angle < 900", "180"),
        ("(hands above head", ")"),
        ("hands above", "head"),
        ("", "hands"),
        ("hands above head hands", "and"),
        ("nose & ear", "<"),
        ("not " * 20 + "hands above head", "two"),
        ("hands above head " * 40, "300"),
        ("left_wrist above nose by much", "0.5"),
        ("trunk angle < 3", "lean"),
        ("左手万 高于 鼻子", "<"),
        ("left_middle above nose", "up"),
        ("right_hand above nose", "fingers"),
        ("fingers of left_wrist == 2", "left_hand"),
        ("right_hand fingers == 6", "0 to 5"),
        ("right_hand fingers near 2", "=="),
    ],
)
def test_a_wrong_word_is_met_with_the_right_one(rule, near):
    with pytest.raises(RuleError) as caught:
        PoseRule(rule)
    error = caught.value
    assert near in text.tr(error.hint, "en", **error.values)
    for said in (error.what, error.hint):
        assert text.tr(said, "zh", **error.values) != text.tr(said, "en", **error.values)


WORDS = st.sampled_from(
    ["left_wrist", "head", "nose", "above", "near", "angle", "height", "<", ">=", "90", "0.5", "and", "or", "not", "(",
     ")", "by", "trunk", "lean", "左", "手", "x", "left_index", "up", "right_hand", "fingers", "of", "==", "2"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=14))
def test_any_words_are_a_rule_or_an_error(words):
    try:
        found = PoseRule(" ".join(words))(seen(POSES["stand"]))
    except RuleError:
        return
    assert not math.isnan(found)
