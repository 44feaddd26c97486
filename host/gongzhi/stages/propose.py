"""Takes the actions seen in one frame and the rules, gives a proposal when a pose begins to be held, and its end.

One hold is one proposal, however long it lasts. The end of a hold is an event of its own: only after it is the same
pose a new question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gongzhi.arbiter.events import EvidenceGone, Proposed, Seen
from gongzhi.values import Action, Proposal, Rule

AGENT = "agent:pose"
SEEN_S = 1.0  # that somebody is there is said this often


@dataclass(slots=True)
class ProposeState:
    """What `propose` remembers between frames: when each held action began (its `since`)."""

    held: dict[str, float] = field(default_factory=dict)
    seen: float = float("-inf")  # when it was said last that somebody is there


def propose(
    actions: Iterable[Action],
    rules: Sequence[Rule],
    state: ProposeState,
    now: float,
    *,
    captured: float | None = None,
    model: str = "",
    somebody: bool = False,
    sim: bool = False,
) -> list[Proposed | EvidenceGone | Seen]:
    """What the actions of one frame mean by these rules, in the order of the rules; ends before beginnings.

    Args:
        actions: everything identified in this frame; empty where nobody is seen. An action that is missing is as
            good as one that is not held, so call this with no actions when the camera has gone.
        rules: several may be for the same action.
        state: is changed.
        now: seconds of the arbiter's clock.
        captured: when the frame was captured, on the arbiter's clock (a file's own time is no such clock); without
            it the evidence counts as captured `now`.
        model: the version of what judged, for the journal.
        somebody: a person is in the picture, whatever they do; said at most once a second.
        sim: the frame was drawn, not seen: it may move no real board.
    """
    seen = {action.name: action for action in actions if action.held}
    events: list[Proposed | EvidenceGone | Seen] = []
    if somebody and now - state.seen >= SEEN_S:
        state.seen = now
        events.append(Seen())
    # A hold that began at another moment is another hold, even where the frame between the two was never seen.
    for name in [name for name, since in state.held.items() if name not in seen or seen[name].since != since]:
        del state.held[name]
        events.append(EvidenceGone(name, AGENT))
    fresh = {name for name in seen if name not in state.held}
    for name in fresh:
        state.held[name] = seen[name].since
    t = now if captured is None else min(captured, now)
    for rule in rules:
        if rule.when in fresh:
            proposal = Proposal(
                rule.resource, rule.value, rule.when, seen[rule.when].p, rule.because, t,
                what=rule.what, deadline=rule.deadline, hold=rule.hold, agent=AGENT, model=model, sim=sim,
            )  # fmt: skip
            events.append(Proposed(proposal))
    return events
