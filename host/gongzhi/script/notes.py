"""Takes what a run tells a script's player, gives whether a state has been reached and a pin does what it should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gongzhi.arbiter.effects import Owner, Told
from gongzhi.project import Part
from gongzhi.runtime.people import Witness
from gongzhi.script.stage import Stage
from gongzhi.values import Decision, Labels

_NEAR: Final = 0.02  # a pin that is this share of its range beside the value is right

Wanted = float | Sequence[float]


class Notes(Witness):
    """What was heard; as a witness in the arbiter's thread, of pins from any."""

    def __init__(self) -> None:
        self._stage: Stage
        self._cards: dict[str, Decision] = {}  # resource -> its decision of which we heard last
        self._states: list[tuple[str, str]] = []  # (resource, state) since the branch began, in order
        self._told: list[str] = []
        self._said: list[str] = []  # by coach or program since the branch began, in both languages
        self._learnt: list[str] = []
        self._owners: dict[str, str] = {}
        self._pins: dict[str, float] = {}
        self._strayed: Callable[[str, float], None] | None = None

    def _forget(self) -> None:
        """A branch begins."""
        self._states.clear()
        self._told.clear()
        self._said.clear()
        self._learnt.clear()

    def changed(self, decision: Decision) -> None:
        """A decision has a new state."""
        self._cards[decision.resource] = decision
        self._states.append((decision.resource, decision.state))

    def told(self, told: Told) -> None:
        """Somebody was told why not."""
        self._told.append(told.code)

    def said(self, lines: Sequence[Labels]) -> None:
        """The coach, or the program, has said something."""
        self._said += [text for line in lines for text in line.values()]

    def owner(self, owner: Owner) -> None:
        """Somebody holds a resource, or nobody does."""
        self._owners[owner.resource] = owner.seat

    def lesson(self, step: str) -> None:
        """Something was taught, or became of what was taught."""
        self._learnt.append(step)

    def pin(self, part: Part, value: float) -> None:
        """An output does something else."""
        self._pins[part.id] = value
        if self._strayed is not None:
            self._strayed(part.id, value)

    def _is(self, state: str, resource: str) -> bool:
        cards = [card for name, card in self._cards.items() if resource in ("", name)]
        match state:
            case "asked":
                return any(
                    one.state == "deferred" or (one.state == "proposed" and one.level.eff < "A4") for one in cards
                )
            case "taught" | "measured" | "promoted" | "rolled_back":
                return state in self._learnt
            case "stopped":
                return self._stage.stopped(resource)
            case "owned":
                return any(seat and resource in ("", name) for name, seat in self._owners.items())
            case "free":
                return not any(seat and resource in ("", name) for name, seat in self._owners.items())
        return (resource, state) in self._states or (not resource and any(state == one for _, one in self._states))

    def _went(self, resource: str) -> str:
        went = [state for name, state in self._states if resource in ("", name)]
        return " → ".join(went[-6:]) or "–"

    def _fits(self, name: str, value: float, wanted: Wanted) -> bool:
        resource = self._stage.manifest.parts[name].resource
        assert resource is not None
        if isinstance(wanted, (int, float)) and resource.kind == "rgb":
            # Three numbers in one: the share of the whole range would let dark pass for green.
            pairs = zip(int(value).to_bytes(3), int(wanted).to_bytes(3), strict=True)
            return all(abs(one - other) <= _NEAR * 255 for one, other in pairs)
        if isinstance(wanted, (int, float)):
            return abs(value - wanted) <= _NEAR * (resource.high - resource.low)
        low, high = wanted
        return low <= value <= high
