"""Takes what somebody who carries a motion sensor does, gives the acceleration (g) and the rotation (degrees a
second) that it feels at each moment.

A model of bodies, not of recognisers. Axes as the sensor lies when its bearer stands: x forwards, y to the left, z
up; at rest it feels 1 g along z.

* **Walking.** In single support the trunk rides on the leg like an inverted pendulum (Cavagna, Heglund and Taylor,
  1977): with leg length l and step length s it rises by h = l - sqrt(l² - s²/4) in each step (Zijlstra and Hof,
  2003). Knees and pelvis take about 40 % of that away (Saunders, Inman and Eberhart, 1953). One harmonic of height h
  at the step frequency f has the acceleration h/2 (2 pi f)². Forwards and backwards the same rhythm, half as strong;
  sideways half the rhythm. f goes with the square root of 1 / l (equal Froude numbers, Alexander, 1989), 1.85 a
  second at l = 0.9 m. Steps vary by 3 % in time (Hausdorff et al., 1995). Each foot's impact rings at 12 Hz and dies
  within 40 ms: estimated, no source.
* **Running, hopping.** Flight without any force, then contact with a half-sine force whose mean over the whole step
  is the weight (Alexander, 1989; Morin et al., 2005): its peak is pi/2 times the step's time over the contact's.
* **Turning about on the spot**: a whole turn in 3 to 6 s by small steps, a third as strong as those of walking:
  estimated, no source.
* **Rotation.** In walking the pelvis turns by 4 degrees to each side about the upright axis and lists by 5 to each side
  (Saunders, Inman and Eberhart, 1953), once a stride; it nods once a step, by 1.5 degrees: estimated. In running and
  hopping half as much again: estimated. A shaking hand swings about the elbow: its speed over a forearm of a third of
  the leg. Standing sways by less than a degree a second.
* **Shaking** by hand: a sine of 3 to 5 Hz and 0.9 to 1.6 g whose direction wanders: estimated, no source.
* **Standing.** Sway of some thousandths of g, tremor of 8 to 10 Hz.

Over all this lies the sensor's own noise, 400 micro-g a root hertz at 44 Hz (MPU-6000 product specification 3.4,
table 6.2), and 0.005 degrees a second a root hertz (table 6.1). A real gyroscope at rest says up to 20 degrees a
second (ibid.); a drawn one says 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

G: Final = 9.81
DOES: Final = ("stand", "walk", "run", "hop", "shake", "turn")
MOST_STEPS: Final = 9_999
_NOISE_G: Final = 400e-6 * math.sqrt(44 * math.pi / 2)  # of a first-order filter
_NOISE_DPS: Final = 0.005 * math.sqrt(44 * math.pi / 2)
_TURNS: Final = (5.0, 1.5, 4.0)  # degrees: list, nod and turn of the pelvis
_STEPS: Final = 2048  # that are made; then they come again
_BEGIN: Final = 0.55  # of a first step's strength


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who carries it: `leg` m, `step` m, `rate` steps a second, `firm` how hard the feet meet the ground (g), `hand`
    the rhythm (Hz) and `power` (g) of shaking, `lie` (3, 3) how the sensor lies on the body, `spin` how quickly they
    turn about (degrees a second, to the left)."""

    leg: float
    step: float
    rate: float
    firm: float
    hand: float
    power: float
    lie: NDArray[np.float64]
    seed: int
    spin: float

    @classmethod
    def of(cls, seed: int) -> Bearer:
        """Somebody from a small child to an adult; the same for the same seed."""
        rng = np.random.default_rng(seed)
        leg = rng.uniform(0.6, 0.95)
        rate = 1.85 * math.sqrt(0.9 / leg) * rng.uniform(0.9, 1.1)
        axis, angle = rng.standard_normal(3), math.radians(rng.normal(0, 10))
        return cls(
            leg, 0.75 * leg * rng.uniform(0.9, 1.1), rate, rng.uniform(0.1, 0.35), rng.uniform(3.0, 5.0),
            rng.uniform(0.9, 1.6), _about(axis / np.linalg.norm(axis), angle), seed,
            float(rng.choice((-1, 1)) * 360 / rng.uniform(3, 6)),
        )  # fmt: skip


class Worn:
    """The acceleration while its bearer does `what` (one of DOES) from moment 0 on; walking, running and hopping end
    after `steps` (0: never). Raises ValueError for anything else."""

    def __init__(self, what: str, bearer: Bearer, steps: int = 0) -> None:
        if what not in DOES or not 0 <= steps <= MOST_STEPS:
            raise ValueError(f"nobody does {what!r} {steps} times")
        self.what, self.bearer, self.steps = what, bearer, steps
        rng = self._rng = np.random.default_rng([bearer.seed, DOES.index(what)])
        self._gyro = np.random.default_rng([bearer.seed, DOES.index(what), 1])
        rate = bearer.rate * {"run": 1.45, "hop": 1.1}.get(what, 1.0)
        count = steps or _STEPS
        self._times = np.concatenate([[0.0], np.cumsum(rng.normal(1, 0.03, count).clip(0.85, 1.15) / rate)])
        self._strength = rng.normal(1, 0.07, count).clip(0.8, 1.2)
        self._strength[0] *= _BEGIN
        self._phases = rng.uniform(0, 2 * math.pi, 4)
        lift = 0.6 * (bearer.leg - math.sqrt(bearer.leg**2 - bearer.step**2 / 4))
        self._swing = lift / 2 * (2 * math.pi * bearer.rate) ** 2 / G
        across = rng.standard_normal(3)
        self._hand = across / np.linalg.norm(across)
        elbow = np.cross(self._hand, [0.36, 0.48, 0.8])  # what a shaking forearm turns about
        self._elbow_axis = elbow / max(float(np.linalg.norm(elbow)), 0.3)

    @property
    def end(self) -> float:
        """When its last step ends (s); infinity where it never does."""
        return float(self._times[-1]) if self.steps and self.what not in ("stand", "shake") else math.inf

    def force(self, t: float) -> list[float]:
        """What the sensor feels at `t` s along its own axes (g)."""
        does = self.what if t < self.end else "stand"
        body = np.array([0.0, 0.0, 1.0]) + getattr(self, f"_{does}")(max(t, 0.0))
        felt = self.bearer.lie @ body + self._rng.normal(0, _NOISE_G, 3)
        return [float(value) for value in felt]

    def rotation(self, t: float) -> list[float]:
        """How the sensor turns about its own axes at `t` s, in degrees a second."""
        turns = np.zeros(3)
        if t < self.end and self.what not in ("stand", "shake"):
            turns = self._swings(max(t, 0.0))
        elif self.what == "shake":
            turns = self._elbow(max(t, 0.0))
        felt = self.bearer.lie @ turns + self._gyro.normal(0, _NOISE_DPS, 3) + 0.5 * self._sways(t)
        return [float(value) for value in felt]

    def sampled(self, seconds: float, *, turning: bool = False) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """(n,) times from 0 (s) and (n, 3) what a board with stream = 25 tells of these seconds, in whole thousandths
        of g: a reading each 20 to 30 ms, a sample each 40 ms that is the mean of those since the one before. With
        `turning` (n, 6), the last three in whole degrees a second."""
        made: list[tuple[float, NDArray[np.float64]]] = []
        read: list[list[float]] = []
        t = due = 0.0
        while t < seconds:
            read.append(self.force(t) + (self.rotation(t) if turning else []))
            if t >= due:
                due = (t if t - due > 0.04 else due) + 0.04
                made.append((round(t, 3), np.mean(read, axis=0)))
                read.clear()
            t += 0.02 + self._rng.uniform(0, 0.01)
        values = np.array([each[1] for each in made])
        told = [np.round(np.clip(values[:, :3], -4, 4), 3), np.round(np.clip(values[:, 3:], -500, 500))]
        return np.array([each[0] for each in made]), np.hstack(told).astype(np.float32)

    def _step(self, t: float) -> tuple[int, float, float]:
        """Which step it is, the share of it that has passed, and the seconds since it began."""
        t %= float(self._times[-1])
        n = max(int(np.searchsorted(self._times, t, side="right")) - 1, 0)
        begun, over = float(self._times[n]), float(self._times[n + 1])
        return n, (t - begun) / (over - begun), t - begun

    def _sways(self, t: float) -> NDArray[np.float64]:
        return np.asarray(np.cos(2 * math.pi * np.array([0.31, 0.27, 0.23]) * t + self._phases[:3]), np.float64)

    def _swings(self, t: float) -> NDArray[np.float64]:
        """The pelvis of whoever walks, runs, hops or turns about."""
        n, share, _ = self._step(t)
        hertz = 1 / float(self._times[n + 1] - self._times[n])
        list_, nod, turn = np.array(_TURNS) * float(self._strength[n])
        half = math.pi * hertz * math.sin(math.pi * share) * (1 if n % 2 else -1)  # of an angle that goes once a stride
        swing = np.array([list_ * half, 2 * math.pi * hertz * nod * math.sin(2 * math.pi * share), -turn * half])
        if self.what == "turn":
            round_ = [0, 0, self.bearer.spin * (1 + 0.15 * math.sin(2 * math.pi * 0.4 * t))]
            return np.asarray(swing / 3 + round_, np.float64)
        if self.what == "hop":
            swing *= (0, 1, 0)  # both feet at once: nothing goes from side to side
        return np.asarray(swing if self.what == "walk" else 1.5 * swing, np.float64)

    def _elbow(self, t: float) -> NDArray[np.float64]:
        """A forearm that shakes."""
        bearer = self.bearer
        speed = bearer.power * G / (2 * math.pi * bearer.hand)  # m/s
        turn = 2 * math.pi * bearer.hand * t + 0.6 * math.sin(2 * math.pi * 0.23 * t + self._phases[0])
        return np.asarray(-math.degrees(speed / (bearer.leg / 3)) * math.cos(turn) * self._elbow_axis, np.float64)

    def _stand(self, t: float) -> NDArray[np.float64]:
        sway = 0.004 * np.sin(2 * math.pi * np.array([0.31, 0.27, 0.9]) * t + self._phases[:3])
        return sway + np.array([0.002, 0.002, 0.003]) * math.sin(2 * math.pi * 9 * t)

    def _walk(self, t: float) -> NDArray[np.float64]:
        n, share, since = self._step(t)
        turn = 2 * math.pi * share
        strong = self._swing * float(self._strength[n])
        # At the strike the trunk is lowest: its acceleration is greatest upwards.
        up = strong * (math.cos(turn) + 0.3 * math.cos(2 * turn + 0.6))
        ahead = 0.5 * strong * (math.sin(turn) + 0.25 * math.sin(2 * turn))
        side = 0.4 * strong * math.sin(turn / 2) * (1 if n % 2 else -1)
        ring = (
            self.bearer.firm * float(self._strength[n]) * math.exp(-since / 0.04) * math.sin(2 * math.pi * 12 * since)
        )
        return np.array([ahead - 0.5 * ring, side, up + ring])

    def _turn(self, t: float) -> NDArray[np.float64]:
        return self._walk(t) / 3

    def _bounce(self, t: float, contact: float) -> NDArray[np.float64]:
        n, share, _ = self._step(t)
        push = math.pi / 2 / contact * math.sin(math.pi * share / contact) if share < contact else 0.0
        return np.array([0.12 * push * math.cos(math.pi * share / contact) if share < contact else 0.0,
                         0.06 * push * (1 if n % 2 else -1), push - 1.0])  # fmt: skip

    def _run(self, t: float) -> NDArray[np.float64]:
        return self._bounce(t, 0.7)

    def _hop(self, t: float) -> NDArray[np.float64]:
        return self._bounce(t, 0.45)

    def _shake(self, t: float) -> NDArray[np.float64]:
        turn = 2 * math.pi * self.bearer.hand * t + 0.6 * math.sin(2 * math.pi * 0.23 * t + self._phases[0])
        strong = self.bearer.power * (1 + 0.2 * math.sin(2 * math.pi * 0.37 * t + self._phases[1]))
        wave = math.sin(turn) + 0.25 * math.sin(2 * turn + self._phases[2])
        way = self._hand + 0.7 * np.sin(2 * math.pi * np.array([0.13, 0.19, 0.29]) * t + self._phases[:3])
        return np.asarray(strong * wave * way / max(float(np.linalg.norm(way)), 0.3), np.float64)


def _about(axis: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """The rotation about a unit vector (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross, np.float64)


def doing(text: str) -> tuple[str, int]:
    """ "walk:12" as (what, steps), "shake" as (what, 0). Raises ValueError."""
    what, _, number = text.partition(":")
    steps = int(number) if number else 0
    Worn(what, Bearer.of(0), steps)
    return what, steps
