"""The real pose model on real people and the drawn one: each hold that an eye sees becomes one edge, nothing else."""

import numpy as np
import pytest
from gongzhi import models
from gongzhi.camera import pictures
from gongzhi.clock import ManualClock
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.camera import SyntheticCamera
from gongzhi.sim.poses import POSES
from gongzhi.stages.capture import open_camera
from gongzhi.stages.estimate import BlazePoseEstimator
from gongzhi.stages.extract import extract
from gongzhi.stages.identify import IdentifyState, identify
from gongzhi.values import LANDMARK, Frame

# When the person in front of exercise.avi holds both arms out level, in seconds: written down from the pictures, by
# eye, first and last frame of each. Between them she swings half-bent arms out and in (4.3 to 5.7 s and later), which
# is not level arms, stretches one arm up, and stands.
LEVEL_ARMS = [(6.4, 7.3), (16.0, 16.9), (25.4, 26.3), (34.9, 35.8)]


@pytest.fixture(scope="session")
def estimator():
    made = BlazePoseEstimator(models.ensure())
    yield made
    made.close()


@pytest.fixture
def fresh(estimator):
    """The estimator without memory of what another test showed it."""
    estimator._tracker.reset()
    return estimator


def edges_of(keypoints):
    """(time, name) of each rising edge for (time, keypoints or None) of a sequence."""
    state, held, edges = IdentifyState(), set(), []
    for t, found in keypoints:
        for action in identify(extract(found) if found is not None else None, t, state):
            if action.held and action.name not in held:
                edges.append((t, action.name))
                held.add(action.name)
            elif not action.held:
                held.discard(action.name)
    return edges


@pytest.fixture(scope="session")
def exercise(estimator, media):
    """(time, keypoints) of every frame of exercise.avi."""
    clock = ManualClock()
    capture = open_camera(str(media / "exercise.avi"), clock)
    estimator._tracker.reset()
    found = []
    while not capture.ended:
        frame = capture.read(0.0)
        if frame is not None:
            found.append((frame.t, estimator(frame)))
        clock.forward(0.1)
    capture.close()
    return found


@pytest.mark.media
def test_each_hold_of_level_arms_is_one_edge_and_nothing_else_is(exercise):
    edges = edges_of(exercise)
    assert [name for _, name in edges] == ["arms_level"] * len(LEVEL_ARMS)
    for (t, _), (first, last) in zip(edges, LEVEL_ARMS, strict=True):
        assert first < t <= last


@pytest.mark.media
def test_somebody_is_seen_in_nearly_every_frame(exercise):
    assert len(exercise) == 393
    assert sum(found is not None for _, found in exercise) > 0.95 * len(exercise)


@pytest.mark.media
def test_half_the_frames_give_the_same_holds(exercise):
    """A slower machine sees 5 frames a second of the same movement."""
    for offset in (0, 1):
        assert [name for _, name in edges_of(exercise[offset::2])] == ["arms_level"] * len(LEVEL_ARMS)


@pytest.mark.media
@pytest.mark.parametrize("name", ["squat.jpg", "coco_000000000785.jpg", "coco_000000040083.jpg"])
def test_people_doing_something_else_are_found_and_do_nothing(fresh, media, name):
    image = pictures.load(media / name)
    found = [(n / 10, fresh(Frame(image.copy(), n / 10, n))) for n in range(12)]
    assert all(keypoints is not None for _, keypoints in found)
    assert edges_of(found) == []


def test_the_drawn_person_is_seen_in_every_frame_and_does_each_pose_once(fresh):
    fps = 10.0
    camera, found, errors = SyntheticCamera(ManualClock(), fps), [], []
    for number in range(camera.round):
        shot = camera.picture(number)
        keypoints = fresh(Frame(shot.image, number / fps, number))
        assert keypoints is not None, number
        errors.append(np.linalg.norm(keypoints.xy - shot.joints, axis=1))
        found.append((number / fps, keypoints))
    assert [name for _, name in edges_of(found)] == ["hands_up", "arms_level"]
    assert np.mean(errors) < 8.0
    trunk = np.linalg.norm(shot.joints[LANDMARK["left_shoulder"]] - shot.joints[LANDMARK["left_hip"]])
    assert (np.array(errors)[:, 11:29] < 0.25 * trunk).mean() > 0.98


@pytest.mark.parametrize("view", [View(320, 240), View(tall=0.35), View(middle=0.25), View(light=0.35)])
@pytest.mark.parametrize("pose", ["stand", "hands_up", "arms_level"])
def test_the_drawn_person_is_found_small_aside_and_in_the_dark(fresh, view, pose):
    picture, joints = Avatar().render(POSES[pose], view)
    keypoints = fresh(Frame(picture, 0.0, 0))
    assert keypoints is not None
    assert np.linalg.norm(keypoints.xy - joints, axis=1).mean() < 0.04 * view.tall * view.height


def test_an_empty_room_has_nobody_in_it(fresh):
    picture, _ = Avatar().render(POSES["stand"], View(middle=-9.0))
    assert fresh(Frame(picture, 0.0, 0)) is None
