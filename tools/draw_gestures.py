"""Takes nothing, writes the data sets of examples 03 and 12: a few gestures of four drawn people, marked as drawn.

Run it again after a change of the drawn person: python tools/draw_gestures.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from gongzhi.learn import dataset
from gongzhi.learn.recording import Recording
from gongzhi.sim.avatar import View, truth
from gongzhi.sim.body import solve
from gongzhi.sim.script import Script, Step

EXAMPLES: Final = Path(__file__).parents[1] / "examples"
# Of each example what its labels are, and the drawn person's pose of each.
SETS: Final = {
    "03_train_my_gestures": {"wave": "wave", "hands on hips": "hands_on_hips", "rest": "stand"},
    "12_gesture_lamp": {
        "arms wide": "arms_level", "hands on hips": "hands_on_hips", "one hand up": "one_hand_up", "rest": "stand",
    },
}  # fmt: skip
FPS: Final = 6.0
SECONDS: Final = 8.0
PEOPLE: Final = 4
NOISE: Final = 1.2  # pixels, standard deviation; about what BlazePose trembles on the drawn person (estimated)


def main(folder: Path, labels: dict[str, str]) -> None:
    """Write the data set of these labels anew."""
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
            data.add(_recording(label, pose, person, view, habit, rng))


def _recording(
    label: str, pose: str, person: int, view: View, habit: np.ndarray[tuple[int], np.dtype[np.float64]],
    rng: np.random.Generator,
) -> Recording:  # fmt: skip
    script = Script((Step(pose, 0.1, 19.9),))
    t = np.arange(int(SECONDS * FPS)) / FPS
    begin, pace = rng.uniform(0, 10), rng.uniform(0.85, 1.15)
    frames = []
    for each in t:
        now = script.pose_at(begin + float(each) * pace)
        now = replace(now, left_upper=now.left_upper + habit[0], left_fore=now.left_fore + habit[1],
                      right_upper=now.right_upper + habit[2], right_fore=now.right_fore + habit[3])  # fmt: skip
        frames.append(truth(solve(now), view, now.look))
    xy = np.stack(frames) + rng.normal(0, NOISE, (len(t), 33, 2)).astype(np.float32)
    head = dataset.head_of(label, (view.width, view.height), person=f"p{person:02d}", source="drawn by the simulator")
    score = np.full((len(t), 33), 0.95, np.float32)
    return Recording(f"{label.replace(' ', '-')}-p{person:02d}", head, t, xy.astype(np.float32), score)


if __name__ == "__main__":
    for example, poses in SETS.items():
        main(EXAMPLES / example / "data", poses)
