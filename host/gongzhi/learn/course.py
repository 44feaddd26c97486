"""Takes a pack, an order of its forms and a performer, gives a continuous course: joints, and when what is done.

What the drawn person does, and what the coach is measured by. Bodies, styles, tempi and cameras are the generator's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.generator import FACE, Performer, body_of, keyframes, mirrored, solve, turn_of
from gongzhi.learn.pack import Form, Pack, Phase, Wrong
from gongzhi.learn.shown import as_phases
from gongzhi.values import LANDMARK

Array = NDArray[np.float64]
Side = Literal["", "left", "right"]
STAND: Final = Phase(
    s=1, zh="静立", left_arm=(8, 90, 8, 60), right_arm=(8, 90, 8, 60), left_leg=(8, 90, 7, 90), right_leg=(8, 90, 7, 90)
)
_STAND_FORM: Final = Form(id="stand", title={}, phases=[STAND, STAND])
_HEEL: Final = 0.12  # trunks by which the heels rise at most
_SOFT: Final = 0.05  # trunks; a foot that is this much higher bears much less of the weight
_EAR: Final = 0.16  # trunks from the middle of the head to an ear
_ROWS: Final = [
    LANDMARK[name]
    for name in ("nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
                 "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_ear",
                 "right_ear")
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bout:
    """One repetition: of which form, to which side ("" for one without), from `start` to `stop` seconds."""

    form: str
    side: Side
    start: float
    stop: float


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """`t` (n,) seconds; `joints` (n, 15, 3) in trunks, x to the performer's left, y up from the floor, z to the camera:
    the 13 of the generator and both ears; `rest` (n, 9) degrees of trunk, head, pelvis, then shrug and heels; `bouts`
    in order; `lengths` of the performer's body in trunks."""

    t: Array
    joints: Array
    rest: Array
    bouts: tuple[Bout, ...]
    lengths: dict[str, float]

    @property
    def seconds(self) -> float:
        """From the first frame to the end of the last."""
        return float(self.t[-1])

    def labels(self) -> list[str]:
        """What is done in each frame: a form's id, or "" between two."""
        out = [""] * len(self.t)
        for bout in self.bouts:
            first, last = np.searchsorted(self.t, (bout.start, bout.stop))
            out[first:last] = [bout.form] * int(last - first)
        return out


def whole(pack: Pack, each: int | None = None) -> list[tuple[Form, Side]]:
    """The order of a course: every form with its repetitions (or `each` of them), left before right, and the pack's
    boundary after each second form and after those before it, as 五禽戏 has it after each animal."""
    boundary = next((form for form in pack.forms if form.boundary), None)
    forms = [form for form in pack.forms if not form.boundary]
    order: list[tuple[Form, Side]] = []
    for number, form in enumerate(forms):
        for turn in range(each or form.repetitions):
            order.append((form, ("left", "right")[turn % 2] if form.sided else ""))
        if boundary is not None and 0 < number < len(forms) - 1 and number % 2 == 0:
            order.append((boundary, ""))
    return order


def wrongly(form: Form, wrong: Wrong) -> Form:
    """The form, given by its phases, as somebody does it who makes this mistake."""
    if wrong.posture is not None:
        goal = {name: there for name, there in msgspec.structs.asdict(wrong.posture).items() if there is not None}
    else:
        only = wrong.only or ["trunk", "head", "left_arm", "right_arm", "left_leg", "right_leg", "shrug", "heels"]
        goal = {name: getattr(form.phases[wrong.to], name) for name in only}
    phases = []
    for number, phase in enumerate(form.phases):
        changed: dict[str, object] = {}
        if number in wrong.at or not wrong.at:
            changed["s"] = phase.s * wrong.slower
            for name, there in goal.items():
                here = np.array(getattr(phase, name), float)
                mixed = here + (np.array(there, float) - here) * wrong.by
                changed[name] = float(mixed) if mixed.ndim == 0 else tuple(mixed.tolist())
        phases.append(msgspec.structs.replace(phase, **changed))
    return msgspec.structs.replace(form, phases=phases)


def perform_course(
    pack: Pack,
    order: Sequence[tuple[Form, Side]],
    who: Performer,
    *,
    fps: float = 10.0,
    tempo: tuple[float, float] = (0.7, 1.35),
    pauses: tuple[float, float] = (0.2, 1.2),
    amplitude: float = 1.0,
    stand: float = 3.0,
    jitter: float = 0.08,
) -> Course:
    """The forms in this order by one performer, who stands still for `stand` seconds first and last.

    `tempo` (low, high) is what each performer's own is drawn from, `pauses` (s) what lies between two forms,
    `jitter` how much faster or slower
    each repetition is, `amplitude` how far every movement goes. Pure: the same arguments give the same course.
    """
    body = body_of(pack, who, np.random.default_rng([who.seed, 1]))
    rng = np.random.default_rng([who.seed, 3])
    own = rng.uniform(*tempo)
    still, still_rest, _ = keyframes(_STAND_FORM, rng, who.style * 0.5)
    at, stamps, keys, rests = stand, [0.0, stand], [still[0], still[0]], [still_rest[0], still_rest[0]]
    even = [False, False]
    bouts = []
    styled: dict[str, tuple[Array, Array, Array, list[Phase]]] = {}
    for form, side in order:
        if form.id not in styled:
            whole_form = as_phases(pack, form)
            own_way = np.random.default_rng([who.seed, *form.id.encode()])
            d, r, times = keyframes(whole_form, own_way, who.style)
            middle = d.mean(0)
            styled[form.id] = (middle + (d - middle) * amplitude, r * amplitude, times, whole_form.phases)
        directions, rest, times, phases = styled[form.id]
        if side == "right":
            directions, rest = mirrored(directions, rest)
        pace = own * rng.uniform(1 - jitter, 1 + jitter)
        start = at = at + rng.uniform(*pauses) + 0.6
        for step in range(len(directions)):
            at += float(times[step]) / pace if step else 0.0
            stamps.append(at)
            even.append(phases[step].even and step > 0)
            keys.append(directions[step])
            rests.append(rest[step])
        bouts.append(Bout(form.id, side, start, at))
    for more in (1.0, stand):
        at += more
        stamps, keys, rests, even = [*stamps, at], [*keys, still[0]], [*rests, still_rest[0]], [*even, False]
    t = np.arange(int(at * fps)) / fps
    limbs, rest = _between(np.array(stamps), np.stack(keys), np.stack(rests), np.array(even), t)
    return Course(t, _ground(_with_ears(solve(body, limbs, rest), rest), rest), rest, tuple(bouts), body)


def _between(stamp: Array, key: Array, other: Array, even: NDArray[np.bool_], t: Array) -> tuple[Array, Array]:
    """Limbs and the rest at the times `t`, minimum jerk between keyframes (Flash and Hogan, 1985), or `even`."""
    after = np.clip(np.searchsorted(stamp, t, side="right"), 1, len(stamp) - 1)
    u = np.clip((t - stamp[after - 1]) / np.maximum(stamp[after] - stamp[after - 1], 1e-6), 0, 1)
    u = np.where(even[after], u, u**3 * (10 - 15 * u + 6 * u * u))
    limbs = key[after - 1] * (1 - u)[:, None, None] + key[after] * u[:, None, None]
    limbs /= np.maximum(np.linalg.norm(limbs, axis=-1, keepdims=True), 1e-6)
    return limbs, other[after - 1] * (1 - u)[:, None] + other[after] * u[:, None]


def _with_ears(joints: Array, rest: Array) -> Array:
    """The 13 joints and both ears."""
    chest = turn_of(rest[:, :3])[:, :, 1]
    yaw = np.deg2rad(rest[:, 3])
    across = np.stack([np.cos(yaw), np.zeros_like(yaw), -np.sin(yaw)], 1) * _EAR
    head = joints[:, 0] - _face(rest)
    return np.concatenate([joints, (head + across + chest * 0.02)[:, None], (head - across + chest * 0.02)[:, None]], 1)


def _face(rest: Array) -> Array:
    yaw, down = np.deg2rad(rest[:, 3]), np.deg2rad(rest[:, 4])
    flat = FACE * np.cos(down)
    return np.stack([flat * np.sin(yaw), -FACE * np.sin(down), flat * np.cos(yaw)], 1)


def _ground(joints: Array, rest: Array) -> Array:
    """The same with the lower foot on the floor and the weight over the feet that bear it."""
    feet = joints[:, 11:13]
    height = feet[:, :, 1] - feet[:, :, 1].min(1, keepdims=True)
    share = np.exp(-height / _SOFT)
    share /= share.sum(1, keepdims=True)
    under = (feet * share[:, :, None]).sum(1)
    lift = rest[:, 8] * _HEEL
    return np.asarray(joints - np.stack([under[:, 0], feet[:, :, 1].min(1) - lift, under[:, 2]], 1)[:, None])


def keypoints(
    course: Course, who: Performer, size: tuple[int, int] = (640, 480), *, lost: float = 0.02
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a pose model could see of it: points (n, 33, 2) float32 pixels and scores (n, 33), through the performer's
    own camera (yaw within 12 degrees, 6 to 9 trunks away, at hip height), with their noise; `lost` is the share of the
    joints that are unseen, for half a second each. Points that are never seen have score 0."""
    rng = np.random.default_rng([who.seed, 5])
    yaw, distance, tall = rng.uniform(-12, 12), rng.uniform(6, 9), rng.uniform(70, 95)
    n, frames = len(course.t), max(1, round(0.5 / max(float(course.t[1] - course.t[0]), 1e-3)))
    joints = course.joints @ turn_of(np.array([[0.0, 0.0, yaw]]))[0].T
    noise = np.zeros((n, 15, 2))
    steps = rng.normal(0, who.noise, (n, 15, 2))
    for i in range(1, n):  # neighbouring frames are off by nearly the same
        noise[i] = 0.7 * noise[i - 1] + 0.714 * steps[i]
    flat = (joints[:, :, :2] - (0, 1.7)) * (distance / (distance - joints[:, :, 2:])) + noise
    xy, score = np.zeros((n, 33, 2), np.float32), np.zeros((n, 33), np.float32)
    xy[:, _ROWS] = np.array([size[0] / 2, size[1] * 0.55]) + flat * (tall, -tall)
    hidden = np.repeat(rng.random((n // frames + 1, 15)) < lost, frames, axis=0)[:n]
    score[:, _ROWS] = np.where(hidden, 0.1, 0.95)
    return xy, score
