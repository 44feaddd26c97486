"""Takes a teacher's recording of a movement, gives it as keyframes, so that generated performers can do it, too.

A camera in front sees two dimensions: what a limb lacks in length is taken to point to the camera.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.coach.body import ROWS
from gongzhi.learn.files import read_keypoints as read
from gongzhi.learn.pack import LEAD, Form, Pack, Phase
from gongzhi.learn.recording import Recording
from gongzhi.stages.extract import SEEN

Array = NDArray[np.float64]
STEP: Final = 0.3  # seconds between two keyframes
_LONG: Final = 0.98  # quantile of a limb's apparent lengths that is its own: the longest one is noise
_FLAT: Final = 0.95  # of its length: a limb that looks so long lies in the picture's plane
_FACE: Final = 0.2  # trunks from the neck's axis to the tip of the nose, as the generator has it
_BONES: Final = {
    "upper_arm": ((1, 3), (2, 4)), "forearm": ((3, 5), (4, 6)), "thigh": ((7, 9), (8, 10)),
    "shank": ((9, 11), (10, 12)),
}  # fmt: skip
_ACROSS: Final = {"shoulders": (1, 2), "hips": (7, 8)}


def lengths_of(joints: Array, seen: NDArray[np.bool_], trunk: float) -> dict[str, float]:
    """A body's lengths in trunks, as a pack has them, from joints (n, 15, 2) in pixels that are `seen` (n, 15)."""

    def length(pairs: tuple[tuple[int, int], ...], quantile: float) -> float:
        found = [np.hypot(*(joints[:, a] - joints[:, b]).T)[seen[:, a] & seen[:, b]] for a, b in pairs]
        return float(np.quantile(np.concatenate(found), quantile)) / trunk if any(map(len, found)) else 0.5

    made = {name: length((pair,), 0.5) for name, pair in _ACROSS.items()}
    made |= {name: length(pairs, _LONG) for name, pairs in _BONES.items()}
    shoulders = (joints[:, 1] + joints[:, 2]) / 2
    there = seen[:, 0] & seen[:, 1] & seen[:, 2]
    made["nose"] = float(np.median((shoulders - joints[:, 0])[there, 1])) / trunk if there.any() else 0.4
    return {name: round(max(value, 0.05), 3) for name, value in made.items()}


def as_phases(pack: Pack, form: Form) -> Form:
    """The form itself, or one that a teacher has shown as the keyframes of its first example. Raises DataError."""
    if form.phases:
        return form
    return msgspec.structs.replace(form, phases=_phases(read(Path(pack.folder) / form.examples[0]), pack), examples=[])


def _phases(recording: Recording, pack: Pack) -> list[Phase]:
    t = recording.t - recording.t[0]
    at = np.arange(LEAD, t[-1], STEP)
    xy, score = recording.xy[:, ROWS].astype(np.float64), recording.score[:, ROWS]
    joints = np.stack([_at(at, t, xy[:, row], score[:, row] >= SEEN) for row in range(len(ROWS))], 1)
    stand = np.median(xy[t < LEAD], 0)
    trunk = float(np.hypot(*((stand[1] + stand[2] - stand[7] - stand[8]) / 2)))
    p = joints * (1.0, -1.0) / max(trunk, 1.0)  # x to the person's own left, y up
    sizes: dict[str, float] = {str(name): value for name, value in pack.lengths.items()}
    limbs = {
        f"{side}_{limb}": np.concatenate([_direction(p, *_BONES[bone][number], sizes[bone], sign)
                                          for bone in bones], 1)
        for limb, bones in (("arm", ("upper_arm", "forearm")), ("leg", ("thigh", "shank")))
        for number, (side, sign) in enumerate((("left", 1.0), ("right", -1.0)))
    }  # fmt: skip
    up = (p[:, 1] + p[:, 2] - p[:, 7] - p[:, 8]) / 2
    lean = np.degrees(np.arctan2(up[:, 0], np.maximum(up[:, 1], 1e-3)))
    bent = np.degrees(np.arccos(np.clip(np.hypot(*up.T) / _FLAT, 0.2, 1.0)))
    turn = np.degrees(np.arcsin(np.clip((p[:, 0, 0] - (p[:, 13, 0] + p[:, 14, 0]) / 2) / _FACE, -0.95, 0.95)))
    return [
        Phase(
            s=STEP, zh="", even=True, trunk=(float(bent[i]), float(lean[i]), 0.0), head=(float(turn[i]), 0.0),
            **{name: tuple(map(float, rows[i])) for name, rows in limbs.items()},  # type: ignore[arg-type]
        )
        for i in range(len(at))
    ]  # fmt: skip


def _at(wanted: Array, t: Array, points: Array, seen: NDArray[np.bool_]) -> Array:
    """Where a joint (n, 2) is at these times; where it was not seen, between where it was."""
    rows = np.flatnonzero(seen) if seen.any() else np.arange(len(t))
    return np.stack([np.interp(wanted, t[rows], points[rows, axis]) for axis in (0, 1)], 1)


def _direction(p: Array, begin: int, end: int, length: float, sign: float) -> Array:
    """Degrees (n, 2) from down and heading of a limb of this length, on the side of `sign` (1: the left)."""
    flat = (p[:, end] - p[:, begin]) / length
    flat /= np.maximum(np.hypot(*flat.T), 1.0)[:, None]
    near = np.sqrt(np.maximum(1.0 - (np.hypot(*flat.T) / _FLAT) ** 2, 0.0))
    down = np.degrees(np.arctan2(np.hypot(flat[:, 0], near), -flat[:, 1]))
    return np.stack([down, np.degrees(np.arctan2(flat[:, 0] * sign, near))], 1)
