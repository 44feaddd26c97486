"""One model that is taught in a run: its classroom, and all that is under way with it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from gongzhi.learn import dataset
from gongzhi.teach.classroom import Classroom
from gongzhi.teach.lesson import Outcome
from gongzhi.teach.memory import Felt, Seen, Told


@dataclass(slots=True)
class Pupil:
    """`about` its data set; `memory` what could be taught; `candidates` the corrections that are offered as lessons, by
    the decision's id."""

    room: Classroom
    about: dataset.About
    memory: Seen | Felt | Told = field(default_factory=Seen)
    stamp: tuple[int, int] | None = None
    busy: tuple[int, int] | None = None  # round and rounds of a lesson that is measured
    installing: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # what is written, one thing at a time
    outcome: Outcome | None = None
    fault: dict[str, str] = field(default_factory=dict)
    golden: int = 0
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)  # sample -> what the page shows of it
    candidates: dict[str, dict[str, Any]] = field(default_factory=dict)

    def said(self, trigger: str) -> str:
        """The label that the model itself gave."""
        return next((label for label, action in self.room.source.names.items() if action == trigger), "")


def stamp_of(room: Classroom) -> tuple[int, int] | None:
    """What tells one state of a model's file (or of its recordings) from another."""
    try:
        found = (room.model or room.data / "recordings").stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
