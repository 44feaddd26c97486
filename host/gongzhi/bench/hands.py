"""Takes nothing, gives the times of following two hands and searching for them, beside the bare model and a peer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gongzhi import models
from gongzhi.bench import pose_peer
from gongzhi.bench.pose import there_and_back
from gongzhi.errors import ModelError
from gongzhi.pose.hand import HandLandmarks
from gongzhi.pose.hands import HandModels, Hands
from gongzhi.pose.roi import whole
from gongzhi.seen import FINGERS
from gongzhi.sim.avatar import Avatar, View
from gongzhi.sim.poses import Pose, blend, curl
from gongzhi.text import N_

_RATE: Final = 30.0  # frames a second
_FRAMES: Final = 36
_WARM: Final = 20
_ROUNDS: Final = 360
_NEAR: Final = View(tall=1.5, ground=1.5)  # the upper half of a person: hands of about 65 pixels
_TALL: Final = (1.0, 1.25, 1.75)
_SIGNS: Final = ((), FINGERS, ("index",), ("index", "middle"), ("thumb", "pinky"), FINGERS[1:])

Image = NDArray[np.uint8]


class MediaPipeHands:
    """MediaPipe's Hands solution, with its own defaults, as a peer."""

    def __init__(self) -> None:
        """Raises ModelError where it cannot be imported."""
        self.name, self._hands = pose_peer.solution("hands", "Hands")

    def begin(self, *, still: bool) -> tuple[pose_peer.Find, Callable[[], None]]:
        """A fresh graph; it gives a list of (21, 2) landmarks in pixels."""
        hands = self._hands(static_image_mode=still)

        def find(image: Image) -> list[NDArray[np.float32]]:
            height, width = image.shape[:2]
            found = hands.process(image).multi_hand_landmarks or []
            return [np.array([(p.x * width, p.y * height) for p in one.landmark], np.float32) for one in found]

        return find, hands.close


class HandTally(pose_peer.Tally):
    """What both made of the same pictures: the same found where each found as many hands."""

    def judge(self, ours: list[HandLandmarks], theirs: list[NDArray[np.float32]]) -> None:
        """One more picture."""
        self.pictures += 1
        self.same += len(ours) == len(theirs)
        if ours and theirs:
            for one in ours if len(ours) <= len(theirs) else theirs:
                points = one.points if isinstance(one, HandLandmarks) else one
                others = theirs if len(ours) <= len(theirs) else [each.points for each in ours]
                self.apart.append(min(float(np.linalg.norm(points - each, axis=1).mean()) for each in others))


def run(
    obtain: Callable[[], Mapping[str, bytes]] = lambda: models.ensure("hands"),
    peer: str | None = None, photos: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Milliseconds: `track` from picture to landmarks of two followed hands, `search` for palms in a whole picture,
    `invoke` the bare landmark model, once; `ratio` is the median of track over twice that of invoke.

    `peer` names another program that is given the same frames, then drawn hands or those in the folder `photos`: see
    `pose_peer.compare` for its figures. Raises ModelError when there are no weights or no such peer, or when a hand,
    which nothing hides, is lost: a time would then mean nothing. Raises CameraError when there are no photos.
    """
    beside, stills = pose_peer.invite(peer, MediaPipeHands, photos, _stills)
    weights = obtain()
    hands = Hands(HandModels(weights["palms"], weights["landmarks"]))
    times: dict[str, list[float]] = {"track": [], "invoke": [], "search": []}
    film = _film()
    try:
        for number, image in zip(range(_WARM + _ROUNDS), there_and_back(film), strict=False):
            start = perf_counter()
            found = hands(image, number / _RATE)
            tracked = perf_counter()
            hands.models.landmarker.invoke()
            invoked = perf_counter()
            if number >= _WARM:
                _check(len(found) == 2)
                times["track"].append(tracked - start)
                times["invoke"].append(invoked - tracked)
        for image in film:
            start = perf_counter()
            _check(bool(hands.models.palms(image, whole(image))))
            times["search"].append(perf_counter() - start)
        frames = itertools.islice(there_and_back(film), _WARM + _ROUNDS)
        compared = {} if beside is None else {
            "peer": pose_peer.compare(beside, hands, frames, stills, warm=_WARM, tally=HandTally)
        }  # fmt: skip
    finally:
        hands.models.close()
    figures = pose_peer.medians(times)
    return {
        **figures,
        "track_ms_p95": round(1e3 * float(np.percentile(times["track"], 95)), 3),
        "ratio": round(figures["track_ms_p50"] / (2 * figures["invoke_ms_p50"]), 3),
        **compared,
    }


def _raised(up: tuple[str, ...], lean: float = 0.0) -> Pose:
    """Both hands held up beside the head, with these fingers stretched."""
    bent = curl(up)
    return replace(
        Pose(lean=lean, left_curl=bent, right_curl=bent),
        left_upper=40.0, left_fore=160.0, left_forward=14.0, right_upper=40.0, right_fore=160.0, right_forward=14.0,
    )  # fmt: skip


def _film() -> list[Image]:
    """Both hands of the drawn person opening and swaying a little, 640×480, one picture per frame."""
    avatar, one, other = Avatar(), _raised(("index", "middle")), _raised(FINGERS, 6.0)
    return [avatar.render(blend(one, other, number / (_FRAMES - 1)), _NEAR)[0] for number in range(_FRAMES)]


def _stills() -> list[Image]:
    """The drawn person's hands in several signs and sizes and in the dark; and pictures of nobody."""
    avatar, noise = Avatar(), np.random.default_rng(0)
    views = [View(tall=tall, ground=tall) for tall in _TALL] + [replace(_NEAR, light=0.4)]
    people = [avatar.render(_raised(up), view)[0] for up in _SIGNS for view in views]
    empty = [np.full((480, 640, 3), level, np.uint8) for level in (0, 128, 255)]
    return [*people, *empty, noise.integers(0, 256, (480, 640, 3), np.uint8)]


def _check(found: bool) -> None:
    if not found:
        raise ModelError(
            N_("The hand model lost a drawn hand: these times would mean nothing."), N_("Install Gongzhi again.")
        )
