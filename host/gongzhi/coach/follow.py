"""Takes the numbers of ten moments a second, gives at each which movement is being done, how sure, and which are over.

Subsequence dynamic time warping of the stream against all patterns at once (Sakurai, Faloutsos, Yamamuro 2007, "Stream
monitoring under the time warping distance"), read as a hidden Markov model (Rabiner 1989): a step of the stream goes
on by 0, 1 or 2 steps of a pattern, from its end to standing or to the beginning of any other, so that the parts of a
course explain each other. One array operation a moment; its cost does not grow with time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from gongzhi.coach.body import FOLLOWED, Array, Mask
from gongzhi.coach.patterns import RATE, Pattern
from gongzhi.learn.course import Side

_CAP: Final = 4.5  # half squared spreads; one joint that is far off says no more than that
_UNKNOWN: Final = 0.7  # what a number costs where nothing that is known is done (measured: docs/wuqinxi.md)
_SHARE: Final = 0.07  # of the likelihood of a moment: neighbouring moments are not independent witnesses
_GO: Final = np.array([-0.03, 0.0, -0.03])  # by 0, 1, 2 steps; tempo is nearly free
_LEAVE: Final = np.log(0.05)  # from standing or from something unknown to a movement
# To go on standing: what _LEAVE leaves of it. While that was free, standing won over a movement as small as 熊晃.
_STAY: Final = np.log1p(-0.05)
_BREAK: Final = np.log(1e-4)  # out of a movement before its end
_KEEP: Final = 3.0  # seconds; a repetition that ended so long ago is settled
_END: Final = 5  # steps before its end at which a movement may be over
_CALM: Final = 0.3  # spreads from its end, in the mean of all numbers: hardly anything moves from there on …
_MOST: Final = 20  # … which are no more steps than these
_NOT_YET: Final = 1 << 40
# Steps for which a path may stay where all is calm: an end that looks like standing is standing then.
_LINGER: Final = 15
# Steps that a path may take for so many of its pattern: whoever stands before a form has not begun it. A score has no
# points left for twice the time.
_SLOW: Final = 2.2


@dataclass(frozen=True, slots=True)
class Done:
    """A repetition that is over: its times in seconds, and how far the numbers were from the pattern (mean of half
    squared spreads: about 0.5 for a performer like those it was made from)."""

    form: str
    side: Side
    start: float
    stop: float
    cost: float


@dataclass(slots=True)
class _Past:
    """One path's history: the repetition that ended, and what was before it."""

    row: int
    start: int
    stop: int
    cost: float
    before: _Past | None


def _calm(pattern: Pattern) -> int:
    """How many of a pattern's last steps are as good as its end."""
    off = np.abs(pattern.mean - pattern.mean[-1])[:, :FOLLOWED] / pattern.spread[:, :FOLLOWED]
    moving = np.flatnonzero(off.mean(1) > _CALM)
    calm = len(pattern) - 1 - int(moving[-1]) if len(moving) else len(pattern)
    return int(np.clip(calm, min(_END, len(pattern)), _MOST))


class Follower:
    """Follows one person; `step` it ten times a second."""

    def __init__(self, known: tuple[Pattern, ...], still: tuple[Array, Array]) -> None:
        """`known` are the patterns, `still` mean and spread (20,) of standing."""
        self.patterns = known
        rows, length = len(known), max(map(len, known))
        self._mean = np.zeros((rows, length, FOLLOWED))
        self._inverse = np.zeros((rows, length, FOLLOWED))
        self._inside = np.zeros((rows, length), np.bool_)
        self._ends, self._calm = np.zeros((2, rows, length), np.bool_)
        for row, each in enumerate(known):
            n = len(each)
            self._mean[row, :n], self._inverse[row, :n] = each.mean[:, :FOLLOWED], 1 / each.spread[:, :FOLLOWED]
            self._inside[row, :n] = True
            self._ends[row, max(0, n - _END) : n] = True
            self._calm[row, n - _calm(each) : n] = True
        # Spread costs its logarithm: without it a pattern that fits everything would fit best.
        self._log = np.where(self._inverse > 0, -np.log(np.maximum(self._inverse, 1e-9)), 0.0)
        self._still = still[0][:FOLLOWED], still[1][:FOLLOWED]
        self.forms = tuple(dict.fromkeys(each.form for each in known))
        self._of_form = np.array([self.forms.index(each.form) for each in known])
        self.restart()

    def restart(self) -> None:
        """Forget everything: whoever comes next begins anew."""
        rows, length = self._inside.shape
        self._score = np.full((rows, length), -np.inf)
        self._began = np.zeros((rows, length), np.int64)
        self._cost = np.zeros((rows, length))
        self._latest = np.arange(length) * _SLOW + _LINGER  # steps since its beginning at which a path is there at last
        self._reached = np.zeros((rows, length), np.int64)  # when each cell's path came to the calm, or _NOT_YET
        self._past = np.zeros((rows, length), np.int64)  # which of _pasts each cell's path has behind it
        self._pasts: dict[int, _Past | None] = {0: None}
        self._next = 1
        self._rest, self._rest_past = 0.0, 0
        self._strange, self._strange_past = np.log(0.01), 0
        self._k = 0
        self._settled = self._middle = -1.0  # end and middle of the newest repetition that was given

    def step(self, x: Array, known: Mask) -> None:
        """Take one moment: numbers (20,) and which of them are known."""
        x, w = x[:FOLLOWED], known[:FOLLOWED].astype(np.float64)
        z = (self._mean - x) * self._inverse
        fit = np.minimum(0.5 * z * z, _CAP) @ w
        cost = fit + self._log @ w
        rest = float(
            (np.minimum(0.5 * ((self._still[0] - x) / self._still[1]) ** 2, _CAP) + np.log(self._still[1])) @ w
        )
        strange = float(((_UNKNOWN + np.log(self._still[1])) * w).sum())
        self._advance()
        self._score[self._k - self._began > self._latest] = -np.inf
        self._reached[~self._calm] = _NOT_YET
        self._reached[self._calm & (self._reached == _NOT_YET)] = self._k
        # Out of the ends and out of the middle, into the places between.
        lingers = self._k - self._reached > _LINGER
        ended = np.where(self._ends | lingers, self._score, -np.inf)
        out = int(ended.argmax())
        broken = float(self._score.max()) + _BREAK
        best_out = float(ended.flat[out])
        entered = max(self._rest, self._strange) + _LEAVE
        entered_past = self._rest_past if self._rest >= self._strange else self._strange_past
        direct = best_out + _GO[0]
        new_past = self._closed(out) if np.isfinite(best_out) else 0
        if direct > entered:
            entered, entered_past = direct, new_past
        stay, stay_past = max((self._rest + _STAY, self._rest_past), (self._strange + _LEAVE, self._strange_past))
        if direct > stay:
            stay, stay_past = direct, new_past
        odd, odd_past = max((self._strange, self._strange_past), (self._rest + _BREAK, self._rest_past),
                            (broken, int(self._past.flat[int(self._score.argmax())])))  # fmt: skip
        self._score[lingers] = -np.inf  # they have gone on to standing, just now
        entry = entered - np.log(len(self.patterns))
        better = entry > self._score[:, 0]
        self._score[better, 0], self._began[better, 0] = entry, self._k
        self._cost[better, 0], self._past[better, 0] = 0.0, entered_past
        self._score -= _SHARE * cost
        self._cost += fit / max(float(w.sum()), 1.0)
        self._score[~self._inside] = -np.inf
        self._rest, self._rest_past = stay - _SHARE * rest, stay_past
        self._strange, self._strange_past = odd - _SHARE * strange, odd_past
        top = max(float(self._score.max()), self._rest, self._strange)
        self._score -= top
        self._rest -= top
        self._strange -= top
        self._k += 1
        if self._k % 50 == 0:
            self._forget()

    def _advance(self) -> None:
        """Each path goes on by 0, 1 or 2 steps of its pattern: the best of the three ways into each cell."""
        score = self._score
        two = np.full((3, *score.shape), -np.inf)
        two[0] = score + _GO[0]
        two[1, :, 1:] = score[:, :-1] + _GO[1]
        two[2, :, 2:] = score[:, :-2] + _GO[2]
        way = two.argmax(0)
        self._score = two.max(0)
        columns = np.maximum(np.arange(score.shape[1])[None] - way, 0)
        rows = np.arange(score.shape[0])[:, None]
        self._began, self._cost, self._past, self._reached = (
            self._began[rows, columns],
            self._cost[rows, columns],
            self._past[rows, columns],
            self._reached[rows, columns],
        )

    def _closed(self, cell: int) -> int:
        """The history with the repetition that ends in this cell added."""
        self._pasts[self._next] = self._end(cell)
        self._next += 1
        return self._next - 1

    def _end(self, cell: int) -> _Past:
        """The repetition that ends in this cell. Whoever stands there has not gone on: it was over when the rest of its
        steps were."""
        row = cell // self._score.shape[1]
        start, stop = int(self._began.flat[cell]), min(self._k, int(self._reached.flat[cell] + self._calm[row].sum()))
        cost = float(self._cost.flat[cell]) / max(self._k - start, 1)
        return _Past(row, start, stop, cost, self._pasts[int(self._past.flat[cell])])

    def _forget(self) -> None:
        """Keep only histories that a path still has, and of each only what is not settled."""
        alive = {*np.unique(self._past[np.isfinite(self._score)]).tolist(), self._rest_past, self._strange_past, 0}
        self._pasts = {key: past for key, past in self._pasts.items() if key in alive}
        for past in self._pasts.values():
            while past is not None:
                if past.before is not None and past.before.stop < self._k - 600:
                    past.before = None
                past = past.before

    def now(self) -> tuple[dict[str, float], float, float]:
        """The probability of each form in the last moment, of standing or passing, and of nothing that is known."""
        best = np.full(len(self.forms), -np.inf)
        np.maximum.at(best, self._of_form, self._score.max(1))
        every = np.exp(np.array([*best, self._rest, self._strange]))
        every /= every.sum()
        return dict(zip(self.forms, map(float, every), strict=False)), float(every[-2]), float(every[-1])

    def where(self, form: str) -> tuple[Side, float, float]:
        """Of the best path in this form: its side, how far it is (0..1), and when it began (step)."""
        rows = np.flatnonzero(self._of_form == self.forms.index(form))
        part = self._score[rows]
        row, column = np.unravel_index(int(part.argmax()), part.shape)
        pattern = self.patterns[rows[row]]
        return pattern.side, float(column) / max(len(pattern) - 1, 1), float(self._began[rows[row], column])

    @property
    def steps(self) -> int:
        """How many moments were taken since the last restart."""
        return self._k

    def over(self, *, last: bool = False) -> list[Done]:
        """The repetitions that have become certain since the last call: on the best path, and over for long enough
        that what followed could have told otherwise; where nothing follows any more (`last`), those that are over now.
        In order; none is ever taken back."""
        past: _Past | None
        best = int(self._score.argmax())
        if max(self._rest, self._strange) >= self._score.flat[best]:
            past = self._pasts[self._rest_past if self._rest >= self._strange else self._strange_past]
        elif last and self._calm.flat[best]:
            past = self._end(best)
        else:
            past = self._pasts[int(self._past.flat[best])]
        keep = 0 if last else round(_KEEP * RATE)
        found: list[Done] = []
        # A path that is better after all may set a border differently; half a repetition is more than a border.
        while past is not None and past.start + past.stop >= 2 * self._settled and past.start >= self._middle:
            if past.stop <= self._k - keep:
                each = self.patterns[past.row]
                found.append(Done(each.form, each.side, past.start / RATE, past.stop / RATE, past.cost))
            past = past.before
        found.reverse()
        if found:
            self._settled = found[-1].stop * RATE
            self._middle = (found[-1].start + found[-1].stop) / 2 * RATE
        return found
