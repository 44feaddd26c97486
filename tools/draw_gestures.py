"""Takes nothing, writes the data sets of examples 03, 11 and 12: a few gestures of four drawn people, marked as drawn.

Each is there twice: as the joints were drawn, and as the pose model found them in the drawn pictures. What has learnt
from the first alone takes much of what the pose model finds for something never taught (measured).
Run it again after a change of the drawn person: python tools/draw_gestures.py [EXAMPLE …]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from gongzhi import models
from gongzhi.learn import dataset
from gongzhi.learn.recording import Recording, head_of
from gongzhi.pose.tracker import BlazePose
from gongzhi.sim.avatar import Avatar, View, truth
from gongzhi.sim.body import solve
from gongzhi.sim.poses import Pose
from gongzhi.sim.script import Script, Step
from numpy.typing import NDArray

Habit = NDArray[np.float64]
Times = NDArray[np.float64]

EXAMPLES: Final = Path(__file__).parents[1] / "examples"
# Of each example what its labels are, and the drawn person's pose of each.
SETS: Final = {
    "03_train_my_gestures": {"wave": "wave", "hands on hips": "hands_on_hips", "rest": "stand"},
    "11_posture_guard": {"crooked": "lean", "straight": "stand"},
    "12_gesture_lamp": {
        "arms wide": "arms_level", "hands on hips": "hands_on_hips", "one hand up": "one_hand_up", "rest": "stand",
    },
}  # fmt: skip
FPS: Final = 6.0
# Few, but a check part of 20 windows or more: with fewer no label can be left out with 95 % certainty.
SECONDS: Final = {"03_train_my_gestures": 4.7, "11_posture_guard": 4.7, "12_gesture_lamp": 8.0}
PEOPLE: Final = 4
NOISE: Final = 1.2  # pixels, standard deviation; about what BlazePose trembles on the drawn person (estimated)


def main(folder: Path, example: str, *, seen: bool = False) -> None:
    """Write an example's data set anew; `seen`: also as the pose model finds them, which needs its weights."""
    labels, t = SETS[example], np.arange(int(SECONDS[example] * FPS)) / FPS
    weights = models.load() if seen else None
    about = dataset.About(
        name="gestures", labels=list(labels), rate=12.0, camera="drawn, no camera",
        note="Drawn people, no real ones: four bodies by seed. Record your own classmates instead.",
    )  # fmt: skip
    for old in [folder / dataset.FILE, *folder.glob("recordings/*.jsonl")]:
        old.unlink(missing_ok=True)
    data = dataset.create(folder, about)
    for person in range(1, PEOPLE + 1):
        rng = np.random.default_rng(person)
        view = View(tall=float(rng.uniform(0.6, 0.8)), middle=float(rng.uniform(0.4, 0.6)))
        habit = rng.normal(0, 5, 4)  # degrees by which this one's arms are held otherwise
        for label, pose in labels.items():
            poses = _poses(pose, habit, rng, t)
            drawn = np.stack([truth(solve(now), view, now.look) for now in poses])
            drawn = drawn + rng.normal(0, NOISE, drawn.shape).astype(np.float32)
            name = f"{label.replace(' ', '-')}-p{person:02d}"
            score = np.full(drawn.shape[:2], 0.95, np.float32)
            data.add(_recording(name, label, person, "drawn by the simulator", t, drawn, score))
            if weights is not None:
                found = "found by BlazePose in pictures drawn by the simulator"
                data.add(_recording(f"{name}-seen", label, person, found, t, *_look(poses, view, weights, t)))


def _poses(pose: str, habit: Habit, rng: np.random.Generator, t: Times) -> list[Pose]:
    """How the person stands at each of these moments (s)."""
    script = Script((Step(pose, 0.1, 19.9),))
    begin, pace = rng.uniform(0, 10), rng.uniform(0.85, 1.15)
    made = [script.pose_at(begin + float(each) * pace) for each in t]
    return [
        replace(now, left_upper=now.left_upper + habit[0], left_fore=now.left_fore + habit[1],
                right_upper=now.right_upper + habit[2], right_fore=now.right_fore + habit[3])
        for now in made
    ]  # fmt: skip


def _look(
    poses: list[Pose], view: View, weights: Mapping[str, bytes], t: Times
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The points (n, 33, 2) and scores (n, 33) that the pose model finds."""
    tracker, avatar = BlazePose(weights["detector"], weights["landmarks"]), Avatar()
    found = [tracker(avatar.render(pose, view)[0], float(at)) for pose, at in zip(poses, t, strict=True)]
    tracker.close()
    people = [one for one in found if one is not None]
    if len(people) < len(found):
        raise SystemExit("The pose model does not see the drawn person in each picture.")
    return np.stack([one.xy for one in people]), np.stack([one.score for one in people])


def _recording(
    name: str, label: str, person: int, source: str, t: Times, xy: NDArray[np.float32], score: NDArray[np.float32]
) -> Recording:
    view = View()
    head = head_of(label, (view.width, view.height), person=f"p{person:02d}", source=source)
    return Recording(name, head, t, xy.astype(np.float32), score)


if __name__ == "__main__":
    for one in sys.argv[1:] or SETS:
        main(EXAMPLES / one / "data", one, seen=True)
