"""Each hold of a pose is one rising edge: dwell and gaps by the clock, hysteresis by the pose; unclear is none."""

import itertools
import math
import random

import numpy as np
import pytest
from gongzhi.sim.avatar import View, truth
from gongzhi.sim.body import solve
from gongzhi.sim.poses import POSES, Pose, blend, both_arms
from gongzhi.sim.script import Script
from gongzhi.stages.extract import extract
from gongzhi.stages.identify import (
    BLIND,
    DWELL,
    GAP,
    IdentifyState,
    Need,
    arms_level,
    hands_up,
    identify,
    probability,
)
from gongzhi.values import LANDMARK, Keypoints
from hypothesis import given
from hypothesis import strategies as st

VIEW = View()


def features(pose, t=0.0, hidden=(), mirrored=False):
    xy = truth(solve(pose), VIEW, pose.look)
    if mirrored:  # seen from behind: the same outline, left and right exchanged
        order = [LANDMARK[n.replace("left", "?").replace("right", "left").replace("?", "right")] for n in LANDMARK]
        xy = xy[order]
    score = np.ones(33, np.float32)
    score[[LANDMARK[name] for name in hidden]] = 0.0
    return extract(Keypoints(xy, score, t, 0, (VIEW.width, VIEW.height), "truth"))


def run(frames, state=None):
    """(time, features) through identify; what changed, as (time, name, held), and every answer."""
    state = state or IdentifyState()
    held, edges, answers = {}, [], []
    for t, seen in frames:
        actions = identify(seen, t, state)
        answers.append({action.name: action for action in actions})
        for action in actions:
            if action.held != held.get(action.name, False):
                edges.append((round(t, 6), action.name, action.held))
            held[action.name] = action.held
    return edges, answers


def times(start, stop, fps=20.0):
    return [start + n / fps for n in range(round((stop - start) * fps))]


UP, LEVEL, STAND = (features(POSES[name]) for name in ("hands_up", "arms_level", "stand"))


# Which poses are what ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stand", set()),
        ("hands_up", {"hands_up"}),
        ("arms_level", {"arms_level"}),
        ("wave", set()),
        ("lean", set()),
        ("hands_on_hips", set()),
        ("one_hand_up", set()),
    ],
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_each_pose_is_itself_and_nothing_else_from_the_front_and_from_behind(name, expected, mirrored):
    _, answers = run((t, features(POSES[name], t, mirrored=mirrored)) for t in times(0, 2))
    assert {action.name for action in answers[-1].values() if action.held} == expected


@pytest.mark.parametrize(
    "pose",
    [
        both_arms(60, 60, 0),  # hanging out at 30 degrees below level
        both_arms(125, 125, 0),  # a V
        both_arms(90, 10, 0),  # elbows out, forearms down
        both_arms(90, 175, 0),  # "hands up, this is a robbery": hands at the head's height, elbows bent
        both_arms(88, 90, 55),  # both arms to the front
        Pose(left_upper=90, left_fore=90, left_forward=0),  # one arm only
        both_arms(90, 90, 0, Pose(turn=75)),  # turned to the side
    ],
)
def test_what_is_not_arms_level(pose):
    assert arms_level(features(pose)) < 0


@pytest.mark.parametrize("lean", [-8, 0, 8])
@pytest.mark.parametrize("angle", [-8, 0, 10])
def test_arms_level_need_not_be_exact(lean, angle):
    assert arms_level(features(both_arms(90 + angle, 90 + angle, 4, Pose(lean=lean)))) > 0


def test_hands_beside_the_head_are_not_up():
    assert hands_up(features(both_arms(95, 150, 0))) < 0


def test_hands_up_without_a_visible_face():
    face = [name for name in LANDMARK if LANDMARK[name] <= LANDMARK["mouth_right"]]
    assert hands_up(features(POSES["hands_up"], hidden=face)) > 0
    assert hands_up(features(POSES["stand"], hidden=face)) < 0


@pytest.mark.parametrize("hidden", ["left_wrist", "right_wrist", "left_shoulder"])
def test_what_is_not_seen_is_no_action(hidden):
    for name, rule in (("hands_up", hands_up), ("arms_level", arms_level)):
        assert rule(features(POSES[name], hidden=[hidden])) == -math.inf


def test_somebody_at_a_desk_can_take_part():
    legs = [name for name in LANDMARK if LANDMARK[name] >= LANDMARK["left_hip"]]
    assert hands_up(features(POSES["hands_up"], hidden=legs)) > 0
    assert arms_level(features(POSES["arms_level"], hidden=legs)) > 0


def test_a_person_lying_with_arms_stretched_out_is_no_arms_level():
    xy = truth(solve(POSES["arms_level"]), VIEW)
    turned = np.stack([xy[:, 1], 480 - xy[:, 0] * 0.7], 1).astype(np.float32)
    lying = extract(Keypoints(turned, np.ones(33, np.float32), 0.0, 0, (640, 480), "truth"))
    assert arms_level(lying) < 0
    assert hands_up(lying) < 0


# How long ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fps", [2.0, 5.0, 10.0, 15.0, 30.0, 60.0])
def test_the_dwell_is_by_the_clock_not_by_frames(fps):
    edges, answers = run((t, UP) for t in times(100, 103, fps))
    assert [(name, held) for _, name, held in edges] == [("hands_up", True)]
    first = 100 + math.ceil(DWELL * fps - 1e-6) / fps
    assert edges[0][0] == pytest.approx(first)
    assert {answer["hands_up"].since for answer in answers} == {100.0}


@given(st.lists(st.floats(0.01, 0.24), min_size=60, max_size=60))
def test_uneven_frames_make_one_edge_not_before_the_dwell(gaps):
    moments = list(itertools.accumulate(gaps, initial=10.0))
    edges, _ = run((t, UP) for t in moments)
    if moments[-1] - 10.0 < DWELL:
        assert edges == []
    else:
        assert len(edges) == 1
        assert edges[0][0] >= 10.0 + DWELL - 1e-5


def test_a_pose_shorter_than_the_dwell_is_nothing():
    edges, _ = run([(t, UP) for t in times(0, 0.45)] + [(t, STAND) for t in times(0.45, 3)])
    assert edges == []


@pytest.mark.parametrize("lost", [None, STAND])
def test_a_flicker_neither_ends_a_hold_nor_delays_it(lost):
    def seen(t):
        return lost if (t * 20) % 5 >= 4 else UP  # one frame of five

    edges, _ = run((t, seen(t)) for t in times(0, 5))
    assert [(name, held) for _, name, held in edges] == [("hands_up", True)]
    assert edges[0][0] <= DWELL + 0.1


@pytest.mark.parametrize(("gap", "edges_expected"), [(GAP - 0.05, 1), (GAP + 0.1, 3)])
def test_a_gap_ends_a_hold_only_when_it_is_long(gap, edges_expected):
    frames = [(t, UP) for t in times(0, 2)] + [(t, None) for t in times(2, 2 + gap)]
    frames += [(t, UP) for t in times(2 + gap, 4)]
    edges, _ = run(frames)
    assert len(edges) == edges_expected


def test_an_unplugged_camera_begins_a_new_hold():
    edges, answers = run([(t, UP) for t in times(0, 2)] + [(t, UP) for t in times(2 + BLIND + 0.5, 6)])
    assert [held for _, _, held in edges] == [True, False, True]
    assert answers[-1]["hands_up"].since == 2 + BLIND + 0.5


def test_time_that_goes_back_begins_anew():
    state = IdentifyState()
    run([(t, UP) for t in times(10, 12)], state)
    edges, answers = run([(t, UP) for t in times(0, 2)], state)
    assert edges[0][0] == pytest.approx(0.5)
    assert answers[-1]["hands_up"].since == 0.0


def test_hysteresis_no_second_edge_while_the_arms_hover():
    rng = random.Random(5)
    hover = blend(POSES["stand"], POSES["arms_level"], 0.9)
    assert -1 < arms_level(features(hover)) < 1
    frames = [(t, LEVEL) for t in times(0, 1)]
    frames += [(t, features(blend(POSES["stand"], POSES["arms_level"], rng.uniform(0.86, 0.94)), t))
               for t in times(1, 9)]  # fmt: skip
    edges, _ = run(frames)
    assert [(name, held) for _, name, held in edges] == [("arms_level", True)]


def test_nobody_is_no_action_with_probability_nought():
    _, answers = run((t, None) for t in times(0, 1))
    for answer in answers[-1].values():
        assert (answer.held, answer.p, answer.since) == (False, 0.0, answer.t)


def test_probability_rises_with_clearness_and_falls_without():
    values = [probability(slack) for slack in (-math.inf, -9, -1, 0, 0.5, 1, 9)]
    assert values == sorted(values)
    assert values[0] == 0.0
    assert values[2] == pytest.approx(0.27, abs=0.01)
    assert values[3] == pytest.approx(0.73, abs=0.01)
    assert values[-1] < 0.99
    _, answers = run([(t, UP) for t in times(0, 1)] + [(t, STAND) for t in times(1, 2)])
    assert answers[19]["hands_up"].p > 0.9
    assert answers[-1]["hands_up"].p < 0.1


def test_slack_is_nought_where_it_begins_and_minus_one_where_it_ends():
    for need in (Need(0.22, 0.0), Need(22.0, 34.0)):
        assert need.slack(need.enter) == 0.0
        assert need.slack(need.leave) == -1.0


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.sampled_from([UP, LEVEL, STAND, None])), max_size=60))
def test_held_needs_evidence_and_since_is_stable(steps):
    state, t, last = IdentifyState(), 0.0, {}
    for wait, seen in steps:
        t += wait
        for action in identify(seen, t, state):
            before = last.get(action.name)
            if action.held:
                assert t - action.since >= DWELL - 1e-5
                if before is not None and before.held:
                    assert action.since == before.since or action.since > before.t
            last[action.name] = action


# The exercise --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fps", [5.0, 10.0, 15.0, 30.0])
def test_one_round_of_the_exercise_has_each_pose_once(fps):
    script, rounds = Script(), 3
    moments = times(0, script.seconds * rounds, fps)
    edges, _ = run((t, features(script.pose_at(t), t)) for t in moments)
    rising = [(name, int(t // script.seconds)) for t, name, held in edges if held]
    assert rising == [(name, number) for number in range(rounds) for name in ("hands_up", "arms_level")]
