"""Takes nothing, writes the data set of example 18: hand signs of four drawn signers, half of them as drawn and half as
the models found them in the drawn pictures; `--measure` says what a lesson in a sign is worth.

Run it again after a change of the drawn person: python tools/draw_signs.py [--measure]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from gongzhi import models
from gongzhi.learn import dataset, golden, hand_track
from gongzhi.learn.recogniser import Judge
from gongzhi.learn.recording import Recording, head_of
from gongzhi.learn.windows import Piece, windows_of
from gongzhi.learn.workflow import nearest
from gongzhi.seen import FINGERS, SIDES, Hand, Keypoints
from gongzhi.sim import body as bodies
from gongzhi.sim.avatar import Avatar, Look, View, true_hands, truth
from gongzhi.sim.body import Body, solve
from gongzhi.sim.mover import Posture
from gongzhi.sim.poses import SEQUENCES, Pose, curl
from gongzhi.sim.script import Script, Step
from gongzhi.stages.estimate import BlazePoseEstimator
from gongzhi.teach import lesson
from gongzhi.teach.quarantine import Note, Quarantine, sample_of
from gongzhi.values import Frame
from numpy.typing import NDArray

DATA: Final = Path(__file__).parents[1] / "examples" / "18_sign_desk" / "data"
TAUGHT: Final = "bye_bye"
Shapes = tuple[tuple[str, ...], ...]
# What the desk has been shown: signs that move and are none of those that are taught, hands that are kept still …
MOVING: Final[dict[str, Shapes]] = {
    "open_close": SEQUENCES["open_close"],
    "two_six": SEQUENCES["two_six"],
    "come": (("index",), ()),
    "count": (("index",), ("index", "middle"), ("index", "middle", "ring")),
}
STILL: Final[dict[str, Shapes]] = {
    "five": (FINGERS,), "fist": ((),), "one": (("index",),), "two": (("index", "middle"),),
}  # fmt: skip
# … and signs that it never saw.
UNSEEN: Final[dict[str, Shapes]] = {
    "rain": (FINGERS, ("index", "middle", "ring")), "snip": (("index", "middle"), ("index",)),
}  # fmt: skip
LABELS: Final = (
    dict.fromkeys(STILL, "hand still")
    | dict.fromkeys(MOVING, "other sign")
    | {"arms_level": "arms wide", "stand": "rest"}
)  # fmt: skip
SHAPES: Final = STILL | MOVING | UNSEEN | {TAUGHT: SEQUENCES[TAUGHT]}
FPS: Final = 7.5
SECONDS: Final = 4.0
PEOPLE: Final = (1, 2, 3, 4)
NOISE: Final = (1.2, 0.5)  # pixels, standard deviation of joints and of a hand's points where they are not looked for


@dataclass(frozen=True)
class Signer:
    """Somebody with a body, a view, a way of holding the arm, a tempo and fingers of their own (spreads: estimates)."""

    view: View
    look: Look
    limbs: tuple[float, float, float]  # how long arms and hands are, how wide the shoulders, beside the drawn person's
    arm: tuple[float, float, float]  # degrees: upper arm, forearm, forward
    habit: NDArray[np.float64]  # degrees by which the arms are held otherwise where no hand is raised
    beat: float  # seconds from one shape to the next
    moves: float  # share of a beat in which the fingers move
    bent: NDArray[np.float64]  # (2, 5) how bent each finger is that is stretched, and that is bent
    drift: tuple[float, float]  # degrees, radians a second: the arm is not quite still
    side: str

    @classmethod
    def of(cls, seed: int) -> Signer:
        """The signer of this number."""
        rng = np.random.default_rng([77, seed])
        view = View(tall=float(rng.uniform(0.62, 0.85)), middle=float(rng.uniform(0.4, 0.6)))
        habit, limbs = rng.normal(0, 5, 4), (rng.uniform(0.9, 1.12), rng.uniform(0.88, 1.12), rng.uniform(0.92, 1.1))
        arm = 70 + rng.normal(0, 10), 165 + rng.normal(0, 7), 12 + rng.normal(0, 5)
        beat, moves = rng.uniform(0.42, 0.8), rng.uniform(0.35, 0.75)
        bent = np.stack([rng.uniform(0, 0.18, 5), rng.uniform(0.78, 1.0, 5)])
        drift, side = (rng.uniform(1, 5), rng.uniform(0.6, 2.2)), SIDES[0 if rng.random() < 0.3 else 1]
        red, green, blue = (int(each) for each in np.array(Look().skin) * rng.uniform(0.75, 1.05))
        return cls(view, Look(skin=(red, green, blue)), limbs, arm, habit, beat, moves, bent, drift, side)

    def fingers(self, shapes: Shapes, t: float) -> tuple[float, ...]:
        """How bent each finger is `t` seconds into these shapes."""
        share = min((t / self.beat % 1.0) / self.moves, 1.0)
        here, there = (np.array(curl(shapes[(int(t / self.beat) + step) % len(shapes)])) for step in (0, 1))
        bent = here + (there - here) * (share * share * (3.0 - 2.0 * share))
        return tuple(float(each) for each in self.bent[0] + (self.bent[1] - self.bent[0]) * bent)

    def pose(self, what: str, t: float) -> Pose:
        """How they stand at `t` seconds."""
        if what not in SHAPES:
            now, habit = Script((Step(what, 0.1, 19.9),)).pose_at(t), self.habit
            return replace(now, left_upper=now.left_upper + habit[0], left_fore=now.left_fore + habit[1],
                           right_upper=now.right_upper + habit[2], right_fore=now.right_fore + habit[3])  # fmt: skip
        drift = self.drift[0] * np.sin(self.drift[1] * t)
        held = {"upper": self.arm[0] + drift / 2, "fore": self.arm[1] + drift, "forward": self.arm[2]}
        held["curl"] = self.fingers(SHAPES[what], t)
        return replace(
            Script((Step("stand", 0.1, 19.9),)).pose_at(t), **{f"{self.side}_{k}": v for k, v in held.items()}
        )

    def posture(self, what: str, t: float) -> Posture:
        """The body in that pose."""
        pose, (long, large, wide) = self.pose(what, t), self.limbs
        whole = solve(pose)
        joints = dict(whole.joints)
        hands: dict[str, bodies.Hand] = {}
        middle = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
        for side in SIDES:
            shoulder, elbow, wrist = (whole.joints[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist"))
            hand = whole.hands[side]
            joints[f"{side}_shoulder"] = begin = middle + (shoulder - middle) * wide
            joints[f"{side}_elbow"] = bend = begin + (elbow - shoulder) * long
            joints[f"{side}_wrist"] = end = bend + (wrist - elbow) * long
            hands[side] = bodies.Hand(end, end + (hand.tip - hand.wrist) * large, hand.across, hand.curl)
        return Posture(Body(joints, hands, whole.head, whole.head_angle, whole.chest, whole.axes), pose.look)


def _as_drawn(signer: Signer, film: Iterator[tuple[float, Posture]], rng: np.random.Generator) -> list[Keypoints]:
    made, view = [], signer.view
    for t, (body, look) in film:
        xy = truth(body, view, look) + rng.normal(0, NOISE[0], (33, 2))
        hands = tuple(
            Hand(side, (at + rng.normal(0, NOISE[1], at.shape)).astype(np.float32), shape, 1.0, t)
            for side, (at, shape) in true_hands(body, view).items()
        )
        score = np.full(33, 0.95, np.float32)
        made.append(Keypoints(xy.astype(np.float32), score, t, 0, (view.width, view.height), "truth", hands))
    return made


def _as_found(signer: Signer, film: Iterator[tuple[float, Posture]]) -> list[Keypoints]:
    eyes, avatar = BlazePoseEstimator(models.load(), models.ensure("hands")), Avatar(signer.look)
    pictures = (Frame(avatar.render(one, signer.view)[0], t, number) for number, (t, one) in enumerate(film))
    found = [one for one in map(eyes, pictures) if one is not None]
    eyes.close()
    return found


def record(seed: int, what: str, label: str, *, seen: bool, seconds: float = SECONDS, take: int = 0) -> Recording:
    """So many seconds of a sign, as drawn or as the models see it."""
    signer, rng = Signer.of(seed), np.random.default_rng([seed, take, *what.encode()])
    begin = rng.uniform(0, 10)
    film = ((number / FPS, signer.posture(what, begin + number / FPS)) for number in range(round(seconds * FPS) + 1))
    frames = _as_found(signer, film) if seen else _as_drawn(signer, film, rng)
    source = "found by the models in pictures drawn by the simulator" if seen else "drawn by the simulator"
    head = head_of(
        label, (signer.view.width, signer.view.height), person=f"p{seed:02d}", source=source, hands=True
    )  # fmt: skip
    name = f"{what.replace('_', '-')}-p{seed:02d}{'-seen' if seen else ''}"
    t = np.array([one.t for one in frames])
    return Recording(
        name, head, t - t[0], np.stack([one.xy for one in frames]), np.stack([one.score for one in frames]),
        hand_track.of(frames),
    )  # fmt: skip


def main(folder: Path, *, seen: bool = False) -> dataset.Dataset:
    """Write the data set anew; what the models have to find only where `seen`, which needs their weights."""
    about = dataset.About(
        name="signs", labels=list(dict.fromkeys(LABELS.values())), rate=12.0, hands=True, camera="drawn, no camera",
        note="Drawn signers, no real ones: four bodies by seed. Record your own classmates instead.",
    )  # fmt: skip
    for old in [folder / dataset.FILE, *folder.glob("recordings/*.jsonl")]:
        old.unlink(missing_ok=True)
    data = dataset.create(folder, about)
    for seed in PEOPLE:
        for number, (what, label) in enumerate(LABELS.items()):
            if (looked := (number + seed) % 2 == 0) <= seen:
                data.add(record(seed, what, label, seen=looked))
    return data


def taught(data: dataset.Dataset, sample: Recording) -> tuple[lesson.Outcome, Judge]:
    """A lesson of this one sample, measured on the golden set of the data set; and what judges after it."""
    quarantine = Quarantine(data.folder)
    for old in quarantine.notes():
        quarantine.forget(old.sample)
    note = Note(sample=sample_of(sample), label=TAUGHT, seat="human:owner#drawn")
    quarantine.add(sample, note)
    about = msgspec.structs.replace(data.about, labels=[*data.about.labels, TAUGHT])
    after = nearest(replace(data, about=about, extra=(quarantine.recording(note),)))
    return lesson.measure(data, None, [note]), after


def judged(judge: Judge, recordings: Sequence[Recording], label: str) -> Counter[str]:
    """How many windows there are, how many are said to be `label`, and how many clearly (the one label that it can be,
    nothing strange), or clearly something else."""
    found: Counter[str] = Counter()
    for one in recordings:
        windows = windows_of([one], [Piece(0)], [one.head.label], 12.0)
        for verdict in map(judge.judge, windows.points, windows.seen):
            right = max(verdict.p, key=verdict.p.__getitem__) == label
            clear = verdict.label is not None
            found.update({"windows": 1, "right": right, "clear": clear and right, "clearly wrong": clear and not right})
    return found


def measure(folder: Path, signers: Sequence[int]) -> None:
    """Say what a lesson by each of these signers is worth, as the models see them all: to themselves, to the others,
    and to the golden set."""
    data = dataset.load(Path(shutil.copytree(DATA, folder)))
    golden.move(data, golden.choose(data))
    takes = {
        (seed, what): record(seed, what, LABELS.get(what, "other sign"), seen=True)
        for seed in signers for what in SHAPES
    }  # fmt: skip
    groups = {"known signs that move": MOVING, "hands kept still": STILL, "signs never seen": UNSEEN}
    total: dict[str, Counter[str]] = {}

    def add(title: str, judge: Judge, seeds: Sequence[int], whats: Iterable[str], label: str = "") -> None:
        for what in whats:
            shown = [takes[seed, what] for seed in seeds]
            total.setdefault(title, Counter()).update(judged(judge, shown, label or shown[0].head.label))

    before = nearest(data)
    for name, whats in groups.items():
        add(f"before: {name}", before, signers, whats)
    for seed in signers:
        sample = record(seed, TAUGHT, TAUGHT, seen=True, take=1)
        outcome, after = taught(data, sample)
        print(
            f"taught by p{seed:02d}: golden",
            {one.label: (one.before, one.after, one.windows) for one in outcome.effects},
        )
        others = [one for one in signers if one != seed]
        add("the sign taught, by who taught it, another time", after, [seed], [TAUGHT], TAUGHT)
        add("the sign taught, by the others", after, others, [TAUGHT], TAUGHT)
        for name, whats in groups.items():
            add(f"after: {name}, by who taught", after, [seed], whats)
            add(f"after: {name}, by the others", after, others, whats)
    for title, counted in total.items():
        print(f"{title}: {dict(counted)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        with tempfile.TemporaryDirectory() as made:
            measure(Path(made) / "data", [int(seed) for seed in sys.argv[2:]])
    else:
        main(DATA, seen=True)
