"""Takes scores, gives at most one thing to say of each repetition, while the person stands on both feet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from gongzhi.coach.score import Mark, Score
from gongzhi.learn.pack import Form
from gongzhi.values import Labels

_WAIT: Final = 6.0  # seconds after which it is too late to say it
_MUTE: Final = 10.0  # seconds of silence after somebody has stumbled
_STEADY: Final = 0.3  # seconds for which both feet must bear the weight


@dataclass(frozen=True, slots=True)
class Say:
    """What to say of a repetition: `praise` first, what was right; then `cue`, what to do next time.

    `kind` "cue" says that the check `check` was not met; "ask" that a camera is not sure enough of it to say so: a
    person is asked to look; "praise" that nothing was found. `total` 0..100; `seen` of `checks` checks were seen.
    `number` is the how manieth repetition of its round it was, 0 where nobody counts.
    """

    kind: Literal["cue", "ask", "praise"]
    form: str
    check: str
    praise: Labels
    cue: Labels
    total: float
    seen: int
    checks: int
    number: int = 0


def choose(form: Form, score: Score) -> Say | None:
    """The one thing: of the checks that were not met the one with the largest weight and confidence; None without a
    score."""
    if score.total is None:
        return None
    met = [mark for mark in score.marks if mark.points == 1.0]
    missed = [mark for mark in score.marks if mark.points is not None and mark.points < 1.0]
    praise = max(met, key=_weight).check.good if met else {}
    if not missed:
        return Say("praise", form.id, "", praise, {}, score.total, score.seen, len(form.checks))
    worst = max(missed, key=_weight)
    kind: Literal["cue", "ask"] = "cue" if worst.check.sure else "ask"
    return Say(kind, form.id, worst.check.id, praise, worst.check.cue, score.total, score.seen, len(form.checks))


def _weight(mark: Mark) -> float:
    """Weight times how well the check works, was seen and was missed."""
    caught, passed = mark.check.caught or 0.5, mark.check.passed or 0.5
    missed = 1.0 - (mark.points or 0.0)
    return mark.check.weight * (caught + passed - 1.0 + 1e-3) * mark.seen * (missed if missed > 0 else 1.0)


class Feedback:
    """Keeps what is to be said until it may be."""

    def __init__(self) -> None:
        self._muted = float("-inf")
        self.clear()

    def clear(self) -> None:
        """Nothing is to be said."""
        self._waiting: tuple[Say, float] | None = None
        self._since: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether something is still to be said."""
        return self._waiting is not None

    def mute(self, t: float) -> None:
        """Say nothing for ten seconds."""
        self._muted = t + _MUTE
        self._waiting = None

    def repetition(self, form: Form, score: Score, t: float, number: int = 0) -> None:
        """A repetition was scored at `t` (s). What was not said of the one before is not said any more."""
        say = choose(form, score)
        if say is not None and t >= self._muted:
            self._waiting = replace(say, number=number), t

    def now(self) -> tuple[Say, ...]:
        """What is still to be said, where nobody is left who could lose their balance by it."""
        say, self._waiting = self._waiting, None
        return (say[0],) if say is not None else ()

    def due(self, t: float, *, steady: bool) -> tuple[Say, ...]:
        """What is to be said at `t`: nothing, or one thing; `steady` says that the person is on both feet."""
        self._since = (t if self._since is None else self._since) if steady else None
        if self._waiting is None:
            return ()
        say, since = self._waiting
        if t - since > _WAIT:
            self._waiting = None
            return ()
        if self._since is None or t - self._since < _STEADY:
            return ()
        self._waiting = None
        return (say,)
