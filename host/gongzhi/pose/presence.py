"""Takes a picture and what was found in it, gives in one word how the person before the camera stands there."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from gongzhi.seen import SIDES
from gongzhi.values import LANDMARK, Keypoints

State = Literal["none", "one", "many", "dark", "far", "cut", "hand"]

# Measured with five photos and frames of a film, made darker step by step (with a camera's noise of 2 of 255): the
# first person was lost when the brightest 5 % of the picture fell to 46..60, two thirds were when it was 30.
DARK: Final = 50  # of 255
_BRIGHTEST: Final = 95  # percent of the picture that may be darker: a black wall is no dark room, if a face is lit
_LUMA: Final = np.array((0.299, 0.587, 0.114), np.float32)  # ITU-R BT.601, 2.5.1, as OpenCV's RGB to grey
_GRID: Final = 8  # every eighth pixel each way says how bright a picture is
# Measured with a photo and a drawn person made smaller in 640×480: still found with a trunk of 38 and 44 pixels, 0.06
# and 0.07 of the longer side (which the detector shrinks to 224 pixels), lost at the next step, 0.8 of that.
FAR: Final = 0.075  # the trunk's length as a share of the picture's longer side
_OUT: Final = 0.02  # of the picture's size: points that lie on the edge tremble over it
# Without these no arm can be told and no feature has a scale; the legs of somebody at a table are hidden as a rule.
_NEEDED: Final = [
    LANDMARK[name]
    for name in (
        "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
        "left_hip", "right_hip",
    )
]  # fmt: skip
_HOLD: Final = 0.5  # seconds that a new word must be true: a hand swung past the edge is no news
_HOLD_HAND: Final = 2.0  # … and "hand": a hand is searched for four times a second, at three sizes (person_hands.py)
_SEEN: Final = 0.3  # the least score of a joint that is seen


def judge(keypoints: Keypoints | None, image: NDArray[np.uint8], others: int, *, fingers: bool = False) -> State:
    """How it stands in this picture, (h, w, 3) uint8 RGB.

    `keypoints` of the person who is followed, None for nobody; `others` how many besides are seen; `fingers`: hands are
    looked for, and one that is held up without being seen is worth a word. Where several words
    are true, the one that says what to do first: what cannot be seen at all, then what is seen badly, then who else is
    there. Somebody farther away than the model can see is "none".
    """
    if keypoints is None:
        return "many" if others else "dark" if dark(image) else "none"
    if _trunk(keypoints) < FAR * max(keypoints.size):
        return "far"
    if _cut(keypoints):
        return "cut"
    return "many" if others else "hand" if fingers and _unseen_hand(keypoints) else "one"


class Presence:
    """The word over time. One thread calls it, with times that do not go back."""

    def __init__(self, *, fingers: bool = False) -> None:
        """`fingers` as for `judge`."""
        self._fingers = fingers
        self._word: State = "none"
        self._next: State = "none"
        self._since = 0.0
        self._somebody: bool | None = None

    def __call__(self, keypoints: Keypoints | None, image: NDArray[np.uint8], others: int, t: float) -> State:
        """The word at `t` seconds: at once when somebody comes or goes, else once it has lasted half a second."""
        new, somebody = judge(keypoints, image, others, fingers=self._fingers), keypoints is not None
        if new != self._next or t < self._since:
            self._next, self._since = new, t
        if somebody != self._somebody:
            # Whoever has just come has had no time to be looked at closely.
            self._word, self._somebody = "one" if new == "hand" else new, somebody
        elif t - self._since >= (_HOLD_HAND if new == "hand" else _HOLD):
            self._word = new
        return self._word


def dark(image: NDArray[np.uint8]) -> bool:
    """Whether even the bright parts are dark."""
    return bool(np.percentile(image[::_GRID, ::_GRID] @ _LUMA, _BRIGHTEST) < DARK)


def _trunk(keypoints: Keypoints) -> float:
    """From mid-shoulder to mid-hip, in pixels."""
    xy = keypoints.xy
    shoulders = (xy[LANDMARK["left_shoulder"]] + xy[LANDMARK["right_shoulder"]]) / 2
    hips = (xy[LANDMARK["left_hip"]] + xy[LANDMARK["right_hip"]]) / 2
    return float(np.hypot(*(shoulders - hips)))


def _unseen_hand(keypoints: Keypoints) -> bool:
    """Whether a wrist is held above its elbow, and is seen, without its hand."""
    for side in SIDES:
        elbow, wrist = LANDMARK[f"{side}_elbow"], LANDMARK[f"{side}_wrist"]
        up = keypoints.xy[wrist, 1] < keypoints.xy[elbow, 1] and (keypoints.score[[elbow, wrist]] >= _SEEN).all()
        if up and all(hand.side != side for hand in keypoints.hands):
            return True
    return False


def _cut(keypoints: Keypoints) -> bool:
    """Whether a point that is needed lies outside the picture."""
    place = keypoints.xy[_NEEDED] / np.array(keypoints.size, np.float32)
    return bool(((place < -_OUT) | (place > 1 + _OUT)).any())
