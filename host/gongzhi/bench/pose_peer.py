"""Takes the pose model's tracker and another program's, gives how their times and landmarks compare on the same frames.

The other program is MediaPipe's Pose solution (`mediapipe.solutions.pose`, model_complexity 1, which runs the same two
models). It is no dependency of Gongzhi: it is imported here alone, where somebody has installed it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gongzhi.camera.recorded import Folder
from gongzhi.errors import ModelError
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.poses import POSES
from gongzhi.text import N_

NAMES: Final = ("mediapipe",)
RATE: Final = 30.0  # frames a second: solution_base.SolutionBase counts 33,333 µs for each picture that it is given
_TALL: Final = (0.75, 0.5, 0.4, 0.3)  # shares of the picture's height: the last is too small for the models
_LIGHT: Final = (0.5, 0.25, 0.05)

Image = NDArray[np.uint8]
Find = Callable[[Image], Any]


class Peer(Protocol):
    """Another program that finds what we find."""

    name: str

    def begin(self, *, still: bool) -> tuple[Find, Callable[[], None]]:
        """What takes an RGB picture and gives what a Tally can judge (of a person landmarks (33, 2) float32 in its
        pixels, or None), and what ends it; `still`: each picture for itself, not one after the other."""
        ...


class Ours(Protocol):
    """Our own program."""

    def reset(self) -> None:
        """Forget what is followed."""
        ...

    def __call__(self, image: Image, t: float) -> Any:
        """What is seen in `image` at `t` seconds."""
        ...


def invite(
    peer: str | None, make: Callable[[], Peer], photos: Path | None, drawn: Callable[[], list[Image]]
) -> tuple[Peer | None, list[Image]]:
    """The peer of this name and the pictures that both look at each for itself: those in the folder `photos`, else what
    is `drawn`; without a name none. Raises ModelError where there is no such peer, CameraError without photos."""
    if peer is None:
        return None, []
    if peer not in NAMES:
        raise ModelError(
            N_("There is no way to compare with “{name}”."), N_("Possible: {known}."),
            name=peer, known=", ".join(NAMES),
        )  # fmt: skip
    return make(), drawn() if photos is None else [one for _, one in Folder(photos)]


def medians(times: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Of seconds under their names, in milliseconds."""
    return {f"{name}_ms_p50": round(1e3 * float(np.median(seconds)), 3) for name, seconds in times.items()}


def solution(module: str, name: str) -> tuple[str, Any]:
    """MediaPipe's name and version, and its class `name`. Raises ModelError where it cannot be imported."""
    try:
        version = importlib.import_module("mediapipe").__version__
        return f"mediapipe {version}", getattr(importlib.import_module(f"mediapipe.python.solutions.{module}"), name)
    except Exception as error:  # its imports run much foreign code, which fails in many ways
        raise ModelError(
            N_("{name} is not here to be compared with: {why}"),
            N_("Install it beside Gongzhi, in a copy of its environment: pip install mediapipe==0.10.18"),
            name="mediapipe", why=error,
        ) from error  # fmt: skip


class MediaPipe:
    """MediaPipe's Pose solution as a peer."""

    def __init__(self) -> None:
        """Raises ModelError where it cannot be imported."""
        self.name, self._pose = solution("pose", "Pose")

    def begin(self, *, still: bool) -> tuple[Find, Callable[[], None]]:
        """A fresh graph, with its own defaults."""
        pose = self._pose(static_image_mode=still, model_complexity=1)

        def find(image: Image) -> NDArray[np.float32] | None:
            landmarks = pose.process(image).pose_landmarks
            if landmarks is None:
                return None
            height, width = image.shape[:2]
            return np.array([(p.x * width, p.y * height) for p in landmarks.landmark], np.float32)

        return find, pose.close


@dataclass(slots=True)
class Tally:
    """What two programs made of the same pictures; times in seconds, by the clock and of all cores together (`cpu`),
    distances in pixels."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    ours_cpu: list[float] = field(default_factory=list)
    theirs_cpu: list[float] = field(default_factory=list)
    apart: list[float] = field(default_factory=list)
    same: int = 0
    pictures: int = 0

    def judge(self, ours: Any, theirs: Any) -> None:
        """One more picture: what each has found in it, a person or None."""
        self.pictures += 1
        self.same += (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            self.apart.append(float(np.linalg.norm(ours.xy - theirs, axis=1).mean()))

    @property
    def figures(self) -> dict[str, float | None]:
        """Pictures looked at, on how many both found somebody or both nobody, the mean distance of their landmarks."""
        mean = round(float(np.mean(self.apart)), 3) if self.apart else None
        return {"pictures": self.pictures, "same_found": round(self.same / max(self.pictures, 1), 4), "mean_px": mean}


def compare(
    peer: Peer, ours: Ours, film: Iterable[Image], stills: Sequence[Image], *, warm: int,
    tally: Callable[[], Tally] = Tally,
) -> dict[str, Any]:  # fmt: skip
    """Our tracker beside `peer`: following through `film`, and `stills` each for itself.

    `time_ratio` is the median time of following, ours over theirs, each on the same frame one after the other. In both
    the whole way from picture to landmarks is timed, but in the first `warm` frames. `cpu_ratio` is the same of what
    both took of all cores: so much it is where other work leaves them one core only. Raises ModelError where the film
    was not long enough for a time, or one of the two followed nobody.
    """
    followed, alone = follow(peer, ours, film, warm, tally()), each(peer, ours, stills, tally())
    if not (followed.apart and followed.ours):
        raise ModelError(
            N_("The pose model lost the drawn person: these times would mean nothing."), N_("Install Gongzhi again.")
        )
    mine, theirs, mine_cpu, theirs_cpu = (
        float(np.median(one)) for one in (followed.ours, followed.theirs, followed.ours_cpu, followed.theirs_cpu)
    )
    return {
        "name": peer.name,
        "track_ms_p50": round(1e3 * theirs, 3),
        "ours_ms_p50": round(1e3 * mine, 3),
        "time_ratio": round(mine / theirs, 3),
        "cpu_ratio": round(mine_cpu / max(theirs_cpu, 1e-9), 3),
        "film": followed.figures,
        "stills": alone.figures,
    }


def follow(peer: Peer, ours: Ours, film: Iterable[Image], warm: int, tally: Tally) -> Tally:
    """Both follow through the frames of `film`, `RATE` a second; the first `warm` are not timed."""
    ours.reset()
    find, end = peer.begin(still=False)
    try:
        for number, image in enumerate(film):
            start, cpu_start = perf_counter(), process_time()
            mine = ours(image, number / RATE)
            between, cpu_between = perf_counter(), process_time()
            theirs = find(image)
            stop, cpu_stop = perf_counter(), process_time()
            tally.judge(mine, theirs)
            if number >= warm:
                tally.ours.append(between - start)
                tally.theirs.append(stop - between)
                tally.ours_cpu.append(cpu_between - cpu_start)
                tally.theirs_cpu.append(cpu_stop - cpu_between)
    finally:
        end()
    return tally


def each(peer: Peer, ours: Ours, pictures: Sequence[Image], tally: Tally) -> Tally:
    """Both look at each picture for itself."""
    find, end = peer.begin(still=True)
    try:
        for image in pictures:
            ours.reset()
            tally.judge(ours(image, 0.0), find(image))
    finally:
        end()
    return tally


def stills() -> list[Image]:
    """The drawn person in every pose, smaller, darker; and pictures of nobody."""
    avatar, noise = Avatar(), np.random.default_rng(0)
    views = [*(View(tall=tall) for tall in _TALL), *(View(light=light) for light in _LIGHT)]
    people = [avatar.render(pose, view)[0] for pose in POSES.values() for view in views]
    empty = [np.full((480, 640, 3), level, np.uint8) for level in (0, 128, 255)]
    return [*people, *empty, noise.integers(0, 256, (480, 640, 3), np.uint8)]
