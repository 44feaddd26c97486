"""Takes a hand in a person's pose, gives it in its own frame: what its fingers do, where it is, how it is turned.

The frame is the hand's own: the wrist is 0, the knuckle of the middle finger is 1 along it, and across it goes to the
thumb's side, out of the palm to the front. So a hand shows the same numbers wherever it points, and a left hand the
same as a right one that does the same.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.seen import FINGERS, OLD, SIDES, Features, PlacedHand

TIPS: Final = [4, 8, 12, 16, 20]
_WRIST, _INDEX, _MIDDLE, _LITTLE = 0, 5, 9, 17  # the knuckles
PLACE, TURN = len(FINGERS), len(FINGERS) + 1
"""The rows after those of the finger tips: where the palm is in the body's measure (x, y, 0); and where the hand points
in the picture (x, y, each -1..1) and how it shows the palm (1 to the camera, -1 away)."""
ROWS: Final = len(FINGERS) + 2  # of three numbers each
COUNT: Final = 3 * ROWS - 1  # the third number of PLACE is none
NAMES: Final = tuple(f"{side}_{row}" for side in SIDES for row in range(ROWS))
SIGNS: Final = ([[1, 1, 1]] * PLACE + [[-1, 1, 1]] * 2) * len(SIDES)  # what a mirror makes of both hands' rows
_LEAST: Final = 1e-6
_FAR: Final = 4.0  # of a tip from the wrist, in palms; a hand has 2


def rows(features: Features) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(2 ROWS, 3) float32 of both hands, left before right, and which rows are seen (2 ROWS,)."""
    values, seen = np.zeros((len(SIDES), ROWS, 3), np.float32), np.zeros((len(SIDES), ROWS), np.bool_)
    for hand in features.hands:
        if features.t - hand.t <= OLD:
            at = SIDES.index(hand.side)
            values[at], seen[at] = _rows(hand)
    return values.reshape(-1, 3), seen.ravel()


def numbers(values: NDArray[np.float32], seen: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The numbers (…, 2 COUNT) of both hands (…, 2 ROWS, 3) and which are known; unknown ones are 0."""
    flat = np.where(seen[..., None], values, 0).reshape(*values.shape[:-2], -1)
    known = np.repeat(seen, 3, -1)
    kept = [i for i in range(6 * ROWS) if i % (3 * ROWS) != 3 * PLACE + 2]
    return flat[..., kept], known[..., kept]


def in_own_frame(hand: PlacedHand) -> NDArray[np.float64] | None:
    """The hand's 21 points (21, 3) in its own frame; None where it has no palm."""
    shape = hand.shape.astype(np.float64)
    up, across = shape[_MIDDLE] - shape[_WRIST], shape[_INDEX] - shape[_LITTLE]
    length = float(np.sqrt(up @ up))
    ahead = up / max(length, _LEAST)
    aside = across - ahead * (across @ ahead)
    wide = float(np.sqrt(aside @ aside))
    if length <= _LEAST or wide <= _LEAST * length:
        return None
    aside = aside / wide
    (ax, ay, az), (bx, by, bz) = aside.tolist(), ahead.tolist()  # np.cross takes ten times as long
    out = np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]) * _sign(hand)
    return np.asarray((shape - shape[_WRIST]) @ np.stack([aside, ahead, out], 1) / length)


def _sign(hand: PlacedHand) -> float:
    return -1.0 if hand.side == SIDES[0] else 1.0


def _rows(hand: PlacedHand) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    values, seen = np.zeros((ROWS, 3)), np.zeros(ROWS, np.bool_)
    if (own := in_own_frame(hand)) is not None:
        values[:PLACE], seen[:PLACE] = np.clip(own[TIPS], -_FAR, _FAR), True
    if hand.points is not None:
        points = hand.points.astype(np.float64)
        values[PLACE, :2], seen[PLACE] = points[[_WRIST, _INDEX, _LITTLE]].mean(0), True
        (ux, uy), (ax, ay) = points[_MIDDLE] - points[_WRIST], points[_INDEX] - points[_LITTLE]
        size = ux * ux + uy * uy + ax * ax + ay * ay
        if size > _LEAST:
            values[TURN] = (ux / size**0.5, uy / size**0.5, _sign(hand) * 2 * (uy * ax - ux * ay) / size)
            seen[TURN] = True
    return values.astype(np.float32), seen
