"""Takes a person's hands, gives which fingers are stretched and how many: what a pose rule says of fingers.

A finger is measured by the hand's own shape in space, so it does not matter where the hand points. What was set by hand
stands beside it; on real hands it is not measured yet (docs/learning.md).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.pose_measure import Test, none_of
from gongzhi.seen import FINGERS, OLD, SIDES, Features, PlacedHand, Side
from gongzhi.stages.identify import Need

COUNT: Final = "fingers"
HANDS: Final[dict[str, Side]] = {f"{side}_hand": side for side in SIDES}
# Such as "left_index"; some of these are landmarks of BlazePose's, too, and mean the finger only where it is "up".
NAMES: Final[dict[str, tuple[Side, int]]] = {
    f"{side}_{name}": (side, row) for side in SIDES for row, name in enumerate(FINGERS)
}
# From the knuckle to the tip, as a share of the way along the bones: 1 is straight. Of a drawn hand the model gives
# 0.93 to 1.0 for a stretched finger, 0.4 to 0.75 for a bent one.
STRAIGHT: Final = Need(0.90, 0.83)
# From the thumb's tip to the little finger's knuckle, over that from its own knuckle: 1.2 to 1.9 stretched, 0.6 to 0.85
# laid over the palm. It is the least sure of the five.
AWAY: Final = Need(1.10, 0.98)
_THUMB: Final = {"knuckle": 2, "tip": 4}
_LITTLE_KNUCKLE: Final = 17


def up(name: str) -> Test:
    """The finger such as "left_index" is stretched."""
    side, row = NAMES[name]

    def test(features: Features) -> float | None:
        hand = _seen(features, side)
        return None if hand is None else slacks(hand)[row]

    return test


def count(side: Side, sign: str, number: int) -> Test:
    """So many fingers of a hand are stretched; `sign` as in "< <= > >= == !="."""
    more = {">": number + 1, ">=": number, "<": None, "<=": None, "==": number, "!=": number}[sign]
    less = {">": None, ">=": None, "<": number - 1, "<=": number, "==": number, "!=": number}[sign]

    def test(features: Features) -> float | None:
        hand = _seen(features, side)
        if hand is None:
            return None
        falling = sorted(slacks(hand), reverse=True)
        tests = [_at_least(falling, more)] if more is not None else []
        # "At most n" is "not n + 1": it begins where that has ended.
        return min([*tests, *([-1.0 - _at_least(falling, less + 1)] if less is not None else [])])

    return none_of(test) if sign == "!=" else test


def _at_least(slacks: list[float], number: int) -> float:
    """The slack of "at least so many", of slacks that fall."""
    if number <= 0:
        return 1.0
    return slacks[number - 1] if number <= len(slacks) else -2.0


def _seen(features: Features, side: Side) -> PlacedHand | None:
    """The hand of this side, if it was seen a moment ago."""
    return next((one for one in features.hands if one.side == side and features.t - one.t <= OLD), None)


@lru_cache(maxsize=8)  # several rules ask of the same hand
def slacks(hand: PlacedHand) -> list[float]:
    """Of each finger, thumb first, the slack of "it is stretched", held to -3 .. 3."""
    points = hand.shape.astype(np.float64)
    near, far = (_length(points[_THUMB[one]] - points[_LITTLE_KNUCKLE]) for one in ("knuckle", "tip"))
    fingers = points[5:].reshape(len(FINGERS) - 1, 4, 3)
    along = _length(np.diff(fingers, axis=1)).sum(axis=1)
    straight = _length(fingers[:, 3] - fingers[:, 0]) / np.maximum(along, 1e-9)
    values = [AWAY.slack(float(far) / max(float(near), 1e-9)), *map(STRAIGHT.slack, straight.tolist())]
    return [min(max(value, -3.0), 3.0) for value in values]


def _length(arrows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt((arrows * arrows).sum(axis=-1)))
