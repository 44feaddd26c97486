"""Takes a Frame, gives the Keypoints of the person in front, from the pose model or from the avatar's own truth; and
their hands, where they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple, Protocol

from gongzhi import models
from gongzhi.errors import ModelError
from gongzhi.pose.hands import HandModels
from gongzhi.pose.person_hands import PersonHands
from gongzhi.pose.tracker import BlazePose
from gongzhi.values import Frame, Keypoints

Origin = Literal["blazepose", "truth"]


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
        self._hands = hands and PersonHands(HandModels(hands["palms"], hands["landmarks"], threads))

    @property
    def others(self) -> int:
        """How many people were seen besides the one in front; nothing else is kept of them."""
        return self._tracker.others

    def __call__(self, frame: Frame) -> Keypoints | None:
        """The person in front; None when nobody is seen or it is not sure who it is."""
        pose, person = self._tracker(frame.image, frame.t), None
        if pose is not None:
            height, width = frame.image.shape[:2]
            person = Keypoints(pose.xy, pose.score, frame.t, frame.seq, (width, height), self.origin)
        if self._hands:
            hands = self._hands(frame.image, person)
            return person and replace(person, hands=hands)
        return person

    def close(self) -> None:
        """Let go of the models."""
        self._tracker.close()
        if self._hands:
            self._hands.models.close()


class TruthEstimator:
    """Gives the joints that the drawn person was drawn from; a frame of a real camera has none."""

    origin: Origin = "truth"
    others = 0

    def __call__(self, frame: Frame) -> Keypoints | None:
        """The frame's own truth."""
        return frame.truth

    def close(self) -> None:
        """Nothing to let go of."""


class Choice(NamedTuple):
    """An estimator, and why it is not the model where it is not: to be shown to the user, loudly."""

    estimator: Estimator
    reason: ModelError | None


def choose(
    *, synthetic: bool, hands: bool = False, obtain: Callable[[str], Mapping[str, bytes]] = models.load
) -> Choice:
    """The model where `obtain` gives its weights by its name, else the avatar's truth; `hands`: they are wanted, too.

    `synthetic` says that the frames will carry truth; without it there is nothing to fall back to, and the
    ModelError of `obtain` (or of weights that cannot be run) is raised.
    """
    try:
        return Choice(BlazePoseEstimator(obtain("blazepose"), obtain("hands") if hands else None), None)
    except ModelError as error:
        if not synthetic:
            raise
        return Choice(TruthEstimator(), error)
