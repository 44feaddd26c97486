"""Takes the name of a pose, gives the angles of a drawn person's joints; two poses blend into one between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from gongzhi.seen import FINGERS


@dataclass(frozen=True, slots=True)
class Pose:
    """The angles of a standing person, in degrees where not said otherwise.

    Arms are told by where they point, in the person's own frontal plane: 0 hangs down, 90 is level to the side, 180
    straight up; `*_upper` is the upper arm, `*_fore` the forearm, `*_forward` turns both towards the viewer. `lean`
    bends the trunk to the picture's right, `turn` turns it about its own axis, `tilt` leans the head, `look` is where
    the face looks (-1 picture's left .. 1 right). `dip` (body heights) lowers the hips, `sway` (body heights) shifts
    them sideways, `breath` (0..1) fills the chest; the feet stay where they are, `stance` (body heights) from the
    middle. `*_curl` (0 stretched .. 1 bent) is how bent each finger is, thumb first.
    """

    left_upper: float = 11.0
    left_fore: float = 7.0
    left_forward: float = 6.0
    right_upper: float = 11.0
    right_fore: float = 7.0
    right_forward: float = 6.0
    lean: float = 0.0
    turn: float = 0.0
    tilt: float = 0.0
    look: float = 0.0
    dip: float = 0.004
    sway: float = 0.0
    breath: float = 0.0
    stance: float = 0.072
    left_curl: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    right_curl: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)


def blend(a: Pose, b: Pose, share: float) -> Pose:
    """The pose that is `share` (0..1) of the way from `a` to `b`, angle by angle."""
    return Pose(**{f.name: _between(getattr(a, f.name), getattr(b, f.name), share) for f in fields(Pose)})


def _between(a: Any, b: Any, share: float) -> Any:
    if isinstance(a, tuple):
        return tuple(_between(one, other, share) for one, other in zip(a, b, strict=True))
    return a + (b - a) * share


def curl(up: Sequence[str]) -> tuple[float, ...]:
    """How bent each finger is (0 stretched, 1 bent), thumb first, where those named in `up` are stretched."""
    return tuple(0.0 if name in up else 1.0 for name in FINGERS)


def both_arms(upper: float, fore: float, forward: float, base: Pose | None = None) -> Pose:
    """`base` (a standing person) with both arms alike."""
    return replace(
        base or Pose(),
        left_upper=upper, left_fore=fore, left_forward=forward,
        right_upper=upper, right_fore=fore, right_forward=forward,
    )  # fmt: skip


STAND: Final = Pose()
POSES: Final[dict[str, Pose]] = {
    "stand": STAND,
    "hands_up": both_arms(161, 173, 5, Pose(breath=0.6)),
    "arms_level": both_arms(89, 91, 3, Pose(breath=0.3)),
    # The harmless ones: none of them may be taken for an action.
    "wave": Pose(right_upper=66, right_fore=158, right_forward=12, tilt=-4, look=-0.2),
    "lean": Pose(left_upper=17, left_fore=15, right_upper=5, right_fore=5, lean=9, sway=0.022, tilt=5, look=0.3),
    "hands_on_hips": both_arms(44, -38, 4),
    # As far as a drawn person gets down: the trunk lies across, the feet stay.
    "lying": Pose(lean=64, dip=0.25, left_upper=60, left_fore=20, right_upper=30, right_fore=30, tilt=10, sway=-0.12),
    "one_hand_up": Pose(right_upper=163, right_fore=174, right_forward=4),
}


def beside(up: tuple[str, ...]) -> Pose:
    """The right hand beside the head, its palm to the front, with these fingers stretched."""
    return replace(STAND, right_upper=70.0, right_fore=165.0, right_forward=12.0, right_curl=curl(up))


# The right hand beside the head, and what its fingers do.
SIGNS: Final[dict[str, Pose]] = {
    "fist": beside(()),
    "one_finger": beside(("index",)),
    "two_fingers": beside(("index", "middle")),
    "three_fingers": beside(("index", "middle", "ring")),
    "four_fingers": beside(FINGERS[1:]),
    "five_fingers": beside(FINGERS),
    "thumb_up": beside(("thumb",)),
    "thumb_and_little_finger": beside(("thumb", "pinky")),
}

# Hand signs that move: what is stretched, one after the other, again and again; the arm is still.
SEQUENCES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "open_close": (FINGERS, ()),
    "two_six": (("index", "middle"), ("thumb", "pinky")),
    "bye_bye": (FINGERS, ("thumb",)),
}
BEAT: Final = 0.6  # seconds from one shape of the hand to the next


def sequence(shapes: Sequence[tuple[str, ...]], t: float, beat: float = BEAT) -> tuple[float, ...]:
    """How bent each finger is `t` seconds into these shapes: half of each beat it moves, the other half it is kept."""
    at = t / beat
    share = min(2.0 * (at % 1.0), 1.0)
    here, there = (curl(shapes[(int(at) + step) % len(shapes)]) for step in (0, 1))
    smooth = share * share * (3.0 - 2.0 * share)
    moved: tuple[float, ...] = _between(here, there, smooth)
    return moved
