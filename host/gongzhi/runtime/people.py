"""Takes what people do (page, the board's button, a script), gives the arbiter's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gongzhi.arbiter.effects import Owner, Told
from gongzhi.arbiter.events import Answered, Event, StopAll
from gongzhi.page import messages
from gongzhi.page.seats import OPERATOR
from gongzhi.project import Manifest, Part
from gongzhi.stages.resolve import Arbiter
from gongzhi.values import Answer, Decision, Labels, Verb

PAGE: Final = OPERATOR  # whoever sits at the address that the program shows runs the piece
SCRIPT: Final = "human:owner#script"
THINKS_S: Final = 1.0  # how long the scripted person looks at a card before answering
# Which verb each way of pressing a button is (docs/wire.md); a hold of 3 s is a stop.
_VERBS: Final[Mapping[str, Verb]] = {"press": "confirm", "hold1": "reject"}


Spoken = (
    messages.Answer | messages.Stop | messages.Rearm | messages.Override | messages.Handback | messages.Dial
)  # fmt: skip


def from_page(message: Spoken, seat: str = PAGE) -> Event:
    """What a browser at `seat` said."""
    match message:
        case messages.Stop():
            return StopAll(seat)
        case messages.Rearm(resource=resource):
            return Answered(Answer("rearm", seat, resource=resource or ""))
        case messages.Override(resource=resource, value=value):
            return Answered(Answer("override", seat, resource=resource, value=value))
        case messages.Handback(resource=resource):
            return Answered(Answer("handback", seat, resource=resource))
        case messages.Dial(resource=resource, level=level):
            return Answered(Answer("dial", seat, resource=resource, level=level))
        case messages.Answer(verb=verb, id=id_, digest=digest, value=value):
            return Answered(Answer(verb, seat, id_, digest, value))


def from_part(manifest: Manifest, arbiter: Arbiter, device: str, channel: str, how: str) -> Event | None:
    """What an event of a board's part means; None where it is no button that answers for somebody."""
    part = manifest.parts.get(channel)
    if part is None or part.board != device or not part.answers:
        return None
    return from_button(arbiter, device, part.answers, how)


def from_button(arbiter: Arbiter, device: str, role: str, how: str) -> Event | None:
    """What a press of a board's answer button means now; None when nothing is asked."""
    seat = f"human:{role}#{device}"
    if how == "hold3":
        return StopAll(seat)
    verb, card = _VERBS.get(how), arbiter.question(device)
    if verb is None or card is None:
        return None
    return Answered(Answer(verb, seat, card.id, card.digest))


class Witness:
    """Hears what becomes of everything; does nothing of itself."""

    def changed(self, decision: Decision) -> None:
        """A decision has a new state."""

    def told(self, told: Told) -> None:
        """Somebody was told why their answer did not do what it says."""

    def owner(self, owner: Owner) -> None:
        """Somebody holds a resource, or nobody does any more."""

    def said(self, lines: Sequence[Labels]) -> None:
        """The coach, or the program, has said something."""

    def lesson(self, step: str) -> None:
        """Something was "taught", "measured", "promoted" or "rolled_back"."""

    def pin(self, part: Part, value: float) -> None:
        """An output does something else, in its unit."""


class Script(Witness):
    """The person of a headless run: answers yes and no in turn, a moment after each question.

    `later(seconds, call)` is the loop's timer; `say` takes the event.
    """

    def __init__(self, later: Callable[[float, Callable[[], None]], object], say: Callable[[Event], None]) -> None:
        self._later, self._say = later, say
        self._asked: set[str] = set()

    def changed(self, decision: Decision) -> None:
        """Look at a decision's new state, and answer if it is a new question."""
        # A card that acts by itself passes through "proposed", too; it asks nobody.
        if decision.state != "proposed" or decision.level.eff in ("A4", "A5") or decision.id in self._asked:
            return
        verb: Verb = "reject" if len(self._asked) % 2 else "confirm"
        self._asked.add(decision.id)
        event = Answered(Answer(verb, SCRIPT, decision.id, decision.digest))
        self._later(THINKS_S, lambda: self._say(event))
