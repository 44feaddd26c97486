"""Takes a person's keypoints frame by frame, gives which movement of a pack is being done, each repetition's score, and
one thing to say of it.

A library object: `see` is pure but for what it remembers, knows no camera and no clock of its own. docs/wuqinxi.md.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal

import numpy as np

from gongzhi.coach.body import Array, Calibration, Mask, Neutral, numbers, pick
from gongzhi.coach.bounds import ANEW, Reach, Rounds, State, capped, within
from gongzhi.coach.events import Doubt, Event, Guess, Notice, Repetition
from gongzhi.coach.feedback import Feedback
from gongzhi.coach.follow import Done, Follower
from gongzhi.coach.likeness import UNLIKE, unlikeness
from gongzhi.coach.limits import Limits
from gongzhi.coach.moment import Moment
from gongzhi.coach.outcomes import DOUBTFUL, OUTCOMES, RESTS
from gongzhi.coach.patterns import RATE, Pattern, neutral_of, standing, visible
from gongzhi.coach.safety import Safety
from gongzhi.coach.score import distance, one_leg, score
from gongzhi.learn.course import Side
from gongzhi.learn.pack import Pack
from gongzhi.stages.identify import Hold, Need
from gongzhi.values import Action, Keypoints

SURE: Final = Need(0.8, 0.5)  # the probability at which a form begins to be held, and below which it ends
MAYBE: Final = 0.15  # the least probability of a form that could be meant
MOST: Final = 2  # forms that a person is asked to choose from
LOST: Final = 1.0  # seconds without a person after which what was done before says nothing
GAP: Final = 0.5  # seconds between two frames over which the numbers are taken to change evenly
_ELSEWHERE: Final = 0.6  # trunks that somebody moves in a repetition, which is measured by a later stand, at most
_KEPT: Final = 60.0  # seconds of numbers that are kept for the score
_SHOWN: Final = 1.5  # seconds for which a repetition's outcome is held as an action
WELL: Final = 75.0  # points from which a repetition was done well
AGAIN: Final = 55.0  # points below which it is worth doing again
_READ: Final = 4.0  # seconds for which what was said of a repetition stands before a rest is spoken of


class Coach:
    """Watches one person. One thread calls `see`, with frames in the order of their times; any frame rate will do."""

    go: bool = False
    """Whether an adult has said yes to the next round, where the limits ask for it; may be set from any thread."""

    def __init__(self, pack: Pack, *, legs: bool = True, limits: Limits | None = None) -> None:
        """`legs=False` for somebody who sits or holds on to something: nothing below the hips is looked at. `limits`
        are an adult's. Raises DataError for a pack whose recordings cannot be measured, or in which nothing moves."""
        self.limits = limits or Limits()
        self.pack = within(pack, self.limits)
        self._legs = legs
        whole = visible(pack)
        known = capped(whole, self.limits)
        self._pattern = {(each.form, each.side): each for each in known}
        self._whole = {(each.form, each.side): each for each in whole}
        self._follower = Follower(known, standing(pack))
        self._feedback = Feedback()
        self._anew(None)

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
        self._holds = {name: Hold() for name in self.pack.names}
        self._outcome: dict[str, tuple[float, float]] = {}
        self._like = ""  # the form that was doubted last
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
        self._t = t
        events: list[Event] = []
        joints, seen = pick(keypoints) if keypoints is not None else (np.zeros((15, 2)), np.zeros(15, np.bool_))
        if self._safety.take(joints, seen, t, self._calibration.neutral):
            events.append(Notice("stumble"))
            self._feedback.mute(t)
        self._pause(t, events)
        if keypoints is not None and seen[[1, 2]].all():
            self._take(joints, seen, t, events)
        elif self._last is not None and t - self._last[0] > LOST:
            self._lose(events)
        said = self._feedback.due(t, steady=self._steady())
        self._said = t if said else self._said
        return self._actions(t), (*events, *said)

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
        if measure is not None and (self._neutral is None or _elsewhere(measure, self._neutral)):
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
        self.guess = Guess(t, best if sure else "", p, side, share, options, still, strange)

    def _over(self, done: Done, t: float, events: list[Event]) -> None:
        assert self._origin is not None
        first = self._follower.steps - len(self._track)  # the step of the oldest kept numbers
        rows = list(self._track)[max(0, round(done.start * RATE) - first) : max(0, round(done.stop * RATE) - first)]
        form = self.pack.form(done.form)
        result, side = None, done.side
        measured = self._measured(rows) if len(rows) > RATE else None
        if measured is not None:
            side = self._side(done, *measured)
        pattern = self._pattern[done.form, side]
        if self._unlike(rows, measured, (pattern, self._whole[done.form, side])):
            events.append(Doubt(done.form, side, self._origin + done.start, self._origin + done.stop))
            self._outcome[DOUBTFUL] = (t, float(np.exp(-done.cost)))
            self._like = done.form
            return
        if measured is not None and form.checks:
            result = score(form, pattern, *measured)
        number = 1 if form.boundary else self._rounds.count + 1
        events.append(Repetition(done.form, side, self._origin + done.start, self._origin + done.stop, result, number))
        if form.boundary:
            return
        self._rounds.done(t)
        names = ["repetition"]
        if result is not None and result.total is not None:
            names += ["well_done"] * (result.total >= WELL) + ["once_more"] * (result.total < AGAIN)
            self._feedback.repetition(form, result, t, number if self.limits.repetitions else 0)
        for name in names:
            self._outcome[name] = (t, float(np.exp(-done.cost)))

    @staticmethod
    def _unlike(rows: list[Moment], measured: tuple[Array, Mask] | None, ways: tuple[Pattern, ...]) -> bool:
        """Whether it was another movement. Who keeps to an adult's limits does the form, and so does who goes beyond
        them as the pack has it."""
        if len(rows) <= RATE:
            return False
        x, known = measured or (np.stack([row.x for row in rows]), np.stack([row.known for row in rows]))
        return min(unlikeness(each, x, known) for each in ways) > UNLIKE

    def _measured(self, rows: list[Moment]) -> tuple[Array, Mask] | None:
        """The numbers of a repetition by the person's own measure, also where that came to be known during it or after
        it; None where there is none, or it is of somebody who stands elsewhere."""
        neutral = self._neutral
        if neutral is None:
            return None
        if all(row.by is not None for row in rows):
            return np.stack([row.x for row in rows]), np.stack([row.known for row in rows])
        joints, seen = np.stack([row.joints for row in rows]), np.stack([row.seen for row in rows])
        there = neutral_of(joints, seen)
        if abs(there.hips[0] - neutral.hips[0]) > _ELSEWHERE * neutral.trunk:
            return None
        x, known = numbers(joints, seen, neutral)
        known[:, -7:] &= self._legs
        return x, known

    def _side(self, done: Done, x: Array, known: Mask) -> Side:
        """To which side it was done: the follower knows the arms only, here the legs have their say."""
        sides: tuple[Side, ...] = ("left", "right") if done.side else ("",)
        return min(sides, key=lambda side: distance(self._pattern[done.form, side], x, known))

    def _steady(self) -> bool:
        """Nobody is spoken to while on one leg, or where that cannot be told."""
        return bool(self._track) and not one_leg(self._track[-1].x, self._track[-1].known)

    def _actions(self, t: float) -> tuple[Action, ...]:
        guess = self.guess
        out = []
        for name in self.pack.names:
            p = guess.p.get(name, 0.0) if guess is not None else 0.0
            hold = self._holds[name]
            hold.take(SURE.slack(p) if guess is not None else -2.0, t)
            doubt: Literal["", "unseen"] = "unseen" if guess is not None and guess.strange > 0.5 else ""
            options = guess.options if guess is not None and name in guess.options else ()
            since = t if hold.since is None else hold.since
            out.append(Action(name, hold.held, min(max(p, 0.0), 1.0), since, t, options, doubt, self.pack.name))
        for name in OUTCOMES:
            since, p = self._outcome.get(name, (-np.inf, 0.0))
            held = t - since <= _SHOWN
            # Whoever is asked chooses between the form and something that is only like it.
            options = (self._like, DOUBTFUL) if held and name == DOUBTFUL else ()
            out.append(Action(name, held, p if held else 0.0, since if held else t, t, options, model=self.pack.name))
        for name, held in zip(self.names[len(out) :], (self._told in ("rest", "enough"), self._told == "ready"),
                              strict=False):  # fmt: skip
            out.append(Action(name, held, float(held), self._since if held else t, t, model=self.pack.name))
        return tuple(out)


def _elsewhere(one: Neutral, other: Neutral) -> bool:
    """Whether somebody stands elsewhere now, by more than 0.3 trunks."""
    return float(np.hypot(one.feet[0] - other.feet[0], one.feet[1] - other.feet[1])) > 0.3 * other.trunk
