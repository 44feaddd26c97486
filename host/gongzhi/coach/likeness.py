"""Takes the numbers of a repetition and its pattern, gives how unlike its arms' path is, whatever one's own way of it.

Everybody does a movement larger or smaller, and holds each arm a little differently all the while: that is a style.
What is left once size and constant offsets are taken out is another path. A mean over the whole repetition does not
show it, for most of what is not in a pack goes up and comes down as its forms do; the worst stretch between two
keyframes does.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import numpy as np

from gongzhi.coach.body import AT, Array
from gongzhi.coach.patterns import Pattern
from gongzhi.coach.score import CAP, PARTS, Aligned

# Half squared spreads in the worst stretch, more than which is another movement. Chosen on people and movements that
# are in no test: of 680 true repetitions of the high level of `gongzhi bench wuqinxi` (performers 7100 to 7139) 1.5 %
# have more, of 255 of the middle level none; of 80 made-up movements that were taken for a form 62 have more. At 0.5,
# which was chosen on fewer people first, it is 4.6 %, none and 72.
UNLIKE: Final = 0.6
_SIZES: Final = np.arange(0.7, 1.11, 0.05)  # how large somebody moves, of how the pattern does
_HABIT: Final = 0.5  # spreads by which somebody's own way is off all the while: a standard deviation
_ALIKE: Final = 10.0  # neighbouring moments that say the same
_STRETCH: Final = 15  # steps of a pattern; keyframes that are nearer are one stretch
_FEW: Final = 5  # moments of a stretch; what passes quicker says nothing
_ARMS: Final = [AT[name] for name in PARTS["arms"]]


def another(ways: Iterable[Aligned]) -> bool:
    """Whether a repetition was another movement than any of these `ways` of it. Who keeps to an adult's limits does the
    form, and so does who goes beyond them as the pack has it."""
    return min(map(unlikeness, ways)) > UNLIKE


def unlikeness(done: Aligned) -> float:
    """How unlike its pattern a repetition's arms are in its worst stretch, in half squared spreads; 0 where too little
    is seen to say so."""
    weight = done.known[:, _ARMS].astype(np.float64)
    left = _left_over(done, weight)
    worst = 0.0
    for first, last in pairwise(_cuts(done.pattern)):
        rows = (done.step >= first) & (done.step < last)
        if rows.sum() >= _FEW and weight[rows].any():
            worst = max(worst, float(left[rows].sum() / weight[rows].sum()))
    return worst


def _left_over(done: Aligned, weight: Array) -> Array:
    """Half squared spreads (n, 8) that size and offsets do not explain, where they explain most."""
    pattern, path, x = done.pattern, done.step, done.x[:, _ARMS]
    mean, spread = pattern.mean[path][:, _ARMS], pattern.spread[path][:, _ARMS]
    middle = pattern.mean[:, _ARMS].mean(0)
    precision = weight / spread**2
    witnesses = len(x) / _ALIKE
    trust = witnesses / (witnesses + 1 / _HABIT**2)
    tries = []
    for size in _SIZES:
        off = x - (middle + (mean - middle) * size)
        habit = (precision * off).sum(0) / np.maximum(precision.sum(0), 1e-9) * trust
        tries.append(np.minimum(0.5 * ((off - habit) / spread) ** 2, CAP) * weight)
    return min(tries, key=np.sum)


def _cuts(pattern: Pattern) -> list[int]:
    """The steps at which a stretch begins, and where the last one ends."""
    cuts = [0]
    for keyframe in range(1, int(np.ceil(pattern.phase[-1])) + 1):
        at = int(np.searchsorted(pattern.phase, keyframe))
        if at - cuts[-1] >= _STRETCH:
            cuts.append(at)
    if len(cuts) > 1 and len(pattern) - cuts[-1] < _STRETCH:
        cuts.pop()
    return [*cuts, len(pattern)]
