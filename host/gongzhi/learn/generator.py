"""Takes a form of a pack and a performer, gives a recording of it: bodies, style, tempo, camera and noise by seed.

For tests and the bench: a model that has only seen these has not seen a person. All spreads are estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gongzhi.learn.features import ROWS
from gongzhi.learn.pack import Form, Pack, Phase
from gongzhi.learn.recording import Recording, head_of
from gongzhi.mirror import Mirror

Array = NDArray[np.float64]
SIZE: Final = (640, 480)
FPS: Final = 5.0
LIMBS: Final = 8  # left upper arm, left forearm, right …, left thigh, left shank, right …
_SIDE: Final = np.array([1, 1, -1, -1, 1, 1, -1, -1.0])  # of each limb: x to the person's own left
_LIMBS: Final = Mirror(
    [f"{side}_{limb}" for limbs in (("upper_arm", "forearm"), ("thigh", "shank")) for side in ("left", "right")
     for limb in limbs], [[-1, 1, 1]],
)  # fmt: skip
# The rest of a keyframe: what turns or bends to a side does so to the other.
_REST: Final = {"trunk forward": 1, "trunk aside": -1, "trunk turned": -1, "head turned": -1, "head down": 1,
                "pelvis turned": -1, "pelvis aside": -1, "shrug": 1, "heels": 1}  # fmt: skip
_OTHERS: Final = Mirror([*_REST], [*_REST.values()])
SHRUG: Final = 0.10  # trunks by which shrugged shoulders rise
_CALM: Final = 5  # keyframes of a recording over which one's way of doing it stays the same
FACE: Final = 0.20  # trunks from the neck's axis to the tip of the nose


@dataclass(frozen=True, slots=True)
class Performer:
    """Somebody with a body, a style and a camera of their own, drawn from `seed`; `noise` in trunks is how far the
    estimated joints are off, `style` in degrees how differently every posture is done."""

    seed: int
    child: bool = False
    style: float = 8.0
    noise: float = 0.03


def _directions(angles: Array) -> Array:
    """Unit vectors (…, 8, 3) (own left, up, to the camera) of limbs' (…, 8, 2) degrees from down and heading."""
    down, heading = np.deg2rad(angles[..., 0]), np.deg2rad(angles[..., 1])
    flat = np.sin(down)
    return np.stack([flat * np.sin(heading) * _SIDE, -np.cos(down), flat * np.cos(heading)], -1)


def turn_of(trunk: Array) -> Array:
    """Rotations (n, 3, 3) of a trunk's (n, 3) degrees forward, to own left side, turned to own left."""
    (cp, cr, cy), (sp, sr, sy) = np.cos(np.deg2rad(trunk)).T, np.sin(np.deg2rad(trunk)).T
    one, zero = np.ones_like(cp), np.zeros_like(cp)
    forward = np.array([[one, zero, zero], [zero, cp, -sp], [zero, sp, cp]])
    side = np.array([[cr, sr, zero], [-sr, cr, zero], [zero, zero, one]])
    turned = np.array([[cy, zero, sy], [zero, one, zero], [-sy, zero, cy]])
    return np.asarray(np.einsum("ijn,jkn,kln->nil", turned, side, forward), np.float64)


def keyframes(form: Form, rng: np.random.Generator, style: float) -> tuple[Array, Array, Array]:
    """Each phase in this style: limbs (k, 8, 3); trunk, head, pelvis, shrug, heels (k, 9); seconds (k,)."""

    def row(phase: Phase) -> list[float]:
        return [*phase.trunk, *phase.head, *phase.pelvis, phase.shrug, phase.heels]

    limbs = [[*p.left_arm, *p.right_arm, *p.left_leg, *p.right_leg] for p in form.phases]
    angles = np.array(limbs, np.float64).reshape(-1, LIMBS, 2)
    habit = rng.normal(0, style * 0.7, (1, LIMBS, 2))  # one's own way, in every phase the same
    angles = angles + habit + _calm(rng.normal(0, style * 0.7, angles.shape), form)
    rest = np.array([row(p) for p in form.phases], np.float64)
    rest[:, :3] += _calm(rng.normal(0, style * 0.4, (len(rest), 3)), form)
    rest *= rng.uniform(0.8, 1.05)
    directions = _directions(angles)
    along = np.array([p.arms == "trunk" for p in form.phases])
    turned = np.einsum("kij,klj->kli", turn_of(rest[:, :3]), directions[:, :4])
    directions[:, :4] = np.where(along[:, None, None], turned, directions[:, :4])
    return directions, rest, np.array([max(p.s, 0.3) for p in form.phases])


def _calm(noise: Array, form: Form) -> Array:
    """Where keyframes lie close together, neighbouring ones are done in nearly the same way: else it would tremble."""
    if not form.phases[-1].even:
        return noise
    flat = noise.reshape(len(noise), -1)
    smooth = [np.convolve(np.pad(column, _CALM // 2, mode="edge"), np.ones(_CALM), "valid") for column in flat.T]
    return np.asarray(np.stack(smooth, 1).reshape(noise.shape) / np.sqrt(_CALM))


def mirrored(directions: Array, rest: Array) -> tuple[Array, Array]:
    """Limbs (n, 8, 3) and the rest (n, 9) of the same posture to the other side."""
    return _LIMBS(directions), _OTHERS(rest)


def _course(form: Form, seconds: float, rng: np.random.Generator, style: float) -> tuple[Array, Array]:
    """Directions (n, 8, 3) and the rest (n, 9) at FPS: the form again and again, minimum jerk between keyframes."""
    directions, rest, times = keyframes(form, rng, style)
    tempo = rng.uniform(0.7, 1.35)
    at, keys, others = 0.0, [], []
    stamps = []
    for number in range(10_000):
        d, r = mirrored(directions, rest) if form.sided and number % 2 else (directions, rest)
        pace = tempo * rng.uniform(0.92, 1.08)
        for step in range(len(d)):
            at += float(times[step]) / pace
            stamps.append(at)
            keys.append(d[step])
            others.append(r[step])
        if at > seconds + 40:
            break
    stamp, key, other = np.array(stamps), np.stack(keys), np.stack(others)
    t = stamp[0] + rng.uniform(0, 20) + np.arange(int(seconds * FPS)) / FPS
    after = np.clip(np.searchsorted(stamp, t), 1, len(stamp) - 1)
    u = np.clip((t - stamp[after - 1]) / (stamp[after] - stamp[after - 1]), 0, 1)
    u = u**3 * (10 - 15 * u + 6 * u * u)  # Flash and Hogan, 1985
    out = key[after - 1] * (1 - u)[:, None, None] + key[after] * u[:, None, None]
    out /= np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-6)
    return out, other[after - 1] * (1 - u)[:, None] + other[after] * u[:, None]


def body_of(pack: Pack, who: Performer, rng: np.random.Generator) -> dict[str, float]:
    """Lengths in trunks; a child's limbs are shorter against its trunk."""
    limb = (0.85, 0.97) if who.child else (0.95, 1.05)
    arm, leg = rng.uniform(*limb, 2)
    scale = {"upper_arm": arm, "forearm": arm, "thigh": leg, "shank": leg}
    lengths: dict[str, float] = {str(name): length for name, length in pack.lengths.items()}
    return {name: length * scale.get(name, 1.0) * rng.uniform(0.97, 1.03) for name, length in lengths.items()}


def solve(body: dict[str, float], limbs: Array, rest: Array) -> Array:
    """The 13 joints (n, 13, 3) in trunks about mid-hip."""
    n = len(limbs)
    turn = turn_of(rest[:, :3])
    pelvis = turn_of(np.stack([np.zeros(n), -rest[:, 6], rest[:, 5]], 1))
    out = np.zeros((n, 13, 3))
    chest = turn[:, :, 1]
    yaw, down = np.deg2rad(rest[:, 3]), np.deg2rad(rest[:, 4])
    face = np.stack([np.sin(yaw) * np.cos(down), -np.sin(down), np.cos(yaw) * np.cos(down)], 1)
    out[:, 0] = chest * (1 + body["nose"]) + face * FACE
    for side, sign in ((0, 1.0), (1, -1.0)):
        out[:, 1 + side] = (
            chest + turn @ np.array([sign * body["shoulders"] / 2, 0, 0]) + chest * (rest[:, 7:8] * SHRUG)
        )
        out[:, 3 + side] = out[:, 1 + side] + limbs[:, 2 * side] * body["upper_arm"]
        out[:, 5 + side] = out[:, 3 + side] + limbs[:, 2 * side + 1] * body["forearm"]
        out[:, 7 + side] = pelvis @ np.array([sign * body["hips"] / 2, 0, 0])
        out[:, 9 + side] = out[:, 7 + side] + limbs[:, 4 + 2 * side] * body["thigh"]
        out[:, 11 + side] = out[:, 9 + side] + limbs[:, 5 + 2 * side] * body["shank"]
    return out


def perform(pack: Pack, form: Form, who: Performer, seconds: float, label: str | None = None) -> Recording:
    """`seconds` of the form, again and again, seen by a camera in front: yaw within 12 degrees, 6 to 9 trunks away.

    Only the 13 joints that models learn from are there; the other landmarks have score 0. About 2 % of the joints are
    lost for half a second each. Pure: the same arguments give the same recording.
    """
    # The body and the camera are the performer's own; how a form is done is also the form's.
    rng = np.random.default_rng([who.seed, 1])
    body, yaw, distance = body_of(pack, who, rng), rng.uniform(-12, 12), rng.uniform(6, 9)
    tall = rng.uniform(70, 100)  # pixels in a trunk
    rng = np.random.default_rng([who.seed, *form.id.encode()])
    joints = solve(body, *_course(form, seconds, rng, who.style))
    n = len(joints)
    joints = joints @ turn_of(np.array([[0.0, 0.0, yaw]]))[0].T
    noise = np.zeros((n, 13, 2))
    steps = rng.normal(0, who.noise, (n, 13, 2))
    for i in range(1, n):  # neighbouring frames are off by nearly the same
        noise[i] = 0.7 * noise[i - 1] + 0.714 * steps[i]
    near = distance / (distance - joints[:, :, 2:])
    flat = joints[:, :, :2] * near + noise
    xy, score = np.zeros((n, 33, 2), np.float32), np.zeros((n, 33), np.float32)
    xy[:, ROWS] = np.array([SIZE[0] / 2, SIZE[1] * 0.5]) + flat * (tall, -tall)
    lost = np.repeat(rng.random((n // 3 + 1, 13)) < 0.02, 3, axis=0)[:n]
    score[:, ROWS] = np.where(lost, 0.1, 0.95)
    name = f"{form.id}-p{who.seed:03d}"
    head = head_of(label or form.id, SIZE, person=f"p{who.seed:03d}", source=f"generated: {pack.name}")
    return Recording(name, head, np.arange(n) / FPS, xy, score)
