"""Hands of a drawn person that go through the sequences of sim/poses.py, as keypoints and as a small data set."""

from dataclasses import replace

import numpy as np
from gongzhi.learn import dataset, hand_track
from gongzhi.learn.recording import Recording, head_of
from gongzhi.seen import FINGERS, Hand, Keypoints
from gongzhi.sim.avatar import View, true_hands, truth
from gongzhi.sim.body import solve
from gongzhi.sim.poses import SEQUENCES, STAND, beside, sequence


def keypoints(pose, t=0.0, view=None, sides=("left", "right")):
    """A drawn person's own."""
    view, body = view or View(), solve(pose)
    found = true_hands(body, view)
    hands = tuple(Hand(side, *found[side], 1.0, t) for side in sides)
    return Keypoints(truth(body, view), np.ones(33, np.float32), t, 0, (view.width, view.height), "truth", hands)


def pose_at(label, t, shift=0.0):
    if label not in SEQUENCES:
        return STAND
    moved = replace(beside(FINGERS), right_curl=sequence(SEQUENCES[label], t + shift))
    return replace(moved, right_fore=moved.right_fore + 3 * np.sin(t + shift))


def recording(label, person, *, frames=40, fps=8.0, hands=True):
    """Five seconds of a sequence, or of standing, by one of several drawn people."""
    rng = np.random.default_rng(person)
    view, shift, t = View(tall=float(rng.uniform(0.6, 0.8))), float(rng.uniform(0, 5)), np.arange(frames) / fps
    seen = [keypoints(pose_at(label, float(at), shift), float(at), view) for at in t]
    xy = np.stack([one.xy for one in seen]) + rng.normal(0, 0.5, (frames, 33, 2)).astype(np.float32)
    head = head_of(label, (640, 480), person=f"p{person:02d}", hands=hands)
    track = hand_track.of(seen) if hands else None
    return Recording(f"{label}-p{person:02d}", head, t, xy, np.ones((frames, 33), np.float32), track)


def data_set(folder, labels=("open_close", "rest"), people=3, *, hands=True):
    made = dataset.create(folder, dataset.About(name="signs", labels=list(labels), rate=12.0, hands=hands))
    for person in range(people):
        for label in labels:
            made.add(recording(label, person))
    return made
