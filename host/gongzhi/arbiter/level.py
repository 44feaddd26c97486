"""Takes a resource, the dial asked for and what limits it now; gives the level in force and what bound it."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from gongzhi.values import Effective, Level, Resource


def hazard_ceiling(resource: Resource, *, raising: bool = False) -> Level:
    """The highest level that the resource's hazard allows (specification, section 4). `raising`: it is an alarm, and
    this raises it; to raise one is not to withhold one, so that it may go without a yes."""
    if resource.hazard == "H3" and resource.alarm and raising:
        return "A4"
    if resource.hazard == "H2":
        return "A3" if resource.reversible else "A2"
    ceilings: dict[str, Level] = {"H0": "A5", "H1": "A4", "H3": "A1"}
    return ceilings[resource.hazard]


def freshness_ceiling(age: float, ttl: float) -> Level:
    """No limit while `age` is at most `ttl` (both s), A1 up to twice that, then A0."""
    if age <= ttl:
        return "A5"
    return "A1" if age <= 2 * ttl else "A0"


def effective(
    resource: Resource,
    asked: Level,
    *,
    age: float,
    ttl: float,
    online: bool = True,
    stopped: bool = False,
    recorded: bool = True,
    raising: bool = False,
    more: Iterable[tuple[str, Level]] = (),
) -> Effective:
    """The least of the dial and all ceilings, with the one that binds; of equal ones the first in this list binds.

    `recorded` False: the journal cannot be written, so nothing from H2 upwards may move. `more` are further ceilings
    by name; `raising` as in `hazard_ceiling`.
    """
    ceilings: tuple[tuple[str, Level], ...] = (
        ("dial", asked),
        ("stop", "A0" if stopped else "A5"),
        ("link", "A5" if online else "A0"),
        ("journal", "A5" if recorded or resource.hazard < "H2" else "A0"),
        ("hazard", hazard_ceiling(resource, raising=raising)),
        ("freshness", freshness_ceiling(age, ttl)),
        *more,
    )
    by, level = min(ceilings, key=itemgetter(1))  # the names of the levels are in their order
    return Effective(level, by, asked)
