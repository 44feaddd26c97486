"""Counts what happens in a run and gives the one JSON object that `gongzhi run --json` prints."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Literal

from gongzhi.values import Decision


def percentile(values: list[float], share: float) -> float | None:
    """The least of the values that at least `share` (0..1) of them do not exceed: the nearest rank, which is always
    one of the values. None where there are none."""
    if not values:
        return None
    # Rounded first: 0.07 * 100 is a little more than 7.
    rank = math.ceil(round(share * len(values), 9))
    return sorted(values)[max(0, rank - 1)]


@dataclass(slots=True)
class Stats:
    """What one run did. `acked` counts the decisions whose command the board took. `e2e` are milliseconds from the
    capture of the frame that completes a pose's dwell to the first edge at the pin, for acts that need no person
    (A4, A5)."""

    body: Literal["vm", "cpython", "real"] = "real"
    pose: str = "blazepose"
    frames: int = 0
    people_frames: int = 0
    pin_changes: int = 0
    unasked: int = 0  # decisions about which nobody could be asked: nobody there, or too many questions
    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # state -> decisions
    e2e: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))

    def decided(self, decision: Decision) -> None:
        """Take a decision's state into account."""
        before = self.reached[decision.state]
        self.unasked += decision.reason == "unasked" and decision.id not in before
        before.add(decision.id)  # a card that is shown again is the same decision

    def result(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        e2e = list(self.e2e)
        return {
            "frames": self.frames,
            "people_frames": self.people_frames,
            "decisions": len(set().union(*self.reached.values())),
            "confirmed": len(self.reached["confirmed"]),
            "acked": len(self.reached["done"]),
            "pin_changes": self.pin_changes,
            "body": self.body,
            "pose": self.pose,
            "e2e_ms_p50": _rounded(percentile(e2e, 0.5)),
            "e2e_ms_p99": _rounded(percentile(e2e, 0.99)),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
