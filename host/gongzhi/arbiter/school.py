"""Takes the records of what was taught to one model, gives where it stands: its version, its quarantine, its lesson."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from gongzhi.arbiter.record import Record

TAUGHT: Final = frozenset({"teach", "forget", "lesson", "model"})
STEPS: Final = 8  # versions back that are remembered


class Step(msgspec.Struct, frozen=True):
    """One promotion: from which version to which, by which samples and whose they were (sample: seat)."""

    before: str
    version: str
    samples: dict[str, str]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A version that was trained from `base` and `samples` and measured; `ok`: it may be promoted."""

    version: str
    base: str
    samples: tuple[str, ...]
    ok: bool


@dataclass(slots=True)
class School:
    """What is nothing but the sum of its records, so that a replay cannot tell another story than the arbiter."""

    version: str = ""
    steps: list[Step] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    lesson: Lesson | None = None

    def ready(self, version: str) -> bool:
        """Whether the measured lesson `version` is still about what is in force and what waits."""
        one = self.lesson
        return one is not None and one.version == version and one.base == self.version and self.holds(one.samples)

    def holds(self, samples: tuple[str, ...]) -> bool:
        """Whether all of these wait in quarantine."""
        return bool(samples) and set(samples) <= self.waiting.keys()

    def apply(self, record: Record) -> bool:
        """Go on by one record of TAUGHT; False where it does not follow from those before."""
        version = record.model.partition("@")[2]
        match record.to, record.why:
            case "teach", _:
                follows = len(record.ev) == 1 and record.ev[0] not in self.waiting and version == self.version
                self.waiting |= dict.fromkeys(record.ev, record.by)
            case "forget", _:
                gone = [self.waiting.pop(sample, None) for sample in record.ev]
                follows = len(gone) == 1 and gone[0] is not None
            case "lesson", why:
                follows = record.of == self.version and self.holds(record.ev)
                self.lesson = Lesson(version, record.of, record.ev, why == "ok")
            case "model", "promoted":
                ok = self.lesson is not None and self.lesson.ok
                follows = ok and self.ready(version) and record.of == self.version
                samples = {each: self.waiting.pop(each, "") for each in record.ev}
                self.steps = [*self.steps, Step(self.version, version, samples)][-STEPS:]
                self.version, self.lesson = version, None
            case "model", "rollback":
                last = self.steps.pop() if self.steps else Step("", "", {})
                follows = (last.before, last.version) == (version, self.version)
                self.waiting |= last.samples
                self.version, self.lesson = version, None
            case _:  # "found": what lies on the disk; "used": what somebody trained, and put to use
                follows, self.lesson = True, None
                self.version, self.steps, self.waiting = version, list(record.steps), dict(record.waiting or {})
        return follows
