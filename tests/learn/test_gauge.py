"""A rule is held against recordings: how often it is right where it says so, what its p is worth from then on, when it
may be something else, and what is strange."""

import json
import math
import shutil

import msgspec
import numpy as np
import pytest
from gongzhi import paths, project
from gongzhi.arbiter.events import Proposed
from gongzhi.cli import app
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn import dataset, pack
from gongzhi.learn.calibrate import grouped_threshold
from gongzhi.learn.gauge import ALONE, gauge
from gongzhi.learn.generator import Performer, perform
from gongzhi.learn.recogniser import Rules
from gongzhi.learn.worth import MOST, Usual, Worth, load
from gongzhi.pose_rule import PoseRule
from gongzhi.stages.identify import IdentifyState, gauged, identify
from gongzhi.stages.propose import ProposeState, propose
from gongzhi.values import Features, Rule
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

EXAMPLES = paths.share("examples")
# So wide that a hanging arm is on its hip, too.
WIDE = "left_wrist near left_hip by 0.5 and right_wrist near right_hip by 0.5"
HIPS = "hands on hips"


@pytest.fixture(scope="module")
def people():
    return dataset.load(EXAMPLES / "03_train_my_gestures" / "data").people()


@pytest.fixture(scope="module")
def found(people):
    return gauge(PoseRule(WIDE), 0.5, people, HIPS)


def test_a_rule_that_is_sure_and_often_wrong_is_found_out(found):
    assert (found.split, found.shows, found.others) == ("person", 2, 4)
    assert found.hits == 2
    assert found.false >= 1
    raw, measured = found.brier
    assert measured < raw - 0.1, "its own p says 0.9 where half is right"
    assert all(abs(p - share) < 0.45 for p, share, n in found.bins if n >= 10)
    assert found.right[0] < 0.5 < found.right[1] + 0.35


def test_what_never_errs_is_not_called_certain_after_a_few_recordings(people):
    never = gauge(PoseRule("right_wrist above right_hip by 0.5"), 0.5, people, "wave")
    assert (never.hits, never.false) == (2, 0)
    assert all(0.8 < p < 0.99 for p, _, _ in never.bins)


def test_what_says_nothing_is_said(people):
    with pytest.raises(DataError, match="something else"):
        gauge(PoseRule(WIDE), 0.5, [one for one in people if one.head.label == HIPS], HIPS)
    with pytest.raises(DataError, match="at least three"):
        gauge(PoseRule(WIDE), 0.5, people[:1] + people[-1:], people[0].head.label)
    with pytest.raises(DataError, match="none of the recordings"):
        gauge(PoseRule("left_wrist above head by 3"), 0.5, people, HIPS)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 100), st.floats(-100, 100))
def test_a_clearer_pose_is_never_less_probable(one, other, a, b):
    low, high = sorted((one, other))
    assert 0 <= gauged(low, (a, b)) <= gauged(high, (a, b)) <= 1


def test_from_the_command_line_into_the_decision_and_its_explanation(tmp_path, people, found):
    folder = shutil.copytree(EXAMPLES / "02_raise_hand_rule", tmp_path / "project")
    data = shutil.copytree(EXAMPLES / "03_train_my_gestures" / "data", tmp_path / "data")
    toml, pose = folder / "project.toml", f'\n[pose.hips]\nrule = "{WIDE}"\n'
    text = toml.read_text("utf-8")
    toml.write_text(text + pose, "utf-8")
    words = ["evaluate", str(folder), str(data), "--rule", "hips"]
    said = json.loads(CliRunner().invoke(app, [*words, "--label", HIPS, "--json"]).output)
    assert (tuple(said["curve"]), said["false"]) == (found.curve, found.false)
    assert (folder / "rule_hips.svg").read_text("utf-8").startswith("<svg")
    assert said["held"] < ALONE
    assert (said["showing"]["decides"], said["other"]["decides"]) == (0, 0), "too few to decide alone: it asks"
    assert said["covered"] == 1
    with pytest.raises(DataError, match="no label"):
        CliRunner().invoke(app, words, catch_exceptions=False)
    toml.write_text(f"{text}{pose}{said['sure']}\n", "utf-8")
    seen = project.load(folder).seen
    assert project.load(folder).seen == seen
    assert seen.worths["hips"].figures["tested"] == said["tested"]
    assert "from its next start" in CliRunner().invoke(app, [*words, "--label", HIPS]).output
    frames = next(one for one in people if one.head.label == HIPS).frames()
    plain, measured = Rules(seen.poses, seen.dwells), Rules(seen.poses, seen.dwells, seen.worths)
    for one in frames[:40]:
        before, after = ({each.name: each for each in rules(one, one.t)}["hips"] for rules in (plain, measured))
    assert (before.held, before.since) == (after.held, after.since), "what it holds is the same"
    assert not before.calibrated
    assert after.calibrated
    assert after.p == pytest.approx(gauged(before.p, found.curve))
    rules, state = (Rule("hips", "lamp.level", 100, {}),), ProposeState()
    (told,) = [one.proposal for one in propose((after,), rules, state, after.t) if isinstance(one, Proposed)]
    assert (told.options, told.doubt, told.calibrated) == (("hips", "not hips"), "", True)
    toml.write_text(f"{text}{pose}dwell = 2.0\n{said['sure']}\n", "utf-8")
    with pytest.raises(ConfigError, match="another one than when"):
        project.load(folder)
    assert CliRunner().invoke(app, [*words, "--label", HIPS]).exit_code == 0, "and it can be measured again"


def test_a_built_in_pose_can_be_measured_as_well(tmp_path):
    folder = shutil.copytree(EXAMPLES / "02_raise_hand_rule", tmp_path / "project")
    usual = Usual(((0.0,) * 36,), (1.0,) * 36, None)
    worth = Worth(rule="hands_up", dwell=1.0, label="", curve=(1, 0), limit=1, usual=usual)
    (folder / "rule_hands_up.json").write_bytes(msgspec.json.encode(worth))
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write('\n[pose.hands_up]\ndwell = 1.0\nsure = "rule_hands_up.json"\n')
    seen = project.load(folder).seen
    assert (seen.worths["hands_up"], seen.dwells["hands_up"], "hands_up" in seen.poses) == (worth, 1.0, False)
    words = ["evaluate", str(folder), str(EXAMPLES / "03_train_my_gestures" / "data"), "--rule", "hands_up"]
    with pytest.raises(DataError, match="none of the recordings"):  # nobody lifts both hands in these
        CliRunner().invoke(app, [*words, "--label", HIPS], catch_exceptions=False)


@pytest.mark.parametrize("broken", ["{", "[]", "x" * (MOST + 1), None, "nan", "few", "deep"])
def test_a_file_that_says_no_worth_is_named(tmp_path, broken):
    good = Worth(rule="", dwell=0.5, label="", curve=(1, 0), limit=1, usual=Usual(((0.0,) * 36,), (1.0,) * 36, None))
    text = msgspec.json.encode(good).decode()
    broken = {"nan": text.replace("0.0", "NaN"), "few": text.replace("0.0,", "", 1),
              "deep": text.replace("{}", '{"a":' + 9000 * "[")}.get(broken, broken)  # fmt: skip
    if broken is not None:
        (tmp_path / "rule.json").write_text(broken, "utf-8")
    with pytest.raises(DataError, match=r"rule\.json"):
        load(tmp_path / "rule.json")


def test_a_label_set_keeps_its_promise_however_long_recordings_are():
    rng = np.random.default_rng(4)

    def recording():
        return rng.normal(rng.normal(), 0.3, int(rng.integers(1, 40)))

    def missed(number):
        edge = grouped_threshold([recording() for _ in range(number)])
        return np.mean([(recording() > edge).mean() for _ in range(20)])

    assert 0.03 < np.mean([missed(39) for _ in range(200)]) <= 0.06
    assert grouped_threshold([recording() for _ in range(ALONE - 1)]) == math.inf
    assert grouped_threshold([recording() for _ in range(ALONE)]) < math.inf


class Said:
    """A worth: something else is possible up to 0.8, and strange is who stands to the left."""

    curve, limit = (1.0, 0.0), 0.8

    @staticmethod
    def strange(features):
        return 2.0 if features.points[0, 0] < 0 else 0.0


def told(course):
    """What `identify` says after each of (seconds, slack, place) of a course, ten frames a second."""
    state, t, found = IdentifyState({"it": lambda features: float(features.points[0, 1])}, {}, {"it": Said()}), 0.0, []
    for seconds, slack, place in course:
        for _ in range(round(10 * seconds)):
            points = np.zeros((33, 2), np.float32)
            points[0] = place, slack
            (action,) = identify(Features(points, np.ones(33, np.bool_), t, 0), t, state)
            t = round(t + 0.1, 3)
        found.append(action)
    return found


def test_the_loop_is_told_what_else_it_may_be_and_what_is_strange():
    both = ("it", "not it")
    (clear,) = told([(2, 1.0, 1)])
    assert (clear.held, clear.options, clear.doubt) == (True, (), "")
    (weak,) = told([(2, 0.1, 1)])
    assert (weak.held, weak.options, weak.doubt) == (True, both, "")
    (odd,) = told([(2, 1.0, -1)])
    assert (odd.held, odd.options, odd.doubt) == (True, (), "unseen")
    asked, decided, sagging, over = told([(2, 0.1, 1), (2, 1.0, 1), (2, -0.5, 1), (1, -3, 1)])
    assert asked.options == both
    assert (decided.options, decided.since > asked.since) == ((), True), "what becomes clear is a question of its own"
    assert (sagging.held, sagging.since, sagging.options) == (True, decided.since, ()), "what was clear goes on"
    assert not over.held


def test_on_people_never_seen_the_sets_keep_their_promise_and_another_posture_is_strange():
    course = pack.load("wuqinxi")
    forms = [course.form(name) for name in ("tiger_lift", "deer_antlers", "bear_rotate")]
    people = [perform(course, form, Performer(seed, child=seed % 2 == 1), 9.0) for seed in range(30) for form in forms]
    rule = PoseRule("hands above shoulders")
    found = gauge(rule, 0.5, people, "tiger_lift")
    assert found.split == "person"
    assert found.held >= ALONE
    assert found.covered >= 0.9
    assert found.strange <= 0.2
    assert found.told[0].decides >= found.told[0].count / 2
    worth = Worth(rule="", dwell=0.5, label="", curve=found.curve, limit=found.limit, usual=found.usual)
    tall = next(one for one in people[0].frames() if rule(one) >= 0 and worth.strange(one) <= 1)
    lying = Features((tall.points[:, ::-1] * (1, -1)).astype(np.float32), tall.seen, 0.0, 0)
    assert worth.strange(lying) > 1
    new = [perform(course, course.form("deer_run"), Performer(seed), 9.0) for seed in range(90, 96)]
    held = [one for each in new for one in each.frames() if rule(one) >= 0]
    assert np.mean([worth.strange(one) > 1 for one in held]) > 0.6
