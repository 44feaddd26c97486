"""Takes how sure the machine is and four numbers, gives what loses least: to act, to ask, or to do nothing.

Expected cost under uncertainty, after Horvitz, "Principles of mixed-initiative user interfaces" (CHI 1999).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Costs:
    """What it costs (any one unit, each 0 or more) to act wrongly (`wrong`), to miss what was right (`missed`), to ask
    (`asked`); `human` 0..1 is how often a person who is asked is right. Raises ValueError."""

    wrong: float
    missed: float
    asked: float
    human: float

    def __post_init__(self) -> None:
        costs = (self.wrong, self.missed, self.asked)
        if not (all(math.isfinite(one) and one >= 0 for one in costs) and 0 <= self.human <= 1):
            raise ValueError("costs: wrong, missed and asked are 0 or more, human is 0 to 1")


def cheapest(p: float, costs: Costs) -> Literal["act", "ask", "nothing"]:
    """The least expected loss where the act is right with probability `p` 0..1; of equal ones to ask, then nothing."""
    act = (1 - p) * costs.wrong
    nothing = p * costs.missed
    ask = costs.asked + (1 - costs.human) * max(costs.wrong, costs.missed)
    if ask <= min(act, nothing):
        return "ask"
    return "nothing" if nothing <= act else "act"
