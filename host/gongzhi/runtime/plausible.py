"""Takes what sensors say, gives what can be true: no value that a sensor cannot have, none that is stuck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from gongzhi.parts import Kind
from gongzhi.project import Part
from gongzhi.runtime.face import Face
from gongzhi.samples import Sample
from gongzhi.text import N_

FROZEN: Final = 2.0  # seconds (cointelligence, case 9)
_LEAST: Final = 20  # samples in these seconds: of fewer, equal ones may be chance
_SLACK: Final = 0.05  # of its range that a sensor may say beyond it: ranges are data sheets', chips are not


def possible(kind: Kind, prop: str, value: float) -> bool:
    """Whether a sensor of this kind can say that its reading `prop` ("" its first one) is `value`."""
    low, high = kind.more[prop][:2] if prop in kind.more else (kind.low, kind.high)
    slack = _SLACK * (high - low)
    return math.isfinite(value) and low - slack <= value <= high + slack


class Doubts:
    """What of the sensors' words is not believed; people are told when that changes.

    Of sensors that say the same for ever only motion sensors can be judged. Their samples are raw, in mg, and a chip at
    rest still has noise of one mg or more in each of three axes (400 µg/√Hz at 50 samples a second is 2 to 3 mg): a
    hundred equal ones in a row are a driver or a chip that hangs. All other kinds may honestly say the same for hours:
    a switch, soil in percent, a room's temperature in whole degrees, a distance to a wall.
    """

    def __init__(self, face: Face) -> None:
        self._face = face
        self._same: dict[str, tuple[tuple[float, ...], float, int]] = {}  # part -> value, since, how many
        self._stuck: set[str] = set()
        self._wrong: set[str] = set()

    def sound(self, parts: Mapping[str, Part], values: Mapping[str, float]) -> dict[str, float]:
        """What of `values` (by "soil", "room.humidity") can be true; parts that act are not asked."""
        found = {}
        for key, value in values.items():
            name, _, prop = key.partition(".")
            kind = parts[name].kind
            fits = kind.output or possible(kind, prop, value)
            if fits == (key in self._wrong):
                (self._wrong.discard if fits else self._wrong.add)(key)
                message = N_(
                    "“{part}” says {value:g}, which it cannot measure. Rules that need it wait. Check its wires."
                )
                self._face.notice(f"wrong/{key}", "warn", message, on=not fits, part=parts[name].label, value=value)
            if fits and name not in self._stuck:
                found[key] = value
        return found

    def stuck(self, part: Part, samples: Sequence[Sample]) -> bool:
        """Take these samples, in their order, and say whether the part repeats one for ever."""
        if "motion" not in part.kind.more:
            return False
        for sample in samples:
            value, since, count = self._same.get(part.id, ((), sample.t, 0))
            same = sample.values == value
            self._same[part.id] = (sample.values, since if same else sample.t, count + 1 if same else 1)
        _, since, count = self._same.get(part.id, ((), 0.0, 0))
        stuck = bool(samples) and count >= _LEAST and samples[-1].t - since > FROZEN
        if stuck != (part.id in self._stuck):
            (self._stuck.add if stuck else self._stuck.discard)(part.id)
            message = N_("“{part}” repeats one measurement for ever. Rules that need it wait. Pull its plug once.")
            self._face.notice(f"stuck/{part.id}", "warn", message, on=stuck, part=part.label)
        return stuck
