"""What fingers do is learnt by the same path as what limbs do: in the hand's own frame, masked, mirrored in one place,
kept with the recordings, trained, exported, judged; and what has no hands is told from what has."""

import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from gongzhi import project
from gongzhi.actions import Recognisers, Source, hands_of, learner
from gongzhi.cli import app
from gongzhi.errors import ConfigError, DataError
from gongzhi.learn import dataset, files, hands
from gongzhi.learn.augment import augment
from gongzhi.learn.features import COUNT_WITH_HANDS, describe_with_hands, joints_and_hands, mirror
from gongzhi.learn.importing import have_hands, import_
from gongzhi.learn.look_page import moving
from gongzhi.learn.model import load, read_note
from gongzhi.learn.unseen import invent
from gongzhi.learn.view import HANDS
from gongzhi.learn.workflow import build, prepare
from gongzhi.pose.orders import COCO
from gongzhi.seen import FINGERS, LANDMARK
from gongzhi.sim.avatar import View
from gongzhi.sim.poses import SIGNS, beside
from gongzhi.stages.extract import extract
from typer.testing import CliRunner

from tests.learn.hand_signs import data_set, keypoints, pose_at, recording

PROJECT = """[project]
id = "signs"
[board.a]
type = "esp32-devkitc"
[part.lamp]
kind = "led"
pin = 4
"""


@pytest.fixture(scope="module")
def signs(tmp_path_factory):
    """A data set of three drawn people, and a model of it."""
    made = data_set(tmp_path_factory.mktemp("signs") / "data", ("open_close", "two_six", "rest"))
    build(made, made.folder / "model.tflite")
    return made


def rows(pose, **more):
    values, seen = hands.rows(extract(keypoints(pose, **more)))
    return values.reshape(2, hands.ROWS, 3), seen.reshape(2, hands.ROWS)


def test_fingers_are_told_in_the_hands_own_frame_wherever_it_points_and_on_either_side():
    upright = SIGNS["two_fingers"]
    (_, there), _ = rows(upright)
    (_, turned), _ = rows(replace(upright, right_upper=95.0, right_fore=120.0))
    (_, far), _ = rows(upright, view=View(tall=0.4, middle=0.3))
    np.testing.assert_allclose(turned[: hands.PLACE], there[: hands.PLACE], atol=1e-4)
    np.testing.assert_allclose(far[: hands.PLACE], there[: hands.PLACE], atol=1e-4)
    both = replace(upright, left_upper=70.0, left_fore=165.0, left_forward=12.0, left_curl=upright.right_curl)
    (left, right), _ = rows(both)
    np.testing.assert_allclose(left[: hands.PLACE], right[: hands.PLACE], atol=1e-4)
    # A stretched finger reaches nearly two palms, a bent one comes back before the palm.
    assert (right[1:3, 1] > 1.7).all()
    assert (right[3:5, 1] < 0.8).all()
    assert (right[3:5, 2] > 0).all(), "on the palm's side"
    assert right[hands.PLACE, 1] > 1.2, "beside the head"
    assert right[hands.TURN, 1] > 0.7, "it points up"
    assert right[hands.TURN, 2] > 0.5, "its palm is to the camera"


def test_a_mirror_exchanges_the_hands_and_leaves_what_their_fingers_do():
    features = extract(keypoints(SIGNS["one_finger"]))
    points, seen = joints_and_hands(features)
    other, other_seen = mirror(points, seen)
    again, again_seen = mirror(other, other_seen)
    np.testing.assert_array_equal(again, points)
    np.testing.assert_array_equal(again_seen, seen)
    values, known = describe_with_hands(points, seen)
    swapped, _ = describe_with_hands(other, other_seen)
    assert values.shape == known.shape == (COUNT_WITH_HANDS,)
    right, left = values[-hands.COUNT :], swapped[-2 * hands.COUNT : -hands.COUNT]
    sides = [15, 17]  # where it is and where it points, to the side
    np.testing.assert_allclose(left[sides], -right[sides], atol=1e-6)
    np.testing.assert_allclose(np.delete(left, sides), np.delete(right, sides), atol=1e-6)


def test_a_hand_that_is_not_seen_or_was_seen_too_long_ago_is_unknown():
    seen = keypoints(SIGNS["fist"], t=5.0, sides=("right",))
    points, mask = joints_and_hands(extract(seen))
    _, known = describe_with_hands(points, mask)
    assert not known[36 : 36 + hands.COUNT].any()
    assert known[36 + hands.COUNT :].all()
    old = replace(seen, hands=tuple(replace(one, t=4.5) for one in seen.hands))
    values, mask = hands.rows(extract(old))
    assert not mask.any()
    assert not values.any()


def test_a_flat_or_collapsed_hand_gives_numbers_and_never_nan():
    hand = keypoints(SIGNS["fist"]).hands[0]
    for shape in (np.zeros((21, 3), np.float32), hand.shape * (1, 1, 0)):
        person = keypoints(SIGNS["fist"])
        person = replace(person, hands=(replace(hand, shape=shape.astype(np.float32), xy=hand.xy * 0),))
        assert np.isfinite(hands.rows(extract(person))[0]).all()


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_a_recording_keeps_its_hands(tmp_path, ending):
    made = recording("open_close", 1)
    made.hands.score[3, 0] = 0.0
    path = tmp_path / f"a{ending}"
    path.write_bytes(files.encode(made, ending))
    again = files.read(path)
    assert again.head == made.head
    np.testing.assert_array_equal(again.hands.score > 0, made.hands.score > 0)
    known = again.hands.score > 0
    np.testing.assert_allclose(again.hands.shape[known], made.hands.shape[known], atol=6e-4)
    np.testing.assert_allclose(again.hands.xy[known], made.hands.xy[known], atol=0.051)


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0].replace(b'"hands":true', b'"hands":false'), *lines[1:]],
        lambda lines: [lines[0], lines[1].replace(b'"xyz":[[', b'"xyz":[[1e39,1,1],[', 1)],
        lambda lines: [lines[0], lines[1].replace(b'"right":{', b'"right":{"more":1,', 1)],
        lambda lines: [lines[0], lines[1].replace(b'"s":1.0}', b'"s":0}', 1)],
    ],
)
def test_broken_hands_are_refused(tmp_path, damage):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(damage(files.encode(recording("open_close", 1)).splitlines())))
    with pytest.raises(DataError, match=r"a\.jsonl"):
        files.read(path)


def test_without_hands_a_file_says_nothing_of_them():
    assert b"hands" not in files.encode(recording("rest", 1, hands=False))
    assert not dataset.About(name="a").hands


def test_a_data_set_without_hands_looks_at_the_body_of_recordings_that_have_some(tmp_path):
    made = data_set(tmp_path / "d", hands=False)
    assert all(one.hands is None and not one.view.hands for one in made.recordings())
    text = (made.folder / dataset.FILE).read_text(encoding="utf-8")
    (made.folder / dataset.FILE).write_text(text + "hands = true\n", encoding="utf-8")
    assert all(one.view is HANDS for one in dataset.load(made.folder).recordings())
    with pytest.raises(DataError, match="hands"):
        dataset.load(made.folder).add(recording("rest", 9, hands=False))
    assert dataset.load(made.folder).about.hands


def test_signs_that_only_fingers_tell_apart_are_learnt_and_the_file_says_that_it_looks_at_hands(signs):
    note, figures = read_note(signs.folder / "model.tflite"), json.loads((signs.folder / "model.json").read_bytes())
    assert note.hands
    assert figures["split"] == "person"
    assert figures["accuracy"] == 1.0
    assert figures["export_max_abs_diff"] <= 1e-5
    card = (signs.folder / "model.md").read_text(encoding="utf-8")
    assert "fingers" in card or "手指" in card
    bare = msgspec.structs.replace(signs.about, hands=False)
    body = build(replace(signs, about=bare), signs.folder / "bare.tflite")
    assert body.report.accuracy < 1.0, "arms alone do not tell"


def test_the_nearest_recording_judges_hands_as_well(signs):
    see = Recognisers(project_of(signs.folder.parent, f'[model.signs]\ndata = "{signs.folder.name}"\n').seen)
    assert see.hands
    for number in range(60):
        t = number / 8
        held = {one.name: one.held for one in see(extract(keypoints(pose_at("open_close", t), t)), t)}
    see.close()
    assert held["open_close"]
    assert not held["two_six"]


def project_of(folder, more):
    (folder / "project.toml").write_text(PROJECT + more, encoding="utf-8")
    return project.load(folder)


def test_a_run_looks_for_hands_where_the_model_needs_them_and_a_contradiction_is_said(signs):
    folder = signs.folder.parent
    table = f'[model.signs]\nfile = "{signs.folder.name}/model.tflite"\n'
    assert hands_of(project_of(folder, table).seen)
    assert not hands_of(project_of(folder, "").seen)
    assert hands_of(project_of(folder, "[camera]\nhands = true\n").seen)
    for more in (table, '[pose.one]\nrule = "left_index up"\n'):
        with pytest.raises(ConfigError, match="hands = false"):
            project_of(folder, f"{more}[camera]\nhands = false\n")
    source = Source(signs.folder / "model.tflite", False, {}, hands=True)
    with pytest.raises(DataError, match="does not look for any"):
        learner("signs", source)
    learner("signs", source, hands=True).close()


def test_evaluation_names_what_has_hands_and_what_has_not(signs, tmp_path):
    bare = data_set(tmp_path / "bare", ("open_close", "rest"), hands=False)
    build(bare, bare.folder / "model.tflite")
    run = CliRunner().invoke
    good = run(app, ["evaluate", str(signs.folder / "model.tflite"), str(signs.folder), "--json"])
    assert json.loads(good.stdout)["accuracy"] == 1.0
    for model, data in ((signs, bare), (bare, signs)):
        failed = run(app, ["evaluate", str(model.folder / "model.tflite"), str(data.folder)])
        assert isinstance(failed.exception, DataError)
        assert "hands" in str(failed.exception)


def test_changed_and_made_up_windows_of_hands_stay_hands(signs):
    _, parts = prepare(signs)
    rng = np.random.default_rng(0)
    for made in (augment(parts["train"], [0, 1, 2], rng), invent(parts["train"], 3, rng, 60)):
        assert made.view is HANDS
        assert made.points.shape[1:] == (30, 27, 3)
        assert np.isfinite(made.points).all()
        assert not made.points[..., :13, 2].any(), "a joint has no third number"
        assert not made.points[~made.seen].any()


def test_the_page_of_a_data_set_draws_the_hands_after_the_joints(signs):
    frame = moving(signs.recordings()[0])[0]
    assert len(frame) == 13 + 2 * 21
    assert all(frame[13:])
    assert len(moving(recording("rest", 1, hands=False))[0]) == 13


def test_the_model_judges_a_hand_that_the_other_side_shows(signs):
    model = load(signs.folder / "model.tflite")
    _, parts = prepare(signs)
    test = parts["test"]
    for points, seen in ((test.points, test.seen), mirror(test.points, test.seen)):
        said = [max(one.p, key=one.p.__getitem__) for one in map(model.judge, points, seen)]
        assert said == [model.labels[each] for each in test.y]
    model.close()
    assert beside(FINGERS).right_curl == (0.0,) * 5


def holistic(t):
    """A line of MediaPipe Holistic, of the drawn person: shares of the picture, no face, a right hand only."""
    seen = keypoints(pose_at("open_close", t))
    body = np.concatenate([seen.xy / (640, 480), np.zeros((33, 1)), seen.score[:, None]], 1)
    right = next(one for one in seen.hands if one.side == "right")
    depth = -right.shape[:, 2:] * 357 / 640  # a person who is 357 pixels tall
    return np.concatenate([body.ravel(), np.zeros(63), np.concatenate([right.xy / (640, 480), depth], 1).ravel()])


def test_hands_are_imported_from_holistics_lines_one_folder_a_recording(tmp_path):
    for take in ("0", "1"):
        folder = tmp_path / "source" / "open" / take
        folder.mkdir(parents=True)
        for number in range(20):
            np.save(folder / f"{number}.npy", holistic(number / 10))
    done = CliRunner().invoke(app, ["data", "import", str(tmp_path / "source"), "--to", str(tmp_path / "d"), "--json"])
    assert [(one["label"], one["frames"]) for one in json.loads(done.stdout)["taken"]] == [("open", 20)] * 2
    made = dataset.load(tmp_path / "d")
    assert made.about.hands
    (first, _) = made.recordings()
    assert first.hands.score.tolist() == [[0.0, 1.0]] * 20
    values, _ = hands.rows(first.features()[0])
    wanted, _ = hands.rows(extract(keypoints(pose_at("open_close", 0.0))))
    np.testing.assert_allclose(values[hands.ROWS :], wanted[hands.ROWS :], atol=0.05)


def test_hands_are_imported_from_a_whole_body_and_left_out_where_nothing_learns_from_them(tmp_path):
    seen = keypoints(pose_at("open_close", 0.0))
    points = np.full((1, 133, 3), 5.0)
    points[0, :17, :2] = seen.xy[[LANDMARK[name] for name in COCO]]
    points[0, 91:, :2] = np.concatenate([one.xy for one in seen.hands])
    points[..., 2] = 0.9
    points[0, 91:112, 2] = 0.1
    np.save(tmp_path / "open_1.npy", np.repeat(points, 20, 0) + np.arange(20)[:, None, None] * (1, 0, 0))
    for name, about in (("with", {"hands": True}), ("without", {})):
        target = dataset.create(tmp_path / name, dataset.About(name="d", **about))
        report = import_(tmp_path / "open_1.npy", target)
        assert [one[3] for one in report.taken] == ["COCO-WholeBody-133"]
        (made,) = target.recordings()
        assert made.head.hands == bool(about)
        if about:
            assert (made.hands.score[:, 0] == 0).all(), "a hand that the file itself is not sure of"
            np.testing.assert_allclose(made.hands.xy[0, 1], seen.hands[1].xy, atol=0.06)
    np.save(tmp_path / "body_1.npy", np.repeat(seen.xy[None], 20, 0))
    report = import_(tmp_path / "body_1.npy", dataset.load(tmp_path / "with"))
    assert not report.taken
    assert "hands" in str(report.left[0][1])


@pytest.mark.parametrize(
    ("shape", "there"),
    [
        ((20, 133, 2), True),
        ((133, 3), True),
        ((20, 399), True),
        ((20, 1662), True),
        ((133, 34), False),
        ((9, 3), False),
    ],
)
def test_a_new_data_set_learns_from_hands_where_an_array_has_some(tmp_path, shape, there):
    np.save(tmp_path / "a_1.npy", np.ones(shape))
    assert have_hands(tmp_path) == there
