"""Takes a Frame, gives the Keypoints of the person in front, from the pose model or from the avatar's own truth; and
their hands, where they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gongzhi import models
from gongzhi.errors import ModelError
from gongzhi.models.own import OwnModel
from gongzhi.models.own import load as load_own
from gongzhi.pose.hands import HandModels
from gongzhi.pose.mat import Mat
from gongzhi.pose.person_hands import PersonHands
from gongzhi.pose.single import SinglePose
from gongzhi.pose.tracker import BlazePose
from gongzhi.values import Frame, Keypoints

Origin = str
"""A model's name, or "truth"."""


class Estimator(Protocol):
    """What finds a person in a frame. One thread calls it, with frames in the order of their times."""

    @property
    def origin(self) -> Origin:
        """Who finds them, as it will stand in the keypoints."""
        ...

    @property
    def others(self) -> int:
        """How many people were seen besides the one in front, as of the last look around."""
        ...

    @property
    def fingers(self) -> bool:
        """Whether hands are looked for, too."""
        ...

    def prefer(self, mat: Mat | None) -> bool:
        """From now on prefer who stands on the mat; False where this knows no people beside the one that it gives."""
        ...

    def count(self, frame: Frame) -> int:
        """How many people are in the frame, at least; takes longer than to follow one."""
        ...

    def __call__(self, frame: Frame) -> Keypoints | None:
        """The person in front, with the frame's time, number and size; None when nobody is seen, or when it is not
        sure who of several is the one who was in front."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class BlazePoseEstimator:
    """Finds a real or a drawn person with BlazePose."""

    origin: Origin = "blazepose"

    def __init__(
        self, weights: Mapping[str, bytes], hands: Mapping[str, bytes] | None = None, threads: int | None = None
    ) -> None:
        """`weights` as `gongzhi.models.load` gives them, `hands` those of the model "hands" where hands are wanted.
        Raises ModelError when they cannot be run."""
        self._tracker = BlazePose(weights["detector"], weights["landmarks"], threads)
        self._hands = _hands(hands, threads)
        self.fingers = hands is not None

    @property
    def others(self) -> int:
        """How many people were seen besides the one in front; nothing else is kept of them."""
        return self._tracker.others

    def prefer(self, mat: Mat | None) -> bool:
        """Prefer who stands on the mat."""
        self._tracker.mat = mat
        return True

    def count(self, frame: Frame) -> int:
        """How many people are found in the frame and in parts of it."""
        return self._tracker.count(frame.image)

    def __call__(self, frame: Frame) -> Keypoints | None:
        """The person in front; None when nobody is seen or it is not sure who it is."""
        pose = self._tracker(frame.image, frame.t)
        return _person(frame, None if pose is None else (pose.xy, pose.score), self.origin, self._hands)

    def close(self) -> None:
        """Let go of the models."""
        self._tracker.close()
        if self._hands:
            self._hands.models.close()


class OwnEstimator:
    """Finds one person with a user's own model."""

    others = 0

    def __init__(self, own: OwnModel, hands: Mapping[str, bytes] | None = None, threads: int | None = None) -> None:
        """`hands` as for BlazePoseEstimator. Raises ModelError when one cannot be run."""
        self._pose = SinglePose(own, threads)
        self._hands = _hands(hands, threads)
        self.fingers = hands is not None

    @property
    def origin(self) -> Origin:
        """The model's name."""
        return self._pose.name

    def prefer(self, mat: Mat | None) -> bool:  # noqa: ARG002
        """It finds one person, wherever they stand."""
        return False

    def count(self, frame: Frame) -> int:  # noqa: ARG002
        """It knows of none but the one that it gives."""
        return 0

    def __call__(self, frame: Frame) -> Keypoints | None:
        """The person; None when nobody is seen."""
        return _person(frame, self._pose(frame.image, frame.t), self.origin, self._hands)

    def close(self) -> None:
        """Let go of the models."""
        self._pose.close()
        if self._hands:
            self._hands.models.close()


class TruthEstimator:
    """Gives the joints that the drawn person was drawn from; a frame of a real camera has none."""

    origin: Origin = "truth"
    others = 0  # drawn besides
    fingers = False  # a drawn hand is always seen

    def prefer(self, mat: Mat | None) -> bool:  # noqa: ARG002
        """There is one drawn person."""
        return False

    def count(self, frame: Frame) -> int:
        """How many are drawn."""
        return frame.drawn or 0

    def __call__(self, frame: Frame) -> Keypoints | None:
        """The frame's own truth."""
        self.others = max(0, (frame.drawn or 0) - (frame.truth is not None))
        return frame.truth

    def close(self) -> None:
        """Nothing to let go of."""


class Choice(NamedTuple):
    """An estimator, and why it is not the model where it is not: to be shown to the user, loudly."""

    estimator: Estimator
    reason: ModelError | None


def choose(
    *, synthetic: bool, hands: bool = False, own: Path | None = None,
    obtain: Callable[[str], Mapping[str, bytes]] = models.load,
) -> Choice:  # fmt: skip
    """The model where `obtain` gives its weights by its name, else the avatar's truth; `hands`: they are wanted, too.
    `own` describes another model for the body (`models.own`); then it is that one or a ConfigError or ModelError.

    `synthetic` says that the frames will carry truth; without it there is nothing to fall back to, and the
    ModelError of `obtain` (or of weights that cannot be run) is raised.
    """
    if own is not None:
        return Choice(OwnEstimator(load_own(own), obtain("hands") if hands else None), None)
    try:
        return Choice(BlazePoseEstimator(obtain("blazepose"), obtain("hands") if hands else None), None)
    except ModelError as error:
        if not synthetic:
            raise
        return Choice(TruthEstimator(), error)


def _hands(weights: Mapping[str, bytes] | None, threads: int | None) -> PersonHands | None:
    """What looks for hands with these weights of the model "hands"."""
    return None if weights is None else PersonHands(HandModels(weights["palms"], weights["landmarks"], threads))


def _person(
    frame: Frame, found: tuple[NDArray[np.float32], NDArray[np.float32]] | None, origin: Origin,
    hands: PersonHands | None,
) -> Keypoints | None:  # fmt: skip
    """The person whose points and scores were `found` in the frame, with the hands that `hands` sees."""
    height, width = frame.image.shape[:2]
    person = None if found is None else Keypoints(*found, frame.t, frame.seq, (width, height), origin)
    if hands is None:
        return person
    seen = hands(frame.image, person)  # also of nobody: it forgets them then
    return person and replace(person, hands=seen)
