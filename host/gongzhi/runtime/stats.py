"""Counts what happens in a run and gives the one JSON object that `gongzhi run --json` prints."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Literal

from gongzhi.values import Decision


def percentile(values: list[float], share: float) -> float | None:
    """The value below which `share` (0..1) of the values lie (nearest rank), None where there are none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Stats:
    """What one run did. `acked` counts the decisions whose command the board took. `e2e` are milliseconds from the
    capture of the frame that completes a pose's dwell to the first edge at the pin, for acts that need no person
    (A4, A5)."""

    body: Literal["vm", "cpython", "real"] = "real"
    pose: Literal["blazepose", "truth"] = "blazepose"
    frames: int = 0
    people_frames: int = 0
    confirmed: int = 0
    acked: int = 0
    pin_changes: int = 0
    seen: set[str] = field(default_factory=set)
    ends: Counter[str] = field(default_factory=Counter)
    e2e: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))

    def decided(self, decision: Decision) -> None:
        """Take a decision's new state into account."""
        self.seen.add(decision.id)
        if decision.state == "confirmed":
            self.confirmed += 1
        elif decision.state == "done":
            self.acked += 1
        if not decision.live:
            self.ends[decision.state] += 1

    def result(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        e2e = list(self.e2e)
        return {
            "frames": self.frames,
            "people_frames": self.people_frames,
            "decisions": len(self.seen),
            "confirmed": self.confirmed,
            "acked": self.acked,
            "pin_changes": self.pin_changes,
            "body": self.body,
            "pose": self.pose,
            "e2e_ms_p50": _rounded(percentile(e2e, 0.5)),
            "e2e_ms_p99": _rounded(percentile(e2e, 0.99)),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
