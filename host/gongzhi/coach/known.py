"""Takes a pack, an adult's limits and what people have taught, gives all patterns that a coach goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gongzhi.coach.body import Array
from gongzhi.coach.bounds import capped
from gongzhi.coach.limits import Limits
from gongzhi.coach.patterns import Pattern, of_recordings, standing, visible
from gongzhi.learn.course import Side
from gongzhi.learn.pack import Pack
from gongzhi.learn.recording import Recording


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """`patterns` that are followed, and `still` how standing looks; by form and side the one that is `scored` by, and
    all `ways` of doing it: within the limits, as the pack has it, and as it was taught."""

    patterns: tuple[Pattern, ...]
    still: tuple[Array, Array]
    scored: dict[tuple[str, Side], Pattern]
    ways: dict[tuple[str, Side], tuple[Pattern, ...]]


def known(pack: Pack, limits: Limits, taught: Sequence[Recording] = ()) -> Known:
    """Raises DataError for recordings that cannot be measured, and for a pack in which nothing moves."""
    still = standing(pack)
    whole = visible(pack, still)
    within = capped(whole, limits)
    more = of_recordings(whole, taught)
    every = (*within, *whole, *more) if limits.ranges else (*within, *more)
    ways = {(each.form, each.side): tuple(one for one in every if (one.form, one.side) == (each.form, each.side))
            for each in every}  # fmt: skip
    scored = {(each.form, each.side): each for each in (*more, *within)}  # the pack's own, where it has that form
    return Known((*within, *more), still, scored, ways)
