"""Takes nothing, gives the times of following and finding a person, beside the bare model and another program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi import models
from gongzhi.bench import pose_peer
from gongzhi.errors import ModelError
from gongzhi.pose.tracker import BlazePose
from gongzhi.sim.avatar import Avatar
from gongzhi.sim.script import Script
from gongzhi.text import N_

_RATE: Final = 30.0  # frames a second
_START: Final = 2.4  # seconds into the avatar's exercise: the arms begin to rise
_FRAMES: Final = 36
_WARM: Final = 20  # rounds until caches, branch predictors and the interpreter's threads are warm
_ROUNDS: Final = 360


def run(
    obtain: Callable[[], Mapping[str, bytes]] = models.ensure, peer: str | None = None, photos: Path | None = None
) -> dict[str, Any]:
    """Milliseconds: `track` from picture to filtered landmarks of a followed person, `detect` the search in a whole
    picture, `invoke` the bare pruned landmark model; `ratio` is the median of track over that of invoke.

    Following and the bare model alternate one by one, so that a machine that speeds up or slows down does so for
    both; the search, whose model would push the other's weights out of the caches, comes after them.

    `peer` names another program that is given the same frames, then drawn pictures or those in the folder `photos`:
    see `pose_peer.compare` for its figures. Raises ModelError when there are no weights or no such peer, or when the
    person, whom nothing hides, is lost: a time would then mean nothing. Raises CameraError when there are no photos.
    """
    beside, stills = pose_peer.invite(peer, pose_peer.MediaPipe, photos, pose_peer.stills)
    weights = obtain()
    pose = BlazePose(weights["detector"], weights["landmarks"])
    times: dict[str, list[float]] = {"track": [], "detect": [], "invoke": []}
    pictures = _pictures()
    try:
        for number, image in zip(range(_WARM + _ROUNDS), there_and_back(pictures), strict=False):
            start = perf_counter()
            found = pose(image, number / _RATE)
            tracked = perf_counter()
            pose.landmarker.invoke()
            invoked = perf_counter()
            if number >= _WARM:
                _check(found is not None and found.tracked)
                times["track"].append(tracked - start)
                times["invoke"].append(invoked - tracked)
        for image in pictures:
            start = perf_counter()
            _check(bool(pose.detector(image)))
            times["detect"].append(perf_counter() - start)
        film = itertools.islice(there_and_back(pictures), _WARM + _ROUNDS)
        compared = {} if beside is None else {"peer": pose_peer.compare(beside, pose, film, stills, warm=_WARM)}
    finally:
        pose.close()
    figures = pose_peer.medians(times)
    return {
        "track_ms_p50": figures["track_ms_p50"],
        "track_ms_p95": round(1e3 * float(np.percentile(times["track"], 95)), 3),
        **figures,
        "ratio": round(figures["track_ms_p50"] / figures["invoke_ms_p50"], 3),
        **compared,
    }


def _pictures() -> list[NDArray[np.uint8]]:
    """The drawn person raising the arms, 640×480, one picture per frame."""
    avatar, script = Avatar(), Script()
    return [avatar.render(script.pose_at(_START + number / _RATE))[0] for number in range(_FRAMES)]


def there_and_back(pictures: list[NDArray[np.uint8]]) -> itertools.cycle[NDArray[np.uint8]]:
    """For ever, without a jump that would lose the person."""
    return itertools.cycle(pictures + pictures[-2:0:-1])


def _check(tracked: bool) -> None:
    if not tracked:
        raise ModelError(
            N_("The pose model lost the drawn person: these times would mean nothing."), N_("Install Gongzhi again.")
        )
