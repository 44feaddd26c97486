"""Takes an event, gives the effects that may be carried out: those whose records are written first."""

from __future__ import annotations

from collections.abc import Iterable

from gongzhi.arbiter.effects import Effect, Send
from gongzhi.arbiter.events import Event, JournalState, Resumed
from gongzhi.arbiter.record import Record
from gongzhi.arbiter.state import Arbiter
from gongzhi.journal import Journal
from gongzhi.stages.resolve import resolve
from gongzhi.values import Resource


def settle(arbiter: Arbiter, journal: Journal, effects: list[Effect], now: float) -> list[Effect]:
    """Write the records among `effects` and return what is to be carried out, in order.

    If a record cannot be written it is kept for later, the orders that need a record (H2 and above) are withheld, and
    the arbiter is told: it withdraws them and asks for nothing of that kind until the journal is back.
    """
    allowed: list[Effect] = []
    pending = effects
    while True:
        for effect in pending:
            if isinstance(effect, Record):
                journal.append(effect, now)
            if not (isinstance(effect, Send) and effect.recorded and not journal.writable):
                allowed.append(effect)
        if journal.writable == arbiter.recorded:
            return allowed
        pending = resolve(arbiter, JournalState(journal.writable), now)


def decide(arbiter: Arbiter, journal: Journal, event: Event, now: float) -> list[Effect]:
    """`resolve`, with the journal before everything else. Also tries a failed journal again (at most once a second)."""
    journal.retry(now)
    return settle(arbiter, journal, resolve(arbiter, event, now), now)


def begin(journal: Journal, resources: Iterable[Resource], now: float, *, exhibition: bool = False) -> Arbiter:
    """The arbiter of a run on this journal: it goes on with numbers, epochs and stops where the last run ended, and
    what that run left open is closed. Nothing is done again."""
    arbiter = Arbiter(resources, nonce=journal.nonce, exhibition=exhibition)
    decide(arbiter, journal, Resumed(journal.past), now)
    return arbiter
