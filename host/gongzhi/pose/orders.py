"""Takes the points of another body model (COCO-17, Halpe-26, a list of names), gives BlazePose's 33 with a mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.values import LANDMARK, LANDMARKS

COCO: Final = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
# Halpe-26 (Fang et al., AlphaPose): 0 to 16 as COCO, 17 head, 18 neck, 19 hip, then the feet. "" is nothing of ours.
HALPE: Final = (*COCO, "", "", "", "left_foot_index", "right_foot_index", "", "", "left_heel", "right_heel")
# By the names that model files use; the second ones are XEdu's.
ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "coco-17": COCO, "halpe-26": HALPE, "blazepose-33": LANDMARKS, "pose_body17": COCO, "pose_body26": HALPE,
}  # fmt: skip
# Where a point is drawn that the model does not have: at the one it hangs on. Its score is 0 all the same.
_HANGS_ON: Final = {"pinky": "wrist", "index": "wrist", "thumb": "wrist", "heel": "ankle", "foot_index": "ankle"}


def places(xy: NDArray[np.float32], score: NDArray[np.float32], order: Sequence[str]) -> tuple[
    NDArray[np.float32], NDArray[np.float32]
]:  # fmt: skip
    """The points `xy` (k, 2) and their `score` (k,) in `order` as (33, 2) and (33,) float32.

    What the model has not, such as fingers and heels of COCO-17, has score 0, so that nothing that goes by the score
    (features, rules, recognisers, the page) takes it for seen; it lies on its neighbour, not in the picture's corner.
    """
    out, sure = np.zeros((len(LANDMARKS), 2), np.float32), np.zeros(len(LANDMARKS), np.float32)
    for row, name in enumerate(order):
        if name:
            out[LANDMARK[name]], sure[LANDMARK[name]] = xy[row], score[row]
    for name, row in LANDMARK.items():
        if name not in order:
            side, _, part = name.partition("_")
            other = f"{side}_{_HANGS_ON[part]}" if part in _HANGS_ON else "nose"
            out[row] = out[LANDMARK[other]] if other in order else xy.mean(0)
    return out, sure
