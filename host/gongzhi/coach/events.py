"""Takes nothing, gives what a coach tells: what is being done now, and what has happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gongzhi.coach.bounds import State
from gongzhi.coach.feedback import Say
from gongzhi.coach.score import Score
from gongzhi.learn.course import Side
from gongzhi.learn.recording import Recording


@dataclass(frozen=True, slots=True)
class Repetition:
    """A repetition is over: of which form, to which side, when (seconds, capture time), and its score, None before
    the person has stood still once, and for a form without checks; the how manieth of its round it is; and what was
    `shown` of it, to teach with, once the person was measured."""

    form: str
    side: Side
    start: float
    stop: float
    score: Score | None
    number: int = 1
    shown: Recording | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the person: "calibrated" (the measure is known now, or anew), "lost", "back", "stumble"; of an
    adult's limits: "rest", "ready", "round" (the next one begins), "enough", and what goes too far, "hands", "knees",
    "lean"."""

    what: Literal["calibrated", "lost", "back", "stumble", "hands", "knees", "lean"] | State


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something is over that looked like `form` most of the time, and whose arms went another way: it is not counted,
    and whoever is there may say what it was."""

    form: str
    side: Side
    start: float
    stop: float
    shown: Recording | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Other:
    """What somebody has taught by the name of `form`, which is no form of the pack, was done: it is not counted."""

    form: str
    start: float
    stop: float
    shown: Recording | None = field(default=None, compare=False, repr=False)


Over = Repetition | Doubt | Other
Event = Over | Notice | Say


@dataclass(frozen=True, slots=True)
class Guess:
    """What is being done at `t`: `form` ("" where not sure), `p` of every form, `side` and `share` (0..1) of the
    best one, `options` where two could be meant, `still` and `strange` the probabilities of standing or passing over,
    and of something that the pack does not have."""

    t: float
    form: str
    p: dict[str, float]
    side: Side
    share: float
    options: tuple[str, ...]
    still: float
    strange: float
