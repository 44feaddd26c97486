"""Takes nothing, gives what a judge of windows says of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENOUGH: Final = 0.5  # share of a window's joints that must be seen for a verdict


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model says of one window: the calibrated probability of each label; `options` the labels of which at
    least one is right in 95 of 100 windows like those it was checked on; `strange` 1 at the edge of what it knows,
    more beyond; `seen` share of the joints that were seen."""

    p: dict[str, float]
    options: tuple[str, ...]
    strange: float
    seen: float

    @property
    def unlearnt(self) -> bool:
        """A movement that is seen well and is like nothing that was taught."""
        return self.seen >= ENOUGH and self.strange > 1.0

    @property
    def label(self) -> str | None:
        """The one label that it can be; None when the loop is to ask a person: too little seen, nothing known, or more
        than one possible."""
        clear = self.seen >= ENOUGH and self.strange <= 1.0 and len(self.options) == 1
        return self.options[0] if clear else None
