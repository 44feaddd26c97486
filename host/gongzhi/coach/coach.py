"""Takes a person's keypoints frame by frame, gives which movement of a pack is being done, each repetition's score, and
one thing to say of it.

A library object: `see` is pure but for what it remembers, knows no camera and no clock of its own. docs/wuqinxi.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from gongzhi.coach.body import Array, Calibration, Mask, Neutral, numbers, pick
from gongzhi.coach.bounds import ANEW, Reach, Rounds, State, within
from gongzhi.coach.events import Doubt, Event, Guess, Notice, Other, Repetition
from gongzhi.coach.feedback import Feedback
from gongzhi.coach.follow import Done, Follower
from gongzhi.coach.held import SURE, Held
from gongzhi.coach.known import Known, known
from gongzhi.coach.likeness import another
from gongzhi.coach.limits import Limits
from gongzhi.coach.moment import Moment, by_any, elsewhere, measured_by
from gongzhi.coach.outcomes import DOUBTFUL, OUTCOMES, RESTS
from gongzhi.coach.patterns import RATE
from gongzhi.coach.safety import Safety
from gongzhi.coach.score import Aligned, align, distance, one_leg, score
from gongzhi.coach.taught import recording_of
from gongzhi.learn.course import Side
from gongzhi.learn.pack import Pack
from gongzhi.learn.recording import Recording
from gongzhi.values import Action, Keypoints

MAYBE: Final = 0.15  # the least probability of a form that could be meant
MOST: Final = 2  # forms that a person is asked to choose from
LOST: Final = 1.0  # seconds without a person after which what was done before says nothing
GAP: Final = 0.5  # seconds between two frames over which the numbers are taken to change evenly
_KEPT: Final = 60.0  # seconds of numbers that are kept for the score
WELL: Final = 75.0  # points from which a repetition was done well
AGAIN: Final = 55.0  # points below which it is worth doing again
_READ: Final = 4.0  # seconds for which what was said of a repetition stands before a rest is spoken of


class Coach:
    """Watches one person. One thread calls `see`, with frames in the order of their times; any frame rate will do."""

    go: bool = False
    """Whether an adult has said yes to the next round, where the limits ask for it; may be set from any thread."""

    def __init__(
        self, pack: Pack, *, legs: bool = True, limits: Limits | None = None, taught: Sequence[Recording] = ()
    ) -> None:
        """`legs=False` for somebody who sits or holds on to something: nothing below the hips is looked at. `limits`
        are an adult's; `taught` is what people have said that repetitions were. Raises DataError for a pack, or
        recordings, that cannot be measured, or in which nothing moves."""
        self.limits = limits or Limits()
        self.pack = within(pack, self.limits)
        self._legs = legs
        self.model = pack.name  # and its version, for the record of what is decided
        self._whole_pack, self._coming = pack, None
        self._know(known(pack, self.limits, taught))
        self._feedback = Feedback()
        self._anew(None)

    _coming: Known | None

    def learnt(self, taught: Sequence[Recording], version: str) -> Callable[[], None]:
        """Get ready to go by these recordings, too, as `version`, which takes a moment: what is returned makes it so
        from the next frame on. May be called from any thread. Raises DataError."""
        ready = known(self._whole_pack, self.limits, taught)

        def begin() -> None:
            self._coming = ready
            self.call(version)

        return begin

    def call(self, version: str) -> None:
        """What it says is this version's from now on."""
        self.model = f"{self.pack.name}@{version}"

    def _know(self, known: Known) -> None:
        self._known, self._follower = known, Follower(known.patterns, known.still)

    def _anew(self, t: float | None) -> None:
        self._calibration, self._safety = Calibration(), Safety()
        self._follower.restart()
        self._feedback.clear()
        self._track: deque[Moment] = deque(maxlen=round(_KEPT * RATE))
        self._origin: float | None = None  # the time of the follower's first step
        self._last: tuple[float, Moment] | None = None
        self._neutral: Neutral | None = None
        self._t, self._gone = t, False
        self._rounds, self._reach = Rounds(self.limits), Reach(self.limits)
        self._told: State = "round"  # of what the person knows that it is so …
        self._since = 0.0  # … and since when
        self._said = -np.inf  # when something was said of a repetition
        self._someone = t  # when somebody was seen last
        self._held = Held(self.pack.names, rests=bool(self.limits.repetitions))
        self._size = (0, 0)  # of the picture
        self.guess: Guess | None = None

    guess: Guess | None
    """What is being done, at the last frame with a person; None when nobody is there."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all actions: the forms, then OUTCOMES, held for 1.5 s after a repetition; with a limit of
        repetitions RESTS, too."""
        return (*self.pack.names, *OUTCOMES, *(RESTS if self.limits.repetitions else ()))

    @property
    def calibrated(self) -> bool:
        """Whether the person has stood still, so that repetitions can be scored."""
        return self._calibration.neutral is not None

    def see(self, keypoints: Keypoints | None, t: float) -> tuple[tuple[Action, ...], tuple[Event, ...]]:
        """The actions of the frame captured at `t` (seconds), one for each of `names`, and what has happened.

        A time before the last one begins anew. After a second without a person nothing is guessed and the course goes
        on from wherever the person is found again.
        """
        if self._t is not None and t < self._t:
            self._anew(None)
        if self._coming is not None:
            self._know(self._coming)
            self._coming = None
            self._track.clear()
            self._last = self._origin = None
        self._t = t
        events: list[Event] = []
        joints, seen = pick(keypoints) if keypoints is not None else (np.zeros((15, 2)), np.zeros(15, np.bool_))
        if self._safety.take(joints, seen, t, self._calibration.neutral):
            events.append(Notice("stumble"))
            self._feedback.mute(t)
        self._pause(t, events)
        self._size = keypoints.size if keypoints is not None else self._size
        if keypoints is not None and seen[[1, 2]].all():
            self._take(joints, seen, t, events)
        elif self._last is not None and t - self._last[0] > LOST:
            self._lose(events)
        said = self._feedback.due(t, steady=self._steady())
        self._said = t if said else self._said
        actions = self._held.actions(self.guess, t, self._told, self._since, self.model)
        return actions, (*events, *said)

    def end(self) -> tuple[Event, ...]:
        """Nothing more will be seen: what was over by then, though nothing has followed that would have settled it."""
        events: list[Event] = []
        self._finish(events)
        return tuple(events)

    def _finish(self, events: list[Event]) -> None:
        if self._t is None or self._origin is None:
            return
        self._report(self._follower.over(last=True), self._t, events)
        events += self._feedback.now()

    def _pause(self, t: float, events: list[Event]) -> None:
        """Begin the next round when it may, and speak of a rest once there is nothing else to be said."""
        if self._someone is not None and t - self._someone >= ANEW:
            self._rounds, self._told = Rounds(self.limits), "round"  # whoever comes next has not done anything yet
        if self._rounds.look(t, go=self.go):
            self._follower.restart()
            self._track.clear()
            self._origin = None
        state = self._rounds.state
        if state != self._told and not self._feedback.waiting and t - self._said >= _READ:
            self._told, self._since = state, t
            events.append(Notice(state))

    def _lose(self, events: list[Event]) -> None:
        if not self._gone:
            events.append(Notice("lost"))
        self._finish(events)
        self._follower.restart()
        self._track.clear()
        self._feedback.clear()
        self._last = self._origin = self.guess = None
        self._gone = True

    def _take(self, joints: Array, seen: Mask, t: float, events: list[Event]) -> None:
        neutral = self._calibration.take(joints, seen, t)
        measure = self._calibration.neutral
        if measure is not None and (self._neutral is None or elsewhere(measure, self._neutral)):
            self._neutral = measure
            events.append(Notice("calibrated"))
        self._someone = t
        if neutral is None:
            return
        if self._gone:
            self._gone = False
            events.append(Notice("back"))
        if self._rounds.state != "round":
            self.guess = self._last = None
            return
        x, known = numbers(joints[None], seen[None], neutral)
        if not self._legs:
            known[:, -7:] = False
        self._resample(t, Moment(x[0], known[0], measure, joints, seen))
        self._guess(t)
        if self.calibrated:
            events += [Notice(each) for each in self._reach.step(x[0], known[0], t)]
        self._report(self._follower.over(), t, events)

    def _report(self, over: list[Done], t: float, events: list[Event]) -> None:
        for done in over:
            if self._rounds.state == "round":
                self._over(done, t, events)

    def _resample(self, t: float, now: Moment) -> None:
        """Steps at RATE between the last frame and this one, linear where both know a number."""
        if self._last is None or self._origin is None:
            self._origin = t
            self._step(now)
        else:
            began, before = self._last
            while (due := self._origin + self._follower.steps / RATE) <= t + 1e-6:
                share = (due - began) / (t - began) if t > began else 1.0
                self._step(before.to(now, share, near=t - began <= GAP))
        self._last = t, now

    def _step(self, moment: Moment) -> None:
        self._follower.step(moment.x, moment.known)
        self._track.append(moment)

    def _guess(self, t: float) -> None:
        p, still, strange = self._follower.now()
        ranked = sorted(p, key=lambda name: -p[name])
        best = ranked[0]
        side, share, _ = self._follower.where(best)
        likely = tuple(name for name in ranked[:MOST] if p[name] >= MAYBE)
        sure = p[best] >= SURE.enter
        options = likely if not sure and len(likely) > 1 and sum(p[name] for name in likely) >= SURE.enter else ()
        self.guess = Guess(t, best if sure and best in self.pack.names else "", p, side, share, options, still, strange)

    def _over(self, done: Done, t: float, events: list[Event]) -> None:
        assert self._origin is not None
        first = self._follower.steps - len(self._track)  # the step of the oldest kept numbers
        rows = list(self._track)[max(0, round(done.start * RATE) - first) : max(0, round(done.stop * RATE) - first)]
        start, stop = self._origin + done.start, self._origin + done.stop
        stand = self._calibration.stand
        shown = recording_of(stand, rows, self._size) if stand is not None and len(rows) > RATE else None
        if done.form not in self.pack.names:
            events.append(Other(done.form, start, stop, shown))
            return
        form = self.pack.form(done.form)
        result, side = None, done.side
        if len(rows) > RATE:
            measured = measured_by(self._neutral, rows, legs=self._legs)
            best = self._beside(done, *(measured or by_any(rows)), measured=measured is not None)
            side = best.pattern.side
            ways = self._known.ways[done.form, side]
            others = (align(each, best.x, best.known) for each in ways if each is not best.pattern)
            if another([best, *others]):
                events.append(Doubt(done.form, side, start, stop, shown))
                self._held.outcome(DOUBTFUL, t, float(np.exp(-done.cost)), done.form)
                return
            if measured is not None and form.checks:
                result = score(form, best)
        number = 1 if form.boundary else self._rounds.count + 1
        events.append(Repetition(done.form, side, start, stop, result, number, shown))
        if form.boundary:
            return
        self._rounds.done(t)
        names = ["repetition"]
        if result is not None and result.total is not None:
            names += ["well_done"] * (result.total >= WELL) + ["once_more"] * (result.total < AGAIN)
            self._feedback.repetition(form, result, t, number if self.limits.repetitions else 0)
        for name in names:
            self._held.outcome(name, t, float(np.exp(-done.cost)))

    def _beside(self, done: Done, x: Array, known: Mask, *, measured: bool) -> Aligned:
        """A repetition beside the pattern that it is scored by, of the side to which it was done: where the person is
        `measured`, all numbers have their say in that."""
        sides: tuple[Side, ...] = ("left", "right") if done.side and measured else (done.side,)
        return min((align(self._known.scored[done.form, side], x, known) for side in sides), key=distance)

    def _steady(self) -> bool:
        """Nobody is spoken to while on one leg, or where that cannot be told."""
        return bool(self._track) and not one_leg(self._track[-1].x, self._track[-1].known)
