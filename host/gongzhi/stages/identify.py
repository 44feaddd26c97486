"""Takes a person's features frame by frame, gives which poses are being held, how sure, and since when."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import numpy as np

from gongzhi.text import N_
from gongzhi.values import LANDMARK, Action, Features

DWELL: Final = 0.5  # seconds that a pose must be kept before it is held
GAP: Final = 0.3  # seconds for which it may be lost (a missed detection, a flicker) without an end
# Two good frames further apart than this are two holds: nobody knows what was between them (a camera unplugged).
BLIND: Final = 1.0
SMOOTH: Final = 0.15  # time constant in seconds of the low-pass over the probability
_EPS: Final = 1e-6
_RIM: Final = 1e-3  # of p, so that it has a logit
_LOST: Final = -2.0  # a slack beyond the end of any pose
NOT: Final = "not "  # before an action's name: that it is something else


@dataclass(frozen=True, slots=True)
class Need:
    """One condition of a pose: a measured number is to lie beyond `enter` for the pose to begin, and beyond `leave`
    for it to go on. Where `leave` is larger than `enter`, small numbers are the good ones."""

    enter: float
    leave: float

    def slack(self, value: float) -> float:
        """0 at `enter`, -1 at `leave`, positive beyond `enter`."""
        return (value - self.enter) / (self.enter - self.leave)


# Above the eyes by 0.22 trunks is the top of the head ((1.0 - 0.936) / 0.288 body heights, Winter, fig. 4.1).
ABOVE_EYES: Final = Need(0.22, 0.0)
_EYES_OVER_SHOULDERS: Final = 0.41  # trunks ((0.936 - 0.818) / 0.288), for a head that is not seen
# From one person's four holds in a recorded exercise and a drawn person: a level arm reaches 0.78 to 1.11 trunks to the
# side at up to 18 degrees; arms half bent or pointing to the front, in the same exercise, reach 0.66 at most.
REACH: Final = Need(0.74, 0.64)
SLOPE: Final = Need(22.0, 34.0)  # degrees from level, shoulder to wrist
STRAIGHT: Final = Need(0.92, 0.84)  # shoulder to wrist over upper arm plus forearm
WIDTH: Final = Need(0.32, 0.26)  # trunks between the shoulders; less is a person turned to the side
UPRIGHT: Final = Need(0.7, 0.5)  # trunks from the hips up to the shoulders; less is a person bent over or lying


def _height(features: Features, names: tuple[str, ...]) -> float | None:
    """The greatest y of those of the landmarks that are seen."""
    rows = [LANDMARK[name] for name in names if features.seen[LANDMARK[name]]]
    return float(features.points[rows, 1].max()) if rows else None


def _all(features: Features, *names: str) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]] | None:
    """The points of these landmarks; None where one of them is not seen."""
    rows = [LANDMARK[name] for name in names]
    return [features.points[row] for row in rows] if features.seen[rows].all() else None


def hands_up(features: Features) -> float:
    """Slack of "both hands above the head": both wrists higher than the top of the head, of an upright person."""
    found = _all(features, "left_wrist", "right_wrist", "left_shoulder", "right_shoulder")
    if found is None:
        return -math.inf
    left, right, *shoulders = found
    shoulder = float(shoulders[0][1] + shoulders[1][1]) / 2
    eyes = _height(features, ("left_eye", "right_eye", "left_ear", "right_ear", "nose"))
    if eyes is None:
        eyes = shoulder + _EYES_OVER_SHOULDERS
    lower = float(min(left[1], right[1]))
    return min(ABOVE_EYES.slack(lower - eyes), UPRIGHT.slack(shoulder))


def arms_level(features: Features) -> float:
    """Slack of "both arms out to the sides": each reaches far to its own side, level and straight."""
    names = ("shoulder", "elbow", "wrist")
    left, right = (_all(features, *(f"{side}_{name}" for name in names)) for side in ("left", "right"))
    if left is None or right is None:
        return -math.inf
    width = float(left[0][0] - right[0][0])  # negative for somebody who is seen from behind
    slacks = [WIDTH.slack(abs(width)), UPRIGHT.slack(float(left[0][1] + right[0][1]) / 2)]
    for outwards, (shoulder, elbow, wrist) in ((math.copysign(1.0, width), left), (-math.copysign(1.0, width), right)):
        across, up = (float(value) for value in wrist - shoulder)
        length = float(np.linalg.norm(elbow - shoulder) + np.linalg.norm(wrist - elbow))
        slacks += [
            REACH.slack(across * outwards),
            SLOPE.slack(math.degrees(math.atan2(abs(up), max(across * outwards, _EPS)))),
            STRAIGHT.slack(math.hypot(across, up) / max(length, _EPS)),
        ]
    return min(slacks)


class Worth(Protocol):
    """What recordings have said of a rule (learn/worth.py): `curve` by which its `p` is `gauged`, `limit` of the `p` up
    to which something else may be shown as well."""

    @property
    def curve(self) -> tuple[float, float]: ...

    @property
    def limit(self) -> float: ...

    def strange(self, features: Features) -> float:
        """1 at the edge of what the recordings showed while the rule held, more beyond."""
        ...


# What gives the slack of a pose; minus infinity where it cannot be seen.
Slack = Callable[[Features], float]
RULES: Final[dict[str, Slack]] = {"hands_up": hands_up, "arms_level": arms_level}
# What people read of each, where a pupil's program does not say it.
LABELS: Final[dict[str, str]] = {"hands_up": N_("both hands are up"), "arms_level": N_("both arms are level")}


def probability(slack: float) -> float:
    """A slack as a number in 0..1: the logistic function of 2 slack + 1, with slack held to -3 .. 1.5.

    0.73 where the pose begins, 0.27 where it ends, at most 0.98. It orders moments by how clear the pose is; it is
    not measured against how often people agree, so it is no calibrated probability (`gauged` makes one of it).
    """
    if slack == -math.inf:
        return 0.0
    return 1.0 / (1.0 + math.exp(-(2.0 * min(max(slack, -3.0), 1.5) + 1.0)))


def gauged(p: float, curve: tuple[float, float]) -> float:
    """What `p` (0..1) is worth by a curve that was measured on recordings (learn/gauge.py)."""
    a, b = curve
    p = min(max(p, _RIM), 1 - _RIM)
    return 1.0 / (1.0 + math.exp(-min(max(a * math.log(p / (1 - p)) + b, -30.0), 30.0)))


@dataclass(slots=True)
class Hold:
    """What is remembered of one pose: the first and the last frame in which it was kept, whether the very last frame
    showed it, whether it is held, and the smoothed probability; `dwell` seconds make it held."""

    dwell: float = DWELL
    since: float | None = None
    last: float = 0.0
    unbroken: bool = False
    held: bool = False
    p: float = 0.0

    def lose(self) -> None:
        """Forget the hold."""
        self.since, self.held, self.unbroken = None, False, False

    def take(self, slack: float, t: float) -> None:
        """Take one frame into account."""
        if self.since is not None:
            # What may lie between the last good frame and this one: a flicker, or one long frame of a slow machine.
            allowed = BLIND if self.unbroken and slack >= -1.0 else GAP
            if t - self.last > allowed + _EPS:
                self.lose()
        # Hysteresis: to begin takes more than to go on.
        good = slack >= (0.0 if self.since is None else -1.0)
        if good:
            if self.since is None:
                self.since = t
            self.last = t
            self.held = self.held or t - self.since >= self.dwell - _EPS
        self.unbroken = good


@dataclass(slots=True)
class IdentifyState:
    """What `identify` remembers between frames; begin with a fresh one. `rules` are those it goes by, `dwells` the
    seconds that some of them must be kept for, in place of DWELL, `worths` what recordings have said of some."""

    rules: Mapping[str, Slack] = field(default_factory=lambda: RULES)
    dwells: Mapping[str, float] = field(default_factory=dict)
    worths: Mapping[str, Worth] = field(default_factory=dict)
    holds: dict[str, Hold] = field(init=False)
    doubts: dict[str, Hold] = field(init=False)  # of those that have a worth: holds that could be something else
    t: float | None = None

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what was seen."""
        self.holds = {name: Hold(self.dwells.get(name, DWELL)) for name in self.rules}
        self.doubts = {name: Hold(self.dwells.get(name, DWELL)) for name in self.worths}
        self.t = None


def identify(features: Features | None, t: float, state: IdentifyState) -> tuple[Action, ...]:
    """What every rule says of the frame captured at `t` (seconds); always one action for each rule, held or not.

    Args:
        features: of the person; None when nobody was seen in the frame.
        t: capture time. A pose is held once it was kept for its dwell time by these times, however many frames that is.
        state: is changed. A time before the last one begins anew.

    `since` is the first frame of the hold, stable until it ends; for a pose that is not held yet the first frame of
    the attempt, else `t`. `p` is the low-passed `probability` of the pose at this moment, 0 when it cannot be seen.

    A rule whose worth was measured begins a clear hold only while its label is the only possible one and nothing is
    strange; else the hold is a doubtful one, with its `options` or its `doubt`, so that the loop asks or defers. A
    clear hold goes on as ever, and one that becomes clear is a hold of its own: a new question.
    """
    if state.t is not None and t < state.t:
        state.begin()
    share = 1.0 if state.t is None else 1.0 - math.exp(-(t - state.t) / SMOOTH)
    state.t = t
    actions = []
    for name, rule in state.rules.items():
        slack = -math.inf if features is None else rule(features)
        hold, worth = state.holds[name], state.worths.get(name)
        hold.p += share * (probability(slack) - hold.p)
        p = min(max(hold.p, 0.0), 1.0)
        if worth is not None:
            strange = features is not None and slack >= -1.0 and worth.strange(features) > 1.0
            actions.append(_measured(name, slack, p, t, hold, state.doubts[name], worth, strange=strange))
            continue
        hold.take(slack, t)
        actions.append(Action(name, hold.held, p, t if hold.since is None else hold.since, t))
    return tuple(actions)


def _measured(
    name: str, slack: float, p: float, t: float, clear: Hold, doubtful: Hold, worth: Worth, *, strange: bool
) -> Action:  # fmt: skip
    """What a rule says whose worth was measured; `p` is its own."""
    several = p <= worth.limit
    unsure = (several or strange) and not clear.held
    clear.take(_LOST if unsure else slack, t)
    doubtful.take(slack if unsure else _LOST, t)
    # A pose that cannot be seen is not made probable by any curve.
    said = gauged(p, worth.curve) if p > _RIM else p
    if clear.held or not doubtful.held:
        return Action(name, clear.held, said, t if clear.since is None else clear.since, t, calibrated=True)
    doubt: Literal["", "unseen"] = "unseen" if strange else ""
    options = (name, NOT + name) if several or not strange else ()  # in the gap of a flicker nothing is known
    return Action(name, True, said, t if doubtful.since is None else doubtful.since, t, options, doubt, "", True)
