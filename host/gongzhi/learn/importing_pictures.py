"""Takes a video, or the pictures of one class, gives what the pose model sees in them to a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from gongzhi.camera.pictures import load
from gongzhi.camera.recorded import Video
from gongzhi.learn import hand_track
from gongzhi.learn.dataset import Dataset
from gongzhi.learn.formats import Frames, UnfitError
from gongzhi.learn.importing_report import PICTURES, VIDEO, Options, Report, add, guarded, number_of
from gongzhi.learn.recording import MOST_FRAMES, Recording, head_of
from gongzhi.stages.estimate import Estimator
from gongzhi.text import N_
from gongzhi.values import Frame

_LOOKS: Final = 7  # at one picture, where hands are wanted: both sides at three sizes, after the person is found


def _need(estimator: Callable[[], Estimator] | None) -> Estimator:
    if estimator is None:
        raise UnfitError(N_("pictures and videos need the pose model, which is not here"))
    return estimator()


def video(
    path: Path, label: str, target: Dataset, options: Options, make: Callable[[], Estimator] | None, report: Report
) -> None:
    estimator, frames = _need(make), Video(path, say=lambda _: None)
    times, found, size = [], [], options.size
    try:
        for seq, (t, image) in enumerate(frames):
            report.tell(path, min(seq / frames.length, 1.0) if frames.length else 0.0)
            size = image.shape[1], image.shape[0]
            keypoints = estimator(Frame(image, t, seq))
            if keypoints is None:
                report.dropped += 1
            else:
                times.append(t)
                found.append(keypoints)
            if seq >= MOST_FRAMES:
                raise UnfitError(N_("it is too large"))
    finally:
        frames.close()
        estimator.close()
    if not found:
        raise UnfitError(N_("nobody was found in it"))
    with_hands = target.about.hands
    head = head_of(label, size, person=options.person, source=f"video: {path.name}"[:200], hands=with_hands)
    xy, score = np.stack([each.xy for each in found]), np.stack([each.score for each in found])
    hands = hand_track.of(found) if with_hands else None
    target.add(Recording(path.stem, head, np.array(times), xy, score, hands))
    report.taken.append((path.name, label, len(found), VIDEO))
    report.assumed.add("person")


def pictures(
    paths: list[Path],
    label: str,
    target: Dataset,
    options: Options,
    make: Callable[[], Estimator] | None,
    report: Report,
) -> None:
    """A folder of pictures of one class: each a pose of its own, found anew."""
    found: list[Frames] = []
    for path in sorted(paths, key=number_of):

        def one(path: Path = path) -> None:
            estimator = _need(make)
            try:
                image = load(path)
                # Hands are searched for one after the other, four times a second (person_hands.py).
                for look in range(_LOOKS if target.about.hands else 1):
                    keypoints = estimator(Frame(image, look / 4, look))
            finally:
                estimator.close()
            if keypoints is None:
                raise UnfitError(N_("nobody was found in it"))
            hands = hand_track.of([keypoints]) if target.about.hands else None
            frame = keypoints.xy[None], keypoints.score[None], keypoints.size
            found.append(Frames(*frame, PICTURES, hands=hands))

        report.tell(path)
        guarded(report, path, one)
        report.done += 1
    if found:
        add(target, f"{label}-pictures" if label.isascii() else "pictures", label, found, True, options, report)
